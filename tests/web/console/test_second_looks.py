"""Pages of evidence and second looks: plain forms on both sides, and nothing that tells chance from choice."""

import re
from typing import Any
from uuid import UUID

import pytest

from app.identity.permissions import Role
from app.referrals.kinds import FULL_EXAMINATION, Origin, ReferralKind
from tests.formats.test_media import FILM, photo
from tests.gate.world import ASTRID, NILS, Person
from tests.referrals.desk import DONE, Desk
from tests.web.conftest import Looker, field

DONE_FORM = {"step": ["documents", "questions", "baggage-opened"], "found-0-kind": "nothing",
             "done-0-kind": "release"}  # fmt: skip


@pytest.fixture
def desk(client, database, clock) -> Desk:
    return Desk(client, database, clock)


def browser(desk: Desk, name: str, role: Role = Role.GATE_OFFICER, site: str = "NRT") -> Looker:
    return Looker(desk.client, desk.officer(name, role, site)["Cookie"].removeprefix("egate="))


@pytest.fixture
def mori(desk: Desk) -> Looker:
    return browser(desk, "Mori")


@pytest.fixture
def referral(desk: Desk, mori: Looker) -> UUID:
    made = desk.put(passenger=desk.passenger())
    assert desk.post(mori.headers, made, "inspect").status_code == 200
    return made


def upload(somebody: Looker, referral: UUID, *files: bytes, **fields: str) -> Any:
    return somebody.client.post(
        f"/console/referrals/{referral}/attachments", data=fields, headers=somebody.headers,
        files=[("file", ("../../x.html", one, "text/html")) for one in files],
        follow_redirects=False,
    )  # fmt: skip


class TestPhotosAndFilms:
    def test_they_are_added_by_a_plain_form_and_shown_with_their_finding(self, mori, referral):
        done = upload(mori, referral, photo(), FILM, caption="The <lining>", finding="1")
        assert done.headers["location"] == f"/console/referrals/{referral}#evidence"
        page = mori.page(f"/console/referrals/{referral}")
        assert re.search(r'<img src="/console/referrals/[^"]+" alt="The &lt;lining&gt;"', page)
        assert re.search(r'<video src="[^"]+" controls preload="none"', page)
        assert "Finding 1. The &lt;lining&gt;" in page
        assert "x.html" not in page
        src = re.search(r'<video src="([^"]+)"', page)
        shown = mori.get(src[1] if src else "")
        assert (shown.status_code, shown.headers["content-type"]) == (200, "video/mp4")
        assert upload(mori, referral, photo(), finding="9" * 5000).status_code == 303  # of none

    def test_what_cannot_be_used_is_said_and_nothing_of_the_lot_is_kept(self, desk, mori, referral):
        for files, status, said in (
            ((b"",), 422, "Choose a photo or a film"),  # a browser sends an empty part
            ((photo(), b"<html>"), 422, "no JPEG, PNG or WebP photo"),
            ((photo((9000, 9000), "PNG", "L"),), 413, "60 million pixels"),
        ):  # fmt: skip
            page = upload(mori, referral, *files)
            assert (page.status_code, said) == (status, said)
            assert '<a href="#file">' in page.text
            assert said in page.text
        assert desk.rows("select count(*) from referral_attachment") == [(0,)]

    def test_another_kind_of_form_is_not_taken(self, mori, referral):
        address = f"/console/referrals/{referral}/attachments"
        assert mori.post(address, {"caption": "x"}).status_code == 415
        kind = {"Content-Type": "multipart/form-data"}  # without its boundary
        broken = mori.client.post(address, content=b"x", headers=mori.headers | kind)
        assert broken.status_code == 400


