"""Take a list of many members from upload to posting in the demo district, and print what each step took."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.imports.services import confirm_import, upload_sheet
from core.sheets.writer import OutColumn, table_workbook
from core.workflow import By
from desk.demo.accounts import Staff, seed_accounts
from desk.demo.districts import districts
from desk.demo.people import a_name, an_id_number, declare_incomes
from desk.demo.seed import crew_of
from desk.demo.stories import demo_today, meeting_of
from desk.demo.year import Year
from subsidies.enums import LineState
from subsidies.models import Line
from subsidies.rules.plans import Source
from subsidies.rules.standards import StandardRow
from villages.models import CollectiveOrganisation

Result = TypeVar("Result")
PREFIX = "500221"
TIER_FEN, SUBSIDY_FEN, INCOME_YUAN = 50_000, 20_000, 2_000_000


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=int, default=2000)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only in the demo (DEMO=1): it writes into a village that has no members yet.")
        self.spent = 0.0
        self.rows = options["rows"]
        counties = list(districts()[0]["counties"])
        empty = CollectiveOrganisation.objects.filter(memberships__isnull=True, county_code__in=counties)
        organisation = empty.order_by("village_code").first()
        if organisation is None:
            raise CommandError("Every village has members already; `make reset` begins anew.")
        self._run(organisation)
        self.stdout.write(f"{'total':28}{self.spent:8.2f} s")

    def step(self, label: str, act: Callable[[], Result]) -> Result:
        """Run one step and print its time."""
        begun = time.perf_counter()
        result = act()
        took = time.perf_counter() - begun
        self.spent += took
        self.stdout.write(f"{label:28}{took:8.2f} s")
        return result

    def _run(self, organisation: CollectiveOrganisation) -> None:
        crew = crew_of(organisation, Staff(seed_accounts()))
        people = _people(self.rows, organisation.village_code)
        today = demo_today()
        on = {
            name: today - timedelta(days=days)
            for name, days in (("members", 60), ("plan", 40), ("apply", 30))
        }
        declare_incomes(organisation, yuan=INCOME_YUAN, clerk=crew.clerk)
        self._import("members", "member list", _member_sheet(people), By(crew.clerk, on["members"]))
        payments = _payment_sheet(people, today.year)
        self._import("contributions", "contributions", payments, By(crew.officer, on["members"]))
        self._year(Year(crew, organisation, today.year), on)

    def _import(self, kind: str, label: str, content: bytes, by: By) -> None:
        upload = self.step(
            f"{label}: upload, judge", lambda: upload_sheet(kind, name=f"{kind}.xlsx", content=content, by=by)
        )
        if upload.faulty_count or upload.held_count or not upload.new_count:
            raise CommandError(f"{upload.refusal} {upload.faulty_count} faulty, {upload.held_count} held")
        self.step(f"{label}: write", lambda: confirm_import(upload.pk, by=by))

    def _year(self, year: Year, on: dict[str, date]) -> None:
        def day(count: int) -> date:
            return on["apply"] + timedelta(days=count)

        meeting = meeting_of(self.rows, on["plan"])
        source = Source("distributable_income", SUBSIDY_FEN * self.rows)
        plan = self.step(
            "plan in force",
            lambda: year.plan([StandardRow(amount_fen=SUBSIDY_FEN)], source=source, meeting=meeting),
        )
        batch = self.step("list drawn up", lambda: year.draw_up(plan, day(0)))
        self.step("submitted", lambda: year.submit(batch, day(1)))
        self.step("verified", lambda: year.verify(batch, day(5)))
        notice = self.step("confirmed, notice issued", lambda: year.confirm(batch, day(6)))
        self.step("tax data matched", lambda: year.remit(notice, day(10), voucher=f"T{batch.pk}"))
        self.step("posted", lambda: year.post(batch, day(12)))
        posted = Line.objects.filter(application=batch, state=LineState.POSTED).count()
        if posted != self.rows:
            raise CommandError(f"{posted} of {self.rows} posted")


def _people(count: int, seed: str) -> list[tuple[str, str]]:
    rng = random.Random(f"time:{seed}")
    found: dict[str, str] = {}
    while len(found) < count:
        male = rng.random() < 0.5
        found.setdefault(an_id_number(rng, male=male, prefixes=(PREFIX,)), a_name(rng, male=male))
    return [(name, number) for number, name in found.items()]


def _member_sheet(people: list[tuple[str, str]]) -> bytes:
    columns = [OutColumn("姓名"), OutColumn("身份证号码", "id"), OutColumn("组")]
    return table_workbook("成员名单", columns, ((name, number, "1组") for name, number in people))


def _payment_sheet(people: list[tuple[str, str]], year: int) -> bytes:
    columns = [
        OutColumn("姓名"),
        OutColumn("身份证号码", "id"),
        OutColumn("缴费年度", "count"),
        OutColumn("个人缴费", "amount"),
        OutColumn("缴费日期", "date"),
    ]
    rows = ((name, number, year, TIER_FEN, date(year, 3, 1)) for name, number in people)
    return table_workbook("个人缴费", columns, rows)
