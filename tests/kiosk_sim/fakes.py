"""A service that answers what a test wants, in place of the HTTP client."""

import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.formats import duty
from app.formats.credential import Declaration, Goods, Identity, Journey, seal_declaration
from app.formats.questionnaire import load
from kiosk_sim.client import Credentials, Refused, ServiceUnavailable
from kiosk_sim.passport import Passport, invent
from tests.declarations.forms import DEVICE, NOW, TODAY

WORDS = Path(__file__).parents[2] / "app" / "web" / "traveller" / "words"
FORMS = Path(__file__).parents[2] / "app" / "declarations" / "questionnaires"
CREDENTIALS = Credentials("0190", "kiosk", "kiosk-1", "Hall A", "two-step", bytes(32))


def credentials(kind: str = "kiosk", steps: str = "two-step", name: str = "kiosk-1") -> Credentials:
    return Credentials("0190", kind, name, "Hall A", steps, bytes(32))


class FakeService:
    """``answer`` is what the next presentation gets (or the next of ``answers``); an exception is raised. ``presented``: what came."""

    standing: Sequence[Mapping[str, Any]] = ()
    """Notices that stand when it begins."""

    def __init__(self, credentials: Credentials = CREDENTIALS) -> None:
        self.credentials = credentials
        self.trust = None
        self.answer: Mapping[str, Any] | Exception = {"answer": "registered"}
        self.answers: list[Mapping[str, Any] | Exception] = []
        self.decided: Mapping[str, Any] | Exception = {"answer": "cleared"}
        self.passage: Exception | None = None
        self.trouble: Exception | None = None
        self.declared: list[dict[str, Any]] = []
        self.baskets: list[dict[str, Any]] = []
        self.refuses: Exception | None = None
        self.presented: list[dict[str, Any]] = []
        self.passed: list[str] = []
        self.reported: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
        self.orders: list[dict[str, Any]] = []
        self.mode = "normal"
        self.policy_age = 15
        self.beats: list[dict[str, Any]] = []
        self.notices = list(self.standing)
        self.closed = False
        self.lane_keys: list[bytes] = []
        self.kept: dict[str, dict[str, str]] = {}
        self.pictures: dict[str, tuple[bytes, bytes]] = {}
        self.page: bytes | None = None
        self.seen: list[tuple[str, bytes]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def close(self) -> None:
        self.closed = True

    def face_keys(self) -> dict[str, Any]:
        return {"keys": [key.hex() for key in self.lane_keys], "seconds": 3600}

    def keep_face(self, registration: str, sealed: dict[str, str]) -> None:
        if self.refuses:
            raise self.refuses
        self.kept[registration] = sealed

    def forget_face(self, registration: str) -> None:
        if self.refuses:
            raise self.refuses
        del self.kept[registration]

    def hand_pictures(self, presentation: str, person: bytes, passport: bytes) -> None:
        self.pictures[presentation] = (person, passport)

    def live_wanted(self, presentation: str) -> dict[str, Any]:
        del presentation
        return {"key": self.page.hex() if self.page else None}

    def show_live(self, presentation: str, sealed: bytes) -> dict[str, Any]:
        self.seen.append((presentation, sealed))
        return {"wanted": self.page is not None}

    def publish_face_key(self, key: bytes) -> None:
        self.lane_keys.append(key)

    def sought_faces(self, since: str | None) -> dict[str, Any]:
        if self.trouble:
            raise self.trouble
        faces = [
            {"registration": one, "sealed": text}
            for one, sealed in self.kept.items()
            for text in sealed.values()
        ]
        return {"registrations": list(self.kept), "faces": faces, "at": since}

    def present_face(self, registration: str, readings: dict[str, Any]) -> dict[str, Any]:
        self.presented.append({"registration": registration, "readings": readings})
        return _given(self.answers.pop(0) if self.answers else self.answer)

    def probe(self) -> None:
        if self.trouble:
            raise self.trouble

    def present(self, **what: Any) -> dict[str, Any]:
        self.presented.append(what)
        assert self.go_on.wait(20)
        answer = self.answers.pop(0) if self.answers else self.answer
        return _given(answer)

    def form(self, language: str) -> dict[str, Any]:
        if self.refuses:
            raise self.refuses
        return form_in(language)

    def estimate(self, basket: dict[str, Any]) -> dict[str, Any]:
        self.baskets.append(basket)
        return estimated(basket)

    def declare(self, declaration: dict[str, Any]) -> dict[str, Any]:
        self.declared.append(declaration)
        if self.refuses:
            raise self.refuses
        return {}

    def await_decision(self, presentation: str, seconds: float = 20) -> dict[str, Any]:
        del presentation, seconds
        assert self.go_on.wait(20)
        return _given(self.decided)

    def report_lane(
        self, status: dict[str, Any], notes: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        if self.trouble:
            raise self.trouble
        self.reported.append((status, list(notes)))
        return {"kept": len(notes)}

    def heartbeat(self, beat: dict[str, Any]) -> dict[str, Any]:
        if self.trouble:
            raise self.trouble
        self.beats.append(beat)
        told = {"mode": self.mode, "policy_age": self.policy_age, "rotate": False}
        return told | ({"notices": self.notices} if self.notices else {})

    def lane_orders(self, mode: str, wait: float) -> dict[str, Any]:
        if self.trouble:
            raise self.trouble
        time.sleep(min(wait, 0.1))
        orders, self.orders = self.orders, []
        return {"mode": self.mode, "orders": orders}

    def pass_through(self, presentation: str, others: Sequence[str] = ()) -> dict[str, Any]:
        if self.passage:
            raise self.passage
        self.passed += [presentation, *others]
        return {}


def _given(answer: Mapping[str, Any] | Exception) -> dict[str, Any]:
    if isinstance(answer, Exception):
        raise answer
    return {"id": "p1", "counter": None, **answer}


def lost() -> ServiceUnavailable:
    return ServiceUnavailable()


def refused(status: int, code: str = "invalid") -> Refused:
    return Refused(status, code)


def passport(seed: int = 7) -> Passport:
    return invent(random.Random(seed), datetime.now(UTC).date())


def code() -> str:
    """A declaration's code; the fake service does not open it."""
    someone = Identity("PENROSE", "JUNE", "KX1234567", "GBR", "GBR", 19700101)
    journey = Journey("XX983", "CPH", "NRT", TODAY, 1)
    iat = int(NOW.timestamp())
    declaration = Declaration(someone, journey, None, (), 1, 0, ())
    return seal_declaration(declaration, cti=bytes(16), iat=iat, exp=iat + 3600, key=DEVICE)


def form_in(language: str) -> dict[str, Any]:
    """What the service sends of the shipped form."""
    data = json.loads((FORMS / "jp-c5360-2024.json").read_text("utf-8"))

    def said(one: dict[str, Any]) -> dict[str, Any]:
        return {"id": one["id"], "text": one["text"][language]}

    def question(one: dict[str, Any]) -> dict[str, Any]:
        more = {name: one[name][language] for name in ("details", "on_yes") if name in one}
        return said(one) | more | {"demands": one.get("demands", [])}

    return {
        "questionnaire": data["key"],
        "title": data["title"][language],
        "questions": [question(one) for one in data["questions"]],
        "purposes": [said(one) for one in data["purposes"]],
        "categories": [
            said(one) | {"unit": one["unit"], "described": one.get("described", False)}
            for one in data["categories"]
        ],
        "allowances": [one["text"][language] for one in data["allowances"]],
        "currency": data["duty"]["currency"],
        "words": json.loads((WORDS / f"{language}.json").read_text("utf-8")),
        "digits": {"JPY": 0, "KRW": 0},
        "currencies": ["JPY", "USD", "EUR"],
        "certify": data["certify"][language],
        "flights": [{"flight": "XX983", "origin": "CPH"}, {"flight": "ZZ7", "origin": "SIN"}],
    }


def estimated(basket: dict[str, Any]) -> dict[str, Any]:
    """What the service says of a list of goods."""
    form = load(json.loads((FORMS / "jp-c5360-2024.json").read_text("utf-8")))
    numbers = {one.id: one.number for one in form.categories}
    goods = [
        Goods(numbers[one["category"]], None, one["quantity"], one["value"], one["currency"])
        for one in basket["goods"]
    ]
    today = int(datetime.now(UTC).strftime("%Y%m%d"))
    ages = [duty.age_on(int(born.replace("-", "")), today) for born in basket["born"]]
    found = duty.estimate(form, goods, ages)
    assert found
    return duty.as_json(form, found, basket["language"])
