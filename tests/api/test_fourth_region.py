"""A fourth region, invented, is one rulebook file: its year runs with no code changed, ending in figures by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from core.models import User
from policies.models import PolicyDocument, PolicyRevision, PolicyValue
from tests import factories
from tests.api.driving import Someone, VillageYear, county_staff, make_staff
from tests.walking import closed_doors

pytestmark = pytest.mark.django_db
RULEBOOK = Path(__file__).with_name("fourth_region.yaml")
MOST_PAGES = 90
COUNTY, TOWN, SONGLIN = "431224000000", "431224124000", "431224124200"

HE, TIAN, LUO, FANG, MENG, QIN = (
    Someone(name, factories.id_number(sequence=9000 + n))
    for n, name in enumerate(("何玉兰", "田中华", "罗桂英", "方国强", "孟祥云", "秦小梅"))
)
PEOPLE = [HE, TIAN, LUO, FANG, MENG, QIN]
CONTENT: dict[str, Any] = {
    "beneficiaries": "上一年度已经正常缴费的本村集体成员",
    "standards": [
        {"method": "flat", "amount_fen": 1_500, "tier_to_fen": 15_000},
        {"method": "flat", "amount_fen": 6_050, "tier_from_fen": 40_000, "tier_to_fen": 90_000},
        {"method": "flat", "amount_fen": 12_035, "tier_from_fen": 120_000},
    ],
    "sources": [{"source_type": "distributable_income", "amount_fen": 30_000}],
}
DECISION: dict[str, Any] = {
    "body": "villagers_meeting", "met_on": "2024-05-06", "called_count": 100, "attended_count": 80,
    "agreed_count": 70, "resolution": "同意",
}  # fmt: skip


@pytest.fixture
def village(installed, run_jobs) -> VillageYear:
    """松林村, its county's one file loaded beside the others."""
    call_command("load_policies", str(RULEBOOK), verbosity=0)
    admin = installed(COUNTY)
    who = make_staff(admin, "2024-04-08", county_staff(village=SONGLIN, town=TOWN, county=COUNTY))
    year = VillageYear({**who, "admin": admin}, SONGLIN, PEOPLE, run_jobs)
    year.register(admin, "2024-04-08", "松林村股份经济合作社")
    year.declare("2024-04-08", 2023, 100_000)
    year.bring_members("2024-04-09")
    year.record_payments(
        "2024-04-10",
        HE.payment(2023, 90_000, "2023-05-08"),
        TIAN.payment(2023, 40_000, "2023-06-12"),
        LUO.payment(2024, 90_000, "2024-02-20"),
        FANG.payment(2023, 120_000, "2023-03-15"),
        MENG.payment(2023, 15_000, "2023-09-01"),
        QIN.payment(2022, 40_000, "2024-01-15", kind="back_payment"),
    )
    return year


def decided(year: VillageYear) -> None:
    year.draft("2024-05-06", **CONTENT)
    year.decide("2024-05-06", **DECISION)


def test_a_region_of_one_file_runs_its_year(village, books_hold):
    year, clerk, officer = village, village.who["clerk"], village.who["officer"]
    decided(year)

    # Only what was paid for the year before counts: 900 → 60.50, 400 → 60.50, 1,200 → 120.35, 150 → 15.00 = 256.35.
    # 罗桂英 paid this year only, 秦小梅 only a back payment.
    estimate = year.estimate("2024-05-06")
    assert (estimate["count"], estimate["amount_fen"], estimate["cap_fen"]) == (4, 25_635, 120_000)

    # One office: received on Wednesday 8 May, silent on the 9th and 10th, counted as filed from the 11th.
    clerk.act(f"plans/{year.plan}/file/", "2024-05-08")
    (filing,) = clerk.rows("filings/", plan=year.plan, on="2024-05-08")
    assert (filing["office"], filing["office_name"]) == ("county_agriculture", "县农业农村部门")
    assert (filing["due_on"], filing["counts_on"]) == ("2024-05-10", "2024-05-11")
    early = year.put_in_force("2024-05-10", 422)
    assert early["code"] == "E-FILING" and "溆试发〔2024〕7号 第四条" in early["clause"]
    year.put_in_force("2024-05-11")

    batch = year.draw_up("2024-05-13")
    assert (batch["headcount"], batch["amount_fen"]) == (4, 25_635)
    add = [{"id_number": LUO.id_number, "amount_fen": 6_050}]
    clerk.act(f"applications/{year.batch}/lines/", "2024-05-13", add=add)
    year.attach("2024-05-13", ("roster",), ("organisation",))
    wrong = year.submit("2024-05-13", 422)
    assert wrong["code"] == "E-DOC-SEAL" and "溆试发〔2024〕7号 第五条" in wrong["clause"]
    year.attach("2024-05-13", ("roster",), ("village_committee",))
    assert year.submit("2024-05-13")["state"] == "submitted"

    year.verify("2024-05-14")
    notice = year.confirm("2024-05-15")
    assert (notice["headcount"], notice["amount_fen"]) == (4, 25_635)
    assert year.remit("2024-05-16", "V1")["notice"]["state"] == "paid"
    job = year.post("2024-05-20")
    assert (job["done_count"], job["done_fen"]) == (4, 25_635)
    assert year.inform("2024-05-21", "2024-05-22")["state"] == "closed"

    (line,) = year.explain("罗桂英")
    assert (line["is_granted"], line["state"]) == (False, "ineligible")
    assert line["conclusion"]["clause"].startswith("溆试发〔2024〕7号 第二条“对上一年度已经正常缴费的")
    (line,) = year.explain("方国强")
    assert (line["is_granted"], line["amount_fen"]) == (True, 12_035)
    assert all("溆试发〔2024〕7号" in clause for q in line["questions"] for clause in q["clauses"])

    # 孟祥云's 15.00 were paid for the wrong person and go back to the village.
    asked = year.ask_refund("孟祥云", "2024-06-03", "WRONG_PERSON", "2024-06-01")
    back = year.pay_refund(asked["id"], ("2024-06-04", "2024-06-05", "2024-06-06"), "T1")
    assert (back["state"], back["amount_fen"], back["payee"]) == ("reversed", 1_500, "organisation")

    # The reward: 256.35 − 15.00 = 241.35; 35 % are 84.4725, never more than that → 84.47; not before March.
    (reward,) = year.compute_reward("2025-02-27")
    assert (reward["base_fen"], reward["rate_ppm"], reward["cap_fen"]) == (24_135, 350_000, 8_447)
    early = officer.act("rewards/determine/", "2025-02-28", 422, year=2024)
    assert early["code"] == "E-REWARD-OPEN" and "溆试发〔2024〕7号 第六条" in early["clause"]
    days = [f"2025-03-{day:02}" for day in (4, 5, 6, 7, 10, 11, 12, 13, 14)]
    assert year.pay_reward(reward["id"], 8_447, days)["state"] == "paid"

    # The country's rate, June to December: 120.35 × 3 % × 7/12 = 2.106… → 2.11.
    assert year.settle_interest(30_000, ("2025-03-17", "2025-03-18", "2025-03-19"))["state"] == "done"
    assert year.statement("方国强")["total_fen"] == 12_246


