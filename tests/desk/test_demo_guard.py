"""The demo is seeded into an empty database or its own, never beside real work."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from core.models import User
from desk.demo.accounts import is_demo_or_empty, seed_accounts
from desk.demo.districts import districts
from desk.demo.people import make_organisations
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("command", ["setup", "seed_demo"])
def test_a_database_with_accounts_of_others_is_refused_in_one_sentence(cast, settings, command):
    settings.DEMO = True
    users = User.objects.count()

    with pytest.raises(CommandError, match="不是演示") as refusal:
        call_command(command, verbosity=0)
    assert "\n" not in str(refusal.value)
    assert User.objects.count() == users


def test_an_organisation_alone_is_real_work_too(base_data):
    make_organisations(districts()[0])

    assert not is_demo_or_empty()


def test_an_empty_database_may_become_a_demo(base_data):
    assert is_demo_or_empty()


def test_a_demo_to_which_visitors_added_accounts_stays_one(base_data):
    seed_accounts()
    factories.account("visitor", factories.COUNTY, "officer")

    assert is_demo_or_empty()
