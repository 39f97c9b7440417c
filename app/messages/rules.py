"""What is known of how a sender deviates: the rules of its mapping, as data. Pure.

Rules are JSON of a fixed shape (all members optional)::

    {"carriers": {"ZZZ": "ZZ"}, "airports": {"TOK": "NRT"}, "documents": {"PP": "P"},
     "types": {"PAXLIST": "PAXLST"},
     "qualifiers": [{"tag": "LOC", "sent": "22", "meant": "87", "where": "header"}],
     "charset": "latin-1", "separators": ":+.?*'",
     "list_dates": "dmy", "booking_dates": "ymd", "border": "SYD-NRT"}

The fact sheet of senders knows each of these deviations from real messages.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.kernel.errors import FieldProblem, InvalidError
from app.kernel.texts import N_

MOST = 200  # entries of one table


class MappingInvalidError(InvalidError):
    """Rules that cannot be: ``fields`` says which."""

    code, status, title = "mapping-invalid", 422, N_("These rules cannot be used")


class Where(StrEnum):
    """In which half of a message a qualifier is meant differently.

    The body begins with the first person of a list, the first booking (SRC) of a push.
    """

    ANY = "any"
    HEADER = "header"
    BODY = "body"


class DateOrder(StrEnum):
    """How a sender orders day, month and year."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


CHARSETS: Mapping[str, str] = {
    "utf-8": "utf_8", "latin-1": "iso8859_1", "latin-2": "iso8859_2", "latin-5": "iso8859_9",
    "cyrillic": "iso8859_5", "greek": "iso8859_7", "arabic": "iso8859_6", "hebrew": "iso8859_8",
    "windows-1250": "cp1250", "windows-1251": "cp1251", "windows-1252": "cp1252",
    "shift-jis": "shift_jis", "gb18030": "gb18030", "euc-kr": "euc_kr",
}  # fmt: skip
"""Character sets that can be forced, with the name of the codec."""


