"""Members by hand, corrections, moves, reveals: who may, what is refused, what is kept."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from rest_framework.authtoken.models import Token

from core.errors import ActorNotPermitted, InvalidInput, NotInArea, SeparationOfDuties, TransitionNotAllowed
from core.models import Event, User
from tests import factories
from villages.enums import ChangeState, Role, StatusKind
from villages.models import Membership, Person, PersonChange
from villages.services import persons, staff

pytestmark = pytest.mark.django_db
NUMBER = "500115199003071234"


def test_a_member_typed_by_hand_is_listed_once(village, cast, by):
    persons.add_member(
        village.organisation.pk, by=by(cast.clerk, "2024-06-01"), name="单小芳", id_number=NUMBER
    )

    with pytest.raises(InvalidInput, match="已经在本村"):
        persons.add_member(
            village.organisation.pk, by=by(cast.clerk, "2024-06-02"), name="单小芳", id_number=NUMBER
        )
    assert Membership.objects.filter(person__last4="1234").count() == 1
    assert Person.objects.get(last4="1234").pinyin.startswith("shan")


def test_a_number_on_another_villages_list_is_refused_without_naming_it(village, cast, by):
    elsewhere = factories.organisation(factories.SHAXI)
    factories.member(elsewhere, factories.person(name="何长青", number=NUMBER))

    with pytest.raises(InvalidInput) as refusal:
        persons.add_member(
            village.organisation.pk, by=by(cast.clerk, "2024-06-01"), name="何长青", id_number=NUMBER
        )

    assert "其他村" in refusal.value.message
    assert "沙溪" not in refusal.value.message


def test_a_clerk_of_another_village_finds_nothing(village, cast, by):
    with pytest.raises(NotInArea):
        persons.change_member(village.members[0].pk, by=by(cast.stranger, "2024-06-01"), remark="x")


def test_an_officer_may_not_add_members(village, cast, by):
    with pytest.raises(ActorNotPermitted):
        persons.add_member(
            village.organisation.pk, by=by(cast.officer, "2024-06-01"), name="王芳", id_number=NUMBER
        )


def test_a_corrected_number_takes_effect_only_when_another_officer_confirms(village, cast, by):
    member = village.members[0]
    change = persons.propose_identity(
        member.pk, by=by(cast.officer, "2024-06-01"), name="周明富", id_number=NUMBER, reason="户口簿"
    )

    assert Person.objects.get(pk=member.person_id).last4 != "1234"
    persons.confirm_change(change.pk, by=by(cast.reviewer, "2024-06-02"))

    corrected = Person.objects.get(pk=member.person_id)
    assert (corrected.name, corrected.id_cipher, corrected.birth_date) == ("周明富", NUMBER, date(1990, 3, 7))


def test_nobody_confirms_his_own_correction(village, cast, by):
    both = factories.account("both", factories.COUNTY, Role.OFFICER, Role.REVIEWER)
    change = persons.propose_identity(
        village.members[0].pk, by=by(both, "2024-06-01"), name="周明富", id_number=NUMBER, reason="户口簿"
    )

    with pytest.raises(SeparationOfDuties):
        persons.confirm_change(change.pk, by=by(both, "2024-06-02"))
    with pytest.raises(IntegrityError), transaction.atomic():
        PersonChange.objects.filter(pk=change.pk).update(confirmed_by=both)


def test_a_move_ends_one_membership_and_opens_another(village, cast, by):
    member, target = village.members[0], factories.organisation(factories.SHAXI)
    change = persons.propose_move(
        member.pk, by=by(cast.officer, "2024-06-01"), organisation_id=target.pk, reason="迁户"
    )
    done = persons.confirm_change(change.pk, by=by(cast.reviewer, "2024-06-03"))

    assert done.state == ChangeState.CONFIRMED
    open_now = Membership.objects.get(person=member.person, left_on__isnull=True)
    assert open_now.organisation == target
    assert Membership.objects.get(pk=member.pk).left_on == date(2024, 6, 3)


def test_a_death_is_reported_once(village, cast, by):
    member = village.members[0]
    act = by(cast.clerk, "2024-06-21")
    persons.report_status(member.pk, by=act, kind=StatusKind.DEATH, event_on=date(2024, 6, 20))

    with pytest.raises(TransitionNotAllowed, match="已经登记"):
        persons.report_status(member.pk, by=act, kind=StatusKind.DEATH, event_on=date(2024, 6, 20))


@pytest.mark.rule("LAW-04")
def test_every_look_at_a_whole_number_is_an_event_without_the_number(village, cast, by):
    member = village.members[0]

    shown = persons.reveal_id_number(member.pk, by=by(cast.clerk, "2024-06-21"), reason="核对户口簿")

    event = Event.objects.get(act="villages.reveal_id_number")
    assert shown == member.person.id_cipher
    assert event.actor == cast.clerk
    assert shown not in str(event.figures)
    assert event.note.text == "核对户口簿"


def test_hand_over_closes_the_old_account_and_opens_the_new_with_the_same_place(cast, by):
    successor = staff.hand_over(
        cast.clerk.pk,
        by=by(cast.admin, "2026-01-05"),
        successor_name="赵新",
        username="shimen2026",
        password="yi-ge-chang-mima",
        document="换届选举结果报告单",
    )

    assert User.objects.get(pk=cast.clerk.pk).is_active is False
    assert successor.access.area.code == factories.SHIMEN
    assert successor.access.roles == {Role.CLERK}


def test_an_administrator_may_not_change_his_own_roles(cast, by):
    with pytest.raises(SeparationOfDuties):
        staff.change_staff(
            cast.admin.pk,
            by=by(cast.admin, "2026-01-05"),
            display_name="admin",
            roles=[Role.OFFICER],
            backdate_days=None,
            is_active=True,
            reason="自己改",
        )


def test_a_move_that_waited_does_not_follow_the_person_to_another_list(village, cast, by):
    """Proposed here, but the person left and joined elsewhere meanwhile: that village's list is not this officer's."""
    member, target = village.members[0], factories.organisation(factories.SHAXI)
    change = persons.propose_move(
        member.pk, by=by(cast.officer, "2024-06-01"), organisation_id=target.pk, reason="迁户"
    )
    Membership.objects.filter(pk=member.pk).update(left_on=date(2024, 6, 2))
    elsewhere = factories.member(factories.organisation(factories.YUANLONG), member.person)

    with pytest.raises(TransitionNotAllowed, match="已经不在"):
        persons.confirm_change(change.pk, by=by(cast.reviewer, "2024-06-03"))
    elsewhere.refresh_from_db()
    assert elsewhere.left_on is None


def test_a_correction_that_waited_is_not_made_once_the_person_belongs_elsewhere(village, cast, by):
    member = village.members[0]
    change = persons.propose_identity(
        member.pk, by=by(cast.officer, "2024-06-01"), name="周明富", id_number=NUMBER, reason="户口簿"
    )
    Membership.objects.filter(pk=member.pk).update(left_on=date(2024, 6, 2))
    factories.member(factories.organisation(factories.YUANLONG), member.person)

    with pytest.raises(TransitionNotAllowed, match="已经不在"):
        persons.confirm_change(change.pk, by=by(cast.reviewer, "2024-06-03"))
    assert Person.objects.get(pk=member.person_id).last4 != "1234"


def test_a_correction_is_not_made_over_one_that_came_first(village, cast, by):
    member = village.members[0]
    first, second = (
        persons.propose_identity(
            member.pk, by=by(cast.officer, "2024-06-01"), name=name, id_number=number, reason="户口簿"
        )
        for name, number in (("周明富", NUMBER), ("周明贵", factories.id_number()))
    )
    persons.confirm_change(first.pk, by=by(cast.reviewer, "2024-06-02"))

    with pytest.raises(TransitionNotAllowed, match="又有变更，不能再复核。请“不予变更”"):
        persons.confirm_change(second.pk, by=by(cast.reviewer, "2024-06-03"))
    assert Person.objects.get(pk=member.person_id).name == "周明富"


@pytest.mark.rule("LAW-04")
def test_a_number_typed_with_another_name_does_not_tell_whose_it_is(village, cast, by):
    """Somebody known to the system but on no list: as in a sheet, the name has to be his."""
    factories.person(name="何长青", number=NUMBER)

    with pytest.raises(InvalidInput) as refusal:
        persons.add_member(
            village.organisation.pk, by=by(cast.clerk, "2024-06-01"), name="王芳", id_number=NUMBER
        )
    assert refusal.value.code == "E-NAME"
    assert "何长青" not in refusal.value.message
    made = persons.add_member(
        village.organisation.pk, by=by(cast.clerk, "2024-06-01"), name="何长青", id_number=NUMBER
    )
    assert made.person.name == "何长青"


def test_an_account_that_is_closed_is_not_handed_over_again(cast, by):
    """Its roles went with it: a hand-over would give them to anybody whom the administrator names."""
    User.objects.filter(pk=cast.clerk.pk).update(is_active=False)

    with pytest.raises(TransitionNotAllowed, match="已经停用"):
        staff.hand_over(
            cast.clerk.pk,
            by=by(cast.admin, "2024-06-01"),
            successor_name="赵红梅",
            username="zhaohongmei",
            password="Shimen-2024x",
            document="换届文件",
        )
    assert not User.objects.filter(username="zhaohongmei").exists()


@pytest.mark.parametrize("password", ["zhaohongmei2024", "13896112233", "5001151990"])
def test_a_password_is_neither_the_account_s_name_nor_a_telephone_number(cast, by, password):
    with pytest.raises(InvalidInput) as refusal:
        staff.create_staff(
            by=by(cast.admin, "2024-06-01"),
            username="zhaohongmei2024",
            display_name="赵红梅",
            password=password,
            region=cast.clerk.staff_area.region,
            roles=[Role.CLERK],
        )
    assert "password" in refusal.value.fields


def test_a_new_password_ends_the_tokens_of_the_old_one(cast):
    token = Token.objects.create(user=cast.clerk)
    user = User.objects.get(pk=cast.clerk.pk)
    user.save()
    assert Token.objects.filter(pk=token.pk).exists()

    user.set_password("Shimen-2025y")
    user.save()

    assert not Token.objects.filter(pk=token.pk).exists()


def test_the_village_a_person_left_reports_nothing_of_him_any_more(village, cast, by):
    """A death said by the old village would stop the new one's subsidy; the agency of both may still say it."""
    member = village.members[0]
    Membership.objects.filter(pk=member.pk).update(left_on=date(2024, 6, 1))
    event = {"kind": StatusKind.DEATH, "event_on": date(2024, 6, 2)}
    factories.member(factories.organisation(factories.SHAXI), member.person)

    with pytest.raises(TransitionNotAllowed, match="其他村"):
        persons.report_status(member.pk, by=by(cast.clerk, "2024-06-03"), **event)
    with pytest.raises(TransitionNotAllowed, match="已经退出"):
        persons.change_member(member.pk, by=by(cast.clerk, "2024-06-03"), remark="改")
    assert (
        persons.report_status(member.pk, by=by(cast.officer, "2024-06-03"), **event).kind == StatusKind.DEATH
    )
