"""The catalogue of problems as pages, for whoever builds against the API. Served where the API's description is."""

from fastapi import APIRouter
from starlette.responses import Response

from app.kernel.errors import NotFoundError
from app.web.api.problems import catalogue
from app.web.pages import page

router = APIRouter(prefix="/problems", include_in_schema=False)


@router.get("/")
def all_problems() -> Response:
    """The whole catalogue."""
    return page("problems.html", {"problems": list(catalogue().values()), "one": None})


@router.get("/{code}")
def one_problem(code: str) -> Response:
    """One problem. Raises NotFoundError."""
    found = catalogue().get(code)
    if found is None:
        raise NotFoundError
    return page("problems.html", {"problems": [found], "one": found})
