"""Questionnaires and exchange rates, from the command line; loads nothing of the service."""

import json
import sys
from pathlib import Path

from app.formats import exchange
from app.formats.questionnaire import QuestionnaireError, load


def check_exchange(file: Path) -> int:
    """``egate exchange check``: its weeks and 0; the place of the first fault and 1; 2 for no JSON."""
    try:
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        print("egate: the file cannot be read as JSON", file=sys.stderr)
        return 2
    try:
        found = exchange.load(data)
    except exchange.ExchangeError as error:
        print(json.dumps({"pointer": error.pointer}))
        return 1
    weeks = [f"{one.first}/{one.last}" for one in found.weeks]
    print(json.dumps({"base": found.base, "source": found.source, "weeks": weeks}))
    return 0


def check_questionnaire(file: Path) -> int:
    """``egate questionnaire check``: what it is and 0; the place of the first fault and 1; 2 for no JSON."""
    try:
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        print("egate: the file cannot be read as JSON", file=sys.stderr)
        return 2
    try:
        found = load(data)
    except QuestionnaireError as error:
        print(json.dumps({"pointer": error.pointer, "fault": error.reason}))
        return 1
    counts = {"questions": len(found.questions), "languages": len(found.languages)}
    print(json.dumps({"questionnaire": found.name, "id": found.id, **counts}))
    return 0
