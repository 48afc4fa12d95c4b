"""R10 filings and suspensions, R15 baseline, R16 year on year, with the worked examples of the catalogue."""

from __future__ import annotations

from datetime import date

import pytest

from desk.reports.yearly import account_share, average_fen, rounded_percent
from ledger.enums import AccountKind, Source
from ledger.models import Account, Transfer
from subsidies.models import Line, Suspension
from tests import factories
from tests.desk.posted import posted as posted_rows
from tests.desk.posted import registered, villages
from tests.desk.reports import made as m
from tests.subsidies import ningxia

pytestmark = pytest.mark.django_db
YUTAI = "370827000000"


@pytest.fixture
def nx(base_data):
    return factories.make_ningxia_cast()


@pytest.fixture
def yuanlong(nx):
    return factories.make_ningxia_village(years=(2024, 2025))


@pytest.mark.rule("NX-17")
def test_filings_show_the_days_taken_and_what_silence_filed(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)
    ningxia.acknowledge(plan, nx, town="2024-08-28", county_hr="2024-09-02")

    waiting = m.report(nx.officer, "R10", on=date(2024, 9, 3))
    rows = {row.key: row.cells for row in waiting.table.rows}
    town, agriculture = rows["town"], rows["county_agriculture"]
    assert (town["days"], town["filed"], town["standing"]) == (1, 1, "已备案")
    assert (agriculture["waiting"], agriculture["standing"]) == (1, "待备案")
    # Five working days from 27 August end on 3 September; the day after, silence has filed it.
    silent = m.report(nx.officer, "R10", on=date(2024, 9, 4))
    rows = {row.key: row.cells for row in silent.table.rows}
    agriculture = rows["county_agriculture"]
    assert (agriculture["silent"], agriculture["days"], agriculture["standing"]) == (1, 8, "视同备案")
    totals = silent.table.totals
    assert (totals["filings"], totals["filed"], totals["silent"]) == (3, 3, 1)
    assert m.figures_that_differ(nx.officer, silent, on=date(2024, 9, 4)) == []
    (remark,) = silent.report.remarks(silent.scope, silent.table)
    assert "5个工作日" in remark.sentence and "宁人社发" in remark.clause
    assert m.report(nx.other_township, "R10", on=date(2024, 9, 4)).table.rows == []


@pytest.mark.rule("NX-18")
@pytest.mark.rule("NX-19")
def test_a_suspension_stands_in_its_year_until_it_is_resumed(nx, yuanlong):
    ningxia.suspended(yuanlong, nx)

    made = m.report(nx.officer, "R10-suspensions", on=date(2025, 4, 1), year=2025)

    (row,) = made.table.rows
    assert (row.cells["running"], row.cells["standing"]) == (1, "已暂停")
    assert row.cells["executed_on"] == "2025-03-15" and row.cells["active_on"] is None
    assert m.report(nx.officer, "R10-suspensions", on=date(2025, 4, 1), year=2024).table.rows == []
    Suspension.objects.update(state="resumed", resume_asked_on=date(2026, 2, 1), active_on=date(2026, 3, 1))
    # Resumed in 2026: it still stands in that year's report and no longer in the next one's.
    in_2026 = m.report(nx.officer, "R10-suspensions", on=date(2027, 4, 1), year=2026)
    assert in_2026.table.rows[0].cells["active_on"] == "2026-03-01"
    assert m.report(nx.officer, "R10-suspensions", on=date(2027, 4, 1), year=2027).table.rows == []


def born(age: int, count: int, organisation, *years: int, **payment: object):
    """Members who are of an age at the end of 2024 and paid for these years."""
    for _number in range(count):
        who = factories.person(number=factories.id_number(date(2024 - age, 6, 1)))
        factories.member(organisation, who)
        for year in years:
            factories.paid(who, year, **payment)


@pytest.mark.rule("JN-15")
def test_the_baseline_of_the_catalogue(base_data):
    officer = factories.account("yutai", YUTAI, factories.Role.OFFICER)
    (village,) = villages(1, county=YUTAI)
    organisation = registered([village])[0]
    born(40, 388, organisation, 2024)
    born(30, 43, organisation, 2023)
    born(20, 75, organisation)
    born(65, 200, organisation, 2020)
    born(10, 106, organisation)
    factories.income(organisation, 2023, 60_000, officer)

    made = m.report(officer, "R15")

    cells = made.table.rows[0].cells
    counts = {key: cells[key] for key in ("members", "working", "insured", "paid", "unpaid", "uninsured")}
    assert counts == {
        "members": 812,
        "working": 506,
        "insured": 431,
        "paid": 388,
        "unpaid": 43,
        "uninsured": 75,
    }
    assert (cells["old"], cells["income_fen"], cells["rest_fen"]) == (200, 60_000_00, 60_000_00)
    assert made.table.columns[1].label == "16至59周岁"
    assert m.figures_that_differ(officer, made) == []
    (remark,) = made.report.remarks(made.scope, made.table)
    assert "成员参加居民基本养老保险底数" in remark.sentence and remark.clause


