"""A page asks once which state of the rules is in force; what is written meanwhile in the same process is seen."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from policies.models import PolicyValue
from policies.selectors import held_policies, rulebook
from policies.services import change_token
from tests.rulebooks import load_rulebook

YUTAI, ON = "370827000000", date(2024, 6, 1)


def looks(captured):
    return [one["sql"] for one in captured.captured_queries if "policies_policyrevision" in one["sql"]]


def ceiling():
    return rulebook(YUTAI, on=ON).amount("reward_ceiling", year=2024)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["home", "verifications", "applications"])
def test_a_page_looks_the_rules_up_once(name, cast, page):
    browser = page(cast.officer)

    with CaptureQueriesContext(connection) as captured:
        assert browser.get(reverse(name)).status_code == 200

    assert len(looks(captured)) == 1


@pytest.mark.django_db
def test_what_is_loaded_while_the_rules_are_held_is_seen(written):
    with held_policies():
        rulebook("500115000000", on=ON)
        load_rulebook(written())

        assert ceiling() == 350_000


@pytest.mark.django_db
def test_what_is_tried_out_and_taken_back_leaves_nothing_behind(written):
    load_rulebook(written())
    with held_policies():
        assert ceiling() == 350_000
        with transaction.atomic():
            PolicyValue.objects.filter(name="reward_ceiling", region_code=YUTAI).update(value="10")
            change_token()
            assert ceiling() == 100_000
            transaction.set_rollback(True)

        assert ceiling() == 350_000
