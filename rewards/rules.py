"""What a year's reward comes to, or why there is none: arithmetic and conditions, with their clause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.calendar import day_text
from core.counts import NAMED_ROWS
from core.errors import RuleViolation
from core.money import share_down, yuan_text
from core.rates import percent_plain
from ledger.enums import Source
from policies.rules import gives_reward_money, reward_ceiling, reward_first_day
from policies.selectors import PolicyValueView, Rulebook
from subsidies.rules.judged import cited
from subsidies.selectors.posting import Counted, YearSum

OPEN, NO_RATE = "E-REWARD-OPEN", "W-NO-RATE"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rulebook and the district's own decision say of one plan year."""

    year: int
    rate_ppm: int
    ceiling: PolicyValueView | None
    is_decided: bool
    ground: str
    first_day: date
    less_refunds: bool
    needs_finished_year: bool
    version: str

    @property
    def clause(self) -> str:
        """The words the rate rests on."""
        if self.ceiling is None:
            return self.ground
        parts = re.split("[，。；]", self.ceiling.clause.text)
        words = next((part for part in parts if part.startswith(f"{self.year}年")), "")
        return f"{self.ceiling.clause.reference}“{words}”" if words else cited(self.ceiling)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One organisation's year: posted − refunded = base; base × rate, cut to the fen = cap; or why it is blocked."""

    headcount: int
    posted_fen: int
    refunded_fen: int
    base_fen: int
    rate_ppm: int
    cap_fen: int
    blocked_code: str = ""
    blocked_figures: dict[str, Any] = field(default_factory=dict)

    def amounts(self) -> dict[str, int]:
        """The figures that a determination rests on."""
        return {name: getattr(self, name) for name in AMOUNTS}


AMOUNTS = ("headcount", "posted_fen", "refunded_fen", "base_fen", "rate_ppm", "cap_fen")


def reward_terms(rules: Rulebook, year: int, *, decided_ppm: int | None) -> Terms:
    """The terms of a plan year: the decided rate, or the ceiling where none was decided (CS-13, A-05, A-08)."""
    ceiling = reward_ceiling(rules, year)
    rate = 0
    if ceiling is not None:
        highest = int(str(ceiling.value))
        by_default = highest if rules.choice("reward_rate_default") == "ceiling" else 0
        rate = by_default if decided_ppm is None else min(decided_ppm, highest)
    return Terms(
        year=year,
        rate_ppm=rate,
        ceiling=ceiling,
        is_decided=ceiling is not None and decided_ppm is not None,
        ground=rules.cite_ground("reward"),
        first_day=reward_first_day(rules, year),
        less_refunds=rules.flag("reward_base_less_refunds"),
        needs_finished_year=rules.flag("reward_needs_finished_year"),
        version=rules.version,
    )


def counted_money(rules: Rulebook) -> Counted:
    """Whose money the base is made of: what the rulebook names (A-07, A-09). Source: CS-13, CS-15."""
    table = rules.table("source_in_reward_base")
    left_out = frozenset(
        key for key, view in table.items() if view.value is not True and key != Source.SPONSOR
    )
    return Counted(donors=rules.flag("source_in_reward_base", Source.SPONSOR), left_out=left_out)


def require_money(rules: Rulebook) -> None:
    """Raise E-NO-REWARD where the region rewards in another form, or not at all. Source: JN-13."""
    if gives_reward_money(rules):
        return
    form = rules.get("reward_form")
    words = {"form": form.shown if form else _("没有规定")}
    raise RuleViolation(
        _("本地不发财政奖励资金（政策文件：%(form)s），不能测算、核定和拨付。") % words,
        code="E-NO-REWARD",
        clause=cited(form) if form else rules.cite_ground("reward"),
    )


def reckon(facts: YearSum, terms: Terms, *, on: date) -> Reckoned:
    """Base, rate and cap of one organisation, with what stands against determining it on that day."""
    base = max(facts.posted_fen - (facts.refunded_fen if terms.less_refunds else 0), 0)
    code, figures = _blocked(facts, terms, on)
    return Reckoned(
        headcount=facts.headcount,
        posted_fen=facts.posted_fen,
        refunded_fen=facts.refunded_fen,
        base_fen=base,
        rate_ppm=terms.rate_ppm,
        cap_fen=share_down(base, terms.rate_ppm),
        blocked_code=code,
        blocked_figures=figures,
    )


