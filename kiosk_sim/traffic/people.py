"""Invented people with their documents: whole families, regulars who fly again and again, crew."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from app.formats.mrz import transliterate
from kiosk_sim.passport import Passport
from kiosk_sim.traffic import names

Sex = Literal["M", "F"]
Kind = Literal["ADT", "CHD", "INF"]

_YEAR = 365.25
_LETTERS = "BCDFGHJKLMNPRSTVWXYZ"
_SHAPES = {
    # How a state numbers its passports: @ a letter, 0 a digit.
    "JPN": "@@0000000", "KOR": "M00000000", "CHN": "E@0000000", "USA": "000000000",
    "GBR": "000000000", "DEU": "C@@00@000", "FRA": "00@@00000", "IND": "@0000000",
    "AUS": "@@0000000", "THA": "@@0000000", "BRA": "@@000000",
}  # fmt: skip
_NEEDS_VISA = frozenset(
    {"IND", "NPL", "LKA", "PHL", "VNM", "CHN", "NGA", "GHA", "KEN", "ETH", "EGY"}
)
_DUAL = {"GBR": "IRL", "FRA": "BEL", "DEU": "AUT", "BRA": "PRT", "ARG": "ITA", "USA": "CAN"}
_SINGLE = frozenset({"IDN", "IND", "LKA"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who travels. ``surname`` and ``given`` are the passport's name in the letters of messages;
    ``second`` is the passport of another nationality, ``visa`` the number of one, both '' or None mostly.
    """

    passport: Passport
    surname: str
    given: str
    kind: Kind
    title: str = ""
    second: Passport | None = None
    visa: str = ""
    residence: str = ""
    phone: str = ""
    mail: str = ""
    flyer: tuple[str, str, str] | None = None  # carrier, number, tier

    @property
    def name(self) -> tuple[str, str]:
        return self.surname, self.given


def person(
    chance: random.Random,
    today: date,
    state: str,
    kind: Kind = "ADT",
    *,
    sex: Sex | None = None,
    surname: str = "",
    age: tuple[int, int] | None = None,
) -> Person:
    """A new person; ``surname`` is the family's name, ``age`` from and to in years."""
    found: Sex = "M" if sex == "M" or (sex is None and chance.random() < 0.5) else "F"
    first, last = age or _AGES[kind]
    born = today - timedelta(days=round(chance.uniform(first * _YEAR + 30, last * _YEAR)))
    family = surname or names.surname(chance, state)
    single = not surname and state in _SINGLE and chance.random() < 0.25
    given = "" if single else names.given(chance, state, found)
    booklet = passport(chance, today, state, (family, given, found, born))
    second = None
    if state in _DUAL and chance.random() < 0.03:
        second = passport(chance, today, _DUAL[state], (family, given, found, born))
    return Person(
        booklet, transliterate(family), transliterate(given), kind, _title(chance, found, kind),
        second, _visa(chance, state), state, _phone(chance) if kind == "ADT" else "",
        _mail(chance, given, family) if kind == "ADT" else "",
    )  # fmt: skip


_AGES: dict[Kind, tuple[int, int]] = {"ADT": (19, 78), "CHD": (2, 11), "INF": (0, 1)}


def passport(
    chance: random.Random, today: date, state: str, holder: tuple[str, str, Sex, date]
) -> Passport:
    """A passport that is valid for months at least, issued within the last ten years."""
    family, given, sex, born = holder
    expires = today + timedelta(days=chance.randrange(190, 3600))
    return Passport(family, given, sex, born, state, document_number(chance, state), expires)


def document_number(chance: random.Random, state: str) -> str:
    """A number in the shape that the state's passports have, or a common one."""
    shape = _SHAPES.get(state, "@00000000")
    digits = f"{chance.randrange(10**9):09d}"
    found = [
        chance.choice(_LETTERS) if sign == "@" else digits[place] if sign == "0" else sign
        for place, sign in enumerate(shape)
    ]
    return "".join(found)


def _title(chance: random.Random, sex: Sex, kind: Kind) -> str:
    if kind != "ADT":
        return "MSTR" if sex == "M" else "MISS"
    return "MR" if sex == "M" else chance.choice(("MRS", "MS"))


def _visa(chance: random.Random, state: str) -> str:
    return f"V{chance.randrange(10**8):08d}" if state in _NEEDS_VISA else ""


def _phone(chance: random.Random) -> str:
    """In the ranges that are kept for fiction: 555-0100 to 0199, and 07700 900000 to 900999."""
    if chance.random() < 0.5:
        return f"1212555{chance.randrange(100, 200):04d}"
    return f"447700900{chance.randrange(1000):03d}"


def _mail(chance: random.Random, given: str, family: str) -> str:
    first = transliterate(given).split(" ")[0] or "ME"
    last = transliterate(family).split(" ")[-1]
    return f"{first}.{last}{chance.randrange(100)}@MAIL.EXAMPLE"


# --- families, regulars, crew ---------------------------------------------------------------------


def family(chance: random.Random, today: date, state: str) -> list[Person]:
    """One or two parents, one to three children, perhaps with an infant on the lap; one surname mostly."""
    mother = person(chance, today, state, sex="F", age=(24, 45))
    both = chance.random() < 0.8
    father = person(chance, today, state, sex="M", age=(26, 50))
    name = father.passport.surname if both else mother.passport.surname
    parents = [mother]
    if both:
        takes_it = state not in ("KOR", "CHN", "ESP", "VNM") and chance.random() < 0.8
        parents = [father, _named(mother, name) if takes_it else mother]
    kinds: list[Kind] = ["CHD"] * chance.choice((1, 1, 2, 2, 3))
    if chance.random() < 0.3:
        kinds[-1] = "INF"
    return [*parents, *(person(chance, today, state, kind, surname=name) for kind in kinds)]


def _named(who: Person, surname: str) -> Person:
    return replace(
        who, surname=transliterate(surname), passport=replace(who.passport, surname=surname)
    )


def regular(
    chances: Callable[..., random.Random], key: str, today: date, state: str, carrier: str
) -> Person:
    """A business traveller who comes back: the same name, birth and card on every day of a seed.

    ``chances(*key)`` is chance by key. The passport has a new number after each renewal.
    """
    chance = chances(key)
    who = person(chance, _REGULARS_AS_OF, state, age=(25, 58))
    age_of_booklet = today.toordinal() + chance.randrange(_BOOKLET_DAYS)
    generation, used = divmod(age_of_booklet, _BOOKLET_DAYS)
    booklet = replace(
        who.passport,
        number=document_number(chances(key, generation), state),
        expires_on=today + timedelta(days=_BOOKLET_DAYS - used + _RENEWED_BEFORE),
    )
    flyer = (carrier, f"{chance.randrange(10**9):09d}", chance.choice(("SILV", "GOLD", "PLAT")))
    return replace(who, passport=booklet, flyer=flyer)


_REGULARS_AS_OF = date(2026, 1, 1)
_BOOKLET_DAYS = 3600
_RENEWED_BEFORE = 200  # days before it expires


def crew(chance: random.Random, today: date, state: str, count: int) -> list[Person]:
    """Pilots and cabin crew."""
    return [person(chance, today, state, age=(23, 58)) for _ in range(count)]
