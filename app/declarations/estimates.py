"""What declared goods are estimated to cost: the figure that the traveller sees, never an assessment."""

from datetime import date

from app.declarations import exchange
from app.formats.credential import Declaration
from app.formats.duty import Estimate, age_on, estimate, rates_for
from app.formats.questionnaire import Questionnaire


def estimate_of(form: Questionnaire, value: Declaration) -> Estimate | None:
    """As the phone computes it, also with the exchange rates for the day of arrival."""
    used = rates_for(form, exchange.current(), value.journey.arrival)
    return estimate(form, value.goods, ages_of(value), used)


def ages_of(value: Declaration) -> list[int | None]:
    """The ages of everybody on a declaration on the day of arrival."""
    day = _wire(value.journey.arrival)
    births = [value.identity.birth_date, *(one.birth_date for one in value.companions)]
    return [age_on(birth, day) for birth in births]


def _wire(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day
