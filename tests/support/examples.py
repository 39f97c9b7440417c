"""How many examples a property is tried with: a sample in each run of the suite, many more in the slow one."""

from typing import Any

import pytest


def examples(sample: int, many: int) -> Any:
    """The mark of a test that takes ``count`` and asks hypothesis for so many."""
    return pytest.mark.parametrize("count", [sample, pytest.param(many, marks=pytest.mark.slow)])
