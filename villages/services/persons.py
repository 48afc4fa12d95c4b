"""Persons and their membership: reported deaths, moves and corrections, reveals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core.access import require_area
from core.crypto import blind_index
from core.errors import InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed, beside
from core.identity import IdNumber, read_id_number
from core.pinyin import name_pinyin
from core.sheets.cleaning import CellFault, clean_name, names_agree
from core.workflow import By, Effect, run_creation, run_step
from villages import workflow
from villages.enums import Sex, StatusKind
from villages.models import CollectiveOrganisation, Membership, Person, PersonChange, PersonStatus

# Higher rooms say what stands against ending a membership: functions that give a sentence, or an empty text.
RESTS_ON_MEMBERSHIP: list[Callable[[Membership], str]] = []


def person_fields(name: str, number: IdNumber) -> dict[str, Any]:
    """The columns of a person that follow from name and identity number."""
    text = number.number
    return {
        "name": name,
        "pinyin": name_pinyin(name),
        "id_cipher": text,
        "id_index": blind_index(text, purpose="id"),
        "last4": number.last4,
        "last4_index": blind_index(number.last4, purpose="last4"),
        "birth_date": number.birth_date,
        "sex": Sex(number.sex),
    }


def add_member(organisation_id: int, *, by: By, name: str, id_number: str, **details: Any) -> Membership:
    """Put one person on the member list by hand.

    `details`: group_name, person_kind, phone, remark. Raises InvalidInput for a wrong number or a person who stands
    on a list already; where it is another village's list, the village is not named.
    """
    with beside("id_number"):
        number = read_id_number(id_number)
    name = typed_name(name)
    organisation = _organisation(organisation_id)

    def create() -> tuple[Membership, Effect]:
        person = Person.objects.by_id_number(number.number).first()
        if person is None:
            person = Person.objects.create(**person_fields(name, number))
        _require_no_open_membership(person, organisation)
        _require_same_name(person, name)
        member = Membership.objects.create(
            person=person, organisation=organisation, joined_on=by.on, **details, **organisation.area_codes()
        )
        return member, Effect(rows_count=1, figures={"person": person.pk})

    return run_creation(workflow.ADD_MEMBER, organisation, by=by, create=create)


def typed_name(text: str) -> str:
    """A name as one person typed it, judged as a cell of the list is; notes belong elsewhere. Raises InvalidInput."""
    try:
        reading = clean_name(text)
    except CellFault as fault:
        message = f"{fault.what}。{fault.how}。"
        raise InvalidInput(message, code=fault.code, fields={"name": [message]}) from fault
    if reading.remark:
        message = _("姓名里只写姓名，“%(note)s”请写到备注。") % {"note": reading.remark[:10]}
        raise InvalidInput(message, code="E-NAME-NOTE", fields={"name": [message]})
    return reading.name


def _require_same_name(person: Person, name: str) -> None:
    # As in a sheet. Without it a number alone would tell whose it is.
    if names_agree(name, person.name) == "different":
        message = _(
            "姓名与这个身份证号登记的姓名不符，请对照身份证核对；登记有误的，请社保经办机构更正身份信息。"
        )
        raise InvalidInput(message, code="E-NAME", fields={"name": [message]})


def _organisation(pk: int) -> CollectiveOrganisation:
    found = CollectiveOrganisation.objects.filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def _require_no_open_membership(person: Person, organisation: CollectiveOrganisation) -> None:
    elsewhere = Membership.objects.filter(person=person, left_on__isnull=True).first()
    if elsewhere is None:
        return
    message = (
        _("这个人已经在本村的成员名单上。")
        if elsewhere.organisation_id == organisation.pk
        else _("这个身份证号已在其他村的成员名单上，请联系社保经办机构核实。")
    )
    raise InvalidInput(message, code="E-DUP", fields={"id_number": [message]})


def change_member(membership_id: int, *, by: By, **details: Any) -> Membership:
    """Change group, kind of person, telephone or remark of a member."""

    def effect(member: Membership) -> Effect:
        _require_open(member)
        for field, value in details.items():
            setattr(member, field, value)
        member.version += 1
        return Effect(changed=(*details, "version"), figures={"fields": sorted(details)})

    return run_step(workflow.CHANGE_MEMBER, Membership.objects.all(), membership_id, by=by, effect=effect)


def end_membership(membership_id: int, *, by: By, reason: str) -> Membership:
    """Take a person off the member list; refused while something still rests on it."""

    def effect(member: Membership) -> Effect:
        _require_open(member)
        _require_nothing_rests_on(member)
        member.left_on = by.on
        member.version += 1
        return Effect(changed=("left_on", "version"), note=reason, figures={"person": member.person_id})

    return run_step(workflow.END_MEMBERSHIP, Membership.objects.all(), membership_id, by=by, effect=effect)


def _require_open(member: Membership) -> None:
    if member.left_on is not None:
        raise TransitionNotAllowed(_("这名成员已经退出。"))


def _require_nothing_rests_on(member: Membership) -> None:
    for why in filter(None, (reason(member) for reason in RESTS_ON_MEMBERSHIP)):
        raise TransitionNotAllowed(why)


def report_status(
    membership_id: int, *, by: By, kind: StatusKind, event_on: date, source: str = "", evidence: str = ""
) -> PersonStatus:
    """Record a death or another status of a member; open lines of the person become the village's work."""
    member = Membership.objects.filter(pk=membership_id).select_related("person").first()
    if member is None:
        raise NotInArea
    if event_on > by.on:
        raise InvalidInput(_("发生日期不能晚于业务日期。"), fields={"event_on": [_("不能晚于业务日期。")]})

    def create() -> tuple[PersonStatus, Effect]:
        _require_not_elsewhere(member, by)
        status, is_new = PersonStatus.objects.get_or_create(
            person=member.person,
            kind=kind,
            event_on=event_on,
            defaults={
                "source": source,
                "evidence": evidence,
                "reported_by": by.actor,
                "reported_on": by.on,
                **member.area_codes(),
            },
        )
        if not is_new:
            raise TransitionNotAllowed(_("这件事已经登记过了。"))
        return status, Effect(reason_code=kind, figures={"person": member.person_id})

    return run_creation(workflow.REPORT_STATUS, member, by=by, create=create)


