"""What other acts do to a pool: reserve its money, follow the lines, take refunds back, set the village's money aside.

Every change is an entry and a change of the pool's columns under the pool's lock, which is the last lock an act takes.
Source: JN-08, NX-09.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from core.errors import RuleViolation
from core.money import yuan_text
from core.workflow import By
from ledger.caps import release_caps
from ledger.enums import Source
from policies.selectors import Rulebook, cite, rulebook
from subsidies.enums import LineState, Payee, PlanKind, PoolEntryKind
from subsidies.models import Application, Line, Plan, Pool, PoolEntry, Refund
from subsidies.rules.pools import GROUND, ORGANISATION, SIGNS, is_earmarked, short_sentence

SPENT = (LineState.REMITTED, LineState.POSTED, LineState.REFUNDED)
# A refund to these puts money back into the pool it came from.
REFILLS = (Payee.POOL, Payee.ORGANISATION)


def locked_pool(pool_id: int) -> Pool:
    """The pool under its lock."""
    return Pool.objects.select_for_update(of=("self",)).get(pk=pool_id)


def write_entry(
    pool: Pool, kind: PoolEntryKind, amount_fen: int, *, by: By, cause_key: str, **cause: Any
) -> PoolEntry:
    """Write one movement of a locked pool and follow it in the columns, kept by the caller (`keep_columns`)."""
    for column, sign in SIGNS[kind].items():
        setattr(pool, column, getattr(pool, column) + sign * amount_fen)
    return PoolEntry.objects.create(
        pool=pool,
        kind=kind,
        amount_fen=amount_fen,
        cause_key=cause_key,
        recorded_by=by.actor,
        **({"on": by.on} | cause),
        **pool.area_codes(),
    )


def keep_columns(pool: Pool) -> None:
    """Save the figures of a locked pool; the CHECK is the last net, refusals come before."""
    pool.save(update_fields=[*dict.fromkeys(name for signs in SIGNS.values() for name in signs)])


def pool_clause(pool: Pool, rules: Rulebook) -> str:
    """The clause that keeps spending within the pool."""
    found = rules.get("pool_overdrawn")
    return cite(found.clause) if found else rules.cite_ground(GROUND)


def require_covered(pool: Pool, *, needed_fen: int, left_fen: int, by: By) -> None:
    """Raise RuleViolation (E-POOL) where more is needed than the pool has left."""
    if needed_fen > left_fen:
        rules = rulebook(pool.village_code, on=by.on)
        raise RuleViolation(
            short_sentence(needed_fen=needed_fen, left_fen=left_fen)
            + _("请把金额减到专款余额以内，或者先补足专款。"),
            code="E-POOL",
            clause=pool_clause(pool, rules),
            needed_fen=needed_fen,
            left_fen=left_fen,
            over_fen=needed_fen - left_fen,
            pool=pool.pk,
        )


# The lines of a batch


def pool_of(plan: Plan, *, by: By) -> Pool | None:
    """The pool that lines of a plan are paid from: the donor's, or the village's own where the rulebook earmarks it."""
    if plan.pool_id is not None:
        return Pool.objects.get(pk=plan.pool_id)
    return set_aside(plan, by=by) if is_earmarked(rulebook(plan.village_code, on=by.on)) else None


def require_room(plan: Plan, amount_fen: int, *, by: By) -> None:
    """Refuse a batch that asks for more than its pool has left, before anything is reserved."""
    pool = pool_of(plan, by=by)
    if pool is not None:
        require_covered(pool, needed_fen=amount_fen, left_fen=pool.balance_fen, by=by)


def reserve_money(application: Application, plan: Plan, *, by: By) -> None:
    """Reserve the confirmed lines' money; of two batches that race for the last of it the later is refused (E-POOL)."""
    pool = pool_of(plan, by=by)
    if pool is None:
        return
    lines = application.lines.filter(state=LineState.ELIGIBLE)
    lines.update(pool=pool)
    follow_lines(pool.pk, application, by=by)


def follow_application(application: Application, *, by: By) -> None:
    """Bring the pools of a batch to where its lines now stand."""
    pools = application.lines.filter(pool__isnull=False).order_by("pool_id").values_list("pool_id", flat=True)
    for pool_id in pools.distinct():
        follow_lines(pool_id, application, by=by)


def follow_lines(pool_id: int, application: Application, *, by: By) -> None:
    """Bring a pool's reserved and remitted money to what its lines say; one entry for each kind of change.

    Raises RuleViolation (E-POOL) where the lines ask for more than is left.
    """
    pool = locked_pool(pool_id)
    now = Line.objects.filter(pool=pool).aggregate(
        reserved=Sum("amount_fen", filter=Q(state=LineState.ELIGIBLE), default=0),
        remitted=Sum("amount_fen", filter=Q(state__in=SPENT), default=0),
    )
    paid = now["remitted"] - pool.remitted_fen
    spoken_for = now["reserved"] - pool.reserved_fen + paid
    if not paid and not spoken_for:
        return
    require_covered(pool, needed_fen=spoken_for, left_fen=max(pool.balance_fen, 0), by=by)
    moves = [
        (PoolEntryKind.REOPENED, -paid),
        (PoolEntryKind.RESERVED, spoken_for),
        (PoolEntryKind.REMITTED, paid),
        (PoolEntryKind.RELEASED, -spoken_for),
    ]
    serial = PoolEntry.objects.filter(pool=pool, application=application).count()
    for kind, fen in moves:
        if fen > 0:
            serial += 1
            key = f"lines:{pool.pk}:{application.pk}:{serial}"
            write_entry(pool, kind, fen, by=by, cause_key=key, application=application)
    keep_columns(pool)


