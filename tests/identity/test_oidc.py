"""OIDC: what a real provider answers, what an id token must say, whose an account is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from pydantic import SecretStr

from app.audit.log import SYSTEM
from app.identity import officers
from app.identity.officers import SignInError
from app.identity.oidc import flow, links, metadata, tokens
from app.identity.oidc.metadata import ProviderUnavailableError, Published
from app.identity.oidc.provider import Provider, ProviderFileError, read_providers
from app.identity.oidc.tokens import Account, Asked, TokenRefusedError
from app.kernel.crypto import Vault
from app.kernel.db import Database
from app.programs import free_port
from tests.identity.people import officer
from tests.support import NOW
from tests.support.provider import RunningProvider, query, running_provider

CONSOLE = "http://localhost:8000"
BACK = f"{CONSOLE}/console/sign-in/oidc/agency/back"
ISSUER = "https://login.example.org"


# --- a real provider ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningProvider]:
    with running_provider(free_port(), CONSOLE) as running:
        yield running


def came_back(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def test_somebody_signs_in_at_a_real_provider(provider: RunningProvider) -> None:
    published = Published(provider.settings(login_claim="preferred_username"))
    journey = flow.begin("agency", "/console", datetime.now(UTC), None)
    there = provider.sign_in(flow.address_to_ask(published, journey, BACK), "kei")
    assert there.startswith(BACK)
    answer = came_back(there)
    for wrong in ({"state": "another"}, {"iss": "https://evil.example"}, {"code": ""}):
        with pytest.raises(SignInError):
            flow.finish(published, journey, answer | wrong, BACK, datetime.now(UTC))
    account = flow.finish(published, journey, answer, BACK, datetime.now(UTC))
    assert (account.subject, account.login) == ("sub-kei", "kei")
    assert account.session  # by which it is ended from there
    with pytest.raises(SignInError):  # a code is exchanged once
        flow.finish(published, journey, answer, BACK, datetime.now(UTC))


def test_another_browsers_code_is_of_no_use(provider: RunningProvider) -> None:
    """PKCE: whoever has read the code has not the verifier; the nonce is of the journey that asked."""
    published = Published(provider.settings())
    now = datetime.now(UTC)
    mine, other = (flow.begin("agency", "/console", now, None) for _ in range(2))
    stolen = came_back(provider.sign_in(flow.address_to_ask(published, mine, BACK), "kei"))
    with pytest.raises(SignInError):
        flow.finish(published, replace(mine, verifier=other.verifier), stolen, BACK, now)
    answer = came_back(provider.sign_in(flow.address_to_ask(published, mine, BACK), "kei"))
    with pytest.raises(TokenRefusedError, match="nonce"):
        flow.finish(published, replace(mine, nonce=other.nonce), answer, BACK, now)


def test_how_somebody_signed_in_there_is_looked_at(provider: RunningProvider) -> None:
    strict = Published(provider.settings(acr=("high",), amr=("hwk",), max_age_minutes=60))
    for login, why in (("kei", "acr"), ("kei:high:pwd", "amr"), ("kei:high:pwd,hwk", None)):
        now = datetime.now(UTC)
        journey = flow.begin("agency", "/console", now, None)
        address = flow.address_to_ask(strict, journey, BACK)
        assert query(address, "max_age") == "3600"
        answer = came_back(provider.sign_in(address, login))
        if why:
            with pytest.raises(TokenRefusedError, match=why):
                flow.finish(strict, journey, answer, BACK, now)
        else:
            assert flow.finish(strict, journey, answer, BACK, now).subject == "sub-kei"


def test_who_refuses_there_comes_back_without_a_session(provider: RunningProvider) -> None:
    published = Published(provider.settings())
    journey = flow.begin("agency", "/console", datetime.now(UTC), None)
    there = provider.sign_in(flow.address_to_ask(published, journey, BACK), "")
    assert query(there, "error") == "access_denied"
    with pytest.raises(SignInError):
        flow.finish(published, journey, came_back(there), BACK, datetime.now(UTC))


def test_the_provider_signs_out_where_it_can(provider: RunningProvider) -> None:
    published = Published(provider.settings())
    address = flow.address_to_sign_out(published, f"{CONSOLE}/console/sign-in")
    assert address is not None
    assert address.startswith(f"{provider.issuer}/session/end?client_id=egate&")
    assert "id_token" not in address


def test_a_provider_that_is_not_there_or_says_it_is_another_is_unavailable(
    provider: RunningProvider,
) -> None:
    nobody = provider.settings(issuer=f"http://127.0.0.1:{free_port()}")
    another = provider.settings(issuer=provider.issuer + "/")
    for one in (nobody, another):
        with pytest.raises(ProviderUnavailableError):
            Published(one).addresses()


# --- what tokens must say -------------------------------------------------------------------------


class Signer:
    """An invented provider's keys, and how often they were fetched."""

    def __init__(self) -> None:
        self.keys = [RSAKey.generate_key(2048, {"kid": "one"})]
        self.fetched = 0

    def get(self, address: str) -> dict[str, Any]:
        if address.endswith("/jwks"):
            self.fetched += 1
            strange = [{"kty": "AKP", "kid": "q"}, {"kty": "oct", "k": "AAAA"}, "x"]
            return {"keys": [*strange, *(key.as_dict(private=False) for key in self.keys)]}
        return {
            "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token", "jwks_uri": f"{ISSUER}/jwks",
        }  # fmt: skip

    def sign(self, claims: dict[str, Any], alg: str = "RS256", key: Any = None) -> str:
        key = key or self.keys[-1]
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


