"""Why a person was subsidised or not: each question with its facts, result and clause, and what became of it.

Nothing is judged here. The line keeps the facts and findings of the day it was judged on; the questions, and the
clauses they rest on, are those of the rulebook of that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.calendar import day_text
from core.errors import NotInArea
from core.look import Finding
from core.models import User
from core.money import yuan_text
from ledger.enums import Source
from policies.selectors import Rulebook, rulebook
from subsidies.enums import UNPAID_LINES, LineState, Severity, Verdict
from subsidies.models import Finding as StoredFinding
from subsidies.models import Line, PriorGrant
from subsidies.rules.eligibility import PARTS, Terms
from subsidies.rules.wording import Words
from subsidies.selectors.applications import applications
from subsidies.selectors.payments import payments_of
from subsidies.selectors.verification import with_findings, years_looked_at
from subsidies.workflow.applications import LIVE_LINES
from villages.enums import AGENCY
from villages.models import PersonStatus

MET, ASK, NOT_MET = "met", "ask", "not_met"
OUTCOME_WORDS = {MET: "符合", ASK: "需确认", NOT_MET: "不符合"}
# The order in which a person asks, which is not that of an officer who looks for what ends the matter.
QUESTIONS: dict[str, Any] = {
    "membership": gettext_lazy("是不是本村集体经济组织成员"),
    "payment": gettext_lazy("有没有完成个人缴费"),
    "status": gettext_lazy("有没有死亡、丧失国籍、已享受其他养老待遇"),
    "elsewhere": gettext_lazy("有没有在其他名单中"),
    "purpose": gettext_lazy("是不是资助的对象"),
    "amount": gettext_lazy("金额符不符合方案"),
    "cap": gettext_lazy("全年补助有没有超过上限"),
}


@dataclass(frozen=True, slots=True)
class SumRow:
    """One row of a sum, in fen; `kind` is "part", "sum" (a line above it) or "over" (what is too much)."""

    label: str
    fen: int
    kind: str = "part"


@dataclass(slots=True)
class Question:
    """One question about a line: facts in words, the sum where there is one, what was found, the clause."""

    name: str
    text: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    sums: list[SumRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    clauses: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    outcome: str = MET

    @property
    def word(self) -> str:
        """The outcome as its chip says it."""
        return OUTCOME_WORDS[self.outcome]


@dataclass(slots=True)
class Explanation:
    """One line explained. `other_fen`, `donor_fen`: what the cap bar shows of others' money."""

    line: Line
    rules: Rulebook
    questions: list[Question]
    conclusion: Finding
    other_fen: int
    donor_fen: int
    fate: list[tuple[str, date, str]]

    @property
    def is_granted(self) -> bool:
        """Whether the person gets the money."""
        return self.line.state in (*LIVE_LINES, LineState.REFUNDED)

    @property
    def is_rulebook_amended(self) -> bool:
        """Whether the values of that day were amended since the line was judged."""
        return self.line.policy_version != self.rules.version


def lines_of(actor: User, person_id: int, year: int) -> list[Line]:
    """The judged lines of a person and plan year that the actor may see, newest first. Raises NotInArea."""
    rows = _lines(actor).filter(person=person_id, year=year)
    found = list(rows.order_by("-application_id"))
    if not found:
        raise NotInArea
    return found


def _lines(actor: User) -> QuerySet[Line]:
    findings = Prefetch("findings", queryset=StoredFinding.objects.order_by("pk"), to_attr="found")
    return (
        Line.objects.filter(application__in=applications(actor).order_by(), judged_on__isnull=False)
        .select_related(
            "person",
            "membership",
            "plan__pool__donor",
            "application__verified_by",
            "application__confirmed_by",
            "organisation__region__parent",
        )
        .prefetch_related(findings)
    )


def explain(line: Line, *, actor: User) -> Explanation:
    """Explain one line as it was judged; a fixed number of statements."""
    assert line.judged_on is not None
    rules = rulebook(line.village_code, on=line.judged_on)
    seen = _Seen(line, rules, Words(), line.judged_on, actor)
    is_sponsored = line.source == Source.SPONSOR
    questions = [seen.question(name) for name in QUESTIONS if is_sponsored or name != "purpose"]
    return Explanation(
        line=line,
        rules=rules,
        questions=questions,
        conclusion=_conclusion(line, questions, rules),
        other_fen=max(line.cap_reserved_fen - line.cap_sponsor_fen, 0),
        donor_fen=line.cap_sponsor_fen,
        fate=list(_fate(line)),
    )


