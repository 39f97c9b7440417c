"""Is the program alive, is it ready? Its figures stand elsewhere (app.operations.metrics)."""

from fastapi import APIRouter, Response
from sqlalchemy import text

from app.formats.barcode import readers
from app.kernel.errors import UnavailableError
from app.kernel.http import KernelDep
from app.kernel.schemas import Out

router = APIRouter(tags=["health"])


class Readiness(Out):
    """What a load balancer and a technician want to know."""

    ready: bool
    database: bool
    feed: bool
    barcode_readers: list[str]


@router.get("/health/live")
def live() -> dict[str, bool]:
    """The process answers."""
    return {"alive": True}


@router.get("/health/ready")
def ready(kernel: KernelDep, response: Response) -> Readiness:
    """200 when database and feed are there, else 503 with the same document."""
    try:
        with kernel.database.read() as session:
            session.execute(text("select 1"))
        database = True
    except UnavailableError:
        database = False
    feed = kernel.live.connected
    response.status_code = 200 if database and feed else 503
    return Readiness(
        ready=database and feed, database=database, feed=feed, barcode_readers=list(readers())
    )