@pytest.mark.rule("CS-06")
def test_coverage_of_two_years_side_by_side(cast):
    organisations = registered(villages(221))
    posted_rows(organisations[:24], cast.officer, year=2024, on=date(2024, 11, 5))
    posted_rows(organisations[:52], cast.officer, year=2025, on=date(2025, 11, 5))

    made = m.report(cast.officer, "R16", on=date(2025, 12, 31), year=2025)

    totals = made.table.totals
    assert (totals["villages_before"], totals["villages_now"], totals["registered"]) == (24, 52, 221)
    assert [cell.value for cell in made.report.tops(made.scope, made.table)][:2] == [
        "24 / 221（10.9%）",
        "52 / 221（23.5%）",
    ]
    assert (totals["persons_before"], totals["fen_now"]) == (24, 52 * 200_00)


@pytest.mark.rule("CS-03")
def test_the_average_contribution_before_and_after(cast, page):
    organisation = factories.organisation()
    for before, now in ((300, 500), (424, 665), (512, 800)):
        who = factories.member(organisation).person
        factories.paid(who, 2023, 500, personal_fen=before * 100)
        factories.paid(who, 2024, 1_000, personal_fen=now * 100)
    # Back payments are no measure of what people choose to pay.
    factories.paid(who, 2024, 1_000, kind="back_payment", on=date(2024, 5, 1))

    made = m.report(cast.officer, "R16")

    cells = made.table.rows[0].cells
    assert (cells["average_before"], cells["average_now"], cells["change"]) == (412_00, 655_00, 243_00)
    assert rounded_percent(cells["change_share"]) == "59%"
    assert cells["change_share"] == 589_806
    assert m.figures_that_differ(cast.officer, made) == []
    tiers = m.report(cast.officer, "R16-tiers")
    rows = m.rows_by_label(tiers)
    assert rows["500.00元档"].cells["payers_before"] == 3 and rows["500.00元档"].cells["payers_now"] == 0
    assert rows["1,000.00元档"].cells["payers_now"] == 3
    assert m.figures_that_differ(cast.officer, tiers) == []
    shown = page(cast.officer, on="2024-12-31").get("/reports/R16/?year=2024").content.decode()
    assert "243.00" in shown and "58.98%" in shown


def credited(organisation, yuan: int) -> None:
    """So much on the account of one member, by the books."""
    who = factories.member(organisation).person
    place = organisation.area_codes()
    book = {"book": "fund", **place}
    account = Account.objects.create(
        key=f"person:{who.pk}:own", kind=AccountKind.PERSON, source=Source.PERSONAL, person=who, **book
    )
    payer = Account.objects.create(key=f"payer:{who.pk}", kind=AccountKind.PAYER, **book)
    Transfer.objects.create(
        debit=payer, credit=account, amount_fen=yuan * 100, kind="opening", on=date(2025, 1, 1),
        counts_on=date(2025, 1, 1), year=2025, cause_key=f"test:{who.pk}", **book,
    )  # fmt: skip


@pytest.mark.rule("CS-21")
def test_the_account_s_share_of_the_pension(cast):
    # Base 165 and 48 from the account: 22.5 %. 48 a month are 6,672 on the account at 139 months.
    assert rounded_percent(account_share(48_00, 165_00)) == "22.5%"
    organisation = factories.organisation()
    credited(organisation, 6_000)
    credited(organisation, 7_344)

    made = m.report(cast.officer, "R16", on=date(2026, 12, 31), year=2026)

    cells = made.table.rows[0].cells
    assert cells["account_pension"] == 48_00
    assert rounded_percent(cells["account_share"]) == "22.5%"
    (remark,) = made.report.remarks(made.scope, made.table)
    assert "165.00元" in remark.sentence


def test_an_average_of_nobody_is_none():
    assert average_fen({}, "now") is None
    assert account_share(None, 1) is None and account_share(1, 0) is None


@pytest.mark.rule("NX-08")
def test_the_ledger_tells_what_goes_to_old_young_and_people_in_hardship(nx, yuanlong):
    batch = ningxia.posted(yuanlong, nx, ningxia.in_force(yuanlong, nx))
    lines = list(Line.objects.filter(application=batch).order_by("pk"))
    for line, fields in zip(
        lines, ({"age": 57}, {"age": 20}, {"age": 40, "person_kind": "severe_disability"}), strict=True
    ):
        Line.objects.filter(pk=line.pk).update(**fields)

    made = m.report(nx.officer, "R2")

    labels = {column.label: made.table.rows[0].cells[column.key] for column in made.table.columns}
    third = 333_333
    assert labels["一老一小（老）占比"] == labels["一老一小（小）占比"] == labels["困难群体占比"] == third
