"""Two at once on the tax office's money: exactly one takes effect, the other is told."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from core.workflow import By
from subsidies.enums import Match, Settlement
from subsidies.models import Difference, PaymentNotice, TaxRow
from subsidies.services import notices
from tests import factories
from tests.racing import race
from tests.subsidies.notice_cases import PAID_ON, assert_books_agree, in_transit_fen, make_batch
from villages.enums import Role

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def test_one_sum_recorded_by_two_officers_at_once_comes_in_once(cast: SimpleNamespace) -> None:
    batch = make_batch(cast, size=20)
    other = factories.account("tax2", factories.COUNTY, Role.TAX)

    def pay(actor: Any, voucher: str) -> Callable[[], Any]:
        by = By(actor=actor, on=PAID_ON)
        return lambda: notices.record_lump_sum(
            batch.notice.pk, by=by, amount_fen=400_000, paid_on=PAID_ON, voucher=voucher
        )

    assert race(pay(cast.tax, "A"), pay(other, "B")) in (["E-STATE", "done"], ["E-TAX-AMOUNT", "done"])
    assert in_transit_fen() == 400_000
    assert TaxRow.objects.count() == 20


def test_one_settlement_confirmed_by_two_officers_at_once_moves_money_once(cast: SimpleNamespace) -> None:
    batch = make_batch(cast, size=2)
    tax = By(actor=cast.tax, on=PAID_ON)
    notices.record_tax_rows(
        batch.notice.pk, [*batch.rows(), batch.row(0, voucher="V2")], by=tax, origin="api"
    )
    repeat = Difference.objects.get(kind=Match.REPEAT)
    notices.propose_settlement(repeat.pk, by=tax, settlement=Settlement.RETURN)
    confirm = [
        lambda who=who: notices.confirm_settlement(repeat.pk, by=By(actor=who, on=PAID_ON))
        for who in (cast.officer, cast.reviewer)
    ]
    assert race(*confirm) == ["E-STATE", "done"]
    assert in_transit_fen() == 40_000
    assert_books_agree()


def test_a_person_is_either_paid_or_withdrawn_never_both(cast: SimpleNamespace) -> None:
    batch = make_batch(cast, size=2)
    pay = lambda: notices.record_tax_rows(  # noqa: E731
        batch.notice.pk, batch.rows(), by=By(actor=cast.tax, on=PAID_ON), origin="api"
    )
    leave = lambda: notices.withdraw_and_replace(  # noqa: E731
        [batch.lines[0].pk], by=By(actor=cast.clerk, on=PAID_ON), reason="DEATH", event_on=PAID_ON
    )
    outcomes = race(pay, leave)
    assert outcomes == ["E-STATE", "done"]
    is_paid = TaxRow.objects.exists()
    assert PaymentNotice.objects.count() == (1 if is_paid else 2)
    assert_books_agree()
