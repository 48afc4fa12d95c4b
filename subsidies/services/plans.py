"""The acts on a plan (一村一标): draft, change, decide, put in force, revise, end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from core.access import require_area, require_role
from core.errors import InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.models import User
from core.sizes import FIRST_YEAR, LAST_YEAR
from core.workflow import By, Effect, run_creation, run_step
from policies.rules import tiers_fen
from policies.selectors import Rulebook, rulebook
from subsidies.enums import Method, PlanKind, PlanState
from subsidies.models import DecisionRecord, Plan, PlanSource, PlanStandard, Pool
from subsidies.rules.filings import PLAN_OFFICES
from subsidies.rules.judged import Judged, require_none_refuses, warnings
from subsidies.rules.pilot import judge_pilot, pilot_period
from subsidies.rules.plans import DecisionFacts, Source, judge_decision, judge_plan
from subsidies.rules.pools import judge_gift
from subsidies.rules.standards import StandardRow
from subsidies.selectors import plans as selectors
from subsidies.selectors.filings import content_of_plan, goes_by_decision
from subsidies.selectors.pilot import pilot_facts
from subsidies.services.filings import ask_offices, recall_filings, require_filed
from subsidies.services.numbers import paper_number
from subsidies.services.pausing import require_goes_on
from subsidies.services.pools import give_back_rest, pool_of
from subsidies.workflow import filings as filing_steps
from subsidies.workflow import plans as workflow
from villages.models import CollectiveOrganisation, Region

LIVE = (PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED, PlanState.IN_FORCE)
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)


@dataclass(frozen=True, slots=True)
class PlanContent:
    """What a plan says; None leaves a part as it is."""

    beneficiaries: str | None = None
    procedure: str | None = None
    sources: Sequence[Source] | None = None
    standards: Sequence[StandardRow] | None = None


def draft_plan(
    organisation_id: int,
    *,
    by: By,
    year: int,
    kind: str = PlanKind.REGULAR,
    content: PlanContent | None = None,
) -> Plan:
    """Open the draft of an organisation's plan for a year, with whatever content is known.

    Raises InvalidInput for a year that is none, ParameterNotInForce for a year whose tiers nobody has published
    (a plan could not be reckoned), RuleViolation where the year has a live plan of this kind already (change or
    revise that one), NotInArea for a foreign organisation. A plan of donors' money begins with its pool
    (`draft_sponsored_plan`). Source: CS-07.
    """
    if kind == PlanKind.SPONSORED:
        message = _("社会资助方案要从资助专款的页面拟定：先登记资助方、建立专款。")
        raise InvalidInput(message, fields={"kind": [message]})
    if year not in YEARS:
        message = _("年度要写成四位数")
        raise InvalidInput(message, fields={"year": [message]})
    organisation = _organisation(organisation_id)
    return _draft(Plan(organisation=organisation, year=year, kind=kind), by=by, content=content)


def draft_sponsored_plan(pool_id: int, *, by: By, content: PlanContent | None = None) -> Plan:
    """Open the draft of the plan that spends a donor's pool, for the pool's organisation and year.

    Raises RuleViolation (E-SOURCE, E-CUSTODY) where the rulebook of the day does not take such a gift, and as
    `draft_plan`. Source: CS-15, JN-10, NX-09.
    """
    pool = Pool.objects.select_related("organisation__region__parent", "donor").filter(pk=pool_id).first()
    if pool is None:
        raise NotInArea
    if not pool.is_sponsored:
        raise InvalidInput(_("这是村集体自己的专款，随年度方案使用，不用另定方案。"))
    plan = Plan(organisation=pool.organisation, year=pool.year, kind=PlanKind.SPONSORED, pool=pool)
    return _draft(plan, by=by, content=content)


def _draft(new: Plan, *, by: By, content: PlanContent | None) -> Plan:
    organisation, year = new.organisation, new.year

    def create() -> tuple[Plan, Effect]:
        _lock_organisation(organisation)
        require_goes_on(organisation, year=year, on=by.on)
        _require_no_live_plan(new)
        rules = rulebook(organisation.village_code, on=by.on)
        tiers_fen(rules, year)
        if new.pool is not None:
            require_none_refuses(judge_gift(selectors.pool_facts(new.pool), rules))
        plan = _new_plan(new, by.actor)
        _write_content(plan, content or PlanContent())
        return plan, Effect(figures={"year": year, "version": plan.version_no})

    return run_creation(workflow.DRAFT_PLAN, organisation, by=by, create=create)


def copy_last_year(organisation_id: int, *, by: By, year: int, kind: str = PlanKind.REGULAR) -> Plan:
    """Draft a year's plan with the content of the year before (its last version in force or after).

    Raises RuleViolation where the year before has no such plan; else as `draft_plan`.
    """
    # Before anything is read: whether a foreign village had a plan is not told.
    require_role(by.actor, workflow.DRAFT_PLAN.roles, workflow.DRAFT_PLAN.label)
    require_area(by.actor, _organisation(organisation_id))
    earlier = selectors.last_plan_of(organisation_id, year - 1, kind)
    if earlier is None:
        raise RuleViolation(
            _("没有找到%(year)d年度生效过的方案，请直接拟定。") % {"year": year - 1}, code="E-STATE"
        )
    return draft_plan(organisation_id, by=by, year=year, kind=kind, content=content_of(earlier))


def change_plan(plan_id: int, *, by: By, content: PlanContent, expected_version: int | None = None) -> Plan:
    """Save the parts given on a draft; the others stay.

    Raises TransitionNotAllowed where the plan is no draft any more or somebody saved it since `expected_version`.
    """

    def effect(plan: Plan) -> Effect:
        return Effect(changed=_write_content(plan, content))

    return run_step(
        workflow.CHANGE_PLAN,
        Plan.objects.all(),
        plan_id,
        by=by,
        effect=effect,
        expected_version=expected_version,
    )


def record_decision(
    plan_id: int, *, by: By, record: DecisionFacts, expected_version: int | None = None
) -> Plan:
    """Record the democratic decision; the plan is then decided (已决策).

    The content must be complete and within the rules, the record as the rules of the day of the meeting ask.
    Raises RuleViolation with the code of the first refusal (E-PLAN-PART, E-SOURCE, E-CAP, E-OVER-INCOME,
    E-DECISION, E-NOTICE, E-QUORUM, E-MAJORITY), InvalidInput for counts or dates that cannot be.
    Source: CS-08, CS-25, LAW-01, LAW-03.
    """
    require_possible(record, by)

    def effect(plan: Plan) -> Effect:
        found = [*_judge(plan, by), *judge_record(plan, record, by)]
        require_none_refuses(found)
        values = {field.name: getattr(record, field.name) for field in fields(record)}
        DecisionRecord.objects.update_or_create(plan=plan, defaults=values)
        return _keep(plan, found)

    return run_step(
        workflow.RECORD_DECISION,
        _plans(),
        plan_id,
        by=by,
        effect=effect,
        expected_version=expected_version,
    )


def reopen_plan(plan_id: int, *, by: By, reason: str = "") -> Plan:
    """Take a decided plan back to draft; its decision record is dropped, a new one must follow.

    Offices that have not answered lose it; those that filed it are asked again only if its content changes.
    """

    def effect(plan: Plan) -> Effect:
        recall_filings(plan, on=by.on)
        DecisionRecord.objects.filter(plan=plan).delete()
        plan.standards.update(estimated_count=None, estimated_fen=None)
        return Effect(note=reason)

    return run_step(workflow.REOPEN_PLAN, Plan.objects.all(), plan_id, by=by, effect=effect)


def put_in_force(plan_id: int, *, by: By) -> Plan:
    """Let a decided plan come into force, numbered; the version it revises is superseded in the same transaction.

    Everything is judged again by the rules of the business date. Raises RuleViolation (as `record_decision`, and
    E-FILING where the rulebook names offices that file plans first; E-NOT-PILOT and E-PILOT-COUNT while only the
    first batch may take part). A plan of donors' money that the rulebook lets go by its gift agreement alone comes
    into force from the draft. Where the rulebook earmarks the village's own money, what the plan sets aside is put
    into its pool. Source: CS-04, CS-07, CS-10, CS-25, JN-08.
    """
    is_decided = _is_decided(plan_id, by)

    def effect(plan: Plan) -> Effect:
        rules = _rulebook(plan, by)
        require_goes_on(plan, year=plan.year, on=by.on)
        require_filed(plan, on=by.on)
        found = [*_judge_joining(plan, rules), *_judge(plan, by)]
        if is_decided:
            found += judge_record(plan, recorded(plan), by)
        require_none_refuses(found)
        _supersede_previous(plan, by)
        pool_of(plan, by=by)
        plan.number = plan.number or paper_number("plan", plan, year=plan.year, rulebook=rules)
        plan.in_force_on = by.on
        plan.policy_version = rules.version
        kept = _keep(plan, found)
        return Effect(
            changed=(*kept.changed, "number", "in_force_on", "policy_version"),
            rows_count=kept.rows_count,
            amount_fen=kept.amount_fen,
            figures=kept.figures,
        )

    step = workflow.PUT_IN_FORCE if is_decided else workflow.PUT_SPONSORED_IN_FORCE
    return run_step(step, _plans(), plan_id, by=by, effect=effect)


def _is_decided(plan_id: int, by: By) -> bool:
    """Whether the plan needs a democratic decision before it comes into force; custody and kind never change."""
    plan = Plan.objects.select_related("pool").filter(pk=plan_id).first()
    return plan is None or goes_by_decision(plan, _rulebook(plan, by))


def file_plan(plan_id: int, *, by: By) -> Plan:
    """File a decided plan with the offices that the rulebook names (备案), side by side; again after a return.

    Complete and decided as the rules ask, of a village that takes part. Raises RuleViolation (E-NOT-PILOT,
    E-PLAN-PART, E-DECISION and their like, E-SUSPENDED), TransitionNotAllowed where every office has it already.
    Source: NX-03, NX-15, NX-16, NX-17, A-69.
    """

    def effect(plan: Plan) -> Effect:
        require_goes_on(plan, year=plan.year, on=by.on)
        joining = _judge_joining(plan, _rulebook(plan, by))
        require_none_refuses([*joining, *_judge(plan, by), *judge_record(plan, recorded(plan), by)])
        asked = ask_offices(plan, content=content_of_plan(plan), by=by)
        clause = _rulebook(plan, by).value(PLAN_OFFICES, asked[0]).clause.name
        return Effect(rows_count=len(asked), figures={"offices": asked}, clause=clause)

    return run_step(filing_steps.FILE_PLAN, _plans(), plan_id, by=by, effect=effect)


def revise_plan(plan_id: int, *, by: By) -> Plan:
    """Draft the next version of a plan in force, with its content.

    The version in force stays so until the new one is; lines already granted keep theirs. Raises
    TransitionNotAllowed unless the plan is in force and nobody revises it yet. Source: CS-10.
    """
    place = Plan.objects.filter(pk=plan_id).select_related("organisation").first()
    if place is None:
        raise NotInArea

    def create() -> tuple[Plan, Effect]:
        _lock_organisation(place.organisation)
        old = _plans().select_for_update(of=("self",)).get(pk=plan_id)
        require_goes_on(old, year=old.year, on=by.on)
        _require_revisable(old)
        plan = _new_plan(old, by.actor, previous=old)
        _write_content(plan, content_of(old))
        return plan, Effect(figures={"year": plan.year, "version": plan.version_no})

    return run_creation(workflow.REVISE_PLAN, place, by=by, create=create, not_before=place.in_force_on)


def end_plan(plan_id: int, *, by: By, reason: str = "") -> Plan:
    """End a plan in force: nothing more can be applied for under it; what was granted stays."""

    def effect(plan: Plan) -> Effect:
        give_back_rest(plan, by=by)
        return Effect(note=reason)

    return run_step(workflow.END_PLAN, Plan.objects.all(), plan_id, by=by, effect=effect)


def discard_plan(plan_id: int, *, by: By, reason: str = "") -> Plan:
    """Give up a draft that never came into force; the row stays for the record, its number of version is free."""

    def effect(plan: Plan) -> Effect:
        recall_filings(plan, on=by.on)
        plan.previous = None
        return Effect(changed=("previous",), note=reason)

    return run_step(workflow.DISCARD_PLAN, Plan.objects.all(), plan_id, by=by, effect=effect)


def content_of(plan: Plan) -> PlanContent:
    """The whole content of a plan, as another draft may take it over."""
    return PlanContent(
        beneficiaries=plan.beneficiaries,
        procedure=plan.procedure,
        sources=selectors.sources_of(plan),
        standards=selectors.rows_of(plan),
    )


def judge_record(plan: Plan, record: DecisionFacts, by: By) -> list[Judged]:
    """What the rules in force on the day of the meeting say of a decision on this plan."""
    on_the_day = rulebook(plan.village_code, on=record.met_on)
    if not on_the_day.table("decision_procedure"):
        # A meeting before any rule: judged by today's, which says so (W-EARLY).
        on_the_day = _rulebook(plan, by)
    before = DecisionRecord.objects.filter(plan=plan.previous_id).first() if plan.previous_id else None
    return judge_decision(record, rulebook=on_the_day, changed_on=before.met_on if before else None)


def require_possible(record: DecisionFacts, by: By) -> None:
    """Raise InvalidInput for counts that exceed one another and for dates out of order."""
    faults: dict[str, list[str]] = {}
    if record.attended_count > record.called_count:
        faults["attended_count"] = [_("实到人数不能多于应到人数%(n)d人") % {"n": record.called_count}]
    if record.agreed_count + record.against_count + record.abstained_count > record.attended_count:
        faults["agreed_count"] = [
            _("同意、反对、弃权合计不能多于实到人数%(n)d人") % {"n": record.attended_count}
        ]
    if record.met_on > by.on:
        faults["met_on"] = [_("会议日期%(met)s在业务日期%(on)s以后") % {"met": record.met_on, "on": by.on}]
    if record.result_published_on and record.result_published_on > by.on:
        faults["result_published_on"] = [_("实施结果在记账以后公开，公开以后再登记")]
    faults |= _faults_of_order(record)
    if faults:
        raise InvalidInput("；".join(line for lines in faults.values() for line in lines), fields=faults)


def _faults_of_order(record: DecisionFacts) -> dict[str, list[str]]:
    steps = ("proposed_on", "discussed_on", "reviewed_on", "met_on", "published_from", "result_published_on")
    known = [(name, getattr(record, name)) for name in steps if getattr(record, name)]
    known_before = [(n, getattr(record, n)) for n in ("notified_on", "posted_on") if getattr(record, n)]
    labels = {field.name: field.verbose_name for field in DecisionRecord._meta.fields}
    faults = {}
    for (_name, earlier), (name, later) in pairwise(known):
        if later < earlier:
            faults[name] = [
                _("%(label)s%(day)s早于前一环节%(before)s") % _order(labels[name], later, earlier)
            ]
    for name, given_on in known_before:
        if given_on > record.met_on:
            faults[name] = [
                _("%(label)s%(day)s晚于会议日期%(before)s") % _order(labels[name], given_on, record.met_on)
            ]
    if record.published_from and record.published_to and record.published_to < record.published_from:
        faults["published_to"] = [_("决议公开的止日早于起日")]
    return faults


def _order(label: Any, day: Any, before: Any) -> dict[str, Any]:
    return {"label": label, "day": day, "before": before}


def _plans() -> Any:
    return Plan.objects.select_related("organisation", "pool__donor", "previous")


def _organisation(organisation_id: int) -> CollectiveOrganisation:
    found = CollectiveOrganisation.objects.filter(pk=organisation_id).select_related("region__parent").first()
    if found is None:
        raise NotInArea
    return found


def _lock_organisation(organisation: CollectiveOrganisation) -> None:
    # Two drafts of one year at once: the second waits and then sees the first.
    CollectiveOrganisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)


def _require_no_live_plan(new: Plan) -> None:
    live = Plan.objects.filter(**new.same_plan(), state__in=LIVE).first()
    if live is not None:
        words = {"year": new.year, "kind": new.get_kind_display(), "state": live.get_state_display()}
        raise TransitionNotAllowed(
            _("%(year)d年度已有%(kind)s（%(state)s）。没有生效的请接着改，已生效的请办“调整方案”。") % words,
            found=live.state,
            plan=live.pk,
        )


def _require_revisable(old: Plan) -> None:
    if old.state != PlanState.IN_FORCE:
        raise TransitionNotAllowed(
            _("当前状态是“%(state)s”，只有已生效的方案可以调整。") % {"state": old.get_state_display()},
            found=old.state,
            allowed=[PlanState.IN_FORCE],
        )
    revision = Plan.objects.filter(previous=old).first()
    if revision is not None:
        raise TransitionNotAllowed(
            _("第%(n)d版正在拟定，请接着办那一版。") % {"n": revision.version_no},
            found=old.state,
            plan=revision.pk,
        )


def _new_plan(like: Plan, actor: User, *, previous: Plan | None = None) -> Plan:
    versions = Plan.objects.filter(**like.same_plan())
    used = versions.exclude(state=PlanState.DISCARDED).aggregate(last=Max("version_no"))["last"] or 0
    return Plan.objects.create(
        **like.same_plan(),
        version_no=used + 1,
        previous=previous,
        drafted_by=actor,
        **like.organisation.area_codes(),
    )


def _write_content(plan: Plan, content: PlanContent) -> tuple[str, ...]:
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


def _rulebook(plan: Plan, by: By) -> Rulebook:
    return rulebook(plan.village_code, on=by.on)


def _judge(plan: Plan, by: By) -> list[Judged]:
    rules = _rulebook(plan, by)
    facts = selectors.plan_facts(plan, rulebook=rules, on=by.on)
    plan.estimated_count, plan.estimated_fen = facts.estimate_count, facts.plan.estimate_fen
    rows = list(plan.standards.all())
    for row, cost in zip(rows, facts.estimate.rows, strict=True):
        row.estimated_count, row.estimated_fen = cost.count, cost.amount_fen
    PlanStandard.objects.bulk_update(rows, ["estimated_count", "estimated_fen"])
    return judge_plan(facts.plan, rulebook=rules)


def _judge_joining(plan: Plan, rules: Rulebook) -> list[Judged]:
    if pilot_period(rules):
        # Two organisations at once cannot both be the last one of the batch: the second waits and counts the first.
        county = Region.objects.select_for_update(no_key=True, of=("self",))
        county.get(code=plan.county_code)
    return list(judge_pilot(pilot_facts(plan, rulebook=rules), rulebook=rules))


def _keep(plan: Plan, found: list[Judged]) -> Effect:
    plan.warnings = [one.as_dict() for one in warnings(found)]
    return Effect(
        changed=("estimated_count", "estimated_fen", "warnings"),
        rows_count=plan.estimated_count,
        amount_fen=plan.estimated_fen,
        figures={"warnings": [one.code for one in warnings(found)]},
    )


def recorded(plan: Plan) -> DecisionFacts:
    """The decision record of a plan as rules read it; raises RuleViolation (E-DECISION) without one."""
    record = DecisionRecord.objects.filter(plan=plan).first()
    if record is None:
        raise RuleViolation(_("还没有登记民主决策记录。"), code="E-DECISION")
    return DecisionFacts(**{field.name: getattr(record, field.name) for field in fields(DecisionFacts)})


def _supersede_previous(plan: Plan, by: By) -> None:
    if plan.previous_id is None:
        return
    previous = Plan.objects.get(pk=plan.previous_id)
    if previous.state == PlanState.IN_FORCE:
        run_step(
            workflow.SUPERSEDE_PLAN,
            Plan.objects.all(),
            previous.pk,
            by=by.within(),
            effect=lambda old: Effect(figures={"by": plan.pk}),
        )
