"""Draw up the list of a plan in force: a line for every member whom it gives something."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, Exists, F, Max, OuterRef
from django.utils.translation import gettext as _

from core.errors import NotInArea, RuleViolation
from core.workflow import By, Effect, run_creation
from policies.selectors import cite_ground, rulebook
from subsidies.enums import Severity
from subsidies.models import Application, Finding, Plan
from subsidies.rules.eligibility import Terms, judge
from subsidies.rules.wording import short_word
from subsidies.services.applications.conditions import require_open_year, require_ready
from subsidies.services.applications.lines import insert_lines, line_sums, renumber, with_amounts
from subsidies.workflow import applications as steps
from villages.models import Membership


def draw_up_application(plan_id: int, *, by: By) -> Application:
    """Draw up the list of a plan in force: every member who qualifies, with what the plan still gives him.

    Who does not qualify is left out; the event counts them by reason. Raises RuleViolation (E-PLAN, E-EMPTY,
    E-YEAR-CLOSED, E-FILING, E-SUSPENDED). Source: CS-11, CS-27, NX-17, NX-18, A-59.
    """
    plan = Plan.objects.select_related("organisation", "pool").filter(pk=plan_id).first()
    if plan is None:
        raise NotInArea

    def create() -> tuple[Application, Effect]:
        # The plan's row is held so that two clicks cannot take the same batch number.
        Plan.objects.select_for_update().get(pk=plan.pk)
        require_ready(plan, by)
        require_open_year(plan, by)
        application = _new_application(plan, by)
        left_out = _fill(application, plan, by)
        renumber(application)
        sums = line_sums(application)
        if not sums["rows_count"]:
            raise RuleViolation(
                _("按方案没有可以列入的成员：%(reasons)s。请先核对成员名单和缴费记录。")
                % {"reasons": _left_out_words(left_out)},
                code="E-EMPTY",
                clause=cite_ground(plan, "beneficiaries", on=by.on),
                left_out=left_out,
            )
        return application, Effect(figures={"left_out": left_out}, **sums)

    return run_creation(steps.DRAW_UP, plan, by=by, create=create, not_before=plan.in_force_on)


def _new_application(plan: Plan, by: By) -> Application:
    batches = Application.objects.filter(organisation=plan.organisation_id, year=plan.year)
    return Application.objects.create(
        plan=plan,
        organisation=plan.organisation,
        year=plan.year,
        batch_no=(batches.aggregate(last=Max("batch_no"))["last"] or 0) + 1,
        drafted_by=by.actor,
        last_acted_on=by.on,
        **plan.area_codes(),
    )


def _fill(application: Application, plan: Plan, by: By) -> dict[str, int]:
    """Write a line for everybody the plan gives something, judge them, take out the refused; count those left out."""
    rules = rulebook(plan.village_code, on=by.on)
    terms = Terms(rules, plan, application, by.on)
    everybody = Membership.objects.filter(organisation=plan.organisation_id, left_on__isnull=True)
    given = with_amounts(everybody, terms).filter(amount_fen__gt=0)
    written = insert_lines(application, given, amount=F("amount_fen"))
    judge(application.lines.all(), application=application, plan=plan, rulebook=rules, on=by.on)
    refusals = Finding.objects.filter(severity=Severity.REFUSE)
    left_out = dict(
        refusals.filter(line__application=application).order_by().values_list("code").annotate(n=Count("pk"))
    )
    # By the finding of each line: of a set of findings just written no planner knows how large it is.
    application.lines.filter(Exists(refusals.filter(line=OuterRef("pk")))).delete()
    without = everybody.count() - written
    return left_out | ({"NO-AMOUNT": without} if without else {})


def _left_out_words(left_out: Mapping[str, int]) -> str:
    words = [_("%(reason)s%(n)d人") % {"reason": short_word(code), "n": n} for code, n in left_out.items()]
    return "、".join(words) or _("成员名单是空的")
