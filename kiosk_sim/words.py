"""What the kiosk says: one sentence, never a reason. Keys are states of the session and answers."""

from typing import Final

LANGUAGES: Final = {
    "en": "English",
    "ja": "日本語",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
    "ko": "한국어",
    "ar": "العربية",
}
LANGUAGE: Final = "en"
"""What is spoken to the next traveller, whatever the one before chose."""

Words = dict[str, str]

_ROWS: Final[dict[str, tuple[str, ...]]] = {
    "welcome": ("Place your passport on the reader", "パスポートを読み取り機に置いてください", "请将护照放在读取器上", "請將護照放在讀取器上", "여권을 판독기에 올려 주세요", "ضع جواز سفرك على القارئ"),
    "passport-try-again": (
        "Please place the photo page flat on the reader", "写真のページを平らに置き直してください", "请将照片页平放在读取器上", "請將相片頁平放在讀取器上", "사진 면을 판독기에 평평하게 올려 주세요",
        "يرجى وضع صفحة الصورة بشكل مستوٍ على القارئ",
    ),
    "place-passport": (
        "Now place your passport on the reader", "次にパスポートを読み取り機に置いてください", "请将护照放在读取器上", "請將護照放在讀取器上", "이제 여권을 판독기에 올려 주세요", "ضع الآن جواز سفرك على القارئ",
    ),
    "reading": ("Leave your passport on the reader", "パスポートをそのままにしてお待ちください", "请勿移动护照", "請勿移動護照", "여권을 그대로 두세요", "اترك جواز سفرك على القارئ"),
    "next-passport": (
        "Next passport, please. People left on this declaration: {left}", "次の方のパスポートを置いてください。この申告書の残り人数:{left}", "请放置下一本护照。此申报单剩余人数:{left}",
        "請放置下一本護照。此申報單剩餘人數:{left}", "다음 여권을 올려 주세요. 이 신고서의 남은 인원: {left}", "جواز السفر التالي من فضلك. عدد الأشخاص المتبقين في هذا الإقرار: {left}",
    ),
    "all-here": ("Nobody else comes", "ほかにいません", "没有其他人", "沒有其他人", "더 없습니다", "لا أحد آخر"),
    "help": ("Please ask the staff at the counter", "カウンターの係員にお尋ねください", "请到柜台咨询工作人员", "請到櫃檯詢問工作人員", "카운터 직원에게 문의하세요", "يرجى سؤال الموظفين عند المكتب"),
    "face": ("Look at the camera", "カメラを見てください", "请看摄像头", "請看攝影機", "카메라를 봐 주세요", "انظر إلى الكاميرا"),
    "consent": (
        "May the camera compare your face with the picture in your passport? The pictures are deleted afterwards.",
        "カメラでお顔とパスポートの写真を照合してもよろしいですか。画像は終了後に削除します。",
        "可以用摄像头将您的面部与护照照片核对吗？图像之后会被删除。", "可以用攝影機將您的臉部與護照照片核對嗎？影像之後會被刪除。",
        "카메라로 얼굴과 여권 사진을 비교해도 될까요? 사진은 끝난 뒤 삭제됩니다.",
        "هل تقارن الكاميرا وجهك بالصورة في جواز سفرك؟ تُحذف الصور بعد ذلك.",
    ),
    "consent-yes": ("Yes, compare", "はい、照合します", "是，核对", "是，核對", "예, 비교합니다", "نعم، قارن"),
    "watched": (
        "An officer is looking through this camera.", "係官がこのカメラで確認しています。", "工作人员正在通过此摄像头查看。", "工作人員正在透過此攝影機查看。",
        "직원이 이 카메라로 보고 있습니다.", "ينظر موظف من خلال هذه الكاميرا.",
    ),
    "no-face": ("Go on without the camera", "カメラを使わずに進む", "不使用摄像头继续", "不使用攝影機繼續", "카메라 없이 계속", "المتابعة دون الكاميرا"),
    "stand": ("Camera", "カメラ", "摄像头", "攝影機", "카메라", "الكاميرا"),
    "code": ("Show the code on your phone", "スマートフォンのコードを見せてください", "请出示手机上的代码", "請出示手機上的代碼", "휴대전화의 코드를 보여 주세요", "أظهر الرمز على هاتفك"),
    "code-try-again": (
        "Hold the code closer and turn the brightness up", "コードを近づけ、画面を明るくしてください", "请将代码靠近并调高屏幕亮度", "請將代碼靠近並調高螢幕亮度", "코드를 더 가까이 대고 화면을 밝게 해 주세요",
        "قرّب الرمز وارفع سطوع الشاشة",
    ),
    "no-code": ("I have no code", "コードを持っていません", "我没有代码", "我沒有代碼", "코드가 없습니다", "ليس لدي رمز"),
    "declare": ("One moment, please", "少しお待ちください", "请稍候", "請稍候", "잠시만 기다려 주세요", "لحظة من فضلك"),
    "declare-here": ("Declare here", "ここで申告する", "在此申报", "在此申報", "여기서 신고하기", "قدّم الإقرار هنا"),
    "which-flight": ("Which flight did you come with?", "どの便で到着しましたか", "您乘坐哪个航班抵达？", "您搭乘哪個航班抵達？", "어느 항공편으로 오셨습니까?", "على أي رحلة وصلت؟"),
    "not-here": ("My flight is not here", "自分の便がありません", "没有我的航班", "沒有我的航班", "제 항공편이 없습니다", "رحلتي غير موجودة"),
    "which-purpose": ("Why do you come?", "渡航の目的は何ですか", "您来访的目的是什么？", "您來訪的目的是什麼？", "방문 목적은 무엇입니까?", "ما سبب قدومك؟"),
    "yes": ("Yes", "はい", "是", "是", "예", "نعم"),
    "no": ("No", "いいえ", "否", "否", "아니요", "لا"),
    "what-counts": ("What counts?", "何が含まれますか", "包括哪些？", "包括哪些？", "무엇이 해당됩니까?", "ما الذي يُحتسب؟"),
    "is-it-true": ("Is this true and complete?", "この申告に間違いはありませんか", "以上内容真实且完整吗？", "以上內容真實且完整嗎？", "사실이며 빠짐이 없습니까?", "هل هذا صحيح وكامل؟"),
    "certify": ("Yes, true and complete", "はい、間違いありません", "是，真实且完整", "是，真實且完整", "예, 사실이며 빠짐이 없습니다", "نعم، صحيح وكامل"),
    "back": ("Back", "戻る", "返回", "返回", "뒤로", "رجوع"),
    "progress": (
        "Question {number} of {total}", "質問 {number} / {total}", "第{number}题，共{total}题", "第{number}題，共{total}題", "질문 {number}/{total}",
        "السؤال {number} من {total}",
    ),
    "you-said": ("You say yes to:", "「はい」と答えた質問：", "您回答“是”的问题：", "您回答「是」的問題：", "'예'라고 답한 질문:", "أجبت بنعم عن:"),
    "nothing": ("You say no to every question.", "すべて「いいえ」と答えました。", "您对所有问题都回答“否”。", "您對所有問題都回答「否」。", "모든 질문에 '아니요'라고 답했습니다.", "أجبت بلا عن جميع الأسئلة."),
    "still-there": ("Are you still there?", "まだご利用中ですか", "您还在使用吗？", "您還在使用嗎？", "아직 사용 중이십니까?", "هل ما زلت هنا؟"),
    "still-there-hint": (
        "In {seconds} seconds this screen is cleared, with everything that you entered.", "{seconds}秒後にこの画面を消去します。入力した内容はすべて消えます。",
        "{seconds}秒后将清除此屏幕以及您输入的所有内容。", "{seconds}秒後將清除此畫面以及您輸入的所有內容。", "{seconds}초 후에 이 화면과 입력한 내용이 모두 지워집니다.",
        "بعد {seconds} ثانية تُمسح هذه الشاشة مع كل ما أدخلته.",
    ),
    "still-here": ("Yes, go on", "はい、続けます", "是，继续", "是，繼續", "예, 계속합니다", "نعم، أكمل"),
    "stay-title": ("Your bags and your stay", "荷物と滞在", "您的行李和停留", "您的行李和停留", "짐과 체류", "أمتعتك وإقامتك"),
    "party-scan": (
        "Put their passports on the reader, one after the other. Up to ten people declare together.", "同行者のパスポートを1冊ずつ読み取り機に置いてください。10人まで一緒に申告できます。",
        "请将同行者的护照逐一放在读取器上。最多十人一起申报。", "請將同行者的護照逐一放在讀取器上。最多十人一起申報。", "함께 온 분들의 여권을 하나씩 판독기에 올려 주세요. 열 명까지 함께 신고할 수 있습니다.",
        "ضع جوازات سفرهم على القارئ واحدًا تلو الآخر. يمكن لعشرة أشخاص أن يقدّموا الإقرار معًا.",
    ),
    "party-type-in": ("Type somebody's details", "手で入力する", "手动输入资料", "手動輸入資料", "직접 입력하기", "اكتب بيانات شخص"),
    "party-again": (
        "This person is on the declaration already.", "この方はすでに申告に含まれています。", "此人已在申报单中。", "此人已在申報書中。", "이 분은 이미 신고서에 있습니다.", "هذا الشخص مذكور في الإقرار.",
    ),
    "party-full": ("The declaration is full: ten people.", "申告は10人までです。", "申报单已满：十人。", "申報書已滿：十人。", "신고서가 가득 찼습니다: 열 명.", "الإقرار مكتمل: عشرة أشخاص."),
    "party-type": (
        "The reader cannot take this passport. Please type the details.", "このパスポートは読み取れません。手で入力してください。", "读取器无法读取此护照。请手动输入资料。", "讀取器無法讀取此護照。請手動輸入資料。",
        "이 여권은 판독할 수 없습니다. 직접 입력해 주세요.", "لا يستطيع القارئ قراءة هذا الجواز. يرجى كتابة البيانات.",
    ),
    "at-counter": ("List them at the counter", "カウンターで申告する", "到柜台列出", "到櫃檯列出", "카운터에서 적기", "اذكرها عند المكتب"),
    "key-delete": ("Delete", "削除", "删除", "刪除", "지우기", "حذف"),
    "key-space": ("Space", "空白", "空格", "空格", "띄어쓰기", "مسافة"),
    "deciding": ("One moment, please", "少しお待ちください", "请稍候", "請稍候", "잠시만 기다려 주세요", "لحظة من فضلك"),
    "hold": ("Please wait here", "ここでお待ちください", "请在此等候", "請在此等候", "여기서 기다려 주세요", "يرجى الانتظار هنا"),
    "registered": (
        "Registered. Collect your bags, then go to the gate", "登録しました。荷物を受け取り、ゲートへお進みください", "已登记。请取行李后前往闸口", "已登記。請領取行李後前往閘口", "등록되었습니다. 짐을 찾은 뒤 게이트로 가세요",
        "تم التسجيل. استلم أمتعتك ثم توجّه إلى البوابة",
    ),
    "cleared": ("Please go through", "お通りください", "请通过", "請通過", "지나가세요", "تفضّل بالمرور"),
    "counter": (
        "Please go to counter {counter}", "カウンター{counter}へお進みください", "请前往{counter}号柜台", "請前往{counter}號櫃檯", "카운터 {counter}(으)로 가세요",
        "يرجى التوجه إلى المكتب {counter}",
    ),
    "counter-unnamed": (
        "Please go to the staffed counter", "職員のいるカウンターへお進みください", "请前往人工柜台", "請前往人工櫃檯", "직원이 있는 카운터로 가세요", "يرجى التوجه إلى المكتب الذي فيه موظف",
    ),
    "refer": (
        "Please see an officer at counter {counter}", "カウンター{counter}で職員にお声がけください", "请到{counter}号柜台找工作人员", "請到{counter}號櫃檯找工作人員", "카운터 {counter}의 직원에게 문의하세요",
        "يرجى مراجعة موظف في المكتب {counter}",
    ),
    "refer-unnamed": (
        "Please see an officer at the staffed counter", "職員のいるカウンターでお声がけください", "请到人工柜台找工作人员", "請到人工櫃檯找工作人員", "직원이 있는 카운터에서 문의하세요",
        "يرجى مراجعة الموظف في المكتب",
    ),
    "show-other-code": (
        "Please show the code for this passport", "このパスポートのコードを見せてください", "请出示此护照对应的代码", "請出示此護照對應的代碼", "이 여권의 코드를 보여 주세요", "يرجى إظهار الرمز الخاص بهذا الجواز",
    ),
    "show-other-code-of": (
        "This is {name}'s code. Please show the code for this passport", "これは{name}さんのコードです。このパスポートのコードを見せてください", "这是{name}的代码。请出示此护照对应的代码",
        "這是{name}的代碼。請出示此護照對應的代碼", "{name} 님의 코드입니다. 이 여권의 코드를 보여 주세요", "هذا رمز \u2068{name}\u2069. يرجى إظهار الرمز الخاص بهذا الجواز",
    ),
    "show-passport": ("Place your passport on the reader", "パスポートを読み取り機に置いてください", "请将护照放在读取器上", "請將護照放在讀取器上", "여권을 판독기에 올려 주세요", "ضع جواز سفرك على القارئ"),
    "wait": ("One moment, please", "少しお待ちください", "请稍候", "請稍候", "잠시만 기다려 주세요", "لحظة من فضلك"),
    "out-of-service": (
        "Out of service. Please use the counter", "ただいま使えません。カウンターへお進みください", "暂停服务。请前往柜台", "暫停服務。請前往櫃檯", "이용할 수 없습니다. 카운터로 가세요",
        "خارج الخدمة. يرجى التوجه إلى المكتب",
    ),
    "start-over": ("Start over", "はじめから", "重新开始", "重新開始", "처음으로", "ابدأ من جديد"),
    "simulated": ("Simulated hardware", "模擬機器", "模拟设备", "模擬設備", "모의 기기", "أجهزة محاكاة"),
    "tray": ("Passports and phones on the tray", "トレーのパスポートとスマートフォン", "托盘上的护照和手机", "托盤上的護照和手機", "트레이의 여권과 휴대전화", "جوازات وهواتف على الصينية"),
    "passport": ("Passport", "パスポート", "护照", "護照", "여권", "جواز سفر"),
    "phone": ("Phone", "スマートフォン", "手机", "手機", "휴대전화", "هاتف"),
    "picture": ("Picture of a code", "コードの画像", "代码图片", "代碼圖片", "코드 사진", "صورة رمز"),
    "policy-none": (
        "Chip: not read. Face: not checked.", "ICチップ：読み取りなし。顔：照合なし。", "芯片：未读取。人脸：未核对。", "晶片：未讀取。臉部：未核對。", "칩: 판독 안 함. 얼굴: 확인 안 함.",
        "الشريحة: لم تُقرأ. الوجه: لم يُفحص.",
    ),
    "policy-chip": (
        "Chip: verified where there is one. Face: not checked.", "ICチップ:ある場合は検証します。顔:照合しません。", "芯片:如有则验证。人脸:不核对。", "晶片:如有則驗證。人臉:不核對。",
        "칩: 있으면 검증합니다. 얼굴: 확인하지 않습니다.", "الشريحة: يتم التحقق منها إن وُجدت. الوجه: لا يتم التحقق منه.",
    ),
    "policy-face": (
        "Chip: verified where there is one. Face: compared where the chip holds a picture.", "ICチップ:ある場合は検証します。顔:チップに写真がある場合に照合します。", "芯片:如有则验证。人脸:芯片中有照片时核对。",
        "晶片:如有則驗證。人臉:晶片中有照片時核對。", "칩: 있으면 검증합니다. 얼굴: 칩에 사진이 있으면 비교합니다.", "الشريحة: يتم التحقق منها إن وُجدت. الوجه: يُقارَن إن كانت في الشريحة صورة.",
    ),
    "comfort-sound": ("Sound", "音声", "语音", "語音", "소리", "الصوت"),
    "comfort-large": ("Larger text", "文字を大きく", "放大文字", "放大文字", "큰 글자", "نص أكبر"),
    "comfort-contrast": ("More contrast", "コントラストを上げる", "高对比度", "高對比", "고대비", "تباين أعلى"),
    "comfort-low": ("Within reach", "手の届く位置に", "移到低处", "移到低處", "낮은 화면", "في المتناول"),
    "closed": (
        "Staff: taken out of service in the staff's menu.", "係員へ:係員メニューで休止中です。", "工作人员:已在员工菜单中停用。", "工作人員:已在員工選單中停用。", "직원: 직원 메뉴에서 사용 중지되었습니다.",
        "للموظفين: أُخرج الجهاز من الخدمة من قائمة الموظفين.",
    ),
    "to-staff": ("Staff's menu", "係員メニュー", "员工菜单", "員工選單", "직원 메뉴", "قائمة الموظفين"),
    "no-service": (
        "Staff: no connection to the service. The device tries again by itself.", "職員へ：サービスに接続できません。自動で再接続します。", "工作人员：无法连接服务，设备将自动重试。", "工作人員：無法連線至服務，裝置將自動重試。",
        "직원: 서비스에 연결할 수 없습니다. 자동으로 다시 시도합니다.", "للموظفين: لا اتصال بالخدمة. يعيد الجهاز المحاولة تلقائيًا.",
    ),
    "to-counter": (
        "Staff: check a code without network", "職員へ：ネットワークなしでコードを確認", "工作人员：离线核对代码", "工作人員：離線核對代碼", "직원: 네트워크 없이 코드 확인", "للموظفين: التحقق من رمز دون شبكة",
    ),
    "key-refused": (
        "Staff: the service does not accept this device's key. Enrol the device again.", "職員へ：この機器の鍵は受け付けられません。機器を登録し直してください。", "工作人员：服务不接受此设备的密钥，请重新登记设备。",
        "工作人員：服務不接受此裝置的金鑰，請重新登記裝置。", "직원: 서비스가 이 기기의 키를 받아들이지 않습니다. 기기를 다시 등록하세요.", "للموظفين: لا تقبل الخدمة مفتاح هذا الجهاز. سجّل الجهاز من جديد.",
    ),
    "trust-stale": (
        "Staff: no trust list of the last 24 hours. Everybody goes to an officer.", "職員へ：24時間以内の信頼リストがありません。全員を職員が対応してください。", "工作人员：没有24小时内的信任列表，请由工作人员接待所有旅客。",
        "工作人員：沒有24小時內的信任清單，請由工作人員接待所有旅客。", "직원: 24시간 이내의 신뢰 목록이 없습니다. 모든 여행객을 직원이 응대하세요.",
        "للموظفين: لا توجد قائمة ثقة خلال آخر 24 ساعة. يتوجه الجميع إلى الموظف.",
    ),
    "lane-stopped": (
        "Staff: the lane has been stopped. An officer resets it at the console or by its key.", "職員へ：レーンは停止しています。職員が画面または鍵でリセットしてください。",
        "工作人员：通道已停用，请由工作人员在控制台或用钥匙复位。", "工作人員：通道已停用，請由工作人員在主控台或用鑰匙重設。", "직원: 통로가 정지되었습니다. 직원이 콘솔이나 열쇠로 재설정하세요.",
        "للموظفين: أُوقف الممر. يعيد موظف تشغيله من لوحة التحكم أو بالمفتاح.",
    ),
    "evacuated": (
        "Staff: the hall is being evacuated. Everybody leaves by the nearest exit.", "職員へ：ホールは避難中です。全員、最寄りの出口から退出させてください。", "工作人员：大厅正在疏散，请所有人从最近的出口离开。",
        "工作人員：大廳正在疏散，請所有人由最近的出口離開。", "직원: 홀에서 대피 중입니다. 모두 가장 가까운 출구로 나가십시오.", "للموظفين: القاعة قيد الإخلاء. يغادر الجميع من أقرب مخرج.",
    ),
}  # fmt: skip
"""One row a sentence, in the order of :data:`LANGUAGES`."""

WORDS: Final[dict[str, Words]] = {
    language: {key: row[at] for key, row in _ROWS.items()} for at, language in enumerate(LANGUAGES)
}


def say(language: str, key: str, counter: str | None = None) -> str:
    """The sentence for ``key``; English where a language is not spoken here.

    Where the hall named no counter, the one with staff is meant: a device makes no names up.
    """
    words = WORDS.get(language, WORDS["en"])
    if not counter:
        return words.get(f"{key}-unnamed", words[key])
    return words[key].format(counter=counter)
