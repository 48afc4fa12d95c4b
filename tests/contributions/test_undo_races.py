"""A payment is reversed while the sheet that brought it in is taken back: exactly one of the two takes effect."""

from __future__ import annotations

import pytest

from contributions.models import Contribution
from core.imports.services import undo_import
from tests import factories
from tests.contributions.test_reversing import JULY, imported, reversed_
from tests.racing import race

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def test_a_payment_is_reversed_or_taken_back_and_never_both(cast, by):
    written, one = imported(factories.make_village(members=2), cast, by)

    outcomes = race(
        lambda: undo_import(one.pk, by=by(cast.officer, JULY)),
        lambda: reversed_(written, by(cast.officer, JULY)),
    )

    one.refresh_from_db()
    is_undone = one.undone_at is not None
    assert outcomes.count("done") == 1 and not any(told.startswith("broken") for told in outcomes)
    assert Contribution.objects.filter(pk=written.pk, reversed_on__isnull=False).exists() is not is_undone
