"""Two rulebooks side by side, on page, sheet, paper and API; and a rulebook taken away as a file."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from policies.comparing import Verdict, compare, search, side
from policies.files import read_rulebook

CS, JN, NX = "500115000000", "370800000000", "640000000000"
DAY = date(2024, 8, 28)
pytestmark = pytest.mark.django_db


def point(left: str, right: str, name: str, key: str = "", *, years=(2024, 2024), days=(DAY, DAY)):
    points = compare(side(left, days[0], years[0]), side(right, days[1], years[1]))
    return next(one for one in points if (one.parameter.name, one.key) == (name, key))


@pytest.mark.rule("CS-11")
@pytest.mark.rule("JN-06")
def test_where_two_documents_differ_it_says_so_with_both_clauses(base_data):
    found = point(CS, JN, "contribution_treatment", "lump_sum")

    assert (found.left_shown, found.right_shown) == ("算作完成缴费", "本人不享受")
    assert found.verdict == Verdict.DIFFERS
    assert found.left.clause.reference == "长寿府办发〔2024〕49号 三（二）一"


@pytest.mark.rule("JN-01")
def test_a_place_is_called_by_its_name_in_comparison_and_rulebook(base_data, cast, page):
    found = point(CS, JN, "administering_unit", "370811002000")
    shown = page(cast.admin).get(f"/policies/{JN}/", {"q": "太白湖新区 许庄街道"}).content.decode()

    assert found.label == "实际管理单位（功能区）（许庄街道）"
    assert (found.left_shown, found.right_shown) == ("文件没有写", "太白湖新区")
    assert "许庄街道" in shown.partition("<table")[2] and "370811002000" not in shown


@pytest.mark.rule("CS-13")
@pytest.mark.rule("JN-13")
def test_where_one_document_is_silent_nothing_is_guessed(base_data):
    found = point(CS, JN, "reward_ceiling")

    assert (found.left_shown, found.right_shown, found.right) == ("60%", "文件没有写", None)
    assert found.verdict == Verdict.ONE_SIDED


@pytest.mark.rule("NX-14")
@pytest.mark.rule("JN-07")
def test_where_they_agree_it_says_so(base_data):
    assert point(JN, NX, "government_subsidy_on_personal_only").verdict == Verdict.SAME


@pytest.mark.rule("CS-13")
def test_two_years_of_one_region_stand_side_by_side(base_data):
    found = point(CS, CS, "reward_ceiling", years=(2024, 2025))

    assert (found.left_shown, found.right_shown, found.remark) == ("60%", "40%", "相差20%")


@pytest.mark.rule("CS-19")
def test_two_days_of_one_region_stand_side_by_side(base_data):
    found = point(CS, CS, "pilot_scope", days=(date(2024, 6, 30), date(2024, 7, 1)))

    assert (found.left_shown, found.right_shown) == ("名单内的镇街", "全部镇街")


@pytest.mark.rule("CS-09")
@pytest.mark.rule("JN-10")
def test_amounts_say_how_far_they_are_apart(base_data):
    assert point(CS, JN, "minimum_age").remark == ""
    found = [
        one
        for one in compare(side(CS, DAY, 2024), side(JN, DAY, 2024))
        if one.parameter.name == "government_subsidy" and one.verdict == Verdict.DIFFERS
    ]
    assert found and all(one.remark.startswith("相差") and one.remark.endswith("元") for one in found)


def test_every_point_of_either_side_is_there_once(base_data):
    points = compare(side(CS, DAY, 2024), side(NX, DAY, 2024))

    names = [(one.parameter.name, one.key) for one in points]
    assert len(names) == len(set(names)) > 200
    assert search(points, "", "differs") and search(points, "印章 书面申请")
    assert not search(points, "没有这样的词")


def test_the_page_marks_differences_and_filters(cast, page):
    client = page(cast.clerk, "2024-08-28")
    asked = {"left": CS, "right": JN}

    text = client.get("/policies/compare/", asked).content.decode()
    assert 'class="differs"' in text and 'class="silent"' in text and "文件没有写" in text
    only = client.get("/policies/compare/", asked | {"show": "differs"}).content.decode()
    assert "文件没有写</div>" not in only and 'class="silent"' not in only and 'class="differs"' in only
    found = client.get("/policies/compare/", asked | {"q": "奖励比例上限"}).content.decode()
    assert "60%" in found and "险种名称" not in found


def test_the_page_begins_with_the_readers_own_region(cast, page):
    text = page(cast.clerk, "2024-08-28").get("/policies/compare/").content.decode()
    assert "重庆市长寿区" in text or "长寿区" in text
    assert "2024年8月28日" in text


@pytest.mark.parametrize("wrong", [{"left": "999999000000"}, {"left_on": "gestern"}, {"right_year": "zwei"}])
def test_a_question_that_cannot_be_read_keeps_the_form(cast, page, wrong):
    answer = page(cast.clerk, "2024-08-28").get("/policies/compare/", wrong)
    assert answer.status_code == 200 and "对照" in answer.content.decode()


def test_the_sheet_holds_what_the_page_shows(cast, page):
    asked = {"left": CS, "right": JN, "show": "differs", "export": "1"}
    answer = page(cast.clerk, "2024-08-28").get("/policies/compare/", asked)

    rows = [row for row in load_workbook(io.BytesIO(answer.content)).active.values if any(row)]
    points = search(compare(side(CS, DAY, 2024), side(JN, DAY, 2024)), "", "differs")
    said = {(row[1], row[2], row[5]) for row in rows}
    assert {(one.label, one.left_shown, one.right_shown) for one in points} <= said


def test_the_comparison_is_printed(cast, page):
    text = (
        page(cast.clerk, "2024-08-28")
        .get("/policies/compare/print/", {"left": CS, "right": NX})
        .content.decode()
    )
    assert "政策对照表" in text and "文件没有写" in text


def test_the_api_compares(cast, api):
    asked = {"left": CS, "right": JN, "left_on": "2024-08-28", "right_on": "2024-08-28", "q": "奖励比例上限"}
    answer = api(cast.officer).get("/api/policies/compare/", asked).json()

    assert [(one["name"], one["verdict"], one["right"]) for one in answer] == [
        ("reward_ceiling", "one", None)
    ]
    assert answer[0]["left"]["clause"]["key"] == "三（二）二"
    assert api(cast.officer).get("/api/policies/compare/", {"left": "x"}).status_code == 400


def test_a_rulebook_is_taken_away_by_those_who_may(cast, page, api, tmp_path):
    answer = page(cast.admin).get(f"/policies/{CS}/export/")
    path = tmp_path / "changshou.yaml"
    path.write_bytes(answer.content)

    assert read_rulebook(path).region_code == CS
    assert api(cast.auditor).get(f"/api/policies/{CS}/export/").json()["text"] == answer.content.decode()
    assert page(cast.clerk).get(f"/policies/{CS}/export/").status_code == 403
    assert api(cast.officer).get(f"/api/policies/{CS}/export/").status_code == 403
    assert "导出政策数据" in page(cast.admin).get(f"/policies/{CS}/").content.decode()
