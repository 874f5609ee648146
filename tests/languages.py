"""Short sentences of twelve languages, some of which share a script or most of their words."""

N_HELD_OUT = 3
"""Sentences at the end of each language that no model is trained on."""

LANGUAGES = {
    "zh": """
        今天的天气很好
        我想喝一杯茶
        他在图书馆看书
        我们明天去北京
        这本书很有意思
        你叫什么名字
        请打开窗户
        孩子们在公园里玩
        这个问题很难
        她的朋友在这里
        我们去喝茶
    """,
    "ja": """
        今日は天気がいいです
        お茶を飲みたいです
        彼は図書館で本を読んでいます
        明日東京へ行きます
        この本は面白いです
        お名前は何ですか
        窓を開けてください
        子供たちは公園で遊んでいます
        この問題は難しいです
        彼女の友達はここにいます
        お茶を飲みます
    """,
    "th": """
        วันนี้อากาศดี
        ฉันอยากดื่มชา
        เขาอ่านหนังสือในห้องสมุด
        พรุ่งนี้เราจะไปกรุงเทพ
        หนังสือเล่มนี้สนุก
        คุณชื่ออะไร
        กรุณาเปิดหน้าต่าง
        เด็กๆเล่นในสวน
        คำถามนี้ยาก
        เพื่อนของเธออยู่ที่นี่
        เราไปดื่มชา
    """,
    "lo": """
        ມື້ນີ້ອາກາດດີ
        ຂ້ອຍຢາກດື່ມຊາ
        ລາວອ່ານປຶ້ມ
        ມື້ອື່ນພວກເຮົາຈະໄປ
        ປຶ້ມຫົວນີ້ດີ
        ເຈົ້າຊື່ຫຍັງ
        ກະລຸນາເປີດປ່ອງຢ້ຽມ
        ເດັກນ້ອຍຫຼິ້ນ
        ຄຳຖາມນີ້ຍາກ
        ໝູ່ຂອງລາວຢູ່ນີ້
        ພວກເຮົາໄປດື່ມຊາ
    """,
    "hi": """
        आज मौसम अच्छा है
        मैं चाय पीना चाहता हूँ
        वह किताब पढ़ रहा है
        हम कल दिल्ली जाएँगे
        यह किताब बहुत अच्छी है
        आपका नाम क्या है
        कृपया खिड़की खोलिए
        बच्चे बाग में खेल रहे हैं
        यह सवाल बहुत कठिन है
        उसका दोस्त यहाँ है
        हम चाय पी रहे हैं
    """,
    "mr": """
        आज हवामान चांगले आहे
        मला चहा प्यायचा आहे
        तो पुस्तक वाचत आहे
        आम्ही उद्या मुंबईला जाणार आहोत
        हे पुस्तक खूप छान आहे
        तुमचे नाव काय आहे
        कृपया खिडकी उघडा
        मुले बागेत खेळत आहेत
        हा प्रश्न खूप कठीण आहे
        तिचा मित्र इथे आहे
        आम्ही चहा पीत आहोत
    """,
    "fa": """
        امروز هوا خوب است
        می‌خواهم چای بنوشم
        او کتاب می‌خواند
        فردا به تهران می‌رویم
        این کتاب‌ها خوب هستند
        نام شما چیست
        لطفا پنجره را باز کنید
        بچه‌ها در پارک بازی می‌کنند
        این پرسش سخت است
        دوست او اینجا است
        چای می‌نوشیم
    """,
    "ar": """
        الطقس جميل اليوم
        أريد أن أشرب الشاي
        هو يقرأ الكتاب في المكتبة
        سنذهب غدا إلى القاهرة
        هذا الكتاب جيد جدا
        ما اسمك
        من فضلك افتح النافذة
        الأطفال يلعبون في الحديقة
        هذا السؤال صعب جدا
        صديقها هنا في المدينة
        نشرب الشاي في البيت
    """,
    "ru": """
        сегодня хорошая погода
        я хочу выпить чаю
        он читает книгу в библиотеке
        завтра мы поедем в москву
        эта книга очень интересная
        как вас зовут
        откройте окно пожалуйста
        дети играют в парке
        этот вопрос очень трудный
        её друг сегодня здесь
        мы хотим чаю
    """,
    "uk": """
        сьогодні гарна погода
        я хочу випити чаю
        він читає книжку в бібліотеці
        завтра ми поїдемо до києва
        ця книжка дуже цікава
        як вас звати
        відчиніть вікно будь ласка
        діти граються в парку
        це питання дуже важке
        її друг сьогодні тут
        ми п'ємо чай і їмо
    """,
    "de": """
        heute ist das Wetter schön
        ich möchte einen Tee trinken
        er liest ein Buch in der Bibliothek
        morgen fahren wir nach Berlin
        dieses Buch ist sehr gut
        wie heißen Sie
        bitte öffnen Sie das Fenster
        die Kinder spielen im Garten
        diese Frage ist sehr schwierig
        ihr Freund ist heute hier
        wir trinken den Tee
    """,
    "nl": """
        vandaag is het mooi weer
        ik wil een kopje thee drinken
        hij leest een boek in de bibliotheek
        morgen gaan wij naar amsterdam
        dit boek is heel goed
        hoe heet u
        wilt u het raam openen
        de kinderen spelen in de tuin
        deze vraag is heel moeilijk
        haar vriend is vandaag hier
        wij gaan thee drinken
    """,
}


def sentences():
    """Return sentences with their language, to learn and to hold out."""
    to_learn, held_out = [], []
    for language, lines in LANGUAGES.items():
        rows = [(line.strip(), language) for line in lines.strip().splitlines()]
        to_learn += rows[:-N_HELD_OUT]
        held_out += rows[-N_HELD_OUT:]
    return to_learn, held_out