class TestSecondLooks:
    def test_both_sides_by_plain_forms(self, desk, mori, referral):
        abe = browser(desk, "Abe", Role.REMOTE_SENIOR, "HND")
        upload(mori, referral, photo(), caption="Lining")
        page = mori.page(f"/console/referrals/{referral}")
        assert "Abe, HND" in page
        empty = mori.post(f"/console/referrals/{referral}/second-look", {"question": " "})
        assert empty.status_code == 422
        assert '<a href="#question">' in empty.text
        mori.post(f"/console/referrals/{referral}/second-look", {"question": "Sewn by hand?"})
        assert abe.get("/console").headers["location"] == "/console/second-looks"
        queue = abe.page("/console/second-looks")
        assert "(1) Second looks" in queue
        assert ASTRID.surname not in queue
        address = re.search(r'href="(/console/second-looks/[0-9a-f-]+)"', queue)[1]
        assert ASTRID.surname not in abe.page(address)
        assert abe.post(f"{address}/join", {"x": ""}).headers["location"] == address
        case = abe.page(address)
        for said in ("Sewn by hand?", 'alt="Lining"', "Sources"):
            assert said in case
        assert ASTRID.surname not in case  # a remote senior sees fields of people masked
        assert 'href="/console/passengers/' not in case
        assert abe.get(re.search(r'<img src="([^"]+)"', case)[1]).status_code == 200
        empty = abe.post(f"{address}/instruct", {"text": "", "key": "k"})
        assert empty.status_code == 422
        assert '<a href="#text">' in empty.text
        form = {"text": "Open the lining", "key": field(case, "key")}
        for _ in range(2):
            assert abe.post(f"{address}/instruct", form).status_code == 303
        fragment = mori.page(f"/console/fragments/referrals/{referral}/second-look")
        assert fragment.count("Open the lining") == 1
        assert "Abe looks on since" in fragment
        told = re.search(r'action="(/console/referrals/[^"]+/instructions/[0-9a-f-]+)"', fragment)[
            1
        ]
        over = mori.post(f"/console/referrals/{referral}/outcome", DONE_FORM)
        assert over.status_code == 409
        assert "An instruction waits for your answer" in over.text
        notice, _, decision = over.text.partition('<section id="decision"')
        assert (
            "An instruction waits for your answer" in notice
        )  # what refreshes does not take it away
        assert "instruction given by Abe" in notice
        assert 'value="documents" checked' in decision
        assert '<option value="nothing" selected>' in decision
        mori.post(told, {"answer": "read"})
        assert "Read " in abe.page(address)
        reason = f"reason-{told.rpartition('/')[2]}"
        bare = mori.post(told, {"answer": "refused", reason: ""})
        assert bare.status_code == 422
        assert f'<a href="#{reason}">' in bare.text
        mori.post(told, {"answer": "refused", reason: "Sealed by a court"})
        shown = abe.page(address.replace("/console/", "/console/fragments/"))
        assert "Refused" in shown
        assert "Sealed by a court" in shown
        seen = re.search(r'action="([^"]+/seen)"', shown)[1]
        assert abe.post(seen, {"x": ""}).status_code == 303
        assert mori.post(f"/console/referrals/{referral}/outcome", DONE_FORM).status_code == 303
        closed = abe.page(address)
        assert "It is over" in closed
        assert ASTRID.surname not in closed
        assert "answer seen" in mori.page(f"/console/referrals/{referral}")

    def test_who_comes_second_is_told(self, desk, mori, referral):
        abe, sato = (browser(desk, name, Role.SENIOR, "HND") for name in ("Abe", "Sato"))
        mori.post(f"/console/referrals/{referral}/second-look", {"question": "Look"})
        address = re.search(
            r'href="(/console/second-looks/[0-9a-f-]+)"', abe.page("/console/second-looks")
        )[1]
        assert sato.get(address).status_code == 200
        abe.post(f"{address}/join", {"x": ""})
        late = sato.post(f"{address}/join", {"x": ""})
        assert late.status_code == 409
        assert "A colleague has joined this" in late.text

    def test_pages_are_for_those_who_are_asked(self, desk, mori, referral):
        assert mori.get("/console/second-looks").status_code == 403
        for role in (Role.TARGETER, Role.HELP_DESK, Role.AUDITOR, Role.ADMINISTRATOR):
            assert browser(desk, str(role), role).get("/console/second-looks").status_code == 403


