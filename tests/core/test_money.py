"""Money is whole fen: read, written and shared alike everywhere."""

from __future__ import annotations

import random
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db.models import F, Value
from hypothesis import given
from hypothesis import strategies as st

from core import money
from core.errors import AmountError
from core.models import Job, User

READ = [
    ("￥200", 20000),
    ("200元", 20000),
    ("1,200.00", 120000),
    ("１２００", 120000),
    ("12，345.6", 1234560),
    ("二百元", 20000),
    ("贰万叁仟元整", 2300000),
    ("壹仟肆佰零玖元伍角", 140950),
    ("三百元五分", 30005),
    ("十五", 1500),
    ("二百五十", 25000),
    ("200.00元/年", 20000),
    ("200元/人·年", 20000),
    ("200元每人", 20000),
    ("人民币200元整", 20000),
    ("−200.00", -20000),
    (" 200 ", 20000),
]
REFUSED = [
    "",
    "-",
    "无",
    "abc",
    "0.2万",
    "200.001",
    "1,20",
    "1.2.3",
    "一千二",
    "一二",
    "二〇〇",
    "百",
    "十百",
    "200元元",
    "NaN",
]
CAPITALS = [
    (0, "零元整"),
    (5, "伍分"),
    (10, "壹角整"),
    (105, "壹元零伍分"),
    (150, "壹元伍角整"),
    (140950, "壹仟肆佰零玖元伍角整"),
    (600714, "陆仟零柒元壹角肆分"),
    (1640902, "壹万陆仟肆佰零玖元零贰分"),
    (32504, "叁佰贰拾伍元零肆分"),
    (168032, "壹仟陆佰捌拾元叁角贰分"),
    (10700053, "壹拾万柒仟元伍角叁分"),
    (2300000, "贰万叁仟元整"),
    (31260000, "叁拾壹万贰仟陆佰元整"),
    (10000000000, "壹亿元整"),
    (10000000100, "壹亿零壹元整"),
    (10001000000, "壹亿零壹万元整"),
    (1000000100, "壹仟万零壹元整"),
    (-2300, "负贰拾叁元整"),
]


@pytest.mark.parametrize(("text", "fen"), READ)
def test_amounts_are_read_as_clerks_write_them(text, fen):
    assert money.fen_from_text(text) == fen


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_amount_for_certain_is_refused_with_a_cure(text):
    with pytest.raises(AmountError) as refused:
        money.fen_from_text(text)

    assert refused.value.code == "E-AMOUNT"
    assert refused.value.message
    assert refused.value.figures["how"]


def test_ten_thousands_are_proposed_in_yuan():
    with pytest.raises(AmountError) as refused:
        money.fen_from_text("0.2万")

    assert "2000.00" in refused.value.figures["how"]


@pytest.mark.parametrize(
    ("number", "fen"), [(199.99999999999997, 20000), (0.1 + 0.2, 30), (200, 20000), (Decimal("1.05"), 105)]
)
def test_number_cells_lose_their_binary_dust(number, fen):
    assert money.fen_from_number(number) == fen


@pytest.mark.parametrize("number", [200.005, float("nan"), float("inf"), 1e30])
def test_a_real_third_decimal_is_refused(number):
    with pytest.raises(AmountError):
        money.fen_from_number(number)


@pytest.mark.parametrize(("fen", "capitals"), CAPITALS)
def test_amounts_are_written_in_capitals_by_the_writing_rules(fen, capitals):
    assert money.yuan_capital(fen) == capitals


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_what_is_written_reads_back(fen):
    assert money.fen_from_text(money.yuan_text(fen)) == fen
    assert money.fen_from_text(money.yuan_plain(fen)) == fen
    assert money.fen_from_number(money.yuan_decimal(fen)) == fen


@given(st.integers(min_value=0, max_value=10**15))
def test_capitals_read_back(fen):
    assert money.fen_from_text(money.yuan_capital(fen)) == fen


@given(st.text())
def test_any_text_is_read_or_refused_and_never_breaks(text):
    with suppress(AmountError):
        assert isinstance(money.fen_from_text(text), int)


def test_amounts_are_shown_with_thousands_and_a_true_minus():
    assert money.yuan_text(123456789) == "1,234,567.89"
    assert money.yuan_text(-145) == "−1.45"
    assert money.yuan_plain(-145) == "-1.45"


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=0, max_value=1_000_000))
def test_shares_are_half_up_and_down_to_the_fen(amount, ppm):
    exact = Decimal(amount) * ppm / 1_000_000

    assert money.share_half_up(amount, ppm) == int((exact + Decimal("0.5")) // 1)
    assert money.share_down(amount, ppm) == int(exact // 1)


@pytest.mark.django_db
def test_the_database_takes_the_same_shares_as_python():
    user = User.objects.create_user("sharer")
    draw = random.Random(20240617)
    sample = [(draw.randrange(10 ** draw.randint(1, 12)), draw.randrange(1_000_001)) for _ in range(3000)]
    Job.objects.bulk_create(
        Job(kind="t", cause_key=str(i), requested_by=user, on="2024-01-01", done_fen=a, total_fen=p)
        for i, (a, p) in enumerate(sample)
    )

    rows = Job.objects.annotate(
        half_up=money.ShareHalfUp(F("done_fen"), F("total_fen")),
        fixed=money.ShareHalfUp("done_fen", Value(600_000)),
    ).values_list("done_fen", "total_fen", "half_up", "fixed")

    assert len(rows) == 3000
    for amount, ppm, half_up, fixed in rows:
        assert half_up == money.share_half_up(amount, ppm)
        assert fixed == money.share_half_up(amount, 600_000)


@pytest.mark.django_db
def test_the_database_takes_shares_without_overflowing_small_columns():
    user = User.objects.create_user("sharer")
    Job.objects.create(kind="t", cause_key="x", requested_by=user, on="2024-01-01", done_count=2_000_000_000)

    assert Job.objects.annotate(s=money.ShareHalfUp("done_count", Value(600_000))).get().s == 1_200_000_000