@pytest.fixture
def published(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Published:
    monkeypatch.setattr(metadata, "_get", signer.get)
    signer.fetched = 0
    del signer.keys[1:]
    return Published(settings())


def settings(**changes: Any) -> Provider:
    given = {
        "key": "agency", "title": "Agency", "issuer": ISSUER, "client_id": "egate",
        "client_secret": SecretStr("s"), "login_claim": "preferred_username",
    }  # fmt: skip
    return Provider.model_construct(**{**Provider.model_construct().__dict__, **given, **changes})


def claims(**changes: Any) -> dict[str, Any]:
    at = int(NOW.timestamp())
    made = {
        "iss": ISSUER, "aud": "egate", "sub": "s-1", "iat": at, "exp": at + 300, "nonce": "n",
        "preferred_username": "kei", "sid": "there",
    }  # fmt: skip
    return {name: value for name, value in (made | changes).items() if value is not None}


ASKED = Asked("n", "access")


def test_an_account_is_read_from_a_token_that_says_all(
    signer: Signer, published: Published
) -> None:
    good = claims(at_hash=tokens._half_hash("RS256", "access"), azp="egate", aud=["egate", "b"])
    account = tokens.read_id_token(published, signer.sign(good), ASKED, NOW)
    assert account == Account("s-1", "kei", "there")


AT = int(NOW.timestamp())
WRONG: dict[str, dict[str, Any]] = {
    "issuer": {"iss": "https://evil.example"},
    "audience": {"aud": "another"},
    "audience of several": {"aud": ["egate", "another"]},
    "audience of a party": {"azp": "another"},
    "expired": {"exp": AT - 61},
    "expired, unsaid": {"exp": None},
    "moment ahead": {"iat": AT + 61},
    "moment long past": {"iat": AT - 3600},
    "moment in words": {"iat": "now"},
    "nonce": {"nonce": "m"},
    "nonce missing": {"nonce": None},
    "at-hash": {"at_hash": "AAAA"},
    "subject": {"sub": None},
    "subject of no text": {"sub": 7},
    "subject too long": {"sub": "s" * 256},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_says_something_else_is_refused(
    signer: Signer, published: Published, wrong: str
) -> None:
    with pytest.raises(TokenRefusedError, match=wrong.partition(" ")[0].partition(",")[0]):
        tokens.read_id_token(published, signer.sign(claims(**WRONG[wrong])), ASKED, NOW)


def test_only_algorithms_of_the_settings_and_keys_of_the_provider_count(
    signer: Signer, published: Published
) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    secret_of_public = json.dumps(signer.keys[0].as_dict(private=False))
    forged = [
        signer.sign(claims(), key=stranger),
        signer.sign(claims(), "RS512"),
        jwt.encode({"alg": "HS256", "kid": "one"}, claims(), OctKey.import_key(secret_of_public)),
        "eyJhbGciOiJub25lIn0.e30.",
        "", "a.b.c", "x" * 5000,
    ]  # fmt: skip
    for text in forged:
        with pytest.raises(TokenRefusedError, match="signature"):
            tokens.read_id_token(published, text, ASKED, NOW)


def test_a_new_key_of_the_provider_is_found_and_nobody_makes_us_ask_without_end(
    signer: Signer, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens.read_id_token(published, signer.sign(claims()), ASKED, NOW)
    signer.keys.append(ECKey.generate_key("P-256", {"kid": "two"}))
    with pytest.raises(TokenRefusedError):  # fetched a moment ago
        tokens.read_id_token(published, signer.sign(claims(), "ES256"), ASKED, NOW)
    assert signer.fetched == 1
    monkeypatch.setattr(metadata, "AGAIN_SECONDS", -1.0)
    assert tokens.read_id_token(published, signer.sign(claims(), "ES256"), ASKED, NOW)
    assert signer.fetched == 2
    tokens.read_id_token(published, signer.sign(claims(), "ES256"), ASKED, NOW)
    assert signer.fetched == 2


@pytest.mark.parametrize(
    ("changes", "said", "why"),
    [
        ({"acr": ("high",)}, {"acr": "low"}, "acr"),
        ({"amr": ("hwk", "pin")}, {"amr": ["hwk"]}, "amr"),
        ({"amr": ("hwk",)}, {"amr": "hwk"}, "amr"),
        ({"max_age_minutes": 5}, {"auth_time": AT - 400}, "auth-time"),
        ({"max_age_minutes": 5}, {}, "auth-time"),
        ({"max_age_minutes": 5}, {"auth_time": AT - 200}, None),
        ({"acr": ("high",), "amr": ("hwk",)}, {"acr": "high", "amr": ["hwk", "pin"]}, None),
    ],
)
def test_strength_and_age_of_the_sign_in_there(
    signer: Signer, published: Published, changes: Any, said: Any, why: str | None
) -> None:
    published.provider = settings(**changes)
    text = signer.sign(claims(**said))
    if why is None:
        assert tokens.read_id_token(published, text, ASKED, NOW)
        return
    with pytest.raises(TokenRefusedError, match=why):
        tokens.read_id_token(published, text, ASKED, NOW)


def test_a_proof_once_more_must_be_newer_than_the_question(
    signer: Signer, published: Published
) -> None:
    asked = Asked("n", None, since=NOW)
    for auth_time, good in ((AT - 120, False), (AT + 5, True)):
        text = signer.sign(claims(auth_time=auth_time))
        if good:
            assert tokens.read_id_token(published, text, asked, NOW + timedelta(seconds=9))
        else:
            with pytest.raises(TokenRefusedError, match="auth-time"):
                tokens.read_id_token(published, text, asked, NOW)


def test_mail_is_a_login_only_where_the_provider_has_verified_it(
    signer: Signer, published: Published
) -> None:
    published.provider = settings(login_claim="email")
    for verified, login in ((True, "kei@example.org"), (False, ""), (None, ""), ("true", "")):
        text = signer.sign(claims(email="kei@example.org", email_verified=verified))
        assert tokens.read_id_token(published, text, ASKED, NOW).login == login


def logout(**changes: Any) -> dict[str, Any]:
    made = claims(nonce=None, exp=None, events={tokens.LOGOUT: {}}, jti="1")
    return {name: value for name, value in (made | changes).items() if value is not None}


def test_logout_tokens_name_whom_they_end(signer: Signer, published: Published) -> None:
    assert tokens.read_logout_token(published, signer.sign(logout()), NOW) == ("s-1", "there")
    for wrong in (
        {"events": {}}, {"events": None}, {"nonce": "n"}, {"sub": None, "sid": None}, {"aud": "b"},
        {"iat": AT - 3600},
    ):  # fmt: skip
        with pytest.raises(TokenRefusedError):
            tokens.read_logout_token(published, signer.sign(logout(**wrong)), NOW)
    with pytest.raises(TokenRefusedError):  # an id token ends nothing
        tokens.read_logout_token(published, signer.sign(claims()), NOW)


# --- whose an account is --------------------------------------------------------------------------


def test_strangers_are_nobody_and_links_are_made_once(database: Database) -> None:
    officer(database, "kei")
    officer(database, "mio")
    with database.transaction() as session:
        kei, mio = (officers.find_officer(session, login) for login in ("kei", "mio"))
        assert kei
        assert mio
        for stranger in (Account("s-9", "", None), Account("s-9", "nobody", None)):
            with pytest.raises(SignInError):
                links.officer_of(session, "agency", stranger, NOW)
        assert links.officer_of(session, "agency", Account("s-1", "kei", None), NOW) == kei.id
        # linked: the subject counts, whatever login it brings later
        assert links.officer_of(session, "agency", Account("s-1", "mio", None), NOW) == kei.id
        with pytest.raises(SignInError):  # kei's login, given to somebody else over there
            links.officer_of(session, "agency", Account("s-2", "kei", None), NOW)
        links.link(session, SYSTEM, mio.id, "agency", "s-3", NOW)
        assert links.officer_of(session, "agency", Account("s-3", "", None), NOW) == mio.id
        with pytest.raises(SignInError):  # of another provider
            links.officer_of(session, "other", Account("s-3", "", None), NOW)
        with pytest.raises(links.LinkTakenError):
            links.link(session, SYSTEM, mio.id, "agency", "s-1", NOW)
        links.unlink(session, SYSTEM, mio.id, "agency", NOW)
        assert links.linked_providers(session, mio.id) == []
        with pytest.raises(SignInError):
            links.officer_of(session, "agency", Account("s-3", "", None), NOW)


def test_a_journey_is_the_browsers_for_minutes(vault: Vault) -> None:
    journey = flow.begin("agency", "/console/flights", NOW, None)
    cookie = flow.seal(vault, journey)
    assert flow.unseal(vault, cookie, NOW + flow.LIFE) == journey
    assert "agency" not in cookie
    for wrong in (None, "", "zz", cookie[:-2] + "00"):
        with pytest.raises(SignInError):
            flow.unseal(vault, wrong, NOW)
    with pytest.raises(SignInError):
        flow.unseal(vault, cookie, NOW + flow.LIFE + timedelta(seconds=1))


# --- settings -------------------------------------------------------------------------------------

FILE = """
[agency]
title = "Agency account"
issuer = "https://login.example.org/realms/border"
client_id = "egate"
client_secret_file = "{secret}"
login_claim = "preferred_username"
amr = ["hwk"]
"""


def test_providers_are_read_with_their_secrets_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden\n")
    path = tmp_path / "providers.toml"
    path.write_text(FILE.format(secret=tmp_path / "secret"))
    [agency] = read_providers(path).values()
    assert (agency.key, agency.amr, agency.client_secret.get_secret_value()) == (
        "agency", ("hwk",), "hidden",
    )  # fmt: skip
    assert "hidden" not in repr(agency)


@pytest.mark.parametrize(
    ("was", "is_", "said"),
    [
        ("https:", "http:", "issuer must be an https address"),
        ('client_secret_file = "{secret}"', 'client_secret = "here"', "client_secret_file or"),
        ("{secret}", "/nowhere", "cannot be read"),
        ("amr =", "amrs =", "agency.amrs"),
        ("[agency]", "[Agency]", "Agency.key"),
        ("[agency]", "[agency", "no TOML file"),
        ('client_id = "egate"', 'client_id = "egate"\nalgorithms = ["none"]', "algorithms must be"),
        ("amr = [", 'scopes = ["profile"]\namr = [', "scopes must hold openid"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(tmp_path: Path, was: str, is_: str, said: str) -> None:
    (tmp_path / "secret").write_text("hidden")
    path = tmp_path / "providers.toml"
    path.write_text(FILE.replace(was, is_).replace("{secret}", str(tmp_path / "secret")))
    with pytest.raises(ProviderFileError, match=said) as told:
        read_providers(path)
    assert "hidden" not in str(told.value)
