"""What a kiosk needs to take a declaration on its own screen: the form, and where to send what was answered.

A kiosk reads the passports, so hardly anybody types who they are; it knows the day and the airport. It asks for the
flight, the family, the questions and the goods; a list may be left to the counter to which a yes leads, where
an officer makes it (see :mod:`app.declarations.counter`).
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.orm import Session

from app.declarations import exchange, form, service
from app.declarations.counter import take_declaration
from app.declarations.models import Channel, Declaration
from app.declarations.registry import questionnaire_for, questionnaires
from app.declarations.schemas import (
    Bags,
    CompanionIn,
    DeclarationOut,
    DocumentIn,
    FlightText,
    GoodsIn,
    JourneyIn,
    Language,
    Name,
    Nights,
    PassportDate,
    Port,
    Strict,
    Submission,
    TravellerIn,
    parse,
)
from app.declarations.service import Taken
from app.formats import codes, duty, mrz
from app.formats.credential import Goods, wire_date
from app.formats.credential.claims import MAX_COMPANIONS, MAX_GOODS
from app.formats.questionnaire import Demand, text
from app.identity.devices import EnrolledDevice
from app.identity.http import DeviceDep
from app.identity.models import DeviceKind
from app.kernel import idempotency
from app.kernel.errors import FieldProblem, ForbiddenError, InvalidError, TooLargeError
from app.kernel.http import IdempotencyKey, Kernel, KernelDep, body_up_to
from app.kernel.schemas import Out
from app.travel.models import Flight, FlightStatus

router = APIRouter(tags=["declarations"], prefix="/kiosk")

ARRIVED, ARRIVING = timedelta(hours=6), timedelta(hours=1)
"""Flights that somebody who stands at a kiosk may have come with."""
MOST_FLIGHTS = 60


class QuestionOut(Out):
    """A question in the language that was asked for; ``details`` say what counts, ``on_yes`` what a yes asks
    for, ``demands`` whether that is a list (goods, packages).
    """

    id: str
    text: str
    details: str | None
    on_yes: str | None
    demands: list[Demand]


class ChoiceOut(Out):
    """A purpose of the journey."""

    id: str
    text: str


class CategoryOut(Out):
    """A kind of goods; ``unit`` counts its quantity."""

    id: str
    text: str
    unit: str
    described: bool


class FlightOut(Out):
    """A flight that has just arrived or is about to."""

    flight: str
    origin: str


class KioskFormOut(Out):
    """All that the screen asks and says. ``currency``: the one that duty is estimated in."""

    questionnaire: str
    title: str
    questions: list[QuestionOut]
    purposes: list[ChoiceOut]
    categories: list[CategoryOut]
    allowances: list[str]
    currency: str | None
    certify: str
    flights: list[FlightOut]


class KioskDeclarationIn(Strict):
    """What was answered on the screen; ``origin`` where the flight is none of those that were offered."""

    mrz: str = Field(max_length=200)
    questionnaire: Name
    language: Language
    flight: FlightText
    origin: Port | None = None
    purpose: Name
    answers: dict[Name, bool] = Field(max_length=64)
    companions: list[CompanionIn] = Field(default=[], max_length=MAX_COMPANIONS)
    goods: list[GoodsIn] = Field(default=[], max_length=MAX_GOODS)
    bags: Bags = None
    stay_nights: Nights = None
    certified: Literal[True]


class BasketIn(Strict):
    """Goods of a party whose dates of birth are ``born``: who they are, nobody needs to say."""

    questionnaire: Name
    language: Language
    born: list[PassportDate] = Field(min_length=1, max_length=1 + MAX_COMPANIONS)
    goods: list[GoodsIn] = Field(max_length=MAX_GOODS)


def a_kiosk(device: DeviceDep) -> EnrolledDevice:
    """Lanes take no declarations."""
    if device.kind is not DeviceKind.KIOSK:
        raise ForbiddenError
    return device


KioskDep = Annotated[EnrolledDevice, Depends(a_kiosk)]
Body = Annotated[bytes, Depends(body_up_to(16 * 1024, TooLargeError))]


def _body_of(model: type[Strict]) -> dict[str, Any]:
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


@router.get("/form")
def kiosk_form(
    device: KioskDep, kernel: KernelDep, language: Annotated[str, Query(max_length=20)] = "en"
) -> KioskFormOut:
    """The site's questionnaire in one language, and the flights of these hours."""
    del device
    asked = questionnaire_for(kernel.site, kernel.questionnaire)
    with kernel.database.read() as session:
        flights = _flights(session, kernel.site, kernel.clock())

    def said(texts: Any) -> str:
        return text(asked, texts, language)

    return KioskFormOut(
        questionnaire=asked.key,
        title=said(asked.title),
        questions=[
            QuestionOut(
                id=one.id,
                text=said(one.text),
                details=said(one.details) if one.details else None,
                on_yes=said(one.on_yes) if one.on_yes else None,
                demands=list(one.demands),
            )
            for one in asked.questions
        ],
        purposes=[ChoiceOut(id=one.id, text=said(one.text)) for one in asked.purposes],
        categories=[
            CategoryOut(id=one.id, text=said(one.text), unit=one.unit, described=one.described)
            for one in asked.categories
        ],
        allowances=[said(one.text) for one in asked.allowances],
        currency=asked.duty.currency if asked.duty else None,
        certify=said(asked.certify),
        flights=flights,
    )


