"""The member list comes in as a whole, is looked at first, and can be taken back."""

from __future__ import annotations

import io
import threading
from datetime import date, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.enums import ImportState
from core.errors import ActorNotPermitted, InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.imports import selectors, services
from core.imports.export import annotated_sheet
from core.imports.kinds import KINDS, kind_of
from core.models import Event, Import, ImportRow, StoredFile
from tests import factories, sheets
from tests.subsidies import stages
from villages import imports
from villages.enums import StatusKind
from villages.models import Membership, Person, PersonStatus
from villages.services import persons as person_services
from villages.spreadsheets import is_this_village

pytestmark = pytest.mark.django_db

ON = "2024-06-18"
HEAD = ["姓名", "身份证号", "组", "联系电话", "人员类别", "备注"]


@pytest.fixture
def organisation(base_data):
    return factories.organisation()


@pytest.fixture
def bring(cast, by, organisation):
    """`bring([...rows])`: the clerk uploads a list with the usual header."""

    def upload(rows, *, head=HEAD, actor=None, name="名单.xlsx", change=None):
        content = rows if isinstance(rows, bytes) else sheets.xlsx([head, *rows], change=change)
        return services.upload_sheet("members", name=name, content=content, by=by(actor or cast.clerk, ON))

    return upload


@pytest.fixture
def confirm(cast, by):
    return lambda upload: services.confirm_import(upload.pk, by=by(cast.clerk, ON), version=upload.version)


@pytest.fixture
def undo(cast, by):
    return lambda upload: services.undo_import(upload.pk, by=by(cast.clerk, ON))


def numbers(count: int) -> list[str]:
    return [factories.id_number() for _ in range(count)]


@pytest.fixture
def put_on_a_batch(organisation, cast, by):
    """`put_on_a_batch("张三")`: the village draws up a batch with this member, the only one who paid."""

    def draw_up(name):
        factories.income(organisation, 2023, 300_000)
        factories.paid(Person.objects.get(name=name), 2024)
        return stages.drawn(factories.Village(organisation), cast, by)

    return draw_up


def counts(upload: Import) -> tuple[int, int, int, int, int]:
    return (
        upload.new_count,
        upload.changed_count,
        upload.unchanged_count,
        upload.faulty_count,
        upload.held_count,
    )


def faults(upload: Import) -> dict[int, list[str]]:
    rows = ImportRow.objects.filter(upload=upload).exclude(faults=[])
    return {row.row_number: [fault["code"] for fault in row.faults] for row in rows}


def test_nothing_is_written_before_the_clerk_confirms(bring):
    upload = bring([["张三", numbers(1)[0]]])

    assert upload.state == ImportState.PENDING
    assert (Person.objects.count(), Membership.objects.count()) == (0, 0)


def test_new_people_are_written_with_everything_that_follows_from_their_number(bring, confirm, organisation):
    number = factories.id_number(date(1975, 6, 5), male=False)
    upload = confirm(bring([["曾 小明", number, "2组", 13812345678, "", "在外"]]))

    member = Membership.objects.select_related("person").get()
    assert upload.state == ImportState.WRITTEN
    assert (member.organisation, member.group_name, member.phone, member.remark) == (
        organisation,
        "2组",
        "13812345678",
        "在外",
    )
    assert (member.person.name, member.person.pinyin, member.person.id_cipher) == (
        "曾小明",
        "zeng xiao ming",
        number,
    )
    assert (member.person.birth_date, member.person.sex, member.person.last4) == (
        date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}"),
        "female",
        number[-4:],
    )
    assert member.joined_on == date(2024, 6, 18)
    assert member.village_code == organisation.village_code


def test_new_changed_unchanged_faulty_and_held_rows_are_told_apart(bring, organisation):
    known, same, fresh, twice = numbers(4)
    for number, name in ((known, "王一"), (same, "王二")):
        factories.member(organisation, factories.person(name=name, number=number), group_name="1组")

    upload = bring(
        [
            ["王一", known, "2组"],
            ["王二", same, "1组"],
            ["王三", fresh, "1组"],
            ["王四", twice, "1组"],
            ["王五", twice, "2组"],
            ["王六", 500115199003071000, "1组"],
        ]
    )

    assert counts(upload) == (1, 1, 1, 1, 2)


