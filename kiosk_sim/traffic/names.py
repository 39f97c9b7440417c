"""Names that nobody bears on purpose: put together from syllables, in the way of a region.

Each region has its own order, length and writing. Names coined in Cyrillic come in the Latin letters that
a passport prints (ICAO Doc 9303-3 section 6 B). Messages write :func:`app.formats.mrz.transliterate`.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from app.formats import values


@dataclass(frozen=True, slots=True)
class Stock:
    """Syllables of a region: beginnings and ends of surnames and of given names by sex."""

    surnames: tuple[tuple[str, ...], tuple[str, ...]]
    men: tuple[tuple[str, ...], tuple[str, ...]]
    women: tuple[tuple[str, ...], tuple[str, ...]]


def _stock(*parts: str) -> Stock:
    heads, tails, m_heads, m_tails, w_heads, w_tails = (tuple(part.split(" ")) for part in parts)
    return Stock((heads, tails), (m_heads, m_tails), (w_heads, w_tails))


_STOCKS = {
    "japan": _stock(
        "AKI ASA FUJI HARU HINO ISHI KAMI KAWA KURO MATSU MINA MORI NISHI OKI SAKA SHIRA TAKA TSUKI YAMA YOSHI",
        "BARA DATE GUCHI HASHI KADO KURA MIZU MURA NAKA NOBE SAWA SHIMA TANI URA WADA ZAKI ZONO",
        "AKI HARU HIRO KEN MASA NAO REN SHO TAKE TOMO YASU YU",
        "FUMI HEI HITO JI KAZU NARI NORI O SUKE TO YA",
        "AI CHI HANA KA KO MA MI NA RI SA YU YO",
        "E HO KA KO MI MOE NA NE RI SUZU YA ZUKI",
    ),
    "korea": _stock(
        "BAENG DONG GYE HEO JEGAL MAENG NAMGUNG PI SAGONG SEOMUN SEONU SO TAK UM YEO",
        "_",
        "CHUNG DAE GEON HA HYEON IN JAE JI MIN SEUNG SI TAE U YE",
        "GYU HO HUN JUN KYU MO RAM RYUL SEOK SU UK WOO YUN",
        "A BO DA EUN HA HYE JI MI NA SEO SO YE YU",
        "AH EUN IN JEONG KYUNG LIN NA RA RIN SEUL WON YEON",
    ),
    "china": _stock(
        "BING CHU DIAO FU GONG HUI JIN KUANG LENG MIAO NONG PANG QIAO RONG SANG TUO WENG XIANG YU ZANG",
        "_ _ _ YANG GUAN HE",
        "BO CHENG DONG FEI GUANG HAO JIA KAI LEI MING PENG QIANG RUI SHAN WEI XIN YI ZE",
        "BIN CHAO DE FENG HENG JUN KUN LONG NING QI SHENG TAO YANG ZHOU",
        "AI BEI CHUN DAN FANG HONG JING LAN MEI NA QIN SHU TING XIAO YA ZI",
        "CHAN FEN HUAN JIE LIN MAN PING QIONG RONG SI WEN XUAN YUE ZHEN",
    ),
    "indochina": _stock(
        "CHAI DUONG KAEW KHAM LUANG NGO PHAN PHO RATTANA SAENG SIRI SOM THANH THONG TRUONG VONG WONG",
        "_ CHAI DEE JIT KUL NAM PHAT RAT SAK SRI TANG WAN YOT",
        "A CHAN DUC KIT LAK NAR PHU SOM THAN VIN WIR",
        "BAT CHAI DECH KON NARONG PONG RIT SAK TAWAT WUT",
        "A BU DUANG KAN LAM MA NIT PIM RAN SI THU WAN",
        "CHAN DARA JAI LAK MON NAPA PORN RIN TIDA WADEE YEN",
    ),
    "malay": _stock(
        "ADI BUDI DARMA HADI INDRA JAYA KUSU LAKS MAHA NUGRO PRA RAHAR SANTO SURYA WIBI YUDHA",
        "KARTA KUSUMA LENGKA MARTA NATA NINGRAT PUTRA SENA TOMO WANGSA WIJAYA",
        "AD BAY DAR EK FAJ GAL HEN IRW JOK RIZ",
        "AN ANTO IF ITYA ONO OSO U UL URI",
        "AN CIT DEW EN FIT INT KART LEST NIN PUSP",
        "A ARI AH ITA ASARI INI URI YANI",
    ),
    "india": _stock(
        "AGNI BHARAD CHANDRA DEVA GANGA HARI INDU JAGAT KALYAN LOKA MANI NARA PADMA RAGHU SUBRA TRILO VISHWA",
        "DHARAN GIRI KAR KUTTAN MATHAN NATHAN PAL RAJAN SEKHAR VALLI VARAM YAPPA",
        "ABHI CHIT DHAN GAUR HAR JAY KIR MAN NIL PRAN RAV SAM VIK",
        "ANSH ANT ASH AV ESH INDER IT OJ RAM UL",
        "AN BHAV DEEP GAY HEM ISH KAV LAL MEEN NAND RADH SUJ VAN",
        "A ALI ANA ASHA IKA ITA ITHA MATHI UJA",
    ),
    "arabia": _stock(
        "DARW FALUQ GHAD HASS JAZ KHALD MARZ NAJD QASS RASHW SAMH TAW ZAHR",
        "ANI ARI AWI AZI IRI OUB UDI UNI UQI URI",
        "AB AM BAS FAR HAM JAL KAR MAH NAS RAS SAM TAR YUS",
        "AD ALI EED EM ID IL IM IN OUD UF",
        "AM BAS DAL FAT HAN JAM KHAL LAM MAR NAD RAN SAL ZAHR",
        "A AH EEN IA IMA IRA IYA",
    ),
    "turkey": _stock(
        "AK ALTIN BOZ ÇELİK DEMİR ERGÜN GÜL KARA KOÇ ÖZ SARI TAŞ ÜNSAL YILDIR",
        "ALP BAŞ ÇAY DAĞ ER GÖL KAYA LAR OĞLU SOY TEPE YURT",
        "AL BER CEM DEN EM FUR HAK İL KER MER OR TUN",
        "AN AY CAN EM GİN HAN KUT TAY",
        "AY BEL CAN DİL EL GÖN HAN İP MEL NEV SEV",
        "DA EK GÜL İN LA NAZ NUR SU",
    ),
    "english": _stock(
        "ASH BARN BRACK CALDER COP DUN ELLER FEN GARTH HALT KELD LANG MARL NETHER OAKS PEND RAVEN SKEL THORN WETHER",
        "BOROUGH BY COMBE DALE FIELD FORD GATE HURST LEY MERE SHAW STEAD THWAITE TON WELL WICK",
        "AL BEN CAL DAR ED FEN GAR HAR IS JAR LEO MAL OLI PER RUF SIL TOB",
        "AN BERT DEN EN FRED IAN IC LAND MUND ON TER VIN WARD",
        "AD BRI CAR DEL EL FLO GWEN HEL IM JO LAV MAR NELL ROS SYL THE",
        "A ABEL ANNE ELLA ENA ETTE IA INDA INE ISE ORA WYN",
    ),
    "german": _stock(
        "ADEL BRAND BÜHL DORN EICH FELD GRÜN HASEL KESSEL LIND MÖHR NUSS REIFEN SCHÖN STEIN TANN VOGT WEISS ZIEGEL",
        "ACKER BACH BERGER BRUNNER BÜTTEL HAGEN HÖFER KAMP LÄNDER MÜLLER RIEDER SPRINGER THALER WALD",
        "ALB BERN DIET ECK FRID GER HEL JO LOR MAR OT RAI TIL UL WOL",
        "BERT DRICH EN FRIED HARD HELM LEV MAR NULF RICH TER",
        "AD BIR CHRI DOR EL FRIE GRE HEL IR KAR LIE MAR RO SIG TRU",
        "A DE ELKE GARD GUND HILD LINDE LOTTE TRAUD TE",
    ),
    "nordic": _stock(
        "ÅKER BJØRK DAL EK FJELL GRÖN HAV IS KVIST LÖV MYR NÆR ØST RØNNE SJÖ STRØM VÄSTER",
        "BERG BLAD DAHL FORS GAARD GREN HOLM LUND MARK NES QVIST RUD SKOG STAD VIK",
        "AKS BJØR DAG EI FRI GUN HÅK IN JØR LAU OD RAG SI TOR",
        "AR BJÖRN FINN GEIR LEIF MUND RIK STEIN VALD VAR",
        "AST BRI DAG EL FRI GUN HEL IN JO KAR LIN RAG SIG SOL",
        "BORG DIS FRID GUN HILD LAUG LIN RID RUN VEIG",
    ),
    "french": _stock(
        "BEAU BOIS CHAMP CLAIR DUFR ÉPIN FONT GRAND HAUT LA MONT NEUF PÉR ROCHE SAINT VAL VILLE",
        "ARDIN BRESSON CHÊNE COURT DELLE FÈVRE GARDE LIÈRE MARE NOIS PRÉ RIVE SEUIL TIER",
        "AD BAS CLÉ DAM ÉT FAB GAË HEN JÉR LU MAT NO RÉ THÉ YV",
        "ANE ENT EON IAN IEN IN IS MIE OLAS ÔME",
        "AD BÉR CÉL DEL ÉL FLO GAË HÉL JU LOU MAR NO SOL VIV",
        "ANE DINE ELLE ÈNE ÉE IANE IE INE LINE ODE",
    ),
    "iberia": _stock(
        "ALBA BARRA CASA DELGA ESPI FUENTE GALLA HERRE IBA LOZA MONTE NAVA OLI PEÑA QUIN RIBEI SOTO VALDE",
        "CORTA DURO FLORES GUERO JANO LEÑO MAYOR NEDO QUERO RADA TEIRO VERDE ZALES",
        "AL BRU CAR DAM ES FAUS GON HER IG JOA LEAN MAR NÉS RO TOM",
        "ANO AR DRO ELO ERTO IO ITO LDO NDO TÍN",
        "AD BEA CAR DUL EL FLO GRA HEL IN JUL LU MAR NOE RO SOL",
        "ANA CELA DITA EIA ELIA INDA ÍA ORA UNA ZITA",
    ),
    "italy": _stock(
        "ALBE BELLA CASTEL DELLA FERRA GIARDI LOMBA MARTI NERO PALA ROSSE SALVA TERRA VENTU",
        "BONI CCHI DINI FONTE GLIA LLERI MONTI NESCO RELLI RONI TTI VOLA",
        "AL BRU CAR DAR ED FLA GIA LO MAR NI OR RENA TUL",
        "ANO CO DO ERIO IANO INO LLO MO NZO",
        "AL BIA CHIA DO EL FIO GIU LO MAR NO OR RO SIL",
        "ANNA DIA ELLA ENA INA LETTA NELLA RA SIA TTA",
    ),
    "cyrillic": _stock(
        "Белож Вереск Горош Дымк Ершк Жавор Зимн Ивняк Калин Лещин Мохн Озерц Поляр Ручей Снеж Тальн Холм Чащ Щавел Ясен",
        "ев ёв ин ов овец ский чук юк енко",
        "Ар Бог Вит Глеб Дам Евс Зах Кир Мир Ост Рад Яр",
        "ан ей ий ил ин имир ислав",
        "Ал Верен Дар Ев Злат Ир Лад Мил Ольг Рад Снеж Ярос",
        "а ана ена ия лава ина ушка",
    ),
    "africa": _stock(
        "ABA BANDU CHIKE DIBA EKO FANTA GACHU IDOWU KAMA LUMU MBEKI NDIA ODHI SEKOU TESFA WAMBU ZULU",
        "_ BARE DZE KWU LAHI MBA NGE NYA RINDA SHE TANU WAYO",
        "AB BAK CHI DAU EM FEL JUM KOF LET MOS NGU OB SIM TUN",
        "AKA ANI ARE EKA IDO ILE ONDE OSI UMA",
        "AD BI CHI DAL ES FAT HAW IF KIM LIN MON NAL ROS WAN",
        "AMA ANJA EDA IKA INA ISHA OLA UMI",
    ),
}  # fmt: skip

# Doc 9303-3 section 6 B: the letters that names here are coined in.
_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
        "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
        "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
        "щ": "shch", "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    }
)  # fmt: skip

_STATES = {
    "JPN": "japan", "KOR": "korea", "CHN": "china", "TWN": "china", "SGP": "china", "HKG": "china",
    "MYS": "malay", "THA": "indochina", "VNM": "indochina", "LAO": "indochina", "IDN": "malay",
    "PHL": "iberia", "IND": "india", "NPL": "india", "LKA": "india", "ARE": "arabia",
    "QAT": "arabia", "SAU": "arabia", "EGY": "arabia", "TUR": "turkey", "GBR": "english",
    "USA": "english", "CAN": "english", "AUS": "english", "NZL": "english", "IRL": "english",
    "ZAF": "english", "DEU": "german", "AUT": "german", "CHE": "german", "NLD": "german", "SWE": "nordic",
    "NOR": "nordic", "DNK": "nordic", "FIN": "nordic", "FRA": "french", "BEL": "french",
    "ESP": "iberia", "PRT": "iberia", "BRA": "iberia", "MEX": "iberia", "ARG": "iberia",
    "CHL": "iberia", "ITA": "italy", "UKR": "cyrillic", "KAZ": "cyrillic", "BGR": "cyrillic",
    "KEN": "africa", "NGA": "africa", "ETH": "africa", "GHA": "africa",
}  # fmt: skip
STATES = tuple(sorted(_STATES))
"""States (alpha-3) whose people can be named."""


def surname(chance: random.Random, state: str) -> str:
    """A family's name as its passports print it, with accents, particles and hyphens."""
    region = _STATES[state]
    name = _join(chance, _STOCKS[region].surnames)
    found = _SURNAMES.get(region, _plain)(chance, name, _STOCKS[region])
    return found if _says_a_name(found) else surname(chance, state)


