"""Issue a payment notice for the confirmed lines of a batch, or void one nobody has paid on."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import BigIntegerField, Count, F, QuerySet, Sum, Value
from django.utils.translation import gettext as _

from core.access import require_area, require_role
from core.database import insert_select
from core.errors import InvalidInput, NotInArea, TransitionNotAllowed
from core.lengths import PAYER_TEXT, REMARK_TEXT
from core.workflow import By, Effect, Step, require_another_person, require_text, run_creation, run_step
from policies.selectors import rulebook
from subsidies.enums import ApplicationState, LineState, NoticeState
from subsidies.models import Application, Line, NoticeLine, PaymentNotice
from subsidies.services.notices.standing import locked_batch
from subsidies.services.numbers import paper_number
from subsidies.workflow import notices as steps


def issue_notice(application: Application, *, by: By) -> PaymentNotice:
    """Issue the notice over the batch's eligible lines that stand on no live notice.

    Number and days to pay come from the rulebook in force on `by.on`. Called when a batch is confirmed, inside that
    act. Raises InvalidInput where no line is left to pay for. Source: CS-30, A-73.
    """
    on_notice = NoticeLine.objects.filter(notice__state__in=steps.LIVE).values("line_id")
    lines = Line.objects.filter(application=application, state=LineState.ELIGIBLE).exclude(pk__in=on_notice)
    payable = lines.annotate(to_pay=F("amount_fen"))
    return make_notice(steps.ISSUE, application, payable, by=by)


def make_notice(
    step: Step,
    application: Application,
    lines: QuerySet[Line],
    *,
    by: By,
    replaces: PaymentNotice | None = None,
) -> PaymentNotice:
    """Write a notice over lines annotated with `to_pay`; `replaces` is the one it stands in for."""

    def create() -> tuple[PaymentNotice, Effect]:
        sums = lines.aggregate(headcount=Count("pk"), amount_fen=Sum("to_pay"))
        if not sums["headcount"]:
            raise InvalidInput(_("这一批没有等待缴款的人，不用开具缴款通知书。"), code="E-NOTHING-TO-PAY")
        notice = _write_notice(application, sums, by=by, replaces=replaces)
        payable = lines.order_by("position").values_list("pk", "to_pay")
        insert_select(NoticeLine, ("notice", "line", "amount_fen"), _with_notice(payable, notice))
        figures = {"number": notice.number, "replaces": replaces.pk if replaces else None}
        return notice, Effect(rows_count=notice.headcount, amount_fen=notice.amount_fen, figures=figures)

    return run_creation(step, application, by=by, create=create)


def _with_notice(payable: QuerySet, notice: PaymentNotice) -> QuerySet:
    return payable.annotate(of_notice=Value(notice.pk, output_field=BigIntegerField())).values_list(
        "of_notice", "pk", "to_pay"
    )


def _write_notice(
    application: Application, sums: dict[str, int], *, by: By, replaces: PaymentNotice | None
) -> PaymentNotice:
    rules = rulebook(application.village_code, on=by.on)
    # A village withdraws a person, the agency issues: the rest was confirmed by whoever issued the first notice.
    is_clerk = replaces is not None and not by.actor.access.may(steps.AGENCY)
    return PaymentNotice.objects.create(
        application=application,
        number=paper_number("notice", application, year=by.on.year, rulebook=rules),
        **sums,
        payer_name=_payer_of(application),
        issued_on=by.on,
        due_on=by.on + timedelta(days=rules.amount("notice_payment_days")),
        issued_by_id=replaces.issued_by_id if replaces is not None and is_clerk else by.actor.pk,
        replaces=replaces,
        last_acted_on=by.on,
        **application.area_codes(),
    )


def _payer_of(application: Application) -> str:
    """Who pays donors' money; empty for the village's own."""
    pool = application.plan.pool
    return pool.payer_name[:PAYER_TEXT] if pool is not None else ""


def void_notice(notice_id: int, *, by: By, reason: str) -> PaymentNotice:
    """Void a notice that nothing was paid on; its lines wait for a new one (`reissue_notice`).

    The reviewer voids, not whoever verified the batch. Raises TransitionNotAllowed once money came in.
    """
    text = require_text(reason, _("请写明作废的原因。"))

    def effect(notice: PaymentNotice) -> Effect:
        require_another_person(by.actor, [notice.application.verified_by_id])
        notice.void_reason = text[:REMARK_TEXT]
        return Effect(
            changed=("void_reason",), rows_count=notice.headcount, amount_fen=notice.amount_fen, note=text
        )

    with transaction.atomic():
        locked_batch(notice_id)
        return run_step(steps.VOID, PaymentNotice.objects.all(), notice_id, by=by, effect=effect)


def reissue_notice(notice_id: int, *, by: By) -> PaymentNotice:
    """Issue a new notice in the place of a void one; each names the other."""
    with transaction.atomic():
        application = locked_batch(notice_id)
        old = PaymentNotice.objects.filter(pk=notice_id).first()
        if old is None or application is None:
            raise NotInArea
        # Before anything is said of its state: a foreign notice reads like none.
        require_role(by.actor, steps.ISSUE.roles, steps.ISSUE.label)
        require_area(by.actor, old)
        if old.state != NoticeState.VOID or application.state != ApplicationState.NOTIFIED:
            raise TransitionNotAllowed(_("只有已作废、还没有重开的通知书可以重新开具。"), found=old.state)
        on_notice = NoticeLine.objects.filter(notice__state__in=steps.LIVE).values("line_id")
        lines = Line.objects.filter(notice_lines__notice=old, state=LineState.ELIGIBLE).exclude(
            pk__in=on_notice
        )
        return make_notice(
            steps.ISSUE, application, lines.annotate(to_pay=F("amount_fen")), by=by, replaces=old
        )
