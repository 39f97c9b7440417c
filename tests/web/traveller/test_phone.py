"""The app as a phone gets it: its edition, its worker, its words. What it does: tests/e2e/declare."""

import json
import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from app.kernel.http import Kernel
from app.web.assets import STATIC
from app.web.pages import environment
from app.web.traveller import phone
from app.web.traveller.rules import rules
from app.web.traveller.shell import Noting, escaped, filled
from app.web.traveller.words import LANGUAGES, catalogue

MODULES = STATIC / "js" / "traveller"


@pytest.fixture
def edition(kernel: Kernel) -> phone.Edition:
    return phone.edition_of(kernel)


@pytest.mark.parametrize("language", LANGUAGES)
def test_shell_and_texts_make_the_document(edition: phone.Edition, language: str) -> None:
    context = phone.app_context(edition, catalogue()[language])
    drawn = environment.get_template("traveller/app.html").render(context)
    assert phone.document(edition, language) == re.sub(r"\n\s+", "\n", drawn)
    assert "{{" not in drawn


def test_a_text_is_escaped_where_it_is_filled_in() -> None:
    noting = Noting(replace(catalogue()["en"], texts={"evil": '"><b>', "in": "<{what}>"}))
    shell = noting["evil"] + noting.say("in", what=noting["evil"]) + noting["evil"]
    assert shell == "{{0}}{{1}}{{0}}"
    assert filled(shell, escaped(noting.texts)) == (
        "&#34;&gt;&lt;b&gt;&lt;&#34;&gt;&lt;b&gt;&gt;&#34;&gt;&lt;b&gt;"
    )


def test_everything_that_is_kept_is_there(client: TestClient, edition: phone.Edition) -> None:
    for address in phone.kept(edition).files:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "set-cookie" not in answer.headers
    worker = client.get("/declare/sw.js")
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-type"].startswith("text/javascript")
    assert f'"declare-{phone.kept(edition).version}"' in worker.text
    assert json.dumps(phone.kept(edition).files) in worker.text
    shell = client.get("/declare/shell.html").headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in shell


def test_another_edition_has_another_name(edition: phone.Edition) -> None:
    others = [
        replace(edition, site="HND"), replace(edition, questionnaire="ut-channels-2025"),
        replace(edition, plain=True),
    ]  # fmt: skip
    names = {phone.kept(one).version for one in (edition, *others)}
    assert len(names) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_manifest_is_one_that_can_be_installed(client: TestClient, language: str) -> None:
    answer = client.get(f"/declare/{language}/manifest.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    found = answer.json()
    assert found["start_url"].startswith(found["scope"])
    assert (found["lang"], found["dir"]) == (language, catalogue()[language]["direction"])
    assert {icon["sizes"] for icon in found["icons"]} == {"192x192", "512x512"}
    for icon in found["icons"]:
        assert client.get(icon["src"]).headers["content-type"] == "image/png"


def test_every_word_that_a_module_says_is_in_the_document(edition: phone.Edition) -> None:
    known = set(re.findall(r'data-word="([^"]+)"', phone.document(edition, "en")))
    sources = "".join(path.read_text() for path in MODULES.glob("*.js"))
    said = set(re.findall(r'\b(?:say|spoken)\(\s*"([^"]+)"', sources))
    # keys that are chosen first: any text of a module that is one, but for the names of fields
    literals = set(re.findall(r'"([a-z]+_[a-z_]+)"', sources)) - rules().keys() - {"birth_date"}
    said |= literals & catalogue()["en"].texts.keys()
    assert {"offline_made", "used_hint", "capacity_near", "error_keys"} <= said
    assert said <= known
    for states in ("made", "accepted", "refused", "withdrawn", "expired"):
        assert f"state_{states}" in known
    assert {f"lane_{n}" for n in range(3)} <= known
    assert {f"error_mrz_{line}" for line in ("first", "second", "check")} <= known


def test_the_skeleton_has_every_number_and_no_text(edition: phone.Edition) -> None:
    found = phone.skeleton(edition)
    whole = edition.answered
    assert [one["number"] for one in found["questions"]] == [q.number for q in whole.questions]
    assert [one["lane"] for one in found["questions"]] == [q.lane for q in whole.questions]
    assert [one["unit"] for one in found["categories"]] == [c.unit for c in whole.categories]
    assert not re.search(r"[\u3040-\u9fff]", json.dumps(found, ensure_ascii=False))
