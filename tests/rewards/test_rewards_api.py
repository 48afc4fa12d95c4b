"""The whole reward through the API, as six users; foreign areas read like nothing."""

import pytest

from rewards.models import Reward
from tests.factories import SHIMEN
from tests.rewards import reward_cases as cases
from villages.models import CollectiveOrganisation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
_keys = iter(range(10**6))

PAYEE = ("payee_name", "payee_bank", "payee_account_last4")


def post(client, url, status=200, **data):
    answer = client.post(f"/api/{url}", data, format="json", HTTP_IDEMPOTENCY_KEY=f"k{next(_keys)}")
    assert answer.status_code == status, answer.json()
    return answer.json()


@pytest.fixture
def year(cast):
    return cases.posted_village(cast, SHIMEN, members=30, fen=20_000)


@pytest.mark.rule("CS-36")
def test_the_whole_way_through_the_api(year, cast, api, run_jobs):
    officer, reviewer = api(cast.officer), api(cast.reviewer)
    job = post(officer, "rewards/compute/", 201, year=2024, on="2025-01-10")
    run_jobs()
    assert officer.get(f"/api/jobs/{job['id']}/").json()["result"]["new"] == 1
    row = officer.get("/api/rewards/?year=2024").json()["results"][0]
    assert (row["base_fen"], row["rate_ppm"], row["cap_fen"], row["state"]) == (
        600_000,
        600_000,
        360_000,
        "computed",
    )
    refused = post(
        officer,
        "rewards/determine/",
        422,
        year=2024,
        on="2025-01-10",
        rows=[{"reward": row["id"], "amount_fen": 360_001}],
    )
    assert refused["code"] == "E-REWARD-CAP" and "长寿府办发" in refused["clause"]
    done = post(officer, "rewards/determine/", year=2024, on="2025-01-10")
    assert done[0]["determined_fen"] == 360_000
    assert post(officer, "rewards/determine/", 422, year=2024, on="2025-01-10")["code"] == "E-REWARD-TWICE"
    made = post(officer, "reward-applications/", 201, year=2024, on="2025-01-10")
    assert (
        post(officer, f"reward-applications/{made['id']}/confirm/", 403, on="2025-01-10")["code"] == "E-ROLE"
    )
    sent = post(reviewer, f"reward-applications/{made['id']}/confirm/", on="2025-01-11")
    assert (sent["number"], sent["standing"], sent["amount_fen"]) == (
        "长社保奖申〔2025〕1号",
        "待批复",
        360_000,
    )
    finance, second = api(cast.finance), api(cast.finance_reviewer)
    decisions = [{"reward": row["id"], "verdict": "reduce", "amount_fen": 350_000, "reason": "按预算核减"}]
    assert post(finance, "rewards/approve/", 422, rows=decisions, on="2025-01-15")["code"] == "E-BUDGET"
    budget = post(
        finance,
        "reward-budgets/",
        201,
        year=2024,
        total_fen=1_000_000,
        document="长财〔2025〕3号",
        on="2025-01-15",
    )
    assert (
        post(finance, f"reward-budgets/{budget['id']}/agree/", 422, on="2025-01-15")["code"]
        == "E-SAME-PERSON"
    )
    post(second, f"reward-budgets/{budget['id']}/agree/", on="2025-01-15")
    assert post(finance, "rewards/approve/", rows=decisions, on="2025-01-15")[0]["approved_fen"] == 350_000
    use = finance.get("/api/reward-budgets/?year=2024").json()["results"][0]["use"]
    assert (use["reserved_fen"], use["paid_fen"], use["rest_fen"]) == (350_000, 0, 650_000)
    url = f"reward-applications/{made['id']}/receive/"
    assert post(officer, url, 422, amount_fen=360_000, voucher="V", on="2025-01-20")["code"] == "E-REWARD-SUM"
    assert post(officer, url, amount_fen=350_000, voucher="V", on="2025-01-20")["standing"] == "已到经办账户"
    payee = [officer.get(f"/api/rewards/{row['id']}/").json()[name] for name in PAYEE]
    assert payee == ["", "", ""]
    run = post(officer, "reward-payments/", 201, rewards=[row["id"]], on="2025-01-21")
    village = Reward.objects.get().organisation
    paid = post(
        reviewer, f"reward-payments/{run['id']}/confirm/", voucher="B", amount_fen=350_000, on="2025-01-22"
    )
    assert (paid["state"], paid["amount_fen"]) == ("confirmed", 350_000)
    mine = api(cast.clerk).get("/api/rewards/").json()["results"]
    assert [one["state"] for one in mine] == ["paid"]
    kept = [village.account_name, village.bank_name, village.bank_account[-4:]]
    CollectiveOrganisation.objects.update(bank_account="6214660012345678", bank_name="农商行")
    shown = officer.get(f"/api/rewards/{row['id']}/").json()
    assert [shown[name] for name in PAYEE] == kept and len(kept[2]) == 4
    assert village.bank_account not in officer.get("/api/rewards/").content.decode()
    use = finance.get("/api/reward-budgets/?year=2024").json()["results"][0]["use"]
    assert (use["reserved_fen"], use["paid_fen"], use["approved_fen"]) == (0, 350_000, 350_000)


def test_a_replay_gets_the_first_answer(year, cast, api):
    client = api(cast.officer)
    data = {"year": 2024, "on": "2025-01-10"}
    first = client.post("/api/rewards/determine/", data, format="json", HTTP_IDEMPOTENCY_KEY="same")
    again = client.post("/api/rewards/determine/", data, format="json", HTTP_IDEMPOTENCY_KEY="same")
    assert again.json() == first.json() and again["Idempotent-Replay"] == "true"


def test_others_see_nothing_of_it(year, cast, api):
    cases.determined(cast)
    row = Reward.objects.get()
    for who in (cast.stranger, cast.foreign_officer, cast.foreign_finance):
        assert api(who).get("/api/rewards/").json()["results"] == []
        assert api(who).get(f"/api/rewards/{row.pk}/").status_code == 404
    for who in (cast.tax, cast.agriculture, cast.admin):
        assert api(who).get("/api/rewards/").status_code == 403
    assert api(cast.clerk).get("/api/reward-budgets/").status_code == 403


def test_a_rate_is_decided_by_one_and_confirmed_by_another(cast, api):
    data = {"year": 2025, "rate_ppm": 410_000, "document": "长府办〔2025〕1号", "on": "2025-06-01"}
    assert post(api(cast.officer), "reward-rates/", 422, **data)["code"] == "E-REWARD-RATE"
    rate = post(api(cast.officer), "reward-rates/", 201, **(data | {"rate_ppm": 350_000}))
    assert (
        post(api(cast.reviewer), f"reward-rates/{rate['id']}/confirm/", on="2025-06-01")["state"]
        == "confirmed"
    )
    assert post(api(cast.officer), "reward-rates/", 422, **(data | {"year": 2027}))["code"] == "W-NO-RATE"
