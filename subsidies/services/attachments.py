"""Scanned papers of a plan, an application or a refund: attach, remove, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import ImportRefused, InvalidInput, NotInArea, TransitionNotAllowed
from core.files import PAPER_BYTES, store_file
from core.lengths import PAPER_KIND, PAYER_TEXT
from core.models import StoredFile
from core.workflow import By, Effect, Step, run_creation, run_step
from policies.selectors import Rulebook
from subsidies.enums import PlanPaper
from subsidies.models import Application, Attachment, Plan, Pool, Refund
from subsidies.rules.papers import BODIES, require_papers
from subsidies.workflow import attachments as workflow

Parent = Plan | Application | Refund | Pool
# First bytes → type and ending; the name of a file proves nothing.
SIGNATURES = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
)
UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\\/:*?\"<>|]+")


@dataclass(frozen=True, slots=True)
class Paper:
    """A scanned paper as it was uploaded: kind (of the rulebook), file name, content.

    `seals` are the village's bodies whose seals it bears (`policies.enums.Seal`); `is_sealed` alone is the seal of
    whoever issued it, as a certificate bears one.
    """

    kind: str
    name: str
    content: bytes
    is_sealed: bool = False
    seals: Collection[str] = ()


def attach_paper(parent: Parent, *, by: By, paper: Paper) -> Attachment:
    """Keep a scanned paper with a plan, an application or a refund.

    Raises ImportRefused for anything but a PDF, JPEG or PNG of at most 10 MB, judged by content;
    TransitionNotAllowed once the parent is past the state in which papers may be added.
    """

    def create() -> tuple[Attachment, Effect]:
        _require_open(parent, workflow.ADDED_IN, workflow.ATTACH_PAPER)
        made = keep_paper(parent, by=by, paper=paper)
        figures = {_field_of(parent): parent.pk, "kind": made.kind, "bytes": made.file.size_bytes}
        return made, Effect(figures=figures)

    return run_creation(workflow.ATTACH_PAPER, parent, by=by, create=create)


def keep_paper(parent: Parent, *, by: By, paper: Paper) -> Attachment:
    """Store a scanned paper inside another act that has found it may; raises ImportRefused, InvalidInput."""
    content_type, ending = judge_scan(paper.content)
    kind = paper.kind.strip()
    if not kind or len(kind) > PAPER_KIND:
        message = _("请选择材料的种类")
        raise InvalidInput(message, fields={"kind": [message]})
    seals = _known_seals(paper.seals)
    stored = store_file(
        paper.content,
        name=safe_name(paper.name, ending),
        purpose="paper",
        uploaded_by=by.actor,
        place=parent,
    )
    stored.content_type = content_type
    stored.save(update_fields=["content_type"])
    return Attachment.objects.create(
        kind=kind,
        is_sealed=paper.is_sealed or bool(seals),
        seals=seals,
        file=stored,
        uploaded_by=by.actor,
        uploaded_on=by.on,
        **{_field_of(parent): parent},
        **parent.area_codes(),
    )


def remove_attachment(attachment_id: int, *, by: By) -> Attachment:
    """Take a paper away again while its parent is still being prepared; the file is deleted soon after."""

    def effect(row: Attachment) -> Effect:
        parent = parent_of(row)
        _require_open(parent, workflow.REMOVED_IN, workflow.REMOVE_PAPER)
        Attachment.objects.filter(pk=row.pk).delete()
        StoredFile.objects.filter(pk=row.file_id).update(delete_after=timezone.now())
        return Effect(figures={_field_of(parent): parent.pk, "kind": row.kind})

    rows = Attachment.objects.all()
    return run_step(workflow.REMOVE_PAPER, rows, attachment_id, by=by, effect=effect)


def require_application_papers(application: Application, *, rulebook: Rulebook) -> None:
    """Refuse an application whose papers are incomplete (E-DOC-MISSING) or not sealed as asked (E-DOC-SEAL).

    The sealed plan may lie with the plan itself. Source: CS-27, JN-12.
    """
    require_papers(rulebook, papers_on_file(application))


def papers_on_file(application: Application) -> dict[str, set[str]]:
    """Kind of paper → the bodies whose seals its copies bear, those of the plan's own scan included."""
    own = application.attachments.values_list("kind", "seals")
    of_plan = Attachment.objects.filter(plan_id=application.plan_id, kind=PlanPaper.PLAN)
    found: dict[str, set[str]] = {}
    for kind, seals in [*own, *of_plan.values_list("kind", "seals")]:
        found.setdefault(kind, set()).update(seals)
    return found


def _known_seals(given: Collection[str]) -> list[str]:
    unknown = [seal for seal in given if seal not in BODIES]
    if unknown:
        message = _("不认识的印章：%(names)s。") % {"names": "、".join(unknown)}
        raise InvalidInput(message, fields={"seals": [message]})
    return [str(body) for body in BODIES if body in given]


def judge_scan(content: bytes) -> tuple[str, str]:
    """Type and ending of a scan by its first bytes; raises ImportRefused for any other file."""
    if not content:
        raise ImportRefused(_("文件是空的，请重新选择。"), code="E-FILE")
    if len(content) > PAPER_BYTES:
        raise ImportRefused(_("文件超过10 MB，请降低扫描分辨率后再上传。"), code="E-FILE")
    for signature, content_type, ending in SIGNATURES:
        if content.startswith(signature):
            return content_type, ending
    raise ImportRefused(_("只能上传PDF、JPG或PNG文件，请把材料扫描或拍照后再上传。"), code="E-FILE")


def safe_name(name: str, ending: str) -> str:
    """A file name without path or control characters, with the ending that its content asks for."""
    stem = UNSAFE_IN_NAME.sub("", PurePath(name.replace("\\", "/")).name)
    stem = stem.rsplit(".", 1)[0].strip(". ") or _("材料")
    return f"{stem[:PAYER_TEXT]}{ending}"


def parent_of(attachment: Attachment) -> Parent:
    """The plan, application, refund or pool that a paper belongs to."""
    found = attachment.plan or attachment.application or attachment.refund or attachment.pool
    assert found is not None
    return found


def _field_of(parent: Parent) -> str:
    return str(parent._meta.model_name)


def _require_open(parent: Parent, states: Mapping[str, frozenset[str]], step: Step) -> None:
    if isinstance(parent, Pool):
        raise TransitionNotAllowed(_("专款的材料随登记保存，不能再%(act)s。") % {"act": step.label})
    # The parent's lock: a paper added while it is handed in would slip past the check of papers.
    row = type(parent)._default_manager.select_for_update(of=("self",)).filter(pk=parent.pk).first()
    if row is None:
        raise NotInArea
    allowed = states[_field_of(parent)]
    if row.state not in allowed:
        words = {"state": row.get_state_display(), "act": step.label}
        raise TransitionNotAllowed(
            _("当前状态是“%(state)s”，不能再%(act)s。") % words, found=row.state, allowed=sorted(allowed)
        )
