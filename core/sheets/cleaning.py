"""From a cell as somebody typed it to a value, or to one sentence that says what is wrong and how to mend it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core import identity, money
from core.errors import AmountError

EMPTY_MARKS = {"", "-", "--", "—", "——", "/", "\\", "无", "空", "null", "none", "n/a"}
YES = {"√", "✓", "✔", "☑", "■", "是", "有", "对", "y", "yes", "true", "1", "v"}
NO = {"×", "✗", "✘", "☐", "□", "否", "无", "没有", "n", "no", "false", "0", "x", "", "-", "—", "/"}
SERIAL_EPOCH = date(1899, 12, 30)
SERIAL_EPOCH_1904 = date(1904, 1, 1)
SERIAL_MIN, SERIAL_MAX = 1, 73_050
FIRST_YEAR, LAST_YEAR = 1900, 2100
MAX_EXACT_DIGITS = 15
DOTS = "·•・‧∙⋅᛫.。﹒"
# Between the parts of a name, and in names of the Latin kind.
NAME_MARKS = frozenset(DOTS + "-'’")
HAN = r"[㐀-鿿豈-﫿𠀀-𿿿]"
DEATH_NOTE = re.compile(r"已?[故亡]|死亡|去世|病故|逝")
VARIANTS = str.maketrans(
    "昇陞喆淼堃甯龢璿珮曌崐峯嶽憙寳寶華國張陳劉楊黃趙吳孫馬鄭謝許鄧馮韓潘蔣葉蘇呂盧魯韋萬錢嚴鍾鐘傑偉強麗蘭鳳龍雲榮慶"
    "貴發財順興業義學東軍紅衛愛蓮霞鵬飛遠達進連運遷鄉鎮門開關陽陰陸際雙難靜順頭顧顯養餘館驗髮魚鳥麥麼齊齒",
    "升升哲淼坤宁和璇佩照昆峰岳喜宝宝华国张陈刘杨黄赵吴孙马郑谢许邓冯韩潘蒋叶苏吕卢鲁韦万钱严钟钟杰伟强丽兰凤龙云荣庆"
    "贵发财顺兴业义学东军红卫爱莲霞鹏飞远达进连运迁乡镇门开关阳阴陆际双难静顺头顾显养余馆验发鱼鸟麦么齐齿",
)


@dataclass(eq=False)
class CellFault(Exception):
    """What is wrong with one cell and how to mend it; `proposal` is what it probably should be."""

    code: str
    what: str
    how: str = ""
    proposal: str = ""


@dataclass(slots=True)
class CellNote:
    """Something to look at that does not stop the row."""

    code: str
    what: str
    how: str = ""


@dataclass(slots=True)
class NameReading:
    """A name without the note that was written behind it."""

    name: str
    remark: str = ""
    note: CellNote | None = None


def is_numeric(cell: Any) -> bool:
    """Whether the cell was stored as a number (a truth value is none)."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def cell_text(cell: Any) -> str:
    """The cell as text: whole numbers without .0, dates as 2024-06-17, nothing as the empty text."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**MAX_EXACT_DIGITS:
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == datetime.min.time() else f"{cell:%Y-%m-%d %H:%M}"
    return str(cell)


def plain(cell: Any) -> str:
    """The cell as text in half width without invisible characters, blanks at the ends stripped."""
    text = unicodedata.normalize("NFKC", cell_text(cell))
    # Looking at each character is dear; a text that prints whole has nothing to lose.
    if not text.isprintable():
        text = "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc"} or c == "\n")
    return text.strip()


def tight(cell: Any) -> str:
    """The cell as text without any blank."""
    return "".join(plain(cell).split())


def is_empty(cell: Any) -> bool:
    """Whether the cell says nothing: empty or one of the usual dashes."""
    return tight(cell).lower() in EMPTY_MARKS


def refuse_broken(cell: Any) -> None:
    """Raise CellFault for a formula that has no result or shows an error."""
    if isinstance(cell, str) and re.match(r"#(公式|[A-Z/0]+[!?]?$|N/A)", cell):
        raise CellFault("E-FORMULA", _("公式没有算出结果"), _("在表格软件里打开、保存一次，或直接填写内容"))


def clean_text(cell: Any, *, max_length: int = 0) -> str:
    """Free text, inner blanks and line breaks made single blanks."""
    refuse_broken(cell)
    text = " ".join(plain(cell).split())
    if max_length and len(text) > max_length:
        what = _("内容有%(found)d个字，最多%(limit)d个字") % {"found": len(text), "limit": max_length}
        raise CellFault("E-LENGTH", what, _("写得短一些"))
    return text


def clean_id(cell: Any, *, column: str = "") -> identity.IdNumber:
    """An identity number; any numeric cell is refused, whatever its check digit says."""
    refuse_broken(cell)
    if is_numeric(cell) or re.fullmatch(r"[0-9.]+[eE]\+?[0-9]+|[0-9]{15,18}\.0*", tight(cell)):
        raise _fault(identity.numeric_id_error(column))
    try:
        return identity.read_id_number(cell_text(cell))
    except identity.NumberError as error:
        raise _fault(error) from error


def clean_card(cell: Any, *, personal: bool = True, column: str = "") -> str:
    """A bank account or card; a number cell of more than fifteen digits has lost some."""
    refuse_broken(cell)
    text = tight(cell)
    too_long = is_numeric(cell) and abs(cell) >= 10**MAX_EXACT_DIGITS
    if too_long or re.fullmatch(r"[0-9.]+[eE]\+?[0-9]+", text):
        raise _fault(identity.numeric_card_error(column))
    try:
        return identity.read_bank_account(text, personal=personal)
    except identity.NumberError as error:
        raise _fault(error) from error


def _fault(error: identity.NumberError) -> CellFault:
    return CellFault(error.code, error.message, error.how, error.proposal)


def clean_name(cell: Any) -> NameReading:
    """A person's name: blanks between Han characters go, bracketed notes and trailing digits become a remark."""
    refuse_broken(cell)
    text = plain(cell)
    if not text:
        raise CellFault("E-NAME-EMPTY", _("没有填姓名"), _("填写与身份证一致的姓名"))
    text = re.sub(rf"(?<={HAN})\s+(?={HAN})", "", " ".join(text.split()))
    note = re.search(r"[(\[【<](.*?)[)\]】>]?$", text)
    if note and "+" in note[1]:
        # A rare character described by its parts, as (王+乐).
        raise _lost_character()
    remark = note[1].strip() if note else ""
    name = (text[: note.start()] if note else text).strip()
    digits = re.search(r"[0-9]+$", name)
    if digits:
        name, remark = name[: digits.start()].strip(), remark or digits[0]
    _refuse_lost_characters(name)
    return _judged_name(name, remark)


