"""Every route says who is asking, and no officer reaches what is another site's."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.declarations.models import Declaration
from app.formats.languages import LANGUAGES
from app.identity import officers
from app.identity.models import OfficerGrant, PlaceKind, Sender
from app.identity.permissions import Role
from app.kernel.http import Kernel
from app.notices.models import Notice, NoticeKind
from app.referrals.models import Referral
from app.screening.models import Hit
from app.travel.models import Flight, IdentityLink, LinkState, Passenger, Traveller
from tests.support import NOW, WHY
from tests.support.airport import Airport, guest

PUBLIC = {
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("post", "/api/v1/devices/enrol"),  # the code in the body is the proof
    ("post", "/api/v1/token"),  # the assertion in the body is the proof
    ("post", "/api/v1/declarations"),
    ("post", "/api/v1/declarations/qr"),
    ("post", "/api/v1/declarations/phone"),  # a proof of the phone's key is in the body
    ("get", "/api/v1/questionnaires"),
    ("get", "/api/v1/questionnaires/schema.json"),
    ("get", "/api/v1/questionnaires/{name}"),
    ("get", "/api/v1/keys"),
    ("get", "/api/v1/notices/standing"),  # what is told to everybody
    (
        "get",
        "/api/v1/trust",
    ),  # public keys, and the first half of random numbers; made twice a minute
}
ORDER = {"boarding": "board", "reason": "court order 77/2026"}
HAND = {"version": 1, "note": "x", "officer_id": "00000000-0000-0000-0000-000000000000"}
MAPPING = {"seen": 0, "rules": {}, "reason": "theirs"}
FORM: dict[str, Any] = {"act": "save", "seen": "0", "reason": "theirs"}

GOODS: dict[str, Any] = {"dispositions": [{"kind": "release"}]}
SETTLED = {"version": 1, "seq": 0, **GOODS}
AMENDED = {"version": 1, "reason": "more", "steps": [], "findings": [], **GOODS}
FOLLOWING: dict[str, Any] = {
    "seq": 0, "packages": 1, "sent_from": "Oslo",
    "articles": [{"description": "Skis", "quantity": 1}],
}  # fmt: skip

ROUTES: list[tuple[str, str, Any]] = [
    ("get", "/api/v1/messages/{message}", None),
    ("get", "/api/v1/quarantine/{message}", None),
    ("get", "/api/v1/quarantine/{message}/raw", None),
    ("post", "/api/v1/quarantine/{message}/replay", None),
    ("post", "/api/v1/quarantine/{message}/set-aside", {"reason": "ours"}),
    ("post", "/api/v1/quarantine/dry-run", {"message_id": "{message}", "rules": {}}),
    ("post", "/api/v1/quarantine/replay", {"sender_id": "{sender}", "code": "no_message"}),
    ("get", "/api/v1/senders/{sender}/mapping", None),
    ("put", "/api/v1/senders/{sender}/mapping", MAPPING),
    ("patch", "/api/v1/senders/{sender}", {"answers": "interactive"}),
    ("put", "/api/v1/senders/{sender}/boarding-authority", {"named": True}),
    ("get", "/api/v1/sandbox/report?sender={sender}", None),
    ("post", "/api/v1/passengers/{passenger}/boarding", ORDER),
    ("get", "/api/v1/flights/{flight}", None),
    ("patch", "/api/v1/flights/{flight}", {"status": "landed"}),
    ("get", "/api/v1/flights/{flight}/risk", None),
    ("get", "/api/v1/passengers/{passenger}", None),
    ("post", "/api/v1/hits/{hit}/review", {"state": "confirmed", "reason": "known"}),
    ("post", "/api/v1/identity-links/{link}/undo", {"reason": "another face"}),
    ("post", "/api/v1/identity-links/{link}/join", {"reason": "another passport"}),
    ("post", "/api/v1/passengers/{passenger}/same-person", {"reason": "one face", "passenger_id": "{passenger}"}),
    ("get", "/api/v1/referrals/{referral}", None),
    ("post", "/api/v1/referrals/{referral}/claim", {"version": 1}),
    ("post", "/api/v1/referrals/{referral}/inspect", {"version": 1}),
    ("post", "/api/v1/referrals/{referral}/release", {"version": 1, **WHY}),
    ("post", "/api/v1/referrals/{referral}/return", None),
    ("get", "/api/v1/referrals/{referral}/attachments", None),
    ("get", "/api/v1/referrals/{referral}/second-looks", None),
    ("post", "/api/v1/referrals/{referral}/second-looks", {"question": "Look"}),
    ("post", "/api/v1/referrals/{referral}/amendments", AMENDED),
    ("post", "/api/v1/counter/referrals/{referral}/work", SETTLED),
    ("get", "/api/v1/counter/declarations/{declaration}", None),
    ("post", "/api/v1/counter/declarations/{declaration}/work", {"seq": 0, **GOODS}),
    ("post", "/api/v1/counter/declarations/{declaration}/articles", FOLLOWING),
    ("post", "/api/v1/referrals/{referral}/notes", {"note": "seen"}),
    ("post", "/api/v1/referrals/{referral}/heartbeat", None),
    ("post", "/api/v1/referrals/{referral}/hand-over", HAND),
    ("post", "/api/v1/referrals/{referral}/reassign", HAND),
    ("post", "/api/v1/referrals/{referral}/recall-end", {"version": 1, "found": True, "note": "x"}),
    ("post", "/api/v1/referrals/{referral}/take-back", {"version": 1, "reason": "x"}),
    ("post", "/api/v1/referrals/{referral}/undo", {"version": 1}),
    ("post", "/api/v1/referrals/{referral}/let-be", {"version": 1, "note": "x"}),
    ("post", "/api/v1/passengers/{passenger}/recall", {"reason": "x"}),
    ("put", "/api/v1/passengers/{passenger}/team", {"team_id": None}),
    ("get", "/api/v1/passengers/{passenger}/team", None),
    ("put", "/api/v1/duty", {"hall_id": "{hall}"}),
    ("put", "/api/v1/queues/target", {"hall_id": "{hall}", "kind": "goods", "seconds": 60}),
    ("post", "/api/v1/teams", {"hall_id": "{hall}", "name": "ours"}),
    ("form", "/console/referrals/{referral}/note", {"note": "seen"}),
    ("form", "/console/referrals/{referral}/take-back", {"version": "1", "back-reason": "x"}),
    ("form", "/console/referrals/{referral}/undo", {"version": "1"}),
    ("form", "/console/passengers/{passenger}/recall", {"recall-reason": "x"}),
    ("form", "/console/passengers/{passenger}/team", {"seen": "0"}),
    ("form", "/console/links/{link}/undo", {"link-reason": "x"}),
    ("post", "/api/v1/halls/{hall}/mode", {"mode": "evacuation"}),
    ("post", "/api/v1/notices/{notice}/withdrawal", {"version": 1}),
    ("get", "/console/notices/{notice}", None),
    ("form", "/console/notices/{notice}/withdraw", {"version": "1"}),
    ("get", "/console/passengers/{passenger}", None),
    ("get", "/console/referrals/{referral}/amend", None),
    ("get", "/console/referrals/{referral}/goods", None),
    ("get", "/console/fragments/referrals/{referral}/evidence", None),
    ("get", "/console/fragments/referrals/{referral}/second-look", None),
    ("form", "/console/referrals/{referral}/second-look", {"question": "Look"}),
    ("get", "/console/declarations/{declaration}/goods", None),
    ("get", "/console/flights/{flight}", None),
    ("get", "/console/quarantine/{message}", None),
    ("get", "/console/senders/{sender}/mapping", None),
    ("form", "/console/senders/{sender}/mapping", FORM),
    ("form", "/console/quarantine/replay", {"sender": "{sender}", "code": "no_message"}),
    ("form", "/console/quarantine/{message}/replay", {"again": "1"}),
    ("form", "/console/quarantine/{message}/set-aside", {"reason": "ours"}),
    ("form", "/console/passengers/{passenger}/boarding", ORDER),
    ("form", "/console/hits/{hit}/review", {"state": "confirmed", "seen": "unreviewed"}),
]  # fmt: skip


@pytest.fixture
def ids(client: TestClient, kernel: Kernel) -> dict[str, str]:
    """Of one of each kind at NRT: a traveller on a watch list, referred, and a transmission in quarantine."""
    airport, listed = Airport(client, kernel), guest("QUILLFEATHER", "MAREN")
    airport.look_out_for(listed)
    sector = airport.sector(1, timedelta(minutes=-20))
    airport.announce(sector, [listed])
    airport.declare(listed, sector)
    message = airport.send("no message")
    airport.settle()
    airport.present("gate", listed)
    with kernel.database.transaction() as session:
        [passenger] = session.scalars(sa.select(Passenger))
        traveller = Traveller(document_keys=[], person_keys=[])
        session.add(traveller)
        session.flush()
        link = IdentityLink(
            passenger_id=passenger.id, traveller_id=traveller.id, state=LinkState.PROPOSED,
            evidence=[], score=0.5, document_keys=[], person_keys=[],
        )  # fmt: skip
        publisher = officers.create_officer(
            session, "ad", "Ad", [Role.ADMINISTRATOR], "NRT", NOW
        ).id
        notice = Notice(
            site="NRT", kind=NoticeKind.HEALTH, audiences=["officers"], starts_at=NOW,
            texts={one: {"title": "Fever", "body": ""} for one in LANGUAGES},
            published_by=publisher, version=1,
        )  # fmt: skip
        session.add_all([link, notice])
        session.flush()
        kinds = {
            "sender": Sender,
            "flight": Flight,
            "hit": Hit,
            "referral": Referral,
            "declaration": Declaration,
        }
        found = {
            name: session.scalars(sa.select(kind.id).limit(1)).one() for name, kind in kinds.items()
        }
        found |= {
            "passenger": passenger.id,
            "link": link.id,
            "notice": notice.id,
            "hall": airport.halls["Hall A"],
        }
    return {"message": message} | {name: str(one) for name, one in found.items()}


def call(client: TestClient, headers: dict[str, str], ids: dict[str, str], route: Any) -> int:
    method, path, body = route
    filled = {
        name: value.format(**ids) if isinstance(value, str) else value
        for name, value in (body or {}).items()
    }
    content: dict[str, Any] = {} if method == "get" else {"json": filled} if body else {}
    if method == "form":
        method, content = "post", {"data": filled}
    answer = client.request(
        method, path.format(**ids), headers=headers, follow_redirects=False, **content
    )
    return answer.status_code


def everything_at(kernel: Kernel, site: str) -> dict[str, str]:
    """Headers of an officer of a site who may do everything, which no service would let him."""
    with kernel.database.transaction() as session:
        made = officers.create_officer(session, f"all-{site}", "Officer", (), site, NOW)
        for role in Role:
            session.add(
                OfficerGrant(
                    officer_id=made.id,
                    role=role,
                    place_kind=PlaceKind.SITE,
                    place="",
                    signed_at=NOW,
                )
            )
        session.flush()
        token = officers.sign_in(session, officers.issue_code(session, made.id, NOW), NOW)
    return {"Cookie": f"egate={token}", "Sec-Fetch-Site": "same-origin"}


def test_what_is_of_another_site_is_not_found(
    client: TestClient, kernel: Kernel, ids: dict[str, str]
) -> None:
    stranger, own = everything_at(kernel, "HND"), everything_at(kernel, "NRT")
    reached = [
        (route, code) for route in ROUTES if (code := call(client, stranger, ids, route)) != 404
    ]
    assert reached == []
    assert client.get("/api/v1/senders", headers=stranger).json() == {"senders": []}
    missed = [route for route in ROUTES if call(client, own, ids, route) in (404, 405, 500)]
    assert missed == []  # the table names what is there


def test_without_credentials_there_is_nothing_to_see_or_do(client: TestClient) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    routes = {(method, path) for path, item in paths.items() for method in item}
    assert len(routes) > 50
    nobody = re.compile(r"\{\w+\}")
    answers = {
        (method, path): client.request(method, nobody.sub(str(uuid4()), path)).status_code
        for method, path in routes - PUBLIC
    }
    assert {route: code for route, code in answers.items() if code not in (401, 403)} == {}
