"""Faces under names of their own: each route where those are who may call it, and nowhere else."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.config import ConfigurationError, Settings
from app.identity.permissions import Permission
from app.kernel.http import Kernel
from app.main import create_app
from app.runtime import hosts
from app.web.hosts import HOMES, Face, Hosts, host_of
from tests.access.test_routes import Route, table

NAMES = ", ".join(f"{face}={face}.gate.example" for face in Face)
HTML = {"Accept": "text/html"}


def host(face: Face) -> str:
    return f"{face}.gate.example"


@pytest.fixture
def named(kernel: Kernel) -> TestClient:
    """The program with a name for each face; not started: what is refused needs no database."""
    kernel.remembered[Hosts] = Hosts.of(NAMES)
    return TestClient(create_app(kernel))


def callers(route: Route) -> Iterator[Face]:
    """Whose names a route has to be there under."""
    rules = set(route.rule.split("|"))
    if rules & {"officer", *Permission}:
        yield Face.CONSOLE
    if "device" in rules:
        yield Face.DEVICES
    if rules & {"sender", "carrier"}:
        yield Face.CARRIERS
    if "secret" in rules:
        yield Face.TRAVELLER


def test_every_route_is_there_for_those_who_may_call_it_and_pages_are_on_one_face_each() -> None:
    names = Hosts.of(NAMES)
    for route in table():
        where = {face for face in Face if names.serves(host(face), route.address)}
        assert set(callers(route)) <= where, route
        for page, face in (("/console", Face.CONSOLE), ("/carrier", Face.CARRIERS), ("/declare", Face.TRAVELLER)):  # fmt: skip
            if route.path.startswith(page):
                assert where - {Face.DEVICES} == {face}, route
        if route.path.startswith("/api/") and route.rule not in ("public", "secret"):
            assert Face.TRAVELLER not in where, route
        if route.rule in ("device", "secret"):
            assert len(where) == 1, route
        if route.path.startswith("/health"):
            assert where == set(), route
        elif "problems" not in route.path:
            assert where, route
    assert not names.serves(host(Face.DEVICES), "/declare/en")


def test_another_faces_pages_are_not_there(named: TestClient) -> None:
    for face, path in (
        (Face.TRAVELLER, "/console/sign-in"), (Face.TRAVELLER, "/carrier/sign-in"), (Face.TRAVELLER, "/api/v1/halls"),
        (Face.CONSOLE, "/declare/en"), (Face.DEVICES, "/console/sign-in"), (Face.DEVICES, "/"), (Face.CARRIERS, "/console"),
        (Face.CONSOLE, "/metrics"), (Face.TRAVELLER, "/health/ready"), (Face.CONSOLE, "/api/v1/presentations"),
    ):  # fmt: skip
        headers = {"Host": host(face), **HTML}
        answer = named.get(path, headers=headers, follow_redirects=False)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store"), path
    for face, path in (
        (Face.TRAVELLER, "/declare/en/help"), (Face.CONSOLE, "/console/sign-in"), (Face.CARRIERS, "/carrier/sign-in"),
    ):  # fmt: skip
        assert named.get(path, headers={"Host": host(face)}).status_code == 200


def test_the_address_alone_leads_to_the_faces_own_page(named: TestClient) -> None:
    for face, page in HOMES.items():
        answer = named.get("/", headers={"Host": host(face)}, follow_redirects=False)
        assert answer.headers["location"] == page


@pytest.mark.parametrize(
    "said", ["evil.example", "127.0.0.1:8000", "", "console.gate.example.evil.example", "console.gate.example@evil.example", "x" * 5000]
)  # fmt: skip
def test_under_no_faces_name_there_is_health_alone(named: TestClient, said: str) -> None:
    for path in ("/", "/console/sign-in", "/declare/en", "/api/v1/keys", "/api/v1/token"):
        assert named.get(path, headers={"Host": said}, follow_redirects=False).status_code == 404
    assert named.get("/health/live", headers={"Host": said}).status_code == 200


def test_the_name_is_read_as_browsers_say_it() -> None:
    def read(*said: bytes) -> str | None:
        return host_of({"headers": [(b"host", one) for one in said]})

    assert read(b"Console.Gate.Example:8443") == read(b"console.gate.example.") == "console.gate.example"  # fmt: skip
    assert read() is None
    assert read(b"console.gate.example", b"evil.example") is None


def test_without_names_everything_is_everywhere() -> None:
    assert all(Hosts().serves(name, "/console") for name in (None, "", "evil.example"))


def test_one_name_may_have_several_faces() -> None:
    names = Hosts.of("traveller=a.example,console=b.example,devices=c.example,carriers=c.example")
    assert names.serves("c.example", "/carrier/")
    assert names.serves("c.example", "/api/v1/token")
    assert not names.serves("c.example", "/console")


@pytest.mark.parametrize(
    "text",
    [
        "console=a.example", f"{NAMES},console=b.example", NAMES.replace("traveller", "travellers"), "console",
        NAMES.replace("console.gate.example", "https://a"), NAMES.replace("console.gate.example", ""),
    ],
)  # fmt: skip
def test_a_name_for_each_face_or_none(text: str) -> None:
    with pytest.raises(ConfigurationError, match="EGATE_FACES"):
        Settings(faces=text)


def test_the_consoles_name_is_the_public_ones() -> None:
    """Passkeys and the answers of OIDC providers belong to it."""
    assert hosts(Settings(faces=NAMES, public_url="https://console.gate.example"))
    with pytest.raises(ConfigurationError, match="EGATE_PUBLIC_URL"):
        hosts(Settings(faces=NAMES, public_url="https://gate.example"))
