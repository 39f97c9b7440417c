"""Referrals over HTTP: the queue, who may do what, one referral, its outcome."""

import json
from uuid import UUID, uuid4

import pytest

from app.identity.permissions import GRANTS, Permission, Role
from app.kernel.events import Hint
from app.referrals.kinds import Origin, ReferralKind
from app.referrals.models import Inspection, Referral
from tests.gate.world import ASTRID, NILS, OLGA
from tests.referrals.desk import DONE, Desk, refused
from tests.support import NOW, WHY
from tests.support.statements import counted

# --- the queue ------------------------------------------------------------------------------------


def note_of(desk: Desk, referral: UUID | str) -> str:
    """What is sealed in its column."""
    [(stored,)] = desk.rows("select note from referral where id = :id", id=referral)
    kind = Referral.__table__.c.note.type
    return str(kind.process_result_value(stored, None))


def test_holds_come_first_and_then_who_waits_longest(desk: Desk):
    first, second = desk.put(), desk.put()
    held = desk.put(is_hold=True, hold_until=NOW)
    third = desk.put()
    found = desk.queue(desk.officer("Mori"))
    assert [UUID(one["id"]) for one in found] == [held, first, second, third]


def test_the_queue_is_of_a_site_a_hall_and_of_kinds(desk: Desk):
    goods, risk = desk.put(ReferralKind.GOODS), desk.put(ReferralKind.RISK)
    other_hall, elsewhere = uuid4(), desk.put(site="HND")
    aside = desk.put(ReferralKind.IDENTITY, hall=other_hall)
    mori = desk.officer("Mori")

    def ids(**query: object) -> list[UUID]:
        return [UUID(one["id"]) for one in desk.queue(mori, **query)]

    assert ids() == [goods, risk, aside]
    assert ids(kind=["goods", "identity"]) == [goods, aside]
    assert ids(hall=str(other_hall)) == [aside]
    assert [UUID(o["id"]) for o in desk.queue(desk.officer("Ito", site="HND"))] == [elsewhere]


def test_the_closed_ones_are_another_list_the_latest_first(desk: Desk):
    mori = desk.officer("Mori")
    earlier, later, still_open = desk.put(), desk.put(), desk.put()
    for referral in (earlier, later):
        desk.clock.advance(seconds=5)
        assert desk.post(mori, referral, "release").status_code == 200
    assert [UUID(one["id"]) for one in desk.queue(mori)] == [still_open]
    assert [UUID(one["id"]) for one in desk.queue(mori, closed=True)] == [later, earlier]


def test_the_queue_says_who_is_whose(desk: Desk):
    mori = desk.officer("Mori")
    referral = desk.put(passenger=desk.passenger(seat="12A"))
    desk.post(mori, referral, "claim", {"version": 1})
    (found,) = desk.queue(mori)
    assert (found["surname"], found["given_names"], found["seat"]) == (
        ASTRID.surname, ASTRID.given, "12A",
    )  # fmt: skip
    assert (found["flight"], found["owner"], found["state"]) == ("XX983", "Mori", "claimed")


def test_the_queue_is_one_statement_however_long(desk: Desk):
    mori = desk.officer("Mori")
    lengths = {}
    for people in ((ASTRID,), (NILS, OLGA)):
        for person in people:
            desk.put(passenger=desk.passenger(person))
        with counted(desk.database) as statements:
            desk.queue(mori)
        lengths[len(statements)] = statements
    assert list(lengths) == [2]  # the session, and the queue


def test_that_somebody_was_drawn_by_lot_is_hidden_until_the_end(desk: Desk):
    mori = desk.officer("Mori")
    kind = ReferralKind.EXAMINATION
    drawn = desk.put(kind, "full-examination", origin=Origin.LOT)
    selected = desk.put(kind, "full-examination", origin=Origin.SELECTION)
    fellow = desk.put(kind, "party-full-examination")
    assert [(one["kind"], one["reasons"]) for one in desk.queue(mori)] == [
        (kind, ["full-examination"]), (kind, ["full-examination"]), (kind, ["party-full-examination"]),
    ]  # fmt: skip
    for referral in (drawn, selected):
        desk.post(mori, referral, "inspect")
        assert desk.see(mori, referral)["referral"]["reasons"] == ["full-examination"]
        desk.post(mori, referral, "outcome", DONE)
    assert desk.see(mori, drawn)["referral"]["reasons"] == ["control"]
    assert desk.see(mori, selected)["referral"]["reasons"] == ["selected-by-rules"]
    assert desk.see(mori, fellow)["referral"]["reasons"] == ["party-full-examination"]


