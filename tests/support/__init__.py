"""Plain helpers of the tests."""

import json
from datetime import UTC, datetime

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)


def problem_code(text: str) -> str:
    """The code of a problem document."""
    return str(json.loads(text)["type"]).removeprefix("urn:egate:problem:")


SECOND_TRY = "second try"
"""Property of a report: the text of the error of the first try."""