def _require_not_elsewhere(member: Membership, by: By) -> None:
    # A status holds wherever the person is: who no longer answers for him must not stop another's subsidy.
    if member.left_on is None:
        return
    now = Membership.objects.filter(person=member.person, left_on__isnull=True).first()
    area = by.actor.access.area
    if now is not None and (area is None or not area.holds(now)):
        raise TransitionNotAllowed(_("这个人已在其他村的成员名单上，请由那个村或社保经办机构登记。"))


def lift_status(status_id: int, *, by: By, reason: str) -> PersonStatus:
    """Take back a status that was reported by mistake; the row stays, marked lifted."""

    def effect(status: PersonStatus) -> Effect:
        if status.is_lifted:
            raise TransitionNotAllowed(_("这条状态已经恢复。"))
        status.is_lifted = True
        return Effect(changed=("is_lifted",), reason_code=StatusKind.RESTORED, note=reason)

    return run_step(workflow.LIFT_STATUS, PersonStatus.objects.all(), status_id, by=by, effect=effect)


def propose_identity(membership_id: int, *, by: By, name: str, id_number: str, reason: str) -> PersonChange:
    """Propose another name or identity number for a person; nothing changes until a second officer confirms."""
    member = _member_of(membership_id)
    with beside("id_number"):
        number = read_id_number(id_number)
    holder = Person.objects.by_id_number(number.number).exclude(pk=member.person_id).first()
    if holder is not None:
        message = _("这个身份证号已经登记在另一个人名下，请先核实是不是同一个人。")
        raise InvalidInput(message, code="E-DUP", fields={"id_number": [message]})
    before = {"name": member.person.name, "id_number": member.person.id_cipher}
    after = {"name": typed_name(name), "id_number": number.number}
    return _propose("identity", member, by=by, reason=reason, before=before, after=after)


def propose_move(membership_id: int, *, by: By, organisation_id: int, reason: str) -> PersonChange:
    """Propose that a member moves to another organisation of the officer's area."""
    member = _member_of(membership_id)
    target = _organisation(organisation_id)
    require_area(by.actor, target)
    if target.pk == member.organisation_id:
        raise InvalidInput(
            _("这名成员已经在这个村。"), fields={"organisation": [_("这名成员已经在这个村。")]}
        )
    return _propose("move", member, by=by, reason=reason, to_organisation=target)


def _member_of(membership_id: int) -> Membership:
    member = (
        Membership.objects.filter(pk=membership_id, left_on__isnull=True).select_related("person").first()
    )
    if member is None:
        raise NotInArea
    return member


