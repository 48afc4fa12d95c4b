"""Entries of the ledger: accounts, interest, background jobs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.enums import ImportState, JobState
from core.imports.kinds import KINDS as IMPORT_KINDS
from core.jobs import KINDS
from core.models import Import, Job, User
from core.navigation import NavItem, Todo
from core.views_jobs import jobs_visible_to
from ledger import workflow as steps
from ledger.enums import RateState
from ledger.models import InterestRate
from villages.enums import AGENCY, FINANCE, Role

JOB_READERS = AGENCY | FINANCE | {Role.DISTRICT, Role.AUDITOR}


def _stopped_jobs(user: User) -> list[Job]:
    """Jobs that failed or were interrupted; those of a sheet only while nothing else was done on it since."""
    rows = jobs_visible_to(user).filter(state__in=[JobState.RUNNING, JobState.FAILED])
    stopped = [job for job in rows if job.state == JobState.FAILED or job.is_interrupted]
    of_sheets = {job.pk for job in stopped if "import" in job.params}
    if of_sheets:
        of_sheets -= set(Import.objects.filter(job__in=of_sheets).values_list("job", flat=True))
    return [job for job in stopped if job.pk not in of_sheets]


def _rates_to_confirm(user: User) -> int:
    access = user.access
    if access.area is None or not access.may(steps.CONFIRM_RATE.roles):
        return 0
    rows = InterestRate.objects.within(access.area).filter(state=RateState.PROPOSED)
    return rows.exclude(entered_by=user).count()


NAV = [
    NavItem(_("个人账户"), "accounts", steps.ACCOUNT_READERS),
    NavItem(
        _("计息"),
        "interest",
        steps.ACCOUNT_READERS,
        count=_rates_to_confirm,
    ),
    NavItem(_("后台任务"), "jobs", JOB_READERS, count=lambda user: len(_stopped_jobs(user))),
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Rates to confirm, and jobs of one's own that stopped midway."""
    if count := _rates_to_confirm(user):
        yield Todo(
            _("%(n)d个年度的记账利率待复核") % {"n": count},
            _("复核以后才能结息"),
            reverse("interest"),
            _("去复核"),
            count=count,
        )
    yield from _imports_to_confirm(user)
    if not user.access.may(JOB_READERS):
        return
    for job in _stopped_jobs(user):
        yield _stopped_whole(job) if KINDS[job.kind].is_whole else _stopped_midway(job)


def _stopped_midway(job: Job) -> Todo:
    return Todo(
        _("后台任务第%(n)d号没有办完") % {"n": job.pk},
        job.error_message or _("中断了，可以接着办，不会重复"),
        reverse("job", args=[job.pk]),
        _("接着办"),
    )


def _stopped_whole(job: Job) -> Todo:
    kind = KINDS[job.kind]
    return Todo(
        _("%(title)s没有办成") % {"title": kind.title_of(job)},
        job.error_message or _("中断了，什么也没有改动，可以再办一次"),
        kind.page(job) if kind.page else reverse("job", args=[job.pk]),
        _("去看看"),
    )


def _imports_to_confirm(user: User) -> Iterable[Todo]:
    """Sheets that another officer uploaded and this one confirms."""
    kinds = {key: kind for key, kind in IMPORT_KINDS.items() if user.access.may(kind.checker_roles)}
    if not kinds or user.access.area is None:
        return
    rows = Import.objects.within(user.access.area).filter(kind__in=kinds, state=ImportState.PENDING)
    for row in rows.exclude(uploaded_by=user).order_by("pk"):
        yield Todo(
            _("复核%(kind)s%(n)d行") % {"kind": kinds[row.kind].label, "n": row.write_count},
            _("%(who)s上传，须另一人复核才记账") % {"who": row.uploaded_by},
            reverse("import", args=[row.pk]),
            _("去复核"),
        )
