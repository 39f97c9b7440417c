"""The counter's page has words, and something to do, for whatever the counter may find."""

import ast
import inspect

from kiosk_sim import counter
from kiosk_sim.desk_words import DO, WORDS
from kiosk_sim.words import LANGUAGES


def test_everything_is_said_in_every_language() -> None:
    assert list(WORDS) == list(LANGUAGES)
    for language, words in WORDS.items():
        assert all(words.values()), language
        assert len(set(words.values())) == len(words), f"{language}: two texts are one"


def test_every_finding_of_the_counter_has_something_to_do() -> None:
    """The reasons that stand in the module; all others are codes of the credential page: "forged"."""
    said = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(counter)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    reasons = {one for one in said if one in DO or ("-" in one and " " not in one)}
    assert reasons - DO.keys() == set()
    assert {"already_used", "party_used", "document_mismatch", "sealed", "party"} <= reasons
    assert set(DO.values()) <= WORDS["en"].keys()
    assert DO.keys() - WORDS["en"].keys() == {"trust-stale"}  # said as: there is no list
    assert {"expired", "withdrawn", "superseded"} <= DO.keys()
