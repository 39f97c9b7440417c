"""Officers for tests of signing in."""

from datetime import timedelta

from app.identity import officers
from app.identity.models import CodeFrom
from app.identity.officers import Proof, SignedIn
from app.identity.permissions import Role
from app.kernel.db import Database
from tests.support import NOW


def officer(database: Database, login: str = "kei", site: str = "NRT") -> str:
    """The id of a new officer, as text."""
    with database.transaction() as session:
        made = officers.create_officer(session, login, "K. Example", [Role.SENIOR], site, NOW)
        return str(made.id)


def opened(database: Database, login: str = "kei", at: timedelta = timedelta()) -> str:
    """The token of a new session of an officer who is made when new."""
    with database.transaction() as session:
        found = officers.find_officer(session, login)
    if found is None:
        officer(database, login)
    with database.transaction() as session:
        found = officers.find_officer(session, login)
        assert found is not None
        return officers.open_session(
            session, found.id, NOW + at, Proof(browser="Firefox, Linux", code_from=CodeFrom.SERVER)
        )


def who(database: Database, token: str, at: timedelta = timedelta()) -> SignedIn:
    """Who is behind a token."""
    with database.read() as session:
        return officers.find_session(session, token, NOW + at)[0]
