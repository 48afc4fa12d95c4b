"""Numbers are judged by length, date and check digit only."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from core import identity
from core.identity import NumberError
from core.pinyin import name_pinyin

WRITTEN = [
    "500115199003071234",
    "'500115199003071234",
    '="500115199003071234"',
    "`500115199003071234",
    "500115 19900307 1234",
    "500115\u00a019900307\u200b1234\ufeff",
    "\t500115199003071234\n",
    "５００１１５１９９００３０７１２３４",
]
REFUSED = [
    ("", "E-ID-FORMAT", ""),
    ("50011519900307123", "E-ID-FORMAT", ""),
    ("5001151990030712345", "E-ID-FORMAT", ""),
    ("500115199003071235", "E-ID-CHECK", ""),
    ("500115199013071234", "E-ID-FORMAT", ""),
    ("500115199002301234", "E-ID-FORMAT", ""),
    ("50011519900307123A", "E-ID-FORMAT", ""),
    ("500115900307123", "E-ID-FORMAT", "500115199003071234"),
    ("5OO115199003071234", "E-ID-FORMAT", "500115199003071234"),
    ("50011519900307l234", "E-ID-FORMAT", "500115199003071234"),
    ("50024319750605004*", "E-ID-FORMAT", "50024319750605004X"),
    ("50024319750605004×", "E-ID-FORMAT", "50024319750605004X"),
    ("500115199003071234(已故)", "E-ID-FORMAT", "500115199003071234"),
    ("500115199003071234/431224197002280419", "E-ID-FORMAT", ""),
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_number_is_found_under_whatever_a_spreadsheet_left_around_it(text):
    assert identity.read_id_number(text).number == "500115199003071234"


@pytest.mark.parametrize(("text", "code", "proposal"), REFUSED)
def test_a_wrong_number_is_refused_with_its_reason_and_a_proposal_where_there_is_one(text, code, proposal):
    with pytest.raises(NumberError) as refused:
        identity.read_id_number(text)

    assert (refused.value.code, refused.value.proposal) == (code, proposal)
    assert refused.value.how


def test_no_refusal_carries_the_number_to_where_it_might_be_logged():
    with pytest.raises(NumberError) as refused:
        identity.read_id_number("500115900307123")

    assert "500115" not in str(refused.value) + str(refused.value.as_dict())


@pytest.mark.parametrize(
    "number", ["431224197002280419", "640105197801010056", "50024319750605004x", "50024319750605004Ｘ"]
)
def test_the_published_examples_pass(number):
    assert len(identity.read_id_number(number).number) == 18


def test_a_county_that_never_existed_is_no_reason_to_refuse():
    body = "99999919700101001"

    assert identity.read_id_number(body + ric.calc_check_digit(body + "0")).sex == "male"


def test_a_number_says_birth_date_and_sex():
    known = identity.read_id_number("50024319750605004X")

    assert (known.birth_date, known.sex, known.last4, identity.mask_id(known.last4)) == (
        date(1975, 6, 5),
        "female",
        "004X",
        "*" * 14 + "004X",
    )
    assert identity.known_id("50024319750605004X") == known


def test_a_disability_certificate_is_taken_apart():
    known, certificate = identity.read_disability_certificate("50011519900307123441")

    assert known.number == "500115199003071234"
    assert (certificate.kind, certificate.grade) == (4, 1)
    assert identity.read_disability_certificate("500115199003071234") is None


def _number(digits: str, born: date) -> str:
    body = f"{digits[:6]}{born:%Y%m%d}{digits[6:]}"
    return body + ric.calc_check_digit(body + "0")


numbers = st.builds(
    _number,
    st.text("0123456789", min_size=9, max_size=9),
    st.dates(date(1900, 1, 1), date(2024, 12, 31)),
)


@given(numbers)
def test_every_number_with_its_check_digit_passes_and_says_its_birth_date(number):
    known = identity.read_id_number(number)

    assert known.number == number
    assert f"{known.birth_date:%Y%m%d}" == number[6:14]
    assert known.sex == ("male" if int(number[16]) % 2 else "female")


@given(numbers, st.integers(min_value=0, max_value=16), st.integers(min_value=1, max_value=9))
def test_one_wrong_digit_never_passes(number, place, step):
    digit = str((int(number[place]) + step) % 10)

    with pytest.raises(NumberError):
        identity.read_id_number(number[:place] + digit + number[place + 1 :])


@given(numbers, st.integers(min_value=0, max_value=15))
def test_two_neighbours_exchanged_never_pass(number, place):
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    if swapped != number:
        with pytest.raises(NumberError):
            identity.read_id_number(swapped)


@given(numbers.filter(lambda n: n[6:8] == "19"))
def test_an_old_number_is_proposed_in_its_new_form(number):
    with pytest.raises(NumberError) as refused:
        identity.read_id_number(number[:6] + number[8:17])

    assert refused.value.proposal == number


@given(st.text())
def test_any_text_is_read_or_refused_and_never_breaks(text):
    for read in (identity.read_id_number, identity.read_uscc, identity.read_bank_account):
        with suppress(NumberError):
            assert read(text)


@pytest.mark.parametrize(
    "code",
    [
        "N2500115MF0012ABX3",
        "54431224ME5678903B",
        "91110000802100433B",
        "9144030071526726XG",
        "91350100M000100Y43",
        "n2500115mf0012abx3",
    ],
)
def test_credit_codes_of_villages_and_companies_pass(code):
    assert identity.read_uscc(code) == code.upper()


@pytest.mark.parametrize(
    "code", ["", "N2500115MF0012ABX4", "N2500115MF0012ABO3", "N2500115MF0012ABX", "I2500115MF0012ABX3"]
)
def test_wrong_credit_codes_are_refused(code):
    with pytest.raises(NumberError) as refused:
        identity.read_uscc(code)

    assert refused.value.code == "E-USCC"


def test_organisation_accounts_need_no_check_digit_but_personal_cards_do():
    assert identity.read_bank_account("6228 4801-2345 6789") == "6228480123456789"
    with pytest.raises(NumberError):
        identity.read_bank_account("6228480123456780", personal=True)
    assert identity.read_bank_account("4111111111111111", personal=True) == "4111111111111111"
    assert identity.read_bank_account("1234567890", personal=True) == "1234567890"


def test_masks_show_the_last_four_and_the_public_notice_hides_the_birth_date():
    assert identity.mask_id("1234") == "**************1234"
    assert identity.mask_id_for_notice("500115199003071234") == "500115********1234"
    assert identity.mask_digits_in("张三500115199003071234（已故）") == "张三**************1234（已故）"


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("单雄信", "shan xiong xin"),
        ("曾小明", "zeng xiao ming"),
        ("仇和", "qiu he"),
        ("尉迟恭", "yu chi gong"),
        ("万俟卨", "mo qi xie"),
        ("解珍", "xie zhen"),
        ("查良镛", "zha liang yong"),
        ("盖叫天", "ge jiao tian"),
        ("朴树", "piao shu"),
        ("区大海", "ou da hai"),
        ("员半千", "yun ban qian"),
        ("乐嘉", "yue jia"),
        ("冼星海", "xian xing hai"),
        ("缪杰", "miao jie"),
        ("纪晓岚", "ji xiao lan"),
        ("单", "shan"),
        ("张 三", "zhang san"),
        ("阿依古丽·买买提", "a yi gu li mai mai ti"),
    ],
)
def test_surnames_are_read_as_surnames(name, pinyin):
    assert name_pinyin(name) == pinyin
