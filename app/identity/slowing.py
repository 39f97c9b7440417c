"""Guessing is slowed, nobody is locked out: rates of attempts (GCRA) and the browsers that an officer has used before.

The rates stand in the database, unlike those of :mod:`app.kernel.limits`: they hold for all processes together, and a
restart forgives nothing. An attempt is counted before it is looked at, so that many at once are no more than one after the other, and given back
when it was right. What is counted is known by a keyed pseudonym only: neither logins nor addresses are kept.
"""

import ipaddress
import json
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.log import SYSTEM, record
from app.identity.models import Way
from app.identity.sign_in_models import SignInSlowing
from app.kernel.crypto import SealError, Vault
from app.kernel.db import sweep
from app.kernel.limits import Rate

KNOWN_FOR = timedelta(days=180)
MOST_KNOWN = 8
_CONTEXT = b"sign-in/known-browser"


Counted = tuple[bytes, Rate]
"""What is counted, and how often it may be."""
PAIR = Rate(5, 300)
"""Wrong passwords of one login from one network."""
EVERYBODY = Rate(120, 120)
"""Wrong passwords of all, from browsers that nobody has used before."""
NOTED = Rate(120, 600)
"""Refusals that are written into the trail one by one; more are counted only."""


def pair_key(vault: Vault, login: str, address: str) -> bytes:
    """The pseudonym of a login at a network."""
    return vault.pseudonym("sign-in/pair", f"{login.casefold()}\n{network(address)}")


def common_key(vault: Vault, what: str) -> bytes:
    """The pseudonym of a rate that all share."""
    return vault.pseudonym("sign-in/common", what)


def network(address: str) -> str:
    """The network of an address: /24 of IPv4, /56 of IPv6; what is no address stands for itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    length = 24 if parsed.version == 4 else 56
    return str(ipaddress.ip_network((parsed, length), strict=False))


def take(session: Session, key: bytes, rate: Rate, now: datetime) -> bool:
    """Count an attempt; False where the rate is used up, and nothing is counted then."""
    sweep(session, SignInSlowing.free_at, now)
    apart = timedelta(seconds=rate.apart)
    made = insert(SignInSlowing).values(key=key, free_at=now + apart)
    counted = made.on_conflict_do_update(
        index_elements=["key"],
        set_={"free_at": sa.func.greatest(SignInSlowing.free_at, now) + apart},
        where=SignInSlowing.free_at <= now + (rate.calls - 1) * apart,
    ).returning(SignInSlowing.id)
    return session.execute(counted).first() is not None


def give_back(session: Session, key: bytes, rate: Rate, *, whole: bool = False) -> None:
    """The attempt was right: it does not count; ``whole``: nor do those before it."""
    mine = SignInSlowing.key == key
    if whole:
        session.execute(sa.delete(SignInSlowing).where(mine))
        return
    left = sa.update(SignInSlowing).where(mine)
    session.execute(left.values(free_at=SignInSlowing.free_at - timedelta(seconds=rate.apart)))


def note_refusal(
    session: Session, vault: Vault, way: Way, officer_id: UUID | None, now: datetime
) -> None:
    """Write into the trail that somebody was refused, while :data:`NOTED` lasts: a flood is counted, not written."""
    if take(session, common_key(vault, "noted"), NOTED, now):
        record(session, SYSTEM, "session.refuse", "officer", officer_id, now, way=way)


# --- browsers that are known ----------------------------------------------------------------------


def known_officers(vault: Vault, cookie: str | None, now: datetime) -> tuple[UUID, ...]:
    """Who has signed in with this browser before, as its sealed cookie says; nobody for any other text."""
    try:
        plain = vault.open(bytes.fromhex(cookie or ""), _CONTEXT)
    except (SealError, ValueError):
        return ()
    until = {UUID(one): moment for one, moment in json.loads(plain).items()}
    return tuple(one for one, moment in until.items() if moment > now.timestamp())


def know(vault: Vault, cookie: str | None, officer_id: UUID, now: datetime) -> str:
    """The cookie of a browser with which an officer has just signed in."""
    others = [one for one in known_officers(vault, cookie, now) if one != officer_id]
    kept = [officer_id, *others][:MOST_KNOWN]
    until = (now + KNOWN_FOR).timestamp()
    return vault.seal(json.dumps({str(one): until for one in kept}).encode(), _CONTEXT).hex()
