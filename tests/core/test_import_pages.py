"""The pages and the API that bring a sheet in, as a clerk and a program use them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.enums import ImportState
from core.models import Import, ImportRow, RequestKey
from core.tasks import clean_up_task
from tests import factories, sheets
from villages.models import Membership

pytestmark = pytest.mark.django_db

ON = "2024-06-18"
HEAD = ["姓名", "身份证号", "组"]
NEW = "/imports/new/members/"


@pytest.fixture
def people(base_data):
    factories.organisation()
    return [["张三", factories.id_number(), "1组"], ["李四", factories.id_number(), "2组"]]


@pytest.fixture
def clerk(page, cast, people):
    return page(cast.clerk, ON)


def file_of(rows, name="名单.xlsx"):
    content = rows if isinstance(rows, bytes) else sheets.xlsx([HEAD, *rows])
    return SimpleUploadedFile(name, content)


@pytest.fixture
def uploaded(clerk):
    """`uploaded(rows)`: the import that the upload page made."""

    def upload(rows, **more):
        answer = clerk.post(
            NEW, {"file": file_of(rows), "request_key": "k" + str(Import.objects.count()), **more}
        )
        assert answer.status_code == 302
        return Import.objects.order_by("-id").first()

    return upload


def text(answer) -> str:
    return answer.content.decode()


def test_the_upload_page_says_which_columns_are_needed_and_offers_a_template(clerk):
    shown = text(clerk.get(NEW))

    assert "公民身份号码" in shown
    assert reverse("import-template", args=["members"]) in shown


def test_the_template_comes_back_through_the_upload_page(clerk, uploaded):
    answer = clerk.get("/imports/template/members/")
    content = answer.getvalue()

    upload = uploaded(content)

    assert "attachment" in answer["Content-Disposition"]
    assert (upload.state, upload.new_count) == (ImportState.PENDING, 1)


def test_the_preview_shows_counts_faults_by_cell_and_what_will_be_written(clerk, uploaded, people):
    upload = uploaded([*people, ["王五", 500115199003071000, "1组"], [*people[0][:2], "9组"]])

    shown = text(clerk.get(f"/imports/{upload.pk}/"))

    assert "读到4行" in shown
    assert "身份证号码存成了数值，后几位已经丢失" in shown
    assert ">B4<" in shown
    assert "与第5行号码相同" in shown
    assert "确认导入1行" in shown
    assert people[0][1] not in shown
    assert people[0][1][6:14] not in shown


@pytest.mark.parametrize(
    "show", ["", "id_number", "duplicate", "note", "new", "changed", "unchanged", "nonsense"]
)
def test_every_filter_of_the_preview_answers(clerk, uploaded, people, show):
    upload = uploaded([*people, ["王五", "1", "1组"]])

    assert clerk.get(f"/imports/{upload.pk}/", {"show": show}).status_code == 200


def test_a_preview_asks_the_same_number_of_queries_for_any_number_of_rows(
    clerk, uploaded, django_assert_max_num_queries
):
    upload = uploaded([["王五", "1", "1组"] for _ in range(200)])

    with django_assert_max_num_queries(30):
        clerk.get(f"/imports/{upload.pk}/")


def test_confirming_writes_and_leads_to_the_result(clerk, uploaded, people):
    upload = uploaded(people)

    answer = clerk.post(
        f"/imports/{upload.pk}/confirm/", {"version": upload.version, "request_key": "c1"}, follow=True
    )

    assert "已写入：新增2行，更新0行。" in text(answer)
    assert Membership.objects.count() == 2


def test_a_double_click_on_confirm_takes_effect_once(clerk, uploaded, people):
    upload = uploaded(people)
    form = {"version": upload.version, "request_key": "c1"}
    clerk.post(f"/imports/{upload.pk}/confirm/", form)

    answer = clerk.post(f"/imports/{upload.pk}/confirm/", form, follow=True)

    assert "没有重复办理" in text(answer)
    assert Membership.objects.count() == 2


def test_a_stale_preview_is_told_so_and_writes_nothing(clerk, uploaded, people):
    upload = uploaded(people)
    clerk.post(f"/imports/{upload.pk}/recheck/", {"request_key": "r1"})

    answer = clerk.post(f"/imports/{upload.pk}/confirm/", {"version": 0, "request_key": "c1"}, follow=True)

    assert "没有生效" in text(answer)
    assert Membership.objects.count() == 0


def test_the_same_upload_sent_twice_is_one_import(clerk, people):
    content = sheets.xlsx([HEAD, *people])
    for _ in range(2):
        answer = clerk.post(NEW, {"file": file_of(content), "request_key": "u1"})

    assert Import.objects.count() == 1
    assert answer["Location"] == f"/imports/{Import.objects.get().pk}/"


def test_a_file_imported_before_is_told_on_the_preview(clerk, uploaded, people):
    content = sheets.xlsx([HEAD, *people])
    first = uploaded(content)
    clerk.post(f"/imports/{first.pk}/confirm/", {"version": 0, "request_key": "c1"})

    assert "这个文件已在" in text(clerk.get(f"/imports/{uploaded(content).pk}/"))


def test_rows_with_one_number_show_what_differs_and_hide_the_number(clerk, uploaded):
    number = factories.id_number()
    upload = uploaded([["张三", number, "1组"], ["张三", number, "2组"]])

    answer = clerk.get(f"/imports/{upload.pk}/")

    [group] = answer.context["duplicates"]
    assert (group.columns, group.same) == (["组"], [("姓名", "张三")])
    assert [row.cells for row in group.rows] == [[("组", "1组")], [("组", "2组")]]
    assert number not in text(answer) and f"**************{number[-4:]}" in text(answer)


def test_rows_that_are_alike_are_said_to_be(clerk, uploaded):
    number = factories.id_number()
    upload = uploaded([["张三", number, "1组"], ["张三", number, "1组"]])

    assert "完全一样" in text(clerk.get(f"/imports/{upload.pk}/"))


def test_picking_and_mending_work_through_their_forms(clerk, uploaded):
    number = factories.id_number()
    upload = uploaded(
        [["张三", number, "1组"], ["张三", number, "2组"], ["李四", "5OO115199003071234", "1组"]]
    )

    clerk.post(f"/imports/{upload.pk}/pick/", {"group-2": "3", "request_key": "p1"})
    clerk.post(f"/imports/{upload.pk}/mend/", {"row": "4", "request_key": "m1"})

    upload.refresh_from_db()
    assert (upload.new_count, upload.held_count, upload.faulty_count) == (2, 1, 0)


@pytest.mark.parametrize("row", ["4行", "9" * 19, ""])
def test_a_row_number_that_cannot_be_read_mends_nothing(clerk, uploaded, row):
    upload = uploaded([["李四", "5OO115199003071234", "1组"]])

    answer = clerk.post(f"/imports/{upload.pk}/mend/", {"row": row, "request_key": "m1"}, follow=True)

    upload.refresh_from_db()
    assert (upload.faulty_count, upload.version) == (1, 0)
    assert "没有认出要改正的是哪一行" in text(answer)


def test_giving_up_leads_back_to_the_upload_page(clerk, uploaded, people):
    upload = uploaded(people)

    answer = clerk.post(f"/imports/{upload.pk}/discard/", {"request_key": "d1"}, follow=True)

    assert "已放弃这次导入" in text(answer)
    assert text(clerk.get(f"/imports/{upload.pk}/")).count("已放弃") >= 1


def test_undo_is_previewed_and_done(clerk, uploaded, people):
    upload = uploaded(people)
    clerk.post(f"/imports/{upload.pk}/confirm/", {"version": 0, "request_key": "c1"})

    assert "撤销2行" in text(clerk.get(f"/imports/{upload.pk}/undo/"))
    answer = clerk.post(f"/imports/{upload.pk}/undo/", {"request_key": "x1"}, follow=True)

    assert "已撤销2行。" in text(answer)
    assert Membership.objects.count() == 0


def test_undo_of_what_was_never_written_is_explained(clerk, uploaded, people):
    upload = uploaded(people)

    assert "不能整批撤销" in text(clerk.get(f"/imports/{upload.pk}/undo/"))


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "文件是空的"), (b"%PDF-1", "不是表格文件"), (sheets.xlsx([["日期", "收入"]]), "没有找到表头")],
    ids=["empty", "pdf", "header"],
)
def test_a_bad_file_gets_one_sentence_and_a_way_on(clerk, uploaded, content, word):
    upload = uploaded(content)

    shown = text(clerk.get(f"/imports/{upload.pk}/"))

    assert word in shown
    assert "重新选择文件" in shown
    assert Membership.objects.count() == 0


def test_a_file_of_a_hundred_megabytes_is_refused_without_being_read(clerk, settings, people):
    settings.UPLOAD_MAX_BYTES = 1000
    answer = clerk.post(
        NEW, {"file": SimpleUploadedFile("大.xlsx", b"x" * 2000), "request_key": "u1"}, follow=True
    )

    assert "拆成几个文件" in text(answer)
    assert (Import.objects.get().state, RequestKey.objects.count()) == (ImportState.REFUSED, 0)


def test_no_file_is_a_form_error(clerk):
    assert "请选择文件。" in text(clerk.post(NEW, {}))


def test_a_village_without_organisation_sees_why_on_the_form(page, cast, base_data):
    answer = page(cast.stranger, ON).post(NEW, {"file": file_of([["张三", "1", ""]]), "request_key": "u1"})

    assert "还没有登记集体经济组织" in text(answer)


def test_annotated_sheets_are_downloads(clerk, uploaded):
    upload = uploaded([["王五", "1", "1组"]])

    for query in ({}, {"rows": "faulty"}):
        answer = clerk.get(f"/imports/{upload.pk}/annotated/", query)
        assert "attachment" in answer["Content-Disposition"]
        assert sheets.cells_of(answer.getvalue())[1][-2].startswith("身份证号应为18位")


def test_the_list_of_imports_shows_each_with_its_state(clerk, uploaded, people):
    uploaded(people)
    uploaded(b"%PDF-1")

    shown = text(clerk.get("/imports/"))

    assert "待确认" in shown and "未受理" in shown


PAGES = ["", "annotated/", "undo/"]
ACTS = ["confirm/", "discard/", "recheck/", "mend/", "pick/", "sheet/", "undo/"]


@pytest.mark.parametrize("way", PAGES)
def test_a_foreign_import_reads_like_nothing(client, page, cast, uploaded, people, way):
    upload = uploaded(people)

    for outsider in (cast.stranger, cast.foreign_officer, cast.auditor):
        assert page(outsider).get(f"/imports/{upload.pk}/{way}").status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_a_foreign_clerk_and_another_role_cannot_act(page, cast, uploaded, people, act):
    upload = uploaded(people)
    factories.organisation(factories.SHAXI)

    assert page(cast.stranger).post(f"/imports/{upload.pk}/{act}").status_code == 404
    assert page(cast.officer).post(f"/imports/{upload.pk}/{act}").status_code in (403, 404)
    upload.refresh_from_db()
    assert upload.state == ImportState.PENDING


def test_another_role_cannot_open_the_upload_page(page, cast, people):
    assert page(cast.officer).get(NEW).status_code == 403
    assert page(cast.officer).get("/imports/template/members/").status_code == 403
    assert page(cast.clerk).get("/imports/new/nonsense/").status_code == 404


def test_a_logged_out_session_is_sent_to_login(client, base_data):
    assert client.get(NEW)["Location"].startswith("/login/")


# The same through the API


def post(api, path, data=None, key="k1", **more):
    return api.post(
        f"/api/imports/{path}", data or {}, headers={"Idempotency-Key": key}, format="json", **more
    )


@pytest.fixture
def brought(api, cast, people):
    """`brought(rows)`: the answer to an upload through the API."""

    def upload(rows, key="u1", actor=None, **more):
        data = {"kind": "members", "on": ON, "file": io.BytesIO(file_of(rows).read()), **more}
        data["file"].name = "名单.xlsx"
        return api(actor or cast.clerk).post(
            "/api/imports/", data, headers={"Idempotency-Key": key}, format="multipart"
        )

    return upload


def test_a_sheet_goes_through_the_api_from_upload_to_undo(api, cast, brought, people):
    made = brought(people)
    pk = made.json()["id"]
    clerk = api(cast.clerk)

    assert (made.status_code, made.json()["new_count"]) == (201, 2)
    written = post(clerk, f"{pk}/confirm/", {"version": 0, "on": ON}, key="c1")
    assert (written.status_code, written.json()["state"]) == (200, "written")
    assert clerk.get(f"/api/imports/{pk}/undo-preview/").json() == {
        "removed_count": 2,
        "restored_count": 0,
        "refused": {},
    }
    assert post(clerk, f"{pk}/undo/", {"on": ON}, key="x1").json()["undone_count"] == 2
    assert Membership.objects.count() == 0


def test_a_replayed_call_gets_the_first_answer(api, cast, brought, people):
    first = brought(sheets.xlsx([HEAD, *people]))
    pk = first.json()["id"]
    clerk = api(cast.clerk)
    once = post(clerk, f"{pk}/confirm/", {"on": ON}, key="c1")

    again = post(clerk, f"{pk}/confirm/", {"on": ON}, key="c1")

    assert again.json() == once.json()
    assert again["Idempotent-Replay"] == "true"
    assert Membership.objects.count() == 2


def test_a_confirmed_import_answers_409_to_another_key(api, cast, brought, people):
    pk = brought(people).json()["id"]
    clerk = api(cast.clerk)
    post(clerk, f"{pk}/confirm/", {"on": ON}, key="c1")

    answer = post(clerk, f"{pk}/confirm/", {"on": ON}, key="c2")

    assert (answer.status_code, answer.json()["code"]) == (409, "E-STATE")


def test_a_bad_file_answers_400_with_the_sentence_and_the_rows_read(brought):
    answer = brought(sheets.xlsx([["日期", "收入"], ["x", 5]]))

    assert (answer.status_code, answer.json()["code"]) == (400, "E-FILE")
    assert answer.json()["message"].startswith("没有找到表头")
    assert answer.json()["rows"][0] == ["日期", "收入"]
    assert Import.objects.get(pk=answer.json()["figures"]["import"]).state == ImportState.REFUSED


def test_rows_come_with_faults_and_masked_numbers(api, cast, brought, people):
    pk = brought([*people, ["王五", 500115199003071000, "1组"]]).json()["id"]

    stopped = api(cast.clerk).get(f"/api/imports/{pk}/rows/").json()
    new = api(cast.clerk).get(f"/api/imports/{pk}/rows/?status=new").json()

    assert [row["row"] for row in stopped["results"]] == [4]
    assert stopped["results"][0]["faults"][0]["code"] == "E-ID-NUMERIC"
    assert [row["masked_id"] for row in new["results"]] == ["*" * 14 + person[1][-4:] for person in people]


def test_picks_mends_and_rechecks_go_through_the_api(api, cast, brought):
    number = factories.id_number()
    rows = [["张三", number, "1组"], ["张三", number, "2组"], ["李四", "5OO115199003071234", "1组"]]
    pk = brought(rows).json()["id"]
    clerk = api(cast.clerk)

    post(clerk, f"{pk}/pick/", {"picks": {"2": 3}, "on": ON}, key="p1")
    post(clerk, f"{pk}/mend/", {"on": ON}, key="m1")
    answer = post(clerk, f"{pk}/recheck/", {"on": ON}, key="r1").json()

    assert (answer["new_count"], answer["held_count"], answer["version"]) == (2, 1, 3)


def test_malformed_calls_answer_400(api, cast, brought, people):
    pk = brought(people).json()["id"]
    clerk = api(cast.clerk)

    assert post(clerk, f"{pk}/pick/", {"picks": {"x": 1}}, key="p1").status_code == 400
    assert clerk.post(f"/api/imports/{pk}/confirm/", {}, format="json").json()["code"] == "E-KEY-MISSING"
    assert brought(people, key="u2", params="[1]").status_code == 400


def test_an_import_of_another_village_answers_404_and_another_role_403(api, cast, brought, people):
    pk = brought(people).json()["id"]

    assert api(cast.stranger).get(f"/api/imports/{pk}/").status_code == 404
    assert post(api(cast.stranger), f"{pk}/confirm/", key="s1").status_code == 404
    assert post(api(cast.officer), f"{pk}/confirm/", key="o1").status_code == 403
    assert brought(people, key="o2", actor=cast.officer).status_code == 403


def test_other_ways_of_the_api_answer(api, cast, brought, people):
    pk = brought([*people, ["王五", "1", ""]]).json()["id"]
    clerk = api(cast.clerk)

    assert clerk.get("/api/imports/?kind=members").json()["count"] == 1
    assert clerk.get(f"/api/imports/{pk}/annotated/?rows=faulty").status_code == 200
    assert clerk.get("/api/imports/template/?kind=members").status_code == 200
    assert post(clerk, f"{pk}/sheet/", {"sheet_name": "没有的"}, key="t1").status_code == 400
    assert post(clerk, f"{pk}/discard/", key="d1").json()["state"] == "discarded"


def test_a_file_over_the_limit_is_refused_through_the_api_too(brought, people, settings):
    settings.UPLOAD_MAX_BYTES = 1000

    assert brought(people).json()["message"].startswith("文件超过")


def test_the_nightly_clean_up_forgets_rows_past_their_time(clerk, uploaded, people, settings):
    upload = uploaded(people)
    clerk.post(f"/imports/{upload.pk}/confirm/", {"version": 0, "request_key": "c1"})
    late = timezone.now() - timedelta(days=settings.UNDO_DAYS + 1)
    Import.objects.filter(pk=upload.pk).update(confirmed_at=late)

    clean_up_task()

    assert ImportRow.objects.count() == 0
    assert "写入2行" in text(clerk.get(f"/imports/{upload.pk}/"))
