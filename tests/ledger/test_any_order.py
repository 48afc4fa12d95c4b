"""Whatever the office does in whatever order, the books keep saying what their causes say."""

import random
from contextlib import suppress
from datetime import date, timedelta

import pytest

from core.errors import PensionError
from core.models import Event
from ledger.checks import problems
from ledger.models import CapUse, InterestRate
from ledger.selectors import person_balances
from ledger.services.interest import confirm_interest_rate, enter_interest_rate, start_interest
from subsidies.enums import LineState, RefundState
from subsidies.models import Line, Refund
from subsidies.rules.refunds import RefundRequest
from subsidies.services.attachments import Paper
from subsidies.services.informing import record_informed, send_feedback
from subsidies.services.posting import start_posting
from subsidies.services.refunds import (
    approve_refund,
    ask_refund,
    record_refund_paid,
    refuse_refund,
    verify_refund,
)
from tests import factories
from tests.batches import remitted_batch
from tests.factories import COUNTY

PAPERS = [Paper(kind="evidence", name="证明.pdf", content=b"%PDF-1.4\n%%EOF\n")]
REASONS = ("DEATH", "WRONG_AMOUNT", "DUPLICATE_CONTRIBUTION", "OTHER_PENSION")
STEPS = 60


class Office:
    """Acts chosen by chance; each may be refused, none may break the books."""

    def __init__(self, seed, cast, by, run_jobs):
        self.rng, self.cast, self.by, self.run_jobs = random.Random(seed), cast, by, run_jobs
        self.on = date(2024, 6, 27)
        villages = [factories.make_village(code, members=4) for code in ("500115002203", "500115002204")]
        self.batches = [
            remitted_batch(village, cast, fen=self.rng.randint(1, 150_000), unpaid=self.rng.randint(0, 2))
            for village in villages
        ]
        start_posting([self.batches[0].pk], by=by(cast.officer, self.on))
        run_jobs()

    def act(self):
        """One act on a day not before the last one; a refusal leaves nothing."""
        self.on += timedelta(days=self.rng.choice((0, 0, 1, 5, 40)))
        name = self.rng.choice(
            ("post", "inform", "ask", "ask", "ask", "move", "move", "move", "move", "settle")
        )
        with suppress(PensionError):
            getattr(self, name)()

    def post(self):
        start_posting([self.rng.choice(self.batches).pk], by=self.by(self.cast.officer, self.on))
        self.run_jobs()

    def inform(self):
        batch = self.rng.choice(self.batches)
        with suppress(PensionError):
            send_feedback(batch.pk, by=self.by(self.cast.officer, self.on))
        record_informed(batch.pk, by=self.by(self.cast.clerk, self.on), method="visit")

    def ask(self):
        line = self.rng.choice(list(Line.objects.filter(village_code=factories.SHIMEN)))
        fen = self.rng.choice((None, line.amount_fen, self.rng.randint(-5, line.amount_fen + 5)))
        request = RefundRequest(
            self.rng.choice(REASONS), date(2024, 6, self.rng.randint(20, 27)), amount_fen=fen
        )
        ask_refund(line.pk, by=self.by(self.cast.clerk, self.on), request=request, papers=PAPERS)

    def move(self):
        refund = self.rng.choice(list(Refund.objects.order_by("pk")) or [Refund(pk=0)])
        officer, reviewer, tax = self.cast.officer, self.cast.reviewer, self.cast.tax
        moves = {
            RefundState.REQUESTED: lambda: verify_refund(refund.pk, by=self.by(officer, self.on)),
            RefundState.VERIFIED: lambda: approve_refund(refund.pk, by=self.by(reviewer, self.on)),
            RefundState.APPROVED: lambda: record_refund_paid(
                refund.pk, by=self.by(tax, self.on), voucher="T"
            ),
        }
        refuse = self.rng.random() < 0.1
        if refuse:
            refuse_refund(refund.pk, by=self.by(officer, self.on), reason="不属实")
        elif refund.state in moves:
            moves[refund.state]()

    def settle(self):
        year = self.on.year - 1
        rate = InterestRate.objects.filter(year=year).first() or enter_interest_rate(
            COUNTY,
            by=self.by(self.cast.officer, self.on),
            year=year,
            rate_ppm=self.rng.randint(1, 50_000),
            document="文",
        )
        if rate.state == "proposed":
            confirm_interest_rate(rate.pk, by=self.by(self.cast.reviewer, self.on))
        start_interest(rate.pk, by=self.by(self.cast.officer, self.on))
        self.run_jobs()


@pytest.mark.rule("CS-31")
@pytest.mark.rule("CS-34")
@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_acts_keeps_the_books(seed, cast, by, run_jobs):
    office = Office(seed, cast, by, run_jobs)
    for _ in range(STEPS):
        office.act()
        assert [str(problem) for problem in problems()] == [], f"seed {seed}"
    done = set(Event.objects.values_list("act", flat=True))
    assert done >= {"subsidies.post_lines", "subsidies.record_refund_paid", "ledger.credit_interest"}, (
        "too tame"
    )
    for line in Line.objects.select_related("person"):
        balance = person_balances(line.person_id).get("collective", 0)
        assert balance >= 0
        back = sum(line.refunds.filter(state=RefundState.REVERSED).values_list("amount_fen", flat=True))
        assert back <= line.amount_fen
        assert CapUse.objects.get(person=line.person, year=2024).reserved_fen == line.amount_fen - back
        if line.state == LineState.REFUNDED:
            assert balance == 0
