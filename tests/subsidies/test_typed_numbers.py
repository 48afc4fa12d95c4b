"""A number that no column holds, as an address or a form may send it, is a row that is not there: never a failure."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from tests.subsidies.stages import confirmed, drawn, submitted

pytestmark = pytest.mark.django_db
FAR = "9" * 25


@pytest.mark.parametrize(
    "typed", [{"remove": FAR}, {"add": FAR}, {f"amount-{FAR}": "100"}, {"remove": FAR, "version": FAR}]
)
def test_a_list_in_hand_takes_no_far_number(typed, village, cast, by, page):
    application = drawn(village, cast, by)
    address = reverse("application-edit", args=[application.pk])

    answer = page(cast.clerk, on="2024-06-19").post(
        address, {"request_key": uuid4().hex, **typed}, follow=True
    )

    assert answer.status_code == 200
    assert application.lines.count() == 30


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("application-new", {"plan": FAR}), ("application-new", {"year": FAR}), ("applications", {"year": FAR}),
        ("plans", {"year": FAR}), ("pools", {"year": FAR}), ("pool-new", {"organisation": FAR}),
        ("posted-lines", {"job": FAR}), ("posted-lines", {"batch": FAR, "year": FAR}), ("refund-new", {"line": FAR}),
        ("contributions", {"year": FAR}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("role", ["clerk", "officer"])
def test_a_page_asked_for_a_far_number_is_no_failure(name, asked, role, village, cast, by, page):
    drawn(village, cast, by)

    assert page(getattr(cast, role)).get(reverse(name), asked).status_code in (200, 302, 403, 404)


def test_a_verifier_who_picks_a_far_number_is_told(village, cast, by, page):
    application = submitted(village, cast, by)
    address = reverse("verification", args=[application.pk])

    answer = page(cast.officer).post(
        address, {"request_key": uuid4().hex, "pick": FAR, "bulk": "pass"}, follow=True
    )

    assert answer.status_code == 200


def test_money_for_a_far_line_is_not_recorded(village, cast, by, page):
    application = confirmed(submitted(village, cast, by), cast, by)
    address = reverse("tax-rows-new", args=[application.notices.get().pk])

    answer = page(cast.tax).post(address, {"request_key": uuid4().hex, "way": "pick", "lines": FAR})

    assert answer.status_code == 200
