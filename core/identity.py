"""Identity, credit and bank numbers: normalised and judged by length, date and check digit only.

Never by division: people carry cancelled county codes, organisations carry codes no printed table names.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _
from stdnum import luhn
from stdnum.cn import ric, uscc

from core.errors import InvalidInput

Sex = Literal["male", "female"]

LOOKALIKES = str.maketrans("OQIL|", "00111")
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class NumberError(InvalidInput):
    """A number that cannot stand; `how` says the cure, `proposal` is what it probably should be."""

    def __init__(self, message: str, *, code: str, how: str, proposal: str = "") -> None:
        super().__init__(message, code=code, how=how)
        self.how = how
        self.proposal = proposal

    def as_dict(self) -> dict[str, Any]:
        """What is wrong and how to mend it, in one message."""
        told = "。".join(part for part in (self.message, self.how) if part) + "。"
        return super().as_dict() | {"message": told}


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A checked 18-character identity number and what it says about its owner."""

    number: str
    birth_date: date
    sex: Sex

    @property
    def last4(self) -> str:
        return last4_of(self.number)


@dataclass(frozen=True, slots=True)
class DisabilityCertificate:
    """Kind (1-7) and grade (1-4) that a disability certificate appends to its holder's identity number."""

    kind: int
    grade: int


def normalise_number(text: str) -> str:
    """Strip what spreadsheets leave around a number: spaces, invisible characters, quotes, ="…", full width."""
    text = unicodedata.normalize("NFKC", text)
    if not text.isalnum():
        text = "".join(
            c for c in text if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc", "Zs"}
        )
    return text.lstrip("=").strip("'\"`‘’“”").upper()


def read_id_number(text: str) -> IdNumber:
    """Read one identity number (GB 11643) as it stands in a cell or a form field.

    Raises NumberError: E-ID-FORMAT (length, letters, date, two numbers in a cell), E-ID-CHECK (check digit).
    """
    number = normalise_number(text)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise _misformed(number)
    birth_date = _birth_date(number)
    if birth_date is None:
        raise NumberError(
            _("第7至14位不是一个日期"), code="E-ID-FORMAT", how=_("对照户口簿或身份证，逐位核对出生日期")
        )
    if birth_date > timezone.localdate():
        raise NumberError(
            _("号码里的出生日期在今天以后"), code="E-ID-FORMAT", how=_("对照户口簿或身份证，逐位核对出生日期")
        )
    if ric.calc_check_digit(number) != number[-1]:
        raise NumberError(_("末位校验不符"), code="E-ID-CHECK", how=_("对照户口簿或身份证，逐位核对"))
    return IdNumber(number, birth_date, "male" if int(number[16]) % 2 else "female")


def known_id(number: str) -> IdNumber:
    """Take apart a number that was checked before (it comes from our own tables)."""
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    return IdNumber(number, born, "male" if int(number[16]) % 2 else "female")


def read_disability_certificate(text: str) -> tuple[IdNumber, DisabilityCertificate] | None:
    """Read a disability certificate's number: identity number, kind, grade, perhaps B and a reissue digit.

    Returns None where the text is none. Raises NumberError when its first 18 characters do not stand.
    """
    match = re.fullmatch(r"([0-9]{17}[0-9X])([1-7])([1-4])(B[0-9])?", normalise_number(text))
    if match is None:
        return None
    return read_id_number(match[1]), DisabilityCertificate(int(match[2]), int(match[3]))


def _birth_date(number: str) -> date | None:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if 1850 <= born.year < 2150 else None


def _misformed(number: str) -> NumberError:
    for judge in (_empty, _foreign_x, _lookalike, _old_number, _several):
        found = judge(number)
        if found:
            return found
    message = _("身份证号应为18位，这里有%(length)d位") % {"length": len(number)}
    if len(number) == 18:
        message = _("身份证号里有不能用的字符")
    return NumberError(message, code="E-ID-FORMAT", how=_("对照户口簿或身份证，重新填18位号码"))


def _empty(number: str) -> NumberError | None:
    if number:
        return None
    return NumberError(_("没有填身份证号"), code="E-ID-FORMAT", how=_("填写18位公民身份号码"))


def _foreign_x(number: str) -> NumberError | None:
    if not re.fullmatch(r"[0-9]{17}[×*✕╳Χ]", number):
        return None
    return NumberError(
        _("末位写成了“%(mark)s”，可能是字母“X”") % {"mark": number[-1]},
        code="E-ID-FORMAT",
        how=_("末位改成大写字母X"),
        proposal=_if_valid(number[:-1] + "X"),
    )


def _lookalike(number: str) -> NumberError | None:
    found = re.search(r"[OQIL|]", number)
    if not found or not re.fullmatch(r"([0-9OQIL|]{15}|[0-9OQIL|]{17}[0-9OQIL|X])", number):
        return None
    digit = found[0].translate(LOOKALIKES)
    return NumberError(
        _("混入字母“%(letter)s”，可能是数字“%(digit)s”") % {"letter": found[0], "digit": digit},
        code="E-ID-FORMAT",
        how=_("改成数字%(digit)s") % {"digit": digit},
        proposal=_if_valid(number.translate(LOOKALIKES)),
    )


