"""What only Ningxia asks of a plan: a decision after the document (NX-01), and the year among its parts (NX-16)."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from policies.selectors import rulebook
from subsidies.rules.plans import Source
from subsidies.services import plans
from tests import factories
from tests.subsidies import ningxia
from tests.subsidies.stages import flat

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast_nx(base_data):
    return factories.make_ningxia_cast()


@pytest.fixture
def draft(cast_nx):
    content = plans.PlanContent(
        beneficiaries="当年参保缴费的本集体经济组织成员",
        procedure="",
        sources=[Source("distributable_income", 200_000_00)],
        standards=[flat(200)],
    )
    organisation = factories.make_ningxia_village().organisation
    by = ningxia.on(cast_nx.clerk, "2024-08-26")
    return plans.draft_plan(organisation.pk, by=by, year=2024, content=content)


@pytest.mark.rule("NX-01")
@pytest.mark.parametrize(("met_on", "codes"), [("2024-07-01", ["W-EARLY"]), ("2024-07-26", [])])
def test_a_decision_before_the_document_is_told_on_the_plan_s_page(draft, cast_nx, page, met_on, codes):
    by = ningxia.on(cast_nx.clerk, "2024-08-26")
    done = plans.record_decision(draft.pk, by=by, record=ningxia.decision(met_on))

    text = page(cast_nx.officer, on="2024-08-26").get(reverse("plan", args=[draft.pk])).content.decode()

    assert [one["code"] for one in done.warnings] == codes
    assert ("2024-07-26" in text and "早于" in text) is bool(codes)


@pytest.mark.rule("NX-16")
def test_a_plan_without_its_year_cannot_even_be_drafted(cast_nx, page, api):
    village = factories.make_ningxia_village()
    rules = rulebook(village.organisation.village_code, on=date(2024, 8, 26))
    browser = page(cast_nx.clerk, on="2024-08-26")
    shown = browser.post(
        reverse("plan-new"), {"year": "", "kind": "regular", "basis": "blank", "request_key": "a"}
    ).content.decode()
    answer = api(cast_nx.clerk).post(
        "/api/plans/",
        {"organisation": village.organisation.pk, "on": "2024-08-26"},
        format="json",
        headers={"Idempotency-Key": "b"},
    )

    assert [str(view.value) for view in rules.table("plan_part").values()].count("补助年度") == 1
    assert "has-error" in shown
    assert (answer.status_code, list(answer.data["fields"])) == (400, ["year"])
    assert not village.organisation.plans.exists()
