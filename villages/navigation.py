"""Entries of this room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import access_of
from core.models import User
from core.navigation import NavItem, Todo
from villages.enums import EVERYBODY, ChangeState, Role
from villages.models import Membership, PersonChange
from villages.selectors.accounts import ACCOUNT_CHANGE_READERS, accounts_to_confirm
from villages.selectors.people import CHANGE_READERS, STAFF_READERS

# Those who bring sheets in: the clerk his list, agency and tax office what was paid.
IMPORTERS = frozenset({Role.CLERK, Role.OFFICER, Role.TAX})


def open_changes(user: User) -> int:
    """How many changes wait for this checker."""
    access = access_of(user)
    if access.area is None or not access.may(frozenset({Role.REVIEWER})):
        return 0
    return (
        PersonChange.objects.within(access.area)
        .filter(state=ChangeState.PROPOSED)
        .exclude(proposed_by=user)
        .count()
    )


def _has_members(user: User) -> bool:
    area = access_of(user).area
    return area is None or Membership.objects.within(area).exists()


def todos(user: User, on: date) -> Iterable[Todo]:
    """A password to change, a list of members to bring in first; changes of persons that wait for the checker."""
    if user.must_change_password:
        yield Todo(
            _("修改初始密码"),
            _("现在的密码是管理员设的，请换成只有您自己知道的"),
            reverse("password_change"),
            _("去修改"),
        )
    if access_of(user).may(frozenset({Role.CLERK})) and not _has_members(user):
        yield Todo(
            _("导入成员名单"),
            _("先有名单，才能定方案、算金额"),
            reverse("import-new", args=["members"]),
            _("去导入"),
        )
    if waiting := open_changes(user):
        yield Todo(
            _("%(n)d项人员变更待复核") % {"n": waiting},
            _("身份更正和成员转移，须另一人复核"),
            reverse("person-changes"),
            _("去复核"),
            count=waiting,
        )
    if waiting := accounts_to_confirm(user):
        yield Todo(
            _("%(n)d个村的收款账户待复核") % {"n": waiting},
            _("对照账户证明核对，同意以后钱才付到新账户"),
            reverse("account-changes") + f"?state={ChangeState.PROPOSED}",
            _("去复核"),
            count=waiting,
        )


NAV = [
    NavItem(_("导入记录"), "imports", IMPORTERS),
    NavItem(_("村集体组织"), "organisations", EVERYBODY - {Role.CLERK}),
    NavItem(_("人员变更"), "person-changes", CHANGE_READERS, count=open_changes),
    NavItem(_("收款账户变更"), "account-changes", ACCOUNT_CHANGE_READERS, count=accounts_to_confirm),
    NavItem(_("账号"), "staff-list", STAFF_READERS),
]