def _old_number(number: str) -> NumberError | None:
    if not re.fullmatch(r"[0-9]{15}", number):
        return None
    proposal = _if_valid(convert_old_number(number))
    if not proposal:
        return NumberError(
            _("15位号码里的第7至12位不是一个日期"),
            code="E-ID-FORMAT",
            how=_("对照户口簿或身份证，填18位号码"),
        )
    how = _("填18位新号码；确认无误可以按规则换成18位")
    return NumberError(_("这是15位旧号码"), code="E-ID-FORMAT", how=how, proposal=proposal)


def _several(number: str) -> NumberError | None:
    found = re.findall(r"(?<![0-9])[0-9]{17}[0-9X](?![0-9X])", number)
    if len(found) > 1:
        message, how = _("一个单元格里有两个号码"), _("一行只留一个人的号码")
        return NumberError(message, code="E-ID-FORMAT", how=how)
    if len(found) == 1:
        message, how = _("号码前后写了别的字"), _("只留18位号码，说明写到备注栏")
        return NumberError(message, code="E-ID-FORMAT", how=how, proposal=_if_valid(found[0]))
    return None


def convert_old_number(number: str) -> str:
    """Turn a 15-digit number into its 18-character form: 19 before the year, check digit behind."""
    body = f"{number[:6]}19{number[6:]}"
    return body + ric.calc_check_digit(body + "0")


def _if_valid(number: str) -> str:
    if len(number) == 15:
        number = convert_old_number(number)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or _birth_date(number) is None:
        return ""
    return number if ric.calc_check_digit(number) == number[-1] else ""


def numeric_id_error(column: str = "") -> NumberError:
    """The answer to an identity number stored as a number: digits are lost, whatever the check digit says."""
    how = _("把单元格设为“文本”格式，重新填18位号码")
    if column:
        how = _("把%(column)s列设为“文本”格式，重新填18位号码") % {"column": column}
    return NumberError(_("身份证号码存成了数值，后几位已经丢失"), code="E-ID-NUMERIC", how=how)


def last4_of(number: str) -> str:
    """The last four of a number, which may be shown."""
    return number[-4:]


def mask_id(last4: str) -> str:
    """Show an identity number on a page: fourteen stars and the last four."""
    return "*" * 14 + last4


def mask_id_for_notice(number: str) -> str:
    """Show an identity number on the public notice: first six and last four, birth date hidden."""
    return number[:6] + "*" * 8 + last4_of(number)


def mask_digits_in(text: str) -> str:
    """Hide every long run of digits in free text, so that a fault may quote what the cell says."""
    return re.sub(r"[0-9０-９OoIlＸXx×*]{8,}", lambda run: "*" * (len(run[0]) - 4) + last4_of(run[0]), text)


def read_uscc(text: str) -> str:
    """Read a unified social credit code (GB 32100) by letters and check digit; N2… and 54… stand too.

    Raises NumberError (E-USCC).
    """
    code = normalise_number(text).replace("-", "")
    if len(code) != 18:
        message = _("统一社会信用代码应为18位，这里有%(length)d位") % {"length": len(code)}
        raise NumberError(message, code="E-USCC", how=_("对照登记证书重新填写"))
    wrong = next((c for c in code if c not in USCC_LETTERS), "")
    if wrong:
        message = _("统一社会信用代码里不会有“%(letter)s”") % {"letter": wrong}
        raise NumberError(message, code="E-USCC", how=_("对照登记证书，注意字母I、O与数字1、0的区别"))
    if uscc.calc_check_digit(code[:17]) != code[17]:
        raise NumberError(_("统一社会信用代码末位校验不符"), code="E-USCC", how=_("对照登记证书，逐位核对"))
    return code


def read_bank_account(text: str, *, personal: bool = False) -> str:
    """Read a bank account: digits only; a person's card of 16 to 19 digits must pass the Luhn check as well.

    Organisation accounts carry no check digit. Raises NumberError (E-CARD).
    """
    account = re.sub(r"[-–—]", "", normalise_number(text))
    if not re.fullmatch(r"[0-9]{6,32}", account):
        message = _("银行账号应为6至32位数字") if account else _("没有填银行账号")
        raise NumberError(message, code="E-CARD", how=_("对照存折、银行卡或开户许可证重新填写"))
    if personal and 16 <= len(account) <= 19 and not luhn.is_valid(account):
        raise NumberError(_("银行卡号校验不符"), code="E-CARD", how=_("对照银行卡，逐位核对"))
    return account


def numeric_card_error(column: str = "") -> NumberError:
    """The answer to a bank account stored as a number of more than 15 digits."""
    how = _("把单元格设为“文本”格式，重新填账号")
    if column:
        how = _("把%(column)s列设为“文本”格式，重新填账号") % {"column": column}
    return NumberError(_("银行账号存成了数值，后几位已经丢失"), code="E-CARD", how=how)
