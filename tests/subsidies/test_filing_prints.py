"""F03 备案表 of a plan and of a suspension, and the clause that suspensions rest on."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from core.models import Event
from subsidies.selectors.filings import standings_of
from tests import factories
from tests.subsidies import ningxia
from tests.subsidies.stages import plan_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast_nx(base_data):
    return factories.make_ningxia_cast()


@pytest.mark.rule("NX-17")
def test_the_form_names_three_offices_and_who_filed_under_which_number(cast_nx, page):
    plan = ningxia.sent(factories.make_ningxia_village(), cast_nx)
    ningxia.acknowledge(plan, cast_nx, town="2024-08-28")

    text = (
        page(cast_nx.clerk, on="2024-08-29")
        .get(reverse("plan-filing-print", args=[plan.pk]))
        .content.decode()
    )

    assert "永宁县城乡居民基本养老保险集体补助方案备案表" in text
    assert ningxia.row(plan, "town").number in text
    assert all(
        name in text for name in [view.view.value for view in standings_of(plan, on=date(2024, 8, 29))]
    )
    assert text.count("（盖章）") == 3
    assert "2024年度" in text and "200,000.00元" in text


@pytest.mark.rule("NX-18")
@pytest.mark.rule("NX-19")
def test_a_suspension_has_two_offices_and_rests_on_its_own_paragraph(cast_nx, page):
    row = ningxia.ask_to_suspend(factories.make_ningxia_village(), cast_nx)

    text = (
        page(cast_nx.clerk, on="2025-03-06").get(reverse("suspension-print", args=[row.pk])).content.decode()
    )

    assert "暂停集体补助备案表" in text and "厂房租约到期" in text
    assert text.count("（盖章）") == 2
    assert Event.objects.get(act="subsidies.ask_suspension").clause == "NX 三（三）第二段"


def test_where_no_office_files_there_is_no_form(village, cast, by, page):
    plan = plan_in_force(village, cast, by)

    answer = page(cast.clerk, on="2024-06-19").get(reverse("plan-filing-print", args=[plan.pk]))

    assert answer.status_code == 302