def beyond_pools(lines: QuerySet[Line]) -> set[int]:
    """Of gone lines that money would bring back those for whom their pool has nothing left.

    The pools stay locked, so that what is brought back still fits when the pool follows.
    """
    with_pool = lines.filter(pool__isnull=False)
    beyond: set[int] = set()
    for pool_id in with_pool.order_by("pool_id").values_list("pool_id", flat=True).distinct():
        left = locked_pool(pool_id).balance_fen
        for pk, fen in with_pool.filter(pool=pool_id).order_by("pk").values_list("pk", "amount_fen"):
            if fen > left:
                beyond.add(pk)
            else:
                left -= fen
    return beyond


def release_line_caps(lines: QuerySet[Line], *, year: int) -> None:
    """Give back the cap of lines that took of it."""
    release_caps(lines.filter(counts_in_cap=True), year=year)


# Refunds


def refill(refund: Refund, *, by: By) -> None:
    """Put a paid-back refund into the pool that its line was paid from, unless somebody else gets it."""
    line = refund.line
    if line.pool_id is None or refund.payee not in REFILLS:
        return
    pool = locked_pool(line.pool_id)
    write_entry(
        pool,
        PoolEntryKind.REFUNDED,
        refund.amount_fen,
        by=by,
        cause_key=f"refund:{refund.pk}",
        on=refund.paid_on,
        refund=refund,
        application_id=line.application_id,
        voucher=refund.voucher,
        rows_count=1,
    )
    keep_columns(pool)


# The village's own money


def set_aside(plan: Plan, *, by: By) -> Pool:
    """The earmarked pool of the village's own money for the plan's year, with what this version set aside for it.

    A revision adds or takes back only the difference. Raises RuleViolation (E-POOL) where a revision sets aside less
    than is spent already.
    """
    rules = rulebook(plan.village_code, on=by.on)
    made, _new = Pool.objects.get_or_create(
        source=Source.COLLECTIVE,
        organisation_id=plan.organisation_id,
        year=plan.year,
        defaults={
            "custody": str(getattr(rules.get("collective_money_custodian"), "value", ORGANISATION)),
            "opened_by": by.actor,
            "opened_on": by.on,
            **plan.area_codes(),
        },
    )
    pool = locked_pool(made.pk)
    key = _plan_key(plan)
    if PoolEntry.objects.filter(cause_key=key).exists():
        return pool
    change = _sum_of(plan.sources.all()) - _counted_before(plan)
    if not change:
        return pool
    if change < 0:
        _require_unspent(pool, -change, by)
    kind = PoolEntryKind.INCOME if change > 0 else PoolEntryKind.CUT
    write_entry(pool, kind, abs(change), by=by, cause_key=key, plan=plan)
    keep_columns(pool)
    return pool


def _plan_key(plan: Plan) -> str:
    return f"plan:{plan.pk}"


def _sum_of(sources: Iterable[Any]) -> int:
    return sum(source.amount_fen for source in sources)


def _counted_before(plan: Plan) -> int:
    """What the version that this one revises has brought into the pool; nothing where it came before the pool."""
    versions = Plan.objects.filter(**plan.same_plan(), version_no__lt=plan.version_no)
    if plan.previous is None or not PoolEntry.objects.filter(plan__in=versions).exists():
        return 0
    return _sum_of(plan.previous.sources.all())


def _require_unspent(pool: Pool, less_fen: int, by: By) -> None:
    if less_fen > pool.balance_fen:
        rules = rulebook(pool.village_code, on=by.on)
        words = {"less": yuan_text(less_fen), "left": yuan_text(pool.balance_fen)}
        raise RuleViolation(
            _("调整后安排的资金少了%(less)s元，专款余额只有%(left)s元：已经占用和缴款的不能再减。") % words,
            code="E-POOL",
            clause=pool_clause(pool, rules),
            left_fen=pool.balance_fen,
            over_fen=less_fen - pool.balance_fen,
        )


def give_back_rest(plan: Plan, *, by: By) -> None:
    """A plan that ends leaves what it set aside and did not spend to the village again."""
    if plan.kind == PlanKind.SPONSORED:
        return
    pool = Pool.objects.filter(
        source=Source.COLLECTIVE, organisation_id=plan.organisation_id, year=plan.year
    ).first()
    if pool is None:
        return
    pool = locked_pool(pool.pk)
    if pool.balance_fen > 0:
        key = f"plan_end:{plan.pk}"
        write_entry(pool, PoolEntryKind.CUT, pool.balance_fen, by=by, cause_key=key, plan=plan)
        keep_columns(pool)
