"""Which papers go with an application, and whose seals they must bear. Pure: a rulebook in, an answer out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.errors import RuleViolation
from policies.enums import Seal
from policies.selectors import PolicyValueView, Rulebook

# Bodies that own a seal, in the order in which forms offer them.
BODIES = tuple(seal for seal in Seal if seal != Seal.NONE)


@dataclass(frozen=True, slots=True)
class PaperAsked:
    """A paper of the rulebook; `seal` is the one it must bear, `extra` one that it may bear beside it (A-20)."""

    kind: str
    view: PolicyValueView
    seal: PolicyValueView | None
    extra: PolicyValueView | None

    @property
    def name(self) -> str:
        return str(self.view.value)

    @property
    def seals(self) -> tuple[Seal, ...]:
        """The seals that the rulebook names for it, the required one first; none where none is asked."""
        return tuple(Seal(str(view.value)) for view in (self.seal, self.extra) if view is not None)

    def is_sealed_by(self, bodies: Collection[str]) -> bool:
        """Whether the seals on file are enough: the required one is among them, or none is required."""
        return self.seal is None or self.seal.value in bodies

    @property
    def wish(self) -> str:
        """What to tell the clerk before he scans: 须盖村（居）民委员会公章，可另盖村集体经济组织公章."""
        if self.seal is None:
            return _("不要求盖章")
        must = _("须盖%(seal)s") % {"seal": Seal(str(self.seal.value)).label}
        if self.extra is None:
            return must
        return must + _("，可另盖%(seal)s") % {"seal": Seal(str(self.extra.value)).label}


def papers_asked(rulebook: Rulebook) -> list[PaperAsked]:
    """The papers of an application with their seals, in the order of the rulebook (CS-27, JN-12)."""
    required, extra = rulebook.table("application_seal"), rulebook.table("application_extra_seal")
    return [
        PaperAsked(kind, view, _stated(required, kind), _stated(extra, kind))
        for kind, view in rulebook.table("application_document").items()
    ]


def _stated(seals: Mapping[str, PolicyValueView], kind: str) -> PolicyValueView | None:
    found = seals.get(kind)
    return None if found is None or found.value == Seal.NONE else found


def seals_asked(rulebook: Rulebook) -> tuple[Seal, ...]:
    """The bodies whose seals the rulebook names for any paper; what a form offers to tick."""
    named = {seal for paper in papers_asked(rulebook) for seal in paper.seals}
    return tuple(body for body in BODIES if body in named)


def seal_words(bodies: Collection[str]) -> str:
    """The seals on a paper in words: 村（居）民委员会公章、村集体经济组织公章."""
    return "、".join(str(body.label) for body in BODIES if body in bodies)


def require_papers(rulebook: Rulebook, on_file: Mapping[str, Collection[str]]) -> None:
    """Refuse papers that are incomplete (E-DOC-MISSING), unsealed, or sealed by the wrong body (E-DOC-SEAL).

    on_file: kind of paper → the bodies whose seals any copy of it bears. Source: CS-27, JN-12, A-20.
    """
    asked = papers_asked(rulebook)
    missing = [paper for paper in asked if paper.kind not in on_file]
    if missing:
        names = "、".join(paper.name for paper in missing)
        raise RuleViolation(
            _("缺少必备材料：%(names)s。请扫描上传后再提交。") % {"names": names},
            code="E-DOC-MISSING",
            clause=missing[0].view.clause.cited,
            rows=[paper.name for paper in missing],
        )
    wrong = [paper for paper in asked if not paper.is_sealed_by(on_file[paper.kind])]
    if wrong:
        what = "；".join(_wrong_seal(paper, on_file[paper.kind]) for paper in wrong)
        seal = wrong[0].seal
        assert seal is not None
        raise RuleViolation(
            _("材料未加盖规定的印章：%(what)s。请盖章后重新扫描上传，并勾选所盖的印章。") % {"what": what},
            code="E-DOC-SEAL",
            clause=seal.clause.cited,
            rows=[paper.name for paper in wrong],
        )


def _wrong_seal(paper: PaperAsked, found: Collection[str]) -> str:
    words = {"name": paper.name, "wish": paper.wish}
    if not found:
        return _("%(name)s%(wish)s，现在没有盖章") % words
    return _("%(name)s%(wish)s，现在只盖了%(found)s") % (words | {"found": seal_words(found)})