@router.post("/estimate", openapi_extra=_body_of(BasketIn))
def estimate_duty(device: KioskDep, body: Body, kernel: KernelDep) -> dict[str, Any]:
    """What of these goods is over the allowances, and about what it costs, as the phone says it. Empty where
    the questionnaire has no rules for it. Nothing is stored.
    """
    del device
    sent = parse(BasketIn, body)
    asked = questionnaires().get(sent.questionnaire)
    if asked is None:
        raise InvalidError(fields=[FieldProblem("/questionnaire", "questionnaire_unknown")])
    numbers = {one.id: one.number for one in asked.categories}
    if unknown := [i for i, one in enumerate(sent.goods) if one.category not in numbers]:
        raise InvalidError(
            fields=[FieldProblem(f"/goods/{i}/category", "unknown") for i in unknown]
        )
    goods = [
        Goods(numbers[one.category], one.description, one.quantity, one.value, one.currency)
        for one in sent.goods
    ]
    today = form.today_at(kernel.clock(), kernel.site, kernel.site)
    ages = [duty.age_on(int(one.replace("-", "")), wire_date(today)) for one in sent.born]
    found = duty.estimate(asked, goods, ages, duty.rates_for(asked, exchange.current(), today))
    return duty.as_json(asked, found, sent.language) if found else {}


@router.post("/declarations", status_code=201, openapi_extra=_body_of(KioskDeclarationIn))
def take(
    device: KioskDep, body: Body, kernel: KernelDep, key: IdempotencyKey = None
) -> DeclarationOut:
    """Take what a traveller answered and certified on the screen; the passport then finds it."""
    sent, now = parse(KioskDeclarationIn, body), kernel.clock()
    taken = Taken(Channel.KIOSK, device.id)
    with kernel.database.transaction() as session:
        claimed = idempotency.claim(session, device.actor.key, key, body)
        if claimed.result:
            declaration = session.get_one(Declaration, claimed.result)
        else:
            whole = _submission(session, sent, kernel, now)
            declaration = take_declaration(
                session, device.actor, whole, taken, site=kernel.site, now=now
            )
            idempotency.settle(session, claimed, declaration.id)
        return DeclarationOut(
            id=declaration.id,
            reference=service.reference_of(declaration),
            status=declaration.status,
            seq=declaration.seq,
            lane=declaration.lane,
            expires=declaration.expires_at,
        )


def _submission(
    session: Session, sent: KioskDeclarationIn, kernel: Kernel, now: datetime
) -> Submission:
    today = form.today_at(now, kernel.site, kernel.site)
    flights = _flights(session, kernel.site, now)
    known = {codes.FlightNumber.parse(one.flight): one.origin for one in flights}
    origin = sent.origin or known.get(codes.FlightNumber.parse(sent.flight))
    if not origin:
        raise InvalidError(fields=[FieldProblem("/origin", "missing")])
    return Submission(
        questionnaire=sent.questionnaire,
        language=sent.language,
        traveller=_traveller(sent.mrz, today),
        journey=JourneyIn.model_validate(
            {
                "flight": sent.flight, "from": origin, "to": kernel.site, "arrival_date": today,
                "purpose": sent.purpose,
            }
        ),
        companions=sent.companions,
        answers=sent.answers,
        goods=sent.goods,
        bags=sent.bags,
        stay_nights=sent.stay_nights,
        certified=True,
    )  # fmt: skip


def _traveller(zone: str, today: date) -> TravellerIn:
    """Who the passport belongs to. Raises InvalidError for what is no sound zone; it is never shown."""
    try:
        read = mrz.parse(zone, today)
        if not read.sound:
            raise InvalidError(fields=[FieldProblem("/mrz", "check_digit")])
        return TravellerIn(
            surname=read.surname or read.given,
            given_names=read.given if read.surname else "",
            document=DocumentIn(number=read.number, issuer=read.issuer),
            nationality=read.nationality,
            birth_date=form.printed(read.born),
        )
    except ValueError:
        raise InvalidError(fields=[FieldProblem("/mrz", "unreadable")]) from None


def _flights(session: Session, site: str, now: datetime) -> list[FlightOut]:
    """What has arrived or will, the newest first, each once."""
    gone = (FlightStatus.CANCELLED, FlightStatus.DIVERTED)
    rows = session.execute(
        sa.select(Flight.carrier, Flight.number, Flight.suffix, Flight.origin)
        .where(
            Flight.site == site,
            Flight.arrives_at.between(now - ARRIVED, now + ARRIVING),
            Flight.status.not_in(gone),
            Flight.origin != "",
        )
        .order_by(Flight.arrives_at.desc())
        .limit(MOST_FLIGHTS)
    )
    found = {str(codes.FlightNumber(r.carrier, r.number, r.suffix)): r.origin for r in rows}
    return [FlightOut(flight=flight, origin=origin) for flight, origin in found.items()]
