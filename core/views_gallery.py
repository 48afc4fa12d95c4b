"""A page that shows every component with invented data, for those who build pages; in the demo only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.look import ICONS, WORDS, Bar, Cell, Chip, Finding, Pill, Segment, Step, TimelineItem


def gallery(request: HttpRequest) -> HttpResponse:
    """Show the components; "not found" outside the demo."""
    if not settings.DEMO:
        raise Http404
    context = _frame_parts() | _row_parts() | _bar_parts() | {"jobs": _jobs(), "form": _wrong_form()}
    return render(request, "gallery.html", context | {"icons": ICONS, "words": WORDS.values()})


class StandardForm(forms.Form):
    """Form of the gallery."""

    amount = forms.CharField(label="补助金额")
    heads = forms.IntegerField(label="预计人数", help_text="名单上符合条件的有268人")
    income = forms.CharField(label="上年度可支配收益")
    met_on = forms.DateField(label="会议日期", widget=forms.DateInput({"type": "date"}))
    way = forms.ChoiceField(
        label="怎么补",
        choices=[("flat", "每人一样多"), ("tier", "按缴费档次"), ("group", "按年龄或困难情况")],
        widget=forms.RadioSelect,
    )
    source = forms.ChoiceField(label="资金来源", choices=[("a", "可支配收益"), ("b", "社会资助")])
    note = forms.CharField(label="说明", widget=forms.Textarea({"rows": 3}), required=False)
    paper = forms.FileField(label="会议记录", required=False, help_text="照片或扫描件，不超过20兆")
    shown = forms.BooleanField(label="已经公示，没有异议", required=False)


def _wrong_form() -> StandardForm:
    given = {"amount": "3,200.00", "heads": "210", "income": "２４万", "met_on": "2024-08-20"}
    form = StandardForm(given | {"way": "tier", "source": "a"})
    form.add_error("amount", "不能超过3,000.00元。依据：长寿府办发〔2024〕49号 三（一）")
    form.add_error("income", "请填数字，例如240,000.00")
    form.add_error("met_on", "会议日期不能晚于业务日期2024年6月18日")
    return form


def _frame_parts() -> dict[str, Any]:
    notes = [
        "6月18日 已决策",
        "6月19日 提交",
        "6月25日 已复核",
        "6月28日前",
        "",
        "",
        "需要时才办",
        "年底核定",
    ]
    states = ["done", "done", "done", "current", "open", "open", "optional", "open"]
    names = ["制定方案", "提出申请", "实缴核实", "税务缴款", "社保记账", "信息反馈", "依法退费", "财政奖励"]
    steps = [Step(index + 1, names[index], notes[index], states[index]) for index in range(8)]
    return {
        "batch_chip": Chip("progress", "clock", "待缴款"),
        "steps": steps,
        "form_parts": [
            Step(1, "资金来源", status="done"),
            Step(2, "补助标准", status="current"),
            Step(3, "民主决策"),
        ],
        "columns": [{"step": step, "items": _column_items(step)} for step in steps],
        "cells": [
            Cell("申请", 2_400_000, "120人"),
            Cell("撤回", 20_000, "1人"),
            Cell("不予补助", 80_000, "4人", tone="refused"),
            Cell("已缴款", 0, "0人", tone="done"),
            Cell("应缴款", 2_300_000, "115人，贰万叁仟元整", main=True),
        ],
        "import_cells": [
            Cell("可导入", "301", "新增12　更新9　无变化280", unit="行", tone="done", icon="done"),
            Cell("需修改", "14", "这次不写入", unit="行", tone="refused", icon="pencil"),
            Cell("重复", "3", "这次不写入", unit="行", tone="waiting", icon="copy"),
        ],
        "events": [
            TimelineItem("等村里到税务部门缴款", "期限 2024-06-28", "", "next"),
            TimelineItem("复核通过115人，不予补助4人", "06-25 15:20", "刘志强　复核"),
            TimelineItem("撤回1人（死亡）", "06-21 09:11", "李国珍　村文书", "waiting"),
            TimelineItem("提交申请120人，24,000.00元", "06-19 10:48", "李国珍　村文书"),
        ],
    }


def _column_items(step: Step) -> list[dict[str, Any]]:
    shown = {
        1: ("2024年方案", "已生效", ["定额", "每人200.00元"]),
        2: ("第2批", "退回补正", ["36人", "7,200.00元"]),
        4: ("第1批", "待缴款", ["115人", "23,000.00元"]),
    }.get(step.number)
    return [{"title": shown[0], "chip": shown[1], "lines": shown[2], "url": "#"}] if shown else []


def _row_parts() -> dict[str, Any]:
    unpaid = Finding(
        "refuse",
        "没有查到2024年度或2023年度的个人缴费。",
        "长寿府办发〔2024〕49号 三（二）“对已完成当年（或上年度）城乡居民基本养老保险个人缴费的成员……”",
        "本人补缴2024年度保费、到账以后，可以列入下一批。",
    )
    over = Finding(
        "ask",
        "全年补助会超过上限：已用2,900.00元，本次200.00元，上限3,000.00元。",
        "长寿府办发〔2024〕49号 三（一）“年度个人账户的最高补助金额不得超过当年我市……个人最高缴费档次”",
        "改为100.00元以内，可以列入下一批。",
        marks=("illustrative", "reading"),
        url="#",
    )
    dead = Finding("tell", "2024年6月20日死亡，村里6月21日撤回。", "长寿府办发〔2024〕49号 附件二")
    return {
        "rows": [
            *(_row(37, "周明富", "3018", "待缴款"), _row(39, "罗启文", "4815", "不予补助", unpaid)),
            *(_row(40, "杨光明", "0934", "需确认", over), _row(41, "吴天会", "402X", "已撤回", dead)),
        ],
        "page_obj": Paginator(range(120), 6).page(7),
        "findings": [unpaid, over, dead],
        "filters": [
            Pill("全部", 120, "?", active=True),
            Pill("待缴款", 115, "?state=due"),
            Pill("不予补助", 4, "?state=refused", tone="refused"),
            Pill("需确认", 1, "?state=ask", tone="waiting"),
        ],
    }


def _row(number: int, name: str, last4: str, word: str, finding: Finding | None = None) -> dict[str, Any]:
    facts = {"tier_fen": 50_000, "paid_on": date(2024, 3, 6), "amount_fen": 20_000}
    caps = {"other": 240_000, "donor": 50_000} if number == 40 else {"other": 0, "donor": 0}
    return facts | caps | {"number": number, "name": name, "last4": last4, "word": word, "finding": finding}


def _bar_parts() -> dict[str, Any]:
    months = [
        ("6月", 313),
        ("7月", 48),
        ("8月", 62),
        ("9月", 125),
        ("10月", 141),
        ("11月", 189),
        ("12月", 146),
    ]
    return {
        "budget": [
            *(Segment("已批复8个村", 21_024_000, "done"), Segment("本次批复", 37_956_000)),
            Segment("批复后剩余", 6_020_000, "rest"),
        ],
        "months": [Bar(label, value, f"{value // 10}.{value % 10}", "#") for label, value in months],
    }


@dataclass
class _ShownJob:
    pk: int
    state: str
    done_count: int
    done_fen: int
    total_count: int = 1426
    total_fen: int = 31_260_000
    is_interrupted: bool = False
    stage: str = ""
    error_message: str = ""
    error_number: str = ""
    started_at: datetime = field(default_factory=lambda: timezone.now() - timedelta(seconds=14))
    ended_at: datetime = field(default_factory=timezone.now)

    @property
    def percent(self) -> int:
        return self.done_count * 100 // self.total_count


def _jobs() -> list[dict[str, Any]]:
    stages = [
        *(Step(1, "对账已办结", "7个村", "done"), Step(2, "逐人核对金额", "312,600.00元", "done")),
        *(Step(3, "记入个人账户", "912 / 1,426", "current"), Step(4, "核对总账", "等待")),
    ]
    return [
        {"job": _ShownJob(318, "running", 912, 19_980_000), "stages": stages},
        {"job": _ShownJob(319, "done", 1426, 31_260_000)},
        {"job": _ShownJob(320, "running", 912, 19_980_000, is_interrupted=True), "resume_url": "#"},
        {
            "job": _ShownJob(
                321, "failed", 912, 19_980_000, error_message="账户服务没有应答。", error_number="CS7F3A22"
            )
        },
    ]
