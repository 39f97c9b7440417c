"""What must hold after any fault. Each check returns what is wrong, in a few words; nothing where it holds."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from app.audit.sealing import signer
from app.audit.verify import verify
from app.kernel.events import read_since
from tests.chaos.client import Written
from tests.chaos.world import Chaos

TABLES = {
    "/api/v1/messages": "message",
    "/api/v1/declarations": "declaration",
    "/api/v1/presentations": "presentation",
    "/api/v1/passages": "passage",
}
EVENTFUL = ("/api/v1/messages", "/api/v1/declarations", "/api/v1/presentations")


def exactly_once(chaos: Chaos) -> Iterator[str]:
    """Every acknowledged write is a row, and there is no row that nobody was told of."""
    told = Counter((TABLES[one.path], UUID(one.answer["id"])) for one in chaos.client.written)
    if max(told.values(), default=0) > 1:
        yield "two writes have one id"
    with chaos.made.database.read() as session:
        for table in TABLES.values():
            kept = Counter(session.scalars(sa.text(f"select id from {table}")))
            wanted = {identifier for name, identifier in told if name == table}
            if wanted - kept.keys():
                yield f"{table}: {len(wanted - kept.keys())} lost"
            if kept.keys() - wanted:
                yield f"{table}: {len(kept.keys() - wanted)} doubled"


SAME = {
    "/api/v1/declarations": ("reference", "seq", "secret", "expires"),
    "/api/v1/passages": ("presentation_id", "passed_at"),
}
"""What stays, beside the id. A declaration's code bears the time at which it was issued: another text each time."""


def same_answer(chaos: Chaos, written: Sequence[Written]) -> Iterator[str]:
    """The same call under the same key shows the same thing, as it is now."""
    for one in written:
        again = chaos.client.ask(one.path, one.body, one.headers)
        said = again.json()
        if again.status_code >= 300:
            yield f"{one.path}: refused when asked again"
        elif any(said[name] != one.answer[name] for name in ("id", *SAME.get(one.path, ()))):
            yield f"{one.path}: another answer to the same call"


_DOORS = """
select count(*) from passage p
  left join clearance c on c.id = p.clearance_id and c.consumed_at is not null and c.revoked_at is null
  left join presentation s on s.id = c.presentation_id and s.answer = 'cleared'
 where s.id is null
"""
_CONSUMED = """
select count(*) from clearance c where consumed_at is not null
   and not exists (select from passage p where p.clearance_id = c.id)
"""


def no_door_without_cause(chaos: Chaos) -> Iterator[str]:
    """Behind each passage stands a decision that allows it; no clearance was used up for nothing."""
    with chaos.made.database.read() as session:
        if session.scalar(sa.text(_DOORS)):
            yield "a door opened without a decision"
        if session.scalar(sa.text(_CONSUMED)):
            yield "a clearance was consumed and nobody passed"


def trail_is_intact(chaos: Chaos) -> Iterator[str]:
    """What ``egate audit verify`` says."""
    with chaos.made.database.read(snapshot=True) as session:
        trusted = [signer(session, chaos.made.runtime.vault).verifier()]
        if not verify(session, trusted, datetime.now(UTC)).is_intact:
            yield "the audit trail is not intact"


_EVENTS = "select count(*) from event where tx >= pg_snapshot_xmax(cast(:seen as pg_snapshot))"


def feed_has_no_gap(chaos: Chaos) -> Iterator[str]:
    """From the cursor of before the feed gives every event that was committed since, and the next read goes on there."""
    with chaos.made.database.read(snapshot=True) as session:
        seen = chaos.cursor.partition(":")[2]
        kept = session.scalar(sa.text(_EVENTS), {"seen": seen})
    with chaos.made.database.read() as session:
        feed = read_since(session, chaos.cursor)
    if len(feed.hints) < (kept or 0):
        yield f"the feed lost {(kept or 0) - len(feed.hints)} events"
    told = {hint.subject for hint in feed.hints}
    fresh = chaos.client.written[chaos.told :]
    lost = [one for one in fresh if one.path in EVENTFUL and UUID(one.answer["id"]) not in told]
    if lost:
        yield f"{len(lost)} acknowledged writes have no event"
    chaos.cursor = feed.cursor
    chaos.told = len(chaos.client.written)


CHECKS: Sequence[Callable[[Chaos], Iterator[str]]] = (
    exactly_once, no_door_without_cause, trail_is_intact, feed_has_no_gap,
)  # fmt: skip


def violated(chaos: Chaos, since: int) -> list[str]:
    """All that does not hold; calls after the first ``since`` acknowledged ones are made again."""
    found = list(same_answer(chaos, chaos.client.written[since:]))
    return found + [wrong for check in CHECKS for wrong in check(chaos)]
