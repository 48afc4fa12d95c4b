"""What is said of a finding: the sentence with both numbers, the clause with its words, what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.calendar import day_text
from core.lengths import SHORT_QUOTE_SHOWN
from core.look import ASK, REFUSE
from core.look import Finding as Reason
from core.money import yuan_text
from policies.models import ReasonCode
from policies.selectors import ClauseView, Rulebook, cite, clause, reasons
from subsidies.enums import Severity
from villages.enums import StatusKind

Figures = Mapping[str, Any]


class Found(Protocol):
    """What is read of a finding; the stored row has it."""

    @property
    def code(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def clause(self) -> str: ...
    @property
    def figures(self) -> Any: ...


# The rulebook's marks that go with a finding: which value a sentence shows.
_MARKED_VALUES: dict[str, tuple[str, ...]] = {"E-CAP": ("contribution_tier",)}


class Words:
    """Wording for one page or answer: reason codes and clauses are looked up once, whatever the number of rows."""

    def __init__(self) -> None:
        self._clauses: dict[str, ClauseView | None] = {}

    @cached_property
    def reasons(self) -> Mapping[str, ReasonCode]:
        return reasons()

    def short(self, code: str) -> str:
        """A few characters for a code, as pills and counts show it."""
        found = self.reasons.get(code)
        return (found.short or found.text) if found else code

    def sentence(self, found: Found) -> str:
        """What is wrong with this line, with both numbers; else the reason code's own wording."""
        writer = _SENTENCES.get(found.code)
        if writer is not None:
            return writer(found.figures)
        reason = self.reasons.get(found.code)
        return f"{reason.text}。" if reason else found.code

    def remedy(self, code: str) -> str:
        """What to do about it."""
        if code in _CURES:
            return str(_CURES[code])
        reason = self.reasons.get(code)
        return reason.remedy if reason else ""

    def cited_at(self, code: str, key: str) -> str:
        """Document, place and the one sentence of it that the code rests on; `key` as findings keep it."""
        return self.excerpt(code, self.clause(key))

    def excerpt(self, code: str, view: ClauseView | None) -> str:
        """`cited_at` for a clause in hand; empty without one."""
        if view is None:
            return ""
        found = self.reasons.get(code)
        quote = _excerpt(view.text, *(found.quoted_at if found else ()))
        return f"{view.reference}“{quote}”" if quote else view.reference

    def clause(self, key: str) -> ClauseView | None:
        """A clause kept as "CS 三（一）"; None where nobody loaded it."""
        if key not in self._clauses:
            self._clauses[key] = _clause(key)
        return self._clauses[key]

    def reason_of(self, found: Found, rules: Rulebook | None = None, year: int | None = None) -> Reason:
        """A finding as the page's reason box shows it: sentence, clause, cure, marks of the values it names."""
        return Reason(
            severity=REFUSE if found.severity == Severity.REFUSE else ASK,
            sentence=self.sentence(found),
            clause=self.cited_at(found.code, found.clause),
            cure=self.remedy(found.code),
            marks=_marks(found.code, rules, year),
        )


def short_word(code: str) -> str:
    """A few characters for a code, as pills and counts show it."""
    return Words().short(code)


def blocking_sentence(found: Found, *, position: int, count: int) -> str:
    """What stops an act: the first line concerned, how many there are, what to do."""
    words = Words()
    said = {"n": count, "row": position, "said": words.sentence(found), "cure": words.remedy(found.code)}
    if count == 1:
        return _("序号%(row)d：%(said)s%(cure)s") % said
    return _("有%(n)d人不能通过，如序号%(row)d：%(said)s%(cure)s") % said


def cite_key(key: str) -> str:
    """A clause kept as "CS 三（一）", with its words; empty where nobody loaded it."""
    view = _clause(key)
    return cite(view) if view else ""


def _marks(code: str, rules: Rulebook | None, year: int | None) -> Sequence[str]:
    marks: dict[str, None] = {}
    for name in _MARKED_VALUES.get(code, ()) if rules and year else ():
        assert rules is not None
        for value in rules.table(name, year=year).values():
            marks |= dict.fromkeys(value.marks)
    return tuple(marks)


