"""Jining from empty tables to the final report through the API alone; every figure is worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests import factories
from tests.api.driving import Someone, VillageYear, county_staff, make_staff
from tests.subsidies.gifts import uscc

pytestmark = pytest.mark.django_db
CITY, COUNTY, TOWN, WANGZHUANG = "370800000000", "370827000000", "370827001000", "370827001207"
USCC = uscc("91370827MA3C00001")

KONG, MENG, YAN, ZENG, RAN = (
    Someone(name, factories.id_number(sequence=8000 + n))
    for n, name in enumerate(("孔令军", "孟庆兰", "颜秀芹", "曾凡玉", "冉祥福"))
)
PEOPLE = [KONG, MENG, YAN, ZENG, RAN]
# Twenty in the hundred of the tier (JN-09).
CONTENT: dict[str, Any] = {
    "beneficiaries": "当年参加居民基本养老保险缴费的本集体经济组织成员",
    "sources": [{"source_type": "distributable_income", "amount_fen": 200_000}],
    "standards": [{"method": "percent", "rate_ppm": 200_000}],
}
DECISION: dict[str, Any] = {
    "body": "villagers_meeting", "met_on": "2024-05-20", "called_count": 120, "attended_count": 100,
    "agreed_count": 95, "against_count": 5, "resolution": "同意补助标准及补助对象名单",
}  # fmt: skip


@pytest.fixture
def village(installed, run_jobs) -> VillageYear:
    """汪庄村 of the pilot county 鱼台县, under one administrator of the city."""
    admin = installed(CITY)
    who = make_staff(admin, "2024-04-15", county_staff(village=WANGZHUANG, town=TOWN, county=COUNTY))
    year = VillageYear({**who, "admin": admin}, WANGZHUANG, PEOPLE, run_jobs)
    year.register(admin, "2024-04-15", "汪庄村股份经济合作社")
    year.declare("2024-04-15", 2023, 400_000)
    year.bring_members("2024-04-16")
    year.record_payments(
        "2024-04-17",
        KONG.payment(2024, 100_000, "2024-02-06"),
        MENG.payment(2024, 30_000, "2024-02-06"),
        YAN.payment(2024, 30_000, "2024-02-06"),
        YAN.payment(2017, 210_000, "2024-03-12", kind="lump_sum"),
        ZENG.payment(2023, 30_000, "2023-02-08"),
        RAN.payment(2024, 500_000, "2024-02-07"),
    )
    return year


def in_force(year: VillageYear) -> None:
    """Decided by the villagers' meeting; Jining asks for no filing."""
    year.draft("2024-05-20", **CONTENT)
    year.decide("2024-05-20", **DECISION)
    year.put_in_force("2024-05-20")


def posted(year: VillageYear) -> None:
    """200.00, 60.00 and 1,000.00 on three accounts since 28 June."""
    in_force(year)
    year.draw_up("2024-06-03")
    year.attach("2024-06-03", ("application", "roster"), ("village_committee",))
    year.submit("2024-06-03")
    year.verify("2024-06-12")
    year.confirm("2024-06-13")
    year.remit("2024-06-24", "JN-1")
    year.post("2024-06-28")


