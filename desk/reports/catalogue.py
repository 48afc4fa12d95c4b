"""All reports, in the order of their numbers."""

from __future__ import annotations

from desk.reports import (
    baseline,
    caps,
    coverage,
    feedback,
    filings,
    informing,
    leaving,
    ledger,
    rewards,
    sponsors,
    verification,
    yearly,
)
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
    sponsors.DONORS,
    sponsors.KINDS,
    sponsors.CUSTODIES,
    filings.FILINGS,
    filings.SUSPENSIONS,
    baseline.BASELINE,
    baseline.EVENTS,
    baseline.SUMMARIES,
    yearly.REPORT,
    yearly.TIERS,
)
BY_CODE = {report.code: report for report in REPORTS}
READERS = frozenset(role for report in REPORTS for role in report.roles)