def _clause(key: str) -> ClauseView | None:
    document, _space, place = key.partition(" ")
    try:
        return clause(document, place)
    except KeyError:
        return None


def _excerpt(text: str, *words: str) -> str:
    at = next((word for word in words if word in text), "")
    sentences = re.split(r"(?<=[。；])", text)
    chosen = next((part for part in sentences if at and at in part), sentences[0] if sentences else "")
    start = max(chosen.find(at), 0) if at else 0
    quote = chosen[start:].strip() if len(chosen) > SHORT_QUOTE_SHOWN else chosen.strip()
    lead = "……" if quote != chosen.strip() else ""
    return lead + quote.rstrip("。；")


# Sentences


def _yuan(fen: Any) -> str:
    return yuan_text(int(fen or 0))


def _day(said: Any) -> str:
    # Figures are kept as JSON, so a day may be its ISO text; a row that was not looked up has none.
    return day_text(date.fromisoformat(str(said))) if said else ""


def _unpaid(f: Figures) -> str:
    first, last = f.get("first_year"), f.get("last_year")
    years = _("%(year)s年度") % {"year": last}
    if first != last:
        years = _("%(last)s年度或%(first)s年度") % {"last": last, "first": first}
    if f.get("tier_fen"):
        sums = {"years": years, "tier": _yuan(f["tier_fen"]), "paid": _yuan(f.get("paid_fen"))}
        return _("%(years)s的个人缴费没有缴足%(tier)s元，合计缴了%(paid)s元。") % sums
    paid = f.get("last_paid_year")
    last_time = _("最近一次是%(year)s年度") % {"year": paid} if paid else _("也没有查到更早的缴费")
    return _("没有查到%(years)s的个人缴费，%(last)s。") % {"years": years, "last": last_time}


def _previous_year(f: Figures) -> str:
    return _("只查到%(year)s年度缴费（%(paid_on)s，%(tier)s元），请确认是否按上年度缴费认定。") % {
        "year": f.get("year"),
        "paid_on": f.get("paid_on"),
        "tier": _yuan(f.get("tier_fen")),
    }


def _cap(f: Figures) -> str:
    limit, used, this = int(f["limit_fen"]), int(f["reserved_fen"]), int(f["amount_fen"])
    return _(
        "全年补助会超过上限%(over)s元：已用%(used)s元，本次%(this)s元，上限%(limit)s元，还可用%(left)s元。"
    ) % {
        "over": _yuan(used + this - limit),
        "used": _yuan(used),
        "this": _yuan(this),
        "limit": _yuan(limit),
        "left": _yuan(max(limit - used, 0)),
    }


def _above(f: Figures) -> str:
    standard, granted = int(f.get("standard_fen") or 0), int(f.get("granted_fen") or 0)
    words = {"this": _yuan(f["amount_fen"]), "standard": _yuan(standard), "granted": _yuan(granted)}
    if granted:
        return _(
            "超过方案标准：标准%(standard)s元，同一方案已补助%(granted)s元，本次%(this)s元，最多还可补助%(left)s元。"
        ) % {**words, "left": _yuan(max(standard - granted, 0))}
    return _("超过方案标准：标准%(standard)s元，本次%(this)s元。") % words


def _below(f: Figures) -> str:
    return _("低于方案标准：标准%(standard)s元，已补助%(granted)s元，本次%(this)s元，请确认。") % {
        "standard": _yuan(f.get("standard_fen")),
        "granted": _yuan(f.get("granted_fen")),
        "this": _yuan(f["amount_fen"]),
    }


def _status(f: Figures) -> str:
    kind = f.get("status")
    if not kind:
        return _("已到领取待遇年龄，本年度没有缴费，不再列入补助。")
    label = StatusKind(kind).label if kind in StatusKind.values else kind
    return _("%(kind)s，发生日期%(day)s。") % {"kind": label, "day": _day(f.get("event_on"))}


