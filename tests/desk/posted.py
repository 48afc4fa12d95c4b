"""Many organisations with one posted line each, laid as rows: what the district's board counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.models import User
from subsidies.enums import ApplicationState, LineState, PlanState
from subsidies.models import Application, Line, Plan
from tests import factories
from villages.models import CollectiveOrganisation, Person, Region


def villages(count: int, *, county: str = factories.COUNTY) -> list[Region]:
    """So many villages of a county in the order of their codes."""
    found = Region.objects.filter(level="village", code__startswith=county[:6]).order_by("code")
    return list(found[:count])


def registered(
    regions: Iterable[Region], *, on: date | None = date(2019, 12, 1)
) -> list[CollectiveOrganisation]:
    """Their organisations, registered since a day."""
    rows = [
        CollectiveOrganisation(
            region=region,
            name=f"{region.parent_id}{region.short_name}",
            uscc=f"T{region.code}",
            registered_on=on,
            **region.area_codes(),
        )
        for region in regions
    ]
    return CollectiveOrganisation.objects.bulk_create(rows)


def posted(organisations: Iterable[CollectiveOrganisation], by: User, *, year: int, on: date) -> list[Line]:
    """One person of each organisation posted with 200.00 on a day."""
    organisations = list(organisations)
    persons = Person.objects.bulk_create(
        Person(**factories.person_fields("王芳", factories.id_number())) for _one in organisations
    )
    plans = Plan.objects.bulk_create(
        Plan(
            organisation=one,
            year=year,
            state=PlanState.IN_FORCE,
            in_force_on=on,
            drafted_by=by,
            **one.area_codes(),
        )
        for one in organisations
    )
    batches = Application.objects.bulk_create(
        Application(
            plan=plan,
            organisation=plan.organisation,
            year=year,
            batch_no=1,
            state=ApplicationState.POSTED,
            drafted_by=by,
            last_acted_on=on,
            **plan.area_codes(),
        )
        for plan in plans
    )
    return Line.objects.bulk_create(
        Line(
            application=batch,
            position=1,
            person=person,
            plan=batch.plan,
            organisation=batch.organisation,
            year=year,
            state=LineState.POSTED,
            amount_fen=20_000,
            remitted_on=on,
            posted_on=on,
            **batch.area_codes(),
        )
        for batch, person in zip(batches, persons, strict=True)
    )
