"""Which currencies there are, and what their minor units are."""

from app.declarations.registry import all_versions
from app.formats.currencies import CURRENCIES, MINOR_DIGITS
from app.web.traveller import summary


def test_what_is_used_to_pay_is_known_and_what_is_not_is_not() -> None:
    assert {"JPY", "EUR", "XOF", "UGX"} <= CURRENCIES
    assert not CURRENCIES & {"DEM", "FRF", "HRK", "XAU", "XTS", "XXX", "XXQ"}


def test_digits_are_those_of_the_standard_not_those_of_prices_in_shops() -> None:
    none = {"CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF", "XPF"}
    three = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
    assert all(MINOR_DIGITS[one] == 0 for one in none)
    assert all(MINOR_DIGITS[one] == 3 for one in three)
    assert not MINOR_DIGITS.keys() & {"EUR", "HUF", "COP", "TWD"}  # two, whatever coins there are


def test_what_pages_and_questionnaires_offer_exists() -> None:
    charged = {form.duty.currency for form in all_versions().values() if form.duty}
    assert charged | set(summary.CURRENCIES) <= CURRENCIES