def test_an_empty_cell_leaves_what_stands(bring, confirm, organisation):
    number = numbers(1)[0]
    member = factories.member(
        organisation, factories.person(name="王一", number=number), phone="13800000000", remark="旧"
    )

    confirm(bring([["王一", number, "3组", "", "", ""]]))

    member.refresh_from_db()
    assert (member.group_name, member.phone, member.remark, member.version) == ("3组", "13800000000", "旧", 2)


def test_a_number_on_another_villages_list_names_no_village_and_other_rows_go_on(bring, confirm):
    elsewhere, fresh = numbers(2)
    other = factories.organisation(factories.SHAXI)
    factories.member(other, factories.person(name="何长青", number=elsewhere))

    upload = bring([["何长青", elsewhere], ["张三", fresh]])
    row = selectors.shown_rows(kind_of("members"), list(selectors.rows_of(upload)))[0]

    assert row.faults[0].what == "已在其他村的成员名单上"
    assert row.faults[0].how == "请联系社保经办机构核实"
    assert "沙溪" not in str(row) and other.name not in str(
        ImportRow.objects.get(upload=upload, row_number=2).faults
    )
    confirm(upload)
    assert Membership.objects.filter(organisation=other).count() == 1
    assert Membership.objects.count() == 2


def test_a_person_who_left_another_village_is_new_here(bring, confirm, organisation):
    number = numbers(1)[0]
    gone = factories.member(
        factories.organisation(factories.SHAXI),
        factories.person(name="何长青", number=number),
        left_on=date(2023, 1, 1),
    )

    confirm(bring([["何长青", number]]))

    assert Membership.objects.get(left_on__isnull=True).organisation == organisation
    assert Person.objects.get() == gone.person


@pytest.mark.parametrize(
    ("name", "code"),
    [("李四", ["E-NAME"]), ("张喆", ["W-NAME-VARIANT"]), ("张 哲", [])],
    ids=["other", "variant", "same"],
)
def test_d10_a_known_number_under_another_name_is_refused(bring, organisation, name, code):
    number = numbers(1)[0]
    factories.member(organisation, factories.person(name="张哲", number=number))

    assert faults(bring([[name, number]])).get(2, []) == code


def test_the_name_of_a_known_person_never_changes_by_a_list(bring, confirm, organisation):
    number = numbers(1)[0]
    factories.member(organisation, factories.person(name="张哲", number=number))

    confirm(bring([["张喆", number, "5组"]]))

    assert Person.objects.get().name == "张哲"


def test_d11_d12_birth_date_and_sex_are_compared_and_do_not_stop_the_row(bring):
    number = factories.id_number(date(1975, 6, 5), male=True)
    upload = bring([["张三", number, "女", "1975-06-06"]], head=["姓名", "身份证号", "性别", "出生日期"])

    assert faults(upload) == {2: ["W-BIRTH", "W-SEX"]}
    assert upload.new_count == 1


def test_what_cannot_be_read_in_a_minor_column_is_left_out_with_a_note(bring, confirm):
    confirm(bring([["张三", numbers(1)[0], "1组", "不详的号"]]))

    assert Membership.objects.get().phone == ""
    assert faults(Import.objects.get()) == {2: ["E-PHONE"]}


def test_somebody_reported_dead_does_not_come_in_as_new(bring, organisation, cast):
    number = numbers(1)[0]
    PersonStatus.objects.create(
        person=factories.person(name="张三", number=number),
        kind=StatusKind.DEATH,
        event_on=date(2024, 1, 1),
        reported_by=cast.officer,
        reported_on=date(2024, 1, 2),
    )

    assert faults(bring([["张三", number]])) == {2: ["E-DEAD"]}


KIND_WORDS = {
    "ordinary": ("普通", "一般", "一般居民", "普通人员"),
    "destitute_supported": ("特困", "特困人员", "特困供养", "特困供养人员", "五保", "五保户"),
    "minimum_living_allowance": ("低保", "低保户", "低保对象", "最低生活保障对象"),
    "returned_or_new_poverty": ("返贫", "致贫", "返贫致贫", "返贫致贫人口"),
    "severe_disability": ("重残", "重度残疾", "重度残疾人", "重度残疾人（一、二级）"),
}


