"""A village's year through the API alone: one user's calls, the accounts of a county, and each act of the year.

Every method is what an office does, on its day; it returns the API's answer. Nothing here touches the database.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from desk.demo.year import BLANK_PDF

_keys = count(1)


class Caller:
    """One user's token and the calls he makes with it."""

    def __init__(self, username: str, password: str) -> None:
        self.client = APIClient()
        answer = self.client.post("/api/token/", {"username": username, "password": password}, format="json")
        assert answer.status_code == 200, answer.content
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        answer = self.client.get(f"/api/{path}", query)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def rows(self, path: str, **query: Any) -> list[Any]:
        """All rows of a list."""
        return self.get(path, page_size=500, **query)["results"]

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
        return self.send(path, on, status, file=SimpleUploadedFile(name, content), **fields)

    def send(self, path: str, on: str, status: int = 201, **fields: Any) -> Any:
        """A multipart form."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self.client.post(f"/api/{path}", {"on": on, **fields}, format="multipart", headers=headers)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()


Staff = Mapping[str, Caller]
PASSWORD = "Xinzhanghao-2024"
# The years told here lie longer back than the rulebook lets a role go by itself.
LATE_DAYS = 3660


def make_staff(admin: Caller, on: str, places: Mapping[str, tuple[str, str]]) -> dict[str, Caller]:
    """Accounts made by an administrator: name → (place, role); each logs in with the password he was given."""
    for name, (place, role) in places.items():
        made = admin.act(
            "staff/", on, 201, username=name, display_name=name, password=PASSWORD, region=place, roles=[role]
        )  # fmt: skip
        assert made["roles"] == [role]
        late = {"backdate_days": LATE_DAYS, "reason": "补录以前年度的业务"}
        admin.act(f"staff/{made['id']}/", on, verb="patch", **late)
    return {name: Caller(name, PASSWORD) for name in places}


def county_staff(*, village: str, town: str, county: str) -> dict[str, tuple[str, str]]:
    """The accounts that a year needs, as `make_staff` takes them."""
    of_county = (
        "officer", "reviewer", "tax", "finance", "finance_reviewer", "agriculture", "district", "auditor",
    )  # fmt: skip
    places = {"clerk": village, "township": town, **dict.fromkeys(of_county, county)}
    return {role: (place, role) for role, place in places.items()}


@dataclass(frozen=True)
class Someone:
    """A member of the village: name, identity number, kind of person in the sheet's words."""

    name: str
    id_number: str
    kind: str = ""

    def payment(self, year: int, personal_fen: int, paid_on: str, **more: Any) -> dict[str, Any]:
        """A contribution of his, as it is reported."""
        return {
            "name": self.name,
            "id_number": self.id_number,
            "year": year,
            "personal_fen": personal_fen,
            "paid_on": paid_on,
            **more,
        }


def members_sheet(people: Iterable[Someone]) -> bytes:
    rows = [f"{one.name},{one.id_number},1组,{one.kind}" for one in people]
    return "\r\n".join(["姓名,公民身份号码,组,人员类别", *rows]).encode("utf-8-sig")


