"""What the kiosk says: one sentence, never a reason. Keys are states of the session and answers."""

from typing import Final

LANGUAGES: Final = {"en": "English", "ja": "日本語", "ar": "العربية"}

Words = dict[str, str]

WORDS: Final[dict[str, Words]] = {
    "en": {
        "welcome": "Place your passport on the reader",
        "passport-try-again": "Please place the photo page flat on the reader",
        "code": "Show the code on your phone",
        "code-try-again": "Hold the code closer and turn the brightness up",
        "no-code": "I have no code",
        "deciding": "One moment, please",
        "hold": "Please wait here",
        "registered": "Registered. Collect your bags, then go to the gate",
        "cleared": "Please go through",
        "counter": "Please go to counter {counter}",
        "refer": "Please see an officer at counter {counter}",
        "show-other-code": "Please show the code for this passport",
        "wait": "One moment, please",
        "out-of-service": "Out of service. Please use the counter",
        "start-over": "Start over",
        "simulated": "Simulated hardware",
        "tray": "Passports and phones on the tray",
        "passport": "Passport",
        "phone": "Phone",
        "picture": "Picture of a code",
        "policy": "Chip: not read. Face: not checked.",
    },
    "ja": {
        "welcome": "パスポートを読み取り機に置いてください",
        "passport-try-again": "写真のページを平らに置き直してください",
        "code": "スマートフォンのコードを見せてください",
        "code-try-again": "コードを近づけ、画面を明るくしてください",
        "no-code": "コードを持っていません",
        "deciding": "少しお待ちください",
        "hold": "ここでお待ちください",
        "registered": "登録しました。荷物を受け取り、ゲートへお進みください",
        "cleared": "お通りください",
        "counter": "カウンター{counter}へお進みください",
        "refer": "カウンター{counter}で職員にお声がけください",
        "show-other-code": "このパスポートのコードを見せてください",
        "wait": "少しお待ちください",
        "out-of-service": "ただいま使えません。カウンターへお進みください",
        "start-over": "はじめから",
        "simulated": "模擬機器",
        "tray": "トレーのパスポートとスマートフォン",
        "passport": "パスポート",
        "phone": "スマートフォン",
        "picture": "コードの画像",
        "policy": "ICチップ:読み取りなし。顔:照合なし。",
    },
    "ar": {
        "welcome": "ضع جواز سفرك على القارئ",
        "passport-try-again": "يرجى وضع صفحة الصورة بشكل مستوٍ على القارئ",
        "code": "أظهر الرمز على هاتفك",
        "code-try-again": "قرّب الرمز وارفع سطوع الشاشة",
        "no-code": "ليس لدي رمز",
        "deciding": "لحظة من فضلك",
        "hold": "يرجى الانتظار هنا",
        "registered": "تم التسجيل. استلم أمتعتك ثم توجّه إلى البوابة",
        "cleared": "تفضّل بالمرور",
        "counter": "يرجى التوجه إلى المكتب {counter}",
        "refer": "يرجى مراجعة موظف في المكتب {counter}",
        "show-other-code": "يرجى إظهار الرمز الخاص بهذا الجواز",
        "wait": "لحظة من فضلك",
        "out-of-service": "خارج الخدمة. يرجى التوجه إلى المكتب",
        "start-over": "ابدأ من جديد",
        "simulated": "أجهزة محاكاة",
        "tray": "جوازات وهواتف على الصينية",
        "passport": "جواز سفر",
        "phone": "هاتف",
        "picture": "صورة رمز",
        "policy": "الشريحة: لم تُقرأ. الوجه: لم يُفحص.",
    },
}


def say(language: str, key: str, counter: str | None = None) -> str:
    """The sentence for ``key``; English where a language is not spoken here."""
    words = WORDS.get(language, WORDS["en"])
    return words[key].format(counter=counter or "A")
