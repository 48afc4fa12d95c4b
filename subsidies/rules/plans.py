"""What the rules say of a plan's content, of its cost, and of the decision on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.money import PPM, yuan_text
from core.rates import down_to_tenth, percent_text
from policies.enums import Strictness
from policies.rules import allowed_keys, decision_thresholds, share_needed, share_reached
from policies.selectors import PolicyValueView, Rulebook
from subsidies.enums import PlanKind
from subsidies.rules.judged import REFUSE, TELL, WARN, Judged, judged
from subsidies.rules.pools import PoolFacts, judge_gift, judge_money
from subsidies.rules.standards import Row, judge_standard

REPRESENTATIVES = "member_representatives"
_SEVERITIES = {Strictness.REFUSE: REFUSE, Strictness.WARN: WARN}


@dataclass(frozen=True, slots=True)
class Source:
    """One pot a plan is paid from: type (of the rulebook), amount in fen, a note."""

    source_type: str
    amount_fen: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """Everything a plan is judged by. Sums in fen; `income_fen` is None where none was declared."""

    year: int
    kind: str = PlanKind.REGULAR
    beneficiaries: str = ""
    procedure: str = ""
    sources: Sequence[Source] = ()
    rows: Sequence[Row] = ()
    estimate_fen: int = 0
    others_fen: int = 0
    income_fen: int | None = None
    responsible_person: str = ""
    # A plan of donors' money: it rests on its pool, not on disposable income.
    pool: PoolFacts | None = None


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """The record of a decision, stored or not (四议两公开): dates, counts, words."""

    body: str
    met_on: date
    called_count: int
    attended_count: int
    agreed_count: int
    resolution: str
    against_count: int = 0
    abstained_count: int = 0
    proposed_on: date | None = None
    discussed_on: date | None = None
    reviewed_on: date | None = None
    notified_on: date | None = None
    posted_on: date | None = None
    published_from: date | None = None
    published_to: date | None = None
    result_published_on: date | None = None
    households_count: int | None = None
    place: str = ""
    chair: str = ""
    recorder: str = ""


# What each step of 四议两公开 leaves on the record.
STEP_FIELDS = {
    "party_proposal": "proposed_on",
    "committees_discuss": "discussed_on",
    "party_members_review": "reviewed_on",
    "resolution": "resolution",
    "resolution_published": "published_from",
    "result_published": "result_published_on",
}


@dataclass(frozen=True, slots=True)
class Afford:
    """A plan's sum against the year's disposable income, with the other plans of the year (A-65).

    `counted_fen` leaves out what own funds pay (A-09); `share_ppm` is None without income.
    """

    counted_fen: int
    others_fen: int
    income_fen: int | None
    limit_ppm: int | None = None
    total_fen: int = field(init=False)
    over_fen: int = field(init=False)
    share_ppm: int | None = field(init=False)

    def __post_init__(self) -> None:
        total = self.counted_fen + self.others_fen
        object.__setattr__(self, "total_fen", total)
        object.__setattr__(self, "over_fen", max(0, total - (self.income_fen or 0)))
        share = total * PPM // self.income_fen if self.income_fen else None
        object.__setattr__(self, "share_ppm", share)


def judge_plan(facts: PlanFacts, *, rulebook: Rulebook) -> list[Judged]:
    """All that the rules say of a plan before it may be decided and come into force.

    Source: CS-02, CS-07, CS-08, CS-09, CS-14, CS-15, CS-22, CS-26, NX-09, A-09, A-49, A-65.
    """
    return [
        *judge_parts(facts, rulebook),
        *(judge_gift(facts.pool, rulebook) if facts.pool else _judge_sources(facts, rulebook)),
        *judge_standard(facts.rows, year=facts.year, rulebook=rulebook),
        *(
            judge_money(facts.pool, facts.estimate_fen, rulebook)
            if facts.pool
            else judge_income(facts, rulebook)
        ),
        *_judge_head(facts, rulebook),
    ]


def judge_parts(facts: PlanFacts, rulebook: Rulebook) -> Iterator[Judged]:
    """The parts that the region asks of a plan and that this one lacks. Source: CS-08, JN-11, NX-16."""
    found = {
        "fund_source": bool(facts.sources) or facts.pool is not None,
        "beneficiaries": bool(facts.beneficiaries.strip()),
        "standard": any(not row.is_addition for row in facts.rows),
        "procedure": bool(facts.procedure.strip()),
        "plan_year": bool(facts.year),
    }
    missing = [view for key, view in rulebook.table("plan_part").items() if not found[key]]
    if missing:
        names = "、".join(str(view.value) for view in missing)
        yield judged(
            "E-PLAN-PART", _("补助方案缺少必备内容：%(names)s") % {"names": names}, missing[0], parts=names
        )


def _judge_sources(facts: PlanFacts, rulebook: Rulebook) -> Iterator[Judged]:
    some = next(iter(rulebook.require_table("fund_source_allowed", year=facts.year).values()))
    allowed = allowed_keys(rulebook, "fund_source_allowed", year=facts.year)
    for source_type in dict.fromkeys(source.source_type for source in facts.sources):
        if source_type not in allowed:
            name = source_name(rulebook, source_type)
            view = rulebook.get("fund_source_name", source_type) or some
            words = {"name": name, "year": facts.year}
            yield judged(
                "E-SOURCE", _("%(year)s年度的方案不能用%(name)s作资金来源") % words, view, year=facts.year
            )
    if facts.kind == PlanKind.SUPPLEMENTARY and not rulebook.flag(
        "supplementary_plan_allowed", year=facts.year
    ):
        sentence = _("%(year)s年度不能另定补充分配方案") % {"year": facts.year}
        found = judged(
            "E-SOURCE", sentence, rulebook.get("fund_source_name", "own_funds") or some, year=facts.year
        )
        yield replace(found, advice=_("放弃这份草稿，要改补助就在年度方案上办“调整方案”。"))


def source_name(rulebook: Rulebook, source_type: str) -> str:
    """The name of a fund source in the words of the rulebook."""
    view = rulebook.get("fund_source_name", source_type)
    return str(view.value) if view else source_type


def counted_fen(estimate_fen: int, sources: Iterable[Source], rulebook: Rulebook) -> int:
    """The part of a plan's cost that disposable income must bear: without what own funds pay (A-09)."""
    sources = list(sources)
    tested = [s for s in sources if rulebook.flag("fund_source_in_income_test", s.source_type)]
    if sources and not tested:
        return 0
    return max(0, estimate_fen - sum(s.amount_fen for s in sources if s not in tested))


