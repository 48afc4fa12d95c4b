"""What a plan says, apart from the plan: read off one, written on another, checked row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from subsidies.enums import Method
from subsidies.models import Plan, PlanSource, PlanStandard
from subsidies.rules.plans import Source
from subsidies.rules.standards import StandardRow
from subsidies.selectors import plans as selectors


@dataclass(frozen=True, slots=True)
class PlanContent:
    """What a plan says; None leaves a part as it is."""

    beneficiaries: str | None = None
    procedure: str | None = None
    sources: Sequence[Source] | None = None
    standards: Sequence[StandardRow] | None = None


def content_of(plan: Plan) -> PlanContent:
    """The whole content of a plan, as another draft may take it over."""
    return PlanContent(
        beneficiaries=plan.beneficiaries,
        procedure=plan.procedure,
        sources=selectors.sources_of(plan),
        standards=selectors.rows_of(plan),
    )


def write_content(plan: Plan, content: PlanContent) -> tuple[str, ...]:
    """Write the parts given on the plan; the names of its changed fields.

    Raises InvalidInput (E-AMOUNT) for an amount that is not above 0 and for bounds of a row out of order.
    """
    changed = []
    for name in ("beneficiaries", "procedure"):
        text = getattr(content, name)
        if text is not None:
            setattr(plan, name, text.strip())
            changed.append(name)
    if changed:
        plan.save(update_fields=changed)
    if content.sources is not None:
        _write_sources(plan, content.sources)
    if content.standards is not None:
        _write_standards(plan, content.standards)
    return tuple(changed)


def _write_sources(plan: Plan, sources: Iterable[Source]) -> None:
    sources = list(sources)
    if any(source.amount_fen <= 0 for source in sources):
        message = _("资金来源的金额须大于0")
        raise InvalidInput(message, code="E-AMOUNT", fields={"sources": [message]})
    PlanSource.objects.filter(plan=plan).delete()
    PlanSource.objects.bulk_create(
        PlanSource(plan=plan, source_type=s.source_type, amount_fen=s.amount_fen, note=s.note)
        for s in sources
    )


def _write_standards(plan: Plan, rows: Iterable[StandardRow]) -> None:
    rows = list(rows)
    faults = [fault for number, row in enumerate(rows, start=1) for fault in row_faults(number, row)]
    if faults:
        raise InvalidInput("；".join(faults), code="E-AMOUNT", fields={"standards": faults})
    PlanStandard.objects.filter(plan=plan).delete()
    PlanStandard.objects.bulk_create(
        PlanStandard(plan=plan, position=position, **{f.name: getattr(row, f.name) for f in fields(row)})
        for position, row in enumerate(rows, start=1)
    )


def row_faults(number: int, row: StandardRow) -> list[str]:
    """What is impossible about one row of a standard, each as a sentence."""
    faults = []
    given = row.rate_ppm if row.method == Method.PERCENT else row.amount_fen
    if not given or given <= 0:
        faults.append(_("第%(n)d行没有填大于0的补助金额或比例") % {"n": number})
    if row.tier_from_fen is not None and row.tier_to_fen is not None and row.tier_to_fen < row.tier_from_fen:
        faults.append(_("第%(n)d行的缴费档次起点高于终点") % {"n": number})
    if row.age_from is not None and row.age_to is not None and row.age_to < row.age_from:
        faults.append(_("第%(n)d行的年龄起点高于终点") % {"n": number})
    return faults
