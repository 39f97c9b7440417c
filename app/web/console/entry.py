"""A declaration as an officer types it in: the fields of all the traveller's pages on one. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.formats.credential.claims import MAX_COMPANIONS, MAX_GOODS
from app.web.translation import N_, Words
from app.web.traveller import reading, steps
from app.web.traveller.draft import Draft
from app.web.traveller.reading import Problem, Setting
from app.web.traveller.steps import Page, Step

BESIDES = ("bags", "stay_nights")
CHANNELS = ("paper", "spoken")
CONTACT = ("address", "phone")
"""The fields of the form in which contacts stand."""
_MOST = {"bags": 99, "stay_nights": 3660}
_LISTS = {"companion": (Step.COMPANIONS, MAX_COMPANIONS), "goods": (Step.GOODS, MAX_GOODS)}

SAID: Final[Words[str]] = Words(
    {
        "number": N_("Enter the passport number"),
        "birth_date": N_("Enter the date of birth as printed in the passport"),
        "channel": N_("Say whether this comes from a paper form or from spoken answers"),
        "language": N_("Choose the language in which the form was signed or read out"),
        "certified": N_(
            "The traveller must have signed the form, or said that it is true and complete"
        ),
        "besides": N_("Enter a whole number, or leave it empty"),
    }
)
"""What only the officer's form says."""


def birth_date(fields: Mapping[str, str]) -> str:
    """``1991-06-08`` of what was typed in three fields; '' where it is none. 00 is what is left open."""
    day, month, year = (fields.get(f"birth_date-{part}", "") for part in ("day", "month", "year"))
    if not (year.isdecimal() and month.isdecimal() and day.isdecimal() and len(year) == 4):
        return ""
    return f"{year}-{month:0>2}-{day:0>2}"


def missing(number: str, birth: str) -> list[tuple[str, str]]:
    """What a search lacks: the id of a field, and the words."""
    found = [] if number else [("number", SAID["number"])]
    return found if birth else [*found, ("birth_date", SAID["birth_date"])]


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed; ``fields`` by the names that the traveller's pages give them. ``no_contact``: what is corrected
    has neither address nor telephone, and stays so.
    """

    setting: Setting
    fields: Mapping[str, str]
    no_contact: bool = False

    def rows(self, prefix: str) -> list[int]:
        """The numbers of the lines of a list that were begun."""
        return steps.rows_of(prefix, self._of(_LISTS[prefix][0]))

    def edited(self, go: str) -> "Entry | None":
        """With one line more or fewer, where that button was pressed; else None."""
        action, _, rest = go.partition("-")
        prefix, _, row = rest.partition("-")
        if prefix not in _LISTS or action not in ("add", "remove"):
            return None
        step, most = _LISTS[prefix]
        typed = self._of(step)
        if action == "add":
            changed = steps.with_row(prefix, typed, most)
        else:
            changed = steps.without_row(prefix, typed, row)
        kept = {name: value for name, value in self.fields.items() if name not in typed}
        return Entry(self.setting, kept | changed)

    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong, in the order of the form."""
        draft = self._draft()
        found = [
            problem
            for step in steps.steps_of(draft, self.setting.questionnaire)
            if step is not Step.CHECK
            for problem in reading.read(step, draft, self.setting).problems
        ]
        if self.rows(
            "goods"
        ):  # listed without a "yes" that asks for them, they are declared all the same
            found += reading.read(Step.GOODS, draft, self.setting).problems
        if self.no_contact:
            found = [one for one in found if one.field not in CONTACT]
        found += [Problem(name, "besides") for name in BESIDES if self._besides(name) is None]
        if self.fields.get("channel") not in CHANNELS:
            found.append(Problem("channel", "channel"))
        if self.fields.get("language") not in self.setting.questionnaire.languages:
            found.append(Problem("language", "language"))
        if self.fields.get("certified") != "yes":
            found.append(Problem("certified", "certified"))
        return tuple(dict.fromkeys(found))

    def submission(self) -> bytes:
        """The declaration as JSON in the API's shape; nothing may be wrong."""
        draft = self._draft()
        sent = json.loads(reading.submission(draft, self.setting, self.fields["language"]))
        if self.rows("goods"):
            sent["goods"] = reading.read(Step.GOODS, draft, self.setting).piece["goods"]
        if self.no_contact:
            sent["contact"] = None
        besides = {name: self._besides(name) for name in BESIDES}
        return json.dumps(sent | {k: v for k, v in besides.items() if v != ""}).encode()

    def _besides(self, name: str) -> int | str | None:
        """A number, '' for none, None for something that is no such number."""
        text = self.fields.get(name, "")
        if not text:
            return ""
        number = int(text) if text.isdecimal() and text.isascii() and len(text) < 6 else -1
        return number if 0 <= number <= _MOST[name] else None

    def _of(self, step: Step) -> dict[str, str]:
        return steps.take(Page(step), self.fields, self.setting.questionnaire)

    def _draft(self) -> Draft:
        pages = (step for step in Step if step is not Step.CHECK)
        return Draft("", {str(step): self._of(step) for step in pages})
