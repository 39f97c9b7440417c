"""Questionnaires and exchange rates, from the command line; loads nothing of the service."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.formats import exchange
from app.formats.questionnaire import QuestionnaireError, load


def check_exchange(file: Path) -> int:
    """``egate exchange check``: its weeks and 0; the place of the first fault and 1; 2 for no JSON."""

    def told(data: Any) -> dict[str, Any]:
        found = exchange.load(data)
        weeks = [f"{one.first}/{one.last}" for one in found.weeks]
        return {"base": found.base, "source": found.source, "weeks": weeks}

    return _checked(file, told)


def check_questionnaire(file: Path) -> int:
    """``egate questionnaire check``: what it is and 0; the place of the first fault and 1; 2 for no JSON."""

    def told(data: Any) -> dict[str, Any]:
        found = load(data)
        counts = {"questions": len(found.questions), "languages": len(found.languages)}
        return {"questionnaire": found.name, "id": found.id, **counts}

    return _checked(file, told)


def _checked(file: Path, told: Callable[[Any], dict[str, Any]]) -> int:
    try:
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        print("egate: the file cannot be read as JSON", file=sys.stderr)
        return 2
    try:
        print(json.dumps(told(data)))
    except QuestionnaireError as error:
        print(json.dumps({"pointer": error.pointer, "fault": error.reason}))
        return 1
    except exchange.ExchangeError as error:
        print(json.dumps({"pointer": error.pointer}))
        return 1
    return 0
