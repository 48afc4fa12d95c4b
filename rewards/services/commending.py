"""Commending organisations (通报表扬) that subsidise actively: one officer proposes, another confirms (JN-13)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from core.access import require_role
from core.counts import NAMED_ROWS
from core.errors import InvalidInput, RuleViolation, TransitionNotAllowed
from core.lengths import REASON_TEXT, REMARK_TEXT
from core.workflow import By, Effect, require_text, run_creation, run_step
from policies.selectors import Rulebook, rulebook
from rewards import workflow as steps
from rewards.models import Commendation, CommendationNotice
from rewards.services.computing import lock_county
from rewards.services.rows import county_of
from rewards.subsidised import Subsidised, subsidised_of
from subsidies.services.numbers import paper_number
from villages.models import CollectiveOrganisation

REMARK_LENGTH, REASON_LENGTH = REASON_TEXT, REMARK_TEXT


def propose_commendation(
    county_code: str, year: int, organisation_ids: Iterable[int], *, by: By, remark: str = ""
) -> CommendationNotice:
    """Put organisations that subsidised in a plan year on a notice, for another officer to confirm.

    Figures are those of the day. Raises RuleViolation E-NO-REWARD where the rulebook knows no commendation,
    InvalidInput for none or for one that granted nothing, TransitionNotAllowed for one commended already.
    Source: JN-13.
    """
    require_role(by.actor, steps.PROPOSE_COMMENDATION.roles, steps.PROPOSE_COMMENDATION.label)
    wanted = sorted(set(organisation_ids))
    with transaction.atomic():
        county = county_of(county_code, by=by)

        def create() -> tuple[CommendationNotice, Effect]:
            rules = rulebook(county_code, on=by.on)
            name, occasion = _words(rules)
            # Two officers at once must not both find an organisation free.
            lock_county(county_code)
            found = _figures(county_code, year, wanted)
            notice = CommendationNotice.objects.create(
                year=year,
                name=name,
                occasion=occasion,
                remark=remark.strip()[:REMARK_LENGTH],
                made_by=by.actor,
                last_acted_on=by.on,
                **county.area_codes(),
            )
            _put_on(notice, found)
            return notice, _effect(found)

        return run_creation(steps.PROPOSE_COMMENDATION, county, by=by, create=create)


def _words(rules: Rulebook) -> tuple[str, str]:
    name = rules.get("commendation_name")
    if name is None:
        message = _("本地的政策文件没有规定通报表扬，不能拟定。")
        raise RuleViolation(message, code="E-NO-REWARD", clause=rules.cite_ground("reward"))
    occasion = rules.get("commendation_occasion")
    return str(name.value), str(occasion.value) if occasion else ""


def _figures(county_code: str, year: int, wanted: list[int]) -> dict[int, Subsidised]:
    if not wanted:
        raise InvalidInput(_("没有选组织。请先勾选要表扬的村集体经济组织。"))
    free = subsidised_of(county_code, year)
    found = {key: free[key] for key in wanted if key in free}
    if len(found) != len(wanted):
        raise InvalidInput(_("所选的组织里有的%(year)d年度还没有补助记账，请重新选。") % {"year": year})
    _require_free(found, year)
    return found


def _require_free(found: Iterable[int], year: int) -> None:
    taken = Commendation.objects.filter(organisation__in=list(found), year=year, is_live=True)
    names = list(taken.values_list("organisation__name", flat=True)[:NAMED_ROWS])
    if names:
        words = {"names": "、".join(names), "year": year}
        raise TransitionNotAllowed(_("%(names)s的%(year)d年度表扬已经拟定或通报，不重复表扬。") % words)


def _put_on(notice: CommendationNotice, found: dict[int, Subsidised]) -> None:
    organisations = CollectiveOrganisation.objects.in_bulk(list(found))
    Commendation.objects.bulk_create(
        Commendation(
            notice=notice,
            organisation=organisation,
            year=notice.year,
            headcount=found[key].headcount,
            amount_fen=found[key].amount_fen,
            **organisation.area_codes(),
        )
        for key, organisation in sorted(organisations.items())
    )


def _effect(found: dict[int, Subsidised], **more: object) -> Effect:
    total = sum(one.amount_fen for one in found.values())
    return Effect(rows_count=len(found), amount_fen=total, **more)  # type: ignore[arg-type]


def confirm_commendation(notice_id: int, *, by: By) -> CommendationNotice:
    """Another officer confirms: figures are read anew, the notice gets its number and counts from the act's day.

    Raises SeparationOfDuties; TransitionNotAllowed where an organisation's grants were all refunded meanwhile.
    """

    def effect(notice: CommendationNotice) -> Effect:
        rules = rulebook(notice.county_code, on=by.on)
        rows = list(notice.rows.select_related("organisation"))
        now = subsidised_of(notice.county_code, notice.year)
        gone = [row.organisation.name for row in rows if row.organisation_id not in now]
        if gone:
            words = {"names": "、".join(gone)}
            raise TransitionNotAllowed(_("%(names)s的补助已全部退费，请退回重拟。") % words)
        for row in rows:
            row.headcount, row.amount_fen = (
                now[row.organisation_id].headcount,
                now[row.organisation_id].amount_fen,
            )
        Commendation.objects.bulk_update(rows, ["headcount", "amount_fen"])
        notice.number = paper_number("commendation", notice, year=by.on.year, rulebook=rules)
        notice.confirmed_by, notice.commended_on = by.actor, by.on
        figures = {row.organisation_id: now[row.organisation_id] for row in rows}
        return _effect(figures, changed=("number", "confirmed_by", "commended_on"))

    rows = CommendationNotice.objects.all()
    return run_step(steps.CONFIRM_COMMENDATION, rows, notice_id, by=by, effect=effect)


def refuse_commendation(notice_id: int, *, by: By, reason: str) -> CommendationNotice:
    """The checker sends a notice back; its organisations may be proposed anew."""
    reason = require_text(reason, _("请写明退回的理由。"))

    def effect(notice: CommendationNotice) -> Effect:
        count = notice.rows.update(is_live=False)
        notice.refused_reason = reason[:REASON_LENGTH]
        return Effect(changed=("refused_reason",), rows_count=count, note=reason)

    rows = CommendationNotice.objects.all()
    return run_step(steps.REFUSE_COMMENDATION, rows, notice_id, by=by, effect=effect)
