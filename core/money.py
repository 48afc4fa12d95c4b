"""Money as whole fen: reading it, writing it, and taking shares of it in Python and in SQL alike."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import BigIntegerField, Func
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from core.errors import AmountError

PPM = 1_000_000
FEN_OF_YUAN = 100
MAX_FEN = 10**15
MINUS = "−"

CAPITALS = "零壹贰叁肆伍陆柒捌玖"
NUMERAL_DIGITS = dict(
    zip(
        "〇○一壹二贰貳两三叁參四肆五伍六陆陸七柒八捌九玖零",
        "零零壹壹贰贰贰贰叁叁叁肆肆伍伍陆陆陆柒柒捌捌玖玖零",
        strict=True,
    )
)
NUMERAL_UNITS = {"十": "拾", "百": "佰", "千": "仟", "萬": "万", "億": "亿"}


def yuan_text(fen: int) -> str:
    """Write an amount the way pages show it: 123400 → 1,234.00, with a true minus sign."""
    yuan, cents = divmod(abs(fen), 100)
    return f"{MINUS if fen < 0 else ''}{yuan:,}.{cents:02d}"


def yuan_plain(fen: int) -> str:
    """Write an amount for form fields and CSV: 123400 → 1234.00, with an ASCII minus."""
    yuan, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan}.{cents:02d}"


def yuan_decimal(fen: int) -> Decimal:
    """Give an amount in yuan as a Decimal with two places, for a spreadsheet cell."""
    return Decimal(fen).scaleb(-2)


def yuan_capital(fen: int) -> str:
    """Write an amount in capital numerals for a signed paper: 2300000 → 贰万叁仟元整.

    Where the writing rules leave 零 open (元 ends in 0 and 角 follow, 万 ends in 0 and 仟 follow) there is none.
    """
    yuan, cents = divmod(abs(fen), 100)
    jiao, points = divmod(cents, 10)
    text = "负" if fen < 0 else ""
    if yuan or not cents:
        text += (_capital_number(yuan) or "零") + "元"
    if not cents:
        return text + "整"
    if jiao:
        text += CAPITALS[jiao] + "角"
    elif yuan:
        text += "零"
    return text + (CAPITALS[points] + "分" if points else "整")


def _capital_number(number: int) -> str:
    for size, unit in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _capital_number(high) + unit + gap + _capital_number(low)
    return _capital_group(number)


def _capital_group(number: int) -> str:
    text = ""
    for size, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit, number = divmod(number, size)
        if digit:
            text += CAPITALS[digit] + unit
        elif text and number and not text.endswith("零"):
            text += "零"
    return text


def fen_from_text(text: str) -> int:
    """Read an amount in yuan as a clerk writes it: ￥200, 1,200.00元, １２００, 二百元, 200元/年, −200.

    Raises AmountError when it is empty, is no amount, has more than two decimals, or is written in 万.
    """
    plain = _plain_amount(text)
    if not plain or plain in {"-", "--", "/", "无", "空"}:
        raise AmountError(_("没有填金额"), how=_("填写金额，如200.00"))
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?万", plain):
        raise AmountError(
            _("金额以“万”为单位"), how=_("换算成元，写成%(yuan)s") % {"yuan": _from_ten_thousands(plain)}
        )
    if re.fullmatch(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)", plain):
        return _fen_exactly(Decimal(plain))
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", plain):
        return _fen_exactly(Decimal(plain.replace(",", "")))
    return _fen_from_numerals(plain)


def fen_from_number(number: int | float | Decimal) -> int:
    """Read an amount in yuan from a number cell; binary dust such as 199.99999999999997 is rounded away.

    Raises AmountError when a real third decimal stands there.
    """
    value = Decimal(str(number))
    if not value.is_finite():
        raise AmountError(_("不是金额"), how=_("填写数字，如200.00"))
    if abs(value) > MAX_FEN:
        raise AmountError(_("金额过大"), how=_("核对位数，单位是元"))
    cents = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if abs(cents - value) > Decimal("0.000001"):
        raise AmountError(_("金额最多两位小数"), how=_("改成精确到分的金额，如200.00"))
    return _within_limit(int(cents.scaleb(2)))


def _plain_amount(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")
    text = text.replace("−", "-").replace("–", "-").replace("—", "-").replace("，", ",").strip("'\"`")
    text = re.sub(r"^(-?)(人民币|RMB|CNY|[¥$])", r"\1", text, flags=re.IGNORECASE)
    text = (
        re.sub(r"(/|每)?(人|年|年度)?[·.]?(/|每)?(人|年|年度)?$", "", text)
        if re.search(r"[/每]", text)
        else text
    )
    if re.fullmatch(r".*[0-9万](元|圆)(整|正)?", text):
        text = re.sub(r"(元|圆)(整|正)?$", "", text)
    return text


def _from_ten_thousands(plain: str) -> str:
    return f"{(Decimal(plain[:-1]) * 10_000).quantize(Decimal('0.01'))}"


def _fen_exactly(yuan: Decimal) -> int:
    fen = yuan.scaleb(2)
    if fen != fen.to_integral_value():
        raise AmountError(_("金额最多两位小数"), how=_("改成精确到分的金额，如200.00"))
    return _within_limit(int(fen))


def _within_limit(fen: int) -> int:
    if abs(fen) > MAX_FEN:
        raise AmountError(_("金额过大"), how=_("核对位数，单位是元"))
    return fen


def _fen_from_numerals(plain: str) -> int:
    match = re.fullmatch(
        r"(?P<minus>-|负)?(?:(?P<yuan>[^元圆角分整正]+)(?:元|圆|$))?(?:零?(?P<jiao>.)角)?(?:零?(?P<points>.)分)?(?:整|正)?",
        plain,
    )
    if not match or not (match["yuan"] or match["jiao"] or match["points"]):
        raise AmountError(_("不是金额"), how=_("填写数字，如200.00"))
    yuan = _numeral(match["yuan"] or "零")
    jiao, points = _numeral(match["jiao"] or "零"), _numeral(match["points"] or "零")
    fen = _within_limit(yuan * 100 + jiao * 10 + points)
    return -fen if match["minus"] else fen


def _numeral(text: str) -> int:
    capital = "".join(_as_capital(char) for char in text)
    number = _numeral_value(capital)
    written, expected = capital.replace("零", ""), _capital_number(number).replace("零", "")
    # 一千二 is 1200 to the ear and 1002 to the rule: neither is guessed.
    unsure = re.search(r"[佰仟万亿][^零拾佰仟万亿]$|零零|.零$|^[佰仟万亿]", capital)
    if unsure or written not in {expected, expected.removeprefix("壹")}:
        raise AmountError(_("不是金额"), how=_("填写数字，如200.00"))
    return number


def _as_capital(char: str) -> str:
    if char in NUMERAL_DIGITS:
        return NUMERAL_DIGITS[char]
    return NUMERAL_UNITS.get(char, char)


def _numeral_value(capital: str) -> int:
    for unit, size in (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10)):
        if unit in capital:
            high, _unit, low = capital.rpartition(unit)
            return (_numeral_value(high) or 1) * size + _numeral_value(low)
    digits = capital.strip("零")
    return CAPITALS.index(digits) if digits and len(digits) == 1 and digits in CAPITALS else 0


def share_half_up(amount_fen: int, ppm: int) -> int:
    """Take a share of an amount in fen, rounded half up to the fen. Neither may be negative."""
    assert amount_fen >= 0 and ppm >= 0
    return (amount_fen * ppm + PPM // 2) // PPM


def half_of(whole: int) -> int:
    """What is added before a division by the whole, so that cutting the rest rounds half up."""
    return whole // 2


def part_half_up(amount_fen: int, parts: int) -> int:
    """One of so many equal parts of an amount in fen, rounded half up to the fen."""
    assert amount_fen >= 0 and parts > 0
    return (2 * amount_fen + parts) // (2 * parts)


def share_down(amount_fen: int, ppm: int) -> int:
    """Take a share of an amount in fen, rounded down to the fen: for ceilings. Neither may be negative."""
    assert amount_fen >= 0 and ppm >= 0
    return amount_fen * ppm // PPM


class ShareHalfUp(Func):
    """`share_half_up` as a database expression. Both sides non-negative; their product must fit 63 bits.

    Both databases divide whole numbers by cutting the rest.
    """

    template = f"((%(expressions)s + {PPM // 2}) / {PPM})"
    arg_joiner = " * "
    arity = 2
    output_field = BigIntegerField()

    def __init__(self, amount_fen: Any, ppm: Any, **extra: Any) -> None:
        # Two int4 columns would overflow before the division on PostgreSQL.
        super().__init__(Cast(amount_fen, BigIntegerField()), Cast(ppm, BigIntegerField()), **extra)