@pytest.mark.rule("JN-05")
@pytest.mark.rule("JN-06")
@pytest.mark.rule("JN-09")
@pytest.mark.rule("JN-08")
@pytest.mark.rule("JN-10")
@pytest.mark.rule("JN-12")
@pytest.mark.rule("JN-13")
def test_a_year_of_jining_from_nothing_to_its_report(village, books_hold):
    year, officer, clerk = village, village.who["officer"], village.who["clerk"]
    in_force(year)

    # 1,000 → 200.00; 300 → 60.00; 5,000 → 1,000.00: 1,260.00 for three. 颜秀芹 back-paid a lump sum this year,
    # 曾凡玉 paid for last year only.
    estimate = year.estimate("2024-05-20")
    assert (estimate["count"], estimate["amount_fen"], estimate["share_ppm"]) == (3, 126_000, 315_000)
    batch = year.draw_up("2024-06-03")
    assert (batch["headcount"], batch["amount_fen"]) == (3, 126_000)
    assert {name: row["amount_fen"] for name, row in year.lines().items()} == {
        "孔令军": 20_000, "孟庆兰": 6_000, "冉祥福": 100_000,
    }  # fmt: skip
    add = [{"id_number": one.id_number, "amount_fen": 6_000} for one in (YAN, ZENG)]
    clerk.act(f"applications/{year.batch}/lines/", "2024-06-03", add=add)

    # The committee's seal is what Jining asks for, not the organisation's.
    year.attach("2024-06-03", ("application", "roster"), ("organisation",))
    wrong = year.submit("2024-06-03", 422)
    assert wrong["code"] == "E-DOC-SEAL" and "盖章同意的集体补助申请" in wrong["clause"]
    year.attach("2024-06-03", ("application", "roster"), ("village_committee",))
    year.submit("2024-06-03")

    refused = officer.rows(f"applications/{year.batch}/lines/", advice="refuse")
    found = {row["name"]: [finding["code"] for finding in row["findings"]] for row in refused}
    assert found == {"颜秀芹": ["E-LUMP"], "曾凡玉": ["E-UNPAID"]}
    year.verify("2024-06-12")
    notice = year.confirm("2024-06-13")
    assert (notice["headcount"], notice["amount_fen"]) == (3, 126_000)
    assert notice["number"] == "居保集补缴通〔2024〕0001号"
    year.remit("2024-06-24", "JN-1")
    job = year.post("2024-06-28")
    assert (job["done_count"], job["done_fen"]) == (3, 126_000)
    assert year.inform("2024-07-01", "2024-07-03")["state"] == "closed"

    sponsored(year)

    # 孟庆兰 had contributed twice: her 60.00 go to herself.
    asked = year.ask_refund(
        "孟庆兰", "2024-07-08", "DUPLICATE_CONTRIBUTION", "2024-07-01", payee_name="孟庆兰",
        payee_bank="济宁银行", payee_account="6223790012345678",
    )  # fmt: skip
    back = year.pay_refund(asked["id"], ("2024-07-09", "2024-07-10", "2024-07-11"), "T1")
    assert (back["state"], back["amount_fen"], back["payee"]) == ("reversed", 6_000, "person")

    # Jining gives no money: it commends (JN-13).
    no_money = officer.act("rewards/compute/", "2025-01-10", 422, year=2024)
    assert no_money["code"] == "E-NO-REWARD" and "三（四）" in no_money["clause"]
    commended = officer.act(
        "commendation-notices/", "2025-01-13", 201, year=2024, organisations=[year.organisation]
    )
    notice = year.who["reviewer"].act(f"commendation-notices/{commended['id']}/confirm/", "2025-01-14")
    assert (notice["number"], notice["name"]) == ("居保集补表扬〔2025〕1号", "通报表扬")

    # 3 % for six months: 1,000.00 → 15.00, 200.00 → 3.00; for five months 4,000.00 → 50.00, 300.00 → 3.75.
    year.settle_interest(30_000, ("2025-02-10", "2025-02-11", "2025-02-12"))
    assert year.statement("冉祥福")["total_fen"] == 100_000 + 1_500 + 400_000 + 5_000
    assert year.statement("孔令军")["total_fen"] == 20_000 + 300 + 30_000 + 375
    assert year.statement("孟庆兰")["total_fen"] == 30_000 + 375

    closed = year.close(("2025-02-17", "2025-02-18"))
    assert (closed["state"], closed["left_over"]) == ("closed", [])
    reported(year)
    (line,) = year.explain("颜秀芹")
    assert (line["is_granted"], line["state"]) == (False, "ineligible")
    assert "2024年3月12日" in line["conclusion"]["sentence"]
    assert line["conclusion"]["clause"].startswith(
        "《关于开展居民基本养老保险集体补助试点工作的实施意见》 三（一）"
    )


def reported(year: VillageYear) -> None:
    """The final report of the closed year, as worked out above."""
    ledger = year.report("R2", "2025-02-20")["totals"]
    assert (ledger["planned_fen"], ledger["posted_fen"], ledger["refunded_fen"]) == (126_000, 126_000, 6_000)
    # 2,000.00 set aside − 1,260.00; the 60.00 went to the person, not back to the village.
    assert ledger["balance_fen"] == 74_000
    caps = year.report("R8", "2025-02-20")["totals"]
    assert (caps["own"], caps["sponsored"], caps["used"], caps["at_cap"]) == (120_000, 460_000, 580_000, 1)
    given = year.report("R9", "2025-02-20")["totals"]
    assert (given["income"], given["remitted"], given["left_fen"], given["people"]) == (
        460_000,
        460_000,
        0,
        3,
    )
    # 4,000.00 of income − 1,260.00.
    base = year.report("R15", "2025-02-20")["totals"]
    assert (base["members"], base["paid"], base["unpaid"], base["rest_fen"]) == (5, 4, 1, 274_000)
    # 1,000 + 300 + 300 + 5,000 by four, one of whom back-paid besides; the year before 300 by one.
    years = year.report("R16", "2025-02-20")["totals"]
    assert (years["average_before"], years["average_now"]) == (30_000, 165_000)


