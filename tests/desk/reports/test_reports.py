"""The reports R1–R8 with the worked examples of the catalogue; every figure equals the rows behind it."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.access import Area
from core.errors import ActorNotPermitted, NotInArea
from desk.reports import selectors
from desk.reports.catalogue import REPORTS
from desk.reports.scope import Ask, Scope
from ledger.models import CapUse
from subsidies.enums import Verdict
from subsidies.models import Line, PaymentNotice
from subsidies.rules.refunds import RefundRequest
from subsidies.services import verification
from subsidies.services.attachments import Paper
from subsidies.services.refunds import approve_refund, ask_refund, record_refund_paid, verify_refund
from subsidies.services.verification import Decision
from tests import factories
from tests.desk.posted import posted as posted_rows
from tests.desk.posted import registered, villages
from tests.desk.reports import made as m
from tests.subsidies.stages import PDF
from villages.models import Region

pytestmark = pytest.mark.django_db


@pytest.fixture
def shaxi(cast):
    """A second village with eight members."""
    return factories.make_village(factories.SHAXI, members=8)


@pytest.fixture
def two_villages(cast, village, shaxi):
    """石门村 posted and told but for four, 沙溪村 noticed and not paid."""
    first = m.posted(cast, village)
    m.year_of(cast, village).inform(first, date(2024, 7, 1), told=26)
    acts = m.year_of(cast, shaxi, clerk=cast.stranger)
    second = m.batch_of(acts, source_yuan=50_000)
    acts.submit(second, date(2024, 6, 20))
    acts.verify(second, date(2024, 6, 24))
    acts.confirm(second, date(2024, 6, 25))
    return first, second


def refunded(cast, by, line, *, on="2024-09-10"):
    evidence = [Paper("evidence", "证明.pdf", PDF, is_sealed=True)]
    request = RefundRequest("WRONG_PERSON", date(2024, 6, 20))
    refund = ask_refund(line.pk, by=by(cast.clerk, on), request=request, papers=evidence)
    verify_refund(refund.pk, by=by(cast.officer, on))
    approve_refund(refund.pk, by=by(cast.reviewer, on))
    return record_refund_paid(refund.pk, by=by(cast.tax, on), voucher="T-1")


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.code)
def test_every_figure_is_made_of_the_rows_behind_it(cast, by, two_villages, report):
    refunded(cast, by, Line.objects.filter(application=two_villages[0]).first())
    for fold in report.folds:
        made = m.report(cast.auditor, report.code, fold=fold)
        may_see = [one for one in report.details.values() if selectors.may_open(cast.auditor, one)]
        assert len(may_see) == len(report.details)
        assert m.figures_that_differ(cast.auditor, made) == []


@pytest.mark.rule("CS-05")
def test_a_town_where_no_organisation_is_registered_yet_is_missing_as_well(cast):
    shimen = registered([Region.objects.get(code=factories.SHIMEN)])
    posted_rows(shimen, cast.officer, year=2024, on=date(2024, 11, 5))

    made = m.report(cast.district, "R1", on=date(2024, 12, 31))

    assert len(made.table.rows) == 19
    assert [row.label for row in made.table.rows if row.cells["in_time"]] == ["晏家街道"]
    goal = made.report.remarks(made.scope, made.table)[0]
    assert "现有1个（5.26%）" in goal.sentence and "葛兰镇" in goal.sentence
    by_village = m.report(cast.district, "R1", on=date(2024, 12, 31), fold="village")
    assert len(by_village.table.rows) == 1


@pytest.mark.rule("CS-05")
def test_coverage_names_the_towns_without_a_village(cast):
    towns = Region.objects.filter(level="township", parent_id=factories.COUNTY).order_by("code")
    firsts = [Region.objects.filter(parent=t, level="village").order_by("code")[0] for t in towns]
    missing = {"但渡镇", "万顺镇"}
    organisations = registered(firsts)
    begun = [one for one in organisations if one.region.parent.short_name not in missing]
    posted_rows(begun, cast.officer, year=2024, on=date(2024, 11, 5))

    made = m.report(cast.officer, "R1")

    rows = m.rows_by_label(made)
    assert (made.table.totals["registered"], made.table.totals["begun"]) == (19, 17)
    assert {name for name, row in rows.items() if not row.cells["begun"]} == missing
    assert rows["但渡镇"].cells["standing"] == "还没有村"
    sentence = made.report.remarks(made.scope, made.table)[0].sentence
    assert "17个（89.47%）" in sentence and "但渡镇、万顺镇" in sentence


@pytest.mark.rule("CS-19")
def test_coverage_needs_23_of_221(cast):
    organisations = registered(villages(221))
    posted_rows(organisations[:22], cast.officer, year=2024, on=date(2024, 11, 5))

    made = m.report(cast.officer, "R1")

    remarks = [one.sentence for one in made.report.remarks(made.scope, made.table)]
    assert "2024年要有10%的组织开展，需23个，现有22个，差1个。" in remarks


@pytest.mark.rule("CS-02")
def test_the_ledger_shows_how_much_of_the_income_a_plan_takes(cast):
    village = factories.make_village(members=210, yuan=1_000)
    m.batch_of(m.year_of(cast, village), yuan=1_000, source_yuan=210_000)

    made = m.report(cast.officer, "R2")

    row = m.rows_by_label(made)["石门村"]
    assert (row.cells["planned_fen"], row.cells["income_fen"]) == (210_000_00, 300_000_00)
    assert row.cells["share"] == 700_000
    assert made.report.remarks(made.scope, made.table) == []
    # Of 240,000 it is 87.5 %, above the rulebook's line of 80 %.
    factories.income(village.organisation, 2023, 240_000)
    made = m.report(cast.officer, "R2")
    assert made.table.rows[0].cells["share"] == 875_000
    (remark,) = made.report.remarks(made.scope, made.table)
    assert "石门村的方案超过可支配收益的80%" in remark.sentence and "长寿府办发" in remark.clause


@pytest.mark.rule("CS-31")
@pytest.mark.rule("JN-08")
def test_the_ledger_goes_from_the_money_set_aside_to_what_remains(cast, by, two_villages):
    refunded(cast, by, Line.objects.filter(application=two_villages[0]).first())

    made = m.report(cast.officer, "R2")

    rows = m.rows_by_label(made)
    shimen, shaxi = rows["石门村"].cells, rows["沙溪村"].cells
    assert (shimen["granted_fen"], shimen["remitted_fen"], shimen["posted_fen"]) == (6_000_00,) * 3
    assert (shimen["posted_n"], shimen["refunded_fen"]) == (30, 200_00)
    # 100,000 set aside − 6,000 paid + 200 back in the village's hands.
    assert shimen["balance_fen"] == 94_200_00
    assert (shaxi["granted_fen"], shaxi["remitted_fen"], shaxi["posted_n"]) == (1_600_00, 0, 0)
    assert made.table.totals["granted_fen"] == 7_600_00


@pytest.mark.rule("CS-29")
def test_verification_counts_who_passed_and_each_reason(cast, by):
    village = factories.make_village(members=119)
    acts = m.year_of(cast, village)
    batch = m.batch_of(acts)
    acts.submit(batch, date(2024, 6, 20))
    lines = list(Line.objects.filter(application=batch).order_by("position").values_list("pk", flat=True))
    decisions = [
        Decision(Verdict.REFUSE, lines[:3], reason_code="E-UNPAID"),
        Decision(Verdict.REFUSE, lines[3:4], reason_code="E-NAME"),
        Decision(Verdict.PASS, lines[4:]),
    ]
    verification.decide_lines(batch.pk, by=by(cast.officer, "2024-06-24"), decisions=decisions)
    verification.verify_application(batch.pk, by=by(cast.officer, "2024-06-24"))

    made = m.report(cast.officer, "R3")

    counts = {row.key: row.cells["people"] for row in made.table.rows}
    assert counts == {"PASS": 115, "E-UNPAID": 3, "E-NAME": 1}
    totals = made.table.totals
    assert (totals["people"], totals["passed"], totals["passed_fen"]) == (119, 115, 23_000_00)
    assert m.figures_that_differ(cast.officer, made) == []


@pytest.mark.rule("CS-17")
def test_feedback_three_days_after_the_deadline_is_late_by_three_days(cast):
    village = factories.make_village(members=120)
    acts = m.year_of(cast, village)
    batch = m.batch_of(acts)
    acts.submit(batch, date(2024, 6, 20))
    acts.verify(batch, date(2024, 6, 21))
    notice = acts.confirm(batch, date(2024, 6, 22))
    assert notice.amount_fen == 24_000_00
    due, late = date(2024, 6, 25), date(2024, 6, 28)
    PaymentNotice.objects.update(due_on=due)

    # In time nothing is said; after the deadline it grows by the day until the money is in.
    assert m.report(cast.tax, "R4", on=due).table.totals["late"] == 0
    assert m.report(cast.tax, "R4", on=date(2024, 6, 27)).table.rows[0].cells["late_days"] == 2
    acts.remit(notice, late, voucher="V-1")
    made = m.report(cast.tax, "R4")

    (row,) = made.table.rows
    assert (row.label, row.cells["late_days"], row.cells["gap_fen"]) == (notice.number, 3, 0)
    (remark,) = made.report.remarks(made.scope, made.table)
    assert "已逾期3天" in remark.sentence and remark.clause


@pytest.mark.rule("CS-30")
def test_what_the_tax_office_did_not_return_stands_beside_the_notice(cast, village):
    acts = m.year_of(cast, village)
    batch = m.batch_of(acts)
    acts.submit(batch, date(2024, 6, 20))
    acts.verify(batch, date(2024, 6, 21))
    notice = acts.confirm(batch, date(2024, 6, 22))
    acts.remit(notice, date(2024, 6, 28), voucher="V-1", leave_out=1)

    cells = m.report(cast.tax, "R4").table.rows[0].cells

    assert (cells["received_n"], cells["received_fen"]) == (29, 5_800_00)
    assert (cells["gap_fen"], cells["open_cases"], cells["late"]) == (200_00, 1, 1)


@pytest.mark.rule("CS-33")
def test_who_was_not_told_in_time_is_named_for_a_reminder(cast, two_villages):
    day_before, day_after = date(2024, 7, 16), date(2024, 7, 17)

    assert m.report(cast.officer, "R5", on=day_before).table.totals["overdue"] == 0
    made = m.report(cast.officer, "R5", on=day_after)

    totals = made.table.totals
    assert (totals["posted"], totals["told"], totals["untold"], totals["overdue"]) == (30, 26, 4, 4)
    (remark,) = made.report.remarks(made.scope, made.table)
    assert "4人超过15天还没有告知本人：石门村" in remark.sentence
    # The clerk reads his own village's, name by name.
    found = selectors.drilled(cast.clerk, "R5", "overdue", Ask(year=2024), on=day_after)
    assert {line.person.name for line in found.rows} <= {person.name for person in village_persons()}


def village_persons():
    return [line.person for line in Line.objects.select_related("person")]


@pytest.mark.rule("CS-34")
def test_refunds_are_counted_by_their_reason(cast, by, two_villages):
    refunded(cast, by, Line.objects.filter(application=two_villages[0]).first())

    made = m.report(cast.officer, "R6")

    (row,) = made.table.rows
    assert (row.key, row.label) == ("WRONG_PERSON", "错收")
    assert (row.cells["asked_n"], row.cells["back_n"], row.cells["back_fen"]) == (1, 1, 200_00)
    # Before it was paid back it was asked for only.
    before = m.report(cast.officer, "R6", on=date(2024, 9, 9))
    assert before.table.rows == []


@pytest.mark.rule("CS-09")
def test_the_cap_shows_who_has_less_left_than_the_lowest_tier(cast, two_villages):
    persons = list(CapUse.objects.order_by("person_id"))
    CapUse.objects.filter(pk=persons[0].pk).update(limit_fen=200_00)
    CapUse.objects.filter(pk=persons[1].pk).update(limit_fen=250_00)

    made = m.report(cast.officer, "R8")

    cells = m.rows_by_label(made)["石门村"].cells
    assert (cells["people"], cells["at_cap"], cells["near_cap"]) == (30, 1, 1)
    assert (cells["own"], cells["used"]) == (6_000_00, 6_000_00)
    assert m.figures_that_differ(cast.officer, made) == []


def test_a_village_reads_its_own_row_and_a_town_its_villages(cast, two_villages):
    own = m.report(cast.clerk, "R2")
    assert [row.label for row in own.table.rows] == ["石门村"]
    assert own.table.totals["granted_fen"] == 6_000_00
    both = m.report(cast.township, "R2")
    assert {row.label for row in both.table.rows} == {"石门村", "沙溪村"}
    assert m.report(cast.foreign_officer, "R2").table.rows == []
    foreign = Ask(year=2024, village=factories.SHIMEN)
    assert selectors.drilled(cast.stranger, "R2", "posted_fen", foreign, on=m.YEAR_END).count == 0


def test_who_may_not_read_a_report_or_its_persons_is_refused(cast, two_villages):
    with pytest.raises(ActorNotPermitted):
        m.report(cast.tax, "R2")
    with pytest.raises(ActorNotPermitted):
        m.report(cast.clerk, "R1")
    with pytest.raises(NotInArea):
        m.report(cast.officer, "R99")
    # Agriculture sees the sums and not whose they are.
    m.report(cast.agriculture, "R2")
    with pytest.raises(ActorNotPermitted):
        selectors.drilled(cast.agriculture, "R2", "posted_fen", Ask(year=2024), on=m.YEAR_END)


def test_each_role_finds_its_reports(cast):
    def codes(user):
        return [report.code for report in selectors.reports_for(user)]

    assert "R4" in codes(cast.tax) and "R2" not in codes(cast.tax)
    assert "R7" in codes(cast.finance) and "R3" not in codes(cast.finance)
    assert {"R2", "R5", "R6", "R8"} <= set(codes(cast.clerk)) and "R1" not in codes(cast.clerk)
    assert codes(cast.officer) == [report.code for report in REPORTS]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.code)
def test_the_workbook_opens_again_with_the_totals_of_the_page(cast, page, two_villages, report):
    made = m.report(cast.auditor, report.code)

    answer = page(cast.auditor, on="2024-12-31").get(f"/reports/{report.code}/?year=2024&export=xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    text = "\n".join(str(cell) for row in rows for cell in row if cell)
    for words in (
        "地区：长寿区",
        "险种：城乡居民基本养老保险",
        "补助年度：2024年",
        "制表人：auditor",
        "数据来源：",
    ):
        assert words in text
    head = next(i for i, row in enumerate(rows) if made.table.columns[0].label in row)
    total = next(row for row in rows if row[0] == "合计")
    assert len([row for row in rows[head + 1 : rows.index(total)] if row[0]]) == len(made.table.rows)
    for column in made.table.columns:
        shown, expected = total[rows[head].index(column.label)], made.table.totals[column.key]
        if column.kind == "amount":
            assert round((shown or 0) * 100) == (expected or 0), column.label
        elif column.kind == "count" and column.is_summed:
            assert (shown or 0) == expected, column.label


def test_pages_of_every_report_open_filter_sort_and_print(cast, page, two_villages):
    client = page(cast.auditor, on="2024-12-31")
    assert "补助台账" in client.get("/reports/?year=2024").content.decode()
    for report in REPORTS:
        for query in ("", "&by=town", "&sort=-fen", "&q=石门", "&town=500115002000", "&print=1", "&page=9"):
            answer = client.get(f"/reports/{report.code}/?year=2024{query}")
            assert answer.status_code == 200, (report.code, query)
        for column in report.columns(m.report(cast.auditor, report.code).scope):
            if column.of:
                url = f"/reports/{report.code}/rows/?year=2024&of={column.key}"
                assert client.get(url).status_code == 200
                assert client.get(f"{url}&export=xlsx").status_code == 200


def test_a_figure_of_the_page_leads_to_its_rows(cast, page, two_villages):
    client = page(cast.officer, on="2024-12-31")
    shown = client.get("/reports/R2/?year=2024").content.decode()
    assert "石门村" in shown and "6,000.00" in shown
    url = f"/reports/R2/rows/?of=posted_fen&amp;year=2024&amp;village={factories.SHIMEN}"
    assert url in shown
    rows = client.get(url.replace("&amp;", "&")).content.decode()
    assert "30人" in rows and "6,000.00" in rows


def test_a_sum_over_notices_leads_to_the_notices_of_its_village(cast, page, two_villages):
    client = page(cast.officer, on="2024-12-31")
    shown = client.get("/reports/R4/?year=2024&by=village").content.decode()
    url = f"/reports/R4/?by=case&amp;year=2024&amp;village={factories.SHAXI}"
    assert url in shown
    cases = client.get(url.replace("&amp;", "&")).content.decode()
    assert "沙溪村" in cases and "1,600.00" in cases and "6,000.00" not in cases


def test_the_api_answers_with_the_same_figures(cast, api, two_villages):
    client = api(cast.officer)
    assert {row["code"] for row in client.get("/api/reports/").json()} >= {"R1", "R2", "R8"}

    answer = client.get("/api/reports/R2/?year=2024&on=2024-12-31").json()

    made = m.report(cast.officer, "R2")
    assert answer["totals"] == {c.key: made.table.totals[c.key] for c in made.table.columns}
    assert [row["label"] for row in answer["rows"]] == [row.label for row in made.table.rows]
    place = answer["rows"][0]["place"]["village"]
    rows = client.get(f"/api/reports/R2/rows/?year=2024&on=2024-12-31&of=posted_fen&village={place}").json()
    assert rows["figure"] == answer["rows"][0]["cells"]["posted_fen"]
    assert client.get("/api/reports/R2/?year=20x4").status_code == 400
    assert client.get("/api/reports/R99/").status_code == 404


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.code)
def test_a_report_costs_as_many_statements_for_six_villages_as_for_two(cast, report):
    organisations = registered(villages(6))
    posted_rows(organisations[:2], cast.officer, year=2024, on=date(2024, 11, 5))

    def statements():
        with CaptureQueriesContext(connection) as caught:
            made = m.report(cast.auditor, report.code)
            if report.remarks:
                report.remarks(made.scope, made.table)
        return len(caught), len(made.table.rows)

    statements()
    two, rows_of_two = statements()
    posted_rows(organisations[2:], cast.officer, year=2024, on=date(2024, 11, 5))
    six, rows_of_six = statements()
    assert six == two
    assert rows_of_six >= rows_of_two


def test_a_year_that_no_plan_can_be_of_fails_nowhere(cast, village, page, api):
    """The page reads it as the year of the working date, the API says that it is none."""
    client, told = page(cast.officer, on="2024-12-31"), api(cast.officer)
    for url in (f"/{part}{report.code}/" for report in REPORTS for part in ("reports/", "api/reports/")):
        for year in ("0000", "9999"):
            answer = (told if "api" in url else client).get(url, {"year": year})
            assert answer.status_code == (400 if "api" in url else 200), (url, year)
    assert told.get(f"/api/reports/{REPORTS[0].code}/", {"on": "9999-12-31"}).status_code == 400


@pytest.mark.parametrize("key", ["x", "9" * 30, "٣" * 30])
def test_a_key_that_no_row_has_leads_to_no_rows(cast, village, page, api, key):
    scope = Scope(Area(factories.COUNTY), Ask(year=2024), date(2024, 12, 31))
    client, told = page(cast.officer, on="2024-12-31"), api(cast.officer)
    for report in REPORTS:
        for column in report.columns(scope):
            asked = {"year": "2024", "key": key, "of": column.key}
            answer = told.get(f"/api/reports/{report.code}/rows/", asked)
            assert answer.status_code in (200, 404), (report.code, column.key)
        assert client.get(f"/reports/{report.code}/rows/", {"year": "2024", "key": key}).status_code < 500
