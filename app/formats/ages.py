"""Ages in whole years. Pure."""

from datetime import date


def age_on(birth: date | None, day: date) -> int | None:
    """Whole years; None when the date of birth is not known. Born after the day is below zero."""
    if birth is None:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; of 29 February the 28th, as PostgreSQL has it."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
