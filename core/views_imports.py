"""Pages that bring a sheet in: choose a file, look, confirm, take back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import act_or_back, by_page, show_refusal
from core.enums import ImportRowStatus, ImportState
from core.errors import PensionError
from core.http import PageRequest
from core.imports import jobs, selectors, services
from core.imports.export import annotated_sheet
from core.imports.kinds import ImportKind, kind_of
from core.jobs import KINDS
from core.look import Cell, Pill, Step
from core.models import Import
from core.requests import keep_answer
from core.sheets.writer import download, sheet_file_name, template_workbook
from core.typed import whole_number
from core.views_jobs import progress_context
from core.workflow import By

PAGE_ROWS = 50
NOTES = "note"
ROW_STATES = (ImportRowStatus.NEW, ImportRowStatus.CHANGED, ImportRowStatus.UNCHANGED)


class SheetForm(forms.Form):
    """The file itself; what else must be known a kind asks for in a form of its own."""

    file = forms.FileField(
        label="表格文件",
        allow_empty_file=True,
        help_text="xlsx、xls或CSV，最大20MB；表头在第几行、列的先后和叫法都不要紧",
        error_messages={"required": "请选择文件。"},
    )


def imports(request: PageRequest) -> HttpResponse:
    """Everything brought in within the area, newest first."""
    page = Paginator(selectors.imports_visible_to(request.user), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "labels": {kind.key: kind.label for kind in selectors.kinds_for(request.user)},
        "kinds": selectors.kinds_for(request.user),
    }
    return render(request, "imports/list.html", context)


def import_new(request: PageRequest, kind_key: str) -> HttpResponse:
    """Choose a file of one kind; it is read, judged and staged, and nothing is written yet."""
    kind = kind_of(kind_key)
    require_role(request.user, kind.roles, kind.steps.upload.label)
    is_post = request.method == "POST"
    form = SheetForm(request.POST, request.FILES) if is_post else SheetForm()
    more = kind.params_form(request.user, request.POST if is_post else None)
    if is_post and form.is_valid() and (more is None or more.is_valid()):
        answer = _upload(request, kind, form, more)
        if answer:
            return answer
    recent = selectors.imports_visible_to(request.user).filter(kind=kind.key)[:5]
    context = {"kind": kind, "form": form, "more": more, "recent": recent, "parts": _parts(1)}
    return render(request, "imports/new.html", context)


def _upload(
    request: PageRequest, kind: ImportKind, form: SheetForm, more: forms.Form | None
) -> HttpResponse | None:
    file, params = form.cleaned_data["file"], dict(more.cleaned_data) if more else {}
    try:
        if file.size > settings.UPLOAD_MAX_BYTES:
            # Not even a digest is made of it: no request key either, the attempt alone is kept.
            by = By(actor=request.user, on=request.working_date)
            stored = services.refuse_unread(kind.key, name=file.name, by=by, params=params)
            return HttpResponseRedirect(reverse("import", args=[stored.pk]))
        by = by_page(request)
        store = jobs.bring_in(kind.key, name=file.name, content=file.read(), by=by, params=params)
        with transaction.atomic():
            stored = store()
            location = reverse("import", args=[stored.pk])
            keep_answer(by, status=302, response={"location": location})
    except PensionError as error:
        if error.status in (403, 404):
            raise
        show_refusal(more or form, error)
        return None
    return HttpResponseRedirect(location)


def _parts(current: int) -> list[Step]:
    labels = (_("选择文件"), _("核对"), _("完成"))
    states = ["done" if n < current else "current" if n == current else "open" for n in (1, 2, 3)]
    return [Step(n, label, status=state) for n, label, state in zip((1, 2, 3), labels, states, strict=True)]


def import_template(request: PageRequest, kind_key: str) -> HttpResponseBase:
    """The empty sheet to be filled in."""
    kind = kind_of(kind_key)
    require_role(request.user, kind.roles, kind.steps.upload.label)
    content = template_workbook(kind.title, kind.template_columns or kind.columns, notes=kind.notes)
    on = request.working_date
    return download(content, sheet_file_name(f"{kind.title}（模板）", on))


def import_detail(request: PageRequest, pk: int) -> HttpResponse:
    """One import: its preview while it waits, its result afterwards."""
    upload = selectors.import_of(request.user, pk)
    kind = kind_of(upload.kind)
    context: dict[str, Any] = {
        "upload": upload,
        "kind": kind,
        "may_undo": services.may_undo(upload),
        "stopped": jobs.stopped_sentence(upload),
    }
    is_left = upload.job is not None and upload.job.is_interrupted
    if upload.is_at_work or is_left or upload.state == ImportState.READING:
        return render(request, "imports/working.html", context | _work(request, upload))
    if upload.state == ImportState.PENDING:
        return render(request, "imports/preview.html", context | _preview(request, upload, kind))
    if upload.state == ImportState.REFUSED:
        return render(request, "imports/refused.html", context | {"parts": _parts(1)})
    after = kind.after_url(upload)
    return render(
        request,
        "imports/result.html",
        context | _rows(request, upload, kind) | {"parts": _parts(4), "after": after},
    )


def _work(request: PageRequest, upload: Import) -> dict[str, Any]:
    assert upload.job is not None
    is_read = upload.state == ImportState.READING
    return {
        **progress_context(request, upload.job),
        "parts": _parts(2),
        "title": _("正在核对") if is_read else KINDS[upload.job.kind].title_of(upload.job),
        "may_discard": is_read and not upload.is_at_work,
    }


def _preview(request: PageRequest, upload: Import, kind: ImportKind) -> dict[str, Any]:
    return {
        "parts": _parts(2),
        "cells": _cells(upload),
        "earlier": selectors.earlier_import(upload),
        "duplicates": selectors.duplicate_groups(upload, kind),
        "mendable": upload.rows.filter(has_proposal=True).count(),
        "other_sheets": upload.params.get("other_sheets", []),
        "undo_days": settings.UNDO_DAYS,
        "may_amend": request.user.access.may(kind.roles),
        "may_confirm": _may_confirm(request, upload, kind),
        **_rows(request, upload, kind),
    }


def _may_confirm(request: PageRequest, upload: Import, kind: ImportKind) -> bool:
    is_another = not kind.checker_roles or upload.uploaded_by_id != request.user.pk
    return is_another and request.user.access.may(kind.steps.confirm.roles)


def _cells(upload: Import) -> list[Cell]:
    counts = _("新增%(new)s　更新%(changed)s　无变化%(same)s") % {
        "new": f"{upload.new_count:,}",
        "changed": f"{upload.changed_count:,}",
        "same": f"{upload.unchanged_count:,}",
    }
    left_out = _("这次不写入")
    return [
        Cell(_("可导入"), f"{upload.good_count:,}", counts, unit=_("行"), tone="done", icon="done"),
        Cell(_("需修改"), f"{upload.faulty_count:,}", left_out, unit=_("行"), tone="refused", icon="pencil"),
        Cell(_("重复"), f"{upload.held_count:,}", left_out, unit=_("行"), tone="waiting", icon="copy"),
    ]


def _rows(request: PageRequest, upload: Import, kind: ImportKind) -> dict[str, Any]:
    groups = selectors.fault_groups(upload)
    has_notes = any(key == NOTES for key, _label, _n in groups)
    first = "" if upload.stopped_count else NOTES if has_notes else ImportRowStatus.NEW
    show = request.GET.get("show", first)
    status = show if show in ROW_STATES else ""
    rows = selectors.rows_of(upload, status=status, group="" if status else show)
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    return {
        "page_obj": page,
        "rows": selectors.shown_rows(kind, list(page.object_list)),
        "pills": _pills(upload, groups, show),
        "is_by_fault": not status,
        "has_notes": has_notes,
    }


def _pills(upload: Import, groups: list[tuple[str, str, int]], show: str) -> list[Pill]:
    tones = {"duplicate": "waiting", NOTES: "waiting"}
    pills = [Pill(_("有问题"), upload.stopped_count, "?show=", not show)] if upload.stopped_count else []
    pills += [
        Pill(label, n, f"?show={key}", show == key, tones.get(key, "refused")) for key, label, n in groups
    ]
    counts = [(status, getattr(upload, f"{status}_count")) for status in ROW_STATES]
    return pills + [
        Pill(ImportRowStatus(status).label, n, f"?show={status}", show == status, "done")
        for status, n in counts
        if n
    ]


def import_annotated(request: PageRequest, pk: int) -> HttpResponseBase:
    """The clerk's own sheet with the faults; `?rows=faulty` gives the faulty rows only."""
    upload = selectors.import_of(request.user, pk)
    content, name = annotated_sheet(upload, only_faulty=request.GET.get("rows") == "faulty")
    return download(content, name)


