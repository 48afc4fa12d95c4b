"""What an officer looks at: the queue, each line's evidence, findings with their clause, sums by verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import require_role
from core.calendar import add_working_days, day_text
from core.counts import DIGIT_KEYS, YEARS_ON_FORM
from core.errors import NotInArea
from core.look import REFUSE, TELL, Cell, Chip, Finding, chip_of
from core.models import User
from ledger.models import CapUse
from policies.selectors import Rulebook, rulebook
from subsidies.enums import GONE_LINES, LineState, Severity, Verdict
from subsidies.enums import ApplicationState as State
from subsidies.models import Application, Line
from subsidies.models import Finding as StoredFinding
from subsidies.rules.candidates import qualifying_years
from subsidies.rules.eligibility import MUST_BE_WITHDRAWN
from subsidies.rules.judged import cited
from subsidies.rules.wording import Words
from subsidies.selectors.applications import applications
from subsidies.selectors.payments import Payment, payments_of
from subsidies.workflow.applications import OPEN
from villages.enums import AGENCY, Role

QUEUE = (State.SUBMITTED, State.VERIFIED, State.RETURNED)
QUEUE_READERS = AGENCY | {Role.DISTRICT, Role.AUDITOR, Role.TOWNSHIP}
ADVICE_WORDS = {"pass": "可通过", "ask": "需确认", "refuse": "建议不予"}
# Reasons an officer may pick where no rule found one: papers and registers that the system does not hold.
BY_HAND = ("E-NAME", "E-UNPAID", "E-JURIS", "E-AGE", "E-NOT-MEMBER", "E-DOC-MISSING", "OTHER")


def queue(actor: User) -> QuerySet[Application]:
    """Batches that wait for the agency, first handed in first."""
    require_role(actor, QUEUE_READERS)
    return applications(actor).filter(state__in=QUEUE).order_by("accepted_at", "pk")


def queue_counts(actor: User) -> dict[str, int]:
    """State → batches waiting."""
    rows = applications(actor).filter(state__in=QUEUE).order_by()
    return dict(rows.values_list("state").annotate(n=Count("pk")))


def verdict_sums(application: Application) -> dict[str, tuple[int, int]]:
    """Verdict → (count, sum in fen) of the lines that stand; one statement."""
    lines = application.lines.exclude(state__in=GONE_LINES).order_by()
    rows = lines.values_list("verdict").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    return {verdict: (n, fen) for verdict, n, fen in rows}


def verdict_cells(sums: Mapping[str, tuple[int, int]]) -> list[Cell]:
    """名单 = 已定通过 ＋ 已定不予 ＋ 还没有结论."""
    people = _("%(n)d人")
    whole = (sum(n for n, _fen in sums.values()), sum(fen for _n, fen in sums.values()))
    passed, refused = sums.get(Verdict.PASS, (0, 0)), sums.get(Verdict.REFUSE, (0, 0))
    undecided = sums.get(Verdict.NONE, (0, 0))
    rest = people % {"n": undecided[0]}
    return [
        Cell(_("名单"), whole[1], people % {"n": whole[0]}),
        Cell(_("已定通过"), passed[1], people % {"n": passed[0]}, tone="done"),
        Cell(_("已定不予"), refused[1], people % {"n": refused[0]}, tone="refused"),
        Cell(
            _("还没有结论"),
            undecided[1],
            _("%(rest)s，定完才能提交") % {"rest": rest} if undecided[0] else rest,
            main=True,
            tone="waiting" if undecided[0] else "",
        ),
    ]


def advice_counts(application: Application) -> dict[str, int]:
    """Undecided pending lines by the system's advice."""
    undecided = application.lines.filter(state=LineState.PENDING, verdict=Verdict.NONE).order_by()
    return dict(undecided.values_list("advice").annotate(n=Count("pk")))


@dataclass(slots=True)
class Evidence:
    """One line as the officer sees it."""

    line: Line
    payments: list[tuple[int, Payment | None]] = field(default_factory=list)
    other_fen: int = 0
    donor_fen: int = 0
    findings: list[Finding] = field(default_factory=list)
    reasons: list[tuple[str, str]] = field(default_factory=list)
    verdict_word: str = ""

    @property
    def advice(self) -> Chip:
        return chip_of(_(ADVICE_WORDS.get(self.line.advice, "需确认")))

    @property
    def is_open(self) -> bool:
        return self.line.state == LineState.PENDING


