"""Days at an airport as they are lived: every row by the ways by which the program itself writes it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.audit.log import SYSTEM, Actor, ActorKind
from app.identity import senders
from app.identity.models import Officer, Sender
from app.identity.permissions import Role
from app.keeping import holds, unmasking
from app.messages import receive
from app.messages.apply import apply_next
from app.retention.models import HoldKind
from app.screening import proposals, urgent
from app.screening.entries import EntryDraft
from app.screening.list_models import LookoutKind
from app.screening.models import EntryKind, Handling, Hit, HitSource, ReviewState
from app.screening.pairs import clear_pair
from app.screening.reviews import review_hit
from app.screening.snoozing import snooze_rule
from app.screening.urgent import LookoutDraft
from app.travel.models import Passenger
from app.travel.same_person import propose_link
from kiosk_sim.traffic import places
from kiosk_sim.traffic.day import transmissions
from kiosk_sim.traffic.schedule import Plan
from risk_rules.names import BirthDate, Name
from tests.formats.test_media import photo
from tests.referrals.desk import DONE
from tests.support import WHY
from tests.support.airport import CASH, LIST, Airport, Guest, guest, landed_ago
from tests.web.conftest import Looker, field

MARK = "Zqx"
"""Begins every word that somebody types in this world: what is left of it is found in a dump."""
MASTERED = tuple(one.code for one in places.CARRIERS if one.api.master)
"""Carriers that send master lists of their crew."""
SAID = f"{MARK} was said here"
GOODS = {
    "done-0-kind": "duty", "done-0-goods": SAID, "done-0-amount": "1,200", "done-0-currency": "jpy",
    "done-0-method": "card", "done-0-ref": SAID, "lets-go": "yes",
}  # fmt: skip
FOLLOW = {"packages": "2", "sent_from": SAID, "article-0-description": SAID, "article-0-quantity": "4"}  # fmt: skip
PARCELS = {
    "category": "unaccompanied_packages", "description": None, "quantity": 2, "value": 0,
    "currency": "JPY",
}  # fmt: skip
FOUND = DONE | {
    "findings": [{"kind": "dutiable", "description": SAID, "quantity": "2", "unit": "pcs"}],
    "dispositions": [{"kind": "seize", "external_ref": SAID, "goods": SAID}],
}


class Life:
    """An airport, whoever works there, and three who arrive."""

    def __init__(self, airport: Airport) -> None:
        self.airport, self.kernel = airport, airport.kernel
        self.people = {
            "astrid": guest("ZQXLUND", "ASTRID", "12A"),
            "olga": guest("ZQXHERRERA", "OLGA", "14C", "ESP", **CASH),
            "nils": guest("ZQXBERG", "NILS", "15D"),
        }
        self.mori, self.abe = self.officer("mori"), self.officer("abe")
        self.legal = self.officer("sato", Role.LEGAL_APPROVER)

    def live(self) -> None:
        """All of it, in order."""
        self.carriers_send()
        self.travellers_come()
        self.somebody_is_inspected()
        self.officers_judge()
        self.goods_are_settled()
        self.travellers_ask()
        self.boarding_is_ordered()

    # ---------------------------------------------------------------- who works here

    def officer(self, login: str, role: Role = Role.SENIOR) -> Looker:
        return Looker(self.airport.http, self.airport.cookie_for(login, f"{MARK} {login}", role))

    def actor(self, login: str) -> Actor:
        return Actor(ActorKind.OFFICER, self.one(sa.select(Officer.id).where(Officer.login == login)))  # fmt: skip

    def one(self, query: Any) -> Any:
        with self.kernel.database.read() as session:
            return session.scalars(query.limit(1)).one()

    def passenger(self, who: Guest) -> UUID:
        found = sa.select(Passenger.id).where(Passenger.surname == who.passport.surname)
        return UUID(str(self.one(found)))

    def api(self, who: Looker, path: str, body: Any) -> Any:
        answer = self.airport.http.post(f"/api/v1/{path}", json=body, headers=who.headers)
        assert answer.status_code in (200, 201, 204), (path, answer.text)
        return answer.json() if answer.content else None

    # ---------------------------------------------------------------- what is lived

    def carriers_send(self) -> None:
        """A day of traffic with its dirt, crew lists and changes."""
        database, now = self.kernel.database, self.kernel.clock()
        with database.transaction() as session:
            for name, carriers in places.senders().items():
                senders.create_sender(session, name, carriers, "NRT", now)
        day = Plan(3, now.date(), seed=5, dirt=0.3, trouble=0.5, seats=(6, 10))
        clean = replace(day, dirt=0.0, flights=1, carriers=MASTERED)
        for sent in (*transmissions(day), *transmissions(clean)):
            if not sent.lost:
                receive.ingest(database, self.kernel.vault, sent.sender, sent.data, now)
        while apply_next(database, self.kernel.vault, now, "NRT"):
            pass

    def travellers_come(self) -> None:
        """A list, changed once; declarations, one with a companion; passports at the kiosk and the lane."""
        airport, people = self.airport, self.people
        airport.look_out_for(people["astrid"])
        sector = airport.sector(101, landed_ago(20))
        companion = {
            "surname": "ZQXBERG", "given_names": "LIV", "document_number": "ZQX123456",
            "birth_date": "2015-01-02",
        }  # fmt: skip
        airport.declare(people["astrid"], sector)
        airport.declare(people["olga"], sector)
        airport.declare(
            people["nils"], sector, ("over_allowance", "unaccompanied"), companions=[companion],
            goods=[PARCELS | {"category": "alcohol", "quantity": 6, "value": 9000}, PARCELS],
        )  # fmt: skip
        airport.announce(sector, list(people.values()))
        self.kernel.clock.advance(seconds=60)  # type: ignore[attr-defined]  # a clock of the tests
        for one in people.values():
            one.trip = replace(one.trip, seat="20" + one.trip.seat[-1])
        airport.announce(sector, list(people.values()))
        airport.settle()

    def officers_judge(self) -> None:
        """Hits are reviewed, cleared and snoozed; an urgent lookout, a list that waits, two journeys as one person's."""
        now, mori = self.kernel.clock(), self.actor("mori")
        until = now.date() + timedelta(days=30)
        listed = self.hit_of("astrid", HitSource.WATCHLIST)
        ruled, other = (self.hit_of(name, HitSource.RULE) for name in ("olga", "nils"))
        draft = LookoutDraft(
            LookoutKind.PERSON, "Child", "serious_crime", Handling.STOP, SAID, surname="Zqxlost",
            given="Anna", birth_date="1980-05-31",
        )  # fmt: skip
        entries = [
            EntryDraft(f"P-{n}", EntryKind.PERSON, SAID, (Name(f"ZQXWANTED{n}", "A"),), (BirthDate(1980, 5, 31),))
            for n in range(60)
        ]  # fmt: skip
        with self.kernel.database.transaction() as session:
            vault = self.kernel.vault
            clear_pair(session, vault, mori, listed, SAID, until, now)
            snooze_rule(session, vault, mori, ruled, until, SAID, now)
            review_hit(session, vault, mori, other, ReviewState.CONFIRMED, SAID, now)
        with self.kernel.database.transaction() as session:
            urgent.raise_lookout(session, mori, "NRT", draft, now)
            proposals.submit_entries(session, mori, LIST, entries, [], now)
            propose_link(session, mori, self.passenger(self.people["olga"]),
                         self.passenger(self.people["nils"]), SAID, now)  # fmt: skip
        self.mori.post("/console/search", {"text": "Zqxlund"})

    def hit_of(self, name: str, source: HitSource) -> UUID:
        wanted = sa.select(Hit.id).where(
            Hit.passenger_id == self.passenger(self.people[name]), Hit.source == source
        )
        return UUID(str(self.one(wanted.order_by(Hit.id.desc()))))

    def somebody_is_inspected(self) -> None:
        """From the lane to an officer: a photo, a second look with an instruction, an outcome, and its amendment."""
        astrid = self.people["astrid"]
        self.airport.present("kiosk", astrid)
        self.airport.present("lane", astrid)
        case = f"referrals/{self.newest()}"
        self.api(self.mori, f"{case}/inspect", {"version": self.version()})
        self.airport.http.post(f"/api/v1/{case}/attachments", content=photo(), headers=self.mori.headers, params={"caption": SAID})  # fmt: skip
        look = self.api(self.mori, f"{case}/second-looks", {"question": SAID})["looks"][-1]["id"]
        kato = self.officer("kato", Role.REMOTE_SENIOR)
        self.api(kato, f"second-looks/{look}/join", None)
        told = self.api(kato, f"second-looks/{look}/instructions", {"text": SAID})["instructions"]
        answer = {"answer": "refused", "reason": SAID}
        self.api(self.mori, f"instructions/{told[-1]['id']}/answer", answer)
        self.kernel.clock.advance(seconds=60)  # type: ignore[attr-defined]
        self.api(self.mori, f"{case}/outcome", DONE | {"remark": SAID})
        self.api(self.abe, f"{case}/amendments", FOUND | {"version": self.version(), "reason": SAID})  # fmt: skip
        olga = self.people["olga"]
        self.airport.present("kiosk", olga)
        if self.airport.present("lane", olga)["answer"] == "refer":
            self.api(self.mori, f"referrals/{self.newest()}/release", {"version": self.version(), **WHY, "note": SAID})  # fmt: skip

    def goods_are_settled(self) -> None:
        """At the counter: duty, and articles that follow."""
        nils = self.people["nils"]
        assert self.airport.present("kiosk", nils)["answer"] == "counter"
        address = f"/console/referrals/{self.newest()}/goods"
        page = self.mori.page(address)
        hidden = {name: field(page, name) for name in ("key", "seq", "version", "done-0-line")}
        done = self.mori.post(address, hidden | GOODS)
        assert done.status_code == 303, done.text
        declared = self.one(sa.text("select id from declaration where lane > 0").columns(sa.column("id")).subquery().select())  # fmt: skip
        sent = self.mori.post(f"/console/declarations/{declared}/articles", FOLLOW | {"seq": "0"})
        assert sent.status_code == 303, sent.text

    def travellers_ask(self) -> None:
        """A rectification, a hold that has ended, an indication."""
        olga = self.people["olga"].passport
        form = {
            "kind": "rectification", "channel": "letter", "identity_check": "mandate", "language": "en",
            "received_on": self.kernel.clock().date().isoformat(), "surname": olga.surname,
            "given_names": olga.given_names, "birth_date": olga.birth_date.isoformat(),
            "number": olga.number, "issuer": olga.issued_by, "wish": SAID,
        }  # fmt: skip
        path = self.legal.post("/console/rights", form).headers["location"]
        right = {name: form[name] for name in ("surname", "birth_date", "number", "issuer")} | {
            "given_names": "ZQXOLGA MARIA", "sex": "F", "nationality": "ESP", "version": "1",
            "outcome": "granted",
        }  # fmt: skip
        assert self.legal.post(f"{path}/decide", right).status_code == 303
        now, person = self.kernel.clock(), self.passenger(self.people["olga"])
        wanted = holds.Wanted(HoldKind.PASSENGER, person, SAID, SAID, SAID, now.date() + timedelta(days=9))  # fmt: skip
        with self.kernel.database.transaction() as session:
            holds.place(session, self.actor("mori"), "NRT", wanted, now)
            unmasking.indicate(session, self.actor("mori"), "NRT", person, SAID, now)

    def boarding_is_ordered(self) -> None:
        """Somebody who has not left yet is kept from boarding; the carrier gets an answer."""
        late = guest("ZQXTHORN", "HARRIET")
        self.airport.announce(self.airport.sector(205, timedelta(hours=14)), [late])
        self.airport.settle()
        with self.kernel.database.transaction() as session:
            sender = session.scalars(sa.select(Sender.id).where(Sender.name == "airline")).one()
            senders.name_boarding_authority(
                session, SYSTEM, sender, self.kernel.clock(), named=True
            )
        form = {"boarding": "do-not-board", "reason": SAID, "seen": ""}
        sent = self.mori.post(f"/console/passengers/{self.passenger(late)}/boarding", form)
        assert sent.status_code == 303, sent.text

    def unmasking_is_asked(self) -> None:
        """After masking: who wants to see what was there asks."""
        with self.kernel.database.transaction() as session:
            masked = session.scalars(sa.text("select passenger_id from masked_row where passenger_id is not null limit 1")).one()  # fmt: skip
            unmasking.ask(session, self.actor("mori"), "NRT", masked, SAID, self.kernel.clock())

    # ---------------------------------------------------------------- the case at hand

    def newest(self) -> str:
        return str(self._referral()[0])

    def version(self) -> int:
        return int(self._referral()[1])

    def _referral(self) -> Any:
        with self.kernel.database.read() as session:
            return session.execute(sa.text("select id, version from referral order by id desc limit 1")).one()  # fmt: skip
