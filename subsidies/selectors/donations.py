"""Every read of donors and pools, scoped to the reader's area."""

from __future__ import annotations

from django.db.models import Count, F, Q, QuerySet, Sum

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from ledger.enums import Source
from policies.parameters import CUSTODIANS, SPONSOR_KINDS
from policies.rules import allowed_keys
from policies.selectors import Rulebook
from subsidies.models import Donor, Plan, Pool, PoolEntry
from subsidies.models.donations import COLUMNS
from subsidies.workflow.donations import POOL_READERS
from villages.models import CollectiveOrganisation

BALANCE = F("income_fen") + F("refunded_fen") - F("reserved_fen") - F("remitted_fen") - F("returned_fen")


def donors_within(actor: User) -> QuerySet[Donor]:
    """Donors in the registers of the actor's area, with what they gave (`given_fen`) in how many pools."""
    area = require_role(actor, POOL_READERS).area
    assert area is not None
    return Donor.objects.within(area).annotate(
        pool_count=Count("pools", distinct=True), given_fen=Sum("pools__income_fen", default=0)
    )


def donor(actor: User, pk: int) -> Donor:
    """One donor of the actor's area; raises NotInArea otherwise."""
    found = donors_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def search_donors(rows: QuerySet[Donor], words: str) -> QuerySet[Donor]:
    """Donors whose name, code or contact holds the words."""
    words = words.strip()
    if not words:
        return rows
    return rows.filter(
        Q(name__icontains=words) | Q(uscc__icontains=words.upper()) | Q(contact__icontains=words)
    )


def pools_within(actor: User) -> QuerySet[Pool]:
    """Pools of the actor's area with donor and village, each with its `left_fen`."""
    area = require_role(actor, POOL_READERS).area
    assert area is not None
    rows = Pool.objects.within(area).select_related("donor", "organisation__region__parent")
    return rows.annotate(left_fen=BALANCE)


def pool(actor: User, pk: int) -> Pool:
    """One pool of the actor's area; raises NotInArea otherwise."""
    found = pools_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def search_pools(rows: QuerySet[Pool], words: str) -> QuerySet[Pool]:
    """Pools whose donor, charity, village, purpose or agreement holds the words."""
    words = words.strip()
    if not words:
        return rows
    names = (
        "donor__name", "charity_name", "organisation__name", "organisation__region__short_name",
        "organisation__region__parent__short_name", "purpose", "agreement_number",
    )  # fmt: skip
    found = Q()
    for name in names:
        found |= Q(**{f"{name}__icontains": words})
    return rows.filter(found)


def pool_sums(rows: QuerySet[Pool]) -> dict[str, int]:
    """How many pools, and each of their figures in all."""
    # From the bare rows: an aggregate may not bear the name of an annotation.
    bare = Pool.objects.filter(pk__in=rows.order_by().values("pk"))
    found = bare.aggregate(count=Count("pk"), **{name: Sum(name, default=0) for name in COLUMNS})
    taken = found["reserved_fen"] + found["remitted_fen"] + found["returned_fen"]
    return found | {"left_fen": found["income_fen"] + found["refunded_fen"] - taken}


def entries_of(pool: Pool) -> QuerySet[PoolEntry]:
    """A pool's movements in the order of their days, with what caused them."""
    related = ("application", "plan", "recorded_by")
    return pool.entries.select_related(*related).order_by("on", "pk")


def plan_of(pool: Pool) -> Plan | None:
    """The version that counts of the plan which spends a donor's pool: in force, else the newest."""
    rows = Plan.objects.filter(pool=pool).exclude(state="discarded")
    return rows.filter(state="in_force").first() or rows.order_by("-version_no").first()


def plans_of_village(pool: Pool) -> QuerySet[Plan]:
    """The village's own plans of the pool's year, newest version first."""
    rows = Plan.objects.filter(organisation=pool.organisation_id, year=pool.year, pool__isnull=True)
    return rows.exclude(state="discarded").order_by("-version_no")


def donors_for(organisation: CollectiveOrganisation, actor: User) -> QuerySet[Donor]:
    """The donors who may give to an organisation: of its own village's register, or of the county's."""
    own = Q(village_code=organisation.village_code) | Q(village_code="")
    return donors_within(actor).filter(own, county_code=organisation.county_code).order_by("name")


def custody_word(pool: Pool) -> str:
    """Who keeps the money, in words."""
    return CUSTODIANS.get(pool.custody, pool.custody)


def kind_word(donor: Donor) -> str:
    """What kind of donor it is, in words."""
    return SPONSOR_KINDS.get(donor.kind, donor.kind)


def custodies_allowed(rules: Rulebook) -> list[tuple[str, str]]:
    """The custodies that the rulebook lets donors choose, with their words."""
    return [(key, CUSTODIANS[key]) for key in allowed_keys(rules, "sponsor_custody_allowed")]


def kinds_allowed(rules: Rulebook) -> list[tuple[str, str]]:
    """The kinds of donors whose gifts the rulebook takes, with their words."""
    return [(key, SPONSOR_KINDS[key]) for key in allowed_keys(rules, "sponsor_allowed")]


def sponsored(rows: QuerySet[Pool]) -> QuerySet[Pool]:
    """Donors' pools alone."""
    return rows.filter(source=Source.SPONSOR)
