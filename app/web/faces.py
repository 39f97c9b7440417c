"""The faces of the program: static files, the officers' console, the carriers' and the traveller's page."""

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse

from app.identity.kept import sessions_of
from app.web.assets import STATIC, ImmutableFiles, fingerprint
from app.web.carrier.routes import router as carrier_router
from app.web.console.fragments import fragments_of
from app.web.console.routes import hot as console_hot
from app.web.console.routes import router as console_router
from app.web.errors import install_page_errors
from app.web.events import router as events_router
from app.web.hosts import host_of, hosts_of
from app.web.traveller.routes import router as traveller_router


def install_console(app: FastAPI) -> None:
    """Put the console before everything else: it is asked most often, and costs others one comparison."""
    app.include_router(console_hot)
    app.include_router(console_router)


def install_faces(app: FastAPI) -> None:
    """Put the faces into the program; call after the problem handlers are installed."""
    fragments_of(app.state.kernel.live)
    sessions_of(app.state.kernel.live)
    app.mount(f"/static/{fingerprint()}", ImmutableFiles(directory=STATIC), name="static")
    app.include_router(events_router, prefix="/api/v1")
    app.include_router(carrier_router)
    app.include_router(traveller_router)
    app.add_api_route("/", _start, include_in_schema=False)
    install_page_errors(app)


async def _start(request: Request) -> RedirectResponse:
    return RedirectResponse(hosts_of(request.scope).home(host_of(request.scope)), 303)
