"""One village's whole year through the API alone, from regions and policies to figures worked out by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from desk.demo.year import BLANK_PDF
from tests import factories
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
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_keys = count(1)


class Caller:
    """One user's token and the calls he makes with it."""

    def __init__(self, username: str) -> None:
        self.client = APIClient()
        answer = self.client.post(
            "/api/token/", {"username": username, "password": factories.PASSWORD}, format="json"
        )
        assert answer.status_code == 200, answer.content
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self.client.get(f"/api/{path}", query)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def act(
        self, path: str, on: str, status: int = 200, *, key: str = "", verb: str = "post", **body: Any
    ) -> Any:
        """One act on its business date with a request key of its own."""
        key = key or f"{next(_keys)}-{uuid.uuid4().hex}"
        call = getattr(self.client, verb)
        answer = call(f"/api/{path}", {"on": on, **body}, format="json", headers={"Idempotency-Key": key})
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def upload(self, path: str, on: str, name: str, content: bytes, status: int = 201, **fields: Any) -> Any:
        """One file as multipart."""
        body = {"on": on, "file": SimpleUploadedFile(name, content), **fields}
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self.client.post(f"/api/{path}", body, format="multipart", headers=headers)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()


@pytest.fixture
def who(base_data: None) -> dict[str, Caller]:
    for username, (code, role) in USERS.items():
        factories.account(username, code, role)
    return {username: Caller(username) for username in USERS}


@pytest.fixture
def people() -> list[tuple[str, str]]:
    """Names and identity numbers."""

    def named() -> Iterator[tuple[str, str]]:
        for number in range(PEOPLE):
            yield SURNAMES[number % len(SURNAMES)] + "明芳", factories.id_number()

    return list(named())


def members_sheet(people: list[tuple[str, str]]) -> bytes:
    rows = [f"{name},{number},1组" for name, number in people]
    return "\r\n".join(["姓名,公民身份号码,组", *rows]).encode("utf-8-sig")


def organisation_with_members(who: dict[str, Caller], people: list[tuple[str, str]]) -> int:
    """Registered by the admin, income declared and members brought in by the clerk, payments by the tax office."""
    organisation = who["admin"].act(
        "organisations/", "2024-01-08", 201, region=factories.SHIMEN, name="石门村股份经济合作联合社",
        legal_representative="李国富", responsible_person="张书记", bank_name="重庆农村商业银行",
        account_name="石门村股份经济合作联合社", bank_account="6214660012345678",
    )  # fmt: skip
    assert organisation["bank_account_last4"] == "5678"
    pk = organisation["id"]
    who["clerk"].act(f"organisations/{pk}/incomes/", "2024-01-10", 201, year=2023, disposable_fen=30_000_000)
    sheet = who["clerk"].upload(
        "imports/", "2024-01-12", "成员名单.csv", members_sheet(people), kind="members"
    )
    assert (sheet["state"], sheet["new_count"], sheet["faulty_count"]) == ("pending", PEOPLE, 0)
    written = who["clerk"].act(f"imports/{sheet['id']}/confirm/", "2024-01-12")
    assert written["state"] == "written"
    paid = [
        {"name": name, "id_number": number, "year": 2024, "personal_fen": 50_000, "paid_on": "2024-03-06"}
        for name, number in people
    ]
    recorded = who["tax"].act("contributions/", "2024-03-07", 201, rows=paid)
    assert (recorded["new_count"], recorded["unchanged_count"]) == (PEOPLE, 0)
    return pk


def plan_in_force(who: dict[str, Caller], organisation: int) -> int:
    """A flat 200.00 a head, decided and in force."""
    clerk = who["clerk"]
    plan = clerk.act(
        "plans/", "2024-06-18", 201, organisation=organisation, year=2024,
        beneficiaries="已完成规定年度个人缴费的本组织成员", procedure="申请、核实、缴款、记账、告知",
        sources=[{"source_type": "distributable_income", "amount_fen": PEOPLE * STANDARD_FEN}],
        standards=[{"method": "flat", "amount_fen": STANDARD_FEN}],
    )  # fmt: skip
    pk = plan["id"]
    estimate = clerk.get(f"plans/{pk}/estimate/", on="2024-06-18")
    assert (estimate["count"], estimate["amount_fen"]) == (30, 600_000)
    clerk.upload(
        f"plans/{pk}/attachments/",
        "2024-06-18",
        "决议.pdf",
        BLANK_PDF,
        kind="resolution",
        seals="organisation",
    )
    clerk.act(
        f"plans/{pk}/decision/", "2024-06-18", body="members_assembly", met_on="2024-06-18", called_count=312,
        attended_count=248, agreed_count=231, against_count=10, abstained_count=7, resolution="同意",
        posted_on="2024-06-01", published_from="2024-06-18",
    )  # fmt: skip
    assert clerk.act(f"plans/{pk}/in-force/", "2024-06-18")["state"] == "in_force"
    return pk