class _Seen:
    """One line with what its questions are answered from."""

    def __init__(self, line: Line, rules: Rulebook, words: Words, on: date, actor: User) -> None:
        self.line, self.rules, self.words, self.on = line, rules, words, on
        # Which other village it is, the agency alone is told.
        self.names_others = actor.access.may(AGENCY)
        terms = Terms(rules, line.plan, line.application, on)
        self.conditions = {part.name: list(part.conditions(terms)) for part in PARTS}
        self.prior = list(
            PriorGrant.objects.filter(person=line.person_id, year=line.year)
            .order_by()
            .values_list("source", "giver")
            .annotate(fen=Sum("amount_fen"))
        )

    def question(self, name: str) -> Question:
        """One question with its answer."""
        asked = Question(name, str(QUESTIONS[name]))
        conditions = self.conditions[name]
        codes = {condition.code for condition in conditions}
        found = [row for row in self.line.found if row.code in codes]  # type: ignore[attr-defined]
        asked.findings = [self.words.reason_of(row, self.rules, self.line.year) for row in found]
        severities = {row.severity for row in found}
        if severities:
            asked.outcome = NOT_MET if Severity.REFUSE in severities else ASK
        views = [condition.value for condition in conditions if condition.value is not None]
        spoke = [c.value for c in conditions if c.value and any(row.code == c.code for row in found)]
        for view in spoke or views[:1]:
            code = next((row.code for row in found if row.clause == view.clause.name), conditions[0].code)
            asked.clauses.append(self.words.excerpt(code, view.clause))
            asked.marks.extend(view.marks)
        if asked.outcome == ASK and self.line.verdict == Verdict.PASS:
            asked.facts.append((_("经办结论"), _("看过，通过")))
        asked.clauses = list(dict.fromkeys(asked.clauses))
        asked.marks = list(dict.fromkeys(asked.marks))
        _ANSWERS[name](self, asked)
        return asked

    def membership(self, asked: Question) -> None:
        member = self.line.membership
        if member is None:
            asked.facts.append((_("成员登记"), _("没有查到")))
            return
        group = f"{member.group_name}，" if member.group_name else ""
        since = _("%(on)s起") % {"on": day_text(member.joined_on)}
        asked.facts.append((_("成员登记"), f"{self.line.organisation.region} {group}{since}"))
        if self.line.age is not None:
            asked.facts.append((_("年龄"), _("%(n)d周岁") % {"n": self.line.age}))

    def payment(self, asked: Question) -> None:
        years = years_looked_at(self.line.application, self.rules)
        paid = payments_of([self.line.person_id], years, self.rules)
        for year in years:
            row = paid.get((self.line.person_id, year))
            text = _("没有查到缴费")
            if row is not None:
                text = _("%(yuan)s元，%(on)s缴费") % {
                    "yuan": yuan_text(row.tier_fen),
                    "on": day_text(row.paid_on),
                }
                text = "，".join(part for part in (text, row.kind, row.note) if part)
            asked.facts.append((_("%(year)d年度") % {"year": year}, text))
            for words, fen, on in row.parts if row is not None else ():
                part = _("%(yuan)s元，%(on)s缴费") % {"yuan": yuan_text(fen), "on": day_text(on)}
                asked.facts.append((_("其中%(part)s") % {"part": words}, part))
        if self.line.qualifying_year:
            asked.facts.append((_("认定依据"), self._grounds()))

    def _grounds(self) -> str:
        """The year whose contribution counted, with the sums that it was judged by where government paid of it."""
        line = self.line
        counted = _("%(year)d年度的缴费") % {"year": line.qualifying_year}
        if not line.on_behalf_fen:
            return counted
        sums = {"own": yuan_text(line.own_fen or 0), "behalf": yuan_text(line.on_behalf_fen)}
        return counted + _("，本人%(own)s元，政府代缴%(behalf)s元") % sums

    def status(self, asked: Question) -> None:
        rows = PersonStatus.objects.filter(person=self.line.person_id, is_lifted=False, event_on__lte=self.on)
        found = [(row.get_kind_display(), day_text(row.event_on)) for row in rows.order_by("event_on")]
        none = _("核对到%(on)s，都没有") % {"on": day_text(self.on)}
        asked.facts.extend(found or [(_("核对结果"), none)])

    def elsewhere(self, asked: Question) -> None:
        if asked.outcome == MET:
            asked.facts.append((_("核对结果"), _("本年度没有列入其他名单")))

    def purpose(self, asked: Question) -> None:
        pool = self.line.plan.pool
        if pool is not None and pool.donor is not None:
            asked.facts.append((_("资助方"), pool.donor.name))
            asked.facts.append((_("用途"), pool.purpose))
        kind = self.rules.get("hardship_kind", self.line.person_kind) if self.line.person_kind else None
        asked.facts.append((_("人员类别"), str(kind.value) if kind else _("没有登记困难身份")))

    def amount(self, asked: Question) -> None:
        plan = self.line.plan
        asked.facts.append(
            (
                _("方案"),
                _("%(year)d年度方案第%(n)d版 %(number)s")
                % {"year": plan.year, "n": plan.version_no, "number": plan.number},
            )
        )
        standard = self.line.standard_fen or 0
        asked.sums = [SumRow(_("按方案应补助"), standard)]
        if self.line.granted_fen:
            asked.sums.append(SumRow(_("减：同一方案已补助"), -self.line.granted_fen))
        self._close(asked, left=standard - self.line.granted_fen)

    def cap(self, asked: Question) -> None:
        limit = self.line.cap_limit_fen or 0
        if not self.line.counts_in_cap:
            asked.facts.append((_("社会资助"), _("本地的政策文件不把社会资助计入上限")))
            return
        asked.sums = [SumRow(_("全年上限（%(year)d年最高缴费档次）") % {"year": self.line.year}, limit)]
        asked.sums += self._used()
        self._close(asked, left=limit - self.line.cap_reserved_fen)
        if self.line.cap_in_progress_fen:
            text = _("%(yuan)s元，核定以后才占用上限") % {"yuan": yuan_text(self.line.cap_in_progress_fen)}
            asked.facts.append((_("另有办理中"), text))
        for view in self.rules.table("contribution_tier", year=self.line.year).values():
            asked.marks = list(dict.fromkeys([*asked.marks, *view.marks]))

    def _close(self, asked: Question, *, left: int) -> None:
        asked.sums.append(SumRow(_("还能补助"), left, "sum"))
        asked.sums.append(SumRow(_("本次申请"), self.line.amount_fen))
        if self.line.amount_fen > left:
            asked.sums.append(SumRow(_("超出"), self.line.amount_fen - left, "over"))

    def _used(self) -> list[SumRow]:
        """What took of the cap, by giver, as far as it still adds up to what the line was judged by."""
        taken = self.line.cap_reserved_fen
        rows = [SumRow(self._prior_words(source, giver), -fen) for source, giver, fen in self.prior]
        others = Line.objects.filter(person=self.line.person_id, year=self.line.year, state__in=LIVE_LINES)
        related = ("organisation__region", "application", "plan__pool__donor")
        others = others.filter(counts_in_cap=True).exclude(pk=self.line.pk)
        for row in others.select_related(*related):
            rows.append(SumRow(self._line_words(row), -row.amount_fen))
        if sum(row.fen for row in rows) != -taken:
            return [SumRow(_("减：核实时已占用"), -taken)] if taken else []
        return rows

    def _prior_words(self, source: str, giver: str) -> str:
        if source == Source.SPONSOR:
            return _("减：社会资助（%(giver)s）") % {"giver": giver or _("未写单位")}
        return _("减：启用系统以前的补助")

    def _line_words(self, row: Line) -> str:
        is_own = row.organisation_id == self.line.organisation_id
        village = str(row.organisation.region) if is_own or self.names_others else _("其他村")
        batch = _("第%(n)d批") % {"n": row.application.batch_no}
        if row.source == Source.SPONSOR:
            giver = row.plan.pool.title if row.plan.pool and (is_own or self.names_others) else _("其他村")
            return _("减：社会资助（%(giver)s，%(batch)s）") % {"giver": giver, "batch": batch}
        return _("减：%(village)s%(batch)s补助") % {"village": village, "batch": batch}


