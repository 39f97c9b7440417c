"""Names and documents of travellers against watch lists."""

from risk_rules.names.birth import BirthDate, Relation
from risk_rules.names.entries import Document, Entry, Name, Person
from risk_rules.names.match import DEFAULT_THRESHOLDS, Match, Matcher
from risk_rules.names.normalise import NORMALISER_VERSION

__all__ = [
    "DEFAULT_THRESHOLDS",
    "NORMALISER_VERSION",
    "BirthDate",
    "Document",
    "Entry",
    "Match",
    "Matcher",
    "Name",
    "Person",
    "Relation",
]