def handed_in(who: dict[str, Caller], plan: int) -> int:
    """Drawn up, its papers attached, submitted."""
    clerk = who["clerk"]
    batch = clerk.act("applications/", "2024-06-19", 201, plan=plan)
    assert (batch["headcount"], batch["amount_fen"]) == (PEOPLE, 600_000)
    for kind in ("plan", "application", "roster"):
        path = f"applications/{batch['id']}/attachments/"
        clerk.upload(path, "2024-06-19", f"{kind}.pdf", BLANK_PDF, kind=kind, seals="organisation")
    clerk.act(f"applications/{batch['id']}/precheck/", "2024-06-19")
    sent = clerk.act(f"applications/{batch['id']}/submit/", "2024-06-19", declared_true=True)
    assert (sent["state"], sent["number"]) == ("submitted", "晏石门申〔2024〕1号")
    return batch["id"]


def notified(who: dict[str, Caller], batch: int) -> int:
    """Verified by one officer, confirmed by another; the notice."""
    officer = who["officer"]
    officer.act(
        f"applications/{batch}/decide/", "2024-06-24", decisions=[{"pick": "clean", "verdict": "pass"}]
    )
    officer.act(f"applications/{batch}/verify/", "2024-06-24")
    assert who["reviewer"].act(f"applications/{batch}/confirm/", "2024-06-25")["state"] == "notified"
    notice = who["tax"].get("notices/", application=batch)["results"][0]
    assert (notice["headcount"], notice["amount_fen"], notice["state"]) == (PEOPLE, 600_000, "issued")
    return notice["id"]


def posted(who: dict[str, Caller], batch: int, notice: int, people: list[tuple[str, str]], run_jobs) -> None:
    """Paid by one voucher, posted by the job that is asked until it is done."""
    rows = [
        {"id_number": n, "name": name, "amount_fen": STANDARD_FEN, "paid_on": "2024-06-28", "voucher": "V1"}
        for name, n in people
    ]
    recorded = who["tax"].act(f"notices/{notice}/tax-rows/", "2024-06-28", 201, rows=rows)
    assert (recorded["rows_count"], recorded["amount_fen"]) == (PEOPLE, 600_000)
    assert recorded["notice"]["state"] == "paid"
    job = who["officer"].act("postings/", "2024-07-01", 201, applications=[batch])
    assert job["state"] == "queued"
    run_jobs()
    job = who["officer"].get(f"jobs/{job['id']}/")
    assert (job["state"], job["done_count"], job["done_fen"]) == ("done", PEOPLE, 600_000)


@pytest.fixture
def village_year(who, people, run_jobs) -> dict[str, Any]:
    """A batch posted, with everything that led there."""
    organisation = organisation_with_members(who, people)
    batch = handed_in(who, plan_in_force(who, organisation))
    notice = notified(who, batch)
    posted(who, batch, notice, people, run_jobs)
    return {"organisation": organisation, "batch": batch, "notice": notice}


def test_members_are_informed_and_their_statements_hold_200(village_year, who, books_hold):
    batch = village_year["batch"]

    who["officer"].act(f"informing/{batch}/feed-back/", "2024-07-02")
    told = who["clerk"].act(f"informing/{batch}/informed/", "2024-07-05", method="publicity")

    assert (told["state"], told["told_count"]) == ("closed", PEOPLE)
    line = who["clerk"].get("posted-lines/", application=batch)["results"][0]
    account = who["officer"].get(f"accounts/{line['person']}/")
    assert account["total_fen"] == STANDARD_FEN
    assert [row["signed_fen"] for row in account["transfers"]] == [STANDARD_FEN]
    trace = who["officer"].get(f"posted-lines/{line['id']}/")
    assert (trace["line"]["application"], trace["tax_rows"][0]["voucher"]) == (batch, "V1")


def refunded(who: dict[str, Caller], batch: int) -> dict[str, Any]:
    """One line asked back by the village with evidence, verified, approved, its paying back recorded."""
    line = who["clerk"].get("posted-lines/", application=batch)["results"][0]
    asked = who["clerk"].client.post(
        "/api/refunds/",
        {
            "on": "2024-07-10", "line": line["id"], "reason": "DEATH", "event_on": "2024-06-20", "is_sealed": True,
            "evidence": [SimpleUploadedFile("死亡证明.pdf", BLANK_PDF)],
        },
        format="multipart",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )  # fmt: skip
    assert asked.status_code == 201, asked.content.decode()
    refund = f"refunds/{asked.json()['id']}"
    who["officer"].act(f"{refund}/verify/", "2024-07-11")
    who["reviewer"].act(f"{refund}/approve/", "2024-07-12")
    done = who["tax"].act(f"{refund}/paid/", "2024-07-15", voucher="T1")
    assert (done["state"], done["amount_fen"]) == ("reversed", STANDARD_FEN)
    return line


