"""Tags and filters of the design language: a builtin of every template; `docs/look.md` shows each in use."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import heroicons
from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.template import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core import money
from core.calendar import day_text
from core.identity import last4_of
from core.look import DONE, ICONS, ILLUSTRATIVE, READING, Bar, Chip, Segment, chip_of

register = template.Library()

MARK_WORDS = {ILLUSTRATIVE: "示例值", READING: "口径待确认"}
MARK_REASONS = {
    ILLUSTRATIVE: "来源文件没有这个数，供演示，须由当地核定后替换",
    READING: "文件没有写明，这里按我们的理解处理，须由当地确认",
}


# Numbers, dates, people


@register.filter
def yuan(fen: int | None) -> str:
    """Amount in fen as 1,234.00; nothing as —."""
    return "—" if fen is None or fen == "" else money.yuan_text(int(fen))


@register.filter
def signed_yuan(fen: int) -> str:
    """Difference in fen with its sign: ＋200.00, −1.45, 0.00."""
    return f"＋{yuan(fen)}" if fen > 0 else yuan(fen)


@register.filter
def yuan_capital(fen: int) -> str:
    """Amount in fen in capital numerals: 贰万叁仟元整."""
    return money.yuan_capital(fen)


@register.filter
def percent(ppm: int | None) -> str:
    """Rate in parts per million as 60% or 16.1%, rounded half up to two places; nothing as —."""
    if ppm is None:
        return "—"
    hundredths = (abs(ppm) + 50) // 100
    figure = f"{hundredths // 100:,}.{hundredths % 100:02}".rstrip("0").rstrip(".")
    return f"{'−' if ppm < 0 else ''}{figure}%"


@register.filter
def number(count: int | None) -> str:
    """Count with thousands separated: 1,426; nothing as —."""
    return "—" if count is None else f"{count:,}".replace("-", "−")


@register.filter
def cn_date(moment: datetime.date | None) -> str:
    """Date as 2024年6月28日; nothing as —."""
    day = _local(moment)
    return day_text(day) if day else "—"


@register.filter
def cn_day(moment: datetime.date | None) -> str:
    """Date of this year as 6月28日; nothing as —."""
    day = _local(moment)
    return f"{day.month}月{day.day}日" if day else "—"


@register.filter
def iso(moment: datetime.date | None) -> str:
    """Date as 2024-06-28, for tables; nothing as —."""
    day = _local(moment)
    return f"{day:%Y-%m-%d}" if day else "—"


@register.filter
def iso_time(moment: datetime.datetime | None) -> str:
    """Moment in local time as 2024-06-28 09:32; nothing as —."""
    local = _local(moment)
    return f"{local:%Y-%m-%d %H:%M}" if local else "—"


def _local(moment: datetime.date | None) -> datetime.date | None:
    if isinstance(moment, datetime.datetime) and timezone.is_aware(moment):
        return timezone.localtime(moment)
    return moment or None


@register.simple_tag
def masked(last4: str) -> SafeString:
    """Identity number of which only the last four are shown."""
    return format_html(
        '<span class="idno"><span aria-hidden="true">{}</span><span class="sr-only">{}</span>{}</span>',
        "*" * 14,
        _("尾号"),
        last4,
    )


@register.filter
def masked_account(tail: str) -> str:
    """Bank account of which only the last four are shown, as plain text."""
    return f"************{last4_of(str(tail))}"


@register.filter
def css_text(text: str) -> SafeString:
    """Text made safe to stand between quotes in a style sheet (margin boxes of prints)."""
    escaped = re.sub(r"[^\w \-:（）〔〕，。]", lambda found: f"\\{ord(found[0]):x} ", str(text))
    return mark_safe(escaped)


# Small marks


@cache
def _svg(name: str, classes: str) -> SafeString:
    svg = heroicons._render_icon("outline", ICONS[name], 24, {"class": f"icon {classes}".strip()})
    return mark_safe(svg)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Picture beside a word, hidden from screen readers; KeyError for a name that `ICONS` lacks."""
    return _svg(str(name), str(classes))


