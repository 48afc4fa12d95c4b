"""A list handed in while its year is being closed: exactly one takes effect, and nothing is half written."""

from __future__ import annotations

from datetime import date

import pytest

from core.models import Event
from core.workflow import By
from desk.closing.items import open_items
from desk.closing.services import confirm_closing, propose_closing
from desk.models import LeftOver, ReportSnapshot, YearClosing
from desk.reports.catalogue import REPORTS
from subsidies.models import Application
from subsidies.services.applications import submit_application
from tests import factories
from tests.desk.reports import made as m
from tests.racing import race
from tests.subsidies.stages import with_papers

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]
LAST_DAY, AFTER, LATER = date(2024, 12, 31), date(2025, 2, 10), date(2025, 2, 12)


@pytest.mark.parametrize("_again", range(3))
def test_a_list_is_handed_in_or_its_year_is_closed(cast, village, _again):
    draft = m.batch_of(m.year_of(cast, village))
    with_papers(draft, By(cast.clerk, LAST_DAY))
    leaving = {item.key: "下年再报" for item in open_items(factories.COUNTY, 2024, on=AFTER)}
    closing = propose_closing(factories.COUNTY, 2024, by=By(cast.officer, AFTER), leaving=leaving)

    outcomes = race(
        lambda: submit_application(draft.pk, by=By(cast.clerk, LAST_DAY), declared_true=True),
        lambda: confirm_closing(closing.pk, by=By(cast.reviewer, LATER)),
    )

    draft.refresh_from_db()
    closing.refresh_from_db()
    handed_in = Event.objects.filter(act="subsidies.submit_application", object_id=draft.pk).count()
    kept = ReportSnapshot.objects.filter(closing=closing).count()
    if draft.state == "submitted":
        assert outcomes == ["E-YEAR-OPEN", "done"]
        assert (closing.state, closing.closed_on, kept, handed_in) == ("proposed", None, 0, 1)
        assert draft.number and draft.accepted_at
    else:
        assert outcomes == ["E-YEAR-CLOSED", "done"]
        assert (closing.state, closing.closed_by, kept, handed_in) == (
            "closed",
            cast.reviewer,
            len(REPORTS),
            0,
        )
        assert (draft.state, draft.number, draft.accepted_at, draft.submitted_by) == ("draft", "", None, None)
    assert LeftOver.objects.filter(closing=closing).count() == 1
    assert (Application.objects.count(), YearClosing.objects.count()) == (1, 1)
