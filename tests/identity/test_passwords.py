"""Passwords for bootstrapping: what is taken, numbers that count once, and that they end with something better."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from app.audit.log import SYSTEM
from app.identity import passkeys, passwords
from app.identity.officers import SignedIn, SignInError
from app.identity.oidc import links
from app.identity.passwords import BetterWayError
from app.kernel.db import Database
from app.kernel.errors import InvalidError
from tests.identity.people import opened, who
from tests.identity.test_passkeys import enrol
from tests.support import NOW
from tests.support.authenticator import Authenticator

GOOD = "violet-anchor-9-lantern"
KEY = passwords.new_key()


def number(at: timedelta = timedelta(), key: str = KEY) -> str:
    code = TOTP(base64.b32decode(key), 6, SHA1(), 30)
    return code.generate(int((NOW + at).timestamp())).decode()


@pytest.fixture
def kei(database: Database) -> SignedIn:
    return who(database, opened(database))


@pytest.fixture(scope="module")
def hashed() -> str:
    return passwords.hashed(GOOD)


def put(database: Database, somebody: SignedIn, hashed: str, typed: str | None = None) -> None:
    with database.transaction() as session:
        typed = number() if typed is None else typed
        passwords.put(session, somebody, hashed, KEY, typed, NOW)


def prove(database: Database, typed: str, at: timedelta = timedelta()) -> object:
    with database.transaction() as session:
        candidate = passwords.find_candidate(session, "kei")
        return passwords.prove(session, candidate, typed, NOW + at)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "too_short"),
        ("x" * 14, "too_short"),
        ("a" * 40, "common"),
        ("passwordpassword123", "common"),
        ("qwertyuiopasdfghjkl", "common"),
        ("Winter2026Winter2026", "common"),
        ("kei kei kei kei kei", "common"),
        ("x" * 129, "too_long"),
    ],
)
def test_first_guesses_are_refused(kei: SignedIn, password: str, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        passwords.judge(kei, password)
    assert [one.code for one in refused.value.fields] == [code]


@pytest.mark.parametrize(
    "password",
    [GOOD, "correct horse battery staple", "税関の検査場に朝の光が差し込む頃", "p" * 3 + GOOD * 5],
)
def test_any_kind_of_characters_will_do(kei: SignedIn, password: str) -> None:
    passwords.judge(kei, password)


def test_numbers_are_those_of_the_standard() -> None:
    """RFC 6238 appendix B, the last six digits."""
    key = base64.b32encode(b"12345678901234567890").decode()
    for seconds, digits in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, UTC)
        assert passwords.step_of(key, f"{digits[:3]} {digits[3:]}", at) == seconds // 30
    assert passwords.step_of(key, "287082", datetime.fromtimestamp(89, UTC)) == 1
    for wrong, seconds in (("287082", 121), ("", 59), ("28708", 59), ("\uff1287082", 59)):
        assert passwords.step_of(key, wrong, datetime.fromtimestamp(seconds, UTC)) is None


def test_a_password_fits_and_a_number_counts_once(
    database: Database, kei: SignedIn, hashed: str
) -> None:
    with pytest.raises(InvalidError):
        put(database, kei, hashed, "000000" if number() != "000000" else "111111")
    put(database, kei, hashed)
    with database.read() as session:
        candidate = passwords.find_candidate(session, "kei")
        nobody = passwords.find_candidate(session, "nobody")
        kept = session.execute(
            sa.text("select totp_key, password_hash from officer_password")
        ).one()
    assert passwords.fits(candidate, GOOD)
    assert not passwords.fits(candidate, GOOD + " ")
    assert nobody.officer_id is None
    assert not passwords.fits(nobody, GOOD)
    assert KEY.encode() not in bytes(kept.totp_key)  # sealed
    assert kept.password_hash.startswith("$argon2id$")
    with pytest.raises(SignInError):  # it has shown that the device has the key
        prove(database, number())
    minute = timedelta(minutes=1)
    assert prove(database, number(minute), minute) == kei.officer_id
    for typed in (number(minute), number(timedelta(seconds=30))):
        with pytest.raises(SignInError):
            prove(database, typed, minute)


@pytest.mark.parametrize("better", ["passkey", "account"])
def test_a_password_ends_with_something_better_and_does_not_come_back(
    database: Database, kei: SignedIn, hashed: str, better: str
) -> None:
    put(database, kei, hashed)
    if better == "passkey":
        enrol(database, kei, Authenticator())
    else:
        with database.transaction() as session:
            links.link(session, SYSTEM, kei.officer_id, "agency", "s-1", NOW)
    with database.read() as session:
        assert not passwords.has_password(session, kei.officer_id)
        assert passwords.find_candidate(session, "kei").officer_id is None
    with pytest.raises(BetterWayError):
        put(database, kei, hashed)


def test_a_password_is_replaced_and_removed(database: Database, kei: SignedIn, hashed: str) -> None:
    put(database, kei, hashed)
    put(database, kei, hashed)
    with database.transaction() as session:
        passwords.remove(session, kei, NOW)
        assert not passwords.has_password(session, kei.officer_id)
        assert passkeys.count_passkeys(session, kei.officer_id) == 0