@register.simple_tag
def chip(tone: str, icon: str, label: str) -> SafeString:
    """Status chip from its three parts."""
    return as_chip(Chip(tone, icon, label))


@register.filter
def as_chip(status: Chip | str) -> SafeString:
    """Status chip of a `Chip`, or of a word of the wording table."""
    shown = status if isinstance(status, Chip) else chip_of(str(status))
    picture = _svg(shown.icon, "") if shown.icon else ""
    return format_html('<span class="chip chip-{}">{}{}</span>', shown.tone, picture, shown.label)


@register.simple_tag
def mark(kind: str) -> SafeString:
    """The dashed mark 示例值 (illustrative) or 口径待确认 (reading); an empty kind gives nothing."""
    if not kind:
        return mark_safe("")
    return format_html(
        '<span class="mark" title="{}">{}</span>',
        _(MARK_REASONS[kind]),
        _(MARK_WORDS[kind]),
    )


@register.simple_tag
def request_key() -> SafeString:
    """Hidden field with a fresh request key: the same form sent twice takes effect once."""
    return format_html('<input type="hidden" name="request_key" value="{}">', uuid.uuid4().hex)


# Frame


@register.simple_tag(takes_context=True)
def block_text(context: Context, name: str) -> str:
    """What the page put into this block, or nothing: so that the frame draws no empty boxes."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return mark_safe(block.render(context).strip()) if block else ""


@register.simple_tag(takes_context=True)
def came_from(context: Context) -> str:
    """Address of the page of ours that led here; the home page when there is none."""
    request = context.get("request")
    if request is None:
        return "/"
    url = request.headers.get("Referer", "")
    return url if url_has_allowed_host_and_scheme(url, {request.get_host()}) else "/"


@register.simple_tag(takes_context=True)
def sort_header(context: Context, field: str, label: str, classes: str = "") -> SafeString:
    """Head cell whose link sorts the list by `?sort=`: once up, again down."""
    query = context["request"].GET.copy()
    current = query.get("sort", "")
    query["sort"] = f"-{field}" if current == field else field
    query.pop("page", None)
    order = {field: "ascending", f"-{field}": "descending"}.get(current, "none")
    arrow = {"ascending": _svg("up", ""), "descending": _svg("down", "")}.get(order, "")
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a href="?{}">{}{}</a></th>',
        *(classes, order, query.urlencode(), label, arrow),
    )


@register.inclusion_tag("components/search_form.html", takes_context=True)
def search_form(
    context: Context, label: str, *, keep: str = "", year_label: str = "", year: Any = None
) -> dict[str, Any]:
    """The search above a list: one field for words, a year where asked; `keep` names choices that stay as they are."""
    given = context["request"].GET
    return {
        "label": label,
        "words": given.get("q", ""),
        "year_label": year_label,
        "year": given.get("year", "") if year is None else year,
        "kept": [(name, given[name]) for name in keep.split() if given.get(name)],
    }


@register.inclusion_tag("components/paginate.html", takes_context=True)
def paginate(context: Context, page_obj: Page, unit: str = "行") -> dict[str, Any]:
    """第37—42行，共120行, with 上一页 and 下一页 that keep the other query arguments."""
    return {"page": page_obj, "unit": unit, "query": context["request"].GET}


@register.inclusion_tag("components/stepper.html")
def stepper(steps: Sequence[Any]) -> dict[str, Any]:
    """The way in steps, with its short form for the phone; steps as `core.look.Step`."""
    at = next((index for index, step in enumerate(steps) if step.status == "current"), None)
    current = steps[at] if at is not None else None
    coming = steps[at + 1 :] if at is not None else []
    following = next((step for step in coming if step.status != "optional"), None)
    return {"steps": steps, "current": current, "following": following}


@register.inclusion_tag("components/parts.html")
def parts(steps: Sequence[Any]) -> dict[str, Any]:
    """Parts of one form or one import as a bar: done, current, open; steps as `core.look.Step`."""
    return {"steps": steps}


@register.inclusion_tag("components/step_columns.html")
def step_columns(columns: Sequence[Any]) -> dict[str, Any]:
    """The year's steps side by side, each with what stands there.

    columns: a `Step` (`step`) and `items`, each with title, chip (or None), lines (list of texts), url.
    """
    return {"columns": columns}


@register.inclusion_tag("components/totals.html")
def totals(cells: Iterable[Any], *, bars: bool = False) -> dict[str, Any]:
    """Figures side by side that add up; cells as `core.look.Cell`; `bars` puts the tone on top of each."""
    return {
        "cells": [(cell, isinstance(cell.value, int)) for cell in cells],
        "bars": bars,
    }


@register.inclusion_tag("components/pills.html")
def pills(pills: Iterable[Any], label: str = "筛选") -> dict[str, Any]:
    """Filter of a list as pills with counts; pills as `core.look.Pill`."""
    return {"pills": pills, "label": label}


@register.inclusion_tag("components/timeline.html")
def timeline(events: Iterable[Any]) -> dict[str, Any]:
    """办理经过, newest first; events as `core.look.TimelineItem`."""
    return {"events": events}


@register.inclusion_tag("components/reason.html")
def reason(finding: Any, compact: bool = False) -> dict[str, Any]:
    """Why, by which clause and what to do; finding as `core.look.Finding`; `compact` puts it on one line."""
    return {"finding": finding, "compact": compact}


@register.inclusion_tag("components/empty.html")
def empty(
    title: str, text: str = "", url: str = "", button: str = "", *, icon: str = "list"
) -> dict[str, Any]:
    """What is missing, why it comes first, and one button."""
    return {"title": title, "text": text, "url": url, "button": button, "icon": icon}


# Forms


@register.inclusion_tag("components/field.html")
def field(bound_field: BoundField, *, unit: str = "", mark: str = "", classes: str = "") -> dict[str, Any]:
    """One form field: label above, unit inside, help and errors below."""
    widget = bound_field.field.widget
    single = getattr(widget, "input_type", "") == "checkbox" and not widget.use_fieldset
    return {
        "field": bound_field,
        "unit": unit,
        "mark": mark,
        "classes": classes,
        "single": single,
    }


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """Box on top of a form: how many places are wrong, with a link to each; it takes the focus."""
    wrong = [bound for bound in form if bound.errors]
    whole = form.non_field_errors()
    return {"wrong": wrong, "whole": whole, "count": len(wrong) + len(whole)}


@register.inclusion_tag("components/confirm_box.html")
def confirm_box(
    button: str,
    *,
    sentence: str = "",
    note: str = "",
    back_url: str = "",
    tone: str = "primary",
) -> dict[str, Any]:
    """End of a preview, inside its form: tick `confirmed`, way back, and the button that repeats the sum."""
    return {
        "button": button,
        "sentence": sentence,
        "note": note,
        "back_url": back_url,
        "tone": tone,
    }


@register.inclusion_tag("components/keys_help.html")
def keys_help() -> dict[str, Any]:
    """Keys of the verification list and the switch that turns them off."""
    return {}


# Bars


def width_of(part: int, whole: int) -> str:
    """Share as a CSS width with one decimal: 63.4%; never below 0 or above 100."""
    permille = max(0, min(1000, part * 1000 // max(whole, 1)))
    return f"{permille // 10}.{permille % 10}%"


@register.inclusion_tag("components/stack.html")
def stack(
    segments: Iterable[Segment],
    whole: int,
    *,
    limit: int | None = None,
    limit_label: str = "",
    legend: bool = True,
) -> dict[str, Any]:
    """Parts of a whole in one bar, the limit as a black line; values in fen."""
    shown = [(part, width_of(part.value, whole)) for part in segments if part.value]
    at = width_of(limit, whole) if limit is not None else ""
    return {
        "parts": shown,
        "limit": limit,
        "limit_at": at,
        "limit_label": limit_label,
        "legend": legend,
    }


@register.inclusion_tag("components/cap_bar.html")
def cap_bar(
    used_other: int,
    used_donor: int,
    this_request: int,
    limit: int,
    *,
    big: bool = False,
) -> dict[str, Any]:
    """The year's cap of one person, in fen: other villages, donors, this request; red when over."""
    used = used_other + used_donor + this_request
    over = used > limit
    segments = [
        Segment(_("其他村补助"), used_other, "other"),
        Segment(_("社会资助"), used_donor, "donor"),
        Segment(_("本次"), this_request, "over" if over else "mine"),
    ]
    whole = max(limit, used) * (106 if big else 100) // 100
    shares = {
        "used": used,
        "limit": limit,
        "used_other": used_other,
        "used_donor": used_donor,
    }
    line = limit if over or big else None
    return shares | {
        "segments": segments,
        "whole": whole,
        "over": over,
        "big": big,
        "line": line,
    }


