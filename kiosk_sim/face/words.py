"""What kiosk and lane say while a camera looks. One row a text, in the order of :data:`kiosk_sim.words.LANGUAGES`: en,
ja, zh-Hans, zh-Hant, ko, ar.
"""

from typing import Final

from kiosk_sim.words import LANGUAGES

_ROWS: Final[dict[str, tuple[str, ...]]] = {
    "face-none": (
        "Look at the camera", "カメラを見てください", "请看摄像头", "請看攝影機", "카메라를 봐 주세요", "انظر إلى الكاميرا",
    ),
    "face-many": (
        "One person at a time, please", "お一人ずつお願いします", "请一次一人", "請一次一人", "한 분씩 부탁드립니다", "شخص واحد في كل مرة من فضلك",
    ),
    "face-closer": (
        "Come closer", "もう少し近づいてください", "请靠近一些", "請靠近一些", "조금 더 가까이 오세요", "اقترب أكثر",
    ),
    "face-middle": (
        "Step back a little and stand in the middle", "少し下がって、中央に立ってください", "请稍后退，站在中间", "請稍後退，站在中間",
        "조금 물러나 가운데에 서 주세요", "تراجع قليلاً وقف في الوسط",
    ),
    "face-straight": (
        "Look straight at the camera", "正面を向いてカメラを見てください", "请正视摄像头", "請正視攝影機", "정면을 보고 카메라를 봐 주세요",
        "انظر إلى الكاميرا مباشرة",
    ),
    "face-upright": (
        "Hold your head upright", "頭をまっすぐにしてください", "请保持头部端正", "請保持頭部端正", "고개를 똑바로 세워 주세요", "أبقِ رأسك مستقيمًا",
    ),
    "face-light": (
        "It is too dark. Take off your hat, please", "暗すぎます。帽子をお取りください", "光线太暗，请摘下帽子", "光線太暗，請摘下帽子",
        "너무 어둡습니다. 모자를 벗어 주세요", "الضوء خافت. اخلع القبعة من فضلك",
    ),
    "face-glare": (
        "It is too bright. Step to the side a little", "明るすぎます。少し横に移動してください", "光线太强，请稍向旁边移动", "光線太強，請稍向旁邊移動",
        "너무 밝습니다. 조금 옆으로 움직여 주세요", "الضوء شديد. تحرك قليلاً إلى الجانب",
    ),
    "face-still": (
        "Hold still", "動かないでください", "请保持不动", "請保持不動", "움직이지 마세요", "لا تتحرك",
    ),
    "face-turn-left": (
        "Turn your head to the left", "顔を左に向けてください", "请把头转向左边", "請把頭轉向左邊", "고개를 왼쪽으로 돌려 주세요", "أدر رأسك إلى اليسار",
    ),
    "face-turn-right": (
        "Turn your head to the right", "顔を右に向けてください", "请把头转向右边", "請把頭轉向右邊", "고개를 오른쪽으로 돌려 주세요", "أدر رأسك إلى اليمين",
    ),
    "face-hold": (
        "Good. Stay like this", "そのままお待ちください", "很好，请保持", "很好，請保持", "좋습니다. 그대로 계세요", "جيد، ابقَ هكذا",
    ),
    "face-again": (
        "Once more, please", "もう一度お願いします", "请再来一次", "請再來一次", "한 번 더 부탁드립니다", "مرة أخرى من فضلك",
    ),
    "face-done": ("Thank you", "ありがとうございました", "谢谢", "謝謝", "감사합니다", "شكرًا"),
    "walk-offer": (
        "At the gate you show your code. If you like, the gate may know you by your face instead: for at most an hour, deleted when you have passed.",
        "ゲートではコードを提示します。ご希望なら、代わりに顔で通過できます。データは長くて1時間保存し、通過すると削除します。",
        "在闸口请出示您的代码。如果您愿意，也可以刷脸通过：数据最多保存一小时，通过后即删除。",
        "在閘口請出示您的代碼。如果您願意，也可以用臉部辨識通過：資料最多保存一小時，通過後即刪除。",
        "게이트에서는 코드를 보여 주시면 됩니다. 원하시면 대신 얼굴로 통과할 수 있습니다. 데이터는 최대 1시간 보관되고 통과하면 삭제됩니다.",
        "عند البوابة تُظهر رمزك. وإن شئت تعرفك البوابة من وجهك بدلاً منه: لساعة واحدة على الأكثر، ويُحذف عند عبورك.",
    ),
    "walk-yes": (
        "Walk through with my face", "顔で通過する", "刷脸通过", "用臉部辨識通過", "얼굴로 통과하기", "العبور بالوجه",
    ),
    "walk-kept": (
        "The gate will know you by your face. Your code works, too.", "ゲートは顔でお通しします。コードもそのまま使えます。",
        "闸口会识别您的面部。您的代码同样有效。", "閘口會辨識您的臉部。您的代碼同樣有效。", "게이트가 얼굴로 알아봅니다. 코드도 그대로 쓸 수 있습니다.",
        "ستعرفك البوابة من وجهك. ورمزك صالح أيضًا.",
    ),
    "walk-no": (
        "Take it back", "取り消す", "撤回", "撤回", "취소하기", "إلغاء",
    ),
    "walk-taken-back": (
        "Taken back, and deleted. Please show your code at the gate.", "取り消し、データを削除しました。ゲートではコードを提示してください。",
        "已撤回并删除数据。请在闸口出示您的代码。", "已撤回並刪除資料。請在閘口出示您的代碼。", "취소하고 데이터를 삭제했습니다. 게이트에서 코드를 보여 주세요.",
        "أُلغي الأمر وحُذفت البيانات. من فضلك أظهر رمزك عند البوابة.",
    ),
    "walk-still-kept": (
        "That did not work. Please try again, or ask the staff. It ends by itself within an hour.", "処理できませんでした。もう一度お試しいただくか、係員にお尋ねください。1時間以内に自動で削除されます。",
        "操作未成功。请重试，或咨询工作人员。数据会在一小时内自动删除。", "操作未成功。請再試一次，或詢問工作人員。資料會在一小時內自動刪除。",
        "처리하지 못했습니다. 다시 시도하시거나 직원에게 문의하세요. 데이터는 1시간 안에 자동으로 삭제됩니다.",
        "لم ينجح ذلك. حاول مرة أخرى من فضلك أو اسأل الموظفين. وينتهي من تلقاء نفسه خلال ساعة.",
    ),
    "walk-code": (
        "Please show your code", "コードを見せてください", "请出示您的代码", "請出示您的代碼", "코드를 보여 주세요", "من فضلك أظهر رمزك",
    ),
}  # fmt: skip

WORDS: Final[dict[str, dict[str, str]]] = {
    language: {key: row[at] for key, row in _ROWS.items()} for at, language in enumerate(LANGUAGES)
}
