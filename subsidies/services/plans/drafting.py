"""Draft a plan: anew, for a donor's pool, from last year's, as the next version of one in force; change it."""

from __future__ import annotations

from django.db.models import Max
from django.utils.translation import gettext as _

from core.access import require_area, require_role
from core.errors import InvalidInput, NotInArea, TransitionNotAllowed
from core.models import User
from core.workflow import By, Effect, run_creation, run_step
from core.years import YEARS
from policies.rules import tiers_fen
from policies.selectors import rulebook
from subsidies.enums import PlanKind, PlanState
from subsidies.models import Plan, Pool
from subsidies.rules.judged import require_none_refuses
from subsidies.rules.pools import judge_gift
from subsidies.selectors import plans as selectors
from subsidies.services.pausing import require_goes_on
from subsidies.services.plans.content import PlanContent, content_of, write_content
from subsidies.services.plans.judging import plans_to_judge
from subsidies.workflow import plans as workflow
from villages.models import CollectiveOrganisation

LIVE = (PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED, PlanState.IN_FORCE)


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
        write_content(plan, content or PlanContent())
        return plan, Effect(figures={"year": year, "version": plan.version_no})

    return run_creation(workflow.DRAFT_PLAN, organisation, by=by, create=create)


def copy_last_year(organisation_id: int, *, by: By, year: int, kind: str = PlanKind.REGULAR) -> Plan:
    """Draft a year's plan with the content of the year before (its last version in force or after).

    Raises TransitionNotAllowed where the year before has no such plan; else as `draft_plan`.
    """
    # Before anything is read: whether a foreign village had a plan is not told.
    require_role(by.actor, workflow.DRAFT_PLAN.roles, workflow.DRAFT_PLAN.label)
    require_area(by.actor, _organisation(organisation_id))
    earlier = selectors.last_plan_of(organisation_id, year - 1, kind)
    if earlier is None:
        raise TransitionNotAllowed(_("没有找到%(year)d年度生效过的方案，请直接拟定。") % {"year": year - 1})
    return draft_plan(organisation_id, by=by, year=year, kind=kind, content=content_of(earlier))


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
        old = plans_to_judge().select_for_update(of=("self",)).get(pk=plan_id)
        require_goes_on(old, year=old.year, on=by.on)
        _require_revisable(old)
        plan = _new_plan(old, by.actor, previous=old)
        write_content(plan, content_of(old))
        return plan, Effect(figures={"year": plan.year, "version": plan.version_no})

    return run_creation(workflow.REVISE_PLAN, place, by=by, create=create, not_before=place.in_force_on)


def change_plan(plan_id: int, *, by: By, content: PlanContent, expected_version: int | None = None) -> Plan:
    """Save the parts given on a draft; the others stay.

    Raises TransitionNotAllowed where the plan is no draft any more or somebody saved it since `expected_version`.
    """

    def effect(plan: Plan) -> Effect:
        return Effect(changed=write_content(plan, content))

    return run_step(
        workflow.CHANGE_PLAN,
        Plan.objects.all(),
        plan_id,
        by=by,
        effect=effect,
        expected_version=expected_version,
    )


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
