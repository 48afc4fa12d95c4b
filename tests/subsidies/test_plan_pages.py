"""The pages of plans: the five parts, the estimate while typing, the last look, prints, papers."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from policies.models import PolicyValue
from policies.selectors import rulebook
from policies.services import change_token
from subsidies.enums import PlanState
from subsidies.forms.plans import SourceForm
from subsidies.models import Attachment, Plan
from subsidies.services import plans as services
from tests.subsidies.test_plans import content, decision, in_force
from villages.models import OrganisationIncome

pytestmark = pytest.mark.django_db
ON = "2024-06-21"
PDF = b"%PDF-1.4\n1 0 obj\n"


@pytest.fixture
def clerk(cast, page):
    return page(cast.clerk, on=ON)


@pytest.fixture
def draft(village, cast, by):
    return services.draft_plan(village.organisation.pk, by=by(cast.clerk, ON), year=2024)


def url(name, plan, *more):
    return reverse(name, args=[plan.pk, *more])


def test_a_source_that_the_rules_name_and_shut_is_marked_so_where_it_is_offered(village):
    PolicyValue.objects.filter(name="fund_source_allowed", key="welfare_fund").update(value="否")
    change_token()
    rules = rulebook(village.organisation.village_code, on=date.fromisoformat(ON))

    offered = dict(SourceForm(rulebook=rules, year=2024).fields["source_type"].choices)

    assert offered["welfare_fund"] == "公益金（本年度不能用）"
    assert offered["own_funds"] == "自有资金"


def test_each_cell_of_a_row_is_named_for_who_hears_the_page(draft, clerk):
    cells = clerk.get(url("plan-edit", draft, "fund_source")).content.decode()

    for name, label in [("source_type", "资金来源"), ("amount", "安排金额"), ("note", "说明")]:
        assert re.search(rf'name="source-0-{name}"[^>]*aria-label="{label}"', cells)


def test_a_clerk_writes_a_plan_in_five_parts_and_puts_it_in_force(village, cast, clerk):
    clerk.post(reverse("plan-new"), {"year": 2024, "kind": "regular", "basis": "blank"})
    plan = Plan.objects.get()
    clerk.post(
        url("plan-edit", plan, "fund_source"),
        {
            "source-rows": "1",
            "source-0-source_type": "distributable_income",
            "source-0-amount": "60,000",
            "disposable": "280000",
            "operating_income": "400000",
            "reserve": "120000",
        },
    )
    clerk.post(url("plan-edit", plan, "beneficiaries"), {"text": "已缴费的成员"})
    clerk.post(
        url("plan-edit", plan, "standard"),
        {"shape": "flat", "row-rows": "1", "row-0-method": "flat", "row-0-given": "200"},
    )
    clerk.post(url("plan-edit", plan, "procedure"), {"text": "申请、核实、缴款、记账、反馈"})
    answer = clerk.post(
        url("plan-decision", plan),
        {
            "body": "member_representatives",
            "met_on": "2024-06-20",
            "published_from": "2024-06-20",
            "called_count": 312,
            "attended_count": 248,
            "agreed_count": 231,
            "against_count": 0,
            "abstained_count": 0,
            "resolution": "同意",
        },
    )
    assert answer.status_code == 302, answer.context["form"].errors
    look = clerk.get(url("plan-in-force", plan))
    assert "让方案生效，预计30人6,000.00元" in look.content.decode()
    clerk.post(url("plan-in-force", plan), {"confirmed": "1"})

    plan.refresh_from_db()
    assert plan.state == PlanState.IN_FORCE
    assert plan.estimated_fen == 600_000
    assert OrganisationIncome.objects.get(year=2023).disposable_fen == 28_000_000
    assert "石门" in clerk.get(reverse("plans")).content.decode()


def test_a_year_without_tiers_is_refused_on_the_form_and_leaves_no_draft(village, clerk):
    answer = clerk.post(reverse("plan-new"), {"year": 2031, "kind": "regular", "basis": "blank"})

    assert "个人缴费档次" in answer.content.decode() and "2031年度" in answer.content.decode()
    assert not Plan.objects.exists()


def test_without_the_tick_a_plan_does_not_come_into_force(village, cast, by, clerk, draft):
    services.change_plan(draft.pk, by=by(cast.clerk, ON), content=content())
    services.record_decision(draft.pk, by=by(cast.clerk, ON), record=decision())

    clerk.post(url("plan-in-force", draft), {})

    assert Plan.objects.get().state == PlanState.RESOLVED


def test_a_faulty_part_keeps_what_was_typed_and_stores_nothing(draft, clerk):
    answer = clerk.post(
        url("plan-edit", draft, "standard"),
        {"shape": "flat", "row-rows": "1", "row-0-method": "flat", "row-0-given": "二百块零三"},
    )

    assert answer.status_code == 200
    assert "二百块零三" in answer.content.decode()
    assert not draft.standards.exists()


def test_rows_are_added_and_taken_away_without_a_script(draft, clerk):
    typed = {
        "shape": "tier",
        "row-rows": "1",
        "row-0-tier_from": "10000",
        "row-0-method": "flat",
        "row-0-given": "100",
    }

    more = clerk.post(url("plan-edit", draft, "standard"), typed | {"row-add": "1"})
    less = clerk.post(
        url("plan-edit", draft, "standard"),
        typed | {"row-rows": "2", "row-1-method": "flat", "row-1-given": "250", "row-remove": "0"},
    )

    assert 'name="row-rows" value="2"' in more.content.decode()
    assert 'name="row-rows" value="1"' in less.content.decode()
    assert 'value="250"' in less.content.decode()
    assert not draft.standards.exists()


def test_income_counts_in_the_estimate_as_soon_as_it_is_typed(draft, clerk):
    OrganisationIncome.objects.all().delete()
    pots = {"source-rows": "0", "operating_income": "", "reserve": ""}
    without = clerk.post(url("plan-estimate", draft, "fund_source"), pots).content.decode()
    assert "还没有申报2023年度可支配收益" in without
    assert "填报2023年度可支配收益" in without and "降低标准" not in without

    typed = clerk.post(url("plan-estimate", draft, "fund_source"), pots | {"disposable": "280000"})

    assert "2023年度可支配收益280,000.00元" in typed.content.decode()
    assert not OrganisationIncome.objects.exists()


def test_the_estimate_follows_what_is_typed_and_keeps_nothing(draft, clerk):
    typed = {"shape": "flat", "row-rows": "1", "row-0-method": "flat", "row-0-given": "300"}

    fragment = clerk.post(url("plan-estimate", draft, "standard"), typed).content.decode()
    again = clerk.post(url("plan-edit", draft, "standard"), typed | {"recalculate": "1"}).content.decode()

    assert "9,000.00" in fragment
    assert 'id="row-sum-0" hx-swap-oob="true">9,000.00' in fragment
    assert "9,000.00" in again
    assert not draft.standards.exists()


@pytest.mark.parametrize("part", ["fund_source", "standard"])
def test_a_part_opened_again_is_reckoned_by_what_is_stored(village, cast, by, draft, clerk, part):
    services.change_plan(draft.pk, by=by(cast.clerk, ON), content=content())

    shown = clerk.get(url("plan-edit", draft, part)).context

    assert [source.amount_fen for source in shown["plan_facts"].sources] == [30_000_000]
    assert [row.amount_fen for row in shown["plan_facts"].rows] == [20_000]
    assert shown["faults"] == []


def test_a_stale_form_of_a_part_does_not_overwrite(village, cast, by, draft, clerk):
    services.change_plan(draft.pk, by=by(cast.clerk, ON), content=content())

    answer = clerk.post(
        url("plan-edit", draft, "procedure"), {"text": "旧的", "version": draft.version, "request_key": "k"}
    )

    assert answer.status_code == 200
    assert "没有生效" in answer.content.decode()
    assert Plan.objects.get().procedure != "旧的"


@pytest.mark.parametrize("role", ["township", "officer", "reviewer", "agriculture", "district", "auditor"])
def test_offices_read_the_plans_of_their_area_and_change_none(village, cast, by, page, role):
    plan = in_force(village, by, cast.clerk)
    browser = page(getattr(cast, role), on=ON)

    assert browser.get(url("plan", plan)).status_code == 200
    assert browser.get(reverse("plans")).context["page_obj"].paginator.count == 1
    assert browser.get(url("plan-edit", plan, "standard")).status_code == 403
    assert browser.post(url("plan-revise", plan)).status_code == 403


@pytest.mark.parametrize(
    "name", ["plan", "plan-print", "plan-decision-print", "plan-unpaid", "plan-in-force"]
)
@pytest.mark.parametrize("who", ["stranger", "foreign_officer"])
def test_a_foreign_plan_reads_like_nothing(village, cast, by, page, who, name):
    plan = in_force(village, by, cast.clerk)

    answer = page(getattr(cast, who), on=ON).get(url(name, plan))

    assert answer.status_code in (403, 404)
    assert str(village.organisation).encode() not in answer.content


def test_prints_carry_number_standard_seal_and_decision(village, cast, by, clerk):
    plan = in_force(village, by, cast.clerk)

    paper = clerk.get(url("plan-print", plan)).content.decode()
    record = clerk.get(url("plan-decision-print", plan)).content.decode()

    assert "晏石门补案〔2024〕1号" in paper
    assert "预计金额大写：陆仟元整" in paper
    assert "示例值" in paper
    assert "248" in record
    assert "党组织提议" in record and "实施结果公开" in record


def test_a_scan_goes_to_its_plan_and_comes_back_as_a_download(draft, clerk):
    upload = SimpleUploadedFile("会议记录<1>.exe", PDF)
    clerk.post(url("plan-paper-new", draft), {"file": upload, "kind": "minutes", "seals": ["organisation"]})
    one = Attachment.objects.get()

    answer = clerk.get(reverse("paper", args=[one.pk]))

    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert one.file.name == "会议记录1.pdf"


@pytest.mark.parametrize("name_and_bytes", [("a.pdf", b"MZ\x90"), ("a.png", b""), ("a.html", b"<script>")])
def test_anything_but_a_scan_is_refused(draft, clerk, name_and_bytes):
    upload = SimpleUploadedFile(*name_and_bytes)

    clerk.post(url("plan-paper-new", draft), {"file": upload, "kind": "minutes"})

    assert not Attachment.objects.exists()


def test_the_list_leaves_as_a_workbook(village, cast, by, clerk):
    in_force(village, by, cast.clerk)

    answer = clerk.get(reverse("plans") + "?export=xlsx")

    assert answer.status_code == 200
    assert answer.getvalue()[:2] == b"PK"


def test_a_plan_page_asks_the_same_number_of_questions_for_any_size(
    village, cast, by, clerk, django_assert_max_num_queries
):
    plan = in_force(village, by, cast.clerk)

    with django_assert_max_num_queries(32):
        clerk.get(url("plan", plan))
