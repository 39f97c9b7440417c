"""Passkeys: enrolled, used, and what of another site, browser, moment or authenticator is refused."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity import passkeys
from app.identity.officers import SignedIn, SignInError
from app.identity.passkeys import PasskeyRefusedError, Site, TooManyPasskeysError
from app.identity.sign_in_models import Purpose
from app.kernel.db import Database
from app.kernel.errors import InvalidError, NotFoundError
from tests.identity.people import opened, who
from tests.support import NOW
from tests.support.authenticator import Authenticator

SITE = Site("localhost", "http://localhost:8000")


@pytest.fixture
def kei(database: Database) -> SignedIn:
    return who(database, opened(database))


def enrol(
    database: Database, somebody: SignedIn, phone: Authenticator, name: str = "phone",
    at: timedelta = timedelta(),
) -> None:  # fmt: skip
    with database.transaction() as session:
        question = passkeys.ask_to_enrol(session, somebody, SITE, NOW)
    with database.transaction() as session:
        challenge = passkeys.take_challenge(
            session, question.browser, Purpose.ENROL, somebody.officer_id, NOW + at
        )
        answer = phone.create(question.options)
        passkeys.enrol(session, somebody, SITE, challenge, answer, name, NOW + at)


def sign_in(database: Database, phone: Authenticator, at: timedelta = timedelta()) -> object:
    with database.transaction() as session:
        question = passkeys.ask_to_sign_in(session, SITE, NOW)
    with database.transaction() as session:
        challenge = passkeys.take_challenge(
            session, question.browser, Purpose.SIGN_IN, None, NOW + at
        )
        return passkeys.prove(session, SITE, challenge, phone.get(question.options), NOW + at)


def test_a_passkey_proves_who_has_it(database: Database, kei: SignedIn) -> None:
    phone = Authenticator()
    enrol(database, kei, phone, " my phone ")
    assert sign_in(database, phone) == kei.officer_id
    with database.read() as session:
        [kept] = passkeys.list_passkeys(session, kei.officer_id)
    assert (kept.name, kept.sign_count, kept.used_at) == ("my phone", 1, NOW)


def test_what_the_browser_is_asked_demands_a_person_and_a_key_that_is_found_again(
    database: Database, kei: SignedIn
) -> None:
    phone = Authenticator()
    enrol(database, kei, phone)
    with database.transaction() as session:
        asked = json.loads(passkeys.ask_to_enrol(session, kei, SITE, NOW).options)
        found = json.loads(passkeys.ask_to_sign_in(session, SITE, NOW).options)
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert len(asked["excludeCredentials"]) == 1
    assert (found["userVerification"], found.get("allowCredentials", [])) == ("required", [])


WRONG = {
    "another origin": {"origin": "https://localhost.example"},
    "another port": {"origin": "http://localhost:8001"},
    "another site": {"domain": "example.org"},
    "nobody there": {"verifies": False},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_another_site_enrols_and_proves_nothing(
    database: Database, kei: SignedIn, wrong: dict[str, object]
) -> None:
    with pytest.raises(PasskeyRefusedError):
        enrol(database, kei, Authenticator(**wrong))  # type: ignore[arg-type]
    phone = Authenticator()
    enrol(database, kei, phone)
    with pytest.raises(SignInError) as refused:
        sign_in(database, replace(phone, **wrong))  # type: ignore[arg-type]
    assert refused.value.officer_id == kei.officer_id


def test_a_challenge_is_for_one_browser_once_and_for_minutes(
    database: Database, kei: SignedIn
) -> None:
    phone = Authenticator()
    enrol(database, kei, phone)
    with database.transaction() as session:
        question = passkeys.ask_to_sign_in(session, SITE, NOW)

    def take(browser: str, purpose: Purpose = Purpose.SIGN_IN, at: timedelta = timedelta()):
        with database.transaction() as session:
            return passkeys.take_challenge(session, browser, purpose, None, NOW + at)

    assert take("another") is None
    assert take(question.browser, Purpose.ENROL) is None
    assert take(question.browser, at=passkeys.CHALLENGE_LIFE) is None
    challenge = take(question.browser)
    assert challenge is not None
    assert take(question.browser) is None
    answer = phone.get(question.options)
    with database.transaction() as session:
        passkeys.prove(session, SITE, challenge, answer, NOW)
        for other in (None, challenge[::-1]):
            with pytest.raises(SignInError):
                passkeys.prove(session, SITE, other, answer, NOW)


def test_a_counter_that_does_not_grow_is_a_copy(database: Database, kei: SignedIn) -> None:
    phone = Authenticator(count=7)
    enrol(database, kei, phone)
    copy = replace(phone)
    assert sign_in(database, phone) == kei.officer_id
    with pytest.raises(SignInError):
        sign_in(database, copy)


def test_a_key_of_another_or_none_proves_nobody(database: Database, kei: SignedIn) -> None:
    phone = Authenticator()
    with pytest.raises(SignInError) as refused:
        sign_in(database, phone)
    assert refused.value.officer_id is None
    enrol(database, kei, phone)
    with pytest.raises(SignInError):
        sign_in(database, replace(phone, key=Authenticator().key))
    with pytest.raises(SignInError):
        sign_in(database, replace(phone, owner=b"somebody"))


@given(
    st.one_of(
        st.text(max_size=50),
        st.recursive(
            st.none() | st.text(max_size=8) | st.integers(),
            lambda part: st.dictionaries(
                st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "signature", "authenticatorData", "attestationObject"]),
                part,
            ),
            max_leaves=8,
        ).map(json.dumps),
    )
)  # fmt: skip
def test_whatever_is_sent_is_an_answer_or_refused(text: str) -> None:
    with pytest.raises(PasskeyRefusedError):
        passkeys.enrol(None, None, SITE, b"c" * 32, text, "n", NOW)  # type: ignore[arg-type]


def test_names_are_asked_for_and_own_keys_alone_are_changed(
    database: Database, kei: SignedIn
) -> None:
    for name in (" ", "n" * 61):
        with pytest.raises(InvalidError):
            enrol(database, kei, Authenticator(), name)
    phone = Authenticator()
    enrol(database, kei, phone)
    mio = who(database, opened(database, "mio"))
    with database.transaction() as session:
        [kept] = passkeys.list_passkeys(session, kei.officer_id)
        for act in (
            lambda: passkeys.remove(session, mio, kept.id, NOW),
            lambda: passkeys.rename(session, mio, kept.id, "x", NOW),
        ):
            with pytest.raises(NotFoundError):
                act()
        passkeys.rename(session, kei, kept.id, "old phone", NOW)
        passkeys.remove(session, kei, kept.id, NOW)
        assert passkeys.count_passkeys(session, kei.officer_id) == 0
    with pytest.raises(SignInError):
        sign_in(database, phone)


def test_no_more_than_some_and_none_twice(
    database: Database, kei: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Authenticator()
    enrol(database, kei, phone)
    with pytest.raises(TooManyPasskeysError):
        enrol(database, kei, phone)
    monkeypatch.setattr(passkeys, "MOST", 1)
    with pytest.raises(TooManyPasskeysError):
        enrol(database, kei, Authenticator())


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("http://127.0.0.1:8000", SITE),
        ("https://gate.example.org", Site("gate.example.org", "https://gate.example.org")),
        ("https://gate.example.org:8443/x", Site("gate.example.org", "https://gate.example.org:8443")),
    ],
)  # fmt: skip
def test_the_site_is_the_address_that_browsers_see(url: str, site: Site) -> None:
    assert Site.of(url) == site
