"""Changshou from empty tables to the final report through the API alone; every figure is worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from desk.demo.year import BLANK_PDF
from tests import factories
from tests.api.driving import Someone, VillageYear, county_staff, make_staff

pytestmark = pytest.mark.django_db
COUNTY, TOWN, SHIMEN, NOT_YET = "500115000000", "500115002000", "500115002203", "500115132000"

ZHOU = Someone("周明富", "500115197505041239")
LI = Someone("李春梅", "500115198209152246", "低保")
WANG = Someone("王德强", "50011519901122339X")
ZHANG = Someone("张秀英", factories.id_number(sequence=71))
LIU = Someone("刘建华", factories.id_number(sequence=72))
CHEN = Someone("陈玉珍", factories.id_number(sequence=73))
PEOPLE = [ZHOU, LI, WANG, ZHANG, LIU, CHEN]

# Ten in the hundred of the tier, and 50.00 more for 低保.
STANDARDS = [
    {"method": "percent", "rate_ppm": 100_000},
    {"method": "flat", "amount_fen": 5_000, "is_addition": True, "person_kind": "minimum_living_allowance"},
]
CONTENT: dict[str, Any] = {
    "beneficiaries": "已完成规定年度个人缴费的本组织成员",
    "procedure": "申请、核实、缴款、记账、告知",
    "sources": [{"source_type": "distributable_income", "amount_fen": 100_000}],
    "standards": STANDARDS,
}
DECISION: dict[str, Any] = {
    "body": "members_assembly", "met_on": "2024-06-18", "called_count": 312, "attended_count": 248,
    "agreed_count": 231, "against_count": 10, "abstained_count": 7, "resolution": "同意",
    "posted_on": "2024-06-01", "published_from": "2024-06-18",
}  # fmt: skip


@pytest.fixture
def village(installed, run_jobs) -> VillageYear:
    """One administrator made by the command; everything else through the API."""
    admin = installed(COUNTY)
    who = make_staff(admin, "2024-06-17", county_staff(village=SHIMEN, town=TOWN, county=COUNTY))
    year = VillageYear({**who, "admin": admin}, SHIMEN, PEOPLE, run_jobs)
    year.register(admin, "2024-06-17", "石门村股份经济合作联合社")
    year.declare("2024-06-17", 2023, 300_000)
    year.bring_members("2024-06-17")
    year.record_payments(
        "2024-06-17",
        ZHOU.payment(2024, 100_000, "2024-03-06"),
        LI.payment(2024, 50_000, "2024-03-06"),
        WANG.payment(2024, 300_000, "2024-03-08"),
        ZHANG.payment(2023, 20_000, "2023-11-08"),
        LIU.payment(2022, 20_000, "2022-11-08"),
        CHEN.payment(2024, 100_000, "2024-03-06"),
    )
    return year


def in_force(year: VillageYear) -> None:
    year.draft("2024-06-18", **CONTENT)
    year.decide("2024-06-18", **DECISION)
    year.put_in_force("2024-06-18")


def posted(year: VillageYear) -> None:
    """Drawn up on the 19th, verified, noticed, paid and posted on the 28th."""
    in_force(year)
    year.draw_up("2024-06-19")
    year.attach("2024-06-19", ("plan", "application", "roster"), ("organisation",))
    year.submit("2024-06-19")
    year.verify("2024-06-24")
    year.confirm("2024-06-25")
    year.remit("2024-06-27", "V1")
    year.post("2024-06-28")


@pytest.mark.rule("CS-07")
@pytest.mark.rule("CS-11")
@pytest.mark.rule("CS-13")
@pytest.mark.rule("CS-32")
def test_a_year_of_changshou_from_nothing_to_its_report(village, books_hold):
    year, officer = village, village.who["officer"]
    in_force(year)

    # 1,000 → 100.00; 500 → 50.00 + 50.00 for 低保; 3,000 → 300.00; 200 of the year before → 20.00; 1,000 → 100.00:
    # 620.00 for five. 刘建华 last paid for 2022 and is left out. Of 3,000.00 of income that is 20.6666…%.
    estimate = year.estimate("2024-06-18")
    assert (estimate["count"], estimate["amount_fen"], estimate["unpaid_count"]) == (5, 62_000, 1)
    assert (estimate["income_fen"], estimate["share_ppm"]) == (300_000, 206_666)

    batch = year.draw_up("2024-06-19")
    assert (batch["headcount"], batch["amount_fen"]) == (5, 62_000)
    by_name = {name: row["amount_fen"] for name, row in year.lines().items()}
    assert by_name == {
        "周明富": 10_000, "李春梅": 10_000, "王德强": 30_000, "张秀英": 2_000, "陈玉珍": 10_000,
    }  # fmt: skip
    year.attach("2024-06-19", ("plan", "application", "roster"), ("organisation",))
    assert year.submit("2024-06-19")["number"] == "晏石门申〔2024〕1号"
    assert [row["name"] for row in officer.rows(f"applications/{year.batch}/lines/", advice="ask")] == [
        "张秀英"
    ]
    year.verify("2024-06-24")
    notice = year.confirm("2024-06-25")
    assert (notice["headcount"], notice["amount_fen"], notice["number"]) == (
        5,
        62_000,
        "长社保缴通〔2024〕0001号",
    )

    recorded = year.remit("2024-06-27", "V1")
    assert (recorded["rows_count"], recorded["amount_fen"], recorded["notice"]["state"]) == (
        5,
        62_000,
        "paid",
    )
    job = year.post("2024-06-28")
    assert (job["done_count"], job["done_fen"]) == (5, 62_000)
    told = year.inform("2024-07-02", "2024-07-05")
    assert (told["state"], told["told_count"]) == ("closed", 5)

    # 陈玉珍 died on 20 June, before the payment: her 100.00 go back to the village.
    asked = year.ask_refund("陈玉珍", "2024-07-10", "DEATH", "2024-06-20")
    back = year.pay_refund(asked["id"], ("2024-07-11", "2024-07-12", "2024-07-15"), "T1")
    assert (back["state"], back["amount_fen"], back["payee"]) == ("reversed", 10_000, "organisation")
    assert year.statement("陈玉珍")["total_fen"] == 0

    # 620.00 − 100.00 = 520.00 stayed posted; at most 60 % for 2024 → 312.00.
    (reward,) = year.compute_reward("2025-01-10")
    assert (reward["base_fen"], reward["rate_ppm"], reward["cap_fen"]) == (52_000, 600_000, 31_200)
    days = [f"2025-01-{day}" for day in (13, 14, 15, 16, 17, 20, 24, 26, 27)]
    paid = year.pay_reward(reward["id"], 31_200, days)
    assert (paid["state"], paid["approved_fen"]) == ("paid", 31_200)

    # 3 % for 2024, July to December are six months: 300.00 → 4.50, 20.00 → 0.30.
    assert year.settle_interest(30_000, ("2025-02-10", "2025-02-11", "2025-02-12"))["state"] == "done"
    assert year.statement("王德强")["total_fen"] == 30_450
    assert year.statement("张秀英")["total_fen"] == 2_030
    assert year.statement("陈玉珍")["total_fen"] == 0

    (line,) = year.explain("王德强")
    assert (line["is_granted"], line["amount_fen"], line["state"]) == (True, 30_000, "posted")
    assert {q["name"]: q["outcome"] for q in line["questions"]} == dict.fromkeys(
        ("membership", "payment", "status", "elsewhere", "amount", "cap"), "met"
    )
    assert any("长寿府办发〔2024〕49号" in clause for q in line["questions"] for clause in q["clauses"])
    reported(year)

    # Closed by two persons with nothing open; whoever asks later gets the same figures.
    closed = year.close(("2025-02-17", "2025-02-18"))
    assert (closed["state"], closed["left_over"]) == ("closed", [])
    assert year.report("R2", "2025-02-20")["closed_on"] == "2025-02-18"
    reported(year)


def reported(year: VillageYear) -> None:
    """The final report: what was planned, granted, paid, posted, given back and rewarded, as worked out above."""
    ledger = year.report("R2", "2025-02-20")["totals"]
    assert {name: ledger[name] for name in ("planned_fen", "granted_fen", "remitted_fen", "posted_fen")} == (
        dict.fromkeys(("planned_fen", "granted_fen", "remitted_fen", "posted_fen"), 62_000)
    )
    assert (ledger["posted_n"], ledger["refunded_fen"], ledger["income_fen"]) == (5, 10_000, 300_000)
    checked = year.report("R3", "2025-02-20")["totals"]
    assert (checked["people"], checked["passed"], checked["refused"]) == (5, 5, 0)
    paid = year.report("R4", "2025-02-20")["totals"]
    assert (paid["amount_fen"], paid["received_fen"], paid["gap_fen"]) == (62_000, 62_000, 0)
    told = year.report("R5", "2025-02-20")["totals"]
    assert (told["posted"], told["told"], told["untold"]) == (5, 5, 0)
    back = year.report("R6", "2025-02-20")["totals"]
    assert (back["back_n"], back["back_fen"], back["taken_interest_fen"]) == (1, 10_000, 0)
    reward = year.report("R7", "2025-02-20")["totals"]
    figures = ("posted", "refunded", "base", "cap", "determined", "approved", "received", "paid", "held")
    assert [reward[name] for name in figures] == [
        62_000, 10_000, 52_000, 31_200, 31_200, 31_200, 31_200, 31_200, 0,
    ]  # fmt: skip
    # 520.00 of four times 3,000.00.
    caps = year.report("R8", "2025-02-20")["totals"]
    assert (caps["people"], caps["used"], caps["allowed"], caps["share"]) == (4, 52_000, 1_200_000, 43_333)


@pytest.mark.rule("CS-04")
@pytest.mark.rule("CS-11")
def test_what_changshou_refuses_and_leaves_nothing_of(village):
    clerk, admin = village.who["clerk"], village.who["admin"]

    # Tiers of the year 2027 are not published.
    unpublished = clerk.act(
        "plans/", "2024-06-18", 422, organisation=village.organisation, year=2027, **CONTENT
    )
    assert unpublished["code"] == "E-NO-PARAMETER" and "2027年度" in unpublished["message"]
    assert village.who["clerk"].get("plans/")["count"] == 0

    # 葛兰镇 is no town of the first batch, which ends with June.
    place = admin.rows("regions/", level="village", parent=NOT_YET)[-1]["code"]
    who = make_staff(admin, "2024-06-17", {"gelan": (place, "clerk")})
    gelan = VillageYear({"clerk": who["gelan"]}, place, [], village.run_jobs)
    gelan.register(admin, "2024-06-17", "葛兰的股份经济合作联合社")
    gelan.declare("2024-06-17", 2023, 300_000)
    gelan.draft("2024-06-18", **CONTENT)
    gelan.decide("2024-06-18", **DECISION)
    refused = gelan.put_in_force("2024-06-18", 422)
    assert refused["code"] == "E-NOT-PILOT" and "晏家街道、江南街道、云台镇" in refused["message"]
    assert "长寿府办发〔2024〕49号 二第二段" in refused["clause"]
    assert who["gelan"].get(f"plans/{gelan.plan}/")["state"] == "resolved"


def test_papers_without_the_organisations_seal_do_not_go_in(village):
    in_force(village)
    village.draw_up("2024-06-19")
    path = f"applications/{village.batch}/attachments/"
    village.who["clerk"].upload(path, "2024-06-19", "a.pdf", BLANK_PDF, kind="plan")

    refused = village.submit("2024-06-19", 422)

    assert refused["code"] == "E-DOC-MISSING" and "附件二" in refused["clause"]