def years_looked_at(application: Application, rules: Rulebook) -> list[int]:
    """The plan year and the year before that qualifies, nearest first."""
    return list(qualifying_years(application.year, rules))[:YEARS_ON_FORM]


def evidence_of(
    lines: Sequence[Line], *, application: Application, rules: Rulebook, actor: User
) -> list[Evidence]:
    """Each line's evidence: payments of the years that qualify, cap by giver, findings; two statements in all."""
    persons = [line.person_id for line in lines]
    years = years_looked_at(application, rules)
    payments = payments_of(persons, years, rules)
    elsewhere = _elsewhere(lines, application) if actor.access.may(AGENCY) else {}
    words = Words()
    return [
        Evidence(
            line=line,
            payments=[(year, payments.get((line.person_id, year))) for year in years],
            other_fen=max(line.cap_reserved_fen - line.cap_sponsor_fen, 0),
            donor_fen=line.cap_sponsor_fen,
            findings=_findings(line, words, rules, elsewhere.get(line.person_id, "")),
            reasons=_reasons(line, words),
            verdict_word=words.short(line.verdict_code) if line.verdict_code else "",
        )
        for line in lines
    ]


def _elsewhere(lines: Sequence[Line], application: Application) -> dict[int, str]:
    """Which other village holds the person's open line: the agency alone is told (A-46)."""
    persons = [line.person_id for line in lines if any(found.code.endswith("-DUP") for found in line.found)]  # type: ignore[attr-defined]
    rows = Line.objects.filter(
        person__in=persons, year=application.year, state=LineState.PENDING, application__state__in=OPEN
    ).exclude(organisation=application.organisation_id)
    rows = rows.select_related("organisation__region", "application") if persons else rows.none()
    return {
        row.person_id: _("%(village)s第%(batch)d批")
        % {"village": row.organisation.region, "batch": row.application.batch_no}
        for row in rows
    }


def _findings(line: Line, words: Words, rules: Rulebook, elsewhere: str = "") -> list[Finding]:
    shown = []
    for found in line.found:  # type: ignore[attr-defined]
        reason = words.reason_of(found, rules, line.year)
        if elsewhere and found.code.endswith("-DUP"):
            sentence = _("%(said)s那一份是%(where)s。") % {"said": reason.sentence, "where": elsewhere}
            reason = replace(reason, sentence=sentence)
        shown.append(replace(reason, url=explanation_url(line)))
    return sorted(shown, key=lambda finding: finding.severity != REFUSE)


def explanation_url(line: Line) -> str:
    """Where a line is explained step by step."""
    return f"{reverse('explanation', args=[line.person_id, line.year])}?line={line.pk}"


def _reasons(line: Line, words: Words) -> list[tuple[str, str]]:
    """Reasons to refuse this line: first those a rule found, then those an officer finds in papers."""
    codes = [found.code for found in line.found if found.severity == Severity.REFUSE]  # type: ignore[attr-defined]
    return [(code, words.short(code)) for code in dict.fromkeys([*codes, *BY_HAND])][:DIGIT_KEYS]


def with_findings(lines: Iterable[Line], rules: Rulebook) -> list[tuple[Line, list[Finding]]]:
    """Lines with what the village reads under each: why refused or withdrawn, or what the pre-check found."""
    words = Words()
    return [(line, _told(line, words, rules)) for line in lines]


def _told(line: Line, words: Words, rules: Rulebook) -> list[Finding]:
    if line.state in GONE_LINES:
        return [_left(line, words, rules)]
    found = _findings(line, words, rules)
    if line.state == LineState.INELIGIBLE:
        return [f for f in found if f.severity == REFUSE] or [_decided(line, words, rules)]
    return found if line.state == LineState.PENDING else []


def _decided(line: Line, words: Words, rules: Rulebook) -> Finding:
    """The officer's own reason, where no rule spoke."""
    why = line.verdict_note or words.short(line.verdict_code or "OTHER")
    return Finding(
        REFUSE,
        _("社保经办机构核实不予补助：%(words)s。") % {"words": why.rstrip("。")},
        words.excerpt(line.verdict_code, rules.ground("verification")),
        words.remedy(line.verdict_code),
    )