@require_POST
def import_confirm(request: PageRequest, pk: int) -> HttpResponse:
    """Write the good rows."""
    version = request.POST.get("version", "")

    def done(upload: Import) -> str:
        counts = {"new": f"{upload.new_count:,}", "changed": f"{upload.changed_count:,}"}
        return _("已写入：新增%(new)s行，更新%(changed)s行。") % counts

    wanted = whole_number(version)
    return _long_act(request, pk, "confirm", done, version=wanted)


@require_POST
def import_discard(request: PageRequest, pk: int) -> HttpResponse:
    """Give the import up."""

    def act(by: By) -> tuple[str, str]:
        upload = services.discard_import(pk, by=by)
        return reverse("import-new", args=[upload.kind]), _("已放弃这次导入，没有写入任何内容。")

    return _act(request, pk, act)


@require_POST
def import_recheck(request: PageRequest, pk: int) -> HttpResponse:
    """Judge the rows again."""

    return _long_act(request, pk, "recheck", lambda upload: _("已按现在的名单重新核对。"))


@require_POST
def import_mend(request: PageRequest, pk: int) -> HttpResponse:
    """Put the proposed value into one row's cell, or into all."""
    row = request.POST.get("row")
    if row is None:
        done = _("已按建议改正，请再看一遍。")
        return _long_act(request, pk, "mend", lambda upload: done, row_numbers=None)
    number = whole_number(row)
    if number is None:
        messages.error(request, _("没有认出要改正的是哪一行，什么也没有改，请在那一行再点“按建议改正”。"))
        return HttpResponseRedirect(reverse("import", args=[pk]))
    done = _("第%(row)d行已按建议改正。") % {"row": number}
    return _long_act(request, pk, "mend", lambda upload: done, row_numbers=[number])


