"""Earmarked pools (专款) to be read: the list, and one pool with its movements."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.http import PageRequest
from core.lists import Export, choice_pills, list_page
from core.look import Pill, Segment
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.years import year_in
from ledger.enums import Source
from policies.selectors import rulebook
from subsidies.enums import PoolEntryKind, PoolPaper
from subsidies.forms.donations import PaperForm
from subsidies.models import Pool, PoolEntry
from subsidies.rules.pools import SIGNS
from subsidies.selectors import donations as selectors
from subsidies.selectors.filings import goes_by_decision
from subsidies.workflow import donations as steps
from subsidies.workflow.applications import READERS as BATCH_READERS
from subsidies.workflow.plans import DRAFT_PLAN, PLAN_READERS
from subsidies.workflow.refunds import READERS as REFUND_READERS

SORTS = {
    "year": ["year"],
    "village": ["village_code"],
    "donor": ["donor__name"],
    "income": ["income_fen"],
    "balance": ["left_fen"],
}
# The figures of a pool in the order in which they add up to its balance, with the sign that each has in it.
FIGURES: tuple[tuple[str, Any, int], ...] = (
    ("income_fen", gettext_lazy("收入"), 1),
    ("reserved_fen", gettext_lazy("已占用，还没有缴款"), -1),
    ("remitted_fen", gettext_lazy("已缴款"), -1),
    ("refunded_fen", gettext_lazy("退费退回"), 1),
    ("returned_fen", gettext_lazy("退还资助人"), -1),
)
EXPORT = Export(
    "专款",
    (
        OutColumn("年度", "count", width=8, is_summed=False),
        OutColumn("镇街", width=14),
        OutColumn("村", width=14),
        OutColumn("资金", width=12),
        OutColumn("资助方", width=28),
        OutColumn("由谁管理", width=16),
        OutColumn("慈善组织", width=24),
        OutColumn("协议编号", width=18),
        OutColumn("收入（元）", "amount", width=14),
        OutColumn("已占用（元）", "amount", width=14),
        OutColumn("已缴款（元）", "amount", width=14),
        OutColumn("退回（元）", "amount", width=14),
        OutColumn("退还资助人（元）", "amount", width=16),
        OutColumn("余额（元）", "amount", width=14),
    ),
    lambda row: (
        row.year,
        str(row.organisation.region.parent),
        str(row.organisation.region),
        row.get_source_display(),
        row.donor.name if row.donor else "",
        selectors.custody_word(row),
        row.charity_name,
        row.agreement_number,
        row.income_fen,
        row.reserved_fen,
        row.remitted_fen,
        row.refunded_fen,
        row.returned_fen,
        row.balance_fen,
    ),
)
ENTRIES = Export(
    "专款变动",
    (
        OutColumn("日期", "date"),
        OutColumn("变动", width=12),
        OutColumn("金额（元）", "amount", width=14),
        OutColumn("事由", width=30),
        OutColumn("凭证号", "code", width=18),
        OutColumn("经办", width=12),
    ),
    lambda row: (
        row.on,
        row.get_kind_display(),
        row.amount_fen,
        cause_words(row),
        row.voucher,
        str(row.recorded_by),
    ),
)


@require_GET
def pools(request: PageRequest) -> HttpResponse:
    """专款: donors' money and, where the rulebook earmarks it, the villages' own."""
    words, year = request.GET.get("q", ""), year_in(request.GET.get("year", ""))
    found = selectors.search_pools(selectors.pools_within(request.user), words)
    if year:
        found = found.filter(year=year)
    source = request.GET.get("source", "")
    rows = found.filter(source=source) if source in Source.values else found
    if request.GET.get("export") == "xlsx":
        return EXPORT.answer(rows.order_by("-year", "village_code", "pk"))
    context = {
        "page_obj": list_page(request, rows, sorts=SORTS, default="-year"),
        "pills": _source_pills(request, found),
        "words": words,
        "year": year,
        "sums": selectors.pool_sums(rows),
        "may_keep": request.user.access.may(steps.STEWARDS),
    }
    return render(request, "subsidies/donations/pools.html", context)


def _source_pills(request: PageRequest, found: QuerySet[Pool]) -> list[Pill]:
    counts = dict(found.order_by().values_list("source").annotate(n=Count("pk")))
    labels = ((str(Source.SPONSOR), _("社会资助")), (str(Source.COLLECTIVE), _("村集体自己的")))
    return choice_pills(request, "source", counts, labels)


@require_GET
def pool(request: PageRequest, pk: int) -> HttpResponse:
    """One pool: its figures, each leading to its movements; the plan that spends it; what is next."""
    found = selectors.pool(request.user, pk)
    column = request.GET.get("column", "")
    entries = list(selectors.entries_of(found))
    shown = [row for row in entries if column in SIGNS[PoolEntryKind(row.kind)]] if column else entries
    if request.GET.get("export") == "xlsx":
        return ENTRIES.answer(shown)
    rules = rulebook(found.village_code, on=request.working_date)
    plan = selectors.plan_of(found) if found.is_sponsored else None
    overdrawn = rules.get("pool_overdrawn")
    context = {
        "pool": found,
        "custody": selectors.custody_word(found),
        "kind": selectors.kind_word(found.donor) if found.donor else "",
        "figures": [
            (name, label, getattr(found, name), sign, f"?column={name}#entries")
            for name, label, sign in FIGURES
        ],
        "column": column,
        "column_label": next((label for name, label, _sign in FIGURES if name == column), ""),
        "entries": [
            (row, cause_words(row), cause_url(row) if _may_open(request, row) else "") for row in shown
        ],
        "segments": _segments(found),
        "whole": max(found.income_fen + found.refunded_fen, 1),
        "plan": plan,
        "own_plans": [] if found.is_sponsored else selectors.plans_of_village(found),
        "is_decided": plan is None or goes_by_decision(plan, rules),
        "clause": overdrawn.clause.reference if overdrawn else "",
        "marks": overdrawn.marks if overdrawn else (),
        "papers": found.attachments.select_related("file").order_by("pk"),
        "paper_form": PaperForm(),
        "paper_names": dict(PoolPaper.choices),
        "timeline": timeline_of(found),
        "may_keep": found.is_sponsored and request.user.access.may(steps.STEWARDS),
        "may_draft": found.is_sponsored and plan is None and request.user.access.may(DRAFT_PLAN.roles),
    }
    return render(request, "subsidies/donations/pool.html", context)


def _segments(found: Pool) -> list[Segment]:
    spent = max(found.remitted_fen - found.refunded_fen, 0)
    return [
        Segment(_("已缴款（扣除退回）"), spent, "done"),
        Segment(_("已占用"), found.reserved_fen, "warn"),
        Segment(_("退还资助人"), found.returned_fen, "second"),
        Segment(_("余额"), found.balance_fen, "rest"),
    ]


def cause_words(row: PoolEntry) -> str:
    """What caused a movement, in words."""
    if row.application is not None:
        words = {"year": row.application.year, "n": row.application.batch_no}
        # Whose refund it was is read where the refund may be read.
        said = _("%(year)d年度第%(n)d批一人退费") if row.refund_id else _("%(year)d年度第%(n)d批申请")
        return said % words
    if row.plan is not None:
        return _("第%(n)d版方案的资金来源") % {"n": row.plan.version_no}
    gifts = {PoolEntryKind.INCOME: _("资助人付款"), PoolEntryKind.RETURNED: _("按资助人的书面申请")}
    said = gifts.get(PoolEntryKind(row.kind), str(row.get_kind_display()))
    return f"{said}（{row.note}）" if row.note else said


def cause_url(row: PoolEntry) -> str:
    """Where what caused it is read."""
    if row.refund_id is not None:
        return reverse("refund", args=[row.refund_id])
    if row.application_id is not None:
        return reverse("application", args=[row.application_id])
    return reverse("plan", args=[row.plan_id]) if row.plan_id is not None else ""


def _may_open(request: PageRequest, row: PoolEntry) -> bool:
    if row.refund_id is not None:
        return request.user.access.may(REFUND_READERS)
    return request.user.access.may(PLAN_READERS if row.plan_id is not None else BATCH_READERS)
