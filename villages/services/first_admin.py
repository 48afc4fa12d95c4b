"""The administrator with whom an installation begins; there is nobody yet who could make him."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.divisions import ancestor_codes
from core.errors import InvalidInput
from core.models import User
from core.workflow import By, Effect, record_event
from villages import workflow
from villages.enums import Role
from villages.models import Region, StaffRole
from villages.services.staff import make_account, require_new_account


@transaction.atomic
def create_first_admin(*, username: str, display_name: str, password: str, region: Region) -> User:
    """Make the first administrator of a place; the event names himself as who did it.

    Raises InvalidInput where somebody administers the place already, for a name that is taken or a weak password.
    """
    reigning = StaffRole.objects.filter(
        role=Role.ADMIN,
        user__is_active=True,
        user__staff_area__region__in=ancestor_codes(region.code),
        user__staff_area__zone="",
    ).select_related("user")
    if reigning:
        words = {"region": region.name, "user": reigning[0].user.username}
        raise InvalidInput(_("%(region)s已有管理员%(user)s，其他账号请由他新建。") % words)
    require_new_account(username, password, display_name)
    user = make_account(
        username=username, display_name=display_name, password=password, region=region, roles=[Role.ADMIN]
    )
    by = By(user, timezone.localdate())
    figures = {"user": user.pk, "roles": [str(Role.ADMIN)]}
    record_event(workflow.CREATE_STAFF, user.staff_area, Effect(figures=figures), by)
    return user
