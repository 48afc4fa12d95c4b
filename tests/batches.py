"""Batches whose money came in, laid as rows: what the steps before posting leave behind."""

from datetime import date

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from core.jobs import run_job
from core.models import User
from core.workflow import By
from ledger.caps import reserve_caps
from ledger.enums import AccountKind, Source, TransferKind
from ledger.services import (
    Movement,
    ensure_village_accounts,
    insert_transfers,
    office_account,
    office_account_of_row,
)
from subsidies.enums import ApplicationState, LineState, Match, NoticeState, PlanState, TaxRowOrigin
from subsidies.models import Application, Line, NoticeLine, PaymentNotice, Plan, PlanStandard, TaxRow
from subsidies.services.posting import start_posting
from tests.factories import Village

PAID_ON = date(2024, 6, 26)


def plan_in_force(village: Village, *, year: int = 2024, fen: int = 20000, by: User) -> Plan:
    """A flat plan of the village, in force."""
    organisation = village.organisation
    plan, is_new = Plan.objects.get_or_create(
        organisation=organisation,
        year=year,
        kind="regular",
        version_no=1,
        defaults={
            "state": PlanState.IN_FORCE,
            "drafted_by": by,
            "in_force_on": date(year, 5, 20),
            **organisation.area_codes(),
        },
    )
    if is_new:
        PlanStandard.objects.create(plan=plan, position=1, amount_fen=fen)
    return plan


def remitted_batch(
    village: Village,
    cast,
    *,
    year: int = 2024,
    fen: int = 20000,
    on: date = PAID_ON,
    members=None,
    unpaid: int = 0,
) -> Application:
    """A confirmed batch of the members whose money came in on a day; the last `unpaid` of them still owe it."""
    members = village.members if members is None else members
    application = _application(village, cast, year=year, fen=fen, on=on, unpaid=unpaid)
    _lines(application, members, fen=fen, on=on, unpaid=unpaid)
    _notice(application, cast, on=on)
    _money(application, cast, on=on)
    return application


def _application(village: Village, cast, *, year: int, fen: int, on: date, unpaid: int) -> Application:
    organisation = village.organisation
    number = Application.objects.filter(organisation=organisation, year=year).count() + 1
    return Application.objects.create(
        state=ApplicationState.NOTIFIED if unpaid else ApplicationState.REMITTED,
        plan=plan_in_force(village, year=year, fen=fen, by=cast.clerk),
        organisation=organisation,
        year=year,
        batch_no=number,
        number=f"晏石门申〔{year}〕{number}号",
        drafted_by=cast.clerk,
        submitted_by=cast.clerk,
        verified_by=cast.officer,
        confirmed_by=cast.reviewer,
        last_acted_on=on,
        **organisation.area_codes(),
    )


def _lines(application: Application, members, *, fen: int, on: date, unpaid: int) -> None:
    in_count = len(members) - unpaid
    Line.objects.bulk_create(
        Line(
            application=application,
            position=n,
            person_id=member.person_id,
            membership=member,
            plan=application.plan,
            organisation=application.organisation,
            year=application.year,
            state=LineState.REMITTED if n <= in_count else LineState.ELIGIBLE,
            amount_fen=fen,
            remitted_on=on if n <= in_count else None,
            **application.area_codes(),
        )
        for n, member in enumerate(members, start=1)
    )
    reserve_caps(Line.objects.filter(application=application), year=application.year, limit_fen=300_000)


def _notice(application: Application, cast, *, on: date) -> None:
    lines = list(application.lines.all())
    notice = PaymentNotice.objects.create(
        application=application,
        state=NoticeState.PAID,
        number=f"长社保缴通〔{application.year}〕{application.pk:04d}号",
        amount_fen=sum(line.amount_fen for line in lines),
        headcount=len(lines),
        issued_on=on,
        due_on=on,
        issued_by=cast.reviewer,
        **application.area_codes(),
    )
    NoticeLine.objects.bulk_create(
        NoticeLine(notice=notice, line=line, amount_fen=line.amount_fen) for line in lines
    )


def _money(application: Application, cast, *, on: date) -> None:
    notice = application.notices.get()
    TaxRow.objects.bulk_create(
        TaxRow(
            notice=notice,
            line=line,
            person=line.person,
            name=line.person.name,
            id_index=line.person.id_index,
            last4=line.person.last4,
            amount_fen=line.amount_fen,
            paid_on=on,
            voucher="5001152406260001",
            origin=TaxRowOrigin.FILE,
            match=Match.SAME,
            recorded_by=cast.tax,
            recorded_on=on,
            **line.area_codes(),
        )
        for line in application.lines.filter(state=LineState.REMITTED).select_related("person")
    )
    rows = TaxRow.objects.filter(notice=notice)
    ensure_village_accounts(rows, kind=AccountKind.VILLAGE_FUND)
    insert_transfers(
        rows,
        Movement(
            kind=TransferKind.REMITTED,
            debit=office_account_of_row(AccountKind.VILLAGE_FUND),
            credit=office_account(AccountKind.IN_TRANSIT, place=application).pk,
            amount_fen=F("amount_fen"),
            on=F("paid_on"),
            year=Value(application.year),
            cause_key=Concat(Value("tax_row:"), Cast("pk", CharField())),
            cause_type="subsidies.taxrow",
            cause_id=F("pk"),
            person=F("person_id"),
            source=Source.COLLECTIVE,
        ),
    )


def posted_batch(village: Village, cast, *, on: date = date(2024, 6, 28), **more) -> Application:
    """A batch whose money is on its members' accounts since a day."""
    application = remitted_batch(village, cast, **more)
    run_job(start_posting([application.pk], by=By(actor=cast.officer, on=on)).pk)
    application.refresh_from_db()
    return application
