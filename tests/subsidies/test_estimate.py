"""What a plan would cost is counted over those whom its list will hold."""

from __future__ import annotations

from datetime import date

import pytest

from policies.selectors import rulebook
from subsidies.selectors import plans
from tests import factories
from tests.subsidies import stages
from tests.subsidies.stages import drawn
from villages.enums import StatusKind
from villages.models import PersonStatus

pytestmark = pytest.mark.django_db


def test_the_estimate_counts_whom_the_list_will_hold(village, cast, by):
    for born in (date(2012, 1, 1), date(1950, 1, 1)):
        who = factories.person(number=factories.id_number(born))
        factories.member(village.organisation, who)
        factories.paid(who, 2023 if born.year == 1950 else 2024)
    dead = village.persons[0]
    PersonStatus.objects.create(
        person=dead, kind=StatusKind.DEATH, event_on=date(2024, 6, 1), reported_on=date(2024, 6, 2),
        reported_by=cast.officer, **village.organisation.area_codes(),
    )  # fmt: skip
    application = drawn(village, cast, by)

    on = date(2024, 6, 19)
    rules = rulebook(village.organisation.village_code, on=on)
    cost = plans.estimate(village.organisation.pk, [stages.flat(200)], year=2024, rulebook=rules, on=on)

    assert cost.count == application.lines.count() == len(village.members) - 1
