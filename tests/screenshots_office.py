"""Pictures of the pages behind the desk: ways of signing in, officers and what roles may do, keys, retention, requests."""

from dataclasses import replace

from playwright.sync_api import Page

from app.identity.permissions import Role
from app.identity.ways import Ways, published, ways_of
from tests.screenshots import DESK, HANDY, Studio, _look, _sign_in, take
from tests.support.provider import RunningProvider

LOOKS = (("light", DESK, ""), ("dark", HANDY, "-hand"))


def office(studio: Studio) -> None:
    """Each wide and light for the documents, dark and in the hand to look at."""
    kernel, airport = studio.kernel, studio.airport
    before = ways_of(kernel)
    address = studio.server.address.replace("127.0.0.1", "localhost")
    agency = RunningProvider("https://accounts.customs.example").settings()
    kernel.remembered[Ways] = replace(
        before, public_url=address, providers=published([agency]), passwords=True
    )
    with studio.context() as context:
        page = context.new_page()
        page.goto(f"{address}/console/sign-in")
        take(page, "console-sign-in")
    kernel.remembered[Ways] = before
    airport.code_for("gate", "T. Arslan", Role.GATE_OFFICER)
    with studio.context() as context:
        page = _sign_in(context, airport, "keeper", "N. Endo", Role.ADMINISTRATOR)
        page.goto("/console/people")
        page.get_by_role("link", name="T. Arslan").click()
        _looks(page, "person", page.url)
        for name, path in (("people", "people"), ("roles", "people/roles"), ("keys", "keys")):
            _looks(page, name, f"/console/{path}")
    with studio.context() as context:
        page = _sign_in(context, airport, "legal", "A. Marchetti", Role.LEGAL_APPROVER)
        for name in ("retention", "rights"):
            _looks(page, name, f"/console/{name}")


KEPT = ("person", "roles", "keys", "retention")


def _looks(page: Page, name: str, address: str) -> None:
    for scheme, size, suffix in LOOKS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(address)
        keep = take if name in KEPT and not suffix else _look
        keep(page, f"console-{name}{suffix}", full=bool(suffix))
