"""The long-running commands."""

import os
import signal
import sys
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import text

from app.commands import stopping
from app.commands.serving import options
from app.config import Settings
from app.kernel import collector
from app.kernel.errors import UnavailableError
from app.kernel.telemetry import configure_logging
from app.main import create_app
from app.operations.metrics import serve_metrics
from app.runtime import open_runtime
from app.work.worker import Worker

NICE = 5  # screening never takes the time of an answer


def serve() -> int:
    """``egate serve``."""
    settings = Settings()
    configure_logging(json=settings.log_format == "json", level=settings.log_level)
    kernel = open_runtime(settings).kernel("serve")
    app = create_app(kernel)
    serve_metrics(settings.metrics_listen, kernel, shared=False)
    collector.settle()
    return stopping.run(app, kernel.stream.stop, **options(settings))


def work() -> int:
    """``egate work``."""
    settings = Settings()
    configure_logging(json=settings.log_format == "json", level=settings.log_level)
    os.nice(NICE)
    kernel = open_runtime(settings).kernel("work")
    worker = Worker(kernel)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    collector.settle()
    stop = serve_metrics(settings.metrics_listen, kernel, shared=True)
    worker.run()
    stop()
    return 0


def health(url: str | None) -> int:
    """``egate health``: for container health checks."""
    address = url or own_address(Settings()) + "/health/ready"
    try:
        with urlopen(address, timeout=3) as answer:  # noqa: S310  # our own address
            return 0 if answer.status == 200 else 1
    except (URLError, OSError) as error:
        print(f"egate: {address}: {type(error).__name__}", file=sys.stderr)
        return 1


def own_address(settings: Settings) -> str:
    """Where the program itself listens: by the proxy health is not there (``EGATE_FACES``)."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def database_health() -> int:
    """``egate health --database``: for processes without a port."""
    try:
        with open_runtime(Settings()).database("health").read() as session:
            session.execute(text("select 1"))
    except UnavailableError:
        return 1
    return 0
