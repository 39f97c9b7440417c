"""``egate kiosk``: serves the screens of simulated devices on its own loopback port."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from app.formats.barcode import Reader, draw_png, readers
from kiosk_sim.client import Credentials, Service
from kiosk_sim.device import Device
from kiosk_sim.words import LANGUAGES, WORDS

SCREEN = Path(__file__).parent / "screen"
MAX_PICTURE = 4 * 1024 * 1024
VIEW_SECONDS = 20.0
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; media-src 'self' blob:; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Tray:
    """Passports and phones that a visitor of the simulator can pick up: a JSON file, read afresh.

    Each item: ``label``, ``mrz`` (two lines) and ``code`` (the text on the phone, or null).
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def items(self) -> list[dict[str, Any]]:
        """All items; an absent or half-written file is an empty tray."""
        try:
            return list(json.loads(self._path.read_text())) if self._path else []
        except (OSError, ValueError):
            return []

    def item(self, index: int) -> dict[str, Any]:
        """One item. Raises a 404."""
        items = self.items()
        if not 0 <= index < len(items):
            raise HTTPException(404)
        return items[index]


def create_agent(services: Sequence[Service], tray: Tray, hosts: Sequence[str]) -> FastAPI:
    """The simulator's HTTP program over its devices."""
    devices: dict[str, Device] = {}

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        with Reader() as reader:
            for service in services:
                devices[service.credentials.name] = Device(service, reader)
            runs = [asyncio.create_task(device.run()) for device in devices.values()]
            yield
            for run in runs:
                run.cancel()
        for service in services:
            service.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None,
                  max_body_size=MAX_PICTURE)  # fmt: skip
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))

    def device(name: str) -> Device:
        if name not in devices:
            raise HTTPException(404)
        return devices[name]

    @app.get("/")
    def first() -> Response:
        return RedirectResponse(f"/{next(iter(devices))}/")

    @app.get("/health")
    def health() -> dict[str, Any]:
        return {"alive": True, "barcode_readers": list(readers()), "devices": sorted(devices)}

    app.mount("/screen", StaticFiles(directory=SCREEN), name="screen")

    @app.get("/{name}/")
    def screen(name: str) -> Response:
        device(name)
        return HTMLResponse((SCREEN / "screen.html").read_text(), headers=HEADERS)

    @app.get("/{name}/setup")
    def setup(name: str) -> dict[str, Any]:
        shown = device(name)
        return {
            "name": name,
            "hall": shown.service.credentials.hall,
            "kind": shown.service.credentials.kind,
            "has_door": shown.has_door,
            "devices": sorted(devices),
            "languages": LANGUAGES,
            "words": WORDS,
            "tray": [
                {"label": item["label"], "phone": bool(item.get("code"))} for item in tray.items()
            ],
        }

    @app.get("/{name}/view")
    async def view(name: str, after: int = -1) -> dict[str, Any]:
        return await device(name).view(after, VIEW_SECONDS)

    @app.post("/{name}/passport/{index}", status_code=204)
    async def passport(name: str, index: int) -> None:
        await device(name).place_passport(tray.item(index)["mrz"])

    @app.post("/{name}/phone/{index}", status_code=204)
    async def phone(name: str, index: int) -> None:
        code = tray.item(index).get("code")
        if not code:
            raise HTTPException(404)
        await device(name).show_picture(draw_png(code))

    @app.post("/{name}/picture", status_code=204)
    async def picture(name: str, request: Request) -> None:
        await device(name).show_picture(await request.body())

    @app.post("/{name}/no-code", status_code=204)
    async def no_code(name: str) -> None:
        await device(name).without_code()

    @app.post("/{name}/reset", status_code=204)
    async def reset(name: str) -> None:
        await device(name).start_over()

    @app.post("/{name}/language/{language}", status_code=204)
    async def speak(name: str, language: str) -> None:
        if language not in LANGUAGES:
            raise HTTPException(404)
        await device(name).speak(language)

    return app


def main(server: str, credentials: Sequence[Path], host: str, port: int, tray: Path | None) -> int:
    """Run until stopped."""
    services = [Service(server, Credentials.load(path)) for path in credentials]
    hosts = ["127.0.0.1", "localhost"] if host.startswith("127.") else ["*"]
    uvicorn.run(
        create_agent(services, Tray(tray), hosts),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return 0
