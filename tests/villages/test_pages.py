"""Pages of organisations, staff, members and their changes, as their users walk them."""

from __future__ import annotations

import re

import pytest
from django.contrib.messages import get_messages

from core.models import Event, User
from tests import factories
from villages.enums import ChangeState, Role
from villages.models import CollectiveOrganisation, Membership, Person, PersonChange, PersonStatus, Region

pytestmark = pytest.mark.django_db
ON = "2024-06-20"
NUMBER = "500115199003071234"
WRONG_NUMBER = "500115199003071235"
SECRET = "yi-ge-chang-mima"


def key_on(client, address: str) -> str:
    """The hidden request key of a page's form."""
    text = client.get(address).content.decode()
    return re.search(r'name="request_key" value="([^"]+)"', text).group(1)


def send(client, address: str, data: dict, key: str = ""):
    return client.post(address, data | {"request_key": key or key_on(client, address)})


def told(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def fault_beside(answer, field: str) -> str:
    """What stands beside a field, on a page that was shown again."""
    assert answer.status_code == 200
    text = answer.content.decode()
    assert f'id="id_{field}_error"' in text
    return " ".join(answer.context["form"].errors[field])


# ---- organisations ----


def test_organisations_are_listed_and_shown_with_the_account_s_end_only(cast, village, page):
    factories.organisation(factories.SHAXI)
    client = page(cast.officer)

    listed = client.get("/organisations/").content.decode()
    shown = client.get(f"/organisations/{village.organisation.pk}/").content.decode()

    assert "石门村" in listed and "沙溪村" in listed
    assert "300,000.00" in shown and "3456" in shown
    assert "1234567890123456" not in listed + shown
    assert "沙溪村" not in client.get("/organisations/", {"q": "石门"}).content.decode()


def test_a_clerk_sees_his_own_organisation_only_and_may_not_keep_it(cast, village, page):
    other = factories.organisation(factories.SHAXI)
    client = page(cast.clerk)

    assert "沙溪村" not in client.get("/organisations/").content.decode()
    assert client.get(f"/organisations/{other.pk}/").status_code == 404
    assert client.get(f"/organisations/{village.organisation.pk}/edit/").status_code == 403
    assert client.get("/organisations/new/").status_code == 403


def organisation_form(**changes) -> dict:
    return {
        "name": "沙溪村股份经济合作联合社",
        "uscc": "",
        "legal_representative": "王建国",
        "responsible_person": "李书记",
        "bank_name": "重庆农村商业银行",
        "account_name": "沙溪村股份经济合作联合社",
        "bank_account": "6222021234567890",
    } | changes


def test_an_officer_registers_an_organisation_once(cast, page):
    client = page(cast.officer, on=ON)
    data = organisation_form(region=factories.SHAXI)
    key = key_on(client, "/organisations/new/")

    first = send(client, "/organisations/new/", data, key)
    again = client.post("/organisations/new/", data | {"request_key": key}, follow=True)

    made = CollectiveOrganisation.objects.get(region_id=factories.SHAXI)
    assert (first.status_code, first.url) == (302, f"/organisations/{made.pk}/")
    assert (made.bank_account_last4, str(made.registered_on)) == ("", ON)
    assert made.account_changes.get().after_last4 == "7890"
    assert Event.objects.filter(act="villages.keep_organisation").count() == 1
    assert "已经办好了" in again.content.decode()
    assert f'value="{factories.SHAXI}"' not in client.get("/organisations/new/").content.decode()
    other = send(client, "/organisations/new/", data)
    assert "已经登记了" in fault_beside(other, "region")


def test_a_wrong_credit_code_is_told_beside_the_field_and_the_rest_is_kept(cast, page):
    client = page(cast.officer, on=ON)

    answer = send(
        client, "/organisations/new/", organisation_form(region=factories.SHAXI, uscc="N2500115MF0000000X")
    )

    assert "校验" in fault_beside(answer, "uscc") or "信用代码" in fault_beside(answer, "uscc")
    assert 'value="王建国"' in answer.content.decode()
    assert not CollectiveOrganisation.objects.exists()


def test_an_empty_bank_account_leaves_the_stored_one(cast, village, page):
    client = page(cast.officer, on=ON)
    address = f"/organisations/{village.organisation.pk}/edit/"
    text = client.get(address).content.decode()
    assert "1234567890123456" not in text

    kept = {"account_name": village.organisation.account_name, "bank_account": ""}
    answer = send(client, address, organisation_form(name="石门村合作社", **kept))

    village.organisation.refresh_from_db()
    assert answer.status_code == 302 and told(answer) == ["已保存。"]
    assert (village.organisation.name, village.organisation.bank_account_last4) == ("石门村合作社", "3456")


def test_another_county_s_officer_finds_no_organisation_to_edit(cast, village, page):
    assert (
        page(cast.foreign_officer).get(f"/organisations/{village.organisation.pk}/edit/").status_code == 404
    )


# ---- staff ----


def staff_form(**changes) -> dict:
    return {
        "username": "shaxi2024",
        "display_name": "赵新",
        "password": SECRET,
        "region": factories.SHAXI,
        "roles": ["clerk"],
    } | changes


def test_an_administrator_makes_an_account_once(cast, page):
    client = page(cast.admin, on=ON)
    key = key_on(client, "/staff/new/")

    first = send(client, "/staff/new/", staff_form(), key)
    again = client.post("/staff/new/", staff_form() | {"request_key": key}, follow=True)

    made = User.objects.get(username="shaxi2024")
    assert (first.status_code, first.url) == (302, "/staff/")
    assert made.check_password(SECRET) and made.access.roles == {Role.CLERK}
    assert "已经办好了" in again.content.decode()
    assert Event.objects.filter(act="villages.create_staff").count() == 1
    assert "赵新" in client.get("/staff/").content.decode()


def test_a_taken_name_is_told_beside_the_field_and_the_password_is_not_sent_back(cast, page):
    answer = send(page(cast.admin, on=ON), "/staff/new/", staff_form(username="clerk"))

    assert fault_beside(answer, "username")
    assert 'value="赵新"' in answer.content.decode()
    assert SECRET not in answer.content.decode()


def test_a_weak_password_is_told_beside_the_field(cast, page):
    answer = send(page(cast.admin, on=ON), "/staff/new/", staff_form(password="12345678"))

    assert fault_beside(answer, "password")
    assert not User.objects.filter(username="shaxi2024").exists()


def test_an_account_s_roles_change_at_once_and_a_closed_one_is_out(cast, page):
    client = page(cast.admin, on=ON)
    address = f"/staff/{cast.clerk.pk}/"
    data = {"display_name": "陈文书", "roles": ["township"], "reason": "调岗", "is_active": "on"}

    assert send(client, address, data).url == "/staff/"
    changed = User.objects.get(pk=cast.clerk.pk)
    assert (changed.display_name, changed.access.roles) == ("陈文书", {Role.TOWNSHIP})

    del data["is_active"]
    send(client, address, data)
    assert User.objects.get(pk=cast.clerk.pk).is_active is False


def test_nobody_edits_his_own_account_and_the_form_says_so(cast, page):
    data = {"display_name": "我", "roles": ["officer"], "reason": "自己改", "is_active": "on"}

    answer = send(page(cast.admin, on=ON), f"/staff/{cast.admin.pk}/", data)

    assert "不能修改自己的岗位" in answer.content.decode()
    assert 'value="自己改"' in answer.content.decode()
    assert User.objects.get(pk=cast.admin.pk).access.roles == {Role.ADMIN}


def hand_over_form(**changes) -> dict:
    return {
        "successor_name": "赵新",
        "username": "shimen2026",
        "password": SECRET,
        "legal_representative": "赵新",
        "document": "换届选举结果报告单",
    } | changes


def test_a_hand_over_closes_one_account_and_opens_one(cast, village, page):
    client = page(cast.admin, on=ON)
    address = f"/staff/{cast.clerk.pk}/hand-over/"
    key = key_on(client, address)

    first = send(client, address, hand_over_form(), key)
    send(client, address, hand_over_form(), key)

    village.organisation.refresh_from_db()
    assert told(first) == ["已交接，原账号已停用。"]
    assert User.objects.get(pk=cast.clerk.pk).is_active is False
    assert User.objects.get(username="shimen2026").access.area.code == factories.SHIMEN
    assert village.organisation.legal_representative == "赵新"
    assert Event.objects.filter(act="villages.hand_over").count() == 1


def test_a_hand_over_to_a_taken_name_keeps_what_was_typed(cast, page):
    answer = send(
        page(cast.admin, on=ON), f"/staff/{cast.clerk.pk}/hand-over/", hand_over_form(username="tax")
    )

    assert fault_beside(answer, "username")
    assert 'value="换届选举结果报告单"' in answer.content.decode()
    assert User.objects.get(pk=cast.clerk.pk).is_active is True


@pytest.mark.parametrize("name", ["clerk", "officer", "finance", "district"])
def test_only_administrators_keep_accounts(name, cast, page):
    client = page(getattr(cast, name))

    for address in ("/staff/", "/staff/new/", f"/staff/{cast.tax.pk}/", f"/staff/{cast.tax.pk}/hand-over/"):
        assert client.get(address).status_code == 403


def test_an_administrator_finds_no_account_of_another_county(cast, page):
    client = page(cast.admin)

    assert client.get(f"/staff/{cast.foreign_officer.pk}/").status_code == 404
    assert client.get(f"/staff/{cast.foreign_officer.pk}/hand-over/").status_code == 404
    assert "foreign_officer" not in client.get("/staff/").content.decode()
    refused = send(client, "/staff/new/", staff_form(region="370827100000"))
    assert fault_beside(refused, "region")


# ---- members ----


def test_a_clerk_types_a_member_once(cast, village, page):
    client = page(cast.clerk, on=ON)
    data = {"name": "单小芳", "id_number": NUMBER, "group_name": "2组"}
    key = key_on(client, "/members/new/")

    first = send(client, "/members/new/", data, key)
    again = client.post("/members/new/", data | {"request_key": key}, follow=True)

    made = Membership.objects.get(person__last4="1234")
    assert (first.status_code, first.url) == (302, f"/members/{made.pk}/")
    assert again.redirect_chain[0][0] == f"/members/{made.pk}/"
    assert "已经办好了" in again.content.decode()
    shown = client.get(f"/members/{made.pk}/").content.decode()
    assert "单小芳" in shown and "1234" in shown and NUMBER not in shown


def test_a_wrong_number_is_told_beside_its_field_and_the_rest_is_kept(cast, village, page):
    answer = send(
        page(cast.clerk, on=ON),
        "/members/new/",
        {"name": "单小芳", "id_number": WRONG_NUMBER, "remark": "新"},
    )

    assert fault_beside(answer, "id_number")
    text = answer.content.decode()
    assert 'value="单小芳"' in text and 'value="新"' in text
    assert not Person.objects.filter(name="单小芳").exists()


def test_a_number_on_another_village_s_list_is_told_without_naming_it(cast, village, page):
    factories.member(factories.organisation(factories.SHAXI), factories.person(name="何长青", number=NUMBER))

    answer = send(page(cast.clerk, on=ON), "/members/new/", {"name": "何长青", "id_number": NUMBER})

    assert "其他村" in fault_beside(answer, "id_number")
    assert "沙溪" not in answer.content.decode()


def test_a_clerk_changes_group_and_telephone(cast, village, page):
    member = village.members[0]
    address = f"/members/{member.pk}/edit/"

    answer = send(page(cast.clerk, on=ON), address, {"group_name": "3组", "phone": "13800000000"})

    member.refresh_from_db()
    assert answer.url == f"/members/{member.pk}/"
    assert (member.group_name, member.phone) == ("3组", "13800000000")


def test_a_kind_of_person_that_is_none_is_told_beside_the_field(cast, village, page):
    answer = send(
        page(cast.clerk, on=ON), f"/members/{village.members[0].pk}/edit/", {"person_kind": "emperor"}
    )

    assert fault_beside(answer, "person_kind")


def test_a_death_is_recorded_once_and_shown(cast, village, page):
    member = village.members[0]
    client, address = page(cast.clerk, on=ON), f"/members/{member.pk}/status/"
    data = {"kind": "DEATH", "event_on": "2024-06-18", "source": "镇卫生院"}
    key = key_on(client, address)

    assert send(client, address, data, key).url == f"/members/{member.pk}/"
    send(client, address, data, key)
    assert PersonStatus.objects.filter(person=member.person).count() == 1
    # A new form with the same content is no repeat of a request but of the fact: it is told, and kept.
    repeated = send(client, address, data)
    assert "已经登记过" in repeated.content.decode() and 'value="镇卫生院"' in repeated.content.decode()
    assert "死亡" in client.get(f"/members/{member.pk}/").content.decode()


def test_a_death_after_the_working_date_is_told_beside_the_field(cast, village, page):
    answer = send(
        page(cast.clerk, on=ON),
        f"/members/{village.members[0].pk}/status/",
        {"kind": "DEATH", "event_on": "2024-06-21"},
    )

    assert "不能晚于业务日期" in fault_beside(answer, "event_on")
    assert 'value="2024-06-21"' in answer.content.decode()


def test_a_member_leaves_with_a_reason_and_once(cast, village, page):
    member = village.members[0]
    client, address = page(cast.clerk, on=ON), f"/members/{member.pk}/leave/"
    assert fault_beside(send(client, address, {"reason": ""}), "reason")

    assert send(client, address, {"reason": "户口迁出"}).url == "/members/"
    member.refresh_from_db()
    assert str(member.left_on) == ON
    repeated = send(client, address, {"reason": "户口迁出"})
    assert "已经退出" in repeated.content.decode()


def test_a_whole_number_is_shown_once_for_a_reason_and_never_kept_by_the_browser(cast, village, page):
    member = village.members[0]
    client, address = page(cast.clerk, on=ON), f"/members/{member.pk}/reveal/"
    whole = member.person.id_cipher
    assert whole not in client.get(address).content.decode()
    assert whole not in send(client, address, {"reason": " "}).content.decode()

    shown = send(client, address, {"reason": "核对户口簿"})

    assert whole in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    event = Event.objects.get(act="villages.reveal_id_number")
    assert (event.actor, event.note.text) == (cast.clerk, "核对户口簿")
    assert whole not in client.get(address).content.decode()


# ---- corrections and moves ----


@pytest.fixture
def correction(cast, village, page) -> PersonChange:
    """The officer proposed another number for the first member."""
    data = {"name": "周明富", "id_number": NUMBER, "reason": "户口簿"}
    answer = send(page(cast.officer, on=ON), f"/members/{village.members[0].pk}/identity/", data)
    assert answer.url == "/person-changes/"
    return PersonChange.objects.get()


def test_a_correction_waits_and_another_officer_confirms_it_once(cast, village, page, correction):
    address = f"/person-changes/{correction.pk}/"
    own = page(cast.officer, on=ON).get(address).content.decode()
    assert "复核变更" not in own

    client = page(cast.reviewer, on="2024-06-21")
    assert "周明富" in own
    listed = client.get("/person-changes/", {"state": "proposed"}).content.decode()
    assert f'href="{address}"' in listed
    key = key_on(client, address)
    first = client.post(f"{address}decide/", {"confirm": "1", "request_key": key})
    again = client.post(f"{address}decide/", {"confirm": "1", "request_key": key}, follow=True)

    assert (first.url, told(first)) == (address, ["已复核，变更已经生效。"])
    assert "已经办好了" in again.content.decode()
    assert Person.objects.get(pk=correction.person_id).id_cipher == NUMBER
    assert Event.objects.filter(act="villages.confirm_change").count() == 1
    late = client.post(f"{address}decide/", {"confirm": "1", "request_key": "another"}, follow=True)
    assert "没有生效" in late.content.decode()


def test_whole_numbers_of_a_correction_are_shown_once_for_a_reason_to_who_decides(
    cast, village, page, correction
):
    address, before = f"/person-changes/{correction.pk}/", village.members[0].person.id_cipher
    for reader in (cast.officer, cast.reviewer, cast.auditor, cast.district):
        text = page(reader, on=ON).get(address).content.decode()
        assert NUMBER not in text and before not in text
        assert NUMBER[-4:] in text and before[-4:] in text

    client = page(cast.reviewer, on="2024-06-21")
    silent = send(client, f"{address}reveal/", {"reason": " "}, key="a").content.decode()
    assert NUMBER not in silent
    shown = send(client, f"{address}reveal/", {"reason": "与户口簿核对"}, key="b")

    assert NUMBER in shown.content.decode() and before in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    event = Event.objects.get(act="villages.reveal_id_number")
    assert (event.actor, event.note.text) == (cast.reviewer, "与户口簿核对")
    correction.refresh_from_db()
    assert correction.state == ChangeState.PROPOSED
    assert NUMBER not in client.get(address).content.decode()


def test_the_numbers_of_a_correction_are_not_revealed_to_who_only_reads(cast, village, page, correction):
    address = f"/person-changes/{correction.pk}/reveal/"

    assert page(cast.auditor).post(address, {"reason": "x", "request_key": "a"}).status_code == 403
    assert page(cast.foreign_reviewer).post(address, {"reason": "x", "request_key": "a"}).status_code == 404
    assert not Event.objects.filter(act="villages.reveal_id_number").exists()


def test_a_correction_is_refused_with_a_reason_and_changes_nothing(cast, village, page, correction):
    client = page(cast.reviewer, on="2024-06-21")
    address = f"/person-changes/{correction.pk}/decide/"

    silent = client.post(address, {"refuse": "1", "reason": " ", "request_key": "a"})
    assert told(silent)[-1] == "不予变更请写明理由。"
    correction.refresh_from_db()
    assert correction.state == ChangeState.PROPOSED

    refused = client.post(address, {"refuse": "1", "reason": "材料不全", "request_key": "b"}, follow=True)
    shown = refused.content.decode()
    assert "不予变更，人员信息没有变。" in shown and "<dt>不予变更</dt>" in shown and "退回" not in shown
    correction.refresh_from_db()
    assert correction.state == ChangeState.REFUSED
    assert Person.objects.get(pk=correction.person_id).last4 != "1234"
    assert Event.objects.get(act="villages.refuse_change").note.text == "材料不全"


def test_who_proposed_may_not_confirm_and_is_told_why(village, page, cast):
    both = factories.account("both", factories.COUNTY, Role.OFFICER, Role.REVIEWER)
    client = page(both, on=ON)
    data = {"name": "周明富", "id_number": NUMBER, "reason": "户口簿"}
    send(client, f"/members/{village.members[0].pk}/identity/", data)
    change = PersonChange.objects.get()

    answer = client.post(
        f"/person-changes/{change.pk}/decide/", {"confirm": "1", "request_key": "a"}, follow=True
    )

    assert "须由另一人复核" in answer.content.decode()
    change.refresh_from_db()
    assert change.state == ChangeState.PROPOSED


def test_a_number_that_is_somebody_else_s_is_told_beside_the_field(cast, village, page):
    factories.person(name="何长青", number=NUMBER)

    answer = send(
        page(cast.officer, on=ON),
        f"/members/{village.members[0].pk}/identity/",
        {"name": "周明富", "id_number": NUMBER, "reason": "户口簿"},
    )

    assert "另一个人名下" in fault_beside(answer, "id_number")
    assert 'value="户口簿"' in answer.content.decode()
    assert "何长青" not in answer.content.decode()


def test_a_move_is_proposed_confirmed_and_lands_in_the_other_village(cast, village, page):
    member, target = village.members[0], factories.organisation(factories.SHAXI)
    client = page(cast.officer, on=ON)
    address = f"/members/{member.pk}/move/"
    same = send(client, address, {"organisation": village.organisation.pk, "reason": "迁户"})
    assert "已经在这个村" in fault_beside(same, "organisation")

    send(client, address, {"organisation": target.pk, "reason": "迁户"})
    change = PersonChange.objects.get()
    page(cast.reviewer, on="2024-06-21").post(
        f"/person-changes/{change.pk}/decide/", {"confirm": "1", "request_key": "a"}
    )

    now = Membership.objects.get(person=member.person, left_on__isnull=True)
    assert now.organisation == target


def test_an_organisation_of_another_county_is_no_choice_for_a_move(cast, village, page):
    town = Region.objects.filter(parent_id="370827000000").order_by("code")[0]
    foreign = CollectiveOrganisation.objects.create(region=town, name="外县合作社", **town.area_codes())
    answer = send(
        page(cast.officer, on=ON),
        f"/members/{village.members[0].pk}/move/",
        {"organisation": foreign.pk, "reason": "迁户"},
    )

    assert fault_beside(answer, "organisation")


MEMBER_PAGES = ("edit", "status", "leave", "identity", "move", "reveal")


@pytest.mark.parametrize("name", MEMBER_PAGES)
def test_a_member_of_another_village_or_county_is_not_found(name, cast, village, page):
    address = f"/members/{village.members[0].pk}/{name}/"
    stranger = cast.foreign_officer if name in {"identity", "move"} else cast.stranger

    assert page(stranger).get(address).status_code == 404
    assert page(stranger).post(address, {"reason": "x", "request_key": "a"}).status_code == 404


@pytest.mark.parametrize("name", MEMBER_PAGES)
def test_a_role_that_may_not_is_refused(name, cast, village, page):
    address = f"/members/{village.members[0].pk}/{name}/"

    assert page(cast.finance).get(address).status_code == 403
    assert page(cast.district).post(address, {"reason": "x", "request_key": "a"}).status_code == 403


def test_changes_of_persons_are_for_the_agency_only(cast, village, page, correction):
    address = f"/person-changes/{correction.pk}/"

    assert page(cast.clerk).get(address).status_code == 403
    assert page(cast.tax).get("/person-changes/").status_code == 403
    assert page(cast.foreign_reviewer).get(address).status_code == 404
    assert page(cast.foreign_reviewer).post(f"{address}decide/", {"confirm": "1"}).status_code == 404
    assert page(cast.officer).post(f"{address}decide/", {"confirm": "1"}).status_code == 403