def test_a_full_examination_is_left_out_by_a_supervisor_who_says_why(desk: Desk):
    mori, ito = desk.officer("Mori"), desk.officer("Ito", Role.SENIOR)
    kind = ReferralKind.EXAMINATION
    referral = desk.put(kind, "full-examination", origin=Origin.LOT)
    why = {"version": 1, "why_not": "no-capacity", "note": "Two officers for three flights"}
    assert refused(desk.post(mori, referral, "release", why)) == (403, "examination-due")
    for missing in ({"why_not": "no-capacity"}, {"note": "Hm"}, {}):
        said = desk.post(ito, referral, "release", {"version": 1, **missing})
        assert refused(said) == (422, "reason-missing")
    assert desk.steps(referral) == ["raised"]
    assert desk.post(ito, referral, "release", why).status_code == 200
    [(why_not, decision)] = desk.rows(
        "select why_not, decision from referral where id = :id", id=referral
    )
    assert (why_not, decision) == ("no-capacity", "released")
    assert note_of(desk, referral) == "Two officers for three flights"


def test_whoever_releases_in_the_high_band_says_why_and_it_stands_with_the_case(desk: Desk):
    mori, risk = desk.officer("Mori"), desk.put()
    note, too_short = (
        "the stay is booked by the employer",
        {"pointer": "/note", "code": "too-short"},
    )
    for said, at in (
        ({}, ["/why_not", "/note"]), ({"note": note}, ["/why_not"]),
        ({"why_not": "not-said", "note": note}, ["/why_not"]), ({"why_not": "explained"}, ["/note"]),
    ):  # fmt: skip
        missing = desk.post(mori, risk, "release", {"version": 1, **said})
        assert refused(missing) == (422, "reason-missing")
        assert [one["pointer"] for one in missing.json()["errors"]] == at
    short = desk.post(
        mori, risk, "release", {"version": 1, "why_not": "explained", "note": "ok . . . . . ."}
    )
    assert short.json()["errors"] == [too_short]
    assert desk.steps(risk) == ["raised"]
    said = {"version": 1, "why_not": "explained", "note": note}
    assert desk.post(mori, risk, "release", said).status_code == 200
    statement = "select why_not from referral where id = :id"
    assert desk.rows(statement, id=risk) == [("explained",)]
    assert note_of(desk, risk) == note
    assert [(one["kind"], one["note"]) for one in desk.see(mori, risk)["steps"]] == [
        ("raised", ""), ("released", note),
    ]  # fmt: skip


def test_what_is_no_risk_is_released_without_a_word(desk: Desk):
    mori = desk.officer("Mori")
    for kind in (ReferralKind.IDENTITY, ReferralKind.GOODS, ReferralKind.OTHER_AGENCY):
        other = desk.put(kind, "face-look")
        assert desk.post(mori, other, "release", {"version": 1}).status_code == 200
    statement = "select distinct why_not from referral"
    assert desk.rows(statement) == [("not-said",)]


def test_a_release_is_undone_by_its_officer_within_ten_seconds_of_the_servers_clock(desk: Desk):
    mori, sato, referral = desk.officer("Mori"), desk.officer("Sato"), desk.put()
    desk.post(mori, referral, "release")
    assert refused(desk.post(sato, referral, "undo")) == (409, "undo-over")
    desk.clock.advance(seconds=10)
    done = desk.post(mori, referral, "undo")
    assert done.status_code == 200, done.text
    assert desk.steps(referral) == ["raised", "released", "undone"]
    case = desk.see(mori, done.json()["referral_id"])["referral"]
    assert (case["state"], case["owner"], case["reopens_id"]) == ("claimed", "Mori", str(referral))
    assert refused(desk.post(mori, referral, "undo")) == (409, "referral-reopened")
    trail = "select count(*) from audit_entry where action = 'referral.undone'"
    assert desk.rows(trail) == [(2,)]


def test_what_is_late_open_or_no_release_is_not_undone(desk: Desk):
    mori, late, inspected = desk.officer("Mori"), desk.put(), desk.put()
    assert refused(desk.post(mori, late, "undo")) == (409, "referral-open")
    desk.post(mori, late, "release")
    desk.post(mori, inspected, "inspect")
    desk.post(mori, inspected, "outcome", DONE)
    assert refused(desk.post(mori, inspected, "undo")) == (409, "undo-over")
    assert refused(desk.post(mori, late, "undo", {"version": 1})) == (409, "referral-changed")
    desk.clock.advance(seconds=10.1)
    assert refused(desk.post(mori, late, "undo")) == (409, "undo-over")
    assert desk.post(mori, late, "take-back", {"version": 2, "reason": "a slip"}).status_code == 200