class VillageYear:
    """One village's plan year, act by act; it remembers the ids of what it made."""

    def __init__(
        self,
        who: Staff,
        village: str,
        people: Sequence[Someone],
        run_jobs: Callable[[], int],
        year: int = 2024,
    ) -> None:
        self.who, self.village, self.people, self.run_jobs, self.year = who, village, people, run_jobs, year
        self.organisation = self.plan = self.batch = self.notice = 0

    # Before the plan

    def register(self, by: Caller, on: str, name: str, **more: Any) -> Any:
        made = by.act(
            "organisations/", on, 201, region=self.village, name=name, legal_representative="李国富",
            responsible_person="张书记", bank_name="农村商业银行", account_name=name,
            bank_account="6214660012345678", **more,
        )  # fmt: skip
        self.organisation = made["id"]
        if "reviewer" in self.who:
            change = by.get("account-changes/", organisation=made["id"])["results"][0]["id"]
            path = f"account-changes/{change}/confirm/"
            confirmed = self.who["reviewer"].act(path, on, bank_account="6214660012345678")
            assert confirmed["state"] == "confirmed"
        return made

    def declare(self, on: str, year: int, disposable_fen: int) -> Any:
        path = f"organisations/{self.organisation}/incomes/"
        return self.who["clerk"].act(path, on, 201, year=year, disposable_fen=disposable_fen)

    def bring_members(self, on: str) -> Any:
        clerk = self.who["clerk"]
        sheet = clerk.upload("imports/", on, "成员名单.csv", members_sheet(self.people), kind="members")
        found = (sheet["state"], sheet["new_count"], sheet["faulty_count"])
        assert found == ("pending", len(self.people), 0)
        written = clerk.act(f"imports/{sheet['id']}/confirm/", on)
        assert written["state"] == "written"
        return written

    def record_payments(self, on: str, *rows: Mapping[str, Any]) -> Any:
        recorded = self.who["tax"].act("contributions/", on, 201, rows=list(rows))
        assert (recorded["new_count"], recorded["unchanged_count"]) == (len(rows), 0)
        return recorded

    # Plan

    def draft(self, on: str, **content: Any) -> Any:
        given = {"organisation": self.organisation, "year": self.year, **content}
        made = self.who["clerk"].act("plans/", on, 201, **given)
        self.plan = made["id"]
        return made

    def estimate(self, on: str) -> Any:
        return self.who["clerk"].get(f"plans/{self.plan}/estimate/", on=on)

    def decide(self, on: str, **record: Any) -> Any:
        return self.who["clerk"].act(f"plans/{self.plan}/decision/", on, **record)

    def put_in_force(self, on: str, status: int = 200) -> Any:
        answer = self.who["clerk"].act(f"plans/{self.plan}/in-force/", on, status)
        assert status != 200 or answer["state"] == "in_force"
        return answer

    # Application

    def draw_up(self, on: str, status: int = 201) -> Any:
        batch = self.who["clerk"].act("applications/", on, status, plan=self.plan)
        self.batch = batch.get("id", 0)
        return batch

    def attach(self, on: str, kinds: Iterable[str], seals: Iterable[str]) -> None:
        for kind in kinds:
            path = f"applications/{self.batch}/attachments/"
            self.who["clerk"].upload(path, on, f"{kind}.pdf", BLANK_PDF, kind=kind, seals=list(seals))

    def submit(self, on: str, status: int = 200) -> Any:
        path = f"applications/{self.batch}/submit/"
        return self.who["clerk"].act(path, on, status, declared_true=True)

    def lines(self) -> dict[str, Any]:
        """The lines of the batch by name."""
        return {row["name"]: row for row in self.who["clerk"].rows(f"applications/{self.batch}/lines/")}

    def verify(self, on: str) -> Any:
        """Clean lines pass, refused ones are refused, those with a question pass one by one."""
        officer, path = self.who["officer"], f"applications/{self.batch}"
        picks = [{"pick": "clean", "verdict": "pass"}, {"pick": "refused", "verdict": "refuse"}]
        officer.act(f"{path}/decide/", on, decisions=picks)
        asked = [row["id"] for row in officer.rows(f"{path}/lines/", advice="ask")]
        if asked:
            officer.act(f"{path}/decide/", on, decisions=[{"lines": asked, "verdict": "pass"}])
        return officer.act(f"{path}/verify/", on)

    def confirm(self, on: str) -> Any:
        """Another officer confirms; returns the notice."""
        batch = self.who["reviewer"].act(f"applications/{self.batch}/confirm/", on)
        assert batch["state"] == "notified"
        notice = self.who["tax"].rows("notices/", application=self.batch)[0]
        self.notice = notice["id"]
        return notice

    # Money

    def remit(self, on: str, voucher: str) -> Any:
        """The tax office returns a row for everybody whose line waits for its payment."""
        numbers = {one.name: one.id_number for one in self.people}
        rows = [
            {
                "id_number": numbers[name], "name": name, "amount_fen": row["amount_fen"],
                "paid_on": on, "voucher": voucher,
            }
            for name, row in self.lines().items()
            if row["state"] == "eligible"
        ]  # fmt: skip
        return self.who["tax"].act(f"notices/{self.notice}/tax-rows/", on, 201, rows=rows)

    def post(self, on: str) -> Any:
        """Posted by the job that is asked until it is done."""
        officer = self.who["officer"]
        return self._run(officer.act("postings/", on, 201, applications=[self.batch]))

    def _run(self, job: Mapping[str, Any]) -> Any:
        """What the worker does, until the job is done."""
        self.run_jobs()
        done = self.who["officer"].get(f"jobs/{job['id']}/")
        assert done["state"] == "done", done
        return done

    def inform(self, fed_back_on: str, told_on: str, method: str = "publicity") -> Any:
        self.who["officer"].act(f"informing/{self.batch}/feed-back/", fed_back_on)
        return self.who["clerk"].act(f"informing/{self.batch}/informed/", told_on, method=method)

    def posted_line(self, name: str) -> Any:
        rows = self.who["clerk"].rows("posted-lines/", application=self.batch)
        return next(row for row in rows if row["name"] == name)

    def ask_refund(self, name: str, on: str, reason: str, event_on: str, **more: Any) -> Any:
        line = self.posted_line(name)["id"]
        paper = SimpleUploadedFile("证明.pdf", BLANK_PDF)
        return self.who["clerk"].send(
            "refunds/", on, line=line, reason=reason, event_on=event_on, is_sealed=True, evidence=[paper], **more
        )  # fmt: skip

    def pay_refund(self, refund: int, days: tuple[str, str, str], voucher: str) -> Any:
        """Verified, approved by another, paid back, each on its day."""
        path = f"refunds/{refund}"
        self.who["officer"].act(f"{path}/verify/", days[0])
        self.who["reviewer"].act(f"{path}/approve/", days[1])
        return self.who["tax"].act(f"{path}/paid/", days[2], voucher=voucher)

    def statement(self, name: str) -> Any:
        return self.who["officer"].get(f"accounts/{self.lines()[name]['person']}/")

    def explain(self, name: str, year: int | None = None) -> Any:
        person = self.lines()[name]["person"]
        return self.who["officer"].get(f"explanations/{person}/{year or self.year}/")

    # Donors

    def donated(self, on: str, donor: Mapping[str, Any], amount_fen: int, **pool: Any) -> int:
        """A donor registered, his pool opened and his first money received; the pool's id."""
        clerk = self.who["clerk"]
        giver = clerk.act("donors/", on, 201, **donor)
        given = {
            "donor": giver["id"],
            "organisation": self.organisation,
            "year": self.year,
            "purpose": "资助参保缴费",
        }
        made = clerk.act("pools/", on, 201, **given, **pool)
        self.receive(made["id"], on, amount_fen, "D1")
        return made["id"]

    def receive(self, pool: int, on: str, amount_fen: int, voucher: str) -> Any:
        path = f"pools/{pool}/receive/"
        return self.who["clerk"].act(path, on, amount_fen=amount_fen, moved_on=on, voucher=voucher)

    def of_pool(self, pool: int, on: str) -> VillageYear:
        """The same village's year under the plan that spends a pool, still a draft."""
        made = VillageYear(self.who, self.village, self.people, self.run_jobs, self.year)
        made.organisation = self.organisation
        made.plan = self.who["clerk"].act(f"pools/{pool}/plan/", on, 201)["id"]
        return made

    # Reward and interest

    def compute_reward(self, on: str) -> Any:
        officer = self.who["officer"]
        self._run(officer.act("rewards/compute/", on, 201, year=self.year))
        return officer.get("rewards/", year=self.year, organisation=self.organisation)["results"]

    def pay_reward(self, reward: int, amount_fen: int, days: Sequence[str]) -> Any:
        """Determined, applied for, budgeted, approved, received and paid, each on its day."""
        who, (determined, applied, confirmed, budget, agreed, approved, received, run, paid) = self.who, days
        who["officer"].act("rewards/determine/", determined, year=self.year)
        paper = who["officer"].act("reward-applications/", applied, 201, year=self.year)["id"]
        who["reviewer"].act(f"reward-applications/{paper}/confirm/", confirmed)
        planned = who["finance"].act(
            "reward-budgets/", budget, 201, year=self.year, total_fen=1_000_000, document="预算文件"
        )
        who["finance_reviewer"].act(f"reward-budgets/{planned['id']}/agree/", agreed)
        who["finance"].act("rewards/approve/", approved, rows=[{"reward": reward, "verdict": "approve"}])
        path = f"reward-applications/{paper}/receive/"
        who["officer"].act(path, received, amount_fen=amount_fen, voucher="R1")
        payment = who["officer"].act("reward-payments/", run, 201, rewards=[reward])["id"]
        who["reviewer"].act(f"reward-payments/{payment}/confirm/", paid, amount_fen=amount_fen, voucher="P1")
        return who["clerk"].get(f"rewards/{reward}/")

    def report(self, code: str, on: str, **more: Any) -> Any:
        """One report of the year as the officer sees it on a day."""
        return self.who["officer"].get(f"reports/{code}/", year=self.year, on=on, **more)

    def close(self, days: tuple[str, str], **leaving: str) -> Any:
        """The year closed: proposed with what is left over and why, confirmed by another."""
        made = self.who["officer"].act("closings/", days[0], 201, year=self.year, leaving=leaving)
        return self.who["reviewer"].act(f"closings/{made['id']}/confirm/", days[1])

    def settle_interest(self, rate_ppm: int, days: tuple[str, str, str]) -> Any:
        """The published rate entered, confirmed by another, settled."""
        officer = self.who["officer"]
        rate = officer.act(
            "interest-rates/", days[0], 201, year=self.year, rate_ppm=rate_ppm, document="记账利率公告"
        )
        self.who["reviewer"].act(f"interest-rates/{rate['id']}/confirm/", days[1])
        return self._run(officer.act(f"interest-rates/{rate['id']}/settle/", days[2]))
