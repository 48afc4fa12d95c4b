"""What waits for whom after remittance: each entry leads to its page, none shows to who cannot act."""

from datetime import date

import pytest
from django.urls import reverse

from contributions.enums import ContributionKind
from core.errors import TransitionNotAllowed
from core.models import Job
from core.navigation import todos_for
from ledger.services.interest import confirm_interest_rate, enter_interest_rate, start_interest
from subsidies.navigation.refunds import waiting
from subsidies.rules.refunds import RefundRequest
from subsidies.services.attachments import Paper
from subsidies.services.informing import send_feedback
from subsidies.services.posting import start_posting
from subsidies.services.refunds import approve_refund, ask_refund, verify_refund
from tests import factories
from tests.batches import posted_batch, remitted_batch
from tests.factories import COUNTY
from villages.models import AccountChange
from villages.services.accounts import confirm_account
from villages.services.organisations import change_organisation

PAPERS = [Paper(kind="evidence", name="证明.pdf", content=b"%PDF-1.4\n%%EOF\n")]
JULY = date(2024, 7, 5)


def titles(user, on=JULY):
    return [todo.title for todo in todos_for(user, on=on)]


@pytest.fixture
def posted(village, cast):
    return posted_batch(village, cast)


def test_matched_money_waits_for_the_officer_alone(village, cast):
    remitted_batch(village, cast)
    assert "记账30人，6,000.00元" in titles(cast.officer)
    for other in (cast.reviewer, cast.clerk, cast.tax, cast.foreign_officer):
        assert "记账30人，6,000.00元" not in titles(other)


@pytest.mark.rule("CS-33")
def test_feedback_waits_for_the_agency_then_word_for_the_village(posted, cast, by):
    assert "反馈石门村2024年度第1批" in titles(cast.officer)
    send_feedback(posted.pk, by=by(cast.officer, "2024-07-01"))
    [told] = [todo for todo in todos_for(cast.clerk, on=JULY) if todo.title == "告知30人"]
    assert told.due_on == date(2024, 7, 16) and told.url == reverse("inform-batch", args=[posted.pk])
    assert "告知30人" not in titles(cast.stranger)


def test_a_refund_waits_for_one_desk_after_the_other(posted, cast, by):
    request = RefundRequest("DEATH", date(2024, 6, 20))
    refund = ask_refund(posted.lines.first().pk, by=by(cast.clerk, JULY), request=request, papers=PAPERS)
    assert "核实退费1件" in titles(cast.officer)
    verify_refund(refund.pk, by=by(cast.officer, JULY))
    assert "批准退费1件" in titles(cast.reviewer) and "核实退费1件" not in titles(cast.officer)
    approve_refund(refund.pk, by=by(cast.reviewer, JULY))
    assert "登记退款1件" in titles(cast.tax) and "登记退款1件" in titles(cast.finance)
    assert not [title for title in titles(cast.reviewer) if "退费" in title]


def test_a_refund_whose_account_changed_waits_for_its_approval_anew(posted, cast, by, page):
    line = posted.lines.first()
    refund = ask_refund(
        line.pk, by=by(cast.clerk, JULY), request=RefundRequest("DEATH", date(2024, 6, 20)), papers=PAPERS
    )
    verify_refund(refund.pk, by=by(cast.officer, JULY))
    approve_refund(refund.pk, by=by(cast.reviewer, JULY))
    new = {"bank_account": "6214660012345678", "account_reason": "换了开户行"}
    change_organisation(line.organisation_id, by=by(cast.officer, JULY), **new)
    change = AccountChange.objects.get()
    again = "重新批准退费1件"
    assert again not in titles(cast.reviewer)
    confirm_account(change.pk, by=by(cast.reviewer, JULY), bank_account=new["bank_account"])

    assert again in titles(cast.reviewer) and waiting(cast.reviewer) == 1
    listed = page(cast.reviewer, JULY.isoformat()).get(reverse("refunds"), {"state": "approved"})
    assert "收款账户已变更，请重新批准" in listed.content.decode()
    assert again in page(cast.reviewer, JULY.isoformat()).get("/").content.decode()
    for other in (cast.officer, cast.tax, cast.finance, cast.clerk, cast.foreign_reviewer):
        assert again not in titles(other)
    approve_refund(refund.pk, by=by(cast.reviewer, JULY))
    assert again not in titles(cast.reviewer) and waiting(cast.reviewer) == 0


def test_grounds_that_changed_are_told_and_nothing_happens_by_itself(posted, cast, page):
    first, second = posted.lines.order_by("position")[:2]
    first.contribution = factories.paid(first.person, 2023, reversed_on=date(2024, 7, 1))
    first.qualifying_year, first.tier_fen = 2023, first.contribution.tier_fen
    first.save(update_fields=["contribution", "qualifying_year", "tier_fen"])
    factories.paid(second.person, 2024, kind=ContributionKind.LUMP_SUM, on=date(2024, 7, 2))
    shown = titles(cast.officer)
    assert "1人所依据的缴费冲销或改低" in shown and "1人有一次性补缴" in shown
    answer = page(cast.officer, "2024-07-05").get(reverse("doubtful-lines")).content.decode()
    assert first.person.name in answer and second.person.name in answer
    assert not posted.lines.filter(refunds__isnull=False).exists()


def test_a_stopped_job_and_a_rate_wait_for_their_officers(village, cast, by):
    batch = remitted_batch(village, cast)
    job = start_posting([batch.pk], by=by(cast.officer, "2024-06-28"))
    Job.objects.filter(pk=job.pk).update(state="failed", error_message="系统出错，编号X。")
    enter_interest_rate(COUNTY, by=by(cast.officer, JULY), year=2023, rate_ppm=32000, document="文件")
    assert f"后台任务第{job.pk}号没有办完" in titles(cast.officer)
    assert "1个年度的记账利率待复核" in titles(cast.reviewer) and "1个年度的记账利率待复核" not in titles(
        cast.officer
    )


def test_a_year_waits_for_running_postings_and_for_the_year_before(posted, village, cast, by):
    on = "2026-02-10"
    rates = [
        enter_interest_rate(COUNTY, by=by(cast.officer, on), year=year, rate_ppm=30000, document="文件")
        for year in (2024, 2025)
    ]
    for rate in rates:
        confirm_interest_rate(rate.pk, by=by(cast.reviewer, on))
    with pytest.raises(TransitionNotAllowed, match="2024年度还没有结息"):
        start_interest(rates[1].pk, by=by(cast.officer, on))
    other = remitted_batch(factories.make_village(factories.SHAXI, members=1), cast)
    start_posting([other.pk], by=by(cast.officer, on))
    with pytest.raises(TransitionNotAllowed, match="还在记账"):
        start_interest(rates[0].pk, by=by(cast.officer, on))
