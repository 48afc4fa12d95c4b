"""Yearly interest (按规定计息): the rate entered and confirmed, the year settled once, at that rate."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, CharField, Count, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.enums import JobState
from core.errors import BusinessDateRefused, InvalidInput, NotInArea, TransitionNotAllowed
from core.jobs import Progress, start_job
from core.models import Job
from core.money import PPM
from core.workflow import By, Effect, record_event, require_text, run_creation, run_step
from ledger import workflow as steps
from ledger.enums import AccountKind, RateState, TransferKind
from ledger.models import Account, InterestRate, Transfer
from ledger.rules import Reckoning, counted, interest_expression, reckoning, weight_expression
from ledger.services.transfers import Movement, insert_transfers, office_account
from policies.selectors import ground_name, rulebook
from villages.models import Region

JOB_KIND = "interest"
NOTHING = Value(0, output_field=BigIntegerField())


def require_open_year(county_code: str, on: date) -> None:
    """Raise BusinessDateRefused where the year of this day was settled: nothing is booked into it any more."""
    settled = InterestRate.objects.filter(county_code=county_code, year=on.year, state=RateState.SETTLED)
    if settled.exists():
        raise BusinessDateRefused(
            _("%(year)s年度已经结息，%(on)s不能再记账，请改为%(next)s年1月1日或以后。")
            % {"year": on.year, "on": day_text(on), "next": on.year + 1}
        )


def enter_interest_rate(county_code: str, *, by: By, year: int, rate_ppm: int, document: str) -> InterestRate:
    """Enter the published crediting rate of a year, to be confirmed by another officer; until then it may be corrected.

    Raises InvalidInput without a document or for a rate outside 0–100 %, TransitionNotAllowed once it is confirmed.
    """
    document = require_text(document, _("请写明公布利率的文件名称或文号。"), name="document")
    if not 0 < rate_ppm <= PPM:
        raise InvalidInput(_("年利率应在0到100%之间。"), fields={"rate": [_("年利率应在0到100%之间。")]})
    figures = {"year": year, "rate_ppm": rate_ppm}
    values: dict[str, Any] = {"rate_ppm": rate_ppm, "document": document, "entered_by": by.actor}
    found = InterestRate.objects.filter(county_code=county_code, year=year).first()
    if found is not None:
        return _correct(found, values, by=by, figures=figures)
    county = Region.objects.filter(pk=county_code).first()
    if county is None:
        raise NotInArea

    def create() -> tuple[InterestRate, Effect]:
        row = InterestRate.objects.create(year=year, last_acted_on=by.on, **values, **county.area_codes())
        return row, Effect(figures=figures)

    return run_creation(steps.ENTER_RATE, county, by=by, create=create)


def _correct(rate: InterestRate, values: dict[str, Any], *, by: By, figures: dict[str, int]) -> InterestRate:
    def effect(row: InterestRate) -> Effect:
        for name, value in values.items():
            setattr(row, name, value)
        return Effect(changed=tuple(values), figures=figures)

    return run_step(steps.CORRECT_RATE, InterestRate.objects.all(), rate.pk, by=by, effect=effect)


def confirm_interest_rate(rate_id: int, *, by: By) -> InterestRate:
    """Confirm a rate that another officer entered; from now on its year can be settled."""

    def effect(row: InterestRate) -> Effect:
        row.confirmed_by = by.actor
        return Effect(changed=("confirmed_by",), figures={"year": row.year, "rate_ppm": row.rate_ppm})

    return run_step(steps.CONFIRM_RATE, InterestRate.objects.all(), rate_id, by=by, effect=effect)


def start_interest(rate_id: int, *, by: By) -> Job:
    """Settle the year of a confirmed rate: queue its interest run, once for county and year, and return the job.

    Raises TransitionNotAllowed without a confirmed rate, where the year was settled before, while a posting runs or
    before the year ahead of it; BusinessDateRefused before the year is over.
    """
    started: list[Job] = []

    def effect(row: InterestRate) -> Effect:
        job = _create_job(row, by)
        started.append(job)
        row.settled_on = by.on
        figures = {"year": row.year, "rate_ppm": row.rate_ppm, "job": job.pk}
        return Effect(changed=("settled_on",), rows_count=job.total_count, figures=figures)

    run_step(steps.START_INTEREST, InterestRate.objects.all(), rate_id, by=by, effect=effect)
    return started[0]


def _create_job(rate: InterestRate, by: By) -> Job:
    # Posting starts under the same lock, so that none slips into a year that is being settled.
    county = Region.objects.select_for_update(no_key=True).get(pk=rate.county_code)
    if by.on.year <= rate.year:
        raise BusinessDateRefused(_("%(year)s年度还没有结束，年终以后才能结息。") % {"year": rate.year})
    _require_no_posting(rate.county_code)
    _require_year_before(rate)
    job = start_job(
        JOB_KIND,
        cause_key=f"interest:{rate.county_code}:{rate.year}",
        by=by,
        params={"year": rate.year, "rate_ppm": rate.rate_ppm, "rate_id": rate.pk},
        place=county,
    )
    job.total_count = person_accounts(rate.county_code).count()
    job.save(update_fields=["total_count"])
    return job


def _require_no_posting(county_code: str) -> None:
    running = Job.objects.filter(
        kind="posting", county_code=county_code, state__in=[JobState.QUEUED, JobState.RUNNING]
    ).first()
    if running is not None:
        raise TransitionNotAllowed(_("后台任务第%(n)s号还在记账，记完以后再结息。") % {"n": running.pk})


def _require_year_before(rate: InterestRate) -> None:
    """An unsettled year before would lack in this year's carried balance; opening balances come settled."""
    earliest = first_unsettled_year(rate.county_code)
    if earliest is not None and earliest < rate.year:
        raise TransitionNotAllowed(_("%(year)s年度还没有结息，请先结那一年。") % {"year": earliest})


