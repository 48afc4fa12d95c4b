"""税务回传数据 (F10): the tax office's sheet of one notice, row by row or as one lump sum."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.counts import CHOICES
from core.crypto import blind_index
from core.enums import ImportRowStatus
from core.errors import InvalidInput
from core.imports.kinds import Context, ImportKind, SheetRow, register_import_kind
from core.models import Import, User
from core.money import yuan_text
from core.samples import SAMPLE_FEN, SAMPLE_ID_NUMBER, SAMPLE_REMITTED_ON, SAMPLE_VOUCHER
from core.sheets.headers import Column
from core.typed import whole_number
from core.workflow import By
from subsidies.enums import Match, TaxRowOrigin
from subsidies.models import PaymentNotice, TaxRow
from subsidies.rules.matching import CODES, Reported, match_rows
from subsidies.selectors import notices as selectors
from subsidies.services.notices import TaxRowInput, record_lump_sum, record_tax_rows
from subsidies.services.notices.remittance import expected_on, seen_on
from subsidies.workflow import notices as steps


class NoticeChoice(forms.Form):
    """Which notice the file pays."""

    notice = forms.TypedChoiceField(label=gettext_lazy("缴款通知书"), coerce=int, empty_value=None)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = selectors.notices_within(user).exclude(state="replaced").order_by("-pk")
        choices = [(row.pk, f"{row.number}　{row.application.organisation}") for row in rows[:CHOICES]]
        self.fields["notice"].choices = [("", _("请选择")), *choices]  # type: ignore[attr-defined]


class TaxRowSheet(ImportKind):
    """One row a person, or one row without a person: the sum of the notice."""

    key = "tax_rows"
    label = "税务回传数据"
    title = "集体补助税务回传数据"
    roles = steps.TAX
    counted_as = "笔"
    can_undo = False
    columns = (
        Column(
            "voucher",
            "税票号码",
            ("税票号", "电子税票号", "完税凭证号", "票号", "税票"),
            "code",
            needed=True,
            sample=SAMPLE_VOUCHER,
            width=24,
        ),
        Column(
            "name", "缴费人姓名", ("姓名", "缴费人", "参保人姓名", "人员姓名"), max_length=60, sample="周明富"
        ),
        Column(
            "id_number",
            "证件号码",
            ("身份证号", "身份证号码", "公民身份号码", "缴费人识别号", "缴费人证件号码", "证件号", "身份证"),
            "id",
            sample=SAMPLE_ID_NUMBER,
            width=22,
        ),
        Column(
            "amount_fen",
            "实缴金额（元）",
            ("实缴金额", "缴费金额", "金额", "实缴费额", "入库金额"),
            "amount",
            needed=True,
            may_be_negative=True,
            sample=SAMPLE_FEN,
        ),
        Column(
            "paid_on",
            "缴款日期",
            ("缴费日期", "实缴日期", "税款缴纳日期"),
            "date",
            needed=True,
            sample=SAMPLE_REMITTED_ON,
        ),
        Column("reverses_voucher", "原税票号码", ("原税票号", "冲销税票号", "原票号"), "code", sample=""),
        Column("remark", "备注", (), "text", sample=""),
    )
    notes = (
        _("一人一行；一张税票可以对应多个人，也可以分几张税票缴一份通知书。"),
        _("只有一笔总额时填一行，姓名和证件号码空着；总额须等于通知书上还没有缴的金额。"),
        _("退库、冲销写负数，并填原税票号码。"),
    )

    def params_form(self, user: User, data: Any = None) -> forms.Form | None:
        """The notice that the file pays."""
        return NoticeChoice(data, user=user)

    def prepare(self, by: By, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The place is the notice's; it is named by its id or by its number."""
        notice = notice_of(by.actor, params)
        return notice, {"notice": notice.pk}

    def duplicate_key(self, row: SheetRow) -> Hashable | None:
        """Nothing is held: a person twice under one voucher is a difference, and must not be lost."""
        return None

    def judge(self, rows: list[SheetRow], context: Context) -> None:
        """Say of each row whether it is new or stands already, and what it would be found to be."""
        notice: PaymentNotice = context.place
        _number_equal_rows(rows)
        if _is_lump(rows):
            _judge_lump(rows[0], notice, context)
            return
        known = _known(notice)
        for row in rows:
            row.verdict = ImportRowStatus.NEW
            _judge_row(row, known, context)
        _tell_matches(notice, [row for row in rows if row.is_sound and row.verdict == ImportRowStatus.NEW])

    def apply(self, rows: list[SheetRow], context: Context) -> int | None:
        """Record the rows through the same service as pages and API."""
        inner, pk = context.by.within(), context.place.pk
        if _is_lump(rows):
            values = rows[0].values
            given = {name: values[name] for name in ("amount_fen", "paid_on", "voucher")}
            return record_lump_sum(pk, by=inner, **given).amount_fen
        given_rows = [_input(row) for row in rows]
        return record_tax_rows(pk, given_rows, by=inner, origin=TaxRowOrigin.FILE).amount_fen

    def undo_refusals(self, rows: list[SheetRow], context: Context) -> dict[int, str]:
        """Money that was booked is corrected or returned, never undone."""
        return {row.number: _("缴款已经入账，有错请在对账里办税务更正或退回") for row in rows}

    def undo(self, rows: list[SheetRow], context: Context) -> None:
        """Never called: every row is refused."""
        raise NotImplementedError

    def after_url(self, upload: Import) -> str:
        """The reconciliation of the notice."""
        return reverse("reconciliation", args=[upload.params["notice"]])