def test_d44_words_for_kinds_of_persons_become_the_rulebooks_kinds(bring, confirm):
    words = ["", *(word for words in KIND_WORDS.values() for word in words)]
    upload = bring(
        [["张三", number, "", "", word] for number, word in zip(numbers(len(words)), words, strict=True)]
    )
    assert faults(upload) == {}
    confirm(upload)

    read = list(Membership.objects.order_by("pk").values_list("person_kind", flat=True))
    assert read == ["", *(kind for kind, words in KIND_WORDS.items() for _word in words)]


@pytest.mark.parametrize("word", ["建档立卡", "监测户", "边缘户", "脱贫户", "脱贫不稳定"])
def test_d44_a_word_that_says_no_kind_is_asked_about(bring, word):
    assert faults(bring([["张三", numbers(1)[0], "", "", word]])) == {2: ["W-KIND"]}


def test_d44_words_that_are_no_kind_by_themselves_are_asked_and_unknown_ones_refused(bring):
    upload = bring([["张三", numbers(1)[0], "", "", "建档立卡"], ["李四", numbers(1)[0], "", "", "富裕户"]])

    assert faults(upload) == {2: ["W-KIND"], 3: ["E-KIND"]}
    assert counts(upload) == (1, 0, 0, 1, 0)


@pytest.mark.parametrize(
    "written", ["石门村", "石门村委会", "石门村村民委员会", "石 门 村", "晏家石门", "晏家街道石门村", "石门"]
)
def test_d36_a_villages_name_is_known_in_its_variants(written):
    assert is_this_village(written, "石门村", "晏家街道")


@pytest.mark.parametrize("written", ["沙溪村", "大石门村", "龙河镇石门村", "石门桥村"])
def test_d37_another_village_is_not_taken_for_this_one(written):
    assert not is_this_village(written, "石门村", "晏家街道")


def test_rows_that_say_another_village_are_refused(bring):
    head = ["姓名", "身份证号", "村（社区）"]

    assert faults(
        bring([["张三", numbers(1)[0], "沙溪村"], ["李四", numbers(1)[0], "石门村委会"]], head=head)
    ) == {2: ["E-OTHER-VILLAGE"]}


def test_d09_a_disability_certificate_gives_the_number_in_front_of_it(bring, confirm):
    number = numbers(1)[0]
    upload = confirm(bring([["张三", number + "41"]]))

    assert Person.objects.get().id_cipher == number
    assert faults(upload) == {2: ["W-ID-DISABILITY"]}


def test_d34_the_same_number_twice_is_held_and_no_row_of_it_is_written(bring, confirm):
    twice, once = numbers(2)
    upload = bring([["张三", twice, "1组"], ["张三", twice, "2组"], ["李四", once, "1组"]])

    assert (upload.held_count, upload.new_count) == (2, 1)
    confirm(upload)
    assert Membership.objects.get().person.name == "李四"


def test_d34_the_clerk_picks_which_of_two_rows_is_written(bring, confirm, cast, by):
    twice = numbers(1)[0]
    upload = bring([["张三", twice, "1组"], ["张三", twice, "2组"]])

    upload = services.pick_rows(upload.pk, by=by(cast.clerk, ON), picks={2: 3})
    assert (upload.new_count, upload.held_count) == (1, 1)
    confirm(upload)

    assert Membership.objects.get().group_name == "2组"


def test_a_pick_can_be_taken_back_before_confirming(bring, cast, by):
    twice = numbers(1)[0]
    upload = bring([["张三", twice, "1组"], ["张三", twice, "2组"]])
    services.pick_rows(upload.pk, by=by(cast.clerk, ON), picks={2: 3})

    upload = services.pick_rows(upload.pk, by=by(cast.clerk, ON), picks={2: None})

    assert (upload.new_count, upload.held_count) == (0, 2)


def test_a_proposed_number_is_taken_only_when_the_clerk_says_so(bring, confirm, cast, by):
    number = factories.id_number(date(1975, 6, 5))
    upload = bring([["张三", number[:6] + number[8:17]], ["李四", number[:-1] + "?"]])
    assert upload.new_count == 0

    upload = services.mend_rows(upload.pk, by=by(cast.clerk, ON), row_numbers=[2])
    confirm(upload)

    assert Person.objects.get().id_cipher == number


