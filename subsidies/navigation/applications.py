"""What applications put into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.money import yuan_text
from core.navigation import NavItem, Todo
from subsidies.enums import ApplicationState as State
from subsidies.enums import PlanKind
from subsidies.models import Application, Plan
from subsidies.selectors import applications as selectors
from subsidies.services.pausing import judge_paused
from subsidies.workflow.applications import READERS
from villages.enums import Role

CLERK = frozenset({Role.CLERK})
MATCH_READERS = frozenset({Role.CLERK, Role.OFFICER, Role.TOWNSHIP})


def _in_hand(user: User) -> int:
    if not user.access.may(CLERK):
        return 0
    return selectors.applications(user).filter(state__in=[State.DRAFT, State.RETURNED]).count()


def _matches(user: User) -> int:
    return selectors.status_matches(user).count()


NAV: list[NavItem] = [
    NavItem(_("补助申请"), "applications", READERS, count=_in_hand),
    NavItem(_("核对名单"), "status-matches", MATCH_READERS, count=_matches),
    NavItem(_("核对名单"), "status-matches", READERS),
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Plans to apply from, drafts to hand in, batches to mend, persons to withdraw or to ask refunds for."""
    if not user.access.may(CLERK):
        return
    waiting = selectors.plans_without_application(user)
    yield from (_to_apply(plan) for plan in waiting if not judge_paused(plan, on=on))
    rows = selectors.applications(user).filter(state__in=[State.DRAFT, State.RETURNED])
    for row in selectors.with_counts(rows):
        yield _to_finish(row)
    matches = selectors.status_matches(user).count()
    if matches:
        yield Todo(
            _("撤回%(n)d人") % {"n": matches},
            _("民政等部门来的名单中有人已死亡、丧失国籍或享受其他养老待遇，撤回以后才能往下办"),
            reverse("status-matches"),
            _("去撤回"),
            count=matches,
        )
    refunds = selectors.refund_matches(user).count()
    if refunds:
        yield Todo(
            _("为%(n)d人申请退费") % {"n": refunds},
            _("款到账以前已发生须退回的事由"),
            reverse("status-matches"),
            _("去看名单"),
            count=refunds,
        )


def _to_apply(plan: Plan) -> Todo:
    words = {"year": plan.year, "n": plan.estimated_count, "fen": yuan_text(plan.estimated_fen or 0)}
    titles = {
        PlanKind.REGULAR: _("提出%(year)d年度补助申请"),
        PlanKind.SUPPLEMENTARY: _("提出%(year)d年度补充分配的申请"),
        PlanKind.SPONSORED: _("提出%(year)d年度%(donor)s资助款的申请"),
    }
    words["donor"] = plan.pool.title if plan.pool else ""
    return Todo(
        titles[PlanKind(plan.kind)] % words,
        _("方案已生效，预计%(n)d人，%(fen)s元：先生成补助名单") % words
        if plan.estimated_count
        else _("方案已生效：先生成补助名单"),
        f"{reverse('application-new')}?plan={plan.pk}",
        _("去申请"),
    )


def _to_finish(row: Application) -> Todo:
    words = {"year": row.year, "batch": row.batch_no, "n": row.headcount}  # type: ignore[attr-defined]
    url = reverse("application", args=[row.pk])
    if row.state == State.RETURNED:
        title = _("补正%(year)d年度第%(batch)d批申请") % words
        return Todo(title, row.returned_reason, url, _("去补正"), due_on=row.correct_by)
    title = _("提交%(year)d年度第%(batch)d批申请") % words
    return Todo(title, _("草稿，%(n)d人：核对名单、上传盖章材料后提交") % words, url, _("去提交"))
