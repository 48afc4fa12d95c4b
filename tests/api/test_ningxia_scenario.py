"""Ningxia from empty tables to its suspension through the API alone; every figure is worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from desk.demo.year import BLANK_PDF
from tests import factories
from tests.api.driving import Someone, VillageYear, county_staff, make_staff
from tests.subsidies.gifts import uscc

pytestmark = pytest.mark.django_db
COUNTY, TOWN, YUANLONG, UNLISTED = "640121000000", "640121104000", "640121104205", "640121104200"
USCC = uscc("53640000MJX000001")

MA, FU, LI, WANG, HAI, YANG = (
    Someone(name, factories.id_number(birth, sequence=7000 + n), kind)
    for n, (name, birth, kind) in enumerate(
        (
            ("马国兰", date(1979, 5, 4), ""),
            ("马占福", date(1967, 5, 4), ""),
            ("李秀花", date(1985, 5, 4), "低保"),
            ("王晓军", date(1990, 5, 4), ""),
            ("海文兰", date(1988, 5, 4), ""),
            ("杨志刚", date(1982, 5, 4), ""),
        )
    )
)
PEOPLE = [MA, FU, LI, WANG, HAI, YANG]
# NX-08: 100.00, 50.00 more for 低保, 30.00 more from 55 to 59.
CONTENT: dict[str, Any] = {
    "beneficiaries": "当年参保缴费的本集体经济组织成员",
    "sources": [{"source_type": "distributable_income", "amount_fen": 60_000}],
    "standards": [
        {"method": "flat", "amount_fen": 10_000},
        {"method": "flat", "amount_fen": 5_000, "is_addition": True, "person_kind": "minimum_living_allowance"},
        {"method": "flat", "amount_fen": 3_000, "is_addition": True, "age_from": 55, "age_to": 59},
    ],
}  # fmt: skip
STEPS = ("proposed_on", "discussed_on", "reviewed_on", "published_from")
PAPERS = ("plan", "application", "roster")


def decision(day: str, **more: Any) -> dict[str, Any]:
    """四议两公开 up to the filing, all on one day."""
    return {
        "body": "villagers_meeting", "met_on": day, "called_count": 300, "attended_count": 260, "agreed_count": 250,
        "against_count": 6, "abstained_count": 4, "resolution": "同意", **dict.fromkeys(STEPS, day), **more,
    }  # fmt: skip


@pytest.fixture
def village(installed, run_jobs) -> VillageYear:
    """原隆村 of 永宁县 on the list of 2024, under one administrator of the county."""
    admin = installed(COUNTY)
    who = make_staff(admin, "2024-08-01", county_staff(village=YUANLONG, town=TOWN, county=COUNTY))
    year = VillageYear({**who, "admin": admin}, YUANLONG, PEOPLE, run_jobs)
    year.register(admin, "2024-08-01", "原隆村股份经济合作社")
    year.declare("2024-08-01", 2023, 240_000)
    year.declare("2024-08-01", 2024, 240_000)
    year.bring_members("2024-08-02")
    year.record_payments(
        "2024-08-05",
        MA.payment(2024, 50_000, "2024-01-10"),
        FU.payment(2024, 100_000, "2024-01-10"),
        LI.payment(2024, 0, "2024-01-10", tier_fen=20_000, on_behalf_fen=20_000),
        WANG.payment(2022, 50_000, "2024-04-08", kind="back_payment"),
        WANG.payment(2023, 50_000, "2024-04-08", kind="back_payment"),
        HAI.payment(2016, 800_000, "2024-05-06", kind="lump_sum"),
        YANG.payment(2024, 100_000, "2024-01-10"),
        YANG.payment(2016, 800_000, "2024-05-06", kind="lump_sum"),
    )
    return year


def offices(year: VillageYear, **of: int) -> dict[str, int]:
    """The filings of a plan or suspension by office."""
    return {row["office"]: row["id"] for row in year.who["clerk"].rows("filings/", **of)}


def acknowledge(year: VillageYear, ids: dict[str, int], **days: str) -> None:
    """`acknowledge(year, ids, town="2024-08-28")`: each office on its day."""
    who = {"town": "township", "county_hr": "officer", "county_agriculture": "agriculture"}
    for office, day in days.items():
        year.who[who[office]].act(f"filings/{ids[office]}/acknowledge/", day)


def in_force(year: VillageYear, decided: str, filed: str) -> None:
    """Decided, filed with three offices and acknowledged by all on the same day."""
    year.draft(decided, **CONTENT)
    year.decide(decided, **decision(decided))
    year.who["clerk"].act(f"plans/{year.plan}/file/", filed)
    ids = offices(year, plan=year.plan)
    acknowledge(year, ids, town=filed, county_hr=filed, county_agriculture=filed)
    year.put_in_force(filed)


def notified(year: VillageYear, drawn: str, verified: str, confirmed: str) -> Any:
    """Drawn up and handed in, verified, confirmed: the notice."""
    year.draw_up(drawn)
    year.attach(drawn, PAPERS, ())
    year.submit(drawn)
    year.verify(verified)
    return year.confirm(confirmed)


@pytest.mark.rule("NX-05")
@pytest.mark.rule("NX-07")
@pytest.mark.rule("NX-08")
@pytest.mark.rule("NX-09")
@pytest.mark.rule("NX-15")
@pytest.mark.rule("NX-17")
def test_a_year_of_ningxia_from_nothing_to_its_report(village, books_hold):
    year, clerk, officer = village, village.who["clerk"], village.who["officer"]

    # 四议两公开: the two committees' deliberation is missing.
    year.draft("2024-08-26", **CONTENT)
    lacking = clerk.act(
        f"plans/{year.plan}/decision/", "2024-08-26", 422, **decision("2024-08-26", discussed_on=None)
    )
    assert lacking["code"] == "E-DECISION" and "两委商议" in lacking["message"]
    year.decide("2024-08-26", **decision("2024-08-26"))

    # Filed on Tuesday 27 August with three offices; agriculture is silent until Tuesday 3 September, the fifth
    # working day, and counts as filed from the 4th.
    clerk.act(f"plans/{year.plan}/file/", "2024-08-27")
    ids = offices(year, plan=year.plan)
    assert set(ids) == {"town", "county_hr", "county_agriculture"}
    acknowledge(year, ids, town="2024-08-28", county_hr="2024-09-02")
    for answer in (year.put_in_force("2024-09-03", 422), year.draw_up("2024-09-03", 422)):
        assert answer["code"] == "E-FILING" and "宁人社发〔2024〕93号 三（三）第一段" in answer["clause"]
    assert clerk.get("applications/")["count"] == 0
    year.put_in_force("2024-09-04")

    # 100.00; 100.00 + 30.00 at 57; 100.00 + 50.00 for 低保; 100.00 on the normal payment: 480.00 for four. 王晓军
    # back-paid past years only, 海文兰 a lump sum only.
    batch = year.draw_up("2024-09-05")
    assert (batch["headcount"], batch["amount_fen"]) == (4, 48_000)
    assert {name: row["amount_fen"] for name, row in year.lines().items()} == {
        "马国兰": 10_000, "马占福": 13_000, "李秀花": 15_000, "杨志刚": 10_000,
    }  # fmt: skip
    add = [{"id_number": one.id_number, "amount_fen": 10_000} for one in (WANG, HAI)]
    clerk.act(f"applications/{year.batch}/lines/", "2024-09-05", add=add)
    year.attach("2024-09-05", PAPERS, ())
    year.submit("2024-09-05")
    doubted = officer.rows(f"applications/{year.batch}/lines/")
    assert {row["name"]: [finding["code"] for finding in row["findings"]] for row in doubted} == {
        "马国兰": [], "马占福": [], "杨志刚": [],
        "李秀花": ["W-ONBEHALF"], "王晓军": ["E-BACKPAY"], "海文兰": ["E-LUMP"],
    }  # fmt: skip
    year.verify("2024-09-09")
    notice = year.confirm("2024-09-10")
    assert (notice["headcount"], notice["amount_fen"]) == (4, 48_000)
    assert notice["number"] == "城乡居保集补缴通〔2024〕0001号"
    year.remit("2024-09-18", "NX-1")
    job = year.post("2024-09-20")
    assert (job["done_count"], job["done_fen"]) == (4, 48_000)

    # The batch closes only when the result is public (NX-15).
    assert year.inform("2024-09-23", "2024-09-24")["state"] == "informed"
    published = clerk.act(f"plans/{year.plan}/publish-result/", "2024-12-05", published_on="2024-12-05")
    assert published["decision"]["result_published_on"] == "2024-12-05"
    assert clerk.get(f"applications/{year.batch}/")["state"] == "closed"

    charity(year)

    # No reward of any form; 3 % for October to December: 130.00 → 0.975, 150.00 → 1.125, half up.
    no_money = officer.act("rewards/compute/", "2025-01-10", 422, year=2024)
    assert no_money["code"] == "E-NO-REWARD"
    year.settle_interest(30_000, ("2025-02-10", "2025-02-11", "2025-02-12"))
    assert year.statement("马占福")["total_fen"] == 13_098
    # Of the charity's 500.00 posted on 9 December nothing counts for 2024.
    assert year.statement("李秀花")["total_fen"] == 15_113 + 50_000

    closed = year.close(("2025-02-17", "2025-02-18"))
    assert (closed["state"], closed["left_over"]) == ("closed", [])
    reported(year)
    (line,) = year.explain("王晓军")
    assert (line["is_granted"], line["state"]) == (False, "ineligible")
    assert "不对以往年度补缴和一次性补缴进行补助" in line["conclusion"]["clause"]


def reported(year: VillageYear) -> None:
    """The final report of the closed year, as worked out above."""
    ledger = year.report("R2", "2025-02-20")["totals"]
    assert (ledger["planned_fen"], ledger["posted_fen"], ledger["balance_fen"]) == (48_000, 48_000, 12_000)
    # 130.00 of 480.00 to who is 55 to 59, 150.00 to 低保, nothing to the young (NX-08); 480.00 of 2,400.00.
    shares = ("old_share", "hardship_share", "young_share", "share")
    assert [ledger[name] for name in shares] == [270_833, 312_500, 0, 200_000]
    checked = year.report("R3", "2025-02-20")["totals"]
    assert (checked["people"], checked["passed"], checked["refused"]) == (8, 5, 3)
    caps = year.report("R8", "2025-02-20")["totals"]
    assert (caps["own"], caps["sponsored"], caps["allowed"]) == (48_000, 50_000, 1_200_000)
    given = year.report("R9", "2025-02-20")["totals"]
    assert (given["income"], given["remitted"], given["left_fen"], given["people"]) == (
        80_000,
        50_000,
        30_000,
        1,
    )
    filed = year.report("R10", "2025-02-20")["totals"]
    assert (filed["filed"], filed["silent"], filed["returned"]) == (3, 1, 0)
    base = year.report("R15", "2025-02-20")["totals"]
    assert (base["members"], base["paid"], base["unpaid"], base["rest_fen"]) == (6, 4, 2, 192_000)


def charity(year: VillageYear) -> None:
    """A charity holds 800.00 for the needy: 500.00 to 李秀花, to nobody else; the village may not hold it."""
    clerk, giver = year.who["clerk"], {"kind": "charity", "name": "宁夏某慈善总会", "uscc": USCC}
    made = clerk.act("donors/", "2024-12-02", 201, **giver)
    pool = {
        "donor": made["id"],
        "organisation": year.organisation,
        "year": 2024,
        "purpose": "资助困难群体缴费",
    }
    own = clerk.act("pools/", "2024-12-02", 422, **pool, custody="organisation")
    assert own["code"] == "E-SOURCE" and "三（二）第一段" in own["clause"]
    nameless = clerk.act("pools/", "2024-12-02", 422, **pool, custody="charity")
    assert nameless["code"] == "E-CUSTODY"
    assert clerk.get("pools/")["count"] == 1, "the village's own earmarked money alone"
    held = clerk.act(
        "pools/",
        "2024-12-02",
        201,
        **pool,
        custody="charity",
        charity_name="宁夏某慈善总会",
        charity_uscc=USCC,
    )["id"]
    year.receive(held, "2024-12-02", 80_000, "C1")

    gift = year.of_pool(held, "2024-12-03")
    clerk.act(
        f"plans/{gift.plan}/", "2024-12-03", verb="patch", beneficiaries="有需要的参保成员", sources=[],
        standards=[{"method": "flat", "amount_fen": 50_000}],
    )  # fmt: skip
    gift.put_in_force("2024-12-03")
    assert gift.draw_up("2024-12-04")["amount_fen"] == 50_000
    assert list(gift.lines()) == ["李秀花"]
    add = [{"id_number": MA.id_number, "amount_fen": 20_000}]
    clerk.act(f"applications/{gift.batch}/lines/", "2024-12-04", add=add)
    gift.attach("2024-12-04", PAPERS, ())
    gift.submit("2024-12-04")
    found = {row["name"]: [f["code"] for f in row["findings"]] for row in gift.lines().values()}
    assert "E-POOL" in found["马国兰"]
    gift.verify("2024-12-05")
    assert gift.confirm("2024-12-06")["amount_fen"] == 50_000
    gift.remit("2024-12-07", "NX-2")
    gift.post("2024-12-09")
    # Nobody decided it in a meeting: there is no result of 四议两公开 to wait for.
    assert gift.inform("2024-12-10", "2024-12-11")["state"] == "closed"
    money = clerk.get(f"pools/{held}/")
    assert (money["income_fen"], money["remitted_fen"], money["balance_fen"]) == (80_000, 50_000, 30_000)
    claim = {"amount_fen": 30_001, "moved_on": "2024-12-12", "voucher": "C2"}
    scan = SimpleUploadedFile("申请.pdf", BLANK_PDF)
    too_much = clerk.send(f"pools/{held}/return/", "2024-12-12", 422, scan=scan, **claim)
    assert too_much["code"] == "E-POOL" and "专款专用" in too_much["clause"]
    assert clerk.get(f"pools/{held}/")["balance_fen"] == 30_000


@pytest.mark.rule("NX-18")
@pytest.mark.rule("NX-19")
def test_a_suspended_village_keeps_what_was_posted_and_never_gets_the_suspended_year(village, books_hold):
    year, clerk, officer = village, village.who["clerk"], village.who["officer"]
    in_force(year, "2024-08-26", "2024-08-27")
    notified(year, "2024-08-28", "2024-08-29", "2024-08-30")
    year.remit("2024-09-02", "NX-1")
    year.post("2024-09-03")
    year.record_payments(
        "2025-02-05", MA.payment(2025, 50_000, "2025-01-10"), FU.payment(2025, 100_000, "2025-01-10")
    )
    next_year = VillageYear(year.who, YUANLONG, PEOPLE, year.run_jobs, year=2025)
    next_year.organisation = year.organisation
    in_force(next_year, "2025-02-10", "2025-02-11")
    # 100.00 and 130.00, 58 by now.
    notice = notified(next_year, "2025-02-17", "2025-02-18", "2025-02-19")
    assert (notice["headcount"], notice["amount_fen"]) == (2, 23_000)

    asked = clerk.act(
        "suspensions/", "2025-03-05", 201, organisation=year.organisation, cause="economic",
        reason="厂房租约到期，收入减少", effective_on="2025-03-15", decision=decision("2025-03-03"),
    )  # fmt: skip
    ids = offices(year, suspension=asked["id"])
    assert set(ids) == {"county_hr", "county_agriculture"}
    acknowledge(year, ids, county_hr="2025-03-06", county_agriculture="2025-03-07")
    officer.act(f"suspensions/{asked['id']}/suspend/", "2025-03-15")

    # The two unpaid lines are cancelled, the four posted in 2024 stay as they are.
    assert {row["state"] for row in next_year.lines().values()} == {"cancelled"}
    assert sorted(row["amount_fen"] for row in clerk.rows("posted-lines/")) == [
        10_000,
        10_000,
        13_000,
        15_000,
    ]
    stopped = next_year.draw_up("2025-04-01", 422)
    assert stopped["code"] == "E-SUSPENDED" and "三（三）第二段" in stopped["clause"]

    clerk.act(f"suspensions/{asked['id']}/resume/", "2026-02-01", reason="新厂房已经出租")
    officer.act(f"suspensions/{asked['id']}/grant/", "2026-02-10", active_on="2026-03-01")
    late = next_year.draw_up("2026-03-02", 422)
    assert late["code"] == "E-SUSPENDED" and "2025年度不补办" in late["message"]
    assert clerk.get("applications/", year=2025)["count"] == 1
    assert year.statement("马占福")["total_fen"] == 13_000


@pytest.mark.rule("NX-03")
def test_a_village_off_the_years_list_troubles_no_office(village):
    admin = village.who["admin"]
    who = make_staff(admin, "2024-08-01", {"unlisted": (UNLISTED, "clerk")})
    other = VillageYear({**village.who, "clerk": who["unlisted"]}, UNLISTED, [], village.run_jobs)
    other.register(admin, "2024-08-01", "福宁村股份经济合作社")
    other.declare("2024-08-01", 2023, 240_000)
    other.draft("2024-08-26", **CONTENT)
    other.decide("2024-08-26", **decision("2024-08-26"))

    refused = who["unlisted"].act(f"plans/{other.plan}/file/", "2024-08-27", 422)

    assert refused["code"] == "E-NOT-PILOT" and "2024年度的试点名单" in refused["message"]
    assert "宁人社发〔2024〕93号 二第二段" in refused["clause"]
    assert offices(other, plan=other.plan) == {}
    assert who["unlisted"].get(f"plans/{other.plan}/")["state"] == "resolved"