def test_mending_all_rows_may_turn_two_into_duplicates(bring, cast, by):
    number = factories.id_number(date(1975, 6, 5))
    upload = bring([["张三", number[:6] + number[8:17]], ["张三", number]])

    upload = services.mend_rows(upload.pk, by=by(cast.clerk, ON))

    assert (upload.new_count, upload.held_count) == (0, 2)


def test_a_death_behind_a_name_is_not_mended_among_many(bring, cast, by):
    number = factories.id_number(date(1975, 6, 5))
    rows = [["陈建国（已故）", numbers(1)[0]], ["张三", number[:6] + number[8:17]]]
    upload = bring(rows)

    upload = services.mend_rows(upload.pk, by=by(cast.clerk, ON))
    assert (upload.new_count, upload.faulty_count) == (1, 1)

    upload = services.mend_rows(upload.pk, by=by(cast.clerk, ON), row_numbers=[2])
    assert upload.new_count == 2


def test_confirming_what_was_not_seen_is_refused(bring, cast, by):
    twice = numbers(1)[0]
    upload = bring([["张三", twice, "1组"], ["张三", twice, "2组"], ["李四", numbers(1)[0]]])
    services.pick_rows(upload.pk, by=by(cast.clerk, ON), picks={2: 2})

    with pytest.raises(TransitionNotAllowed):
        services.confirm_import(upload.pk, by=by(cast.clerk, ON), version=upload.version)

    assert Membership.objects.count() == 0


def test_confirming_after_the_list_has_changed_writes_nothing_until_it_is_judged_again(
    bring, confirm, cast, by, organisation
):
    known, fresh = numbers(2)
    member = factories.member(organisation, factories.person(name="王一", number=known), group_name="1组")
    upload = bring([["王一", known, "2组"], ["张三", fresh]])
    person_services.change_member(member.pk, by=by(cast.clerk, ON), group_name="7组")

    with pytest.raises(TransitionNotAllowed, match="重新核对"):
        confirm(upload)
    assert Membership.objects.count() == 1

    confirm(services.recheck_import(upload.pk, by=by(cast.clerk, ON)))
    member.refresh_from_db()
    assert member.group_name == "2组"
    assert Membership.objects.count() == 2


def test_an_import_is_written_once(bring, confirm):
    upload = bring([["张三", numbers(1)[0]]])
    confirm(upload)

    with pytest.raises(TransitionNotAllowed, match="已写入"):
        confirm(upload)

    assert Membership.objects.count() == 1


def test_an_import_given_up_is_never_written(bring, confirm, cast, by):
    upload = bring([["张三", numbers(1)[0]]])
    services.discard_import(upload.pk, by=by(cast.clerk, ON))

    with pytest.raises(TransitionNotAllowed):
        confirm(upload)

    assert (Membership.objects.count(), ImportRow.objects.count()) == (0, 0)


def test_confirming_nothing_is_refused(bring, confirm, organisation):
    number = numbers(1)[0]
    factories.member(organisation, factories.person(name="王一", number=number), group_name="1组")

    with pytest.raises(RuleViolation, match="没有可以写入的行"):
        confirm(bring([["王一", number, "1组"]]))


def test_a_second_import_of_the_same_list_changes_nothing_and_tells_of_the_first(bring, confirm):
    content = sheets.xlsx([HEAD, ["张三", numbers(1)[0], "1组"]])
    first = confirm(bring(content))

    second = bring(content)

    assert counts(second) == (0, 0, 1, 0, 0)
    assert selectors.earlier_import(second) == first
    assert selectors.earlier_import(first) is None


def test_undo_takes_back_what_was_new_and_restores_what_was_changed(bring, confirm, undo, organisation):
    known, fresh = numbers(2)
    member = factories.member(
        organisation,
        factories.person(name="王一", number=known),
        group_name="1组",
        phone="13800000000",
        remark="旧",
    )
    upload = confirm(bring([["王一", known, "2组", "13900000000", "", "新"], ["张三", fresh]]))

    upload = undo(upload)

    member.refresh_from_db()
    assert (upload.state, upload.undone_count) == (ImportState.UNDONE, 2)
    assert (member.group_name, member.phone, member.remark) == ("1组", "13800000000", "旧")
    assert [person.name for person in Person.objects.all()] == ["王一"]