def test_a_repeated_undo_shows_what_it_came_to(desk: Desk):
    mori, referral = desk.officer("Mori"), desk.put()
    desk.post(mori, referral, "release")
    key, body = {"Idempotency-Key": "undo-1"}, {"version": desk.version(referral)}
    first = desk.post(mori, referral, "undo", body, **key)
    desk.clock.advance(seconds=60)
    again = desk.post(mori, referral, "undo", body, **key)
    assert (again.status_code, again.json()["referral_id"]) == (200, first.json()["referral_id"])


# --- who may --------------------------------------------------------------------------------------

CALLS = {
    ("GET", ""): Permission.VIEW_PERSON,
    ("POST", "/claim"): Permission.DECIDE_REFERRAL,
    ("POST", "/return"): Permission.DECIDE_REFERRAL,
    ("POST", "/inspect"): Permission.DECIDE_REFERRAL,
    ("POST", "/outcome"): Permission.DECIDE_REFERRAL,
    ("POST", "/release"): Permission.DECIDE_REFERRAL,
    ("POST", "/undo"): Permission.DECIDE_REFERRAL,
}


def call(desk: Desk, who, referral, method: str, end: str) -> int:
    body = DONE if end == "/outcome" else {"version": 1, **(WHY if end == "/release" else {})}
    more = {} if method == "GET" or end == "/return" else {"json": body}
    url = f"/api/v1/referrals/{referral}{end}"
    return desk.client.request(method, url, headers=who, **more).status_code


@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_table_says(desk: Desk, role: Role):
    who = desk.officer("Somebody", role)
    queue = desk.client.get("/api/v1/referrals", headers=who).status_code
    assert queue == (200 if Permission.VIEW_QUEUE in GRANTS[role] else 403)
    for (method, end), permission in CALLS.items():
        referral = desk.put()
        allowed = permission in GRANTS[role]
        status = call(desk, who, referral, method, end)
        # nothing was inspected or released: an outcome or undo that may be is refused for that
        wanted = 409 if end in ("/outcome", "/undo") else 200
        assert (end, status) == (end, wanted if allowed else 403)
        if not allowed:
            assert desk.steps(referral) == ["raised"]


def test_nobody_may_anything(desk: Desk):
    referral = desk.put()
    for method, end in CALLS:
        assert call(desk, {}, referral, method, end) == 401
    assert desk.client.get("/api/v1/referrals").status_code == 401


def test_another_sites_referral_is_not_there(desk: Desk):
    referral, stranger = desk.put(), desk.officer("Ito", Role.SENIOR, site="HND")
    desk.post(desk.officer("Mori"), referral, "inspect")
    before = desk.steps(referral)
    for method, end in CALLS:
        assert (end, call(desk, stranger, referral, method, end)) == (end, 404)
        assert (end, call(desk, stranger, uuid4(), method, end)) == (end, 404)
    assert desk.steps(referral) == before
    assert desk.rows("select 1 from audit_entry where action = 'referral.view'") == []


def test_from_other_sites_pages_nothing_is_done(desk: Desk):
    referral, mori = desk.put(), {**desk.officer("Mori"), "Sec-Fetch-Site": "cross-site"}
    assert refused(desk.post(mori, referral, "claim")) == (403, "cross-site")
    assert desk.steps(referral) == ["raised"]


# --- one referral ---------------------------------------------------------------------------------


def test_that_it_was_looked_at_is_recorded(desk: Desk):
    mori, referral = desk.officer("Mori"), desk.put()
    seen = desk.see(mori, referral)
    assert [step["kind"] for step in seen["steps"]] == ["raised"]
    assert seen["inspection"] is None
    trail = desk.rows("select actor_id, subject_id from audit_entry where action = 'referral.view'")
    assert trail == [(desk.actor("Mori").id, referral)]


