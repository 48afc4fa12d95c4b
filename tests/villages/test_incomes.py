"""What a collective may distribute is what is left when the reserves are drawn."""

import pytest

from core.errors import InvalidInput
from tests import factories
from villages.models import OrganisationIncome
from villages.services.organisations import declare_income

pytestmark = pytest.mark.django_db
ON = "2024-06-01"


@pytest.fixture
def declare(base_data, cast, by):
    organisation = factories.organisation()

    def run(disposable_fen, operating_fen, reserve_fen):
        return declare_income(
            organisation.pk,
            by=by(cast.clerk, ON),
            year=2023,
            disposable_fen=disposable_fen,
            operating_income_fen=operating_fen,
            reserve_fen=reserve_fen,
        )

    return run


@pytest.mark.rule("LAW-02")
def test_100_000_less_30_percent_of_reserves_leave_70_000_and_not_a_fen_more(declare):
    assert declare(7_000_000, 10_000_000, 3_000_000).disposable_fen == 7_000_000
    with pytest.raises(InvalidInput) as refused:
        declare(7_000_001, 10_000_000, 3_000_000)
    assert "70,000.00元" in refused.value.message and "disposable_fen" in refused.value.fields
    assert OrganisationIncome.objects.get().disposable_fen == 7_000_000


def test_whoever_declares_the_disposable_income_alone_is_believed(declare):
    assert declare(5_000_000, 0, 0).disposable_fen == 5_000_000