def test_undo_leaves_a_person_whom_something_else_knows(bring, confirm, undo, organisation):
    number = numbers(1)[0]
    upload = confirm(bring([["张三", number]]))
    factories.paid(Person.objects.get(), 2024)

    undo(upload)

    assert (Membership.objects.count(), Person.objects.count()) == (0, 1)


def test_undo_is_refused_row_by_row_where_a_row_has_since_changed(bring, confirm, undo, cast, by):
    first, second = numbers(2)
    upload = confirm(bring([["张三", first, "1组"], ["李四", second, "1组"]]))
    changed = Membership.objects.get(person__name="张三")
    person_services.change_member(changed.pk, by=by(cast.clerk, ON), group_name="9组")

    preview = services.preview_undo(upload, by=by(cast.clerk, ON))
    assert (preview.removed_count, preview.restored_count, preview.refused) == (1, 0, {2: "导入以后又改过"})
    undo(upload)

    assert Membership.objects.get() == changed
    row = ImportRow.objects.get(upload=upload, row_number=2)
    assert (row.is_undone, row.undo_refusal) == (False, "导入以后又改过")


def test_undo_is_refused_where_something_rests_on_the_row(bring, confirm, undo, put_on_a_batch):
    first, second = numbers(2)
    upload = confirm(bring([["张三", first], ["李四", second]]))
    put_on_a_batch("张三")

    undo(upload)

    assert [m.person.name for m in Membership.objects.all()] == ["张三"]
    assert ImportRow.objects.get(upload=upload, row_number=2).undo_refusal == "已用在“补助人员”里"


def test_undo_of_nothing_at_all_is_refused_with_the_reasons(bring, confirm, undo, put_on_a_batch):
    upload = confirm(bring([["张三", numbers(1)[0]]]))
    put_on_a_batch("张三")

    with pytest.raises(RuleViolation, match="没有一行可以撤销。第2行：已用在“补助人员”里"):
        undo(upload)

    upload.refresh_from_db()
    assert upload.state == ImportState.WRITTEN


def test_undo_is_refused_after_its_days(bring, confirm, undo, settings):
    upload = confirm(bring([["张三", numbers(1)[0]]]))
    Import.objects.filter(pk=upload.pk).update(
        confirmed_at=timezone.now() - timedelta(days=settings.UNDO_DAYS, minutes=1)
    )

    with pytest.raises(RuleViolation, match="超过30天"):
        undo(upload)


def test_undone_people_can_be_brought_in_again(bring, confirm, undo):
    content = sheets.xlsx([HEAD, ["张三", numbers(1)[0], "1组"]])
    undo(confirm(bring(content)))

    confirm(bring(content))

    assert Membership.objects.count() == 1


def test_a_file_that_cannot_be_read_leaves_nothing_but_the_attempt(bring):
    upload = bring(b"%PDF-1.7")

    assert (upload.state, upload.refusal) == (
        ImportState.REFUSED,
        "这不是表格文件，请上传xlsx、xls或CSV格式的表格。",
    )
    assert (StoredFile.objects.count(), ImportRow.objects.count()) == (0, 0)
    assert Event.objects.get().act == "import.members.upload"


def test_a_sheet_without_header_keeps_the_first_rows_for_the_clerk_to_see(bring):
    upload = bring([["2024-01-01", "收入", 5]], head=["日期", "摘要", "金额"])

    assert upload.state == ImportState.REFUSED
    assert upload.first_rows == [["日期", "摘要", "金额"], ["2024-01-01", "收入", "5"]]


def test_a_header_without_people_below_is_refused(bring):
    assert bring([["合计", "", ""]]).refusal == "表头下面没有人员，请填写后再上传。"


