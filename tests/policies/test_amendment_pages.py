"""A later validity through pages and API: entered, looked at, approved by another; refusals keep what was typed."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from policies.enums import AmendmentState
from policies.models import Amendment, Clause
from policies.selectors import rulebook
from tests import factories
from villages.enums import Role

COUNTY, TODAY = factories.COUNTY, "2026-11-23"
NEW = f"/policies/{COUNTY}/amend/"


@pytest.fixture(autouse=True)
def _any_day(settings):
    settings.DEMO = True


@pytest.fixture
def second(cast):
    return factories.account("admin2", COUNTY, Role.ADMIN)


def clause() -> int:
    return Clause.objects.get(document__key="CS", key="附件四").pk


def typed(**more) -> dict:
    given = {
        "value-0": "20", "valid_from": "2026-12-01", "reason": "新定", "confidence": "document",
        "clause_id": clause(), "request_key": uuid.uuid4().hex,
    }  # fmt: skip
    return given | more


def send(client, query="?name=notice_payment_days", **more):
    return client.post(NEW + query, typed(**more))


def days(on="2026-12-01") -> int:
    return rulebook(factories.SHIMEN, on=date.fromisoformat(on)).amount("notice_payment_days")


def test_one_enters_it_and_another_approves_it(cast, second, page):
    answer = send(page(cast.admin, TODAY))
    row = Amendment.objects.get()
    assert answer.url == f"/amendments/{row.pk}/"
    own = page(cast.admin, TODAY).get(answer.url).content.decode()
    assert "须由本地另一位管理员批准" in own and "confirm-box" not in own

    text = page(second, TODAY).get(answer.url).content.decode()
    assert "15天" in text and "20天" in text and "2026年12月1日起执行" in text and "附件四" in text
    assert "批准，2026年12月1日起调整1项" in text and "集体经济组织" in text
    page(second, TODAY).post(f"{answer.url}approve/", {"confirmed": "1", "request_key": uuid.uuid4().hex})

    assert (days("2026-11-30"), days()) == (15, 20)


def test_nothing_is_approved_without_the_last_look(cast, second, page):
    send(page(cast.admin, TODAY))
    row = Amendment.objects.get()

    page(second, TODAY).post(f"/amendments/{row.pk}/approve/", {"request_key": uuid.uuid4().hex})

    assert days() == 15
    assert Amendment.objects.get().state == AmendmentState.PROPOSED


def test_what_was_entered_anew_meanwhile_is_not_approved_unread(cast, second, page, api):
    send(page(cast.admin, TODAY))
    row = Amendment.objects.get()
    url = f"/amendments/{row.pk}/"
    checker = page(second, TODAY)
    assert f'name="version" value="{row.version}"' in checker.get(url).content.decode()
    page(cast.admin, TODAY).post(f"{url}edit/", typed(**{"value-0": "99"}))
    assert Amendment.objects.get().version == row.version + 1

    seen = {"confirmed": "1", "version": row.version}
    answer = checker.post(f"{url}approve/", seen | {"request_key": uuid.uuid4().hex}, follow=True)
    assert "没有生效" in answer.content.decode()
    told = post(api(second), f"{row.pk}/approve/", {"version": row.version, "on": TODAY})
    assert told.status_code == 409
    assert days() == 15


def test_who_entered_it_is_refused_on_the_page_as_well(cast, page):
    send(page(cast.admin, TODAY))
    row = Amendment.objects.get()

    answer = page(cast.admin, TODAY).post(
        f"/amendments/{row.pk}/approve/", {"confirmed": "1", "request_key": uuid.uuid4().hex}, follow=True
    )

    assert "须由另一人复核" in answer.content.decode()
    assert days() == 15


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"value-0": "两周"}, "应是天数，单位天"),
        ({"valid_from": "2026-11-01"}, "以前的规定不改"),
        ({"clause_id": ""}, "没有依据"),
        ({"value-0": "15"}, "没有要调整的值"),
    ],
)
def test_a_refusal_keeps_what_was_typed(cast, page, given, said):
    answer = send(page(cast.admin, TODAY), **given)

    text = answer.content.decode()
    assert answer.status_code == 200 and said in text
    assert f'value="{given.get("value-0", "20")}"' in text and "新定" in text
    assert not Amendment.objects.exists()


def test_a_mark_is_confirmed_without_a_change_of_the_value(cast, second, page):
    send(page(cast.admin, TODAY), **{"value-0": "15", "keep-0": "1"})
    row = Amendment.objects.get()
    text = page(second, TODAY).get(f"/amendments/{row.pk}/").content.decode()
    assert "值不变，只补依据" in text

    page(second, TODAY).post(
        f"/amendments/{row.pk}/approve/", {"confirmed": "1", "request_key": uuid.uuid4().hex}
    )

    book = (
        page(second, "2026-12-02").get(f"/policies/{COUNTY}/", {"q": "缴款通知书的缴款期限"}).content.decode()
    )
    assert "2026年12月1日起" in book and "附件四" in book


def test_a_year_is_asked_for_where_the_rule_is_by_year(cast, page):
    text = page(cast.admin, TODAY).get(NEW, {"name": "reward_ceiling"}).content.decode()
    assert "按年度规定，请写年度" in text

    answer = send(
        page(cast.admin, TODAY), "?name=reward_ceiling&year=2027", **{"value-0": "10", "year_to": "2027"}
    )

    assert answer.status_code == 302
    row = Amendment.objects.get()
    assert (row.year_from, row.year_to) == (2027, 2027)


def test_a_county_is_told_what_it_takes_over_from_above(cast, second, page):
    count = len(_tiers())
    lines = {f"key-{count}": "4500", f"value-{count}": "4500"}
    lines |= {f"value-{i}": text for i, text in enumerate(_tiers())}

    answer = send(page(cast.admin, TODAY), "?name=contribution_tier&year=2026", **lines)

    assert answer.status_code == 302, answer.content.decode()
    text = page(second, TODAY).get(answer.url).content.decode()
    assert f"上级其余的{count}项照抄到本地" in text


def _tiers() -> list[str]:
    table = rulebook(COUNTY, on=date(2026, 11, 23)).table("contribution_tier", year=2026)
    return [view.text for view in table.values()]


def test_a_returned_proposal_comes_back_as_it_was_typed(cast, second, page):
    send(page(cast.admin, TODAY))
    row = Amendment.objects.get()
    page(second, TODAY).post(
        f"/amendments/{row.pk}/return/", {"reason": "日期不对", "request_key": uuid.uuid4().hex}
    )
    edit = f"/amendments/{row.pk}/edit/"
    text = page(cast.admin, TODAY).get(edit).content.decode()
    assert "日期不对" in text and 'value="20"' in text and 'value="2026-12-01"' in text
    assert "退回来了" in page(cast.admin, TODAY).get("/").content.decode()

    page(cast.admin, TODAY).post(edit, typed(valid_from="2027-01-01"))

    row.refresh_from_db()
    assert (row.state, row.valid_from) == (AmendmentState.PROPOSED, date(2027, 1, 1))


def test_the_others_are_told_what_waits_and_the_maker_is_not(cast, second, page):
    send(page(cast.admin, TODAY))
    title = "提出调整“缴款通知书的缴款期限”，请核对"

    assert title in page(second, TODAY).get("/").content.decode()
    assert title not in page(cast.admin, TODAY).get("/").content.decode()


def test_an_answer_that_only_an_earlier_version_knew_is_listed_as_it_stood(cast, page):
    send(page(cast.admin, TODAY))
    row = Amendment.objects.get()
    row.rows.update(old_value="十五日")

    for path in ("/amendments/", f"/amendments/{row.pk}/"):
        text = page(cast.auditor, TODAY).get(path).content.decode()
        assert "十五日" in text and "20天" in text


def test_a_clerk_neither_sees_nor_enters_it(cast, page):
    assert page(cast.clerk, TODAY).get("/amendments/").status_code == 403
    assert page(cast.clerk, TODAY).get(NEW).status_code == 403
    assert "提出政策调整" not in page(cast.clerk, TODAY).get(f"/policies/{COUNTY}/").content.decode()


def test_another_county_reads_nothing_of_it(cast, page):
    send(page(cast.admin, TODAY))
    row = Amendment.objects.get()
    stranger = factories.account("yt_admin", "370827000000", Role.ADMIN)

    assert page(stranger, TODAY).get(f"/amendments/{row.pk}/").status_code == 404
    assert page(stranger, TODAY).get(NEW).status_code == 404
    assert "缴款期限" not in page(stranger, TODAY).get("/amendments/").content.decode()


def test_the_list_is_searched_filtered_and_exported(cast, page):
    send(page(cast.admin, TODAY))
    client = page(cast.auditor, TODAY)

    assert "15天 → 20天" in client.get("/amendments/", {"q": "缴款"}).content.decode()
    assert "15天 → 20天" not in client.get("/amendments/", {"q": "奖励"}).content.decode()
    assert "15天 → 20天" not in client.get("/amendments/", {"show": "approved"}).content.decode()
    assert client.get("/amendments/", {"export": "1"})["Content-Type"].endswith("sheet")


def test_the_list_costs_the_same_queries_however_long_it_is(cast, page):
    client = page(cast.auditor, TODAY)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/amendments/")
        return len(captured)

    send(page(cast.admin, TODAY))
    client = page(cast.auditor, TODAY)
    queries()
    few = queries()
    for number in range(5):
        send(page(cast.admin, TODAY), **{"value-0": str(21 + number)})
    client = page(cast.auditor, TODAY)
    assert queries() == few


# API


def body(**more) -> dict:
    given = {
        "on": TODAY, "region_code": COUNTY, "name": "notice_payment_days", "rows": {"": "20"},
        "valid_from": "2026-12-01", "reason": "新定", "confidence": "document", "clause": clause(),
    }  # fmt: skip
    return given | more


def post(client, path, content):
    key = {"HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex}
    return client.post(f"/api/amendments/{path}", content, format="json", **key)


def test_the_api_does_what_the_pages_do(cast, second, api):
    made = post(api(cast.admin), "", body()).json()
    assert made["changes"] == [{"key": "", "label": "缴款通知书的缴款期限", "old": "15天", "new": "20天"}]
    assert {"label": "集体经济组织", "count": 0} in made["touched"]

    own = post(api(cast.admin), f"{made['id']}/approve/", {"on": TODAY})
    assert (own.status_code, own.json()["code"]) == (422, "E-SAME-PERSON")
    back = post(api(second), f"{made['id']}/return/", {"on": TODAY, "reason": "文号"})
    assert back.json()["state"] == "returned"
    document = {
        "title": "通知", "issuer": "区政府办", "issued_on": "2026-11-20", "clause_key": "一",
        "clause_text": "二十一天。",
    }  # fmt: skip
    again = body(clause=None, document=document, rows={"": "21"})
    assert post(api(cast.admin), f"{made['id']}/propose-again/", again).json()["ground"] == "《通知》 一"
    assert post(api(second), f"{made['id']}/approve/", {"on": TODAY}).json()["state"] == "approved"

    assert days() == 21
    assert api(cast.officer).get("/api/amendments/", {"state": "approved"}).json()["count"] == 1


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"name": "colour"}, 400, "E-INPUT"),
        ({"rows": {"": "-1"}}, 400, "E-INPUT"),
        ({"clause": None}, 422, "E-AMEND-SOURCE"),
        ({"valid_from": "2026-11-01"}, 422, "E-AMEND-PAST"),
        ({"region_code": "370827000000"}, 404, "E-NOT-FOUND"),
    ],
)
def test_the_api_refuses_with_code_and_sentence(cast, api, more, status, code):
    answer = post(api(cast.admin), "", body(**more))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Amendment.objects.exists()


def test_the_api_withdraws(cast, api):
    made = post(api(cast.admin), "", body()).json()
    assert post(api(cast.admin), f"{made['id']}/withdraw/", {"on": TODAY}).json()["state"] == "withdrawn"
