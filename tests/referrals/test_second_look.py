"""A second pair of eyes from afar: asked, joined, instructed, acknowledged on both sides, kept with the case."""

from typing import Any

import pytest

from app.identity.permissions import Role
from tests.formats.test_media import photo
from tests.gate.world import ASTRID
from tests.referrals.desk import DONE, Desk, Headers, refused

QUESTION = "Is this lining sewn by hand?"


class Eyes:
    """An inspection at NRT by Mori, and Abe, a senior officer at Haneda."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.mori = desk.officer("Mori")
        self.abe = desk.officer("Abe", Role.REMOTE_SENIOR, site="HND")
        self.referral = desk.put(passenger=desk.passenger())
        assert desk.post(self.mori, self.referral, "inspect").status_code == 200

    def call(self, who: Headers, path: str, body: Any = None, **more: str) -> Any:
        return self.desk.client.post(f"/api/v1/{path}", json=body, headers={**who, **more})

    def get(self, who: Headers, path: str) -> Any:
        return self.desk.client.get(f"/api/v1/{path}", headers=who)

    def ask(self, who: Headers | None = None, invited: str = "", **more: str) -> Any:
        body = {"question": QUESTION} | ({"invited": invited} if invited else {})
        return self.call(who or self.mori, f"referrals/{self.referral}/second-looks", body, **more)

    def joined(self) -> str:
        """The id of a look that Abe has joined."""
        look = self.ask().json()["looks"][-1]["id"]
        assert self.call(self.abe, f"second-looks/{look}/join").status_code == 200
        return str(look)

    def instruct(self, look: str, text: str = "Open the lining", **more: str) -> str:
        made = self.call(self.abe, f"second-looks/{look}/instructions", {"text": text}, **more)
        assert made.status_code == 201, made.text
        return str(made.json()["instructions"][-1]["id"])


@pytest.fixture
def eyes(desk: Desk) -> Eyes:
    return Eyes(desk)


def test_from_the_question_to_the_answer_that_was_seen(eyes: Eyes):
    desk = eyes.desk
    look = eyes.joined()
    desk.client.post(
        f"/api/v1/referrals/{eyes.referral}/attachments", content=photo(), headers=eyes.mori
    )
    [picture] = eyes.get(eyes.abe, f"referrals/{eyes.referral}/attachments").json()["attachments"]
    shown = eyes.get(eyes.abe, f"referrals/{eyes.referral}/attachments/{picture['id']}")
    assert shown.headers["content-type"] == "image/jpeg"
    told = eyes.instruct(look)
    assert eyes.call(eyes.mori, f"instructions/{told}/read").status_code == 204
    body = {"answer": "carried-out", "reason": "Watches inside"}
    assert eyes.call(eyes.mori, f"instructions/{told}/answer", body).status_code == 204
    assert eyes.call(eyes.abe, f"instructions/{told}/seen").status_code == 204
    [seen] = eyes.get(eyes.abe, f"second-looks/{look}").json()["instructions"]
    assert (seen["text"], seen["by"], seen["answer"], seen["reason"]) == (
        "Open the lining", "Abe", "carried-out", "Watches inside",
    )  # fmt: skip
    assert all(seen[at] for at in ("given_at", "read_at", "answered_at", "seen_at"))
    assert desk.steps(eyes.referral)[2:] == [
        "second-look-asked", "second-look-joined", "photo-added", "instruction-given",
        "instruction-read", "instruction-carried-out", "answer-seen",
    ]  # fmt: skip
    actions = desk.rows(
        "select action, actor_id from audit_entry where subject_id = :id order by at, id",
        id=eyes.referral,
    )
    abe = desk.actor("Abe").id
    assert [a.removeprefix("referral.") for a, who in actions if who == abe] == [
        "second-look-joined", "attachment", "instruction-given", "answer-seen",
    ]  # fmt: skip


def test_an_inspection_does_not_end_over_an_instruction(eyes: Eyes):
    told = eyes.instruct(eyes.joined())
    late = eyes.desk.post(eyes.mori, eyes.referral, "outcome", DONE)
    assert refused(late) == (409, "instruction-open")
    refusing = {"answer": "refused", "reason": " "}
    assert refused(eyes.call(eyes.mori, f"instructions/{told}/answer", refusing)) == (
        422, "second-look-invalid",
    )  # fmt: skip
    refusing["reason"] = "The bag is sealed by a court"
    assert eyes.call(eyes.mori, f"instructions/{told}/answer", refusing).status_code == 204
    other = eyes.call(eyes.mori, f"instructions/{told}/answer", {"answer": "carried-out"})
    assert refused(other) == (409, "referral-changed")
    assert eyes.desk.post(eyes.mori, eyes.referral, "outcome", DONE).status_code == 200


def test_before_joining_nothing_of_the_case_is_told(eyes: Eyes):
    look = eyes.ask().json()["looks"][0]["id"]
    listed = eyes.get(eyes.abe, "second-looks")
    [one] = listed.json()["looks"]
    assert (one["id"], one["site"], one["asked_by"], one["referral_id"], one["question"]) == (
        look, "NRT", "Mori", None, "",
    )  # fmt: skip
    alone = eyes.get(eyes.abe, f"second-looks/{look}")
    for text in (listed.text, alone.text):
        assert ASTRID.surname not in text
        assert str(eyes.referral) not in text
    assert eyes.get(eyes.abe, f"referrals/{eyes.referral}/attachments").status_code == 403


def test_the_case_is_open_to_one_who_joined_and_to_nothing_else_of_the_site(eyes: Eyes):
    desk, look = eyes.desk, eyes.joined()
    other = desk.put()
    assert eyes.get(eyes.abe, "referrals").status_code == 403
    assert eyes.get(eyes.abe, f"referrals/{eyes.referral}").status_code == 403
    assert eyes.get(eyes.abe, f"referrals/{other}/attachments").status_code == 403
    sato = desk.officer("Sato", Role.SENIOR, site="HND")
    assert refused(eyes.call(sato, f"second-looks/{look}/join")) == (409, "second-look-taken")
    assert eyes.get(sato, f"second-looks/{look}").status_code == 409
    assert eyes.get(sato, f"referrals/{eyes.referral}/attachments").status_code == 404
    body = {"text": "Open it"}
    assert eyes.call(sato, f"second-looks/{look}/instructions", body).status_code == 404
    assert eyes.call(eyes.mori, f"second-looks/{look}/instructions", body).status_code == 403


@pytest.mark.parametrize("how", ["closed", "ended"])
def test_it_is_over_with_the_look_or_the_case(eyes: Eyes, how: str):
    look = eyes.joined()
    if how == "closed":
        assert eyes.desk.post(eyes.mori, eyes.referral, "outcome", DONE).status_code == 200
    else:
        assert eyes.call(eyes.abe, f"second-looks/{look}/end").status_code == 204
    late = eyes.call(eyes.abe, f"second-looks/{look}/instructions", {"text": "Open it"})
    assert refused(late) == (409, "second-look-over")
    assert eyes.get(eyes.abe, f"referrals/{eyes.referral}/attachments").status_code == 403
    kept = eyes.get(eyes.mori, f"referrals/{eyes.referral}/second-looks").json()["looks"]
    assert [one["question"] for one in kept] == [QUESTION]


def test_one_is_asked_by_name_and_no_other_sees_it(eyes: Eyes):
    desk = eyes.desk
    abe, kim = str(desk.actor("Abe").id), desk.officer("Kim", Role.REMOTE_SENIOR, site="KIX")
    look = eyes.ask(invited=abe).json()["looks"][0]["id"]
    assert eyes.get(kim, "second-looks").json()["looks"] == []
    assert eyes.get(kim, f"second-looks/{look}").status_code == 404
    assert eyes.call(kim, f"second-looks/{look}/join").status_code == 404
    assert eyes.call(eyes.abe, f"second-looks/{look}/join").status_code == 200


def test_whom_to_ask_and_who_asks(eyes: Eyes):
    desk = eyes.desk
    desk.officer("Ito")
    for wrong in (str(desk.actor("Ito").id), str(desk.actor("Mori").id)):
        assert refused(eyes.ask(invited=wrong)) == (422, "second-look-invalid")
    assert refused(eyes.ask(desk.officer("Ono"))) == (409, "referral-taken")
    waiting = desk.put()
    early = eyes.call(eyes.mori, f"referrals/{waiting}/second-looks", {"question": QUESTION})
    assert refused(early) == (409, "referral-changed")
    assert eyes.ask().status_code == 201
    assert refused(eyes.ask()) == (409, "second-look-asked")


def test_the_same_call_again_asks_and_instructs_once(eyes: Eyes):
    for _ in range(2):
        assert eyes.ask(**{"Idempotency-Key": "a"}).status_code == 201
    [(look,)] = eyes.desk.rows("select id from second_look")
    assert eyes.call(eyes.abe, f"second-looks/{look}/join").status_code == 200
    assert eyes.call(eyes.abe, f"second-looks/{look}/join").status_code == 200
    for _ in range(2):
        eyes.instruct(str(look), **{"Idempotency-Key": "b"})
    assert eyes.desk.rows("select count(*) from second_look_instruction") == [(1,)]


def test_both_sides_hear_of_it_at_once_and_of_ids_alone(eyes: Eyes):
    eyes.instruct(eyes.joined())
    told = eyes.desk.rows(
        "select kind, site, subject from event where kind = 'second-look.changed' order by id"
    )
    assert told == [("second-look.changed", "", eyes.referral)] * 3
