"""All reports, in the order of their numbers."""

from __future__ import annotations

from desk.reports import caps, coverage, feedback, informing, leaving, ledger, rewards, verification
from desk.reports.shapes import Report

REPORTS: tuple[Report, ...] = (
    coverage.REPORT,
    ledger.REPORT,
    verification.REPORT,
    feedback.REPORT,
    informing.REPORT,
    leaving.REPORT,
    rewards.REPORT,
    caps.REPORT,
)
BY_CODE = {report.code: report for report in REPORTS}
READERS = frozenset(role for report in REPORTS for role in report.roles)
