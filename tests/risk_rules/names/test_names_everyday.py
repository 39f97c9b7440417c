"""The everyday variants that a matcher is judged by first, with the default thresholds; all sixteen."""

import pytest

from risk_rules.names import BirthDate, Entry, Matcher, Name, Person

BORN = "1970-05-12"
MOHAMMED = ("HASSAN", "MOHAMMED")
YAMADA = ("YAMADA", "TARO")


@pytest.mark.parametrize(
    ("entry", "listed", "traveller", "born", "expected"),
    [
        pytest.param(MOHAMMED, BORN, MOHAMMED, BORN, "alert", id="1 the same"),
        pytest.param(MOHAMMED, BORN, MOHAMMED, "1972-05-12", "alert", id="2 two years on"),
        pytest.param(MOHAMMED, BORN, MOHAMMED, "1970-12-05", "alert", id="3 day and month swapped"),
        pytest.param(("DUBOIS", "ANNE-MARIE"), BORN, ("DUBOIS", "ANNEMARIE"), BORN, "alert", id="4"),
        pytest.param(MOHAMMED, BORN, ("HASSAN", "MOHAMMAD"), BORN, "alert", id="5"),
        pytest.param(MOHAMMED, BORN, ("HASAN", "MUHAMMAD"), BORN, "alert", id="6"),
        pytest.param(YAMADA, BORN, ("TARO", "YAMADA"), BORN, "alert", id="7 fields swapped"),
        pytest.param(("MÜLLER", "JÜRGEN"), BORN, ("MUELLER", "JUERGEN"), BORN, "alert", id="8"),
        pytest.param(("GARCÍA", "JOSÉ"), BORN, ("GARCIA", "JOSE"), BORN, "alert", id="9"),
        pytest.param(("LOPEZ", "MARIA"), BORN, ("LOPEZ", "MARIA CARMEN"), BORN, "alert", id="10"),
        pytest.param(("LI", "WEI"), BORN, ("LI", "WEN"), BORN, "nothing", id="11 another name"),
        pytest.param(MOHAMMED, "", MOHAMMED, BORN, "alert", id="12 no birth date on the list"),
        pytest.param(MOHAMMED, BORN, MOHAMMED, "", "alert", id="13 no birth date of the traveller"),
        pytest.param(("JOSEPH", "DAVID"), BORN, ("JOSPH", "DAVID"), BORN, "alert", id="14"),
        pytest.param(("DOE", "JOHN"), BORN, ("DOE", "JON"), BORN, "alert", id="15"),
        pytest.param(MOHAMMED, BORN, MOHAMMED, "1990-05-12", "information", id="16 twenty years"),
    ],
)  # fmt: skip
def test_everyday_variants(
    entry: tuple[str, str], listed: str, traveller: tuple[str, str], born: str, expected: str
) -> None:
    dates = (BirthDate.parse(listed),) if listed else ()
    matcher = Matcher([Entry("E", (Name(*entry),), dates)])
    found = matcher.match(Person((Name(*traveller),), BirthDate.parse(born) if born else None))
    told = "nothing" if not found else "alert" if found[0].alert else "information"
    assert told == expected
