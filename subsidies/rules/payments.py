"""What somebody paid for a year: payments that are parts of one contribution are judged by their sum.

Own money and what government pays on behalf often come in as two payments, and a raise of the tier within the year
(提档补差) as another. Lump sums and back payments stand alone. Source: BDX-04, CS-11, JN-05, NX-05, A-43, A-60.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    ExpressionWrapper,
    F,
    Func,
    Max,
    QuerySet,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.expressions import Combinable

from contributions.enums import YEARLY_KINDS, ContributionKind
from contributions.models import Contribution
from policies.enums import Treatment
from policies.rules import tiers_fen
from policies.selectors import Rulebook

TOGETHER = "together"
FEN = BigIntegerField()


def with_sums(
    payments: QuerySet[Contribution], *, years: Iterable[int], rulebook: Rulebook
) -> QuerySet[Contribution]:
    """Each payment with what its year's parts come to, in fen.

    `own_fen` and `behalf_fen` are the sums of the parts, `last_paid_on` the day of the last one. `reached_fen` is the
    tier: the one that the payment declares, or a higher one that what the person paid alone and what government paid
    alone make together. `is_complete`: the parts come to the tier that the payment declares. Of several tiers
    declared, the highest complete one counts, so that a contribution paid twice raises nobody's tier.
    `payments` must hold all parts that are to count, and no others.
    """
    over = _contribution_of(rulebook)
    summed = payments.annotate(
        own_fen=Window(Sum("personal_fen", output_field=FEN), partition_by=over),
        behalf_fen=Window(Sum("on_behalf_fen", output_field=FEN), partition_by=over),
        last_paid_on=Window(Max("paid_on"), partition_by=over),
        own_alone_fen=Window(_most("personal_fen", on_behalf_fen=0), partition_by=over),
        behalf_alone_fen=Window(_most("on_behalf_fen", personal_fen=0), partition_by=over),
    )
    both = ExpressionWrapper(F("own_alone_fen") + F("behalf_alone_fen"), output_field=FEN)
    return summed.annotate(both_fen=both).annotate(
        reached_fen=_reached(years, rulebook), is_complete=completeness(rulebook)
    )


def completeness(rulebook: Rulebook, own: str = "own_fen", behalf: str = "behalf_fen") -> Case:
    """Whether what was paid comes to `tier_fen`; what government paid counts where the rulebook says so (A-43)."""
    reaches = When(tier_fen__lte=paid_expression(rulebook, own, behalf), then=Value(True))
    return Case(reaches, default=Value(False), output_field=BooleanField())


def paid_expression(rulebook: Rulebook, own: str, behalf: str) -> ExpressionWrapper:
    """What counts as paid, in fen: own money, and what government paid where the rulebook says so (A-43)."""
    counts = rulebook.flag("onbehalf_counts")
    return ExpressionWrapper(F(own) + F(behalf) if counts else F(own), output_field=FEN)


def kinds_in_parts(rulebook: Rulebook) -> list[str]:
    """Kinds of payment that are parts of one year's contribution: none where each is judged alone (A-60)."""
    view = rulebook.get("contribution_parts")
    if view is None or view.value != TOGETHER:
        return []
    return [kind for kind in counting_kinds(rulebook) if kind in YEARLY_KINDS]


def counting_kinds(rulebook: Rulebook) -> list[str]:
    """Kinds of contribution that count as having paid."""
    table = rulebook.require_table("contribution_treatment")
    return [kind for kind, view in table.items() if view.value == Treatment.COUNTS]


def _contribution_of(rulebook: Rulebook) -> list[Any]:
    """What makes payments one contribution: person, year and county; what stands alone goes by its own id."""
    return [F("person_id"), F("year"), F("county_code"), _standing_alone(kinds_in_parts(rulebook))]


def _standing_alone(parted: Sequence[str]) -> Combinable:
    """0 for a kind that is part of a contribution, else the payment's own id.

    The kinds are written out, not bound: SQLite runs one pass for all windows over the same words, and takes the
    question marks of two windows for different words. A pass for each made this five times as slow.
    """
    if not parted:
        return F("pk")
    words = ", ".join(f"'{ContributionKind(kind).value}'" for kind in sorted(parted))
    return Func(
        F("kind"),
        F("pk"),
        template="CASE WHEN %(expressions)s END",
        arg_joiner=f" IN ({words}) THEN 0 ELSE ",
        output_field=FEN,
    )


def _most(column: str, **only: int) -> Max:
    return Max(Case(When(then=F(column), **only), output_field=FEN))


def _reached(years: Iterable[int], rulebook: Rulebook) -> Case:
    tables = {
        year: tiers_fen(rulebook, year) for year in years if rulebook.table("contribution_tier", year=year)
    }
    counts = rulebook.flag("onbehalf_counts")
    higher = [
        When(year=year, both_fen__in=tiers, both_fen__gt=F("tier_fen"), then=F("both_fen"))
        for year, tiers in tables.items()
        if counts
    ]
    return Case(*higher, default=F("tier_fen"), output_field=FEN)