def _repeat(f: Figures) -> str:
    return _("本年度第%(batch)s批已列入此人，同一方案已补助%(granted)s元，请确认。") % {
        "batch": f.get("batch_no"),
        "granted": _yuan(f.get("granted_fen")),
    }


def _reuse(f: Figures) -> str:
    return _("%(year)s年度的缴费已用于%(used)s年度的补助。") % {
        "year": f.get("year"),
        "used": f.get("used_for"),
    }


def _lump(f: Figures) -> str:
    return _("有一次性补缴记录（%(day)s），文件没有写能不能补助，请确认。") % {"day": _day(f.get("paid_on"))}


def _lump_refused(f: Figures) -> str:
    return _("有一次性补缴记录（%(day)s），不享受集体补助。") % {"day": _day(f.get("paid_on"))}


def _only_past_years(f: Figures) -> str:
    words = {"year": f.get("year"), "day": _day(f.get("paid_on"))}
    return _("%(year)s年只补缴了以往年度（%(day)s），没有缴纳%(year)s年度的保费。") % words


def _cents(f: Figures) -> str:
    return _("补助金额%(this)s元不是整元，请确认。") % {"this": _yuan(f["amount_fen"])}


def _on_behalf(f: Figures) -> str:
    return _("保费%(sum)s元全部由政府代缴，本人没有出钱，请确认。") % {"sum": _yuan(f.get("on_behalf_fen"))}


def _age(f: Figures) -> str:
    return _("未满%(age)s周岁，不能参保。") % {"age": f.get("minimum_age")}


def _dup(f: Figures) -> str:
    return _("此人已列入其他村本年度的补助申请，那一份还没有核实完毕。")


def _elsewhere(f: Figures) -> str:
    return _("%(year)s年度的保费是在其他区县缴的（%(day)s），在那里参保。") % {
        "year": f.get("year"),
        "day": _day(f.get("paid_on")),
    }


def _not_needy(f: Figures) -> str:
    return _("社会资助只给有需要的人，名单上没有登记此人的困难身份。")


def _not_member(f: Figures) -> str:
    return _("不在本集体经济组织的成员名单中。")


_SENTENCES: dict[str, Callable[[Figures], str]] = {
    "E-UNPAID": _unpaid,
    "W-PREV-YEAR": _previous_year,
    "E-CAP": _cap,
    "E-AMOUNT": _above,
    "W-AMOUNT-LOW": _below,
    "E-DEAD": _status,
    "E-NATION": _status,
    "E-PENSION": _status,
    "E-DRAWING": _status,
    "W-REPEAT": _repeat,
    "W-REUSE": _reuse,
    "E-REUSE": _reuse,
    "W-LUMP": _lump,
    "E-LUMP": _lump_refused,
    "E-BACKPAY": _only_past_years,
    "W-CENTS": _cents,
    "W-ONBEHALF": _on_behalf,
    "E-AGE": _age,
    "E-DUP": _dup,
    "E-JURIS": _elsewhere,
    "E-NOT-MEMBER": _not_member,
    "E-POOL": _not_needy,
}
_CURES: dict[str, Any] = {
    "E-UNPAID": gettext_lazy("本人缴费到账以后，可以列入下一批。"),
    "E-CAP": gettext_lazy("改为还可用的金额以内，可以列入下一批。"),
    "E-AMOUNT": gettext_lazy("改为标准以内的金额；要提高标准，先按程序调整方案。"),
    "E-DEAD": gettext_lazy("由村里写明原因和日期撤回此人。"),
    "E-NATION": gettext_lazy("由村里写明原因和日期撤回此人。"),
    "E-PENSION": gettext_lazy("由村里写明原因和日期撤回此人。"),
    "E-DUP": gettext_lazy("等那一份办结或撤回以后再列入；有疑问请问社保经办机构。"),
    "E-JURIS": gettext_lazy("参保关系转移到本区县以后，可以列入下一批。"),
    "E-NOT-MEMBER": gettext_lazy("先在成员名单中补录，再列入补助名单。"),
    "E-POOL": gettext_lazy("确有困难身份的，先在成员名单中登记人员类别；没有的不列入。"),
}