def test_claim_return_and_claim_by_a_colleague(desk: Desk):
    mori, sato, referral = desk.officer("Mori"), desk.officer("Sato"), desk.put()
    claimed = desk.post(mori, referral, "claim", {"version": 1})
    assert claimed.json()["referral"]["owner"] == "Mori"
    late = desk.post(sato, referral, "claim", {"version": 1})
    assert refused(late) == (409, "referral-taken")
    assert (late.json()["by"], late.json()["since"]) == ("Mori", NOW.isoformat())
    returned = desk.client.post(f"/api/v1/referrals/{referral}/return", headers=mori)
    assert returned.json()["referral"]["state"] == "raised"
    stale = desk.post(sato, referral, "claim", {"version": 1})
    assert refused(stale) == (409, "referral-changed")
    assert desk.post(sato, referral, "claim", {"version": 3}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"version": "x"}, {"version": 1, "note": "x"}, []])
def test_a_wrong_body_is_refused(desk: Desk, body):
    mori, referral = desk.officer("Mori"), desk.put()
    expected = 200 if body == {} else 422
    assert desk.post(mori, referral, "claim", body).status_code == expected


# --- the outcome ----------------------------------------------------------------------------------


def test_an_inspection_ends_with_what_was_found(desk: Desk):
    mori, referral = desk.officer("Mori"), desk.put()
    senior = desk.officer("Abe", Role.SENIOR)
    assert senior
    assert desk.post(mori, referral, "inspect", {"version": 1}).status_code == 200
    desk.clock.advance(seconds=240)
    body = {
        "steps": ["documents", "baggage-opened", "personal-search"],
        "findings": [
            {"kind": "dutiable", "description": "Wrist watches", "quantity": "3", "unit": "pcs"}
        ],
        "dispositions": [
            {
                "kind": "duty",
                "amount": 120000,
                "currency": "JPY",
                "external_ref": "R-77",
                "method": "card",
            }
        ],
        "remark": "Said they were presents",
        "search": {
            "ground_kind": "seen",
            "ground": "A bulge under the coat",
            "authorised_by": str(desk.actor("Abe").id),
        },
    }
    done = desk.post(mori, referral, "outcome", body)
    assert done.status_code == 200, done.text
    assert done.json()["referral"]["state"] == "closed"
    inspection = desk.see(mori, referral)["inspection"]
    assert inspection["steps"] == body["steps"]
    assert inspection["findings"] == [{**body["findings"][0], "quantity": "3.000"}]
    empty = {"authority": None, "received_by": "", "goods": ""}
    assert inspection["dispositions"] == [{**body["dispositions"][0], **empty}]
    assert inspection["minutes"] == 4
    assert inspection["finished_at"] > inspection["started_at"]
    assert desk.steps(referral) == ["raised", "inspection-begun", "outcome"]
    search = {"search_ground": "seen", "search_authorised_by": body["search"]["authorised_by"]}
    [revision] = inspection["revisions"]
    assert revision["search_ground_kind"] == "seen"
    assert revision["search_ground"] == body["search"]["ground"]
    assert revision["search_authorised_by"] == search["search_authorised_by"]
    assert trail_of(desk, "referral.outcome")[0].items() >= search.items()
    amended = {**body, "version": done.json()["referral"]["version"], "reason": "The ground"}
    amended["search"] = body["search"] | {"ground_kind": "dog", "ground": "The dog sat down"}
    assert desk.post(mori, referral, "amendments", amended).status_code == 200
    last = desk.see(mori, referral)["inspection"]["revisions"][-1]
    assert (last["search_ground_kind"], last["search_ground"]) == ("dog", "The dog sat down")
    told = trail_of(desk, "referral.outcome-amended")[0]
    assert told.items() >= (search | {"search_ground": "dog"}).items()
    assert "sat down" not in str(told)


def trail_of(desk: Desk, action: str) -> list[dict[str, object]]:
    found = desk.rows(f"select detail from audit_entry where action = '{action}' order by at, id")
    return [one[0] for one in found]


def test_an_incomplete_outcome_changes_nothing(desk: Desk):
    mori, referral = desk.officer("Mori"), desk.put()
    desk.post(mori, referral, "inspect")
    found = desk.post(mori, referral, "outcome", {"steps": [], "findings": [], "dispositions": []})
    assert refused(found) == (422, "outcome-invalid")
    pointers = [problem["pointer"] for problem in found.json()["errors"]]
    assert pointers == ["/steps", "/findings", "/dispositions"]
    assert desk.steps(referral) == ["raised", "inspection-begun"]
    assert desk.rows("select count(*) from finding") == [(0,)]


