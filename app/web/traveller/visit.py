"""One request to the traveller's page: its language, its questionnaire, the draft that came with it."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from app.declarations import form
from app.declarations.refusals import CredentialRefusedError
from app.declarations.registry import questionnaire_for
from app.formats.credential.claims import MAX_COMPANIONS, MAX_GOODS
from app.formats.questionnaire import Questionnaire, text
from app.identity.http import check_origin
from app.kernel.errors import NotFoundError
from app.kernel.http import Kernel, KernelDep
from app.notices.board import board_of
from app.notices.models import Audience
from app.web.pages import page
from app.web.traveller import draft as drafts
from app.web.traveller import own, summary
from app.web.traveller.draft import Draft
from app.web.traveller.reading import Setting
from app.web.traveller.rules import rules
from app.web.traveller.words import LANGUAGES, Words, catalogue


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to the page: its language, its setting, the draft that came with it."""

    request: Request
    kernel: Kernel
    words: Words
    setting: Setting
    draft: Draft | None

    @property
    def base(self) -> str:
        return f"/declare/{self.words.language}"

    def show(self, template: str, context: dict[str, Any], status: int = 200) -> Response:
        """Render a page of the traveller."""
        here = self.request.url.path.removeprefix(self.base)
        common = common_context(self.setting.questionnaire, self.words, here)
        posted = board_of(self.kernel).standing(Audience.TRAVELLERS, self.kernel.site)
        told = {"notices": [one.texts[self.words.language] for one in posted]}
        return page(f"traveller/{template}", common | context | told, status=status)

    def go(self, where: str) -> RedirectResponse:
        """To another page in the same language."""
        return RedirectResponse(f"{self.base}{where}", 303)

    def secret(self, identifier: UUID) -> str:
        return own.secret_of(self.request, self.kernel, identifier)


def common_context(questionnaire: Questionnaire, words: Words, here: str) -> dict[str, Any]:
    """What every page of the traveller says; ``here`` is its address below the language."""
    return {
        "w": words, "catalogue": catalogue(), "base": f"/declare/{words.language}", "here": here,
        "questionnaire": questionnaire, "step": None, "question": None, "problems": {}, "day_over": "", "notices": (),
        "said": partial(_said, questionnaire, words.language), "rules": rules(),
        "currencies": summary.CURRENCIES, "allowances": summary.allowances(questionnaire, words),
        "date_parts": words.all("date_parts"), "most_companions": MAX_COMPANIONS, "most_goods": MAX_GOODS,
    }  # fmt: skip


def _said(questionnaire: Questionnaire, language: str, texts: Any) -> str:
    return text(questionnaire, texts, language)


def visit(request: Request, kernel: KernelDep, language: str) -> Visit:
    """The visit behind a request. A 404 for a language that the page does not speak."""
    if language not in LANGUAGES:
        raise NotFoundError
    if request.method == "POST":
        check_origin(request)
    today = form.today_at(kernel.clock(), kernel.site, kernel.site)
    setting = Setting(questionnaire_for(kernel.site, kernel.questionnaire), kernel.site, today)
    return Visit(request, kernel, catalogue()[language], setting, drafts.load(request, kernel))


VisitDep = Annotated[Visit, Depends(visit)]


_REFUSED = {"already_used": "used", "superseded": "elsewhere"}


def refused(here: Visit, error: CredentialRefusedError, identifier: UUID | None) -> Response:
    """A declaration that can no longer be changed; the draft of the change is of no use any more."""
    found = own.look(here.kernel, identifier, here.secret(identifier)) if identifier else None
    message = _REFUSED.get(error.code, "withdrawn")
    answer = here.show("message.html", {"message": message, "own": found}, error.status)
    drafts.forget(answer, here.kernel)
    return answer
