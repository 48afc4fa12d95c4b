"""What plans put into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import access_of
from core.models import User
from core.navigation import NavItem, Todo
from subsidies.enums import PlanKind, PlanState
from subsidies.models import Plan
from subsidies.selectors.filings import missing_filings, sentence_of
from subsidies.selectors.plans import plans_within
from subsidies.selectors.suspensions import is_suspended
from subsidies.workflow.plans import CLERK, PLAN_READERS
from villages.selectors.regions import own_organisation

NAV = [NavItem("补助方案", "plans", PLAN_READERS)]
OPEN = (PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED)


def todos(user: User, on: date) -> Iterable[Todo]:
    """A clerk's drafts, decided plans that wait to come into force, and a year without any plan."""
    if not access_of(user).may(CLERK):
        return
    found = (_todo_of(plan, on) for plan in plans_within(user).filter(state__in=OPEN).order_by("year"))
    yield from (todo for todo in found if todo is not None)
    organisation = own_organisation(user)
    has_plan = Plan.objects.filter(organisation=organisation, year=on.year, kind=PlanKind.REGULAR).exclude(
        state=PlanState.DISCARDED
    )
    if organisation and not has_plan.exists() and not is_suspended(organisation.pk, on=on):
        yield Todo(
            _("拟定%(year)d年度补助方案") % {"year": on.year},
            _("先定方案，成员才能申请补助"),
            reverse("plan-new"),
            _("去拟定"),
        )


def _todo_of(plan: Plan, on: date) -> Todo | None:
    kind = _("方案") if plan.kind == PlanKind.REGULAR else plan.get_kind_display()
    words = {"year": plan.year, "n": plan.version_no, "kind": kind}
    url = reverse("plan", args=[plan.pk])
    if plan.state == PlanState.DRAFT:
        return Todo(
            _("%(year)d年度%(kind)s第%(n)d版还是草稿") % words,
            _("填完各部分，核对后生效") if plan.pool else _("填完五个部分，登记会议决定"),
            url,
            _("接着拟定"),
        )
    if lacking := missing_filings(plan, on=on):
        if all(one.is_waiting for one in lacking):
            return None
        title = _("%(year)d年度%(kind)s第%(n)d版要报备案") % words
        return Todo(title, sentence_of(lacking), url, _("去报备案"))
    return Todo(
        _("%(year)d年度%(kind)s第%(n)d版已经会议决定") % words, _("核对人数和金额以后生效"), url, _("去核对")
    )