def test_d30_the_sheet_that_looks_like_a_list_is_chosen_and_others_are_told(bring, cast, by):
    first, second = numbers(2)

    def more_sheets(book, sheet):
        book.create_sheet("汇总", 0).append(["村", "人数"])
        other = book.create_sheet("2023")
        other.append(HEAD)
        other.append(["李四", second])
        book.create_sheet("底稿").sheet_state = "hidden"

    upload = bring([["张三", first]], change=more_sheets)
    assert (upload.sheet_name, upload.params["other_sheets"]) == ("名单", ["2023"])
    assert {"W-SHEETS", "W-HIDDEN-SHEETS"} <= {remark["code"] for remark in upload.remarks}

    upload = services.read_other_sheet(upload.pk, by=by(cast.clerk, ON), sheet_name="2023")
    assert upload.sheet_name == "2023"
    assert ImportRow.objects.get(upload=upload).content["values"]["name"] == "李四"


def test_d29_d40_hidden_rows_and_coloured_rows_are_read_and_told(bring):
    people = [[f"张{c}", n] for c, n in zip("一二三四五", numbers(5), strict=True)]

    def spoil(book, sheet):
        sheet.row_dimensions[3].hidden = True
        sheet["A4"].fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF0000")

    upload = bring(people, change=spoil)
    told = {remark["code"]: remark["sentence"] for remark in upload.remarks}

    assert upload.new_count == 5
    assert "第3行" in told["W-HIDDEN-ROWS"]
    assert "第4行" in told["W-COLOURS"]


@pytest.mark.parametrize(
    "make", [sheets.xlsx, sheets.xls, sheets.csv, sheets.html], ids=["xlsx", "xls", "csv", "html"]
)
def test_d31_every_kind_of_file_gives_the_same_rows(bring, make):
    first, second = numbers(2)
    upload = bring(
        make([["石门村名单"], HEAD, ["张三", first, "1组"], ["李四", second, "2组"], ["制表人：李国珍"]])
    )

    assert (upload.header_row, upload.new_count) == (2, 2)


def test_no_row_keeps_an_identity_number_in_plain_text(bring):
    number = factories.id_number()
    upload = bring([["张三", number], ["李四", number[:-1] + "?"], ["王五", number]])

    with connection.cursor() as cursor:
        cursor.execute("SELECT content, faults, before FROM core_importrow WHERE upload_id = %s", [upload.pk])
        stored = str(cursor.fetchall())
    assert number[6:14] not in stored
    assert "张三" not in stored
    assert number not in str(list(Event.objects.values()))


def test_a_fault_shows_what_the_cell_says_with_its_number_masked(bring):
    number = factories.id_number()
    upload = bring([["张三", number[:-1] + ("1" if number[-1] != "1" else "2")]])
    fault = selectors.shown_rows(kind_of("members"), list(selectors.rows_of(upload)))[0].faults[0]

    assert (fault.cell, fault.what) == ("B2", "末位校验不符")
    assert fault.written.startswith("*" * 14) and len(fault.written) == 18


def test_the_annotated_sheet_says_cell_by_cell_what_is_wrong(bring):
    first, second = numbers(2)
    upload = bring([["张三", first], ["李四", first], ["王五", 500115199003071000], ["赵六", second]])

    content, name = annotated_sheet(upload)
    rows = sheets.cells_of(content)
    assert name == "名单_批注.xlsx"
    assert rows[3][-2:] == ["身份证号码存成了数值，后几位已经丢失", "把B列设为“文本”格式，重新填18位号码"]
    assert rows[4][-2:] == [None, None]

    faulty = sheets.cells_of(annotated_sheet(upload, only_faulty=True)[0])
    assert [row[0] for row in faulty] == ["姓名", "张三", "李四", "王五"]


def test_the_faulty_rows_mended_come_in_as_a_second_import(bring, confirm):
    first, second = numbers(2)
    upload = confirm(bring([["张三", first], ["李四", second[:-1] + "?"]]))
    content, _name = annotated_sheet(upload, only_faulty=True)
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.active["B2"] = second
    buffer = io.BytesIO()
    book.save(buffer)

    confirm(bring(buffer.getvalue()))

    assert Membership.objects.count() == 2


def test_only_the_clerk_of_the_village_may_bring_a_list_in(bring, cast, confirm, by):
    upload = bring([["张三", numbers(1)[0]]])

    for outsider in (cast.officer, cast.tax, cast.township, cast.auditor):
        with pytest.raises(ActorNotPermitted):
            services.confirm_import(upload.pk, by=by(outsider, ON))
    with pytest.raises(NotInArea):
        services.confirm_import(upload.pk, by=by(cast.stranger, ON))
    with pytest.raises(NotInArea):
        selectors.import_of(cast.stranger, upload.pk)
    with pytest.raises(NotInArea):
        services.confirm_import(10**6, by=by(cast.clerk, ON))