BEGUN = DONE_FORM | {"remark": "Half a <sentence>", "found-0-description": "Knife"}


class TestBesideAnOutcome:
    """What is done while an outcome is being typed leaves it on the page, without scripts."""

    def comes_back(self, answer: Any, status: int = 200) -> str:
        assert answer.status_code == status, answer.text
        for said in (
            'value="questions" checked', '<option value="nothing" selected>', "data-typed>",
            ">Half a &lt;sentence&gt;</textarea>", 'value="Knife"',
        ):  # fmt: skip
            assert said in answer.text
        return str(answer.text)

    def test_notes_photos_and_hand_overs_leave_it(self, desk, mori, referral):
        address = f"/console/referrals/{referral}"
        page = mori.page(address)
        for name in ("note", "key", "hand-note", "to", "file", "caption", "finding", "question"):
            assert re.search(rf'name="{name}"[^>]* form="outcome"', page), name
        for verb in ("note", "hand-over", "attachments", "second-look"):
            assert f'form="outcome" formaction="{address}/{verb}"' in page
            assert f' action="{address}/{verb}"' not in page
        note = BEGUN | {"note": "Belt 4", "key": field(page, "key")}
        for _ in range(2):  # a page that is an answer is loaded again by sending its form again
            after = self.comes_back(mori.post(f"{address}/note", note))
            assert after.count("<q>Belt 4</q>") == 1
            assert "Belt 4</textarea>" not in after
        self.comes_back(mori.post(f"{address}/note", BEGUN | {"note": " "}), 422)
        self.comes_back(mori.post(f"{address}/hand-over", BEGUN | {"version": "1"}), 409)
        form = BEGUN | {"question": "Sewn by hand?", "caption": "Lining", "finding": "1"}
        refused = self.comes_back(upload(mori, referral, b"<html>", **form), 422)
        assert ">Lining</textarea>" in refused
        added = self.comes_back(upload(mori, referral, photo(), **form))
        assert "Finding 1. Lining" in added
        assert ">Sewn by hand?</textarea>" in added  # half written, too
        assert ">Lining</textarea>" not in added
        assert re.search(r'id="evidence"[^>]* autofocus', added)
        assert mori.post(f"{address}/note", {"note": "Belt 5"}).status_code == 303

    def test_second_looks_leave_it_also_after_an_instruction_held_it_up(self, desk, mori, referral):
        address = f"/console/referrals/{referral}"
        self.comes_back(mori.post(f"{address}/second-look", BEGUN | {"question": " "}), 422)
        asked = self.comes_back(mori.post(f"{address}/second-look", BEGUN | {"question": "Sewn?"}))
        assert "<q>Sewn?</q>" in asked
        assert re.search(r'id="second-look"[^>]* autofocus', asked)
        abe = browser(desk, "Abe", Role.REMOTE_SENIOR, "HND")
        look = re.search(r'href="(/console/second-looks/[^"]+)"', abe.page("/console/second-looks"))
        abe.post(f"{look[1]}/join", {"x": ""})
        abe.post(f"{look[1]}/instruct", {"text": "Open the lining"})
        held_up = self.comes_back(mori.post(f"{address}/outcome", BEGUN), 409)
        told = re.search(rf'formaction="({address}/instructions/[^"]+)"', held_up)[1]
        refused = BEGUN | {"answer": "refused", f"reason-{told.rpartition('/')[2]}": ""}
        self.comes_back(mori.post(told, refused), 422)
        done = self.comes_back(mori.post(told, BEGUN | {"answer": "carried-out"}))
        assert "Carried out</strong>" in done
        end = re.search(rf'formaction="({address}/second-look/[^"]+/end)"', done)[1]
        self.comes_back(mori.post(end, BEGUN))
        assert mori.post(f"{address}/outcome", BEGUN).status_code == 303


