"""What the rulebooks put into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import access_of
from core.models import User
from core.navigation import NavItem, Todo
from policies import workflow
from policies.amendments import selectors
from policies.enums import AmendmentState
from policies.models import Amendment
from villages.enums import EVERYBODY


def waiting(user: User) -> int:
    """Later validities that this administrator may approve."""
    return selectors.waiting_for(user).count()


NAV = [
    NavItem("政策文件", "policies", EVERYBODY),
    NavItem("政策对照", "policies-compare", EVERYBODY),
    NavItem("政策调整", "amendments", workflow.AMENDMENT_READERS, count=waiting),
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Later validities to approve; own ones that came back."""
    for row in selectors.waiting_for(user):
        yield _todo(row, _("%(who)s提出调整“%(label)s”，请核对"), _("去核对"), due_on=row.valid_from)
    if access_of(user).may(workflow.ADMIN):
        for row in Amendment.objects.filter(state=AmendmentState.RETURNED, made_by=user):
            yield _todo(row, _("调整“%(label)s”退回来了"), _("去改"))


def _todo(row: Amendment, title: str, button: str, due_on: date | None = None) -> Todo:
    words = {"who": row.made_by, "label": row.label}
    detail = row.return_reason or selectors.span_words(row)
    return Todo(title % words, detail, reverse("amendment", args=[row.pk]), button, due_on=due_on)