def _propose(kind: str, member: Membership, *, by: By, reason: str, **fields: Any) -> PersonChange:
    if not reason.strip():
        raise InvalidInput(_("请写明变更的理由。"), fields={"reason": [_("请写明变更的理由。")]})

    def create() -> tuple[PersonChange, Effect]:
        change = PersonChange.objects.create(
            kind=kind,
            person=member.person,
            reason=reason.strip(),
            proposed_by=by.actor,
            last_acted_on=by.on,
            **fields,
            **member.area_codes(),
        )
        return change, Effect(figures={"person": member.person_id, "kind": kind})

    return run_creation(workflow.PROPOSE_CHANGE, member, by=by, create=create)


def confirm_change(change_id: int, *, by: By) -> PersonChange:
    """Carry out a proposed change; the confirming officer must be another than the proposing one."""

    def effect(change: PersonChange) -> Effect:
        member = _require_still_member(change)
        change.confirmed_by = by.actor
        {"identity": _correct_identity, "move": _move}[change.kind](change, member, by)
        return Effect(changed=("confirmed_by",), figures={"person": change.person_id, "kind": change.kind})

    return run_step(workflow.CONFIRM_CHANGE, PersonChange.objects.all(), change_id, by=by, effect=effect)


def _require_still_member(change: PersonChange) -> Membership:
    """The person's membership, still of the village that the proposal was about: elsewhere others decide."""
    member = (
        Membership.objects.select_for_update().filter(person=change.person_id, left_on__isnull=True).first()
    )
    if member is None or member.village_code != change.village_code:
        raise TransitionNotAllowed(
            _("提出变更以后，这个人已经不在原来的村，不能再复核。请“不予变更”，查明后重新提出。")
        )
    return member


def _correct_identity(change: PersonChange, member: Membership, by: By) -> None:
    person = Person.objects.select_for_update().get(pk=change.person_id)
    if change.before != {"name": person.name, "id_number": person.id_cipher}:
        raise TransitionNotAllowed(
            _("提出以后，这个人的身份信息又有变更，不能再复核。请“不予变更”，核对后重新提出。")
        )
    number = read_id_number(change.after["id_number"])
    if Person.objects.by_id_number(number.number).exclude(pk=change.person_id).exists():
        raise RuleViolation(_("这个身份证号已经登记在另一个人名下。"), code="E-DUP")
    Person.objects.filter(pk=change.person_id).update(**person_fields(change.after["name"], number))
    Membership.objects.filter(pk=member.pk).update(version=F("version") + 1)


def _move(change: PersonChange, member: Membership, by: By) -> None:
    target = change.to_organisation
    assert target is not None
    _require_nothing_rests_on(member)
    member.left_on, member.version = by.on, member.version + 1
    member.save(update_fields=["left_on", "version"])
    Membership.objects.create(
        person_id=change.person_id,
        organisation=target,
        person_kind=member.person_kind,
        phone=member.phone,
        joined_on=by.on,
        **target.area_codes(),
    )


def refuse_change(change_id: int, *, by: By, reason: str) -> PersonChange:
    """Refuse a proposed change with the reason; nothing changes."""

    def effect(change: PersonChange) -> Effect:
        change.confirmed_by = by.actor
        return Effect(changed=("confirmed_by",), note=reason)

    return run_step(workflow.REFUSE_CHANGE, PersonChange.objects.all(), change_id, by=by, effect=effect)


def reveal_id_number(membership_id: int, *, by: By, reason: str) -> str:
    """The whole identity number of a member; every look is an event with its reason."""
    shown: list[str] = []

    def effect(member: Membership) -> Effect:
        shown.append(member.person.id_cipher)
        return Effect(note=reason, figures={"person": member.person_id})

    run_step(
        workflow.REVEAL_ID, Membership.objects.select_related("person"), membership_id, by=by, effect=effect
    )
    return shown[0]


def reveal_change(change_id: int, *, by: By, reason: str) -> tuple[str, str]:
    """The whole numbers of a correction, before and after, for whoever compares them with the papers.

    The look is kept with the person's membership, as every other; the change itself stays as it is.
    """
    change = PersonChange.objects.filter(pk=change_id).first()
    if change is None:
        raise NotInArea
    require_area(by.actor, change)
    members = Membership.objects.filter(person=change.person_id).order_by(F("left_on").desc(nulls_first=True))
    member = members.first()
    if member is None:
        raise NotInArea

    def effect(found: Membership) -> Effect:
        return Effect(note=reason, figures={"person": found.person_id, "change": change.pk})

    run_step(workflow.REVEAL_ID, Membership.objects.all(), member.pk, by=by, effect=effect)
    return change.before.get("id_number", ""), change.after.get("id_number", "")