def sponsored(year: VillageYear) -> None:
    """An enterprise gives 300.00 to everybody up to 1,000 and 4,100.00 to who pays 5,000; never beyond cap and pool."""
    clerk = year.who["clerk"]
    pool = year.donated(
        "2024-07-04",
        {"kind": "enterprise", "name": "鱼台某米业公司", "uscc": USCC},
        450_000,
        custody="organisation",
    )
    gift = year.of_pool(pool, "2024-07-05")
    clerk.act(
        f"plans/{gift.plan}/", "2024-07-05", verb="patch", beneficiaries="本村参保缴费的成员",
        sources=[], standards=[
            {"method": "flat", "amount_fen": 30_000, "tier_to_fen": 100_000},
            {"method": "flat", "amount_fen": 410_000, "tier_from_fen": 500_000},
        ],
    )  # fmt: skip
    gift.decide("2024-07-08", **DECISION | {"met_on": "2024-07-08"})
    gift.put_in_force("2024-07-08")

    # 冉祥福 has 1,000.00 of 5,000.00: 4,100.00 more are 100.00 too many, 4,000.00 are not.
    assert gift.draw_up("2024-07-09")["amount_fen"] == 60_000
    path, more = f"applications/{gift.batch}/lines/", {"id_number": RAN.id_number}
    over = clerk.act(path, "2024-07-09", 422, add=[more | {"amount_fen": 410_000}])
    assert over["code"] == "E-CAP" and "超过上限100.00元" in over["message"]
    clerk.act(path, "2024-07-09", add=[more | {"amount_fen": 400_000}])

    # 4,600.00 of a pool of 4,500.00.
    gift.attach("2024-07-09", ("application", "roster"), ("village_committee",))
    short = gift.submit("2024-07-09", 422)
    assert short["code"] == "E-POOL" and "还差100.00元" in short["message"] and "三（二）" in short["clause"]
    assert clerk.get(f"applications/{gift.batch}/")["state"] == "draft"
    year.receive(pool, "2024-07-10", 10_000, "D2")
    gift.submit("2024-07-10")
    gift.verify("2024-07-15")
    assert gift.confirm("2024-07-16")["amount_fen"] == 460_000
    gift.remit("2024-07-22", "JN-2")
    gift.post("2024-07-26")
    gift.inform("2024-07-29", "2024-07-30")
    money = clerk.get(f"pools/{pool}/")
    assert (money["income_fen"], money["remitted_fen"], money["balance_fen"]) == (460_000, 460_000, 0)


@pytest.mark.rule("JN-04")
@pytest.mark.rule("JN-11")
def test_what_jining_refuses_and_leaves_nothing_of(village):
    clerk = village.who["clerk"]

    # A plan that names no source lacks a part; procedure is none here.
    village.draft("2024-05-20", **CONTENT | {"sources": []})
    lacking = clerk.act(f"plans/{village.plan}/decision/", "2024-05-20", 422, **DECISION)
    assert lacking["code"] == "E-PLAN-PART" and "资金来源" in lacking["message"]
    assert "补助流程" not in lacking["message"] and "三（三）" in lacking["clause"]

    # The city chose 鱼台县 on 10 April 2024: the day before nobody may.
    parts = CONTENT | {"sources": [{"source_type": "distributable_income", "amount_fen": 200_000}]}
    clerk.act(f"plans/{village.plan}/discard/", "2024-05-20")
    village.draft("2024-04-08", **parts)
    village.decide("2024-04-08", **DECISION | {"met_on": "2024-04-08"})
    early = village.put_in_force("2024-04-09", 422)
    assert early["code"] == "E-NOT-PILOT" and "二第二段" in early["clause"]
    assert clerk.get(f"plans/{village.plan}/")["state"] == "resolved"
    village.put_in_force("2024-04-10")
