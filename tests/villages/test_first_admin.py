"""The administrator with whom an installation begins."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from core.models import Event, User
from tests import factories

pytestmark = pytest.mark.django_db
COUNTY, VILLAGE = factories.COUNTY, factories.SHIMEN


def made(username: str = "admin", region: str = COUNTY) -> User:
    call_command("create_admin", username, "赵管理", region, verbosity=0)
    return User.objects.get(username=username)


@pytest.fixture(autouse=True)
def _password(monkeypatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", "Anzhuang-2024")


def test_the_first_administrator_logs_in_and_makes_the_others(base_data, client):
    user = made()

    assert user.check_password("Anzhuang-2024")
    assert (user.access.roles, user.access.area.code) == ({"admin"}, COUNTY)
    event = Event.objects.get(act="villages.create_staff")
    assert (event.actor, event.figures["roles"]) == (user, ["admin"])
    client.force_login(user)
    assert client.get("/staff/new/").status_code == 200


@pytest.mark.parametrize("region", [COUNTY, VILLAGE])
def test_there_is_no_second_one_beside_or_below_him(region, base_data):
    made()

    with pytest.raises(CommandError, match="已有管理员admin"):
        made("second", region)
    assert User.objects.count() == 1


def test_another_county_has_its_own(base_data):
    made()

    assert made("yutai", "370827000000").access.area.code == "370827000000"


@pytest.mark.parametrize(
    ("password", "region", "said"),
    [("123", COUNTY, "密码"), ("Anzhuang-2024", "990000000000", "没有这个行政区划")],
)
def test_a_weak_password_or_an_unknown_place_makes_nobody(password, region, said, base_data, monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", password)

    with pytest.raises(CommandError, match=said):
        made("admin", region)
    assert not User.objects.exists()


def test_without_the_variable_the_password_is_asked_for_twice(base_data, monkeypatch):
    monkeypatch.delenv("ADMIN_PASSWORD")
    answers = iter(["Anzhuang-2024", "Anzhuang-2025"])
    monkeypatch.setattr("villages.management.commands.create_admin.getpass", lambda _prompt: next(answers))

    with pytest.raises(CommandError, match="两次输入的密码不同"):
        made()
