"""Shapes that pages hand to the design language, and the wording table of its chips.

Templates read attributes only, so any object with the same names will do in place of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DONE, WAITING, REFUSED, PROGRESS, NEUTRAL = TONES = (
    "done",
    "waiting",
    "refused",
    "progress",
    "neutral",
)
REFUSE, ASK, TELL = "refuse", "ask", "tell"
ILLUSTRATIVE, READING = "illustrative", "reading"


@dataclass(frozen=True, slots=True)
class Chip:
    """A status in one word: colour, icon and word always say the same."""

    tone: str
    icon: str
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One refusal, question or remark of a rule about one row.

    sentence: what is wrong, with both numbers; clause: document, section and words; cure: what to do.
    """

    severity: str
    sentence: str
    clause: str = ""
    cure: str = ""
    marks: Sequence[str] = ()
    url: str = ""
    url_label: str = "逐步说明"


@dataclass(frozen=True, slots=True)
class Step:
    """One station of a way: status is done, current, open or optional; note is its date or its deadline."""

    number: int
    label: str
    note: str = ""
    status: str = "open"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a totals bar: an int is an amount in fen, a string is shown as it stands."""

    label: str
    value: int | str
    note: str = ""
    unit: str = "元"
    main: bool = False
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Pill:
    """One choice of a filter with the number of rows behind it."""

    label: str
    count: int
    url: str
    active: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened, newest first in its list; tone is done, waiting, refused or next."""

    text: str
    when: str = ""
    who: str = ""
    tone: str = DONE


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a stacked bar: tone is mine, second, done, warn, over, other, donor or rest."""

    label: str
    value: int
    tone: str = "mine"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: value is the whole number it is drawn by, text what stands on it."""

    label: str
    value: int
    text: str
    url: str = ""


# Words of every state a page may show. A new word is added here first, so that it looks alike everywhere.
_WORDS: list[tuple[str, str, str]] = [
    (DONE, "check", "已决策 已备案 视同备案 已生效 正常 已缴清 已写入 可补助 已到账 已记账 已反馈 已办结"),
    (DONE, "check", "可通过 一致 已退款 已冲账 已核定 已批复 已到经办账户 已拨付 已达标 符合 完成 全部记账"),
    (
        DONE,
        "check",
        "已盖章 已通过 已批准 已确认 已上传 已复核 已结息 已处理 已冲抵 已关账 通过 已告知 已恢复 已登记",
    ),
    (WAITING, "clock", "部分缴款 未报 待备案 待确认 待核实 待复核 部分到账 待记账 待批准 待退款 待核定"),
    (WAITING, "clock", "待批复 待处理 待上传 待办 待社保确认 待冲抵"),
    (WAITING, "warn", "退回 退回补正 有差异 需确认 中断，可继续 已暂停 重复 多出 金额不同 核减 申请恢复"),
    (WAITING, "warn", "未盖章 有状态变更 提醒"),
    (WAITING, "copy", "重复，待选择"),
    (WAITING, "pencil", "需修改"),
    (PROGRESS, "clock", "待缴款 排队"),
    (PROGRESS, "eye", "核实中 对账中"),
    (PROGRESS, "info", "已公布"),
    (PROGRESS, "plus", "新增"),
    (PROGRESS, "pencil", "更新"),
    (PROGRESS, "spinner", "正在记账 进行中 核对中"),
    (REFUSED, "cross", "不予补助 建议不予 不予退费 不符合 失败 不予通过 未受理 不予变更 不同意 不予"),
    (REFUSED, "minus", "缺少"),
    (REFUSED, "alert", "还没有村 已逾期 未达标"),
    (DONE, "check", "已选定"),
    (WAITING, "clock", "待选定"),
    (REFUSED, "cross", "未选定"),
    (NEUTRAL, "pencil", "草稿"),
    (NEUTRAL, "clock", "未定"),
    (NEUTRAL, "undo", "已撤回 已撤销 已被新版替代 已换开"),
    (NEUTRAL, "cross", "已作废 已放弃 已取消 已停用"),
    (NEUTRAL, "check", "已结束 已核销 无变化 相同"),
    (NEUTRAL, "refund", "已退费"),
]
WORDS: dict[str, Chip] = {
    word: Chip(tone, icon, word) for tone, icon, words in _WORDS for word in words.split()
}


def chip_of(word: str) -> Chip:
    """Give a state's word its chip; a word that the table lacks is shown without colour."""
    return WORDS.get(word) or Chip(NEUTRAL, "info", word)


# Our names of icons → their names in heroicons (outline).
ICONS: dict[str, str] = {
    "home": "home",
    "members": "users",
    "plan": "document-text",
    "apply": "paper-airplane",
    "verify": "clipboard-document-check",
    "notice": "document-currency-yen",
    "reconcile": "arrows-right-left",
    "posting": "book-open",
    "inform": "chat-bubble-bottom-center-text",
    "refund": "receipt-refund",
    "reward": "trophy",
    "budget": "wallet",
    "gift": "gift",
    "payout": "banknotes",
    "estimator": "calculator",
    "print": "printer",
    "jobs": "cog-6-tooth",
    "policy": "document-check",
    "compare": "scale",
    "search": "magnifying-glass",
    "bell": "bell",
    "urge": "bell-alert",
    "user": "user-circle",
    "users": "user-group",
    "add-user": "user-plus",
    "account": "identification",
    "menu": "bars-3",
    "more": "ellipsis-horizontal",
    "check": "check",
    "done": "check-circle",
    "cross": "x-mark",
    "minus": "minus",
    "plus": "plus",
    "equals": "equals",
    "warn": "exclamation-triangle",
    "alert": "exclamation-circle",
    "info": "information-circle",
    "help": "question-mark-circle",
    "clock": "clock",
    "spinner": "arrow-path",
    "pause": "pause",
    "play": "play",
    "pencil": "pencil",
    "edit": "pencil-square",
    "download": "arrow-down-tray",
    "upload": "arrow-up-tray",
    "import": "document-arrow-up",
    "file": "document",
    "attach": "paper-clip",
    "copy": "square-2-stack",
    "trash": "trash",
    "arrow-left": "arrow-left",
    "arrow-right": "arrow-right",
    "arrow-up": "arrow-up",
    "arrow-down": "arrow-down",
    "up": "chevron-up",
    "down": "chevron-down",
    "left": "chevron-left",
    "right": "chevron-right",
    "undo": "arrow-uturn-left",
    "building": "building-office-2",
    "bank": "building-library",
    "map": "map-pin",
    "chart": "chart-bar",
    "table": "table-cells",
    "list": "list-bullet",
    "calendar": "calendar-days",
    "key": "key",
    "lock": "lock-closed",
    "eye": "eye",
    "hide": "eye-slash",
    "link": "link",
    "history": "archive-box",
    "logout": "arrow-right-start-on-rectangle",
    "settings": "adjustments-horizontal",
    "half": "no-symbol",
    "phone": "phone",
}
