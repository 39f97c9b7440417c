"""HTTP routes of backtests, for those who write rules and those who approve them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field, model_validator

from app.analysis import backtests, snapshots
from app.analysis.backtests import NothingToAskError, Wish
from app.analysis.snapshots import Store
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel import idempotency
from app.kernel.http import IdempotencyKey, Kernel, KernelDep
from app.kernel.schemas import In, Out
from app.screening.backtest_models import BacktestState
from app.screening.rule_schemas import Carriers, Routes
from app.screening.rules import Purpose

router = APIRouter(tags=["backtests"])

AuthorDep = Annotated[SignedIn, Depends(require(Permission.AUTHOR_RULE))]
ReaderDep = Annotated[SignedIn, Depends(require(Permission.VIEW_BACKTESTS))]
Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-03"])]
Airport = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["NRT"])]
Text = Annotated[str, Field(min_length=1, max_length=4000)]


class BacktestIn(In):
    """A rule text, what it is for, and the months it is tried on; no airports, carriers or routes: all."""

    title: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    text: Text
    before_text: Text | None = None
    purpose: Purpose
    first_month: Month
    last_month: Month
    airports: Annotated[tuple[Airport, ...], Field(max_length=50)] = ()
    carriers: Carriers = ()
    routes: Routes = ()

    @model_validator(mode="after")
    def _is_a_period(self) -> "BacktestIn":
        if self.first_month > self.last_month:
            raise ValueError("the first month lies behind the last")
        return self


class BacktestOut(Out):
    """How far a backtest is, and its figures once it is done: null where they would be of few people."""

    id: UUID
    title: str
    text: str
    before_text: str | None
    purpose: str | None
    first_month: str
    last_month: str
    airports: list[str]
    carriers: list[str]
    routes: list[str]
    state: BacktestState
    done_rows: int
    all_rows: int
    created_at: datetime
    finished_at: datetime | None
    error: str | None
    result: dict[str, Any] | None


class HorizonOut(Out):
    """What there is to ask: months, travellers, and how many of them are masked."""

    first: str | None
    last: str | None
    rows: int
    flights: int
    masked_rows: int
    airports: list[str]


def store_here(kernel: Kernel) -> Store:
    """The snapshots. Raises NothingToAskError where this installation keeps none."""
    store = snapshots.store_of(kernel)
    if store is None:
        raise NothingToAskError
    return store


@router.get("/snapshots")
def horizon(kernel: KernelDep, who: ReaderDep) -> HorizonOut:
    """From when to when there are snapshots."""
    del who
    with kernel.database.read() as session:
        return HorizonOut.model_validate(snapshots.horizon(session))


@router.post("/backtests", status_code=202)
def ask(
    body: BacktestIn, kernel: KernelDep, who: AuthorDep, key: IdempotencyKey = None
) -> BacktestOut:
    """Queue a backtest; `GET` it to see how far it is."""
    wish = Wish(**body.model_dump())
    store, request = store_here(kernel), f"backtest {body.model_dump_json()}".encode()
    with kernel.database.transaction() as session:
        claimed = idempotency.claim(session, who.actor.key, key, request)
        if claimed.result is None:
            made = backtests.ask(session, who.actor, store, wish, kernel.clock())
            idempotency.settle(session, claimed, made.id)
        else:
            made = backtests.read(session, claimed.result)
        session.flush()
        session.refresh(made)
        return BacktestOut.model_validate(made)


@router.get("/backtests")
def newest(kernel: KernelDep, who: ReaderDep) -> list[BacktestOut]:
    """The last fifty, the newest first."""
    del who
    with kernel.database.read() as session:
        return [BacktestOut.model_validate(one) for one in backtests.newest(session)]


@router.get("/backtests/{backtest_id}")
def show(backtest_id: UUID, kernel: KernelDep, who: ReaderDep) -> BacktestOut:
    """One backtest."""
    del who
    with kernel.database.read() as session:
        return BacktestOut.model_validate(backtests.read(session, backtest_id))


@router.post("/backtests/{backtest_id}/stop")
def stop(backtest_id: UUID, kernel: KernelDep, who: AuthorDep) -> BacktestOut:
    """Stop one that waits or runs; what has ended stays as it is."""
    with kernel.database.transaction() as session:
        return BacktestOut.model_validate(
            backtests.stop(session, who.actor, backtest_id, kernel.clock())
        )