def afford(facts: PlanFacts, rulebook: Rulebook) -> Afford:
    """The plan's sum against disposable income, with the other plans of the year."""
    limit = rulebook.get("afford_warning")
    return Afford(
        0 if facts.pool else counted_fen(facts.estimate_fen, facts.sources, rulebook),
        facts.others_fen if rulebook.flag("income_covers_all_plans") else 0,
        facts.income_fen,
        int(str(limit.value)) if limit else None,
    )


def income_year(year: int, rulebook: Rulebook) -> int:
    """The year whose disposable income a plan year is compared with (A-65)."""
    return year - rulebook.amount("income_year_offset")


def judge_income(facts: PlanFacts, rulebook: Rulebook) -> Iterator[Judged]:
    """What the rules say of the plan's sum against disposable income. Source: CS-02, CS-14, A-65."""
    strictness = rulebook.get("over_income")
    if strictness is None or strictness.value == Strictness.IGNORE:
        return
    tested = [s for s in facts.sources if rulebook.flag("fund_source_in_income_test", s.source_type)]
    if facts.sources and not tested:
        return
    if facts.income_fen is None:
        yield _income_missing(facts, rulebook)
        return
    yield from _judge_excess(facts, strictness, rulebook)
    yield from _judge_set_aside(facts, sum(s.amount_fen for s in tested), strictness, rulebook)


def _income_missing(facts: PlanFacts, rulebook: Rulebook) -> Judged:
    year = income_year(facts.year, rulebook)
    sentence = _("还没有申报%(year)s年度的可支配收益，不能对照补助总额") % {"year": year}
    found = judged("E-OVER-INCOME", sentence, rulebook.get("over_income"), income_year=year)
    # Nothing is too dear yet: the figure to compare with is lacking.
    advice = _("在“资金来源”里填报%(year)s年度可支配收益。") % {"year": year}
    return replace(found, advice=advice)


