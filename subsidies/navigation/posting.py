"""What posting puts into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.money import yuan_text
from core.navigation import NavItem, Todo
from subsidies.selectors.posting import batches_to_post
from subsidies.workflow import posting as steps


def waiting(user: User) -> int:
    """Batches that wait for this user's posting."""
    return batches_to_post(user).count() if user.access.may(steps.START.roles) else 0


NAV: list[NavItem] = [NavItem(_("社保记账"), "postings", steps.JOB_READERS, count=waiting)]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Matched persons to post, in one entry."""
    if not user.access.may(steps.START.roles):
        return
    batches: list[Any] = list(batches_to_post(user))
    if batches:
        fen = sum(row.wait_fen for row in batches)
        persons = sum(row.wait_count for row in batches)
        yield Todo(
            _("记账%(n)d人，%(yuan)s元") % {"n": persons, "yuan": yuan_text(fen)},
            _("税务已到账、对上人的%(n)d批") % {"n": len(batches)},
            reverse("postings"),
            _("去记账"),
            count=len(batches),
        )
