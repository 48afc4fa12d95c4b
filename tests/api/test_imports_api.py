"""Sheets through the API: what is asked for must be there, and is said by name where it is not."""

from __future__ import annotations

import io
import json
import uuid

import pytest

from core.enums import ImportState
from core.models import Import
from tests import sheets
from tests.factories import id_number

pytestmark = pytest.mark.django_db
HEADER = ["姓名", "身份证号"]


def upload(client, content, *, name="名单.xlsx", **fields):
    file = io.BytesIO(content)
    file.name = name
    body = {"kind": "members", "on": "2024-06-18", "file": file} | fields
    return client.post(
        "/api/imports/", body, format="multipart", headers={"Idempotency-Key": uuid.uuid4().hex}
    )


def act(client, path, **body):
    return client.post(
        f"/api/imports/{path}", body, format="json", headers={"Idempotency-Key": uuid.uuid4().hex}
    )


@pytest.fixture
def listed():
    return sheets.xlsx([HEADER, ["张三", id_number(sequence=11)], ["李四", id_number(sequence=13)]])


def test_an_unknown_kind_of_sheet_is_malformed_and_the_kinds_are_named(village, cast, api, listed):
    answer = upload(api(cast.clerk), listed, kind="nonsense")

    assert answer.status_code == 400
    assert {"members", "contributions", "opening_balances", "prior_grants", "tax_rows"} <= set(
        answer.json()["message"].replace("、", " ").replace("：", " ").rstrip("。").split()
    )
    assert api(cast.clerk).get("/api/imports/template/?kind=nonsense").status_code == 400


@pytest.mark.parametrize("notice", ["x", [1], {"id": 1}, 10**30, True, "9" * 30, "9" * 5000])
def test_a_notice_that_is_no_number_is_no_failure(village, cast, api, listed, notice):
    answer = upload(api(cast.tax), listed, kind="tax_rows", params=json.dumps({"notice": notice}))

    assert answer.status_code in {400, 404}
    assert answer.json()["code"] in {"E-INPUT", "E-NOT-FOUND"}


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
@pytest.mark.parametrize(
    "wrap", [lambda t: {"sheet_name": t}, lambda t: {t: 1}, lambda t: {"more": [{"deep": [t]}]}]
)
def test_parameters_that_cannot_be_kept_are_malformed(village, cast, api, listed, wrap, text):
    answer = upload(api(cast.clerk), listed, params=json.dumps(wrap(text)))

    assert answer.status_code == 400
    assert answer.json()["code"] == "E-INPUT" and "看不见" in answer.json()["fields"]["params"][0]
    assert not Import.objects.exists()


@pytest.mark.parametrize("params", ["[" * 100_000, '{"a":' * 50_000, '{"a":' + "[" * 900 + "]" * 900 + "}"])
def test_parameters_nested_without_end_are_no_failure(village, cast, api, listed, params):
    assert upload(api(cast.clerk), listed, params=params).status_code in {201, 400}


def test_a_worksheet_that_is_not_there_is_refused_and_not_replaced_by_another(village, cast, api, listed):
    answer = upload(api(cast.clerk), listed, sheet_name="没有这张")

    assert answer.status_code == 400
    assert "没有这张" in answer.json()["message"]
    assert not Import.objects.filter(state=ImportState.PENDING).exists()


def test_rows_are_asked_for_by_a_known_result_only(village, cast, api, listed):
    client = api(cast.clerk)
    pk = upload(client, listed).json()["id"]

    answer = client.get(f"/api/imports/{pk}/rows/?status=nonsense")

    assert answer.status_code == 400
    assert "faulty" in answer.json()["message"]


def test_a_pick_names_a_group_and_one_of_its_rows(village, cast, api):
    number = id_number(sequence=15)
    client = api(cast.clerk)
    pk = upload(
        client, sheets.xlsx([HEADER, ["张三", number], ["张三", number], ["王五", id_number()]])
    ).json()["id"]

    unknown = act(client, f"{pk}/pick/", picks={"99": 2})
    stranger = act(client, f"{pk}/pick/", picks={"2": 4})
    right = act(client, f"{pk}/pick/", picks={"2": 3})

    assert [unknown.status_code, stranger.status_code, right.status_code] == [400, 400, 200]
    assert "99" in unknown.json()["message"]
    assert right.json()["held_count"] == 1


def test_a_group_without_end_is_told_and_no_failure(village, cast, api, listed):
    made = upload(api(cast.clerk), listed).json()
    for picks in ({"9" * 5000: 1}, {"9" * 5000: "x"}, {"1": 10**40}):
        answer = act(api(cast.clerk), f"{made['id']}/pick/", picks=picks)
        assert answer.status_code == 400, answer.content.decode()


def test_a_program_is_no_table_whatever_its_bytes_read_like(village, cast, api):
    answer = upload(api(cast.clerk), b"MZ\x90\x00" * 100, name="名单.csv")

    assert answer.status_code == 400
    assert "不是表格文件" in answer.json()["message"]


def test_a_needed_column_that_is_missing_is_named(village, cast, api):
    answer = upload(api(cast.clerk), sheets.xlsx([["姓名", "年龄"], ["张三", 34]]))

    assert answer.status_code == 400
    assert "缺少" in answer.json()["message"]
    assert "公民身份号码" in answer.json()["message"]
    assert "姓名、" not in answer.json()["message"]
    assert answer.json()["rows"][0] == ["姓名", "年龄"]