@dataclass(frozen=True, slots=True)
class Qualifier:
    """``LOC+22`` means ``LOC+87``: tag, qualifier as sent, as meant, in which half."""

    tag: str
    sent: str
    meant: str
    where: Where = Where.ANY


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one sender; empty ones change nothing."""

    carriers: Mapping[str, str] = field(default_factory=dict)
    airports: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    qualifiers: tuple[Qualifier, ...] = ()
    charset: str = ""
    separators: str = ""
    list_dates: str = ""
    booking_dates: str = ""
    border: tuple[str, str] | None = None

    @property
    def rewrites(self) -> bool:
        """Whether segments are touched at all."""
        return bool(
            self.carriers or self.airports or self.documents or self.qualifiers
            or self.list_dates or self.booking_dates or self.border
        )  # fmt: skip

    def plain(self) -> dict[str, Any]:
        """The JSON that :func:`read_rules` takes, without what says nothing."""
        members: dict[str, Any] = {
            "carriers": dict(self.carriers), "airports": dict(self.airports),
            "documents": dict(self.documents), "types": dict(self.types),
            "qualifiers": [
                {"tag": q.tag, "sent": q.sent, "meant": q.meant, "where": str(q.where)}
                for q in self.qualifiers
            ],
            "charset": self.charset, "separators": self.separators,
            "list_dates": str(self.list_dates), "booking_dates": str(self.booking_dates),
            "border": "-".join(self.border or ()),
        }  # fmt: skip
        return {name: value for name, value in members.items() if value}


NO_RULES = Rules()

_CODE = re.compile(r"[A-Z0-9]{1,17}")
_MEANT: Mapping[str, re.Pattern[str]] = {
    "carriers": re.compile(r"[A-Z][A-Z0-9]|[0-9][A-Z]|[A-Z]{3}"),
    "airports": re.compile(r"[A-Z]{3}"),
    "documents": re.compile(r"[A-Z]{1,3}"),
    "types": re.compile(r"PAXLST|PNRGOV"),
}
_TAG = re.compile(r"[A-Z]{3}")
_QUALIFIER = re.compile(r"[A-Z0-9]{1,3}")
_BORDER = re.compile(r"([A-Z]{3})-([A-Z]{3})")


def read_rules(data: Mapping[str, Any]) -> Rules:
    """Rules out of JSON. Raises MappingInvalidError with a pointer for each that cannot be."""
    return _Reader(data).read()


class _Reader:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.problems: list[FieldProblem] = []

    def read(self) -> Rules:
        known = set(Rules.__dataclass_fields__)
        if not known.issuperset(self.data):
            self.wrong("*", "unknown")
        rules = Rules(
            carriers=self.table("carriers"), airports=self.table("airports"),
            documents=self.table("documents"), types=self.table("types"),
            qualifiers=self.qualifiers(), charset=self.one_of("charset", CHARSETS),
            separators=self.separators(), list_dates=self.one_of("list_dates", list(DateOrder)),
            booking_dates=self.one_of("booking_dates", list(DateOrder)), border=self.border(),
        )  # fmt: skip
        if self.problems:
            raise MappingInvalidError(fields=self.problems)
        return rules

    def wrong(self, pointer: str, code: str = "format") -> None:
        self.problems.append(FieldProblem(f"/{pointer}", code))

    def text(self, name: str) -> str:
        value = self.data.get(name) or ""
        if isinstance(value, str):
            return value
        self.wrong(name)
        return ""

    def table(self, name: str) -> dict[str, str]:
        value = self.data.get(name) or {}
        if not isinstance(value, Mapping) or len(value) > MOST:
            self.wrong(name)
            return {}
        fits: Callable[[str], object] = _MEANT[name].fullmatch
        pairs = {str(sent).upper(): str(meant).upper() for sent, meant in value.items()}
        if not all(_CODE.fullmatch(sent) and fits(meant) for sent, meant in pairs.items()):
            self.wrong(name)
            return {}
        return pairs

    def qualifiers(self) -> tuple[Qualifier, ...]:
        value = self.data.get("qualifiers") or []
        if not isinstance(value, list) or len(value) > MOST:
            self.wrong("qualifiers")
            return ()
        found = [self.qualifier(place, one) for place, one in enumerate(value)]
        return tuple(one for one in found if one)

    def qualifier(self, place: int, value: Any) -> Qualifier | None:
        members = {k: str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
        tag, sent, meant = (members.get(name, "").upper() for name in ("tag", "sent", "meant"))
        where = members.get("where", "any").lower()
        fits = (
            _TAG.fullmatch(tag)
            and not tag.startswith("UN")
            and _QUALIFIER.fullmatch(sent)
            and _QUALIFIER.fullmatch(meant)
            and where in list(Where)
        )
        if not fits:
            self.wrong(f"qualifiers/{place}")
            return None
        return Qualifier(tag, sent, meant, Where(where))

    def one_of(self, name: str, known: Mapping[str, str] | list[DateOrder]) -> str:
        value = self.text(name).lower()
        if value and value not in known:
            self.wrong(name)
            return ""
        return value

    def separators(self) -> str:
        """Six characters as in UNA: component, element, decimal, release, repetition, terminator."""
        value = self.text("separators")
        if not value:
            return ""
        distinct = [value[at] for at in (0, 1, 3, 5) if at < len(value) and value[at] != " "]
        odd = any(c.isalnum() or not c.isascii() or c in "\r\n\t\x00" for c in value)
        if (
            len(value) != 6
            or odd
            or len(set(distinct)) < len(distinct)
            or " " in value[:2] + value[5]
        ):
            self.wrong("separators")
            return ""
        return value

    def border(self) -> tuple[str, str] | None:
        value = self.text("border").upper()
        found = _BORDER.fullmatch(value)
        if value and (not found or found[1] == found[2]):
            self.wrong("border")
        return (found[1], found[2]) if found else None
