"""What becomes of goods, of money and of people, and what each of it needs to be said. Pure.

The service assesses no duty: an amount is what the State's own system said, with the number under which it stands
there. The table of needs is the same at the goods counter and at the end of an inspection.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from app.formats.currencies import CURRENCIES
from app.kernel.errors import EgateError, FieldProblem
from app.kernel.texts import N_
from app.referrals.kinds import Authority, DispositionKind, Method


class OutcomeInvalidError(EgateError):
    """The outcome is incomplete or contradicts itself; ``fields`` says where."""

    code, status, title = "outcome-invalid", 422, N_("The outcome is not complete")


@dataclass(frozen=True, slots=True)
class Disposal:
    """What became of something; ``amount`` in minor units of ``currency``.

    ``goods`` says of what, ``received_by`` who took over what was handed over. At the goods counter ``line`` is the
    number of the declared line, from 0; None for what was not declared.
    """

    kind: DispositionKind
    amount: int | None = None
    currency: str = ""
    external_ref: str = field(default="", repr=False)
    method: Method | None = None
    authority: Authority | None = None
    received_by: str = field(default="", repr=False)
    goods: str = field(default="", repr=False)
    line: int | None = None


_MONEY = frozenset({"amount", "method"})
NEEDS: Mapping[DispositionKind, frozenset[str]] = MappingProxyType(
    {
        DispositionKind.RELEASE: frozenset(),
        DispositionKind.ABANDON: frozenset(),
        DispositionKind.DUTY: _MONEY | {"external_ref"},
        DispositionKind.DEPOSIT: _MONEY | {"external_ref"},
        DispositionKind.RE_EXPORT: frozenset({"external_ref"}),
        DispositionKind.TEMPORARY_IMPORT: frozenset({"external_ref"}),
        DispositionKind.COMMERCIAL_ENTRY: frozenset({"external_ref"}),
        DispositionKind.HAND_OVER: frozenset({"authority", "received_by", "external_ref"}),
        DispositionKind.SEIZE: frozenset({"external_ref"}),
    }
)
"""What must be said of each kind; whoever pays nothing has no receipt elsewhere."""


def disposal_problems(disposals: Sequence[Disposal]) -> Iterator[FieldProblem]:
    """Every place that is wrong, as pointers below ``/dispositions``."""
    if not disposals:
        yield FieldProblem("/dispositions", "missing")
    for index, disposal in enumerate(disposals):
        for name, code in _problems(disposal):
            yield FieldProblem(f"/dispositions/{index}/{name}", code)


def _problems(disposal: Disposal) -> Iterator[tuple[str, str]]:
    is_exempt = disposal.method is Method.EXEMPT
    for name in sorted(NEEDS[disposal.kind]):
        if name == "external_ref" and is_exempt:
            continue
        value = getattr(disposal, name)
        if value is None or (isinstance(value, str) and not value.strip()):
            yield name, "missing"
    if (disposal.amount is None) != (not disposal.currency):
        yield "currency", "with-amount-only"
    if disposal.currency and disposal.currency not in CURRENCIES:
        yield "currency", "unknown"
    if "amount" in NEEDS[disposal.kind] and disposal.amount == 0 and not is_exempt:
        yield "amount", "nothing-is-exempt"
    if is_exempt and disposal.amount:
        yield "amount", "exempt-is-nothing"
    if (
        disposal.method is not None
        and disposal.amount is None
        and "amount" not in NEEDS[disposal.kind]
    ):
        yield "method", "with-amount-only"
    if disposal.kind is not DispositionKind.HAND_OVER and (
        disposal.authority is not None or disposal.received_by.strip()
    ):
        yield "authority", "with-hand-over-only"