@require_POST
def import_pick(request: PageRequest, pk: int) -> HttpResponse:
    """Choose which row of each group of duplicates is written."""
    picks = {
        group: whole_number(str(value))
        for name, value in request.POST.items()
        if name.startswith("group-") and (group := whole_number(name.removeprefix("group-"))) is not None
    }

    return _long_act(request, pk, "pick", lambda upload: _("选择已保存。"), picks=picks)


@require_POST
def import_sheet(request: PageRequest, pk: int) -> HttpResponse:
    """Read another worksheet of the same file."""

    def done(upload: Import) -> str:
        return _("已改读工作表“%(name)s”。") % {"name": upload.sheet_name}

    return _long_act(request, pk, "sheet", done, sheet_name=request.POST.get("sheet_name", ""))


def import_undo(request: PageRequest, pk: int) -> HttpResponse:
    """Look at what taking the import back would do; do it."""
    upload = selectors.import_of(request.user, pk)
    if request.method == "POST":
        return _long_act(
            request, pk, "undo", lambda undone: _("已撤销%(n)d行。") % {"n": undone.undone_count}
        )
    by = By(actor=request.user, on=request.working_date)
    kind = kind_of(upload.kind)
    may_undo = services.may_undo(upload)
    preview = services.preview_undo(upload, by=by) if may_undo else None
    context = {"upload": upload, "kind": kind, "preview": preview, "refused": _refused_rows(preview)}
    return render(request, "imports/undo.html", context)


def _refused_rows(preview: services.UndoPreview | None) -> list[tuple[int, str]]:
    return list(preview.refused.items())[:PAGE_ROWS] if preview else []


def _act(request: PageRequest, pk: int, act: Callable[[By], tuple[str, str]]) -> HttpResponse:
    """Do an act that says where to go and what it did."""
    told: list[str] = []

    def located(by: By) -> str:
        location, sentence = act(by)
        told.append(sentence)
        return location

    back = reverse("import", args=[pk])
    return act_or_back(request, by_page(request), located, back=back, done=lambda: told[-1])


def _long_act(
    request: PageRequest, pk: int, name: str, done: Callable[[Import], str], **given: Any
) -> HttpResponse:
    """Do an act that takes long on a large sheet, or have it done; `done` says what it did."""

    def act(by: By) -> tuple[str, str]:
        upload = jobs.act(name, pk, by=by, **given)
        told = _("后台已经开始办，办完这一页自己会更新。") if upload.is_at_work else done(upload)
        return reverse("import", args=[pk]), told

    return _act(request, pk, act)