def notice_of(actor: User, params: dict[str, Any]) -> PaymentNotice:
    """The notice that an upload is for, by its id or its number; raises InvalidInput unless exactly one is meant."""
    asked, number = params.get("notice"), str(params.get("notice_number") or "")
    if asked:
        pk = asked if isinstance(asked, int) else whole_number(str(asked))
        if pk is None:
            message = _("缴款通知书要给出它的编号（数字）。")
            raise InvalidInput(message, fields={"notice": [message]})
        return selectors.notice(actor, pk)
    found = list(selectors.notices_within(actor).filter(number=number)) if number else []
    if len(found) != 1:
        message = _("请选择这份数据对应的缴款通知书。")
        if found:
            # Each county counts its own notices.
            message = _("不止一个县有编号%(number)s的缴款通知书，请从通知书的页面上传。") % {"number": number}
        raise InvalidInput(message, fields={"notice": [message]})
    return found[0]


def _is_lump(rows: list[SheetRow]) -> bool:
    return len(rows) == 1 and not rows[0].values.get("id_number") and not rows[0].cells.get("id_number")


def _number_equal_rows(rows: list[SheetRow]) -> None:
    """Count equal rows within the file once; the number stays with the row when it is judged again alone."""
    counted: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = _key(row)
        counted[key] = counted.get(key, 0) + 1
        row.values.setdefault("nth", counted[key])


def _key(row: SheetRow) -> tuple[Any, ...]:
    values = row.values
    number, fen = values.get("id_number"), values.get("amount_fen") or 0
    index = blind_index(number, purpose="id") if number else ""
    return (values.get("voucher"), index, abs(fen), values.get("paid_on"), fen < 0)


def _known(notice: PaymentNotice) -> dict[tuple[Any, ...], int]:
    known: dict[tuple[Any, ...], int] = {}
    recorded = TaxRow.objects.filter(notice=notice)
    for key in recorded.values_list("voucher", "id_index", "amount_fen", "paid_on", "is_reversal"):
        known[key] = known.get(key, 0) + 1
    return known


def _judge_row(row: SheetRow, known: dict[tuple[Any, ...], int], context: Context) -> None:
    if not row.values.get("id_number") and not row.cells.get("id_number"):
        row.fault(
            "id_number", "E-ID-FORMAT", _("没有证件号码"), _("一人一行填证件号码；只有总额时整份文件只留一行")
        )
    if row.values.get("amount_fen") == 0:
        row.fault("amount_fen", "E-AMOUNT", _("金额是零"), _("删去这一行，或者填实缴金额"))
    paid_on = row.values.get("paid_on")
    if paid_on and paid_on > context.by.on:
        row.fault("paid_on", "E-DATE", _("缴款日期晚于业务日期"), _("核对缴款日期"))
    if row.is_sound and known.get(_key(row), 0) >= row.values["nth"]:
        row.verdict = ImportRowStatus.UNCHANGED


def _tell_matches(notice: PaymentNotice, rows: list[SheetRow]) -> None:
    """Notes on rows that will not match, so that the officer sees them before anything is written."""
    money = [row for row in rows if row.values["amount_fen"] > 0]
    reported = [Reported(_key(r)[1], r.values["amount_fen"], r.values["voucher"]) for r in money]
    for row, judged in zip(money, match_rows(expected_on(notice), reported, seen_on(notice)), strict=True):
        if judged.match != Match.SAME:
            what = _("登记后列为差异：%(kind)s") % {"kind": judged.match.label}
            row.note("amount_fen", CODES[judged.match], what, _("在对账里逐项处理"))


def _judge_lump(row: SheetRow, notice: PaymentNotice, context: Context) -> None:
    row.verdict = ImportRowStatus.NEW
    if not row.is_sound:
        return
    open_fen = selectors.open_parts(notice)["fen"]
    if row.values["amount_fen"] != open_fen or not open_fen:
        what = _("总额%(given)s元，通知书上还没有缴的是%(open)s元，两数不等") % {
            "given": yuan_text(row.values["amount_fen"]),
            "open": yuan_text(open_fen),
        }
        row.fault("amount_fen", "E-TAX-AMOUNT", what, _("核对金额，或者一人一行填写"))
    if row.values["paid_on"] > context.by.on:
        row.fault("paid_on", "E-DATE", _("缴款日期晚于业务日期"), _("核对缴款日期"))


def _input(row: SheetRow) -> TaxRowInput:
    values = row.values
    return TaxRowInput(
        amount_fen=values["amount_fen"],
        paid_on=values["paid_on"],
        voucher=values["voucher"],
        id_number=values["id_number"],
        name=values.get("name") or "",
        reverses_voucher=values.get("reverses_voucher") or "",
    )


TAX_ROW_SHEET = TaxRowSheet()
register_import_kind(TAX_ROW_SHEET)
