"""The way in, and what a failure shows: login, lock, demo table, error page, checks."""

from __future__ import annotations

import logging
from collections import Counter
from itertools import groupby
from operator import itemgetter

import pytest
from django.core.checks import run_checks
from django.test import Client

from core import checks
from core.errors import RuleViolation
from core.logs import RequestNumberFilter
from desk.demo.accounts import demo_accounts, demo_password, seed_accounts
from tests.factories import PASSWORD
from villages.enums import Role

pytestmark = pytest.mark.django_db
WRONG = {"username": "clerk", "password": "wrong"}


def enter(client: Client, password: str):
    return client.post("/login/", {"username": "clerk", "password": password})


def test_a_right_password_leads_home(cast, client):
    answer = enter(client, PASSWORD)

    assert (answer.status_code, answer.url) == (302, "/")


def test_a_wrong_password_is_told_without_saying_which_half_was_wrong(cast, client):
    text = enter(client, "wrong").content.decode()

    assert 'value="clerk"' in text and "wrong" not in text
    other = client.post("/login/", {"username": "nobody", "password": "wrong"}).content.decode()
    assert 'role="alert"' in text and 'role="alert"' in other


def test_five_wrong_tries_lock_the_account_also_for_the_right_password(cast, client):
    answers = [enter(client, "wrong") for _n in range(5)]

    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    assert "registration/locked.html" in [template.name for template in answers[4].templates]
    locked = enter(client, PASSWORD)
    assert "连续输错5次，账号暂时锁定" in locked.content.decode()
    assert locked.status_code in {403, 429}
    assert "_auth_user_id" not in client.session


def test_the_api_s_login_is_locked_with_it(cast, client):
    for _n in range(5):
        client.post("/api/token/", WRONG, content_type="application/json")

    answer = client.post("/api/token/", WRONG | {"password": PASSWORD}, content_type="application/json")

    assert answer.status_code in {401, 403, 429}
    assert "token" not in answer.content.decode()


def test_outside_the_demo_the_login_page_lists_no_account(base_data, client, settings):
    settings.DEMO = False
    text = client.get("/login/").content.decode()

    assert "演示账号" not in text
    assert demo_password() not in text


def test_in_the_demo_every_account_stands_on_the_login_page(base_data, client, settings):
    settings.DEMO = True
    text = client.get("/login/").content.decode()

    assert demo_password() in text
    assert all(f"<code>{account['username']}</code>" in text for account in demo_accounts())
    assert text.count("<summary>") == len({account["district"] for account in demo_accounts()}) == 3


def test_every_district_of_the_demo_has_its_offices_and_two_administrators(base_data):
    """A clerk, the agency's two, tax and agriculture to run a year; two administrators to approve a later rule."""
    seed_accounts()
    offices = {
        Role.CLERK,
        Role.TOWNSHIP,
        Role.OFFICER,
        Role.REVIEWER,
        Role.TAX,
        Role.AGRICULTURE,
        Role.AUDITOR,
    }

    for district, rows in groupby(demo_accounts(), key=itemgetter("district")):
        roles = Counter(row["role"] for row in rows)
        assert offices <= set(roles), district
        assert roles[Role.ADMIN] == 2, district


@pytest.fixture
def failing_home(monkeypatch):
    """The home page fails as a defect would."""

    def fail(*args, **kwargs):
        raise ZeroDivisionError("a secret inside")

    monkeypatch.setattr("desk.selectors.home", fail)


def test_a_failure_shows_the_number_of_its_log_line_and_no_traceback(cast, failing_home, caplog):
    client = Client(raise_request_exception=False)
    client.force_login(cast.clerk)
    numbers = []
    caplog.handler.addFilter(RequestNumberFilter())

    with caplog.at_level(logging.ERROR):
        answer = client.get("/")

    numbers = {record.request_number for record in caplog.records if record.name == "core.middleware"}
    text = answer.content.decode()
    assert answer.status_code == 500
    assert numbers == {answer["X-Request-Number"]}
    assert answer["X-Request-Number"] in text
    assert "Traceback" not in text and "ZeroDivisionError" not in text and "secret" not in text


def test_a_refusal_shows_its_sentence_and_clause(cast, monkeypatch, page):
    def refuse(*args, **kwargs):
        raise RuleViolation("补助总额超过可支配收益。", code="E-OVER-INCOME", clause="49号 三（一）")

    monkeypatch.setattr("desk.selectors.home", refuse)
    answer = page(cast.clerk).get("/")

    assert answer.status_code == 422
    assert "补助总额超过可支配收益。" in answer.content.decode()
    assert "三（一）" in answer.content.decode()


@pytest.mark.parametrize(("demo", "production", "found"), [(1, 1, ["core.E001"]), (1, 0, []), (0, 1, [])])
def test_the_demo_in_production_is_a_failed_check(demo, production, found, settings):
    settings.DEMO, settings.PRODUCTION, settings.DEBUG = bool(demo), bool(production), False

    assert [message.id for message in checks.demo_is_not_production(None)] == found
    assert ("core.E001" in [message.id for message in run_checks()]) is bool(found)


def test_debug_in_production_is_a_failed_check(settings):
    settings.DEBUG = settings.PRODUCTION = True

    assert [message.id for message in checks.debug_is_not_production(None)] == ["core.E002"]


@pytest.mark.parametrize("key", ["c2hvcnQ=", "not base64", "A" * 43, "A" * 88])
def test_a_data_key_of_the_wrong_length_is_a_failed_check(key, settings):
    settings.DATA_KEY = key

    (found,) = checks.data_key_is_whole(None)
    assert found.id == "core.E004"
    assert "DATA_KEY" in found.msg and "32字节" in found.msg and key not in found.msg


def test_the_key_file_holds_a_whole_key():
    assert checks.data_key_is_whole(None) == []


@pytest.mark.parametrize("address", ["/", "/members/", "/api/members/", "/search/?q=王", "/nowhere/"])
def test_no_page_stays_in_a_cache_after_logout(cast, client, address):
    """Village offices share one computer: after logout the browser's way back shows nobody's data."""
    client.force_login(cast.clerk)

    assert "no-store" in client.get(address).headers["Cache-Control"]


@pytest.mark.parametrize("year", ["²²²²", "0000", "99999999999999999999", "１２３４", "٢٠٢٤"])
@pytest.mark.parametrize(
    "address",
    ["/board/", "/contributions/", "/rewards/", "/applications/", "/plans/", "/members/", "/refunds/"],
)
def test_a_year_that_is_none_is_no_failure(cast, client, address, year):
    client.force_login(cast.officer)
    client.raise_request_exception = False

    assert client.get(address, {"year": year}).status_code < 500
