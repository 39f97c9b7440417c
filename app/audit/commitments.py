"""What was searched, as salted commitments: the trail can say later that a text was searched, and never what was.

A search leaves HMAC-SHA-256 values of the text's canonical form under a salt of its own: one of the whole, one of each
word. They stand in the entry of the trail and are sealed with it. The salt stands apart (``audit_salt``), sealed
under the ring of keys, on a clock of its own. While it lives, whoever names a text is told the entries of searches for it;
once it is deleted they say nothing to anybody, and every root and proof of the trail stands. A hash of the salt in the entry
tells a salt that somebody put in its place; one that is missing though younger than its clock was taken away before its time.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit.log import Actor, ActorKind, append
from app.audit.models import AuditEntry, AuditSalt
from app.formats import mrz
from app.formats.values import document_number

COMMITTED: Final = (
    "passenger.searched", "declaration.sought", "watchlist.tried", "watchlist.viewed",
    "rights.registered", "rights.letter-printed", "rights.record-exported", "audit.asked",
)  # fmt: skip
"""The actions whose entries may hold commitments: by them entries are found."""
RUN: Final = "retention.run"
"""The entry of a run of the keeping of data; of these keys one says by which period it took salts away, one how many."""
PERIOD: Final = "commitment_days"
DELETED: Final = "audit_salt.deleted"
SALT_BYTES: Final = 32
_DAYS: Final = range(1, 366 * 100)
_KEPT: Final = 16
_MOST_WORDS: Final = 12
_BETWEEN = re.compile(r"[\s<,;]+")
_PAGE: Final = 1_000


class Likeness(StrEnum):
    """How what was searched is to what is asked for: the same words, some of them, or more than them."""

    SAME = "same"
    PART = "part"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Canonical:
    """A text as it is committed to: capitals A to Z and digits; other scripts folded. ``words`` is without repeats."""

    whole: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        plain = unicodedata.normalize("NFKC", text)
        found = [word for part in _BETWEEN.split(plain) if (word := _word(part))]
        return cls("".join(found), tuple(sorted(set(found))[:_MOST_WORDS]))

    def under(self, salt: bytes) -> "Committed":
        """What stands in the trail."""
        return Committed(_mac(salt, self.whole), frozenset(_mac(salt, one) for one in self.words))


@dataclass(frozen=True, slots=True)
class Committed:
    """The commitments of one text."""

    whole: str
    words: frozenset[str]

    def wire(self) -> dict[str, Any]:
        """As JSON; in an order that says nothing."""
        return {"whole": self.whole, "words": sorted(self.words)}

    def likeness(self, asked: "Committed") -> Likeness | None:
        """How this, that was searched, is to what is asked for under the same salt."""
        if self.whole == asked.whole or self.words == asked.words:
            return Likeness.SAME
        if self.words <= asked.words:
            return Likeness.PART
        return Likeness.MORE if asked.words <= self.words else None


@dataclass(frozen=True, slots=True)
class Found:
    """An entry of a search for what was asked."""

    entry_id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    action: str
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Answer:
    """``looked``: searches whose salt lives; ``forgotten``: those whose salt is gone in its time, of which nothing can be
    said; ``altered``: those whose salt is not the one that their entry names; ``missing``: those whose salt is gone before its time.
    """

    found: tuple[Found, ...]
    looked: int
    forgotten: int
    altered: int
    missing: int

    @property
    def is_whole(self) -> bool:
        """Whether every salt is there, or gone in its time."""
        return not self.altered and not self.missing


def record_search(
    session: Session, actor: Actor, action: str, subject_kind: str, subject_id: UUID | None,
    now: datetime, texts: Sequence[str], **detail: Any,
) -> None:  # fmt: skip
    """:func:`app.audit.log.record` with commitments to ``texts``: what was searched, or whom an export names."""
    assert action in COMMITTED, action
    said = [one for text in texts if (one := Canonical.of(text)).words]
    if said:
        salt = secrets.token_bytes(SALT_BYTES)
        of = [one.under(salt).wire() for one in said]
        detail["commitments"] = {"salt": _named(salt), "of": of}
    entry_id = append(session, actor, action, subject_kind, subject_id, now, detail)
    if said:
        session.add(AuditSalt(entry_id=entry_id, salt=salt.hex(), at=now))
        session.flush()


def searched(
    session: Session, text: str, now: datetime, kept: timedelta,
    since: datetime | None = None, until: datetime | None = None,
) -> Answer:  # fmt: skip
    """Was this searched? Entries of searches for it, newest first. One HMAC a word and entry: nothing is kept.

    ``kept``: how long salts are kept by the profile in force. Raises nothing, whatever stands in the trail.
    """
    asked = Canonical.of(text)
    found: list[Found] = []
    looked = forgotten = altered = missing = 0
    due = _due(session, now, kept)
    for row in _committed(session, since, until):
        if row.salt is None:
            missing += row.at >= due
            forgotten += row.at < due
            continue
        salt, said = bytes.fromhex(row.salt), row.detail["commitments"]
        if said["salt"] != _named(salt):
            altered += 1
            continue
        looked += 1
        if asked.words and (like := _likest(asked.under(salt), said["of"])):
            found.append(Found(row.id, row.at, row.actor_kind, row.actor_id, row.action, like))
    return Answer(tuple(found), looked, forgotten, altered, missing)


def ask(
    session: Session, actor: Actor, text: str, now: datetime, kept: timedelta,
    since: datetime | None = None, until: datetime | None = None,
) -> Answer:  # fmt: skip
    """:func:`searched`, and that it was asked for stands in the trail, with a commitment like any search."""
    answer = searched(session, text, now, kept, since, until)
    record_search(
        session, actor, "audit.asked", "audit", None, now, [text], found=len(answer.found)
    )
    return answer


def _due(session: Session, now: datetime, kept: timedelta) -> datetime:
    """Salts of searches before this moment may be gone: by the period of now, or by one under which a run took salts away.

    So a period that became longer calls nobody to account for what went while it was shorter.
    """
    runs = session.execute(
        sa.select(AuditEntry.at, AuditEntry.detail[PERIOD]).where(
            AuditEntry.action == RUN, AuditEntry.actor_kind == ActorKind.SYSTEM, AuditEntry.at <= now,
            sa.func.jsonb_typeof(AuditEntry.detail["counts"][DELETED]) == "number",
        )
    )  # fmt: skip
    due = now - kept
    for at, days in runs:
        if type(days) is int and days in _DAYS:
            due = max(due, at - timedelta(days=days))
    return due


def _likest(asked: Committed, said: Sequence[dict[str, Any]]) -> Likeness | None:
    """Of several texts of one entry the one that is likest."""
    order = list(Likeness)
    likes = [Committed(one["whole"], frozenset(one["words"])).likeness(asked) for one in said]
    return min((one for one in likes if one), key=order.index, default=None)


def _committed(
    session: Session, since: datetime | None, until: datetime | None
) -> Iterator[sa.Row[Any]]:
    query = (
        sa.select(
            AuditEntry.id, AuditEntry.at, AuditEntry.actor_kind, AuditEntry.actor_id, AuditEntry.action,
            AuditEntry.detail, AuditSalt.salt,
        )
        .outerjoin(AuditSalt, AuditSalt.entry_id == AuditEntry.id)
        .where(AuditEntry.action.in_(COMMITTED), AuditEntry.detail.has_key("commitments"))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .execution_options(yield_per=_PAGE)
    )  # fmt: skip
    if since:
        query = query.where(AuditEntry.at >= since)
    if until:
        query = query.where(AuditEntry.at < until)
    yield from session.execute(query)


def _word(text: str) -> str:
    """As documents or names are compared: of a number letters and digits, of a name letters, of other scripts what there is."""
    if any(c.isdigit() for c in text):
        plain = document_number(text)
    else:
        plain = mrz.transliterate(text).replace(" ", "")
    return plain or text.casefold()


def _mac(salt: bytes, text: str) -> str:
    return hmac.digest(salt, text.encode("utf-8", "surrogatepass"), "sha256")[:_KEPT].hex()


def _named(salt: bytes) -> str:
    return hashlib.sha256(b"egate/salt" + salt).digest()[:_KEPT].hex()
