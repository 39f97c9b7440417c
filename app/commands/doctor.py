"""``egate doctor``: a line for each check; JSON for programs."""

import json

from app.config import Settings
from app.doctor.examine import examine, worst
from app.doctor.finding import Level
from app.kernel.clock import system_clock


def run(*, as_json: bool) -> int:
    """Exit 0 if nothing failed (warnings are told), else 1."""
    findings = examine(Settings(), system_clock())
    level = worst(findings)
    if as_json:
        print(json.dumps({"level": level, "findings": [one.wire() for one in findings]}, indent=1))
    else:
        for one in findings:
            print(f"{one.level:<4}  {one.check}: {one.says}")
            if one.do:
                print(f"        -> {one.do}")
    return 1 if level is Level.FAIL else 0
