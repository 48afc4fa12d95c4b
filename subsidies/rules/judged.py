"""One thing a rule said, with its sentence, clause and figures; and the refusal made of several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.errors import RuleViolation
from core.lengths import QUOTE_SHOWN
from core.look import Finding
from policies.selectors import PolicyValueView, reasons

REFUSE, WARN, TELL = "refuse", "warn", "tell"
_TONES = {REFUSE: "refuse", WARN: "ask", TELL: "tell"}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule found: `code` is stable (empty for a mere remark), `sentence` holds both numbers."""

    code: str
    severity: str
    sentence: str
    clause: str = ""
    marks: tuple[str, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)
    advice: str = ""

    @property
    def cure(self) -> str:
        """What to do about it: this finding's own advice, else the words of the reason code."""
        if self.advice:
            return self.advice
        found = reasons().get(self.code)
        return found.remedy if found else ""

    def as_dict(self) -> dict[str, Any]:
        """For the API, and for what a plan keeps of it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.sentence,
            "clause": self.clause,
            "figures": self.figures,
        }

    def as_finding(self) -> Finding:
        """For the page's reason box."""
        return Finding(_TONES[self.severity], self.sentence, self.clause, self.cure, self.marks)


def judged(
    code: str, sentence: str, view: PolicyValueView | None = None, *, severity: str = "", **figures: Any
) -> Judged:
    """One finding; the severity follows the code unless given, clause and marks come from the value applied."""
    return Judged(
        code,
        severity or (REFUSE if code.startswith("E-") else WARN),
        sentence,
        cited(view) if view else "",
        view.marks if view else (),
        figures,
    )


def refusals(found: Iterable[Judged]) -> list[Judged]:
    """Those that refuse."""
    return [one for one in found if one.severity == REFUSE]


def warnings(found: Iterable[Judged]) -> list[Judged]:
    """Those that are shown and kept."""
    return [one for one in found if one.severity == WARN]


def require_none_refuses(found: Iterable[Judged]) -> None:
    """Raise RuleViolation with the code and clause of the first refusal; `rows` holds all of them."""
    refusing = refusals(found)
    if refusing:
        first = refusing[0]
        raise RuleViolation(
            "；".join(one.sentence for one in refusing) + "。",
            code=first.code,
            clause=first.clause,
            rows=[one.as_dict() for one in refusing],
            **first.figures,
        )


def cited(view: PolicyValueView) -> str:
    """Document, place and the words a value rests on: the part of the clause around them, not all of it."""
    words = excerpt(view.clause.text, *filter(None, [view.quoted_at]))
    return f"{view.clause.reference}“{words}”" if words else view.clause.reference


def excerpt(text: str, *words: str) -> str:
    """The sentence of a text that holds the first of the words found in it (else the first), cut at its commas."""
    at = next((word for word in words if word in text), "")
    sentences = [part for part in text.split("。") if part]
    sentence = next((part for part in sentences if at in part), "")
    if len(sentence) <= QUOTE_SHOWN:
        return sentence
    parts = sentence.split("，")
    first = next(n for n, part in enumerate(parts) if at in part)
    kept = parts[first]
    for part in parts[first + 1 :]:
        if len(kept) + len(part) >= QUOTE_SHOWN:
            break
        kept = f"{kept}，{part}"
    return kept