def _judge_excess(facts: PlanFacts, strictness: PolicyValueView, rulebook: Rulebook) -> Iterator[Judged]:
    against = afford(facts, rulebook)
    words = {
        "total": yuan_text(against.total_fen),
        "income": yuan_text(facts.income_fen or 0),
        "year": income_year(facts.year, rulebook),
        "over": yuan_text(against.over_fen),
    }
    if against.over_fen:
        yield judged(
            "E-OVER-INCOME",
            _("补助总额%(total)s元超过%(year)s年度可支配收益%(income)s元，多出%(over)s元") % words,
            strictness,
            severity=_SEVERITIES[Strictness(str(strictness.value))],
            over_fen=against.over_fen,
        )
    elif (
        against.share_ppm is not None
        and against.limit_ppm is not None
        and against.share_ppm > against.limit_ppm
    ):
        share = {
            "share": percent_text(down_to_tenth(against.share_ppm)),
            "limit": percent_text(against.limit_ppm),
        }
        yield judged(
            "W-AFFORD",
            _("补助总额%(total)s元占可支配收益%(income)s元的%(share)s，超过%(limit)s的提醒线")
            % (words | share),
            rulebook.get("afford_warning"),
            share_ppm=against.share_ppm,
        )


def _judge_set_aside(
    facts: PlanFacts, set_aside_fen: int, strictness: PolicyValueView, rulebook: Rulebook
) -> Iterator[Judged]:
    income = facts.income_fen or 0
    if set_aside_fen > income:
        words = {
            "sum": yuan_text(set_aside_fen),
            "income": yuan_text(income),
            "over": yuan_text(set_aside_fen - income),
        }
        yield judged(
            "E-OVER-INCOME",
            _("安排的资金%(sum)s元超过可支配收益%(income)s元，多出%(over)s元") % words,
            strictness,
            severity=_SEVERITIES[Strictness(str(strictness.value))],
            over_fen=set_aside_fen - income,
        )
    whole = sum(source.amount_fen for source in facts.sources)
    if facts.estimate_fen > whole and facts.sources:
        words = {"sum": yuan_text(whole), "total": yuan_text(facts.estimate_fen)}
        sentence = _("安排的资金%(sum)s元，不够按现在名单算出的%(total)s元") % words
        yield judged("", sentence, severity=TELL, short_fen=facts.estimate_fen - whole)


def _judge_head(facts: PlanFacts, rulebook: Rulebook) -> Iterator[Judged]:
    view = rulebook.get("responsible_person_missing")
    if view and view.value != Strictness.IGNORE and not facts.responsible_person.strip():
        sentence = _("没有填写村党组织负责人")
        yield judged("W-HEAD", sentence, view, severity=_SEVERITIES[Strictness(str(view.value))])


def judge_decision(
    record: DecisionFacts, *, rulebook: Rulebook, changed_on: date | None = None
) -> list[Judged]:
    """All that the rules in force on the day of the meeting say of the decision.

    `changed_on` is the day of the decision that this one changes. Days and shares are compared in whole numbers.
    Source: CS-10, CS-25, LAW-01, LAW-03, A-70, A-75.
    """
    return [
        *_judge_record(record, rulebook),
        *_judge_later(record, rulebook, changed_on),
        *_judge_notice(record, rulebook),
        *_judge_counts(record, rulebook),
        *_judge_representatives(record, rulebook),
    ]


def _judge_record(record: DecisionFacts, rulebook: Rulebook) -> Iterator[Judged]:
    bodies = rulebook.table("decision_body")
    if bodies and record.body not in bodies:
        names = "、".join(str(view.value) for view in bodies.values())
        yield judged(
            "E-DECISION",
            _("补助方案应由%(names)s决定") % {"names": names},
            next(iter(bodies.values())),
            bodies=names,
        )
    required = allowed_keys(rulebook, "decision_step_required")
    missing = [key for key in required if not getattr(record, STEP_FIELDS[key])]
    if missing:
        names = "、".join(str(rulebook.choice("decision_step", key)) for key in missing)
        view = rulebook.get("decision_step_required", missing[0])
        yield judged("E-DECISION", _("民主决策记录缺少：%(names)s") % {"names": names}, view, steps=names)
    if record.agreed_count <= record.against_count:
        words: dict[str, Any] = {"agreed": record.agreed_count, "against": record.against_count}
        view = rulebook.get("decision_procedure")
        yield judged(
            "E-DECISION", _("同意%(agreed)d人，反对%(against)d人，决议没有通过") % words, view, **words
        )


