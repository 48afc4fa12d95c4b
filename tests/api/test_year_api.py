"""One village's whole year through the API alone, from regions and policies to figures worked out by hand."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from desk.demo.year import BLANK_PDF
from tests import factories
from tests.api.driving import Caller, Someone, VillageYear
from villages.enums import Role

pytestmark = pytest.mark.django_db

USERS = {
    "clerk": (factories.SHIMEN, Role.CLERK),
    "officer": (factories.COUNTY, Role.OFFICER),
    "reviewer": (factories.COUNTY, Role.REVIEWER),
    "tax": (factories.COUNTY, Role.TAX),
    "finance": (factories.COUNTY, Role.FINANCE),
    "finance_reviewer": (factories.COUNTY, Role.FINANCE_REVIEWER),
    "admin": (factories.COUNTY, Role.ADMIN),
    "stranger": (factories.SHAXI, Role.CLERK),
}
PEOPLE = 30
STANDARD_FEN = 20_000
GIVEN = ("明芳", "秀英")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


@pytest.fixture
def who(base_data: None) -> dict[str, Caller]:
    for username, (code, role) in USERS.items():
        factories.account(username, code, role)
    return {username: Caller(username, factories.PASSWORD) for username in USERS}


@pytest.fixture
def people() -> list[Someone]:
    return [
        Someone(SURNAMES[n % len(SURNAMES)] + GIVEN[n // len(SURNAMES)], factories.id_number())
        for n in range(PEOPLE)
    ]


@pytest.fixture
def village(who, people, run_jobs) -> VillageYear:
    """Registered by the admin, income declared and members brought in by the clerk, payments by the tax office."""
    year = VillageYear(who, factories.SHIMEN, people, run_jobs)
    organisation = year.register(who["admin"], "2024-01-08", "石门村股份经济合作联合社")
    assert organisation["bank_account_last4"] == "", "another person confirms the account first"
    year.declare("2024-01-10", 2023, 30_000_000)
    year.bring_members("2024-01-12")
    year.record_payments("2024-03-07", *(one.payment(2024, 50_000, "2024-03-06") for one in people))
    return year


def handed_in(year: VillageYear) -> int:
    """A flat 200.00 a head, decided and in force; drawn up, its papers attached, submitted."""
    year.draft(
        "2024-06-18",
        beneficiaries="已完成规定年度个人缴费的本组织成员",
        procedure="申请、核实、缴款、记账、告知",
        sources=[{"source_type": "distributable_income", "amount_fen": PEOPLE * STANDARD_FEN}],
        standards=[{"method": "flat", "amount_fen": STANDARD_FEN}],
    )
    estimate = year.estimate("2024-06-18")
    assert (estimate["count"], estimate["amount_fen"]) == (30, 600_000)
    path = f"plans/{year.plan}/attachments/"
    year.who["clerk"].upload(path, "2024-06-18", "决议.pdf", BLANK_PDF, kind="minutes", is_sealed=True)
    year.decide(
        "2024-06-18", body="members_assembly", met_on="2024-06-18", called_count=312, attended_count=248,
        agreed_count=231, against_count=10, abstained_count=7, resolution="同意", posted_on="2024-06-01",
        published_from="2024-06-18",
    )  # fmt: skip
    year.put_in_force("2024-06-18")
    batch = year.draw_up("2024-06-19")
    assert (batch["headcount"], batch["amount_fen"]) == (PEOPLE, 600_000)
    year.attach("2024-06-19", ("plan", "application", "roster"), ("organisation",))
    year.who["clerk"].act(f"applications/{year.batch}/precheck/", "2024-06-19")
    sent = year.submit("2024-06-19")
    assert (sent["state"], sent["number"]) == ("submitted", "晏石门申〔2024〕1号")
    return year.batch


@pytest.fixture
def village_year(village) -> VillageYear:
    """A batch posted, with everything that led there."""
    handed_in(village)
    village.verify("2024-06-24")
    notice = village.confirm("2024-06-25")
    assert (notice["headcount"], notice["amount_fen"], notice["state"]) == (PEOPLE, 600_000, "issued")
    recorded = village.remit("2024-06-28", "V1")
    assert (recorded["rows_count"], recorded["amount_fen"]) == (PEOPLE, 600_000)
    assert recorded["notice"]["state"] == "paid"
    job = village.post("2024-07-01")
    assert (job["done_count"], job["done_fen"]) == (PEOPLE, 600_000)
    return village


def test_members_are_informed_and_their_statements_hold_200(village_year, who, books_hold):
    batch = village_year.batch

    told = village_year.inform("2024-07-02", "2024-07-05")

    assert (told["state"], told["told_count"]) == ("closed", PEOPLE)
    line = who["clerk"].get("posted-lines/", application=batch)["results"][0]
    account = who["officer"].get(f"accounts/{line['person']}/")
    assert account["total_fen"] == STANDARD_FEN
    assert [row["signed_fen"] for row in account["transfers"]] == [STANDARD_FEN]
    trace = who["officer"].get(f"posted-lines/{line['id']}/")
    assert (trace["line"]["application"], trace["tax_rows"][0]["voucher"]) == (batch, "V1")


def refunded(year: VillageYear) -> None:
    """One line asked back by the village with evidence, verified, approved, its paying back recorded."""
    asked = year.ask_refund(year.people[0].name, "2024-07-10", "DEATH", "2024-06-20")
    done = year.pay_refund(asked["id"], ("2024-07-11", "2024-07-12", "2024-07-15"), "T1")
    assert (done["state"], done["amount_fen"]) == ("reversed", STANDARD_FEN)


def test_a_refund_takes_200_back_out_of_one_account(village_year, books_hold):
    refunded(village_year)

    assert village_year.statement(village_year.people[0].name)["total_fen"] == 0


@pytest.mark.rule("CS-13")
@pytest.mark.rule("CS-36")
def test_the_year_ends_with_60_percent_of_what_stayed_posted_in_the_villages_hands(
    village_year, who, run_jobs, books_hold
):
    """6,000.00 posted − 200.00 refunded = 5,800.00; 60 % for 2024 = 3,480.00."""
    village_year.inform("2024-07-02", "2024-07-05")
    refunded(village_year)
    officer = who["officer"]

    (row,) = village_year.compute_reward("2025-01-10")
    assert (row["base_fen"], row["rate_ppm"], row["cap_fen"]) == (580_000, 600_000, 348_000)
    over = [{"reward": row["id"], "amount_fen": 348_001}]
    refused = officer.act("rewards/determine/", "2025-01-13", 422, year=2024, rows=over)
    assert refused["code"] == "E-REWARD-CAP"
    paid = village_year.pay_reward(
        row["id"], 348_000, [f"2025-01-{day}" for day in (13, 14, 15, 16, 17, 20, 24, 26, 27)]
    )

    assert (paid["state"], paid["approved_fen"]) == ("paid", 348_000)
    again = officer.act("rewards/compute/", "2025-01-28", 201, year=2024)
    run_jobs()
    result = officer.get(f"jobs/{again['id']}/")["result"]
    assert (result["new"], result["changed"]) == (0, [])


def test_a_replay_gets_the_first_answer_and_doubles_nothing(who, village):
    body = {"year": 2024, "disposable_fen": 5_000_000}
    path = f"organisations/{village.organisation}/incomes/"

    first = who["clerk"].act(path, "2024-12-31", 201, key="once", **body)
    again = who["clerk"].act(path, "2024-12-31", 201, key="once", **body)
    assert again == first
    assert who["clerk"].get(path)["count"] == 2

    other = who["clerk"].act(path, "2024-12-31", 422, key="once", **(body | {"disposable_fen": 1}))
    assert other["code"] == "E-KEY"
    keyless = who["clerk"].client.post(f"/api/{path}", {"on": "2024-12-31", **body}, format="json")
    assert (keyless.status_code, keyless.json()["code"]) == (400, "E-KEY-MISSING")


def test_a_posting_replayed_posts_once(village_year, who, run_jobs, books_hold):
    assert who["officer"].get("postings/")["count"] == 0
    again = who["officer"].act("postings/", "2024-07-01", 409, applications=[village_year.batch])
    assert again["message"]
    run_jobs()
    line = who["clerk"].get("posted-lines/", application=village_year.batch)["results"][0]
    assert who["officer"].get(f"accounts/{line['person']}/")["total_fen"] == STANDARD_FEN


def test_wrong_role_foreign_area_and_wrong_order_have_their_own_answers(who, village):
    batch = handed_in(village)

    assert who["clerk"].act(f"applications/{batch}/verify/", "2024-06-24", 403)["code"] == "E-ROLE"
    assert who["stranger"].act(f"applications/{batch}/withdraw/", "2024-06-24", 404)["code"] == "E-NOT-FOUND"
    assert who["reviewer"].act(f"applications/{batch}/confirm/", "2024-06-25", 409)["code"] == "E-STATE"
    assert who["clerk"].act(f"applications/{batch}/submit/", "2024-06-24", 409)["code"] == "E-STATE"
    assert APIClient().get(f"/api/applications/{batch}/").status_code == 401


def test_faulty_payments_are_named_row_by_row_and_none_is_recorded(who, village):
    name, number, other = village.people[0].name, village.people[0].id_number, village.people[1].id_number
    good = {"name": name, "id_number": number, "year": 2025, "personal_fen": 50_000, "paid_on": "2025-03-06"}

    malformed = who["tax"].act(
        "contributions/", "2025-03-07", 400, rows=[good, good | {"id_number": number[:-1] + "?"}]
    )
    refused = who["tax"].act(
        "contributions/", "2025-03-07", 422,
        rows=[good | {"personal_fen": 12_300}, good | {"id_number": other, "name": "查无此人"}],
    )  # fmt: skip

    assert [(row["row"], row["field"]) for row in malformed["rows"]] == [(2, "id_number")]
    assert {(row["row"], row["code"]) for row in refused["rows"]} == {(1, "E-TIER"), (2, "E-NAME")}
    assert who["tax"].get("contributions/", year=2025)["count"] == 0
    assert number not in str(malformed) + str(refused)


def test_whoever_asks_learns_who_he_is(who):
    me = who["clerk"].get("me/")
    assert (me["username"], me["roles"], me["area_code"]) == ("clerk", ["clerk"], factories.SHIMEN)