@register.inclusion_tag("components/meter.html")
def meter(
    value: int, whole: int, *, label: str, tone: str = "mine", goal: int | None = None
) -> dict[str, Any]:
    """One thin bar of a share, with its goal as a black line; label is read out in its place."""
    at = width_of(goal, whole) if goal is not None else ""
    return {
        "width": width_of(value, whole),
        "label": label,
        "tone": tone,
        "goal_at": at,
    }


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(bars: Sequence[Bar], *, caption: str, unit: str = "") -> dict[str, Any]:
    """Upright bars from zero, and the same numbers as a table behind 看数字."""
    top = max((bar.value for bar in bars), default=0)
    return {
        "bars": [(bar, width_of(bar.value, top)) for bar in bars],
        "caption": caption,
        "unit": unit,
    }


@register.inclusion_tag("components/village_cells.html")
def village_cells(done: int, total: int) -> dict[str, Any]:
    """A cell for each village, filled for those that have begun."""
    return {
        "done": done,
        "total": total,
        "cells": [index < done for index in range(total)],
    }


# Jobs


@register.inclusion_tag("components/progress.html", takes_context=True)
def progress(
    context: Context,
    job: Any,
    *,
    act: str,
    unit: str = "人",
    stages: Iterable[Any] = (),
    resume_url: str = "",
    is_whole: bool = False,
    seen_in: str = "",
) -> dict[str, Any]:
    """Where a background job stands: running, done, stopped midway, failed.

    act: what it does, as a verb (记账); stages: `Step`s; resume_url: POST there takes the work up again; is_whole: it
    does all or nothing, so what it did before it stopped does not count; seen_in: the list where its end is seen.
    """
    given = {
        "job": job,
        "act": act,
        "unit": unit,
        "stages": stages,
        "resume_url": resume_url,
        "is_whole": is_whole,
        "seen_in": seen_in,
    }
    return given | _standing(job) | {"csrf_token": context.get("csrf_token")}


