"""A village's whole year through the services, with figures worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from desk.demo.year import Crew, Meeting, Year
from ledger.enums import Source as Money
from ledger.selectors import person_balances
from subsidies.enums import ApplicationState, LineState, NoticeState, PlanState
from subsidies.models import Application
from subsidies.rules.plans import Source
from subsidies.rules.standards import StandardRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(cast, village) -> Year:
    crew = Crew(cast.clerk, cast.officer, cast.reviewer, cast.tax, cast.finance, cast.finance_reviewer)
    return Year(crew, village.organisation, 2024)


def test_a_flat_plan_of_thirty_members_ends_in_thirty_accounts(year, village):
    plan = year.plan(
        [StandardRow(amount_fen=20_000)],
        source=Source("distributable_income", 600_000),
        meeting=Meeting(date(2024, 7, 2), called=28, attended=25, agreed=24),
    )
    batch = year.draw_up(plan, date(2024, 7, 3))
    year.submit(batch, date(2024, 7, 4))
    year.verify(batch, date(2024, 7, 8))
    notice = year.confirm(batch, date(2024, 7, 9))
    year.remit(notice, date(2024, 7, 12), voucher="V2024-1")
    year.post(batch, date(2024, 7, 15))
    year.inform(batch, date(2024, 7, 18))

    batch = Application.objects.get(pk=batch.pk)
    notice.refresh_from_db()
    plan.refresh_from_db()
    assert (plan.state, notice.state) == (PlanState.IN_FORCE, NoticeState.PAID)
    assert (notice.amount_fen, notice.headcount) == (600_000, 30)
    assert batch.state == ApplicationState.CLOSED
    assert set(batch.lines.values_list("state", flat=True)) == {LineState.POSTED}
    assert person_balances(village.persons[0].pk) == {Money.COLLECTIVE: 20_000}