@pytest.mark.parametrize("who", ["nobody", "myself", "elsewhere", "gone", "technician"])
def test_who_authorised_a_search_is_a_supervisor_in_service(desk: Desk, who: str):
    mori, referral = desk.officer("Mori"), desk.put()
    desk.officer("Ito", Role.SENIOR, site="HND")
    desk.officer("Ono", Role.TECHNICIAN)
    desk.officer("Abe", Role.SENIOR)
    with desk.database.transaction() as session:
        session.connection().exec_driver_sql(
            "update officer set disabled_at = now() where name = 'Abe'"
        )
    authors = {
        "nobody": uuid4(), "myself": desk.actor("Mori").id, "elsewhere": desk.actor("Ito").id,
        "gone": desk.actor("Abe").id, "technician": desk.actor("Ono").id,
    }  # fmt: skip
    desk.post(mori, referral, "inspect")
    body = {
        **DONE, "steps": [*DONE["steps"], "personal-search"],
        "search": {
            "ground_kind": "seen", "ground": "A bulge under the coat",
            "authorised_by": str(authors[who]),
        },
    }  # fmt: skip
    found = desk.post(mori, referral, "outcome", body)
    assert refused(found) == (422, "outcome-invalid")
    assert [problem["pointer"] for problem in found.json()["errors"]] == ["/search/authorised_by"]


def test_the_same_key_records_one_outcome(desk: Desk):
    mori, referral = desk.officer("Mori"), desk.put()
    desk.post(mori, referral, "inspect")
    first = desk.post(mori, referral, "outcome", DONE, **{"Idempotency-Key": "o1"})
    again = desk.post(mori, referral, "outcome", DONE, **{"Idempotency-Key": "o1"})
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert desk.rows("select count(*) from finding") == [(1,)]
    other = {**DONE, "remark": "x"}
    found = desk.post(mori, referral, "outcome", other, **{"Idempotency-Key": "o1"})
    assert refused(found) == (422, "idempotency-key-reused")
    assert refused(desk.post(mori, referral, "outcome", DONE)) == (409, "referral-closed")


@pytest.mark.parametrize("action", ["claim", "inspect", "release"])
def test_a_call_repeated_with_its_key_is_one(desk: Desk, action: str):
    mori, referral = desk.officer("Mori"), desk.put()
    key = {"Idempotency-Key": "k1"}
    body = {"version": 1, **(WHY if action == "release" else {})}
    first = desk.post(mori, referral, action, body, **key)
    again = desk.post(mori, referral, action, body, **key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert refused(desk.post(mori, referral, action, {"version": 99}, **key))[0] == 422


def test_a_return_repeated_with_its_key_is_one(desk: Desk):
    mori, referral = desk.officer("Mori"), desk.put()
    desk.post(mori, referral, "claim", {"version": 1})
    key = {"Idempotency-Key": "k2"}
    codes = [desk.post(mori, referral, "return", **key).status_code for _ in range(2)]
    assert codes == [200, 200]


def test_an_inspection_of_a_colleague_is_his(desk: Desk):
    mori, sato, referral = desk.officer("Mori"), desk.officer("Sato"), desk.put()
    desk.post(mori, referral, "inspect")
    late = desk.post(sato, referral, "outcome", DONE)
    assert refused(late) == (409, "referral-taken")
    assert late.json()["by"] == "Mori"
    with desk.database.read() as session:
        assert session.query(Inspection).one().finished_at is None


def test_no_personal_data_in_hints_events_audit_or_logs(desk: Desk, capfd):
    mori = desk.officer("Mori")
    heard: list[Hint] = []
    publish = desk.database.publish
    desk.database.publish = lambda hints: (heard.extend(hints), publish(hints))
    referral = desk.put(passenger=desk.passenger())
    desk.post(mori, referral, "claim", {"version": 1})
    desk.see(mori, referral)
    desk.post(mori, referral, "inspect")
    desk.post(mori, referral, "outcome", {**DONE, "remark": "LINDQVIST was nervous"})
    wires = [hint.wire() for hint in heard]
    assert {wire["kind"] for wire in wires} == {"referral.changed"}
    trail = desk.rows(
        "select detail::text || action from audit_entry union all select kind || site from event"
        " union all select key || actor from idempotency"
    )
    captured = capfd.readouterr()
    everything = json.dumps(wires) + json.dumps(trail) + captured.out + captured.err
    for secret in (ASTRID.surname, ASTRID.given, ASTRID.number, "nervous"):
        assert secret not in everything
