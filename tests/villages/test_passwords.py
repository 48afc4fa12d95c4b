"""Whoever holds an account sets his own password; an administrator only gives a new one, with a reason."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from core.models import Event, EventNote
from tests import factories
from villages.enums import Role
from villages.models import Region
from villages.services.staff import make_account

pytestmark = pytest.mark.django_db
NEW = "Shimen-cun-2026"


def send(client, address, data):
    form = client.get(address)
    key = form.content.decode().split('name="request_key" value="')[1].split('"')[0]
    return client.post(address, data | {"request_key": key})


def own(old=factories.PASSWORD, new=NEW, again=NEW):
    return {"old_password": old, "new_password": new, "again": again}


def may_login(username, password):
    answer = Client().post("/login/", {"username": username, "password": password})
    return answer.status_code == 302


def test_ones_own_password_is_changed_and_every_other_way_in_ends(cast, page):
    token = Token.objects.create(user=cast.clerk)
    elsewhere = Client()
    elsewhere.force_login(cast.clerk)
    here = page(cast.clerk)

    assert send(here, reverse("password_change"), own()).url == "/"

    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert not Token.objects.filter(pk=token.pk).exists()
    assert may_login("clerk", NEW) and not may_login("clerk", factories.PASSWORD)
    event = Event.objects.get(act="villages.change_password")
    assert (event.actor, event.figures) == (cast.clerk, {"user": cast.clerk.pk})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (own(old="wrong-wrong-1"), "原密码不对"),
        (own(again="another-2026x"), "两次输入的新密码不一样"),
        (own(new="1234567890", again="1234567890"), "密码"),
    ],
)
def test_a_wrong_old_a_slip_or_a_weak_new_password_is_told_and_changes_nothing(cast, page, data, said):
    answer = send(page(cast.clerk), reverse("password_change"), data)
    assert answer.status_code == 200 and said in answer.content.decode()
    assert may_login("clerk", factories.PASSWORD)
    assert not Event.objects.filter(act="villages.change_password").exists()


def test_a_forgotten_password_is_reset_with_a_reason_and_its_owner_asked_to_change_it(cast, page):
    address = reverse("staff-password", args=[cast.clerk.pk])
    assert send(page(cast.admin), address, {"password": NEW, "reason": ""}).status_code == 200
    assert send(page(cast.admin), address, {"password": NEW, "reason": "本人忘记"}).status_code == 302

    assert may_login("clerk", NEW)
    assert EventNote.objects.get().text == "本人忘记"
    cast.clerk.refresh_from_db()
    assert "修改初始密码" in page(cast.clerk).get("/").content.decode()
    changed = own(old=NEW, new="Only-mine-2026", again="Only-mine-2026")
    client = page(cast.clerk)
    send(client, reverse("password_change"), changed)
    assert "修改初始密码" not in client.get("/").content.decode()


def test_an_account_of_a_functional_zone_changes_its_own_password_though_it_lies_at_the_county(
    base_data, page, api
):
    def zone_account(name):
        return make_account(
            username=name,
            display_name=name,
            password=factories.PASSWORD,
            region=Region.objects.get(code="370811000000"),
            roles=[Role.OFFICER],
            zone="太白湖新区",
        )

    on_page, through_api = zone_account("zone_page"), zone_account("zone_api")

    assert send(page(on_page), reverse("password_change"), own()).status_code == 302
    answer = api(through_api).post(
        "/api/me/password/",
        {"old_password": factories.PASSWORD, "new_password": NEW},
        format="json",
        HTTP_IDEMPOTENCY_KEY="zone",
    )

    assert answer.status_code == 200, answer.json()
    assert may_login("zone_page", NEW) and may_login("zone_api", NEW)


def test_nobody_resets_his_own_a_strangers_or_without_being_administrator(cast, page):
    assert page(cast.officer).get(reverse("staff-password", args=[cast.clerk.pk])).status_code == 403
    assert page(cast.admin).get(reverse("staff-password", args=[cast.foreign_officer.pk])).status_code == 404
    mine = reverse("staff-password", args=[cast.admin.pk])
    answer = send(page(cast.admin), mine, {"password": NEW, "reason": "改"})
    assert answer.status_code == 200 and "右上角" in answer.content.decode()
    assert may_login("admin", factories.PASSWORD)


def test_the_api_does_both(cast, api):
    def post(who, address, **data):
        return api(who).post(address, data, format="json", HTTP_IDEMPOTENCY_KEY=f"{who.pk}{address}")

    reset = post(cast.admin, f"/api/staff/{cast.clerk.pk}/password/", password=NEW, reason="本人忘记")
    assert reset.status_code == 200, reset.json()
    wrong = post(cast.tax, "/api/me/password/", old_password="no-no-no-no", new_password=NEW)
    assert wrong.status_code == 400 and set(wrong.json()["fields"]) == {"old_password"}
    done = post(cast.officer, "/api/me/password/", old_password=factories.PASSWORD, new_password=NEW)
    assert done.status_code == 200 and done.json()["username"] == "officer"
    assert may_login("officer", NEW) and may_login("clerk", NEW)
