"""Five wrong passwords lock one name at one address, whoever stands between."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from core.addresses import client_address
from tests import factories
from villages.services import staff

pytestmark = pytest.mark.django_db
COLLEAGUE, OWNER, PROXY = "10.1.0.7", "10.1.0.8", "10.0.0.1"


def login(client, seen_from, password, *, forged=""):
    """One try through one proxy, which writes down whom it saw."""
    headers = {"X-Forwarded-For": f"{forged}, {seen_from}" if forged else seen_from}
    form = {"username": "clerk", "password": password}
    return client.post("/login/", form, headers=headers, REMOTE_ADDR=PROXY)


def lock(client, seen_from, **more):
    for _ in range(5):
        answer = login(client, seen_from, "wrong", **more)
    return answer


@pytest.fixture
def behind_a_proxy(settings, cast):
    settings.PROXY_HOPS = 1


def test_a_colleague_who_guesses_locks_himself_and_not_the_owner(behind_a_proxy, client):
    assert "账号暂时锁定" in lock(client, COLLEAGUE).content.decode()

    assert login(client, COLLEAGUE, factories.PASSWORD).status_code == 429
    assert login(client, OWNER, factories.PASSWORD).status_code == 302


def test_nobody_escapes_by_inventing_addresses(behind_a_proxy, client):
    for n in range(5):
        login(client, COLLEAGUE, "wrong", forged=f"192.0.2.{n}")

    assert login(client, COLLEAGUE, factories.PASSWORD, forged=OWNER).status_code == 429
    assert login(client, OWNER, factories.PASSWORD).status_code == 302


def test_without_a_proxy_the_header_is_nobodys_word(settings, cast, client):
    settings.PROXY_HOPS = 0
    lock(client, COLLEAGUE)

    assert login(client, OWNER, factories.PASSWORD).status_code == 429


def test_the_token_is_locked_in_the_same_way(behind_a_proxy, client):
    def token(seen_from, password):
        form = {"username": "clerk", "password": password}
        return client.post("/api/token/", form, headers={"X-Forwarded-For": seen_from}, REMOTE_ADDR=PROXY)

    for _ in range(5):
        token(COLLEAGUE, "wrong")

    assert token(COLLEAGUE, factories.PASSWORD).status_code == 429
    assert token(OWNER, factories.PASSWORD).status_code == 200


def test_a_new_password_from_the_administrator_lifts_the_lock(behind_a_proxy, client, cast, by):
    lock(client, OWNER)
    assert login(client, OWNER, factories.PASSWORD).status_code == 429

    admin = factories.account("its_admin", factories.COUNTY, "admin")
    staff.reset_password(cast.clerk.pk, by=by(admin, "2024-06-18"), password="Shimen-2025", reason="忘记密码")

    assert login(client, OWNER, "Shimen-2025").status_code == 302


@pytest.mark.parametrize(
    ("hops", "header", "address"),
    [
        (0, OWNER, PROXY),
        (1, "", PROXY),
        (1, OWNER, OWNER),
        (1, f"6.6.6.6, {OWNER}", OWNER),
        (2, f"6.6.6.6, {OWNER}, 10.0.0.2", OWNER),
        (2, OWNER, PROXY),
        (1, "unknown", PROXY),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_the_one_our_outermost_proxy_saw(settings, hops, header, address):
    settings.PROXY_HOPS = hops
    request = RequestFactory().get("/", headers={"X-Forwarded-For": header}, REMOTE_ADDR=PROXY)

    assert client_address(request) == address
