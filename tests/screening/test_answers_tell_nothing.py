"""What a carrier is told does not depend on what screening found."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.audit.log import SYSTEM
from app.identity.models import AnswerMode, Sender
from app.identity.senders import SenderChange, change_sender, name_boarding_authority
from app.kernel.http import Kernel
from app.messages.apply import apply_next
from app.screening.models import Assessment, Level
from tests.messages.airline import later, listing, paxlst_text, person
from tests.support.airport import Airport, guest

FLAGGED = guest("QUILLFEATHER", "MAREN", state="AUS")
CLEAN = guest("TIDEWELL", "TOVE", state="AUS")


def carriers_list(one: object, control: str, hours: float) -> bytes:
    passport = one.passport  # type: ignore[attr-defined]
    someone = person(passport.surname, passport.given_names, number=passport.number,
                     born=passport.birth_date, AVF="AB12CD", ABO="R" + control)  # fmt: skip
    made = listing(someone, prepared=later(hours=hours), control=control)
    return paxlst_text(replace(made, transaction_reference="T" + control))


def without_references(text: bytes) -> str:
    """All but control references, TN, ABO and times of UNB."""
    told = re.sub(r"UNB\+[^']*'|UNZ\+[^']*'", "", text.decode())
    return re.sub(r"(RFF\+(?:TN|ABO):)[^']*", r"\1", told)


@pytest.mark.parametrize("mode", [AnswerMode.ACKNOWLEDGE, AnswerMode.INTERACTIVE])
@pytest.mark.parametrize("authority", [True, False])
def test_a_high_risk_passenger_and_a_clean_one_get_the_same_answer(
    client: TestClient, kernel: Kernel, mode: AnswerMode, *, authority: bool
) -> None:
    airport = Airport(client, kernel)
    airport.look_out_for(FLAGGED)
    with kernel.database.transaction() as session:
        sender = session.scalars(sa.select(Sender.id)).one()
        change_sender(session, SYSTEM, sender, SenderChange(answers=mode), kernel.clock())
        name_boarding_authority(session, SYSTEM, sender, kernel.clock(), named=authority)
    headers = {"Authorization": f"Bearer {airport.sender}"}
    told: dict[str, list[str]] = {"flagged": [], "clean": []}
    # Twice each: the second time the person has been screened and the flagged one is known to be high.
    for hours in (0, 1):
        for name, one in (("flagged", FLAGGED), ("clean", CLEAN)):
            control = f"{name[0].upper()}{hours}"
            message = airport.send(carriers_list(one, control, hours).decode())
            while apply_next(kernel.database, kernel.vault, kernel.clock(), kernel.site):
                pass
            answer = client.get(f"/api/v1/messages/{message}/answer", headers=headers)
            assert answer.status_code == 200
            told[name].append(without_references(answer.content))
        airport.settle()
    with kernel.database.read() as session:
        levels = set(session.scalars(sa.select(Assessment.level)))
    assert Level.HIGH in levels
    assert len(levels) > 1
    assert len(set(told["flagged"]) | set(told["clean"])) == 1
