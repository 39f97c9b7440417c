"""``egate kiosk``: serves the screens of simulated devices on its own loopback port."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from app.formats.credential import public_key
from app.formats.passport import UntrustedError
from kiosk_sim import counter_routes, declare_routes, lane_routes, screen_routes, staff_routes
from kiosk_sim.chip import ChipReader
from kiosk_sim.client import Credentials, Service
from kiosk_sim.face import Engine, FaceUnavailableError, WeightsError, load_engine
from kiosk_sim.origin import OwnOrigin
from kiosk_sim.program import NO_LANES, Agent, Lanes, Tray
from kiosk_sim.screen_routes import MAX_PICTURE, SCREEN
from kiosk_sim.staff import PinError, Staff
from kiosk_sim.trust import Seen, TrustStore


def create_agent(
    services: Sequence[Service],
    tray: Tray,
    hosts: Sequence[str],
    seen: Seen | None = None,
    chips: ChipReader | None = None,
    faces: Engine | None = None,
    lanes: Lanes = NO_LANES,
    staff: Staff | None = None,
) -> FastAPI:
    """The simulator's HTTP program over its devices."""
    agent = Agent(services, tray, seen, chips, faces, lanes, staff)
    app = FastAPI(
        lifespan=agent.running, openapi_url=None, docs_url=None, redoc_url=None,
        max_body_size=MAX_PICTURE,
    )  # fmt: skip
    app.state.agent, app.state.staff = agent, staff
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_middleware(OwnOrigin)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.mount("/screen", StaticFiles(directory=SCREEN), name="screen")
    for router in (
        screen_routes.router,
        declare_routes.router,
        counter_routes.router,
        lane_routes.router,
        staff_routes.router,
    ):
        app.include_router(router)
    return app


def _not_understood(request: Request, error: Exception) -> Response:
    """Nothing of what was sent comes back: it may be a PIN, or what somebody declares."""
    del request, error
    return JSONResponse({"detail": "invalid"}, 422)


@dataclass(frozen=True, slots=True)
class Options:
    """How ``egate kiosk`` runs. ``authorities``: certificates or a master list by which chips are verified;
    ``keys_turned``: staff have taken the lanes into service; ``staff_pin``: the file of the PIN of their menu.
    """

    server: str
    credentials: Sequence[Path]
    host: str = "127.0.0.1"
    port: int = 8010
    tray: Path | None = None
    authorities: Path | None = None
    revoked: Sequence[Path] = ()
    keys_turned: bool = False
    staff_pin: Path | None = None


def main(options: Options) -> int:
    """Run until stopped. 2 when a file of credentials or of authorities cannot be read."""
    services, paths = [], {}
    for path in options.credentials:
        try:
            services.append(service := _service(options.server, path))
            paths[service.credentials.name] = path
        except (OSError, ValueError, KeyError, TypeError):
            sys.stderr.write(f"{path}: no file of a device's credentials; enrol the device again\n")
            return 2
    try:
        chips, faces, staff = _fittings(options)
    except _FittingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    seen = Seen(options.credentials[0].with_suffix(".seen"))
    seen.load(int(time.time()))
    hosts = ["127.0.0.1", "localhost"] if options.host.startswith("127.") else ["*"]
    uvicorn.run(
        create_agent(
            services,
            Tray(options.tray),
            hosts,
            seen,
            chips,
            faces,
            Lanes(paths, options.keys_turned),
            staff,
        ),
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return 0


class _FittingError(Exception):
    """A file that the program was given cannot be gone by; says which."""


def _fittings(options: Options) -> tuple[ChipReader | None, Engine | None, Staff | None]:
    """What reads chips, what compares faces, and the staff's PIN. Raises _FittingError."""
    chips = faces = staff = None
    try:
        if options.authorities is not None:
            chips = ChipReader.load(options.authorities, options.revoked)
        if options.staff_pin is not None:
            staff = Staff.load(options.staff_pin)
        faces = load_engine()
    except OSError as error:
        raise _FittingError(f"{error.filename}: cannot be read") from error
    except UntrustedError as error:
        raise _FittingError(
            f"{options.authorities}: no authorities to go by ({error.code})"
        ) from error
    except PinError as error:
        raise _FittingError(f"{options.staff_pin}: {error}") from error
    except WeightsError as error:
        raise _FittingError(str(error)) from error
    except FaceUnavailableError as error:
        sys.stderr.write(f"faces are not compared: {error}\n")
    return chips, faces, staff


def _service(server: str, path: Path) -> Service:
    """The service as the device of these credentials sees it, with the list that it kept."""
    credentials = Credentials.load(path)
    if not credentials.root:
        return Service(server, credentials)
    trust = TrustStore(public_key(credentials.root), path.with_suffix(".trust"))
    trust.load(int(time.time()))
    return Service(server, credentials, trust)
