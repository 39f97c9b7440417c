"""Phrase cards: what an officer says to a traveller without a common language, shown in large letters and heard.

The sentences are fixed, so that they can be recorded ahead and checked by somebody who speaks the language;
nothing is translated by a machine while a traveller waits.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.formats.languages import LANGUAGES
from app.identity.http import require
from app.identity.officers import SignedIn
from app.identity.permissions import Permission
from app.kernel.errors import NotFoundError
from app.kernel.http import KernelDep
from app.web.console.view import show
from app.web.traveller.words import catalogue

router = APIRouter(prefix="/phrases")
SpeakerDep = Annotated[SignedIn, Depends(require(Permission.ENTER_DECLARATION))]

_ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "hello": (
        "Hello. I am a customs officer.", "こんにちは。税関の職員です。", "您好，我是海关人员。", "您好，我是海關人員。",
        "안녕하세요. 세관 직원입니다.", "مرحبًا. أنا موظف جمارك.",
    ),
    "passport": (
        "Your passport, please.", "パスポートを見せてください。", "请出示您的护照。", "請出示您的護照。",
        "여권을 보여 주세요.", "جواز سفرك من فضلك.",
    ),
    "code": (
        "Please show the code of your declaration.", "申告のコードを見せてください。", "请出示您的申报代码。", "請出示您的申報代碼。",
        "신고 코드를 보여 주세요.", "يرجى إظهار رمز الإقرار الخاص بك.",
    ),
    "come": (
        "Please come with me.", "こちらへ来てください。", "请跟我来。", "請跟我來。",
        "저와 함께 가 주세요.", "تفضل معي من فضلك.",
    ),
    "wait": (
        "Please wait here a moment.", "ここで少しお待ちください。", "请在这里稍等片刻。", "請在這裡稍等片刻。",
        "여기서 잠시 기다려 주세요.", "يرجى الانتظار هنا قليلًا.",
    ),
    "your-bag": (
        "Is this your baggage?", "これはあなたの荷物ですか。", "这是您的行李吗？", "這是您的行李嗎？",
        "이것이 당신의 짐입니까?", "هل هذه أمتعتك؟",
    ),
    "packed": (
        "Did you pack it yourself?", "ご自分で荷造りしましたか。", "行李是您自己收拾的吗？", "行李是您自己收拾的嗎？",
        "짐을 직접 싸셨습니까?", "هل حزمت أمتعتك بنفسك؟",
    ),
    "entrusted": (
        "Did anybody ask you to carry something?", "だれかに何かを運ぶよう頼まれましたか。", "有人托您带东西吗？", "有人託您帶東西嗎？",
        "누군가 물건을 대신 가져다 달라고 부탁했습니까?", "هل طلب منك أحد أن تحمل شيئًا؟",
    ),
    "open-bag": (
        "Please open this bag.", "このかばんを開けてください。", "请打开这个包。", "請打開這個包。",
        "이 가방을 열어 주세요.", "يرجى فتح هذه الحقيبة.",
    ),
    "pockets": (
        "Please put everything from your pockets into the tray.", "ポケットの中の物をすべてトレーに出してください。", "请把口袋里的东西全部放进托盘。",
        "請把口袋裡的東西全部放進托盤。", "주머니에 있는 것을 모두 바구니에 넣어 주세요.", "يرجى وضع كل ما في جيوبك في الصينية.",
    ),
    "food": (
        "Do you carry meat, fruit or plants?", "肉、果物、または植物を持っていますか。", "您带有肉类、水果或植物吗？", "您帶有肉類、水果或植物嗎？",
        "고기, 과일 또는 식물을 가지고 있습니까?", "هل تحمل لحومًا أو فواكه أو نباتات؟",
    ),
    "money": (
        "How much money do you carry?", "現金をいくら持っていますか。", "您携带了多少现金？", "您攜帶了多少現金？",
        "돈을 얼마나 가지고 있습니까?", "كم تحمل من المال؟",
    ),
    "receipts": (
        "Do you have receipts for this?", "これの領収書はありますか。", "您有这些物品的收据吗？", "您有這些物品的收據嗎？",
        "이것의 영수증이 있습니까?", "هل لديك إيصالات لهذا؟",
    ),
    "write": (
        "Please write it down here.", "ここに書いてください。", "请写在这里。", "請寫在這裡。",
        "여기에 적어 주세요.", "يرجى كتابته هنا.",
    ),
    "duty": (
        "Duty must be paid on these goods.", "この品物には税金がかかります。", "这些物品需要缴纳关税。", "這些物品需要繳納關稅。",
        "이 물품에는 세금을 내야 합니다.", "يجب دفع رسوم جمركية على هذه البضائع.",
    ),
    "not-allowed": (
        "These goods may not be brought in.", "この品物は持ち込めません。", "这些物品不得带入。", "這些物品不得帶入。",
        "이 물품은 반입할 수 없습니다.", "لا يُسمح بإدخال هذه البضائع.",
    ),
    "sign": (
        "Please read this and sign here.", "これを読んで、ここに署名してください。", "请阅读后在这里签名。", "請閱讀後在這裡簽名。",
        "이것을 읽고 여기에 서명해 주세요.", "يرجى قراءة هذا والتوقيع هنا.",
    ),
    "interpreter": (
        "Would you like an interpreter?", "通訳が必要ですか。", "您需要翻译吗？", "您需要翻譯嗎？",
        "통역이 필요하십니까?", "هل تريد مترجمًا؟",
    ),
    "unwell": (
        "Do you feel unwell? Do you need a doctor?", "気分が悪いですか。医師が必要ですか。", "您身体不舒服吗？需要医生吗？", "您身體不舒服嗎？需要醫生嗎？",
        "몸이 불편하십니까? 의사가 필요하십니까?", "هل تشعر بتوعك؟ هل تحتاج إلى طبيب؟",
    ),
    "done": (
        "Everything is in order. Thank you for waiting.", "問題ありません。お待たせしました。", "一切正常，感谢您的等候。", "一切正常，感謝您的等候。",
        "모두 확인되었습니다. 기다려 주셔서 감사합니다.", "كل شيء على ما يرام. شكرًا لانتظارك.",
    ),
}  # fmt: skip
_ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "yes": ("Yes", "はい", "是", "是", "예", "نعم"),
    "no": ("No", "いいえ", "不是", "不是", "아니요", "لا"),
    "what": (
        "I do not understand", "わかりません", "我不明白", "我不明白", "이해하지 못했습니다", "لا أفهم",
    ),
}  # fmt: skip

PHRASES: Final = {
    key: dict(zip(LANGUAGES, texts, strict=True)) for key, texts in _ROWS.items()
}  # fmt: skip
ANSWERS: Final = {
    key: dict(zip(LANGUAGES, texts, strict=True)) for key, texts in _ANSWERS.items()
}  # fmt: skip


@router.get("")
def choose(who: SpeakerDep, kernel: KernelDep) -> Response:
    """The languages, each in its own script: the traveller can point to one."""
    return show("phrases.html", kernel, who, {"section": "phrases", "languages": catalogue()})


@router.get("/{language}")
def cards(language: str, who: SpeakerDep, kernel: KernelDep) -> Response:
    """The sentences in the officer's and the traveller's language. 404 for one that is not spoken here."""
    context = {"cards": PHRASES, "language": language, "their": _words(language)}
    return show("phrase-cards.html", kernel, who, {"section": "phrases", **context})


@router.get("/{language}/{key}")
def card(language: str, key: str, who: SpeakerDep, kernel: KernelDep) -> Response:
    """One sentence as large as the screen, to be turned round; with answers to point to."""
    their = _words(language)
    if key not in PHRASES:
        raise NotFoundError
    keys = list(PHRASES)
    at = keys.index(key)
    context = {
        "key": key, "said": PHRASES[key], "answers": ANSWERS, "language": language, "their": their,
        "before": keys[at - 1] if at else None, "after": keys[at + 1] if at + 1 < len(keys) else None,
    }  # fmt: skip
    return show("phrase-card.html", kernel, who, {"section": "phrases", **context})


def _words(language: str) -> Mapping[str, str]:
    """Name and direction of a language."""
    if language not in LANGUAGES:
        raise NotFoundError
    words = catalogue()[language]
    return {"name": words["name"], "direction": words["direction"]}
