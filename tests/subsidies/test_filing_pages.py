"""The pages of filings and suspensions: what each office, the clerk and the agency see and press."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from subsidies.enums import PlanState, SuspensionState
from subsidies.models import Filing, Plan, Suspension
from subsidies.selectors.suspensions import is_suspended
from subsidies.services import suspensions
from tests import factories
from tests.subsidies import ningxia
from tests.subsidies.ningxia import acknowledge, on, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def nx(base_data: None) -> SimpleNamespace:
    return factories.make_ningxia_cast()


@pytest.fixture
def yuanlong(nx: SimpleNamespace) -> factories.Village:
    return factories.make_ningxia_village(years=(2024, 2025))


def text(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.rule("NX-17")
def test_the_clerk_files_and_the_plan_page_says_who_is_missing(nx, yuanlong, page):
    plan = ningxia.resolved(yuanlong, nx)
    client = page(nx.clerk, on="2024-08-27")
    before = text(client, f"/plans/{plan.pk}/")
    assert "报3个单位备案" in before and "核对后生效" not in before

    client.post(f"/plans/{plan.pk}/file/")

    after = text(client, f"/plans/{plan.pk}/")
    assert Filing.objects.filter(plan=plan, state="pending").count() == 3
    assert "还差3个单位备案" in after and "2024-09-03" in after
    assert f'href="/plans/{plan.pk}/in-force/"' not in after


@pytest.mark.rule("NX-17")
def test_an_office_finds_its_filing_on_the_home_page_and_answers_it(nx, yuanlong, page):
    plan = ningxia.sent(yuanlong, nx)
    client = page(nx.agriculture, on="2024-08-28")
    own, other = row(plan, "county_agriculture"), row(plan, "town")

    home = text(client, "/")
    assert f"/filings/{own.pk}/" in home and f"/filings/{other.pk}/" not in home
    assert "9月3日" in home
    assert "给原隆村备案" in text(client, f"/filings/{own.pk}/")
    assert "给原隆村备案" not in text(client, f"/filings/{other.pk}/")
    client.post(f"/filings/{own.pk}/")
    refused = client.post(f"/filings/{other.pk}/")

    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.state, other.state) == ("filed", "pending")
    assert refused.status_code == 403
    assert f"/filings/{own.pk}/" not in text(client, "/")
    assert "等我备案" in text(client, "/filings/")


@pytest.mark.rule("NX-17")
def test_a_return_is_shown_to_the_clerk_with_its_reason_and_one_button(nx, yuanlong, page):
    plan = ningxia.sent(yuanlong, nx)
    acknowledge(plan, nx, town="2024-08-28", county_hr="2024-08-28")
    own = row(plan, "county_agriculture")
    office = page(nx.agriculture, on="2024-08-29")
    empty = office.post(f"/filings/{own.pk}/", {"answer": "return", "reason": ""})
    assert empty.status_code == 200

    office.post(f"/filings/{own.pk}/", {"answer": "return", "reason": "资金来源说明不清"})

    client = page(nx.clerk, on="2024-08-29")
    shown = text(client, f"/plans/{plan.pk}/")
    assert "退回原因：资金来源说明不清" in shown
    assert "重报县（市、区）农业农村部门" in shown
    assert "2024年8月29日退回（资金来源说明不清）" in text(client, "/")


@pytest.mark.rule("NX-17")
def test_silence_is_named_before_the_plan_comes_into_force(nx, yuanlong, page):
    plan = ningxia.sent(yuanlong, nx)
    acknowledge(plan, nx, town="2024-08-28", county_hr="2024-09-02")
    early = text(page(nx.clerk, on="2024-09-03"), f"/plans/{plan.pk}/in-force/")
    assert "方案尚未完成备案" in early and "让方案生效" not in early

    client = page(nx.clerk, on="2024-09-04")
    assert "视同备案" in text(client, f"/plans/{plan.pk}/")
    assert "县（市、区）农业农村部门2024年9月4日起视同备案" in text(client, f"/plans/{plan.pk}/in-force/")
    client.post(f"/plans/{plan.pk}/in-force/", {"confirmed": "1"})

    assert Plan.objects.get(pk=plan.pk).state == PlanState.IN_FORCE


@pytest.mark.rule("NX-17")
def test_the_list_tells_pending_filed_silent_and_returned_apart(nx, yuanlong, page):
    plan = ningxia.sent(yuanlong, nx)
    acknowledge(plan, nx, town="2024-08-28")
    client = page(nx.officer, on="2024-09-05")

    def rows(show: str) -> int:
        return client.get(f"/filings/?show={show}").context["page_obj"].paginator.count

    assert [rows(show) for show in ("", "mine", "pending", "filed", "silent", "returned")] == [
        3,
        0,
        0,
        1,
        2,
        0,
    ]
    assert [rows("&q=原隆"), rows("&q=石门")] == [3, 0]


def test_only_a_region_whose_rulebook_names_filings_has_the_entry(cast, nx, yuanlong, page):
    entry = 'href="/filings/"'

    assert entry in text(page(nx.township), "/plans/")
    assert entry in text(page(nx.clerk), "/plans/")
    for name in ("clerk", "township", "officer", "agriculture"):
        assert entry not in text(page(getattr(cast, name)), "/plans/")


def test_changshou_sees_neither_filing_nor_suspension(cast, by, village, page):
    from tests.subsidies.stages import plan_in_force

    plan = plan_in_force(village, cast, by)
    client = page(cast.clerk, on="2024-06-19")

    assert "备案" not in text(client, f"/plans/{plan.pk}/")
    assert "暂停" not in text(client, f"/organisations/{village.organisation.pk}/")
    assert client.get("/suspensions/new/").status_code == 302


SUSPENSION = {
    "cause": "economic",
    "reason": "厂房租约到期，收入减少",
    "effective_on": "2025-03-15",
    "body": "villagers_meeting",
    "met_on": "2025-03-03",
    "proposed_on": "2025-03-03",
    "discussed_on": "2025-03-03",
    "reviewed_on": "2025-03-03",
    "published_from": "2025-03-03",
    "called_count": "300",
    "attended_count": "260",
    "agreed_count": "250",
    "against_count": "6",
    "abstained_count": "4",
    "resolution": "同意暂停",
}


@pytest.mark.rule("NX-18")
@pytest.mark.rule("NX-19")
def test_a_village_is_suspended_and_resumed_through_the_pages(nx, yuanlong, page):
    plan = ningxia.in_force(yuanlong, nx, year=2025, decided="2025-02-10", day="2025-02-11")
    batch = ningxia.year_of(yuanlong, nx, 2025).draw_up(plan, date(2025, 2, 17))
    programme = f"/organisations/{yuanlong.organisation.pk}/"
    clerk = page(nx.clerk, on="2025-03-05")
    assert "报请暂停补助" in text(clerk, programme)
    clerk.post("/suspensions/new/", SUSPENSION)
    asked = Suspension.objects.get()
    assert (asked.decision.agreed_count, asked.filings.count()) == (250, 2)
    acknowledge(asked, nx, county_hr="2025-03-06", county_agriculture="2025-03-07")

    officer = page(nx.officer, on="2025-03-15")
    assert f"/suspensions/{asked.pk}/" in text(officer, "/")
    preview = text(officer, f"/suspensions/{asked.pk}/suspend/")
    assert "办理暂停，取消3人600.00元" in preview
    officer.post(f"/suspensions/{asked.pk}/suspend/")
    assert Suspension.objects.get().state == SuspensionState.FILING
    officer.post(f"/suspensions/{asked.pk}/suspend/", {"confirmed": "1"})
    assert set(batch.lines.values_list("state", flat=True)) == {"cancelled"}

    clerk = page(nx.clerk, on="2025-04-01")
    shown = text(clerk, f"/plans/{plan.pk}/")
    assert "集体补助自2025年3月15日起暂停" in shown and "怎么办：" in shown
    assert 'href="/applications/new/' not in shown
    assert "已暂停" in text(clerk, programme)
    home = text(clerk, "/")
    assert "拟定2025年度补助方案" not in home and "提出2025年度补助申请" not in home
    new = text(clerk, "/applications/new/?year=2025")
    assert "集体补助自2025年3月15日起暂停" in new and "disabled" in new
    assert "已取消" in text(clerk, f"/applications/{batch.pk}/")
    assert "已取消" in text(clerk, "/applications/")
    assert "集体补助暂停" in text(clerk, f"/applications/{batch.pk}/?show=cancelled")

    page(nx.clerk, on="2026-02-01").post(f"/suspensions/{asked.pk}/resume/", {"reason": "新厂房已经出租"})
    officer = page(nx.officer, on="2026-02-10")
    assert "申请恢复补助" in text(officer, "/")
    officer.post(f"/suspensions/{asked.pk}/grant/", {"active_on": "2026-02-01"})
    assert Suspension.objects.get().state == SuspensionState.RESUME_APPLIED
    officer.post(f"/suspensions/{asked.pk}/grant/", {"active_on": "2026-03-01"})

    assert Suspension.objects.get().active_on == date(2026, 3, 1)
    assert not is_suspended(yuanlong.organisation.pk, on=date(2026, 3, 1))
    assert "2026年3月1日起恢复" in text(page(nx.clerk, on="2026-03-02"), programme)


@pytest.mark.rule("NX-18")
def test_a_returned_suspension_is_mended_or_withdrawn_by_the_clerk(nx, yuanlong, page):
    from subsidies.services import filings

    asked = ningxia.ask_to_suspend(yuanlong, nx)
    filings.return_filing(row(asked, "county_hr").pk, by=on(nx.officer, "2025-03-06"), reason="说明太简单")
    client = page(nx.clerk, on="2025-03-07")
    assert "说明太简单" in text(client, "/")

    client.post(f"/suspensions/{asked.pk}/file-again/", {"reason": "年收入减少60万元"})
    assert set(asked.filings.values_list("state", flat=True)) == {"pending"}
    client.post(f"/suspensions/{asked.pk}/withdraw/")

    assert Suspension.objects.get().state == SuspensionState.WITHDRAWN
    assert set(asked.filings.values_list("state", flat=True)) == {"recalled"}


@pytest.mark.rule("NX-19")
def test_the_agency_may_refuse_to_resume(nx, yuanlong, page):
    asked = ningxia.suspended(yuanlong, nx)
    suspensions.apply_to_resume(asked.pk, by=on(nx.clerk, "2026-02-01"), reason="快好了")
    client = page(nx.officer, on="2026-02-10")

    client.post(f"/suspensions/{asked.pk}/grant/", {"answer": "refuse", "reason": "租金还没有到账"})

    assert Suspension.objects.get().state == SuspensionState.SUSPENDED
    assert "租金还没有到账" in text(client, f"/suspensions/{asked.pk}/")


def test_the_list_asks_the_database_as_often_for_three_rows_as_for_six(
    nx, yuanlong, page, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ningxia.sent(yuanlong, nx)
    client = page(nx.officer, on="2024-08-28")
    client.get("/filings/")
    with CaptureQueriesContext(connection) as few:
        client.get("/filings/")
    ningxia.sent(yuanlong, nx, year=2025)

    with django_assert_max_num_queries(len(few)):
        assert client.get("/filings/").context["page_obj"].paginator.count == 6
