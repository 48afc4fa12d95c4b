"""The account that a village is paid to: one person proposes, another confirms, the history stays."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from core.errors import InvalidInput, SeparationOfDuties, TransitionNotAllowed
from core.models import Event
from tests import factories
from villages.enums import Role
from villages.models import AccountChange
from villages.services.accounts import confirm_account, refuse_account
from villages.services.organisations import change_organisation, register_organisation

pytestmark = pytest.mark.django_db
ON, NEXT = "2024-06-20", "2024-06-21"
NEW = {"bank_account": "6214 6600 1234 5678", "account_reason": "换了开户行，见开户许可证"}


@pytest.fixture
def proposed(village, cast, by):
    change_organisation(village.organisation.pk, by=by(cast.officer, ON), phone="13800000000", **NEW)
    return AccountChange.objects.get()


def last4(village) -> str:
    village.organisation.refresh_from_db()
    return village.organisation.bank_account_last4


def test_another_account_waits_and_everything_else_is_changed_at_once(village, proposed):
    assert last4(village) == "3456"
    assert (village.organisation.bank_account, village.organisation.phone) == (
        "1234567890123456",
        "13800000000",
    )
    assert (proposed.state, proposed.before_last4, proposed.after_last4) == ("proposed", "3456", "5678")


def test_it_counts_when_another_person_typed_the_same_number(village, proposed, cast, by):
    with pytest.raises(InvalidInput) as refused:
        confirm_account(proposed.pk, by=by(cast.reviewer, NEXT), bank_account="6214660012345679")
    assert "bank_account" in refused.value.fields and last4(village) == "3456"

    done = confirm_account(proposed.pk, by=by(cast.reviewer, NEXT), bank_account="6214660012345678")

    assert (last4(village), village.organisation.bank_account) == ("5678", "6214660012345678")
    assert (done.state, done.proposed_by, done.decided_by) == ("confirmed", cast.officer, cast.reviewer)
    told = str(list(Event.objects.values_list("figures", flat=True)))
    assert "6214660012345678" not in told and "1234567890123456" not in told


@pytest.mark.parametrize(("holder", "is_warned"), [("石门村股份经济合作联合社", False), ("沙溪村", True)])
def test_who_confirms_is_warned_of_an_account_in_another_name(village, cast, by, page, holder, is_warned):
    change_organisation(village.organisation.pk, by=by(cast.officer, ON), account_name=holder, **NEW)
    change = AccountChange.objects.get()

    shown = page(cast.reviewer, on=NEXT).get(f"/account-changes/{change.pk}/").content.decode()

    assert ("户名和村集体经济组织的名称不同" in shown) is is_warned
    assert ("户名是“沙溪村”，组织是“石门村股份经济合作联合社”" in shown) is is_warned


def test_nobody_confirms_his_own_proposal(village, cast, by):
    both = factories.account("both", factories.COUNTY, Role.OFFICER, Role.REVIEWER)
    change_organisation(village.organisation.pk, by=by(both, ON), **NEW)
    change = AccountChange.objects.get()

    with pytest.raises(SeparationOfDuties):
        confirm_account(change.pk, by=by(both, NEXT), bank_account=NEW["bank_account"])
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountChange.objects.update(decided_by=both)
    assert last4(village) == "3456"


def test_a_refused_proposal_changes_nothing_and_another_may_follow(village, proposed, cast, by):
    with pytest.raises(TransitionNotAllowed, match="等待复核"):
        change_organisation(village.organisation.pk, by=by(cast.officer, ON), **NEW | {"bank_name": "农行"})
    refuse_account(proposed.pk, by=by(cast.reviewer, NEXT), reason="没有开户许可证")
    change_organisation(village.organisation.pk, by=by(cast.officer, NEXT), **NEW)

    assert last4(village) == "3456"
    assert list(AccountChange.objects.order_by("pk").values_list("state", "refused_reason")) == [
        ("refused", "没有开户许可证"), ("proposed", ""),
    ]  # fmt: skip


def test_an_account_changed_otherwise_since_is_not_overwritten(village, proposed, cast, by):
    type(village.organisation).objects.update(bank_name="另一家银行")

    with pytest.raises(TransitionNotAllowed, match="又有变更"):
        confirm_account(proposed.pk, by=by(cast.reviewer, NEXT), bank_account=NEW["bank_account"])


def test_another_account_needs_a_reason_and_the_same_account_none(village, cast, by):
    same = {"bank_account": "1234567890123456", "bank_name": village.organisation.bank_name}
    change_organisation(village.organisation.pk, by=by(cast.officer, ON), **same)
    assert not AccountChange.objects.exists()

    with pytest.raises(InvalidInput) as refused:
        change_organisation(village.organisation.pk, by=by(cast.officer, ON), bank_name="农行", phone="1")

    village.organisation.refresh_from_db()
    assert list(refused.value.fields) == ["account_reason"] and village.organisation.phone != "1"


def test_a_new_organisation_s_account_is_proposed_with_it(cast, by):
    made = register_organisation(
        factories.SHAXI, by=by(cast.admin, ON), name="沙溪村经济联合社", bank_name="农行", account_name="沙溪村",
        bank_account="6214660012345678",
    )  # fmt: skip

    assert (made.bank_name, made.bank_account, made.bank_account_last4) == ("", "", "")
    assert (made.account_changes.get().before_last4, made.account_changes.get().after_last4) == ("", "5678")


def test_the_pages_show_old_beside_new_and_the_reviewer_decides(village, cast, page):
    form = {
        "name": village.organisation.name, "bank_name": "农行石门支行", "account_name": "石门村",
        "request_key": uuid4().hex, **NEW,
    }  # fmt: skip
    saved = (
        page(cast.officer, ON)
        .post(f"/organisations/{village.organisation.pk}/edit/", form, follow=True)
        .content.decode()
    )
    change = AccountChange.objects.get()
    assert "收款账户等另一人复核以后才改" in saved and "尾号5678" in saved.replace(" ", "")
    address = f"/account-changes/{change.pk}/"
    own = page(cast.officer, NEXT).get(address).content.decode()
    reviewer = page(cast.reviewer, NEXT)
    shown = reviewer.get(address).content.decode()
    assert "复核变更" not in own and "等另一位复核人员" in own
    assert (
        "农行石门支行" in shown
        and village.organisation.bank_name in shown
        and "6214660012345678" not in shown
    )
    assert ">复核变更</button>" in shown and ">不予变更</button>" in shown
    assert "退回" not in shown and "同意" not in shown
    assert "1个村的收款账户待复核" in reviewer.get("/").content.decode()

    def beside_the_number(typed):
        data = {"bank_account": typed, "request_key": uuid4().hex}
        said = reviewer.post(f"{address}confirm/", data).content.decode()
        return said.partition('id="id_bank_account_error"')[2].partition("</div>")[0]

    assert "输入的账号和提出的不一样" in beside_the_number("6214660012345679")
    assert "请对照账户证明输入账号" in beside_the_number("")
    assert last4(village) == "3456"

    reviewer.post(f"{address}confirm/", {"bank_account": NEW["bank_account"], "request_key": uuid4().hex})

    assert last4(village) == "5678"
    assert page(cast.clerk).get(address).status_code == 403
    assert "农行石门支行" in page(cast.officer).get("/account-changes/").content.decode()


def test_a_refused_change_says_so_by_one_word(village, proposed, cast, page):
    reviewer = page(cast.reviewer, NEXT)
    data = {"reason": "没有开户许可证", "request_key": uuid4().hex}
    done = reviewer.post(f"/account-changes/{proposed.pk}/refuse/", data, follow=True).content.decode()

    assert "不予变更，账户没有变" in done and "<dt>不予变更</dt>" in done
    assert "退回" not in done and last4(village) == "3456"


def test_a_change_of_the_bank_alone_of_an_account_without_a_number_names_no_last_digits(
    village, cast, by, page
):
    type(village.organisation).objects.update(bank_account="", bank_account_last4="")
    only_bank = {"bank_name": "农行石门支行", "account_reason": "换了开户行"}
    change_organisation(village.organisation.pk, by=by(cast.officer, ON), **only_bank)

    shown = page(cast.officer, ON).get(f"/organisations/{village.organisation.pk}/").content.decode()
    assert ">农行石门支行</a>" in shown and "尾号" not in shown


def test_a_call_is_confirmed_by_another_token(village, proposed, cast, api):
    def post(user, act, **body):
        return api(user).generic(
            "POST", f"/api/account-changes/{proposed.pk}/{act}/", json.dumps(body | {"on": NEXT}),
            content_type="application/json", HTTP_IDEMPOTENCY_KEY=uuid4().hex,
        )  # fmt: skip

    second = api(cast.officer).patch(
        f"/api/organisations/{village.organisation.pk}/", {"on": ON, **NEW}, format="json",
        HTTP_IDEMPOTENCY_KEY=uuid4().hex,
    )  # fmt: skip
    assert (second.status_code, second.json()["code"]) == (409, "E-STATE")
    assert post(cast.officer, "confirm", bank_account=NEW["bank_account"]).status_code == 403
    assert post(cast.reviewer, "confirm", bank_account="1").status_code == 400
    told = post(cast.reviewer, "confirm", bank_account=NEW["bank_account"])
    assert (told.status_code, told.json()["state"], told.json()["after_last4"]) == (200, "confirmed", "5678")
    assert post(cast.reviewer, "refuse", reason="迟了").status_code == 409