def _blocked(facts: YearSum, terms: Terms, on: date) -> tuple[str, dict[str, Any]]:
    if not terms.rate_ppm:
        return NO_RATE, {"year": terms.year}
    if on < terms.first_day:
        return OPEN, {"why": "early", "first_day": terms.first_day.isoformat()}
    if not facts.posted_fen:
        return OPEN, {"why": "nothing"}
    if terms.needs_finished_year and facts.has_open_batch:
        return OPEN, {"why": "batch"}
    if terms.needs_finished_year and facts.has_open_refund:
        return OPEN, {"why": "refund"}
    return "", {}


def blocked_sentence(code: str, figures: Mapping[str, Any]) -> str:
    """Why a row cannot be determined, in words."""
    if code == NO_RATE:
        return _("%(year)s年度没有奖励政策，不核定奖励") % {"year": figures.get("year", "")}
    return {
        "early": _("当年集体补助工作尚未完成：%(day)s起才能核定")
        % {"day": day_text(date.fromisoformat(figures["first_day"])) if "first_day" in figures else ""},
        "nothing": _("当年集体补助工作尚未完成：本年度还没有记账"),
        "batch": _("当年集体补助工作尚未完成：还有批次没有办结"),
        "refund": _("当年集体补助工作尚未完成：还有退费没有办结"),
    }.get(str(figures.get("why", "")), "")


def refuse_blocked(names: Iterable[tuple[int, str, str, Mapping[str, Any]]], *, clause: str) -> None:
    """Raise E-REWARD-OPEN (or W-NO-RATE) naming each blocked village; names: (reward, village, code, figures)."""
    rows: list[dict[str, Any]] = [
        {"reward": reward, "organisation": name, "code": code, "message": blocked_sentence(code, figures)}
        for reward, name, code, figures in names
    ]
    if rows:
        said = "；".join(f"{row['organisation']}：{row['message']}" for row in rows[:NAMED_ROWS])
        more = _("等%(n)d个村") % {"n": len(rows)} if len(rows) > NAMED_ROWS else ""
        raise RuleViolation(f"{said}{more}。", code=rows[0]["code"], clause=clause, rows=rows)


def require_rate(rate_ppm: int, rules: Rulebook, year: int) -> PolicyValueView:
    """Raise E-REWARD-RATE for a rate above the year's ceiling or for a year without one; else return the ceiling."""
    ceiling = reward_ceiling(rules, year)
    if ceiling is None:
        raise RuleViolation(_("%(year)s年度没有奖励政策，不能另定比例。") % {"year": year}, code=NO_RATE)
    highest = int(str(ceiling.value))
    if not 0 < rate_ppm <= highest:
        raise RuleViolation(
            _("奖励比例%(rate)s%%超过%(year)s年度上限%(most)s%%。")
            % {"rate": percent_plain(rate_ppm), "year": year, "most": percent_plain(highest)},
            code="E-REWARD-RATE",
            clause=cited(ceiling),
            rate_ppm=rate_ppm,
            ceiling_ppm=highest,
        )
    return ceiling


def require_within_cap(village: str, amount_fen: int, cap_fen: int, *, clause: str) -> None:
    """Raise E-REWARD-CAP for a sum that is nothing or above base × rate."""
    if not 0 < amount_fen <= cap_fen:
        raise RuleViolation(
            _("%(village)s核定%(sum)s元，应大于0且不超过核定上限%(cap)s元。")
            % {"village": village, "sum": yuan_text(amount_fen), "cap": yuan_text(cap_fen)},
            code="E-REWARD-CAP",
            clause=clause,
            amount_fen=amount_fen,
            cap_fen=cap_fen,
        )


def offset_due(*, granted_fen: int, ceiling_fen: int, opened_fen: int) -> int:
    """The further offset of a paid reward: granted before its own offset, above the ceiling as it now stands, less
    offsets already opened for it; never negative. Source: A-06.
    """
    return max(granted_fen - ceiling_fen - opened_fen, 0)
