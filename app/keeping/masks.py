"""What stays of a value when it is masked (Directive (EU) 2016/681, article 12(2)): pseudonyms, ages, codes, counts. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.analysis.snapshots import IDENTIFYING, KNOWN_FACTS
from app.formats.ages import age_on, years_before
from app.keeping.rule import Mask, Masked
from app.kernel.crypto import Vault
from app.retention.marks import MARK, STAND_IN, is_stand_in

_TOLD = ("alert", "text", "result")
_READINGS = frozenset(
    {"chip", "face", "chip_checks", "document", "diplomatic", "healthy", MARK}
)  # fmt: skip


def nothing(column: str, sql: str = "''", value: Any = "") -> Mask:
    """The column becomes one value for everybody."""
    return Mask(lambda _row, _vault: value, f"t.{column} is distinct from {sql}")


def gone(column: str) -> Mask:
    """The column becomes null."""
    return Mask(lambda _row, _vault: None, f"t.{column} is not null")


def stand_in(column: str) -> Mask:
    """Text becomes a keyed pseudonym: equal for equal values, so that uniqueness and counts stay."""

    def made(row: Mapping[str, Any], vault: Vault) -> str:
        value = str(row[column])
        return (
            value if is_stand_in(value) or not value else f"{STAND_IN}{_hex(vault, column, value)}"
        )

    return Mask(made, f"(t.{column} <> '' and t.{column} not like '~%')")


def stand_in_bytes(column: str) -> Mask:
    """Likewise of bytes; a pseudonym is 17 bytes, the first of them a tilde."""

    def made(row: Mapping[str, Any], vault: Vault) -> bytes:
        value = bytes(row[column])
        return (
            value if is_stand_in(value)
            else STAND_IN.encode() + vault.pseudonym(f"masked/{column}", value.hex())
        )  # fmt: skip

    return Mask(
        made, f"(length(t.{column}) <> 17 or substring(t.{column} from 1 for 1) <> '\\x7e')"
    )


def age_alone(column: str, day: str) -> Mask:
    """A date of birth becomes the latest that gives the same age in years on ``day``, a column that is read too. It is for
    counting: nobody sent it, and nobody is shown it (``known_birth_date`` of the rows).
    """

    def made(row: Mapping[str, Any], vault: Vault) -> date | None:
        del vault
        born, on = row[column], row["day"]
        years = age_on(born, on)
        return born if years is None else years_before(on, years)

    return Mask(
        made,
        f"t.{column} is distinct from ({day} - make_interval(years => "
        f"date_part('year', age({day}, t.{column}))::int))::date",
    )


def record(column: str, kept: Masked | None = None) -> Mask:
    """JSON becomes what ``kept`` leaves of it, marked."""

    def made(row: Mapping[str, Any], vault: Vault) -> Any:
        value = row[column]
        if value is None:
            return None
        return {**(kept(row, vault) if kept else {}), MARK: True}

    return Mask(made, f"not coalesce(t.{column} ? '{MARK}', t.{column} is null)")


def explanation(column: str) -> Mask:
    """Of why a hit was raised the rule's condition and whether it alerted; no values, nobody's names."""

    def kept(row: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
        del vault
        return {key: row[column][key] for key in _TOLD if key in row[column]} | {"values": {}}

    return record(column, kept)


def bookings(column: str) -> Mask:
    """Of what bookings say of somebody only which bookings: they belong together still."""

    def made(row: Mapping[str, Any], vault: Vault) -> Any:
        del vault
        return None if row[column] is None else {key: {MARK: True} for key in row[column]}

    return Mask(
        made,
        f"exists (select from jsonb_each(t.{column}) e where e.value <> '{{\"{MARK}\": true}}')",
    )


def readings(column: str) -> Mask:
    """Of what a device read the codes."""

    def kept(row: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
        del vault
        return {key: value for key, value in row[column].items() if key in _READINGS}

    return record(column, kept)


def facts(column: str) -> Mask:
    """Facts as masked snapshots have them: nothing that names one thing of one person, days as the first of their
    month, and of nothing that the catalogue does not know.
    """

    def kept(row: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
        del vault
        return {
            name: _fact(name, value) for name, value in row[column].items() if name in KNOWN_FACTS
        }

    return record(column, kept)


def _fact(name: str, value: Any) -> Any:
    if name in IDENTIFYING:
        return None
    if isinstance(value, Mapping):
        return {inner: _fact(f"{name}.{inner}", one) for inner, one in value.items()}
    if isinstance(value, list):
        return [_fact(name, one) for one in value]
    return _month(value) if isinstance(value, str) else value


def _month(text: str) -> str:
    """The first of the month of a day in ISO form; other text as it is."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    return (day - timedelta(days=day.day - 1)).isoformat() if day else text


def _hex(vault: Vault, column: str, value: str) -> str:
    return vault.pseudonym(f"masked/{column}", value).hex()
