"""Articles that follow, as an officer types them with the traveller. Pure."""

from decimal import Decimal, InvalidOperation
from typing import Final

from pydantic import ValidationError

from app.declarations.articles import ArticleIn, ArticlesIn, NothingFollowsError
from app.kernel.errors import InvalidError
from app.web.console.outcomes import Problem, TypedWrongError
from app.web.forms import Fields
from app.web.money import to_minor
from app.web.translation import N_, Words, gettext

ROWS = 6

_SAID: Final[Words[str]] = Words(
    {
        "packages": N_("Enter the number of packages, 1 to 999"),
        "sent_from": N_("Enter from where they were sent"),
    }
)


def read_articles(form: Fields) -> ArticlesIn:
    """What was typed. Raises :class:`app.web.console.outcomes.TypedWrongError`."""
    problems: list[Problem] = []
    lines = [_line(form, row, problems) for row in range(ROWS)]
    lines = [one for one in lines if one]
    if not lines and not problems:
        problems.append(Problem("article-0-description", gettext("List what is in the packages")))
    sent = {"seq": _whole(form.text("seq")), "packages": _whole(form.text("packages")),
            "sent_from": form.text("sent_from"), "articles": lines}  # fmt: skip
    for name in _SAID:
        if not sent[name] or (name == "packages" and not 0 < int(str(sent[name])) < 1000):
            problems.append(Problem(name, _SAID[name]))
    if problems:
        raise TypedWrongError(problems)
    try:
        return ArticlesIn.model_validate(sent, strict=False)
    except ValidationError:
        raise TypedWrongError(
            [Problem("sent_from", gettext("Something here is too long"))]
        ) from None


def in_words(error: InvalidError) -> list[Problem]:
    """What the feature refuses, at the form."""
    if isinstance(error, NothingFollowsError):
        said = gettext("The traveller declared that nothing follows: correct that answer first")
        return [Problem("packages", said)]
    return [Problem("article-0-value", gettext("Enter value and currency together"))]


def _line(form: Fields, row: int, problems: list[Problem]) -> ArticleIn | None:
    name = f"article-{row}"
    said = form.within(f"{name}-description", 200)
    if not said:
        return None
    quantity = _whole(form.text(f"{name}-quantity"))
    if not 0 < quantity <= 10**6:
        problems.append(
            Problem(f"{name}-quantity", gettext("Enter the number as a whole one, like 2"))
        )
        return None
    currency = form.text(f"{name}-currency").upper()
    value = _value(form.text(f"{name}-value"), currency)
    has_code = len(currency) == 3 and currency.isascii() and currency.isalpha()
    if (
        (value is None) is has_code
        or (value is not None and value < 0)
        or (currency and not has_code)
    ):
        problems.append(
            Problem(
                f"{name}-value", gettext("Enter value and currency together, like 1200 and JPY")
            )
        )
        return None
    return ArticleIn(description=said, quantity=quantity, value=value, currency=currency or None)


def _whole(text: str) -> int:
    """0 for what is no whole number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def _value(text: str, currency: str) -> int | None:
    """In minor units; None when nothing was typed, -1 for what is no amount."""
    if not text:
        return None
    try:
        amount = Decimal(text.replace(",", ""))
        minor = to_minor(amount, currency) if amount.is_finite() and 0 <= amount < 10**12 else None
    except InvalidOperation:
        return -1
    return -1 if minor is None else minor
