"""A traveller at the page, over HTTP: invented answers and the presses of buttons."""

import html
import re
from typing import Any

from starlette.testclient import TestClient

from tests.declarations.forms import QUESTIONS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

PASSPORT = {
    "surname": "LINDQVIST", "given_names": "ASTRID MAJ", "document_number": "SX4471209",
    "nationality": "SWE", "issuer": "SWE", "birth_date-day": "8", "birth_date-month": "6",
    "birth_date-year": "1991",
}  # fmt: skip
JOURNEY = {
    "flight": "XX 983", "from": "CPH", "to": "NRT", "arrival_date": "2026-03-10",
    "purpose": "tourism",
}  # fmt: skip
STAY = {"address": "4-5-6 Hinoki, Example-ku, Tokyo", "phone": "+81312345678"}
ELSA = {
    "companion-0-surname": "BERGMAN", "companion-0-given_names": "ELSA",
    "companion-0-document_number": "", "companion-0-birth_date-day": "30",
    "companion-0-birth_date-month": "9", "companion-0-birth_date-year": "2015",
}  # fmt: skip
NILS = {
    "companion-1-surname": "LINDQVIST", "companion-1-given_names": "NILS",
    "companion-1-document_number": "SX4471210", "companion-1-birth_date-day": "14",
    "companion-1-birth_date-month": "2", "companion-1-birth_date-year": "1989",
}  # fmt: skip
WATCH = {
    "goods-0-category": "other_goods", "goods-0-description": "Wrist watch", "goods-0-quantity": "1",
    "goods-0-value": "300,000", "goods-0-currency": "JPY",
}  # fmt: skip


def answers(*yes: str) -> dict[str, str]:
    return {f"answer-{name}": "yes" if name in yes else "no" for name in QUESTIONS}


class Traveller:
    """Presses buttons; ``at`` is where the last answer led, ``text`` what it showed."""

    def __init__(self, client: TestClient, language: str = "en") -> None:
        self.client = client
        self.base = f"/declare/{language}"
        self.at = ""
        self.text = ""
        self.status = 0

    def look(self, path: str) -> str:
        return self._shown(self.client.get(self.base + path, headers={"Accept": "text/html"}))

    def press(self, step: str, fields: dict[str, str], go: str = "next") -> str:
        return self._shown(
            self.client.post(
                f"{self.base}/{step}", data=fields | {"go": go}, headers={"Accept": "text/html"}
            )
        )

    def fill(self, *yes: str, **other: dict[str, str]) -> str:
        """Fill all pages up to the summary."""
        self.press("passport", PASSPORT | other.get("passport", {}))
        self.press("journey", JOURNEY | other.get("journey", {}))
        self.press("stay", STAY | other.get("stay", {}))
        self.press("companions", other.get("companions", {}))
        self.answer(*yes)
        if "goods" in other:
            self.press("goods", other["goods"])
        return self.text

    def answer(self, *yes: str) -> str:
        """Every question, each on its page."""
        for name, said in answers(*yes).items():
            self.press(name.replace("answer-", "question-"), {name: said})
        return self.text

    def certify(self) -> str:
        return self.press("check", {"certified": "yes"})

    @property
    def page(self) -> str:
        """The last part of the address."""
        return self.at.rpartition("/")[2]

    @property
    def errors(self) -> dict[str, str]:
        """The summary of errors: fields and what is said of them."""
        found = re.search(r'<div class="error-summary".*?</ul>', self.text, re.DOTALL)
        links = re.findall(r'<a href="#([^"]+)">([^<]*)</a>', found[0]) if found else []
        return {field: html.unescape(said) for field, said in links}

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.text, re.DOTALL)
        assert found
        return html.unescape(found[1])

    def _shown(self, answer: Any) -> str:
        self.at = answer.url.path
        self.status = answer.status_code
        self.text = answer.text
        return self.text