def first_unsettled_year(county_code: str) -> int | None:
    """The earliest year with postings whose interest is not settled: the one that comes next."""
    moved = Transfer.objects.filter(county_code=county_code, kind=TransferKind.POSTED)
    waiting = moved.exclude(counts_on__year__in=_settled_years(county_code)).order_by("counts_on")
    earliest = waiting.values_list("counts_on", flat=True).first()
    return earliest.year if earliest else None


def _settled_years(county_code: str) -> list[int]:
    rates = InterestRate.objects.filter(county_code=county_code, state=RateState.SETTLED)
    return list(rates.values_list("year", flat=True))


def person_accounts(county_code: str) -> QuerySet[Account]:
    """The sub-balances of a county."""
    return Account.objects.filter(county_code=county_code, kind=AccountKind.PERSON)


def with_interest(accounts: QuerySet[Account], how: Reckoning) -> QuerySet[Account]:
    """Accounts annotated with `base_sum` (Σ amount × weight) and the `interest_fen` that follows from it."""
    base = _weighted("credit", how) - _weighted("debit", how)
    return (
        accounts.annotate(base_sum=base)
        .filter(base_sum__gt=0)
        .annotate(interest_fen=interest_expression(how, F("base_sum")))
    )


def _weighted(side: str, how: Reckoning) -> Coalesce:
    rows = Transfer.objects.filter(counted(how), **{side: OuterRef("pk")}).order_by().values(side)
    total = rows.annotate(total=Sum(F("amount_fen") * weight_expression(how))).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), NOTHING)


def preview_interest(rate: InterestRate, *, on: date) -> dict[str, int]:
    """What settling the year would credit now: sub-balances and fen."""
    how = reckoning(rulebook(rate.county_code, on=on), year=rate.year, rate_ppm=rate.rate_ppm)
    accounts = with_interest(person_accounts(rate.county_code), how).filter(interest_fen__gt=0)
    sums = accounts.aggregate(count=Count("pk"), fen=Sum("interest_fen", default=0))
    return {"count": sums["count"], "fen": sums["fen"]}


def credit_interest(job: Job, progress: Progress) -> dict[str, Any]:
    """The job: credit each sub-balance of the county with the year's interest, chunk by chunk, each once.

    May be killed and run again: the key of year, person and source lets no interest be booked twice.
    """
    rate = InterestRate.objects.get(pk=job.params["rate_id"])
    how = reckoning(rulebook(rate.county_code, on=job.on), year=rate.year, rate_ppm=rate.rate_ppm)
    ids = list(person_accounts(rate.county_code).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), settings.INTEREST_CHUNK_ACCOUNTS):
        chunk = ids[start : start + settings.INTEREST_CHUNK_ACCOUNTS]
        _credit_chunk(rate, how, chunk, job=job, progress=progress, done=start + len(chunk))
    credited = Transfer.objects.filter(
        kind=TransferKind.INTEREST, year=rate.year, county_code=rate.county_code
    )
    total = credited.aggregate(total=Sum("amount_fen"))["total"] or 0
    progress.tell(total_fen=total, done_fen=total)
    return {"year": rate.year, "rate_ppm": rate.rate_ppm, "accounts": credited.count(), "interest_fen": total}


def _credit_chunk(
    rate: InterestRate, how: Reckoning, ids: list[int], *, job: Job, progress: Progress, done: int
) -> None:
    with transaction.atomic():
        accounts = with_interest(Account.objects.filter(pk__in=ids), how).filter(interest_fen__gt=0)
        before = _credited(rate, ids)
        count = insert_transfers(accounts, _interest_movement(rate, how, on=job.on))
        if count:
            fen = _credited(rate, ids) - before
            by = By(actor=job.requested_by, on=job.on)
            effect = Effect(rows_count=count, amount_fen=fen, figures={"job": job.pk, "year": rate.year})
            record_event(steps.CREDIT, rate, effect, by, from_state=rate.state)
        progress.tell(stage=_("利息记入个人账户"), done_count=done, done_fen=F("done_fen"))


def _credited(rate: InterestRate, ids: list[int]) -> int:
    rows = Transfer.objects.filter(kind=TransferKind.INTEREST, year=rate.year, credit_id__in=ids)
    return rows.aggregate(total=Sum("amount_fen"))["total"] or 0


def _interest_movement(rate: InterestRate, how: Reckoning, *, on: date) -> Movement:
    key = Concat(Value(f"interest:{rate.year}:"), Cast("person_id", CharField()), Value(":"), F("source"))
    return Movement(
        kind=TransferKind.INTEREST,
        debit=office_account(AccountKind.INTEREST, place=rate).pk,
        credit=F("pk"),
        amount_fen=F("interest_fen"),
        on=on,
        counts_on=how.last_day,
        year=rate.year,
        cause_key=key,
        cause_type="ledger.interestrate",
        cause_id=rate.pk,
        person=F("person_id"),
        source=F("source"),
        clause=ground_name(rate, "posting", on=on),
    )
