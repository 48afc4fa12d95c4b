"""Scanned papers of a plan, an application or a refund: attach, remove, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import ImportRefused, InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.files import store_file
from core.models import StoredFile
from core.workflow import By, Effect, Step, run_creation, run_step
from policies.enums import Seal
from policies.selectors import Rulebook
from subsidies.enums import PlanPaper
from subsidies.models import Application, Attachment, Plan, Refund
from subsidies.workflow import attachments as workflow

Parent = Plan | Application | Refund
MAX_BYTES = 10 * 1024 * 1024
KIND_LENGTH = 40
# First bytes → type and ending; the name of a file proves nothing.
SIGNATURES = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
)
UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\\/:*?\"<>|]+")


@dataclass(frozen=True, slots=True)
class Paper:
    """A scanned paper as it was uploaded: kind (of the rulebook), file name, content, whether it bears the seal."""

    kind: str
    name: str
    content: bytes
    is_sealed: bool = False


def attach_paper(parent: Parent, *, by: By, paper: Paper) -> Attachment:
    """Keep a scanned paper with a plan, an application or a refund.

    Raises ImportRefused for anything but a PDF, JPEG or PNG of at most 10 MB, judged by content;
    TransitionNotAllowed once the parent is past the state in which papers may be added.
    """
    content_type, ending = judge_scan(paper.content)
    kind = paper.kind.strip()
    if not kind or len(kind) > KIND_LENGTH:
        message = _("请选择材料的种类")
        raise InvalidInput(message, fields={"kind": [message]})

    def create() -> tuple[Attachment, Effect]:
        _require_open(parent, workflow.ADDED_IN, workflow.ATTACH_PAPER)
        stored = store_file(
            paper.content,
            name=safe_name(paper.name, ending),
            purpose="paper",
            uploaded_by=by.actor,
            place=parent,
        )
        stored.content_type = content_type
        stored.save(update_fields=["content_type"])
        made = Attachment.objects.create(
            kind=kind,
            is_sealed=paper.is_sealed,
            file=stored,
            uploaded_by=by.actor,
            uploaded_on=by.on,
            **{_field_of(parent): parent},
            **parent.area_codes(),
        )
        return made, Effect(figures={_field_of(parent): parent.pk, "kind": kind, "bytes": stored.size_bytes})

    return run_creation(workflow.ATTACH_PAPER, parent, by=by, create=create)


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


def missing_papers(parent: Parent, required: Mapping[str, str]) -> list[str]:
    """The names of required papers (kind → name) that the parent lacks, in their order."""
    present = set(parent.attachments.values_list("kind", flat=True))
    return [name for kind, name in required.items() if kind not in present]


def unsealed_papers(parent: Parent, required: Mapping[str, str]) -> list[str]:
    """The names of required papers (kind → name) of which no copy on file bears the seal."""
    sealed = set(parent.attachments.filter(is_sealed=True).values_list("kind", flat=True))
    return [name for kind, name in required.items() if kind not in sealed]


def require_application_papers(application: Application, *, rulebook: Rulebook) -> None:
    """Refuse an application whose papers are incomplete (E-DOC-MISSING) or unsealed (E-DOC-SEAL).

    The sealed plan may lie with the plan itself. Source: CS-27.
    """
    views = rulebook.table("application_document")
    if not views:
        return
    names = {kind: str(view.value) for kind, view in views.items()}
    present, sealed = _papers_of(application)
    missing = [name for kind, name in names.items() if kind not in present]
    if missing:
        _refuse("E-DOC-MISSING", _("缺少必备材料：%(names)s。请扫描上传后再提交。"), missing, rulebook)
    unsealed = [n for kind, n in names.items() if kind not in sealed and _needs_seal(rulebook, kind)]
    if unsealed:
        _refuse(
            "E-DOC-SEAL", _("材料未加盖规定的印章：%(names)s。请盖章后重新扫描上传。"), unsealed, rulebook
        )


def _papers_of(application: Application) -> tuple[set[str], set[str]]:
    own = list(application.attachments.values_list("kind", "is_sealed"))
    of_plan = Attachment.objects.filter(plan_id=application.plan_id, kind=PlanPaper.PLAN)
    rows = own + list(of_plan.values_list("kind", "is_sealed"))
    return {kind for kind, _sealed in rows}, {kind for kind, is_sealed in rows if is_sealed}


def _needs_seal(rulebook: Rulebook, kind: str) -> bool:
    view = rulebook.get("application_seal", kind)
    return view is not None and view.value != Seal.NONE


def _refuse(code: str, sentence: str, names: Collection[str], rulebook: Rulebook) -> None:
    view = next(iter(rulebook.table("application_document").values()))
    words = "、".join(names)
    raise RuleViolation(sentence % {"names": words}, code=code, clause=view.clause.cited, rows=list(names))


def judge_scan(content: bytes) -> tuple[str, str]:
    """Type and ending of a scan by its first bytes; raises ImportRefused for any other file."""
    if not content:
        raise ImportRefused(_("文件是空的，请重新选择。"), code="E-FILE")
    if len(content) > MAX_BYTES:
        raise ImportRefused(_("文件超过10 MB，请降低扫描分辨率后再上传。"), code="E-FILE")
    for signature, content_type, ending in SIGNATURES:
        if content.startswith(signature):
            return content_type, ending
    raise ImportRefused(_("只能上传PDF、JPG或PNG文件，请把材料扫描或拍照后再上传。"), code="E-FILE")


def safe_name(name: str, ending: str) -> str:
    """A file name without path or control characters, with the ending that its content asks for."""
    stem = UNSAFE_IN_NAME.sub("", PurePath(name.replace("\\", "/")).name)
    stem = stem.rsplit(".", 1)[0].strip(". ") or _("材料")
    return f"{stem[:100]}{ending}"


def parent_of(attachment: Attachment) -> Parent:
    """The plan, application or refund that a paper belongs to."""
    found = attachment.plan or attachment.application or attachment.refund
    assert found is not None
    return found


def _field_of(parent: Parent) -> str:
    return str(parent._meta.model_name)


def _require_open(parent: Parent, states: Mapping[str, frozenset[str]], step: Step) -> None:
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