def test_a_refund_takes_200_back_out_of_one_account(village_year, who, books_hold):
    line = refunded(who, village_year["batch"])

    assert who["officer"].get(f"accounts/{line['person']}/")["total_fen"] == 0


@pytest.mark.rule("CS-13")
@pytest.mark.rule("CS-36")
def test_the_year_ends_with_60_percent_of_what_stayed_posted_in_the_villages_hands(
    village_year, who, run_jobs, books_hold
):
    """6,000.00 posted − 200.00 refunded = 5,800.00; 60 % for 2024 = 3,480.00."""
    batch = village_year["batch"]
    who["officer"].act(f"informing/{batch}/feed-back/", "2024-07-02")
    who["clerk"].act(f"informing/{batch}/informed/", "2024-07-05", method="publicity")
    refunded(who, batch)
    officer, reviewer, finance = who["officer"], who["reviewer"], who["finance"]

    officer.act("rewards/compute/", "2025-01-10", 201, year=2024)
    run_jobs()
    row = officer.get("rewards/", year=2024)["results"][0]
    assert (row["base_fen"], row["rate_ppm"], row["cap_fen"]) == (580_000, 600_000, 348_000)
    over = [{"reward": row["id"], "amount_fen": 348_001}]
    assert (
        officer.act("rewards/determine/", "2025-01-13", 422, year=2024, rows=over)["code"] == "E-REWARD-CAP"
    )
    officer.act("rewards/determine/", "2025-01-13", year=2024)
    paper = officer.act("reward-applications/", "2025-01-14", 201, year=2024)["id"]
    reviewer.act(f"reward-applications/{paper}/confirm/", "2025-01-15")
    budget = finance.act(
        "reward-budgets/", "2025-01-16", 201, year=2024, total_fen=1_000_000, document="预算文件"
    )
    who["finance_reviewer"].act(f"reward-budgets/{budget['id']}/agree/", "2025-01-17")
    finance.act("rewards/approve/", "2025-01-20", rows=[{"reward": row["id"], "verdict": "approve"}])
    officer.act(f"reward-applications/{paper}/receive/", "2025-01-24", amount_fen=348_000, voucher="R1")
    run = officer.act("reward-payments/", "2025-01-26", 201, rewards=[row["id"]])["id"]
    reviewer.act(f"reward-payments/{run}/confirm/", "2025-01-27", amount_fen=348_000, voucher="P1")

    assert [(r["state"], r["approved_fen"]) for r in who["clerk"].get("rewards/")["results"]] == [
        ("paid", 348_000)
    ]
    again = officer.act("rewards/compute/", "2025-01-28", 201, year=2024)
    run_jobs()
    result = officer.get(f"jobs/{again['id']}/")["result"]
    assert (result["new"], result["changed"]) == (0, [])


def test_a_replay_gets_the_first_answer_and_doubles_nothing(who, people):
    organisation = organisation_with_members(who, people)
    body = {"year": 2024, "disposable_fen": 5_000_000}
    path = f"organisations/{organisation}/incomes/"

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
    again = who["officer"].act("postings/", "2024-07-01", 409, applications=[village_year["batch"]])
    assert again["message"]
    run_jobs()
    line = who["clerk"].get("posted-lines/", application=village_year["batch"])["results"][0]
    assert who["officer"].get(f"accounts/{line['person']}/")["total_fen"] == STANDARD_FEN


def test_wrong_role_foreign_area_and_wrong_order_have_their_own_answers(who, people):
    organisation = organisation_with_members(who, people)
    batch = handed_in(who, plan_in_force(who, organisation))

    assert who["clerk"].act(f"applications/{batch}/verify/", "2024-06-24", 403)["code"] == "E-ROLE"
    assert who["stranger"].act(f"applications/{batch}/withdraw/", "2024-06-24", 404)["code"] == "E-NOT-FOUND"
    assert who["reviewer"].act(f"applications/{batch}/confirm/", "2024-06-25", 409)["code"] == "E-STATE"
    assert who["clerk"].act(f"applications/{batch}/submit/", "2024-06-24", 409)["code"] == "E-STATE"
    assert APIClient().get(f"/api/applications/{batch}/").status_code == 401


def test_faulty_payments_are_named_row_by_row_and_none_is_recorded(who, people):
    organisation_with_members(who, people)
    (name, number), (_, other) = people[:2]
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
