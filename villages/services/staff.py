"""Staff accounts: made, changed and handed over by an administrator."""

from __future__ import annotations

from collections.abc import Iterable

from axes.utils import reset
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.authtoken.models import Token

from core.errors import InvalidInput, NotInArea, SeparationOfDuties, TransitionNotAllowed
from core.models import User
from core.workflow import By, Effect, require_text, run_creation, run_step
from villages import workflow
from villages.enums import Role
from villages.models import CollectiveOrganisation, Region, StaffArea, StaffRole
from villages.zones import regions_of_zones, zones_with_towns


def create_staff(
    *,
    by: By,
    username: str,
    display_name: str,
    password: str,
    region: Region,
    roles: Iterable[Role],
    zone: str = "",
) -> User:
    """Make an account with its roles and its one area, inside the administrator's own area.

    With a zone the region is the smallest that holds all its towns, the area these towns. Raises InvalidInput for a
    username that is taken, a password that is too weak, a zone that handles no town there, or a wider region.
    """

    def create() -> tuple[StaffArea, Effect]:
        require_new_account(username, password, display_name)
        _require_zone(region, zone, by)
        user = make_account(
            username=username,
            display_name=display_name,
            password=password,
            region=region,
            roles=roles,
            zone=zone,
        )
        _let_change(user)
        figures = {"user": user.pk, "roles": sorted(roles)} | ({"zone": zone} if zone else {})
        return user.staff_area, Effect(figures=figures)

    return run_creation(workflow.CREATE_STAFF, region, by=by, create=create).user


def _require_zone(region: Region, zone: str, by: By) -> None:
    if not zone:
        return
    if zone not in zones_with_towns(region.code, on=by.on):
        message = _("政策参数里，%(region)s没有由“%(zone)s”管理的镇街。") % {
            "region": region,
            "zone": zone[:40],
        }
        raise InvalidInput(message, fields={"zone": [message]})
    smallest = regions_of_zones(region.code, on=by.on)[zone]
    if smallest != region.code:
        message = _(
            "“%(zone)s”的账号要建在%(region)s（%(code)s）：它是包含这个功能区全部镇街的最小区划。"
        ) % {
            "zone": zone,
            "region": Region.objects.get(code=smallest),
            "code": smallest,
        }
        raise InvalidInput(message, fields={"region": [message]})


def require_new_account(username: str, password: str, display_name: str) -> None:
    """Raise InvalidInput for a username that is taken or a password that is too weak."""
    if User.objects.filter(username=username).exists():
        message = _("账号“%(name)s”已经有人用了，请换一个。") % {"name": username}
        raise InvalidInput(message, fields={"username": [message]})
    _require_strong(password, User(username=username, last_name=display_name), name="password")


