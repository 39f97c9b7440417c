"""What the pages show of data quality, to officers and to senders alike. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.formats.document_numbers import NumberFault
from app.messages.figures import Figures, Row
from app.messages.quality import BOOKING_ELEMENTS, LIST_ELEMENTS
from app.web.charts import Columns, columns
from app.web.translation import N_, Words, gettext

LABELS: Mapping[str, str] = Words({
    "surname": N_("Surname"), "given-names": N_("Given names"), "birth-date": N_("Date of birth"),
    "sex": N_("Sex"), "nationality": N_("Nationality"), "document-type": N_("Type of document"),
    "document-number": N_("Number of document"), "document-issuer": N_("State of issue"),
    "document-expiry": N_("Expiry of document"), "locator": N_("Booking locator"),
    "reference": N_("Unique reference"), "seat": N_("Seat"), "bags": N_("Bags"), "document": N_("Document"),
    "contact": N_("Contact"), "payment": N_("Payment"), "ticket": N_("Ticket"),
})  # fmt: skip
NUMBERS: Mapping[NumberFault, str] = Words(
    {
        NumberFault.CHECK_DIGIT: N_("Check digit of the zone glued on"),
        NumberFault.FILLER: N_("Filler instead of a number"),
        NumberFault.SHAPE: N_("Too short, too long, or letters alone"),
        NumberFault.STATE: N_("Not as passports of that state are numbered"),
    }
)
_OF_BOOKINGS = frozenset({"contact", "payment"})


@dataclass(frozen=True, slots=True)
class Field:
    """An element: of how many people (or bookings) it is missing, or was sent and cannot be read."""

    label: str
    of: int
    missing: int
    wrong: int

    @property
    def missing_share(self) -> float:
        return self.missing / self.of if self.of else 0.0

    @property
    def wrong_share(self) -> float:
        return self.wrong / self.of if self.of else 0.0


def context(figures: Figures) -> dict[str, Any]:
    """What the template of figures needs."""
    return {
        "figures": figures, "total": figures.total, "days": days_chart(figures),
        "list_fields": list_fields(figures.total), "booking_fields": booking_fields(figures.total),
        "numbers": [
            (said, figures.total.count(f"PAXLST.number.{one}"),
             figures.total.count(f"PNRGOV.number.{one}"))
            for one, said in NUMBERS.items()
        ],
        "faults": sorted(
            ((name.removeprefix("fault."), count) for name, count in figures.total.counts.items()
             if name.startswith("fault.")),
            key=lambda pair: -pair[1],
        )[:12],
        "percent": percent, "lead": lead,
    }  # fmt: skip


def days_chart(figures: Figures) -> Columns:
    """Messages by day; those that were not applied are marked. Days without any have their place."""
    known = {row.day: row for row in figures.days}
    if not known:
        return columns([])
    first, last = min(filter(None, known)), max(filter(None, known))
    span = range(first.toordinal(), last.toordinal() + 1)
    rows = [(day, known.get(day)) for day in map(date.fromordinal, span)]
    return columns([
        (day.isoformat(), row.count("messages") if row else 0, row.count("not_applied") if row else 0)
        for day, row in rows
    ])  # fmt: skip


def list_fields(row: Row) -> list[Field]:
    """The elements of people in passenger lists, worst first."""
    return _fields(row, "PAXLST", [str(one) for one in LIST_ELEMENTS])


def booking_fields(row: Row) -> list[Field]:
    """The elements of bookings and the people in them, worst first."""
    return _fields(row, "PNRGOV", BOOKING_ELEMENTS)


def _fields(row: Row, kind: str, elements: Any) -> list[Field]:
    made = [
        Field(
            LABELS[one],
            row.count(f"{kind}.bookings" if one in _OF_BOOKINGS else f"{kind}.persons"),
            row.count(f"{kind}.missing.{one}"), row.count(f"{kind}.wrong.{one}"),
        )
        for one in elements
    ]  # fmt: skip
    return sorted(made, key=lambda field: -(field.missing_share + field.wrong_share))


def percent(share: float | None) -> str:
    """``12 %``, ``0.4 %``; a hyphen for nothing to divide by."""
    if share is None:
        return "-"
    amount = share * 100
    if 0 < amount < 0.1:
        return "< 0.1 %"
    return f"{amount:.1f} %" if 0 < amount < 10 else f"{amount:.0f} %"


def lead(minutes: int | None) -> str:
    """How long before departure: ``2 h 05 min``; ``10 min after``; a hyphen for nothing known."""
    if minutes is None:
        return "-"
    hours, rest = divmod(abs(minutes), 60)
    said = (
        gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=format(rest, "02d")) if hours
        else gettext("%(n)s min", n=rest)
    )  # fmt: skip
    return said if minutes >= 0 else gettext("%(span)s after", span=said)