def _refuse_lost_characters(name: str) -> None:
    private = any(unicodedata.category(c) in {"Co", "Cn"} for c in name)
    if private or re.search(r"[?□■�*_+]", name):
        raise _lost_character()
    if not name:
        raise CellFault("E-NAME-EMPTY", _("没有填姓名"), _("填写与身份证一致的姓名"))
    if any(unicodedata.category(c)[0] not in "LMNZ" and c not in NAME_MARKS for c in name):
        raise CellFault("E-NAME-CHAR", _("姓名里有不能用的符号"), _("填写与身份证一致的姓名"))
    if any(c.isdigit() for c in name):
        raise CellFault("E-NAME-CHAR", _("姓名里有数字"), _("填写与身份证一致的姓名"))
    if len(name) > 50:
        raise CellFault("E-NAME-CHAR", _("姓名太长"), _("一个单元格只写一个人的姓名"))


def _lost_character() -> CellFault:
    return CellFault(
        "E-NAME-CHAR", _("姓名里有显示不出来的字"), _("对照身份证填写正确的字，不要用“?”或拆字代替")
    )


def _judged_name(name: str, remark: str) -> NameReading:
    if DEATH_NOTE.search(remark):
        what = _("姓名后面写了“%(note)s”") % {"note": remark[:10]}
        raise CellFault(
            "E-NAME-NOTE", what, _("姓名改为“%(name)s”，另办死亡登记") % {"name": name}, proposal=name
        )
    if remark:
        what = _("姓名后面写了“%(note)s”，已移到备注") % {"note": remark[:10]}
        return NameReading(name, remark, CellNote("W-NAME-NOTE", what))
    if not re.search(HAN, name):
        return NameReading(name, "", CellNote("W-NAME-CHAR", _("姓名里没有汉字，请核对"), ""))
    return NameReading(name)


def comparable_name(name: str) -> str:
    """A name as it is compared: middle dots alike, no blanks, upper case."""
    text = "".join("·" if c in DOTS else c for c in unicodedata.normalize("NFKC", name) if not c.isspace())
    return text.upper()


def names_agree(one: str, other: str) -> str:
    """Compare two names: "same", "variant" (only variant or traditional characters differ) or "different"."""
    left, right = comparable_name(one), comparable_name(other)
    if left == right:
        return "same"
    return "variant" if left.translate(VARIANTS) == right.translate(VARIANTS) else "different"


def clean_date(cell: Any) -> date:
    """A date in any usual form; raises CellFault (E-DATE) where day and month cannot be told for certain."""
    refuse_broken(cell)
    if isinstance(cell, datetime):
        return _within_years(cell.date())
    if isinstance(cell, date):
        return _within_years(cell)
    if is_numeric(cell):
        return _date_from_number(cell)
    return _date_from_text(tight(cell))


def day_counted_from_1904(cell: float) -> Any:
    """A bare day number of a workbook that counts from 1904; anything else stays as it is."""
    is_day = cell == int(cell) and 0 <= cell <= SERIAL_MAX and not FIRST_YEAR <= cell <= LAST_YEAR
    return SERIAL_EPOCH_1904 + timedelta(days=int(cell)) if is_day else cell


