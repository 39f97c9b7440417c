"""What facts are called in words, for officers who read why a rule fired."""

from risk_rules.facts import CATALOGUE


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