def given(chance: random.Random, state: str, sex: str) -> str:
    """Given names of a man (``M``) or a woman; one, two or many."""
    region = _STATES[state]
    stock = _STOCKS[region]
    parts = stock.men if sex == "M" else stock.women
    found = _join(chance, parts)
    more = chance.random()
    if more < _MIDDLE.get(region, 0.0):
        found += f" {_join(chance, parts)}"
    elif more > 0.99:  # the very long ones, that booking systems cut
        found += "".join(f" {_join(chance, parts)}" for _ in range(3))
    return found if _says_a_name(found) else given(chance, state, sex)


def _says_a_name(text: str) -> bool:
    """No word that a reader takes for a title or for "no name" (a name like TAMMS would lose two letters)."""
    return not (values.is_placeholder(text) or values.strip_title(text)[1])


def _join(chance: random.Random, parts: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    """A beginning and an end; `_` is none."""
    heads, tails = parts
    head, tail = chance.choice(heads), chance.choice(tails)
    name = head if tail == "_" else head + tail
    return name if name.isupper() else name.lower().translate(_CYRILLIC).upper()


# --- the ways of regions --------------------------------------------------------------------------

_MIDDLE = {
    "english": 0.35,
    "german": 0.2,
    "iberia": 0.3,
    "french": 0.2,
    "africa": 0.3,
    "india": 0.1,
}


def _plain(chance: random.Random, name: str, stock: Stock) -> str:
    del chance, stock
    return name


def _arabic(chance: random.Random, name: str, stock: Stock) -> str:
    del stock
    found = chance.random()
    return f"AL-{name}" if found < 0.5 else f"ABU {name}" if found < 0.6 else name


def _often_double(chance: random.Random, name: str, stock: Stock) -> str:
    """Father's and mother's name."""
    return f"{name} {_join(chance, stock.surnames)}" if chance.random() < 0.7 else name


def _with_particle(chance: random.Random, name: str, stock: Stock) -> str:
    found = chance.random()
    if found < 0.04:
        return f"VON {name}"
    return f"{name}-{_join(chance, stock.surnames)}" if found < 0.12 else name


def _english(chance: random.Random, name: str, stock: Stock) -> str:
    found = chance.random()
    if found < 0.03:
        return f"O'{name}"
    if found < 0.05:
        return f"MC{name}"
    return f"{name}-{_join(chance, stock.surnames)}" if found < 0.1 else name


def _french(chance: random.Random, name: str, stock: Stock) -> str:
    found = chance.random()
    if found < 0.05:
        return f"{chance.choice(('DE', 'DE LA', 'DU'))} {name}"
    return f"{name}-{_join(chance, stock.surnames)}" if found < 0.12 else name


_SURNAMES: dict[str, Callable[[random.Random, str, Stock], str]] = {
    "arabia": _arabic,
    "iberia": _often_double,
    "german": _with_particle,
    "english": _english,
    "french": _french,
}