def _require_strong(password: str, user: User, *, name: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput("；".join(error.messages), fields={name: list(error.messages)}) from error


def _let_change(user: User) -> None:
    """The administrator knows this password: its owner is asked to change it."""
    user.must_change_password = True
    user.save(update_fields=["must_change_password"])


def _set_password(user: User, password: str, *, must_change: bool) -> None:
    """Every session and token that the old password opened ends."""
    user.set_password(password)
    user.must_change_password = must_change
    user.save(update_fields=["password", "must_change_password"])
    Token.objects.filter(user=user).delete()


def change_own_password(*, by: By, old_password: str, new_password: str) -> User:
    """Change one's own password; other sessions and all tokens of the account end.

    Raises InvalidInput where the old one is wrong or the new one too weak.
    """

    def effect(area: StaffArea) -> Effect:
        user = area.user
        if not user.check_password(old_password):
            message = _("原密码不对，请重新输入。")
            raise InvalidInput(message, fields={"old_password": [message]})
        _require_strong(new_password, user, name="new_password")
        _set_password(user, new_password, must_change=False)
        return Effect(figures={"user": user.pk})

    own = _areas().filter(user=by.actor)
    return run_step(workflow.CHANGE_PASSWORD, own, _area_id(by.actor.pk), by=by, effect=effect).user


def reset_password(user_id: int, *, by: By, password: str, reason: str) -> User:
    """Give somebody of the administrator's area a new password, with the reason; he is asked to change it.

    Raises InvalidInput for a weak one, SeparationOfDuties for the administrator's own account.
    """
    if user_id == by.actor.pk:
        raise SeparationOfDuties(_("自己的密码请在右上角“修改密码”里改。"))
    reason = require_text(reason, _("请写明重置的原因。"))

    def effect(area: StaffArea) -> Effect:
        _require_strong(password, area.user, name="password")
        _set_password(area.user, password, must_change=True)
        # Whoever was locked out, by himself or by another, comes in with the new password at once.
        reset(username=area.user.get_username())
        return Effect(note=reason, figures={"user": area.user_id})

    return run_step(workflow.RESET_PASSWORD, _areas(), _area_id(user_id), by=by, effect=effect).user


def make_account(
    *,
    username: str,
    display_name: str,
    password: str | None,
    region: Region,
    roles: Iterable[Role],
    backdate_days: int | None = None,
    zone: str = "",
) -> User:
    """Write the rows of an account; `create_staff` and the demo's seed call it. Without a password nobody logs in."""
    user = User.objects.create_user(username, password=password, display_name=display_name)
    StaffArea.objects.create(
        user=user, region=region, zone=zone, backdate_days=backdate_days, **region.area_codes()
    )
    StaffRole.objects.bulk_create(StaffRole(user=user, role=role) for role in roles)
    user.title = "、".join(Role(role).label for role in roles)
    user.save(update_fields=["title"])
    return user


def change_staff(
    user_id: int,
    *,
    by: By,
    display_name: str,
    roles: Iterable[Role],
    backdate_days: int | None,
    is_active: bool,
    reason: str,
) -> User:
    """Change name, roles, back-dating or access of an account of the administrator's area.

    A closed account is out at once: its tokens go and its sessions no longer count. Nobody changes his own roles.
    """
    if user_id == by.actor.pk:
        raise SeparationOfDuties(_("不能修改自己的岗位，请另一位管理员办理。"))

    def effect(area: StaffArea) -> Effect:
        user = area.user
        user.display_name, user.is_active = display_name, is_active
        user.title = "、".join(Role(role).label for role in roles)
        user.save(update_fields=["display_name", "is_active", "title"])
        StaffRole.objects.filter(user=user).delete()
        StaffRole.objects.bulk_create(StaffRole(user=user, role=role) for role in roles)
        if not is_active:
            Token.objects.filter(user=user).delete()
        area.backdate_days = backdate_days
        figures = {"user": user.pk, "roles": sorted(roles), "active": is_active}
        return Effect(changed=("backdate_days",), note=reason, figures=figures)

    return run_step(workflow.CHANGE_STAFF, _areas(), _area_id(user_id), by=by, effect=effect).user


def hand_over(
    user_id: int, *, by: By, successor_name: str, username: str, password: str, document: str, legal: str = ""
) -> User:
    """换届: close the leaving clerk's account and open the successor's with the same roles and area.

    What the predecessor left open belongs to the village and is found by the successor; past acts keep their author.
    """
    made: list[User] = []

    def effect(area: StaffArea) -> Effect:
        _require_open(area.user)
        require_new_account(username, password, successor_name)
        roles = list(area.user.staff_roles.values_list("role", flat=True))
        successor = make_account(
            username=username,
            display_name=successor_name,
            password=password,
            region=area.region,
            zone=area.zone,
            roles=[Role(role) for role in roles],
            backdate_days=area.backdate_days,
        )
        _let_change(successor)
        made.append(successor)
        area.user.is_active = False
        area.user.save(update_fields=["is_active"])
        Token.objects.filter(user=area.user).delete()
        if legal:
            CollectiveOrganisation.objects.filter(region=area.region).update(legal_representative=legal)
        return Effect(note=document, figures={"from": area.user_id, "to": successor.pk})

    run_step(workflow.HAND_OVER, _areas(), _area_id(user_id), by=by, effect=effect)
    return made[0]


def _require_open(user: User) -> None:
    if not user.is_active:
        raise TransitionNotAllowed(_("这个账号已经停用，不能再交接。请新建账号，岗位另行核定。"))


def _areas() -> QuerySet[StaffArea]:
    return StaffArea.objects.select_related("user", "region")


def _area_id(user_id: int) -> int:
    found = StaffArea.objects.filter(user_id=user_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotInArea
    return found
