"""Plain helpers of the tests."""

import json
from datetime import UTC, datetime

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)


WHY: dict[str, str] = {"why_not": "explained", "note": "Papers at hand explain the journey"}
"""What a release says: in the high band of risk a reason is needed."""
WHY_TYPED: dict[str, str] = {"why-not": WHY["why_not"], "why-note": WHY["note"]}
"""The same in a form of the console."""


def problem_code(text: str) -> str:
    """The code of a problem document."""
    return str(json.loads(text)["type"]).removeprefix("urn:egate:problem:")


SECOND_TRY = "second try"
"""Property of a report: the text of the error of the first try."""
