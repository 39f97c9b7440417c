"""What facts and relations are called in words, for officers who read why a rule or a list raised a hit."""

from collections.abc import Mapping

from app.kernel.texts import N_
from risk_rules.facts import CATALOGUE
from risk_rules.jurisdiction import SOURCE_WORDS
from risk_rules.language.units import WORDS
from risk_rules.names import Relation
from risk_rules.names.birth import NEAR_YEARS, NEAR_YEARS_ALONE, SAME_YEARS

BIRTH_RELATIONS: Mapping[str, str] = {
    Relation.EXACT: N_("same date of birth"),
    Relation.SWAPPED: N_("day and month swapped"),
    Relation.YEAR: N_("years of birth the same or %(same)s apart"),
    Relation.NEAR: N_(
        "years of birth up to %(near)s apart (up to %(alone)s where only a year is known)"
    ),
    Relation.LIST_HAS_NONE: N_("list has no date of birth"),
    Relation.TRAVELLER_HAS_NONE: N_("date of birth of the traveller unknown"),
    Relation.CONTRADICTION: N_("another date of birth"),
}
"""How a traveller's date of birth relates to the list's; messages, with BIRTH_YEARS to be set in."""
BIRTH_YEARS: Mapping[str, object] = {
    "same": SAME_YEARS, "near": NEAR_YEARS, "alone": NEAR_YEARS_ALONE,
}  # fmt: skip


def short(text: str) -> str:
    """The catalogue's text without its list of values or units."""
    return text.partition(":")[0].partition(",")[0]


def fact_texts() -> list[str]:
    """All texts of the catalogue."""
    lists = CATALOGUE.lists.values()
    found = [one.text for one in CATALOGUE.facts.values()]
    found += [one.text for one in lists]
    found += [field.text for one in lists for field in one.fields.values()]
    return list(dict.fromkeys(found))


def source_words() -> list[str]:
    """Where facts come from."""
    return list(SOURCE_WORDS.values())


def unit_words() -> list[str]:
    """In what facts are counted and how codes are written."""
    return sorted(WORDS)


def fact_text(name: str) -> str:
    """The catalogue's text of a fact (``booking.payment``), a list (``bags``) or a list's field
    (``bags.weight_g``); the name itself where the catalogue has none (any more).
    """
    if name in CATALOGUE.facts:
        return CATALOGUE.facts[name].text
    owner, _, field = name.partition(".")
    if found := CATALOGUE.lists.get(owner):
        return found.fields[field].text if field in found.fields else found.text
    return name
