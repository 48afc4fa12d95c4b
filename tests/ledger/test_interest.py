"""Yearly interest: the worked examples to the fen, SQL against Python, once a year."""

import random
from datetime import date

import pytest

from core.errors import (
    ActorNotPermitted,
    BusinessDateRefused,
    InvalidInput,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from core.models import Event, Job
from ledger.enums import AccountKind, RateState, Source, TransferKind
from ledger.models import Account, InterestRate, Transfer
from ledger.rules import Reckoning, interest_fen, weight
from ledger.selectors import person_balances
from ledger.services import Movement, office_account, record_transfer
from ledger.services.interest import (
    confirm_interest_rate,
    enter_interest_rate,
    require_open_year,
    start_interest,
    with_interest,
)
from policies.enums import InterestStrategy, Rounding
from tests import factories
from tests.factories import COUNTY

pytestmark = pytest.mark.usefixtures("books_hold")
THREE_PERCENT = 30_000
HOW = Reckoning(2024, THREE_PERCENT, InterestStrategy.NEXT_MONTH, Rounding.HALF_UP)
NEXT_YEAR = "2025-02-10"


@pytest.fixture
def org(base_data):
    return factories.organisation()


def opened(org, person, source, fen, on):
    """Money that arrived on a person's sub-balance."""
    account = Account.objects.get_or_create(
        key=f"person:{person.pk}:{source}",
        defaults={"book": "fund", "kind": "person", "source": source, "person": person, **org.area_codes()},
    )[0]
    return record_transfer(
        Movement(
            kind=TransferKind.OPENING,
            debit=office_account(AccountKind.PAYER, place=org).pk,
            credit=account.pk,
            amount_fen=fen,
            on=on,
            year=on.year,
            cause_key=f"opening:{Transfer.objects.count()}",
            person=person.pk,
            source=source,
        ),
        place=org,
    )


def confirmed_rate(cast, by, *, year=2024, ppm=THREE_PERCENT):
    rate = enter_interest_rate(
        COUNTY, by=by(cast.officer, NEXT_YEAR), year=year, rate_ppm=ppm, document="公布文件"
    )
    return confirm_interest_rate(rate.pk, by=by(cast.reviewer, NEXT_YEAR))


@pytest.mark.rule("CS-32")
@pytest.mark.parametrize(
    ("movements", "interest"),
    [
        ([(date(2024, 6, 28), 20000)], 300),
        ([(date(2023, 12, 31), 412000)], 12360),
        ([(date(2024, 3, 6), 50000)], 1125),
        ([(date(2024, 10, 15), 7000)], 35),
        ([(date(2024, 12, 1), 20000)], 0),
        ([(date(2025, 1, 1), 20000)], 0),
        ([(date(2024, 6, 28), 20000), (date(2024, 6, 28), -20000)], 0),
    ],
)
def test_the_worked_examples_hold_to_the_fen(movements, interest):
    assert interest_fen(HOW, movements) == interest


@pytest.mark.rule("CS-32")
def test_a_year_is_credited_per_sub_balance_and_adds_up_to_5028_20(org, cast, by, run_jobs):
    who = factories.person()
    opened(org, who, Source.ON_BEHALF, 412000, date(2023, 12, 31))
    opened(org, who, Source.PERSONAL, 50000, date(2024, 3, 6))
    opened(org, who, Source.GOVERNMENT, 7000, date(2024, 10, 15))
    opened(org, who, Source.COLLECTIVE, 20000, date(2024, 6, 28))
    start_interest(confirmed_rate(cast, by).pk, by=by(cast.officer, NEXT_YEAR))
    run_jobs()
    assert person_balances(who.pk) == {
        "on_behalf": 424360,
        "personal": 51125,
        "government": 7035,
        "collective": 20300,
    }
    assert sum(person_balances(who.pk).values()) == 502820


@pytest.mark.rule("CS-32")
def test_half_a_fen_of_interest_goes_up(org, cast, by, run_jobs):
    """0.50元 for a year at 3 % is 1.5 fen: the rulebook says two, each sub-balance by itself."""
    who = factories.person()
    opened(org, who, Source.PERSONAL, 50, date(2023, 12, 31))
    opened(org, who, Source.COLLECTIVE, 50, date(2023, 12, 31))
    start_interest(confirmed_rate(cast, by).pk, by=by(cast.officer, NEXT_YEAR))
    run_jobs()
    assert person_balances(who.pk) == {"personal": 52, "collective": 52}


def test_interest_of_a_year_bears_interest_from_the_next(org, cast, by, run_jobs):
    who = factories.person()
    opened(org, who, Source.COLLECTIVE, 20000, date(2024, 6, 28))
    for year in (2024, 2025):
        rate = enter_interest_rate(
            COUNTY, by=by(cast.officer, "2026-02-10"), year=year, rate_ppm=30000, document="文"
        )
        confirm_interest_rate(rate.pk, by=by(cast.reviewer, "2026-02-10"))
        start_interest(rate.pk, by=by(cast.officer, "2026-02-10"))
        run_jobs()
    # 20,000 + 300 carried over, 3 % of 20,300 = 609
    assert person_balances(who.pk) == {"collective": 20909}


def test_a_second_run_credits_nothing(org, cast, by, run_jobs):
    who = factories.person()
    opened(org, who, Source.COLLECTIVE, 20000, date(2024, 6, 28))
    rate = confirmed_rate(cast, by)
    job = start_interest(rate.pk, by=by(cast.officer, NEXT_YEAR))
    run_jobs()
    Job.objects.filter(pk=job.pk).update(state="queued")
    run_jobs()
    assert Transfer.objects.filter(kind=TransferKind.INTEREST).count() == 1
    assert Event.objects.filter(act="ledger.credit_interest").count() == 1
    with pytest.raises(TransitionNotAllowed):
        start_interest(rate.pk, by=by(cast.officer, NEXT_YEAR))


def test_nothing_more_is_booked_into_a_settled_year(org, cast, by, run_jobs):
    start_interest(confirmed_rate(cast, by).pk, by=by(cast.officer, NEXT_YEAR))
    with pytest.raises(BusinessDateRefused, match="2025年1月1日"):
        require_open_year(COUNTY, date(2024, 12, 30))
    require_open_year(COUNTY, date(2025, 1, 1))


def test_the_rate_is_entered_by_one_officer_and_confirmed_by_another(org, cast, by):
    rate = enter_interest_rate(
        COUNTY, by=by(cast.officer, NEXT_YEAR), year=2024, rate_ppm=29000, document="公布文件"
    )
    with pytest.raises(TransitionNotAllowed):
        start_interest(rate.pk, by=by(cast.officer, NEXT_YEAR))
    with pytest.raises(ActorNotPermitted):
        confirm_interest_rate(rate.pk, by=by(cast.officer, NEXT_YEAR))
    corrected = enter_interest_rate(
        COUNTY, by=by(cast.officer, NEXT_YEAR), year=2024, rate_ppm=THREE_PERCENT, document="公布文件"
    )
    assert corrected.pk == rate.pk and corrected.rate_ppm == THREE_PERCENT
    confirm_interest_rate(rate.pk, by=by(cast.reviewer, NEXT_YEAR))
    with pytest.raises(TransitionNotAllowed):
        enter_interest_rate(
            COUNTY, by=by(cast.officer, NEXT_YEAR), year=2024, rate_ppm=1, document="公布文件"
        )


def test_an_officer_who_may_also_confirm_does_not_confirm_his_own(org, cast, by):
    both = factories.account("both", COUNTY, "officer", "reviewer")
    rate = enter_interest_rate(COUNTY, by=by(both, NEXT_YEAR), year=2024, rate_ppm=29000, document="公布文件")
    with pytest.raises(SeparationOfDuties):
        confirm_interest_rate(rate.pk, by=by(both, NEXT_YEAR))


@pytest.mark.parametrize(("ppm", "document"), [(0, "文"), (1_000_001, "文"), (30000, " ")])
def test_a_rate_needs_a_document_and_sense(org, cast, by, ppm, document):
    with pytest.raises(InvalidInput):
        enter_interest_rate(
            COUNTY, by=by(cast.officer, NEXT_YEAR), year=2024, rate_ppm=ppm, document=document
        )
    assert not InterestRate.objects.exists()


def test_a_year_that_is_not_over_is_not_settled(org, cast, by):
    rate = enter_interest_rate(
        COUNTY, by=by(cast.officer, "2024-06-01"), year=2024, rate_ppm=30000, document="文"
    )
    confirm_interest_rate(rate.pk, by=by(cast.reviewer, "2024-06-01"))
    with pytest.raises(BusinessDateRefused):
        start_interest(rate.pk, by=by(cast.officer, "2024-12-31"))
    assert InterestRate.objects.get().state == RateState.CONFIRMED


@pytest.mark.parametrize("strategy", InterestStrategy.values)
@pytest.mark.parametrize("rounding", Rounding.values)
def test_sql_reckons_as_python_does(org, strategy, rounding):
    rng = random.Random(f"{strategy}{rounding}")
    cases = {}
    for _ in range(12):
        who = factories.person()
        moves = [
            (
                date(rng.choice((2023, 2024, 2025)), rng.randint(1, 12), rng.randint(1, 28)),
                rng.randint(1, 10**7),
            )
            for _ in range(rng.randint(1, 5))
        ]
        for on, fen in moves:
            opened(org, who, Source.COLLECTIVE, fen, on)
        cases[who.pk] = moves
    how = Reckoning(2024, rng.randint(1, 50_000), strategy, rounding)
    reckoned = dict(
        with_interest(Account.objects.filter(kind="person"), how).values_list("person_id", "interest_fen")
    )
    bases = {pk: sum(fen * weight(how, on) for on, fen in moves) for pk, moves in cases.items()}
    assert reckoned == {pk: interest_fen(how, cases[pk]) for pk, base in bases.items() if base}
