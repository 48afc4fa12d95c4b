"""Determining (核定) each village's reward, and applying to finance for the sum."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.access import require_role
from core.counts import FOUND_ROWS
from core.errors import NotInArea, RuleViolation, TransitionNotAllowed
from core.lengths import REMARK_TEXT
from core.requests import claim_request_key
from core.workflow import (
    By,
    Effect,
    grounded,
    move_rows,
    require_another_person,
    require_not_before,
    require_text,
    run_creation,
    run_step,
)
from policies.selectors import rulebook
from rewards import workflow as steps
from rewards.enums import RewardState
from rewards.models import Reward, RewardApplication
from rewards.rules import refuse_blocked, require_money, require_within_cap
from rewards.services.computing import refresh
from rewards.services.offsets import take_offsets
from rewards.services.rows import county_of, lock_rows, run_rows
from rewards.services.taking_apart import TAKEN_APART, take_apart
from subsidies.services.numbers import paper_number

STEP = steps.DETERMINE


def determine(
    county_code: str, year: int, *, by: By, amounts: Mapping[int, int | None] | None = None
) -> list[Reward]:
    """Determine rewards of a year: `amounts` maps reward → fen (None: its cap); without it every row that is free.

    Facts are read anew first. Open offsets of earlier years are deducted. Raises RuleViolation E-REWARD-OPEN,
    W-NO-RATE, E-REWARD-CAP, E-REWARD-TWICE; NotInArea; TransitionNotAllowed where nothing is to be determined.
    Source: CS-13, CS-35, CS-37, A-06.
    """
    require_role(by.actor, STEP.roles, STEP.label)
    with transaction.atomic():
        county = county_of(county_code, by=by)
        # Before any rule: a replay finds its own determination and must get its answer, not E-REWARD-TWICE.
        claim_request_key(by, STEP.act)
        require_money(rulebook(county_code, on=by.on))
        refresh(county_code, year, by=by.within())
        with grounded(STEP, county, by):
            wanted = dict(amounts) if amounts is not None else _free_rows(county_code, year)
            rows = Reward.objects.filter(pk__in=wanted, county_code=county_code, year=year)
            if rows.count() != len(wanted):
                raise NotInArea
            _refuse_twice(rows)
            return _determine(wanted, by.within())


def _free_rows(county_code: str, year: int) -> dict[int, int | None]:
    rows = Reward.objects.filter(county_code=county_code, year=year)
    free = rows.filter(state=RewardState.COMPUTED, blocked_code="", cap_fen__gt=0)
    wanted: dict[int, int | None] = dict.fromkeys(free.values_list("pk", flat=True))
    if not wanted:
        _refuse_twice(rows)
        _refuse_all_blocked(rows)
    return wanted


def _refuse_all_blocked(rows: QuerySet[Reward]) -> None:
    blocked = list(rows.exclude(blocked_code="").select_related("organisation__region")[:FOUND_ROWS])
    refuse_blocked([_blocked(row) for row in blocked], clause=blocked[0].clause if blocked else "")
    raise TransitionNotAllowed(_("没有可以核定的村。请先测算奖励。"))


def _blocked(row: Reward) -> tuple[int, str, str, dict]:
    return row.pk, str(row.organisation.region), row.blocked_code, row.blocked_figures


def _refuse_twice(rows: QuerySet[Reward]) -> None:
    """Raise E-REWARD-TWICE for rows whose year was determined before. Source: CS-35."""
    twice = list(rows.filter(state__in=steps.FIXED).select_related("organisation__region")[:FOUND_ROWS])
    if twice:
        row = twice[0]
        raise RuleViolation(
            _("%(village)s%(year)d年度奖励已存在（%(state)s），一个年度只奖励一次。")
            % {
                "village": row.organisation.region,
                "year": row.year,
                "state": row.get_state_display(),
            },
            code="E-REWARD-TWICE",
            rows=[
                {"reward": r.pk, "organisation": str(r.organisation.region), "state": r.state} for r in twice
            ],
        )


def _determine(wanted: Mapping[int, int | None], by: By) -> list[Reward]:
    rows = lock_rows(Reward.objects.filter(pk__in=wanted))
    blocked = [_blocked(row) for row in rows if row.blocked_code]
    refuse_blocked(blocked, clause=next((row.clause for row in rows if row.blocked_code), ""))
    for row in rows:
        given = wanted[row.pk]
        amount = row.cap_fen if given is None else given
        require_within_cap(str(row.organisation.region), amount, row.cap_fen, clause=row.clause)
    take_apart([row for row in rows if row.state == RewardState.RETURNED], on=by.on)
    prepared = {row.pk: row for row in rows}
    for row in rows:
        given = wanted[row.pk]
        row.determined_fen = row.cap_fen if given is None else given
        row.determined_by, row.determined_on = by.actor, by.on
    take_offsets(rows)

    def effect(row: Reward) -> Effect:
        mine = prepared[row.pk]
        for name in TAKEN_APART:
            setattr(row, name, getattr(mine, name))
        return Effect(
            changed=TAKEN_APART,
            rows_count=row.headcount,
            amount_fen=row.determined_fen,
            clause=row.clause,
            figures={"cap_fen": row.cap_fen, "offset_fen": row.offset_fen},
        )

    return run_rows(STEP, list(wanted), by=by, effect=effect)


def undo_determination(reward_id: int, *, by: By) -> Reward:
    """Take a determination back that is on no application yet; its offsets open again."""

    def effect(row: Reward) -> Effect:
        if row.application_id:
            raise TransitionNotAllowed(_("已列入待复核的奖励申请，请先退回申请。"))
        amount = row.determined_fen
        take_apart([row], on=by.on)
        return Effect(changed=TAKEN_APART, amount_fen=amount)

    return run_rows(steps.UNDO, [reward_id], by=by, effect=effect)[0]


def apply_to_finance(
    county_code: str, year: int, *, by: By, reward_ids: list[int] | None = None
) -> RewardApplication:
    """Put determined rows (all, or these) on an application to finance, for another officer to confirm.

    Raises TransitionNotAllowed where nothing waits, NotInArea.
    """
    with transaction.atomic():
        county = county_of(county_code, by=by)
        rows = Reward.objects.filter(
            county_code=county_code, year=year, state=RewardState.DETERMINED, application__isnull=True
        )
        if reward_ids is not None:
            rows = rows.filter(pk__in=reward_ids)
        found = lock_rows(rows)

        def create() -> tuple[RewardApplication, Effect]:
            _require_all(found, reward_ids)
            require_not_before(by.on, *[row.last_acted_on for row in found])
            application = RewardApplication.objects.create(
                year=year, made_by=by.actor, last_acted_on=by.on, **county.area_codes()
            )
            Reward.objects.filter(pk__in=[row.pk for row in found]).update(application=application)
            return application, _sum_effect(found)

        return run_creation(steps.APPLY, county, by=by, create=create)


def _require_all(found: list[Reward], asked: list[int] | None) -> None:
    if not found:
        raise TransitionNotAllowed(_("没有已核定、还没申请的村。请先核定奖励。"))
    if asked is not None and len(found) != len(set(asked)):
        raise TransitionNotAllowed(_("所选的村里有的不是“已核定”，或已列入别的申请，请重新选。"))


def _sum_effect(rows: list[Reward], **more: object) -> Effect:
    total = sum(row.payable_fen or 0 for row in rows)
    return Effect(rows_count=len(rows), amount_fen=total, **more)  # type: ignore[arg-type]


def confirm_application(application_id: int, *, by: By) -> RewardApplication:
    """Another officer confirms: the application gets its number and goes to finance. Raises SeparationOfDuties."""

    def effect(application: RewardApplication) -> Effect:
        rows = lock_rows(application.rewards.filter(state=RewardState.DETERMINED))
        if not rows:
            raise TransitionNotAllowed(_("申请里已经没有待申请的村，请退回。"))
        require_another_person(by.actor, [row.determined_by_id for row in rows])
        require_not_before(by.on, *[row.last_acted_on for row in rows])
        rules = rulebook(application.county_code, on=by.on)
        application.number = paper_number("reward_application", application, year=by.on.year, rulebook=rules)
        application.confirmed_by, application.applied_on = by.actor, by.on
        _move(rows, RewardState.APPLIED, by)
        return _sum_effect(rows, changed=("number", "confirmed_by", "applied_on"))

    return run_step(
        steps.CONFIRM_APPLICATION, RewardApplication.objects.all(), application_id, by=by, effect=effect
    )


def _move(rows: list[Reward], target: RewardState, by: By) -> None:
    ids = [row.pk for row in rows]
    sources = {row.state for row in rows}
    move_rows(Reward.objects.filter(pk__in=ids), sources, target, last_acted_on=by.on)


def refuse_application(application_id: int, *, by: By, reason: str) -> RewardApplication:
    """The checker sends an application back to the officer; its rows are determined and free again."""
    reason = require_text(reason, _("请写明退回的理由。"))

    def effect(application: RewardApplication) -> Effect:
        rows = list(application.rewards.all())
        application.rewards.update(application=None)
        application.refused_reason = reason[:REMARK_TEXT]
        return _sum_effect(rows, changed=("refused_reason",), note=reason)

    return run_step(
        steps.REFUSE_APPLICATION, RewardApplication.objects.all(), application_id, by=by, effect=effect
    )
