"""Villages whose year is posted, and the acts of a whole reward in one call."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from core.workflow import By
from rewards import services
from rewards.models import Budget, Reward
from rewards.services import RowDecision
from subsidies.models import Line, Refund
from subsidies.rules.refunds import RefundRequest
from subsidies.services import refunds
from subsidies.services.attachments import Paper
from tests import factories
from tests.batches import posted_batch

COUNTY = factories.COUNTY
PDF = b"%PDF-1.4\n%%EOF\n"


def posted_village(cast, code: str, *, members: int, fen: int, year: int = 2024, on: date | None = None):
    """A village whose members each got the same sum for a year, posted."""
    village = factories.make_village(code, members=members, years=(year,))
    posted_again(village, cast, fen=fen, year=year, on=on)
    return village


def posted_again(village, cast, *, fen: int, year: int, on: date | None = None, members=None):
    """One more posted batch of the village."""
    day = on or date(year, 6, 28)
    with transaction.atomic():
        return posted_batch(village, cast, year=year, fen=fen, on=day, members=members)


def refund(cast, line: Line, fen: int, *, on: date, pay: bool = True) -> Refund:
    """A refund of a posted line, paid back and booked on a day (or only asked for)."""
    request = RefundRequest(reason="DEATH", event_on=date(2024, 6, 20), amount_fen=fen)
    asked = refunds.ask_refund(
        line.pk, by=By(cast.clerk, on), request=request, papers=[Paper("evidence", "e.pdf", PDF)]
    )
    if pay:
        refunds.verify_refund(asked.pk, by=By(cast.officer, on))
        refunds.approve_refund(asked.pk, by=By(cast.reviewer, on))
        refunds.record_refund_paid(asked.pk, by=By(cast.tax, on), voucher="TK1")
    asked.refresh_from_db()
    return asked


def budget(cast, fen: int, *, year: int = 2024, on: date = date(2025, 1, 5)) -> Budget:
    """An agreed budget."""
    made = services.enter_budget(
        COUNTY, year, by=By(cast.finance, on), total_fen=fen, document="长财〔2025〕3号"
    )
    return services.agree_budget(made.pk, by=By(cast.finance_reviewer, on))


def determined(cast, *, year: int = 2024, on: date = date(2025, 1, 10), amounts=None) -> list[Reward]:
    """Every free row of the year, reckoned and determined."""
    return services.determine(COUNTY, year, by=By(cast.officer, on), amounts=amounts)


def applied(cast, *, year: int = 2024, on: date = date(2025, 1, 10), amounts=None):
    """Determined, applied for, confirmed."""
    determined(cast, year=year, on=on, amounts=amounts)
    made = services.apply_to_finance(COUNTY, year, by=By(cast.officer, on))
    return services.confirm_application(made.pk, by=By(cast.reviewer, on))


def approved(cast, application, *, on: date = date(2025, 1, 15)) -> list[Reward]:
    """Finance agrees to every row."""
    ids = application.rewards.filter(state="applied").values_list("pk", flat=True)
    return services.approve([RowDecision(pk) for pk in ids], by=By(cast.finance, on))


def received(cast, application, *, on: date = date(2025, 1, 20)) -> int:
    """The approved sum is on the agency's account; returns it."""
    rows = application.rewards.filter(state="approved")
    fen = sum(row.approved_fen - row.held_fen for row in rows)
    services.receive(application.pk, by=By(cast.officer, on), amount_fen=fen, voucher="CZ-0120")
    return fen


def paid(cast, ids, *, on: date = date(2025, 1, 25)):
    """Paid on to these villages."""
    run = services.propose_payment(ids, by=By(cast.officer, on))
    return services.confirm_payment(run.pk, by=By(cast.reviewer, on), voucher="BF-0125")


def whole_reward(cast, *, year: int = 2024, on: date = date(2025, 1, 10), budget_fen: int = 10**9):
    """From posted to paid, for every village of the year."""
    budget(cast, budget_fen, year=year, on=on)
    application = applied(cast, year=year, on=on)
    approved(cast, application, on=on)
    received(cast, application, on=on)
    paid(cast, list(application.rewards.filter(state="received").values_list("pk", flat=True)), on=on)
    return application