def _left(line: Line, words: Words, rules: Rulebook) -> Finding:
    if line.state == LineState.CANCELLED:
        cancelled = {
            "day": day_text(line.left_event_on) if line.left_event_on else "",
            "note": line.left_note,
            "on": day_text(line.left_on) if line.left_on else "",
        }
        said = _("%(note)s，自%(day)s起；%(on)s取消，没有缴款。") % cancelled
        view = rules.get("suspension_allowed")
        return Finding(TELL, said, cited(view) if view else "")
    known = words.reasons.get(line.left_reason)
    why = known.text if known else line.left_reason
    said = _("%(why)s，%(day)s撤回") % {"why": why, "day": day_text(line.left_on)} if line.left_on else why
    if line.left_event_on:
        said = _("%(day)s %(words)s") % {"day": day_text(line.left_event_on), "words": said}
    note = f"（{line.left_note}）" if line.left_note else ""
    return Finding(TELL, f"{said}{note}。", words.excerpt("E-DEAD", rules.ground("application")))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What confirming a batch will do, as far as can be told before the locks are taken."""

    passed: tuple[int, int]
    refused: list[tuple[str, int, int]]
    over_cap: int
    must_withdraw: int


def outcome_of(application: Application) -> Outcome:
    """Sums of a verified batch by verdict and reason; who would fall over the cap or must be withdrawn first."""
    lines = application.lines.filter(state=LineState.PENDING).order_by()
    passed = lines.filter(verdict=Verdict.PASS)
    sums = passed.aggregate(n=Count("pk"), fen=Sum("amount_fen"))
    refused = lines.filter(verdict=Verdict.REFUSE).values_list("verdict_code")
    by_reason = refused.annotate(n=Count("pk"), fen=Sum("amount_fen")).order_by("-n")
    words = Words()
    stopped = passed.filter(Q(findings__code__in=MUST_BE_WITHDRAWN)).distinct().count()
    return Outcome(
        passed=(sums["n"], sums["fen"] or 0),
        refused=[(words.short(code or "OTHER"), n, fen) for code, n, fen in by_reason],
        over_cap=_over_cap(passed, application.year),
        must_withdraw=stopped,
    )


def _over_cap(passed: QuerySet[Line], year: int) -> int:
    used = CapUse.objects.filter(person=OuterRef("person_id"), year=year).values("reserved_fen")
    live = passed.annotate(used=Subquery(used))
    return live.filter(amount_fen__gt=F("cap_limit_fen") - F("used")).count()


def batch(actor: User, pk: int) -> Application:
    """One batch for the agency's pages; raises NotInArea."""
    require_role(actor, QUEUE_READERS)
    found = applications(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def first_refusal(application: Application, line_id: int) -> str:
    """The code of the first rule that refuses this line; empty where none does."""
    found = StoredFinding.objects.filter(
        line=line_id, line__application=application, severity=Severity.REFUSE
    )
    return found.order_by("pk").values_list("code", flat=True).first() or ""


def bulk_reasons() -> list[tuple[str, str]]:
    """Reasons to refuse several lines at once."""
    words = Words()
    return [(code, words.short(code)) for code in BY_HAND]


def limit_marks(application: Application, rules: Rulebook) -> list[str]:
    """Marks (示例值, 口径待确认) of the tiers that make the year's cap."""
    tiers = rules.table("contribution_tier", year=application.year).values()
    return list(dict.fromkeys(mark for view in tiers for mark in view.marks))


def correction_day(application: Application, on: date) -> date | None:
    """The day that the rulebook gives for corrections, proposed on the form."""
    days = rulebook(application.village_code, on=on).get("application_correction_days")
    return add_working_days(on, int(str(days.value))) if days else None


def is_maker(application: Application, actor: User) -> bool:
    """Whether the actor verified this batch or decided a line of it, and so may not confirm it."""
    if application.verified_by_id == actor.pk:
        return True
    return application.lines.filter(decided_by=actor, state=LineState.PENDING).exists()