def test_every_page_of_the_region_opens(village, page):
    decided(village)
    village.who["clerk"].act(f"plans/{village.plan}/file/", "2024-05-08")
    village.put_in_force("2024-05-11")
    village.draw_up("2024-05-13")
    village.attach("2024-05-13", ("roster",), ("village_committee",))
    village.submit("2024-05-13")
    village.verify("2024-05-14")
    village.confirm("2024-05-15")
    village.remit("2024-05-16", "V1")
    village.post("2024-05-20")
    village.inform("2024-05-21", "2024-05-22")
    village.compute_reward("2025-03-03")
    users = User.objects.exclude(username__in=("township", "auditor", "reviewer", "finance_reviewer"))
    assert {u.username: closed_doors(page(u, on="2025-03-06"), most=MOST_PAGES) for u in users} == {
        u.username: [] for u in users
    }


def test_what_the_file_does_not_allow_is_refused(village):
    clerk = village.who["clerk"]
    percent = CONTENT | {"standards": [{"method": "percent", "rate_ppm": 100_000}]}
    village.draft("2024-05-06", **percent)
    refused = clerk.act(f"plans/{village.plan}/decision/", "2024-05-06", 422, **DECISION)
    assert refused["code"] == "E-PLAN-PART" and "溆试发〔2024〕7号 第三条" in refused["clause"]

    village.who["clerk"].act(
        f"plans/{village.plan}/", "2024-05-06", verb="patch", standards=[{"method": "flat", "amount_fen": 130_000}]
    )  # fmt: skip
    above = clerk.act(f"plans/{village.plan}/decision/", "2024-05-06", 422, **DECISION)
    assert above["code"] == "E-CAP" and "1,200.00" in above["message"]


def _contradicts(content: dict) -> None:
    content["parameters"]["reward_form"]["rows"][0]["value"] = "none"


def _names_no_paper(content: dict) -> None:
    content["parameters"]["application_seal"]["rows"][0]["key"] = "plan"


def _unit_of_another_kind(content: dict) -> None:
    content["parameters"]["reward_ceiling"]["unit"] = "元/年"


def _value_out_of_its_unit(content: dict) -> None:
    content["parameters"]["filing_silence_days"]["rows"][0]["value"] = "两天"


def _clause_of_nowhere(content: dict) -> None:
    content["parameters"]["reward_ceiling"]["clause"] = "XP 第七条"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_contradicts, "自相矛盾：“奖励形式：不奖励”与同期的“奖励比例上限"),
        (_names_no_paper, "自相矛盾：有“申请材料的印章（补助方案）"),
        (_unit_of_another_kind, "reward_ceiling"),
        (_value_out_of_its_unit, "filing_silence_days"),
        (_clause_of_nowhere, "第七条"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_file_that_cannot_be_right_is_refused_at_its_place_and_leaves_nothing(
    change, said, base_data, tmp_path
):
    content = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "xupu.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    before = PolicyRevision.objects.get().token

    with pytest.raises(CommandError) as refused:
        call_command("load_policies", str(path), verbosity=0)

    assert str(refused.value).startswith("xupu.yaml（") and said in str(refused.value)
    assert not PolicyValue.objects.filter(region_code=COUNTY).exists()
    assert not PolicyDocument.objects.filter(region_code=COUNTY).exists()
    assert PolicyRevision.objects.get().token == before
