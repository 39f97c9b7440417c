"""States as travellers call them: the names of the Unicode CLDR in the language of the page."""

from functools import cache

from babel import Locale

from app.formats import codes


def name(code: str, language: str) -> str:
    """The name of a state or other issuer by any of its codes; English where CLDR has none (refugees...), '' where
    nobody knows the code.
    """
    known = codes.country(code)
    if known is None:
        return ""
    return _named(language).get(known.alpha2) or known.name


@cache
def choices(language: str) -> list[tuple[str, str]]:
    """Codes as passports print them, with the state's name, by name."""
    found = {
        ("D" if one.alpha3 == "DEU" else one.alpha3): name(one.alpha3, language)
        for one in codes.countries()
    }
    return sorted(found.items(), key=lambda pair: pair[1].casefold())


@cache
def _named(language: str) -> dict[str, str]:
    return dict(Locale.parse(language, sep="-").territories)
