"""Whose money may be taken, who may keep it, what it may be spent on, and how a pool's figures follow its entries.

Pure. Source: CS-15, JN-08, JN-10, NX-09, NX-13, A-03, A-07, A-54, A-55.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.money import yuan_text
from ledger.enums import Source
from policies.enums import Strictness
from policies.parameters import PARAMETERS
from policies.rules import strictness
from policies.selectors import PolicyValueView, Rulebook
from subsidies.enums import Payee, PoolEntryKind
from subsidies.rules.judged import WARN, Judged, judged

ORGANISATION, CHARITY = "organisation", "charity"
INDIVIDUAL = "individual"
TO_SPONSOR = "sponsor"
GROUND = "sponsorship"
# What an entry of each kind does to the columns of its pool.
SIGNS: Mapping[PoolEntryKind, Mapping[str, int]] = {
    PoolEntryKind.INCOME: {"income_fen": 1},
    PoolEntryKind.CUT: {"income_fen": -1},
    PoolEntryKind.RESERVED: {"reserved_fen": 1},
    PoolEntryKind.RELEASED: {"reserved_fen": -1},
    PoolEntryKind.REMITTED: {"reserved_fen": -1, "remitted_fen": 1},
    PoolEntryKind.REOPENED: {"reserved_fen": 1, "remitted_fen": -1},
    PoolEntryKind.REFUNDED: {"refunded_fen": 1},
    PoolEntryKind.RETURNED: {"returned_fen": 1},
}


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """What a sponsored plan is judged by: the gift, and what of its money is left for this plan, in fen."""

    donor_kind: str
    custody: str
    charity_name: str
    charity_uscc: str
    left_fen: int


def judge_gift(facts: PoolFacts, rulebook: Rulebook) -> Iterator[Judged]:
    """Whether the rulebook of the day takes this kind of donor and this custody. Source: CS-15, NX-09, A-73."""
    kinds = rulebook.table("sponsor_allowed")
    if not _allows(kinds, facts.donor_kind):
        named = _label(rulebook, "sponsor_allowed", facts.donor_kind)
        sentence = _("现在不能接受%(kind)s的资助") % {"kind": named}
        yield _source(sentence, kinds, facts.donor_kind, rulebook)
    custodies = rulebook.table("sponsor_custody_allowed")
    if not _allows(custodies, facts.custody):
        named = _label(rulebook, "sponsor_custody_allowed", facts.custody)
        sentence = _("社会资助的资金不能采用“%(custody)s”的管理方式") % {"custody": named}
        yield _source(sentence, custodies, facts.custody, rulebook)
    needs_names = rulebook.get("charity_identity_required")
    is_named = facts.charity_name.strip() and facts.charity_uscc.strip()
    if facts.custody == CHARITY and not is_named and needs_names is not None and needs_names.value is True:
        yield judged("E-CUSTODY", _("由慈善组织管理的，要写明慈善组织名称和统一社会信用代码"), needs_names)


def _allows(table: Mapping[str, PolicyValueView], key: str) -> bool:
    return key in table and table[key].value is True


def _label(rulebook: Rulebook, name: str, key: str) -> str:
    return PARAMETERS[name].keys.get(key, key)


def _source(sentence: str, table: Mapping[str, PolicyValueView], key: str, rulebook: Rulebook) -> Judged:
    some = table.get(key) or next(iter(table.values()), None) or rulebook.get("ground", GROUND)
    return judged("E-SOURCE", sentence, some)


def judge_money(facts: PoolFacts, estimate_fen: int, rulebook: Rulebook) -> Iterator[Judged]:
    """A warning while a sponsored plan would cost more than its pool holds; confirming beyond it is refused."""
    if estimate_fen > facts.left_fen:
        words = {"cost": yuan_text(estimate_fen), "left": yuan_text(facts.left_fen)}
        sentence = _("按现在名单要用%(cost)s元，专款只有%(left)s元可用，不够的部分不能发放") % words
        yield judged("E-POOL", sentence, rulebook.get("pool_overdrawn"), severity=WARN)


def short_sentence(*, needed_fen: int, left_fen: int) -> str:
    """What E-POOL says of a batch."""
    return _("这一批要用%(needed)s元，专款余额%(left)s元，还差%(short)s元。") % {
        "needed": yuan_text(needed_fen),
        "left": yuan_text(left_fen),
        "short": yuan_text(needed_fen - left_fen),
    }


def is_earmarked(rulebook: Rulebook) -> bool:
    """Whether the collective's own subsidy money is kept as an earmarked pool that cannot be overdrawn (JN-08)."""
    refuses = strictness(rulebook, "pool_overdrawn") == Strictness.REFUSE
    return refuses and rulebook.flag("collective_money_earmarked")


def needs_decision(rulebook: Rulebook, custody: str) -> bool:
    """Whether a plan of donors' money in this custody is decided democratically and filed like the village's own."""
    found = rulebook.get("sponsor_plan_decided", custody)
    return found is None or found.value is True


def counts_in_cap(rulebook: Rulebook, source: str) -> bool:
    """Whether money of this source takes of the year's cap. Source: JN-10, NX-13, A-03."""
    return source != Source.SPONSOR or rulebook.flag("cap_includes_sponsors")


def payee_of_sponsor_money(rulebook: Rulebook) -> Payee:
    """Where a refund of a donor's money goes: back to its pool, whatever the reason (A-55)."""
    found = rulebook.get("refund_of_sponsor_money")
    return Payee.SPONSOR if found is not None and found.value == TO_SPONSOR else Payee.POOL
