"""Closing a year: proposed with what is left over, confirmed by another with a snapshot of its reports.

Source: A-17; what is due after the closing stands beside it and never in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.utils.translation import gettext as _

from core.access import Area
from core.calendar import day_text
from core.errors import InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.workflow import By, Effect, require_text, run_creation, run_step
from desk.closing import workflow as steps
from desk.closing.items import OpenItem, open_items
from desk.enums import ClosingState
from desk.models import LeftOver, ReportSnapshot, YearClosing
from desk.reports.catalogue import REPORTS
from desk.reports.scope import Ask, Scope
from policies.rules import day_of_year
from policies.selectors import rulebook
from villages.models import CollectiveOrganisation, Region

REASON_LENGTH, LABEL_LENGTH, REMARK_LENGTH = (
    LeftOver._meta.get_field("reason").max_length,
    LeftOver._meta.get_field("label").max_length,
    YearClosing._meta.get_field("remark").max_length,
)
NAMED_ITEMS = 3


def propose_closing(
    county_code: str, year: int, *, by: By, leaving: Mapping[str, str], remark: str = ""
) -> YearClosing:
    """Propose to close a county's plan year; `leaving` maps each open item (`OpenItem.key`) to why it is left over.

    Raises RuleViolation E-YEAR-OPEN while the year still takes applications, or where something is open that is not
    left over or may not be; TransitionNotAllowed for a year that is closed or proposed; InvalidInput without a reason.
    """
    county = _county(county_code)

    def create() -> tuple[YearClosing, Effect]:
        _require_over(county_code, year, by.on)
        if YearClosing.objects.filter(county_code=county_code, year=year, state__in=_LIVE).exists():
            raise TransitionNotAllowed(_("%(year)d年度已经关账，或者已经提出、等待复核。") % {"year": year})
        items = open_items(county_code, year, on=by.on)
        _require_left_over(items, leaving)
        closing = YearClosing.objects.create(
            year=year,
            remark=remark.strip()[:REMARK_LENGTH],
            proposed_by=by.actor,
            proposed_on=by.on,
            last_acted_on=by.on,
            **county.area_codes(),
        )
        LeftOver.objects.bulk_create(_left_over(closing, item, leaving[item.key]) for item in items)
        return closing, Effect(rows_count=len(items), figures={"year": year})

    return run_creation(steps.PROPOSE, county, by=by, create=create)


_LIVE = (ClosingState.PROPOSED, ClosingState.CLOSED)


def _county(code: str) -> Region:
    county = Region.objects.filter(pk=code, county_code=code).first()
    if county is None:
        raise NotInArea
    return county


def last_day_of_year(county_code: str, year: int, *, on: date) -> date:
    """The last day on which applications of a plan year are taken, or the year's last where nobody says."""
    rules = rulebook(county_code, on=on)
    last = rules.get("application_last_day", year=year)
    return day_of_year(last, year) if last else date(year + 1, 1, 1) - timedelta(days=1)


def _require_over(county_code: str, year: int, on: date) -> None:
    last = last_day_of_year(county_code, year, on=on)
    if on <= last:
        raise RuleViolation(
            _("%(year)d年度的申请受理到%(last)s，过后才能关账。") % {"year": year, "last": day_text(last)},
            code="E-YEAR-OPEN",
            last=last.isoformat(),
        )


def _require_left_over(items: Iterable[OpenItem], leaving: Mapping[str, str]) -> None:
    open_ones = [item for item in items if not item.kind.may_leave or item.key not in leaving]
    if open_ones:
        named = "；".join(f"{one.place} {one.kind.title}" for one in open_ones[:NAMED_ITEMS])
        raise RuleViolation(
            _("还有%(n)d项没有办完，也没有结转：%(named)s。请逐项办完，或者写明理由结转下年。")
            % {"n": len(open_ones), "named": named},
            code="E-YEAR-OPEN",
            rows=[{"item": one.key, "place": one.place, "title": one.kind.title} for one in open_ones],
        )
    for item in items:
        sentence = _("%(what)s要写明结转的理由") % {"what": f"{item.place} {item.label}"}
        if not leaving[item.key].strip():
            raise InvalidInput(f"{sentence}。", fields={item.key: [sentence]})


def _left_over(closing: YearClosing, item: OpenItem, reason: str) -> LeftOver:
    return LeftOver(
        closing=closing,
        kind=item.kind.key,
        object_id=item.object_id,
        label=f"{item.place} {item.label}"[:LABEL_LENGTH],
        amount_fen=item.amount_fen,
        reason=reason.strip()[:REASON_LENGTH],
        **item.codes,
    )


def confirm_closing(closing_id: int, *, by: By, expected_version: int | None = None) -> YearClosing:
    """Close the year: nothing may have opened since the proposal; what was ended since is no longer left over.

    The reports are kept as they are now. Raises RuleViolation E-YEAR-OPEN, SeparationOfDuties.
    """

    def effect(closing: YearClosing) -> Effect:
        _hold_villages(closing.county_code)
        items = {item.key: item for item in open_items(closing.county_code, closing.year, on=by.on)}
        left = {f"{one.kind}-{one.object_id}": one for one in closing.left_over.all()}
        _require_left_over(items.values(), {key: one.reason for key, one in left.items()})
        ended = [one.pk for key, one in left.items() if key not in items]
        closing.left_over.filter(pk__in=ended).delete()
        closing.closed_by, closing.closed_on = by.actor, by.on
        keep_reports(closing, on=by.on)
        return Effect(
            changed=("closed_by", "closed_on"), rows_count=len(items), figures={"year": closing.year}
        )

    return run_step(
        steps.CONFIRM,
        YearClosing.objects.all(),
        closing_id,
        by=by,
        effect=effect,
        expected_version=expected_version,
    )


def _hold_villages(county_code: str) -> None:
    # A village that submits at this moment holds its own row: it is waited for, or it finds the year closed.
    rows = CollectiveOrganisation.objects.filter(county_code=county_code).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def keep_reports(closing: YearClosing, *, on: date) -> None:
    """Store every report of the year at its finest grain, with what its columns were called."""
    scope = Scope(Area(closing.county_code), Ask(year=closing.year), on)
    ReportSnapshot.objects.bulk_create(
        ReportSnapshot(
            closing=closing,
            code=report.code,
            columns=[[column.key, column.label, column.kind] for column in report.columns(scope)],
            facts=[fact.as_dict() for fact in report.facts(scope)],
        )
        for report in REPORTS
    )


def refuse_closing(closing_id: int, *, by: By, reason: str) -> YearClosing:
    """Send a proposal back with a reason; it may be proposed anew."""

    def effect(closing: YearClosing) -> Effect:
        text = require_text(reason, _("请写明退回的理由，经办好改正。"))
        closing.refused_reason = text[:REMARK_LENGTH]
        return Effect(changed=("refused_reason",), note=closing.refused_reason)

    return run_step(steps.REFUSE, YearClosing.objects.all(), closing_id, by=by, effect=effect)


def why_shut(county_code: str, year: int) -> str:
    """Why a county's plan year takes nothing more: it was closed; empty while it is open."""
    closed = YearClosing.objects.filter(county_code=county_code, year=year, state=ClosingState.CLOSED).first()
    if closed is None:
        return ""
    assert closed.closed_on is not None
    return _("%(year)d年度已于%(on)s关账，不再受理这个年度的方案和申请。请列入下一年度。") % {
        "year": year,
        "on": day_text(closed.closed_on),
    }