def _judge_later(record: DecisionFacts, rulebook: Rulebook, changed_on: date | None) -> Iterator[Judged]:
    view = rulebook.get("revision_needs_later_decision")
    if changed_on and view and view.value is True and record.met_on <= changed_on:
        words = {"met": record.met_on, "before": changed_on}
        sentence = _("调整方案要有新的民主决策：会议日期%(met)s须晚于上一版的%(before)s") % words
        yield judged("E-DECISION", sentence, view)
    early = rulebook.get("decision_before_policy")
    if early and early.value != Strictness.IGNORE and record.met_on < early.valid_from:
        words = {"met": record.met_on, "policy": early.valid_from}
        severity = _SEVERITIES[Strictness(str(early.value))]
        yield judged(
            "W-EARLY", _("会议日期%(met)s早于政策文件执行日期%(policy)s") % words, early, severity=severity
        )


def days_of_notice(posted_on: date, met_on: date, *, counts_posting_day: bool) -> int:
    """Days something was shown before a meeting: 06-12 to 06-20 are 8, or 9 where the day of posting counts (A-75)."""
    return (met_on - posted_on) // timedelta(days=1) + (1 if counts_posting_day else 0)


def _judge_notice(record: DecisionFacts, rulebook: Rulebook) -> Iterator[Judged]:
    thresholds = decision_thresholds(rulebook)
    counts = thresholds.counts_posting_day
    asked: list[tuple[PolicyValueView | None, date | None, str]] = [
        (thresholds.shown_days, record.posted_on, _("方案在会前公示")),
        (thresholds.notice_days, record.notified_on or record.posted_on, _("会议通知提前")),
    ]
    for view, given_on, what in asked:
        if view is None:
            continue
        needed = int(str(view.value))
        days = days_of_notice(given_on, record.met_on, counts_posting_day=counts) if given_on else 0
        if days < needed:
            words = {"what": what, "days": days, "needed": needed}
            sentence = _("%(what)s%(days)d天，不足%(needed)d天") % words
            yield judged("E-NOTICE", sentence, view, days=days, needed_days=needed)


def _judge_counts(record: DecisionFacts, rulebook: Rulebook) -> Iterator[Judged]:
    thresholds = decision_thresholds(rulebook)
    asked = [
        (thresholds.attendance, "E-QUORUM", record.attended_count, _("到会")),
        (thresholds.agreement, "E-MAJORITY", record.agreed_count, _("同意")),
    ]
    for share, code, count, what in asked:
        if share is not None and not share_reached(share, count, record.called_count):
            needed = share_needed(share, record.called_count)
            words = {
                "what": what,
                "count": count,
                "all": record.called_count,
                "share": share.shown,
                "needed": needed,
            }
            sentence = _("%(what)s%(count)d人，不足应到%(all)d人的%(share)s，至少要%(needed)d人") % words
            yield judged(
                code, sentence, share, count=count, called_count=record.called_count, needed_count=needed
            )


def _judge_representatives(record: DecisionFacts, rulebook: Rulebook) -> Iterator[Judged]:
    view = decision_thresholds(rulebook).representatives_more_than
    if record.body != REPRESENTATIVES or view is None:
        return
    if record.called_count <= int(str(view.value)):
        words = {"count": record.called_count, "limit": view.value}
        yield judged("E-DECISION", _("成员代表%(count)d人，须多于%(limit)d人") % words, view)
    low, high = rulebook.get("representative_households_min"), rulebook.get("representative_households_max")
    if record.households_count and low and high:
        least, most = record.called_count * int(str(low.value)), record.called_count * int(str(high.value))
        if not least <= record.households_count <= most:
            words = {
                "n": record.households_count,
                "count": record.called_count,
                "low": low.value,
                "high": high.value,
            }
            sentence = _("%(n)d户推选%(count)d名代表，每名代表应代表%(low)d至%(high)d户") % words
            yield judged("E-DECISION", sentence, low)