def _date_from_number(number: float) -> date:
    whole = int(number)
    if whole == number and SERIAL_MIN <= whole <= SERIAL_MAX and not FIRST_YEAR <= whole <= LAST_YEAR:
        return _within_years(SERIAL_EPOCH + timedelta(days=whole))
    if whole == number and len(str(whole)) == 8:
        return _date_from_text(str(whole))
    raise _date_fault()


def _date_from_text(text: str) -> date:
    match = re.fullmatch(
        r"([0-9]{4})(?:[-/.年])([0-9]{1,2})(?:[-/.月])([0-9]{1,2})日?(?:[T0-9:]{4,8})?", text
    )
    match = match or re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", text)
    if match is None and re.fullmatch(r"[0-9]{5}", text):
        return _date_from_number(int(text))
    if match is None:
        raise _date_fault()
    try:
        return _within_years(date(int(match[1]), int(match[2]), int(match[3])))
    except ValueError as error:
        raise _date_fault() from error


def _within_years(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _date_fault()
    return day


def _date_fault() -> CellFault:
    return CellFault("E-DATE", _("日期无法识别"), _("写成年月日齐全的样子，如2024-06-17"))


def clean_year(cell: Any) -> int:
    """A year: 2024, 2024年度, 24, 2024.0."""
    refuse_broken(cell)
    match = re.fullmatch(r"(?:20)?([0-9]{2})(?:\.0+)?(?:年度?)?", tight(cell))
    if match is None:
        raise CellFault("E-YEAR", _("年度无法识别"), _("写成四位数的年度，如2024"))
    return 2000 + int(match[1])


def clean_amount(cell: Any, *, may_be_zero: bool = False, may_be_negative: bool = False) -> int:
    """An amount in fen from a cell in yuan; zero and negative only where the column allows them."""
    refuse_broken(cell)
    try:
        fen = money.fen_from_number(cell) if is_numeric(cell) else money.fen_from_text(cell_text(cell))
    except AmountError as error:
        raise CellFault("E-AMOUNT", error.message, error.figures.get("how", "")) from error
    if fen < 0 and not may_be_negative:
        raise CellFault("E-AMOUNT", _("金额是负数"), _("填写大于0的金额"))
    if fen == 0 and not may_be_zero:
        raise CellFault("E-AMOUNT", _("金额是0"), _("填写大于0的金额，没有金额的行请删去"))
    return fen


def clean_count(cell: Any) -> int:
    """A whole number that is not negative."""
    refuse_broken(cell)
    match = re.fullmatch(r"([0-9]{1,9})(?:\.0+)?[人户个名]?", tight(cell).replace(",", ""))
    if match is None:
        raise CellFault("E-COUNT", _("不是整数"), _("填写整数，如36"))
    return int(match[1])


def clean_flag(cell: Any) -> bool:
    """A ticked box: √ 是 有 Y 1 ✓ / × 否 无 N 0, empty means no."""
    refuse_broken(cell)
    if isinstance(cell, bool):
        return cell
    text = tight(cell).lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise CellFault("E-FLAG", _("看不出是或否"), _("填写“是”或“否”"))


def clean_phone(cell: Any) -> str:
    """A telephone number; a number cell is accepted, nothing is lost in it (A-76)."""
    refuse_broken(cell)
    text = tight(cell)
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?[eE]\+[0-9]+", text):
        text = f"{float(text):.0f}"
    digits = re.sub(r"^(\+?86-?)(?=1[0-9]{10}$)|\.0+$", "", text)
    bare = re.sub(r"[-()\s]", "", digits)
    if re.fullmatch(r"1[0-9]{10}", bare):
        return bare
    if re.fullmatch(r"(0[0-9]{2,3}-?)?[0-9]{7,8}(-[0-9]{1,6})?", digits.replace("(", "").replace(")", "-")):
        return digits
    raise CellFault("E-PHONE", _("联系电话不正确"), _("填写11位手机号码，或带区号的座机"))


def clean_code(cell: Any) -> str:
    """A voucher or document number: text without blanks; a number cell of more than fifteen digits has lost some."""
    refuse_broken(cell)
    if is_numeric(cell) and abs(cell) >= 10**MAX_EXACT_DIGITS:
        raise CellFault("E-CODE", _("号码存成了数值，后几位已经丢失"), _("把单元格设为“文本”格式，重新填写"))
    return tight(cell).strip("'\"`")


def clean_choice(cell: Any, choices: Mapping[str, str]) -> str:
    """A word out of a list of written forms; raises CellFault (E-CHOICE) naming what may stand here."""
    refuse_broken(cell)
    text = tight(cell)
    if text in choices:
        return choices[text]
    allowed = "、".join(dict.fromkeys(label for label in choices if label))
    what = _("不认识“%(word)s”") % {"word": text[:20]}
    raise CellFault("E-CHOICE", what, _("改为%(allowed)s中的一个") % {"allowed": allowed[:80]})
