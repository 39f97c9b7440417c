"""The currencies of ISO 4217 as its maintenance agency lists them now, and the digits of their minor units. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

import iso4217

_DIGITS = {
    one.code: one.exponent for one in iso4217.Currency if one.exponent is not None
}  # metals, funds of funds and codes for tests have none

CURRENCIES = frozenset(_DIGITS)
"""What money is stated in: the codes in use that have a minor unit, none that has been withdrawn."""

MINOR_DIGITS: Mapping[str, int] = MappingProxyType(
    {code: digits for code, digits in sorted(_DIGITS.items()) if digits != 2}
)
"""Digits of the minor unit where they are not two."""
