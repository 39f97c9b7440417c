"""Is the program alive, is it ready? Its figures stand elsewhere (app.operations.metrics)."""

from anyio import CapacityLimiter, move_on_after, to_thread
from anyio.lowlevel import RunVar
from fastapi import APIRouter, Response
from sqlalchemy import text

from app.formats.barcode import readers
from app.kernel.db import Database, has_room
from app.kernel.errors import UnavailableError
from app.kernel.http import KernelDep
from app.kernel.schemas import Out

router = APIRouter(tags=["health"])

READY_SECONDS = 3.0
_LIMITER: RunVar[CapacityLimiter] = RunVar("readiness")


class Readiness(Out):
    """What a load balancer and a technician want to know."""

    ready: bool
    database: bool
    feed: bool
    storage: bool
    barcode_readers: list[str]


@router.get("/health/live")
def live() -> dict[str, bool]:
    """The process answers."""
    return {"alive": True}


@router.get("/health/ready")
async def ready(kernel: KernelDep, response: Response) -> Readiness:
    """200 when database and feed are there and what is written is kept, else 503 with the same document, within :data:`READY_SECONDS`.

    It waits for no thread of those who serve: where the database says nothing, all of them wait for it.
    """
    database = False
    with move_on_after(READY_SECONDS):
        database = await to_thread.run_sync(
            _answers, kernel.database, abandon_on_cancel=True, limiter=_asking()
        )
    feed, storage = kernel.live.connected, has_room()
    is_ready = database and feed and storage
    response.status_code = 200 if is_ready else 503
    return Readiness(
        ready=is_ready, database=database, feed=feed, storage=storage,
        barcode_readers=list(readers()),
    )  # fmt: skip


def _answers(database: Database) -> bool:
    try:
        with database.read() as session:
            session.execute(text("select 1"))
    except UnavailableError:
        return False
    return True


def _asking() -> CapacityLimiter:
    """One asks at a time: who comes while the database says nothing need not ask too."""
    try:
        return _LIMITER.get()
    except LookupError:
        _LIMITER.set(made := CapacityLimiter(1))
        return made