_ANSWERS: dict[str, Callable[[_Seen, Question], None]] = {
    "membership": _Seen.membership,
    "payment": _Seen.payment,
    "status": _Seen.status,
    "elsewhere": _Seen.elsewhere,
    "purpose": _Seen.purpose,
    "amount": _Seen.amount,
    "cap": _Seen.cap,
}


def _conclusion(line: Line, questions: Sequence[Question], rules: Rulebook) -> Finding:
    yuan = yuan_text(line.amount_fen)
    if line.state in UNPAID_LINES:
        told = with_findings([line], rules)[0][1]
        return replace(told[0], url="") if told else Finding("tell", line.get_state_display())
    if line.state == LineState.REFUNDED:
        return Finding("tell", _("补助%(yuan)s元已经退费。") % {"yuan": yuan})
    if line.state in LIVE_LINES:
        return Finding("tell", _("符合条件，补助%(yuan)s元。") % {"yuan": yuan})
    refusals = [f for q in questions if q.outcome == NOT_MET for f in q.findings if f.severity == "refuse"]
    if line.verdict == Verdict.REFUSE:
        why = line.verdict_note or (refusals[0].sentence if refusals else "")
        return Finding("refuse", _("经办结论是不予补助，还没有复核。%(why)s") % {"why": why})
    if refusals:
        first = refusals[0]
        return Finding("refuse", _("%(why)s现在不能补助。") % {"why": first.sentence}, cure=first.cure)
    if any(q.outcome == ASK for q in questions):
        return Finding("ask", _("有需要确认的地方，由经办看过以后定。"))
    return Finding("tell", _("没有查出问题，等经办和复核。"))


def _fate(line: Line) -> Iterator[tuple[str, date, str]]:
    """What became of the line: (what, when, who or how much)."""
    application = line.application
    if application.submitted_on:
        yield _("提交申请"), application.submitted_on, ""
    if application.verified_on and line.state != LineState.PENDING:
        yield _("经办核实"), application.verified_on, str(application.verified_by or "")
    if application.confirmed_on and line.state != LineState.PENDING:
        yield _("复核"), application.confirmed_on, str(application.confirmed_by or "")
    days = (
        (_("撤回"), line.left_on),
        (_("税务到账"), line.remitted_on),
        (_("记入个人账户"), line.posted_on),
        (_("告知本人"), line.informed_on),
        (_("退费"), line.refunded_on),
    )
    for what, day in days:
        if day:
            yield what, day, ""