class TestAmending:
    def test_the_outcome_is_filled_in_amended_and_shown_with_the_one_before(
        self, desk, mori, referral
    ):
        assert desk.post(mori.headers, referral, "outcome", DONE).status_code == 200
        address = f"/console/referrals/{referral}/amend"
        page = mori.page(address)
        assert re.search(r'value="nothing" selected', page)
        form = DONE_FORM | {
            "found-0-kind": "prohibited", "found-0-description": "Knife", "done-0-kind": "seize",
            "done-0-ref": "S-7", "version": field(page, "version"),
        }  # fmt: skip
        bare = mori.post(address, form)
        assert bare.status_code == 422
        assert '<a href="#reason">' in bare.text
        late = mori.post(address, form | {"reason": "Found later", "version": "1"})
        assert late.status_code == 409
        assert mori.post(address, form | {"reason": "Found later"}).status_code == 303
        shown = mori.page(f"/console/referrals/{referral}")
        for said in (
            "Prohibited goods: Knife",
            "Seized, reference S-7",
            "Amended because",
            "Found later",
            "As first recorded",
            "Nothing found",
        ):
            assert said in shown


class TestOriginStaysHidden:
    """A full examination reads the same on every page and at every address until its outcome is recorded."""

    def seen(self, desk: Desk, origin: Origin, mori: Looker, abe: Looker) -> list[str]:
        person = {Origin.LOT: ASTRID, Origin.SELECTION: NILS}[origin]
        made = desk.put(
            ReferralKind.EXAMINATION, FULL_EXAMINATION, passenger=desk.passenger(person),
            origin=origin,
        )  # fmt: skip
        desk.post(mori.headers, made, "inspect")
        upload(mori, made, photo(), caption="Bag")
        mori.post(f"/console/referrals/{made}/second-look", {"question": "Look"})
        queue = abe.page("/console/second-looks")
        address = re.search(r'href="(/console/second-looks/[0-9a-f-]+)"', queue)[1]
        abe.post(f"{address}/join", {"x": ""})
        look = address.rpartition("/")[2]
        api = [
            desk.client.get(f"/api/v1/{path}", headers=who.headers).text
            for who, path in (
                (mori, f"referrals/{made}"), (mori, f"referrals/{made}/attachments"),
                (mori, f"referrals/{made}/second-looks"), (abe, f"second-looks/{look}"),
            )
        ]  # fmt: skip
        pages = [
            mori.page(f"/console/referrals/{made}"),
            mori.page(f"/console/fragments/referrals/{made}/evidence"),
            mori.page(f"/console/fragments/referrals/{made}/second-look"),
            queue,
            abe.page(address),
            abe.page(address.replace("/console/", "/console/fragments/")),
        ]
        everything = api + pages
        for one in everything:
            assert "lot" not in re.findall(r"[a-z]+", one.lower())
            assert "selected by rules" not in one
            assert "control sample" not in one.lower()
        return [self.plain(one, person) for one in everything]

    def plain(self, text: str, person: Person) -> str:
        """Without ids, keys, names and numbers, which differ between any two cases."""
        people = ("Mori", "Mura", "Abe", "Aida")
        for said in (
            person.surname,
            person.given,
            person.number,
            person.birth.isoformat(),
            *people,
        ):
            text = text.replace(said, "?")
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|value=\"[\w-]{20,}\"", "?", text)
        return re.sub(r"\s+|[\d:.]+", " ", text)

    def test_by_lot_or_by_rules_it_looks_the_same(self, desk: Desk):
        mori, mura = browser(desk, "Mori"), browser(desk, "Mura")
        abe, aida = (browser(desk, name, Role.SENIOR, "HND") for name in ("Abe", "Aida"))
        by_lot = self.seen(desk, Origin.LOT, mori, abe)
        by_rules = self.seen(desk, Origin.SELECTION, mura, aida)
        assert len(by_lot) == len(by_rules) == 10
        for lot, rules in zip(by_lot, by_rules, strict=True):
            assert lot == rules
