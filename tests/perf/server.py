"""``egate serve`` with two endpoints more that do nothing: what every answer of this program costs at least."""

import sys

from fastapi import FastAPI, Request

from app.commands import run
from app.kernel.http import Kernel
from app.main import create_app

EMPTY = "/bench/empty"


def with_empty_endpoints(kernel: Kernel) -> FastAPI:
    app = create_app(kernel)

    @app.get(EMPTY)
    async def get() -> dict[str, bool]:
        return {"alive": True}

    @app.post(EMPTY, status_code=201)
    async def post(request: Request) -> dict[str, bool]:
        await request.body()
        return {"alive": True}

    return app


if __name__ == "__main__":
    run.create_app = with_empty_endpoints
    sys.exit(run.serve())