def test_a_village_without_a_registered_organisation_is_told_so(cast, by):
    with pytest.raises(InvalidInput, match="还没有登记集体经济组织"):
        services.upload_sheet("members", name="x.csv", content=b"x", by=by(cast.stranger, ON))


def test_an_unknown_kind_of_sheet_reads_like_nothing(cast, by):
    with pytest.raises(NotInArea):
        services.upload_sheet("nonsense", name="x.csv", content=b"x", by=by(cast.clerk, ON))


def test_the_same_kind_cannot_be_registered_twice():
    from core.imports.kinds import register_import_kind

    with pytest.raises(TypeError):
        register_import_kind(KINDS["members"])


def _statements(act):
    """Statements other than inserts, which SQLite takes in portions of 999 values."""
    with CaptureQueriesContext(connection) as caught:
        upload = act()
    return upload, sum(1 for query in caught if not query["sql"].startswith("INSERT"))


def _statements_of(count, bring, confirm, undo):
    rows = [["张三", number, "1组"] for number in numbers(count)]
    upload, uploading = _statements(lambda: bring(rows))
    upload, confirming = _statements(lambda: confirm(upload))
    upload, undoing = _statements(lambda: undo(upload))
    return uploading, confirming, undoing


def test_an_import_takes_as_many_statements_for_five_rows_as_for_two_hundred(bring, confirm, undo):
    _statements_of(1, bring, confirm, undo)

    assert _statements_of(5, bring, confirm, undo) == _statements_of(200, bring, confirm, undo)


def test_two_thousand_rows_are_judged_in_two_seconds(bring, organisation):
    rows = [["张三", number, "1组", 13812345678, "普通", ""] for number in numbers(2000)]
    content = sheets.xlsx([HEAD, *rows])
    started = timezone.now()

    upload = bring(content)

    assert upload.new_count == 2000
    assert timezone.now() - started < timedelta(seconds=6), "three times the goal: test machines are shared"


def test_rows_are_forgotten_after_their_time_and_the_import_stays(bring, confirm, settings):
    upload = confirm(bring([["张三", numbers(1)[0]]]))
    late = timezone.now() - timedelta(days=settings.UNDO_DAYS + 1)
    Import.objects.filter(pk=upload.pk).update(confirmed_at=late)

    assert services.forget_old_rows() == 1

    assert Import.objects.filter(pk=upload.pk).exists()
    assert Membership.objects.count() == 1


def test_each_act_is_an_event_with_its_figures(bring, confirm, undo):
    undo(confirm(bring([["张三", numbers(1)[0]], ["李四", ""]])))

    acts = list(Event.objects.order_by("id").values_list("act", "from_state", "to_state", "rows_count"))
    assert acts == [
        ("import.members.upload", "", "pending", 2),
        ("import.members.confirm", "pending", "written", 1),
        ("import.members.undo", "written", "undone", 1),
    ]


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_two_villages_bringing_the_same_new_person_in_at_once_get_him_once(cast, by, monkeypatch):
    factories.organisation(factories.SHIMEN)
    factories.organisation(factories.SHAXI)
    content = sheets.xlsx([HEAD, ["张三", numbers(1)[0], "1组"]])
    uploads = [
        (actor, services.upload_sheet("members", name="x.xlsx", content=content, by=by(actor, ON)))
        for actor in (cast.clerk, cast.stranger)
    ]
    both_judged = threading.Barrier(2, timeout=10)
    make_persons = imports._make_persons
    monkeypatch.setattr(imports, "_make_persons", lambda rows: (both_judged.wait(), make_persons(rows))[1])
    outcomes: list[str] = []

    def confirm(actor, upload):
        try:
            services.confirm_import(upload.pk, by=by(actor, ON))
            outcomes.append("written")
        except TransitionNotAllowed:
            outcomes.append("overtaken")
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=pair) for pair in uploads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["overtaken", "written"]
    assert (Person.objects.count(), Membership.objects.count()) == (1, 1)
