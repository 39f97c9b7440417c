"""What the counter's page says while the line is down: a verdict in plain words, and what to do. One row a text, in
the order of :data:`kiosk_sim.words.LANGUAGES`: en, ja, zh-Hans, zh-Hant, ko, ar.
"""

from typing import Final

from kiosk_sim.words import LANGUAGES

_ROWS: Final[dict[str, tuple[str, ...]]] = {
    "title": (
        "Counter: check without network", "カウンター：ネットワークなしの確認", "柜台：离线核对", "櫃檯：離線核對",
        "카운터: 네트워크 없이 확인", "المكتب: التحقق دون شبكة",
    ),
    "lead": (
        "A code and its passport are checked by the signed list on this computer. It opens nothing and knows nothing of risk: you decide.",
        "コードとパスポートを、このパソコンの署名付きリストで確認します。扉は開かず、リスクの情報もありません。判断は職員が行います。",
        "按本机上的签名列表核对代码与护照。它不会开门，也不含风险信息：由您决定。",
        "依本機上的簽章清單核對代碼與護照。它不會開門，也不含風險資訊：由您決定。",
        "이 컴퓨터의 서명된 목록으로 코드와 여권을 확인합니다. 문을 열지 않으며 위험 정보도 없습니다. 판단은 직원이 합니다.",
        "يُتحقق من الرمز وجوازه بالقائمة الموقّعة على هذا الحاسوب. لا يفتح شيئًا ولا يعلم شيئًا عن المخاطر: القرار لك.",
    ),
    "online": (
        "The service answers: send people to the kiosk instead.", "サービスに接続できます。キオスクをご案内ください。",
        "服务可用：请让旅客使用自助机。", "服務可用：請讓旅客使用自助機。",
        "서비스가 연결되어 있습니다. 키오스크로 안내하세요.", "الخدمة متاحة: أرسل الناس إلى الجهاز.",
    ),
    "list": (
        "Trust list of {from}, good until {until}", "信頼リスト：{from} 発行、{until} まで有効", "信任列表：{from} 发布，有效至 {until}",
        "信任清單：{from} 發布，有效至 {until}", "신뢰 목록: {from} 발행, {until}까지 유효", "قائمة الثقة بتاريخ {from}، صالحة حتى {until}",
    ),
    "no-list": (
        "No trust list of the last 24 hours: no code can be checked here.", "24時間以内の信頼リストがありません。コードを確認できません。",
        "没有24小时内的信任列表：无法核对任何代码。", "沒有24小時內的信任清單：無法核對任何代碼。",
        "24시간 이내의 신뢰 목록이 없어 코드를 확인할 수 없습니다.", "لا توجد قائمة ثقة خلال آخر 24 ساعة: لا يمكن التحقق من أي رمز هنا.",
    ),
    "code": ("Code", "コード", "代码", "代碼", "코드", "الرمز"),
    "code-hint": (
        "Scan it here, or take a picture of it.", "ここに読み取るか、写真を撮ってください。", "在此扫描，或拍照。", "在此掃描，或拍照。",
        "여기에 스캔하거나 사진을 찍으세요.", "امسحه هنا أو التقط صورة له.",
    ),
    "picture": ("Picture of the code", "コードの写真", "代码图片", "代碼圖片", "코드 사진", "صورة الرمز"),
    "picture-unread": (
        "No code could be read in this picture. Take another one.", "この写真からコードを読み取れません。撮り直してください。",
        "无法从此图片读取代码。请重拍。", "無法從此圖片讀取代碼。請重拍。",
        "이 사진에서 코드를 읽을 수 없습니다. 다시 찍으세요.", "تعذّرت قراءة رمز في هذه الصورة. التقط صورة أخرى.",
    ),
    "passport": (
        "Passport: the two lines at the bottom of the photo page", "パスポート：写真ページ下部の2行", "护照：照片页底部的两行", "護照：相片頁底部的兩行",
        "여권: 사진 면 아래쪽의 두 줄", "الجواز: السطران أسفل صفحة الصورة",
    ),
    "check": ("Check", "確認する", "核对", "核對", "확인", "تحقق"),
    "missing": (
        "Enter code and passport.", "コードとパスポートを入力してください。", "请输入代码和护照。", "請輸入代碼和護照。",
        "코드와 여권을 입력하세요.", "أدخل الرمز والجواز.",
    ),
    "let-through": (
        "Note: this person was let through", "記録：この人を通しました", "记录：此人已放行", "記錄：此人已放行",
        "기록: 이 사람을 통과시켰음", "سجّل: سُمح لهذا الشخص بالمرور",
    ),
    "noted": (
        "Noted. This person does not pass again with a code of this declaration.", "記録しました。この申告のコードで再び通ることはできません。",
        "已记录。此人不能凭此申报的代码再次通过。", "已記錄。此人不能憑此申報的代碼再次通過。",
        "기록했습니다. 이 신고의 코드로 다시 통과할 수 없습니다.", "سُجّل. لن يمر هذا الشخص مجددًا برمز من هذا الإقرار.",
    ),
    "next": ("Next person", "次の人", "下一位", "下一位", "다음 사람", "الشخص التالي"),
    "to-do": ("What to do", "すること", "怎么做", "怎麼做", "할 일", "ما العمل"),
    "party-count": (
        "Party: {used} of {party} let through here", "同行者：{party}人中{used}人が通過", "同行：{party}人中已放行{used}人", "同行：{party}人中已放行{used}人",
        "일행: {party}명 중 {used}명 통과", "المجموعة: مرّ {used} من {party} هنا",
    ),
    "tray": ("Simulated hardware", "模擬機器", "模拟设备", "模擬設備", "모의 기기", "أجهزة محاكاة"),
    # verdicts
    "stands-0": (
        "The code stands: nothing to declare.", "有効なコードです：申告するものはありません。", "代码有效：无需申报物品。", "代碼有效：無需申報物品。",
        "유효한 코드입니다: 신고할 물품 없음.", "الرمز صالح: لا شيء للإقرار به.",
    ),
    "stands-1": (
        "The code stands: goods to declare ({goods}).", "有効なコードです：申告する物品があります（{goods}）。", "代码有效：有物品申报（{goods}）。",
        "代碼有效：有物品申報（{goods}）。", "유효한 코드입니다: 신고할 물품 있음({goods}).", "الرمز صالح: سلع للإقرار بها ({goods}).",
    ),
    "declared-other": (
        "The code stands, but its answers need an officer.", "有効なコードですが、回答により職員の対応が必要です。", "代码有效，但其回答须由海关人员处理。",
        "代碼有效，但其回答須由海關人員處理。", "유효한 코드이지만 답변에 따라 세관 직원이 필요합니다.", "الرمز صالح، لكن إجاباته تحتاج إلى موظف.",
    ),
    "party": (
        "The code stands, but for another passport. Several people travel on it.", "有効なコードですが、別のパスポートのものです。複数人の申告です。",
        "代码有效，但属于另一本护照。该申报含多人。", "代碼有效，但屬於另一本護照。該申報含多人。",
        "유효한 코드이지만 다른 여권의 것입니다. 여러 명의 신고입니다.", "الرمز صالح لكن لجواز آخر. يسافر به عدة أشخاص.",
    ),
    "document_mismatch": (
        "This code belongs to another passport.", "このコードは別のパスポートのものです。", "此代码属于另一本护照。", "此代碼屬於另一本護照。",
        "이 코드는 다른 여권의 것입니다.", "هذا الرمز لجواز آخر.",
    ),
    "already_used": (
        "This person was let through already.", "この人はすでに通過しています。", "此人已放行过。", "此人已放行過。",
        "이 사람은 이미 통과했습니다.", "سُمح لهذا الشخص بالمرور من قبل.",
    ),
    "party_used": (
        "As many people as the declaration names were let through already.", "申告の人数はすでに全員通過しています。", "此申报的人数已全部放行。",
        "此申報的人數已全部放行。", "신고된 인원이 이미 모두 통과했습니다.", "مرّ من قبل كل من يذكرهم الإقرار.",
    ),
    "expired": ("The code has expired.", "コードの有効期限が切れています。", "代码已过期。", "代碼已過期。", "만료된 코드입니다.", "انتهت صلاحية الرمز."),
    "withdrawn": (
        "The declaration was withdrawn.", "申告は取り消されています。", "申报已撤回。", "申報已撤回。", "철회된 신고입니다.", "سُحب الإقرار.",
    ),
    "superseded": (
        "There is a newer code of this declaration.", "この申告には新しいコードがあります。", "此申报有更新的代码。", "此申報有更新的代碼。",
        "이 신고의 새 코드가 있습니다.", "يوجد رمز أحدث لهذا الإقرار.",
    ),
    "sealed": (
        "A code made without network: only the service can open it.", "ネットワークなしで作られたコードです。サービスでしか開けません。",
        "离线生成的代码：只有服务端可以打开。", "離線產生的代碼：只有服務端可以開啟。",
        "네트워크 없이 만든 코드: 서비스에서만 열 수 있습니다.", "رمز أُنشئ دون شبكة: لا يفتحه إلا الخادم.",
    ),
    "forged": (
        "This is no sound code of customs.", "税関の有効なコードではありません。", "这不是有效的海关代码。", "這不是有效的海關代碼。",
        "세관의 유효한 코드가 아닙니다.", "هذا ليس رمزًا سليمًا من الجمارك.",
    ),
    "passport-unreadable": (
        "The lines of the passport are not right.", "パスポートの行が正しくありません。", "护照的机读行不正确。", "護照的機讀行不正確。",
        "여권의 줄이 올바르지 않습니다.", "سطرا الجواز غير صحيحين.",
    ),
    "document-expired": ("The passport has expired.", "パスポートの期限が切れています。", "护照已过期。", "護照已過期。", "만료된 여권입니다.", "انتهت صلاحية الجواز."),
    # what to do
    "do-compare": (
        "Compare the face with the passport. If it is the same person, let the person through and note it.",
        "顔をパスポートと見比べ、本人なら通して記録してください。", "将本人面貌与护照核对。若为本人，放行并记录。", "將本人面貌與護照核對。若為本人，放行並記錄。",
        "얼굴을 여권과 비교하세요. 본인이면 통과시키고 기록하세요.", "قارن الوجه بالجواز. إن كان الشخص نفسه فاسمح له بالمرور وسجّل ذلك.",
    ),
    "do-goods": (
        "Compare the face with the passport. Take the person to the goods counter; note it when that is done.",
        "顔をパスポートと見比べ、物品のカウンターへ案内し、終わったら記録してください。", "核对面貌与护照，带至物品柜台，办完后记录。",
        "核對面貌與護照，帶至物品櫃檯，辦完後記錄。", "얼굴을 여권과 비교하고 물품 카운터로 안내한 뒤, 끝나면 기록하세요.",
        "قارن الوجه بالجواز، ثم رافق الشخص إلى مكتب السلع، وسجّل ذلك بعد الانتهاء.",
    ),
    "do-officer": (
        "Let nobody through. Take the person to an officer.", "通さずに、担当職員に引き継いでください。", "不要放行。请带至海关人员处。",
        "不要放行。請帶至海關人員處。", "통과시키지 말고 세관 직원에게 안내하세요.", "لا تسمح بالمرور. رافق الشخص إلى موظف.",
    ),
    "do-party": (
        "Ask for this person's own code. Without one (a small child) an officer compares the family's passports, decides, and notes it.",
        "本人のコードを見せてもらってください。ない場合（幼児など）は職員が家族のパスポートを見て判断し、記録します。",
        "请出示本人的代码。若无（如幼儿），由海关人员核对全家护照后决定并记录。", "請出示本人的代碼。若無（如幼兒），由海關人員核對全家護照後決定並記錄。",
        "본인의 코드를 요청하세요. 없으면(어린아이 등) 직원이 가족 여권을 비교해 판단하고 기록합니다.",
        "اطلب رمز هذا الشخص نفسه. وإن لم يوجد (طفل صغير) يقارن موظف جوازات العائلة ويقرر ويسجّل ذلك.",
    ),
    "do-newest": (
        "Ask for the newest code in the app, and for the passport that belongs to it.", "アプリの最新のコードと、そのパスポートを見せてもらってください。",
        "请出示应用中最新的代码及其对应的护照。", "請出示應用程式中最新的代碼及其對應的護照。",
        "앱의 최신 코드와 그 코드의 여권을 요청하세요.", "اطلب أحدث رمز في التطبيق والجواز الذي يخصه.",
    ),
    "do-paper": (
        "Have a paper form filled in and take the person to an officer; it is entered when the line is back.",
        "紙の申告書に記入してもらい、職員に引き継いでください。回線の復旧後に入力します。", "请填写纸质申报单并带至海关人员处；线路恢复后录入。",
        "請填寫紙本申報單並帶至海關人員處；線路恢復後輸入。", "종이 신고서를 작성하게 하고 직원에게 안내하세요. 연결이 복구되면 입력합니다.",
        "اطلب ملء استمارة ورقية ورافق الشخص إلى موظف؛ تُدخل عند عودة الشبكة.",
    ),
    "do-again": (
        "Read or type the two lines again. If they stay wrong, take the person to an officer.", "2行を読み直すか入力し直してください。直らない場合は職員に引き継いでください。",
        "请重新读取或输入两行。若仍不正确，带至海关人员处。", "請重新讀取或輸入兩行。若仍不正確，帶至海關人員處。",
        "두 줄을 다시 읽거나 입력하세요. 계속 틀리면 직원에게 안내하세요.", "أعد قراءة السطرين أو كتابتهما. فإن ظلا خطأً فرافق الشخص إلى موظف.",
    ),
}  # fmt: skip

WORDS: Final[dict[str, dict[str, str]]] = {
    language: {key: row[at] for key, row in _ROWS.items()} for at, language in enumerate(LANGUAGES)
}

DO: Final[dict[str, str]] = {
    "stands-0": "do-compare",
    "stands-1": "do-goods",
    "declared-other": "do-officer",
    "party": "do-party",
    "document_mismatch": "do-newest",
    "already_used": "do-officer",
    "party_used": "do-officer",
    "expired": "do-paper",
    "withdrawn": "do-paper",
    "superseded": "do-newest",
    "sealed": "do-paper",
    "trust-stale": "do-paper",
    "passport-unreadable": "do-again",
    "document-expired": "do-officer",
    "forged": "do-officer",
}
"""What to do by what was found; every other reason of a code is that of a forged or damaged one."""
