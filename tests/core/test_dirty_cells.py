"""The catalogue of dirty data (D01-D50), cell by cell."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from core.sheets import cleaning
from core.sheets.cleaning import CellFault

NUMBER = "500115199003071234"
DATE = date(2024, 6, 17)


@pytest.mark.parametrize(
    ("rule", "cell", "code"),
    [
        ("D01", 500115199003071000, "E-ID-NUMERIC"),
        ("D02", 5.00115199003071e17, "E-ID-NUMERIC"),
        ("D02", "5.00115E+17", "E-ID-NUMERIC"),
        ("D02", "500115199003071234.0", "E-ID-NUMERIC"),
        ("D03", "50024319750605004*", "E-ID-FORMAT"),
        ("D03", "50024319750605004×", "E-ID-FORMAT"),
        ("D04", "5OO115199003071234", "E-ID-FORMAT"),
        ("D07", "500115900307123", "E-ID-FORMAT"),
        ("D08", f"{NUMBER}(已故)", "E-ID-FORMAT"),
        ("D08", f"{NUMBER}、431224197002280419", "E-ID-FORMAT"),
        ("D23", "#REF!", "E-FORMULA"),
        ("D23", "#N/A", "E-FORMULA"),
    ],
)
def test_identity_cells_that_cannot_stand_are_refused(rule, cell, code):
    with pytest.raises(CellFault) as refused:
        cleaning.clean_id(cell, column="D")

    assert refused.value.code == code
    assert refused.value.how


def test_d02_a_damaged_number_is_refused_even_where_its_check_digit_passes():
    damaged = next(n for n in range(500115199003070000, 500115199003071000, 16) if _passes(str(n)))

    with pytest.raises(CellFault) as refused:
        cleaning.clean_id(damaged)

    assert refused.value.code == "E-ID-NUMERIC"


def _passes(number: str) -> bool:
    try:
        return bool(cleaning.clean_id(number))
    except CellFault:
        return False


@pytest.mark.parametrize(
    ("rule", "cell", "number"),
    [
        ("D03", "50024319750605004x", "50024319750605004X"),
        ("D03", "５００２４３１９７５０６０５００４Ｘ", "50024319750605004X"),
        ("D05", f"'{NUMBER}", NUMBER),
        ("D05", f'="{NUMBER}"', NUMBER),
        ("D06", "500115\u00a019900307\u20031234\ufeff", NUMBER),
        ("D13", "510221196504031231", "510221196504031231"),
    ],
)
def test_identity_cells_are_cleaned_of_what_surrounds_them(rule, cell, number):
    assert cleaning.clean_id(cell).number == number


@pytest.mark.parametrize(
    ("rule", "cell", "name", "remark"),
    [
        ("D14", "张 三", "张三", ""),
        ("D14", "王　芳", "王芳", ""),
        ("D14", "John  Smith", "John Smith", ""),
        ("D15", "阿依古丽·买买提", "阿依古丽·买买提", ""),
        ("D16", "𬭎䶮𠮷", "𬭎䶮𠮷", ""),
        ("D18", "张三(女)", "张三", "女"),
        ("D18", "张三（低保）", "张三", "低保"),
        ("D18", "张三1", "张三", "1"),
    ],
)
def test_names_are_cleaned_and_notes_behind_them_become_remarks(rule, cell, name, remark):
    reading = cleaning.clean_name(cell)

    assert (reading.name, reading.remark) == (name, remark)


@pytest.mark.parametrize(
    "cell", ["张?", "张？", "张□", "\ue123三", "王+乐", "李(王+乐)", "", "(女)", "3", "张3三", "#NAME?"]
)
def test_d16_names_that_lost_a_character_are_refused(cell):
    with pytest.raises(CellFault) as refused:
        cleaning.clean_name(cell)

    assert refused.value.code in {"E-NAME-CHAR", "E-NAME-EMPTY", "E-FORMULA"}


def test_d18_a_death_written_behind_a_name_is_not_taken_for_a_remark():
    with pytest.raises(CellFault) as refused:
        cleaning.clean_name("陈建国（已故）")

    assert refused.value.what == "姓名后面写了“已故”"
    assert refused.value.proposal == "陈建国"


@pytest.mark.parametrize(
    ("rule", "one", "other", "verdict"),
    [
        ("D15", "阿依古丽·买买提", "阿依古丽•买买提", "same"),
        ("D15", "阿依古丽·买买提", "阿依古丽.买买提", "same"),
        ("D17", "张喆", "张哲", "variant"),
        ("D17", "張三", "张三", "variant"),
        ("D10", "张三", "李四", "different"),
    ],
)
def test_names_are_compared_with_tolerance_for_dots_and_variants(rule, one, other, verdict):
    assert cleaning.names_agree(one, other) == verdict


@pytest.mark.parametrize(
    "cell",
    [
        "2024-06-17",
        "2024/6/17",
        "2024.6.17",
        "20240617",
        20240617,
        20240617.0,
        "2024年6月17日",
        "2024 年 6 月 17 日",
        45460,
        45460.0,
        "45460",
        DATE,
        datetime.combine(DATE, time(8, 30)),
        "2024-06-17 08:30:00",
        "２０２４－０６－１７",
    ],
)
def test_d19_dates_are_read_in_every_form_that_leaves_no_doubt(cell):
    assert cleaning.clean_date(cell) == DATE


@pytest.mark.parametrize(
    "cell", ["6/17/24", "2024.6", 2024.6, "2024年6月", 2024, "2024-13-01", "17.6.2024", "昨天", "1066-01-01"]
)
def test_d19_dates_in_doubt_are_refused(cell):
    with pytest.raises(CellFault) as refused:
        cleaning.clean_date(cell)

    assert refused.value.code == "E-DATE"


def test_d19_day_numbers_of_the_1904_system_are_told_apart():
    assert cleaning.day_counted_from_1904(45460 - 1462) == DATE
    assert cleaning.day_counted_from_1904(20240617) == 20240617


@pytest.mark.parametrize("cell", ["2024年", "2024年度", "24", 24, "2024.0", 2024.0, 2024])
def test_d20_years_become_whole_numbers(cell):
    assert cleaning.clean_year(cell) == 2024


@pytest.mark.parametrize(
    ("rule", "cell", "fen"),
    [
        ("D21", "￥200", 20000),
        ("D21", "1,200.00", 120000),
        ("D21", "二百元", 20000),
        ("D21", "200.00元/年", 20000),
        ("D22", 199.99999999999997, 20000),
        ("D21", 200, 20000),
    ],
)
def test_amounts_become_fen(rule, cell, fen):
    assert cleaning.clean_amount(cell) == fen


@pytest.mark.parametrize("cell", [0, "0.00", -5, "−200", "abc", "0.2万", 200.005, "-", True, "#DIV/0!"])
def test_d21_amounts_that_cannot_stand_are_refused(cell):
    with pytest.raises(CellFault) as refused:
        cleaning.clean_amount(cell)

    assert refused.value.code in {"E-AMOUNT", "E-FORMULA"}


def test_d50_negative_amounts_pass_where_the_column_allows_them():
    assert cleaning.clean_amount("−200.00", may_be_negative=True) == -20000


@pytest.mark.parametrize("cell", ["√", "是", "Y", 1, "1", "✓", "有", True, "对"])
def test_d43_ticks_mean_yes(cell):
    assert cleaning.clean_flag(cell) is True


@pytest.mark.parametrize("cell", ["", "×", "否", "无", "N", 0, False, "-"])
def test_d43_crosses_and_empty_cells_mean_no(cell):
    assert cleaning.clean_flag(cell) is False


def test_d43_anything_else_is_asked():
    with pytest.raises(CellFault):
        cleaning.clean_flag("也许")


@pytest.mark.parametrize(
    "cell",
    [13812345678.0, 13812345678, "138 1234 5678", "138-1234-5678", "1.3812345678E+10", "+8613812345678"],
)
def test_d41_a_telephone_number_in_a_number_cell_is_accepted(cell):
    assert cleaning.clean_phone(cell) == "13812345678"


@pytest.mark.parametrize("cell", ["023-40123456", "40123456"])
def test_landlines_are_accepted(cell):
    assert cleaning.clean_phone(cell) == cell


@pytest.mark.parametrize("cell", ["123", "x", "138123456789012"])
def test_what_is_no_telephone_number_is_refused(cell):
    with pytest.raises(CellFault):
        cleaning.clean_phone(cell)


def test_d41_a_card_number_in_a_number_cell_is_refused():
    with pytest.raises(CellFault) as refused:
        cleaning.clean_card(6.22848e18)

    assert refused.value.code == "E-CARD"


def test_d42_blanks_in_a_card_number_are_stripped():
    assert cleaning.clean_card("4111 1111 1111 1111") == "4111111111111111"


def test_a_voucher_in_a_number_cell_of_more_than_fifteen_digits_is_refused():
    assert cleaning.clean_code(12345) == "12345"
    assert cleaning.clean_code("'3500115240600001") == "3500115240600001"
    with pytest.raises(CellFault):
        cleaning.clean_code(3.50011524060000e17)


def test_choices_name_what_may_stand_there():
    with pytest.raises(CellFault) as refused:
        cleaning.clean_choice("其它", {"补缴": "b", "正常": "r"})

    assert refused.value.how == "改为补缴、正常中的一个"
    assert cleaning.clean_choice(" 补 缴 ", {"补缴": "b"}) == "b"


def test_long_text_is_refused_with_both_lengths():
    with pytest.raises(CellFault) as refused:
        cleaning.clean_text("很长" * 20, max_length=20)

    assert refused.value.what == "内容有40个字，最多20个字"
    assert cleaning.clean_text(" a \n b ") == "a b"


def test_counts_are_whole_numbers():
    assert cleaning.clean_count("1,200人") == 1200
    with pytest.raises(CellFault):
        cleaning.clean_count(1.5)
