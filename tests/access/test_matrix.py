"""What docs/security.md says of roles is the permission table."""

from pathlib import Path

from app.identity.permissions import GRANTS, IN_CLEAR, LOCAL, POWERFUL, FieldGroup, Role

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


def line(role: Role) -> str:
    marks = [mark for mark, of in (("parts", LOCAL), ("two", POWERFUL)) if role in of]
    clear = [one for one in FieldGroup if one in IN_CLEAR[role]]
    seen = "all" if len(clear) == len(FieldGroup) else ", ".join(clear)
    return f"| {role} | {', '.join(marks)} | {seen} | {', '.join(sorted(GRANTS[role]))} |"


def test_the_document_shows_the_table() -> None:
    told = DOCUMENT.read_text().splitlines()
    assert [line(role) for role in Role if line(role) not in told] == []