def _standing(job: Any) -> dict[str, Any]:
    return {
        "phase": "interrupted" if job.is_interrupted else str(job.state),
        "left": time_left(job),
        "passed": time_passed(job),
        "rest_count": job.total_count - job.done_count,
        "rest_fen": job.total_fen - job.done_fen,
    }


def time_left(job: Any) -> str:
    """Words for how long a running job will still take, from its pace so far; nothing while unknown."""
    if not job.started_at or not job.done_count or job.state == DONE:
        return ""
    passed = int((timezone.now() - job.started_at).total_seconds())
    return _span(passed * (job.total_count - job.done_count) // job.done_count)


def time_passed(job: Any) -> str:
    """Words for how long a job has been running; nothing before it started."""
    if not job.started_at:
        return ""
    return _span(int((timezone.now() - job.started_at).total_seconds()))


def _span(seconds: int) -> str:
    if seconds < 60:
        return _("%(seconds)d秒") % {"seconds": max(seconds, 1)}
    return _("%(minutes)d分钟") % {"minutes": -(-seconds // 60)}


@register.filter
def item(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Value of a mapping under a key that is itself a variable."""
    return mapping.get(key)


@register.simple_tag
def request_number() -> str:
    """The number of this request, the same as in its log lines."""
    from core.logs import request_number as current

    return current.get()
