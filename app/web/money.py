"""Money as people type and read it, and in the minor units in which it is stored. Pure."""

from decimal import Decimal

from app.formats.currencies import MINOR_DIGITS


def to_minor(amount: Decimal, currency: str) -> int | None:
    """12.50 EUR is 1250; None for more digits than the currency has."""
    minor = amount.scaleb(MINOR_DIGITS.get(currency, 2))
    return int(minor) if minor == minor.to_integral_value() else None


def plain(minor: int, currency: str) -> str:
    """``12.50`` for 1250 of EUR: the amount alone, as it is typed."""
    digits = MINOR_DIGITS.get(currency, 2)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def grouped(minor: int, currency: str) -> str:
    """``30,000`` for minor units of a currency: the amount alone, to be read."""
    digits = MINOR_DIGITS.get(currency, 2)
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f}"


def money(minor: int, currency: str) -> str:
    """``JPY 30,000`` for minor units of a currency."""
    return f"{currency} {grouped(minor, currency)}"
