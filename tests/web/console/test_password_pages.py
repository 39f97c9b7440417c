"""Signing in by password: only where it is switched on, slowed when guessed, never a lock for who was here before."""

import base64
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from app.identity import passwords, slowing
from app.identity.ways import Ways, ways_of
from app.kernel.limits import Rate
from app.kernel.telemetry import SIGN_INS
from tests.web.conftest import Looker
from tests.web.console.test_my_sign_in import MINE, ORIGIN, cookies_of
from tests.web.console.test_session import sign_in

GOOD = "violet-anchor-9-lantern"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Hashes as they are, of little work."""
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("app.identity.passwords._hasher", light)
    monkeypatch.setattr("app.identity.passwords._NOBODYS", light.hash("nobody's"))


@pytest.fixture
def on(kernel):
    kernel.remembered[Ways] = replace(ways_of(kernel), passwords=True)


def number(key: str, clock) -> str:
    return TOTP(base64.b32decode(key), 6, SHA1(), 30).generate(int(clock().timestamp())).decode()


def set_password(officer: Looker, clock, password: str = GOOD):
    page = officer.page(MINE)
    sealed = re.search(r'name="key" value="([0-9a-f]+)"', page).group(1)
    key = re.search(r'<strong class="code">([A-Z2-7 ]+)</strong>', page).group(1).replace(" ", "")
    form = {"key": sealed, "password": password, "number": number(key, clock)}
    return key, officer.post(f"{MINE}/password", form)


def by_password(client, login: str, password: str, typed: str, cookie: str = ""):
    client.cookies.clear()
    form = {"login": login, "password": password, "number": typed}
    headers = ORIGIN | ({"Cookie": cookie} if cookie else {})
    return client.post(
        "/console/sign-in/password", data=form, headers=headers, follow_redirects=False
    )


def test_passwords_are_not_there_unless_the_installation_says_so(client, look):
    assert "password" not in client.get("/console/sign-in", headers=ORIGIN).text
    assert by_password(client, "kei", GOOD, "1").status_code == 404
    officer = look(login="kei")
    assert 'name="password"' not in officer.page(MINE)
    assert officer.post(f"{MINE}/password", {"password": GOOD}).status_code == 404


def test_an_officer_sets_a_password_himself_and_signs_in_by_it(client, look, clock, on, kernel):
    officer = look(login="kei")
    for password, said in (("short", "Use at least 15"), ("a" * 20, "among the first")):
        _, answer = set_password(officer, clock, password)
        assert answer.status_code == 422
        assert said in answer.text
        assert password not in answer.text
    key, answer = set_password(officer, clock)
    assert (answer.status_code, answer.headers["location"]) == (303, MINE)
    assert "You have a password" in officer.page(MINE)
    clock.advance(minutes=1)
    answer = by_password(client, "kei", GOOD, number(key, clock))
    assert answer.status_code == 303
    assert Looker(client, cookies_of(answer)["egate"]).page(MINE).count("Password and number") == 1
    again = by_password(client, "kei", GOOD, number(key, clock))
    assert again.status_code == 401  # a number counts once
    assert GOOD not in again.text


def test_wrong_guesses_are_answered_alike_slowed_and_do_not_keep_the_officer_out(
    client, airport, look, clock, on, kernel
):
    """In the same network, with the login guessed at: unknown logins look like known ones."""
    officer = look(login="kei")
    key, _ = set_password(officer, clock)
    clock.advance(minutes=1)
    here = by_password(client, "kei", GOOD, number(key, clock))
    mark = f"egate-known={cookies_of(here)['egate-known']}"
    clock.advance(minutes=1)

    def guesses(login):
        return [by_password(client, login, "wrong " * 3, "000000") for _ in range(6)]

    known, unknown = guesses("kei"), guesses("nobody")
    assert [one.status_code for one in known] == [401] * 5 + [429]
    assert [one.text for one in known] == [one.text.replace("nobody", "kei") for one in unknown]
    assert by_password(client, "kei", GOOD, number(key, clock)).status_code == 429
    assert sign_in(client, airport.code_for("kei", "K. Aoyama")).status_code == 303
    forged = by_password(client, "kei", GOOD, number(key, clock), "egate-known=" + "00" * 60)
    assert forged.status_code == 429
    assert by_password(client, "kei", GOOD, number(key, clock), mark).status_code == 303
    clock.advance(minutes=1)
    assert by_password(client, "kei", GOOD, number(key, clock)).status_code == 303
    with kernel.database.read() as session:
        rows = session.execute(
            sa.text(
                "select detail, subject_id is null as nobody from audit_entry where action = 'session.refuse'"
            )
        ).all()
    assert [row.nobody for row in rows].count(True) == 5
    assert {str(row.detail) for row in rows} == {"{'way': 'password'}"}


def test_guesses_everywhere_slow_unknown_browsers_only(
    client, look, clock, on, kernel, monkeypatch
):
    officer = look(login="kei")
    key, _ = set_password(officer, clock)
    clock.advance(minutes=1)
    here = by_password(client, "kei", GOOD, number(key, clock))
    mark = f"egate-known={cookies_of(here)['egate-known']}"
    clock.advance(minutes=1)
    monkeypatch.setattr(slowing, "EVERYBODY", Rate(3, 180))
    status = [by_password(client, f"login-{n}", "wrong " * 3, "1").status_code for n in range(4)]
    assert status == [401, 401, 401, 429]
    assert by_password(client, "kei", GOOD, number(key, clock)).status_code == 429
    assert by_password(client, "kei", GOOD, number(key, clock), mark).status_code == 303


def test_who_is_nobody_costs_as_much_work_as_who_is_somebody(client, look, clock, on, monkeypatch):
    set_password(look(login="kei"), clock)
    judged: list[str] = []
    fits = passwords.fits
    monkeypatch.setattr(
        passwords, "fits", lambda candidate, typed: judged.append(typed) or fits(candidate, typed)
    )
    refused = SIGN_INS.labels("password", "refused")
    before = refused._value.get()
    for login in ("kei", "nobody"):
        assert by_password(client, login, "wrong " * 3, "000000").status_code == 401
    assert judged == ["wrong wrong wrong"] * 2
    assert refused._value.get() == before + 2
    monkeypatch.undo()
    parameters = [one.split("$")[2:4] for one in (passwords._NOBODYS, passwords.hashed(GOOD))]
    assert parameters[0] == parameters[1]


def test_a_key_that_is_another_officers_sets_nothing(look, clock, on):
    kei, mio = look(login="kei"), look(login="mio")
    page = kei.page(MINE)
    sealed = re.search(r'name="key" value="([0-9a-f]+)"', page).group(1)
    key = re.search(r'<strong class="code">([A-Z2-7 ]+)</strong>', page).group(1).replace(" ", "")
    form = {"key": sealed, "password": GOOD, "number": number(key, clock)}
    answer = mio.post(f"{MINE}/password", form)
    assert answer.status_code == 422
    assert "not the number of this moment" in answer.text
    clock.advance(minutes=6)
    assert "again=1" in kei.post(f"{MINE}/password", form).headers["location"]
    assert "again=1" in kei.post(f"{MINE}/password/remove").headers["location"]
