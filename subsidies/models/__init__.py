"""Plan, application, notice, tax money, differences, refunds."""

from subsidies.models.applications import Application, Finding, Line
from subsidies.models.attachments import Attachment
from subsidies.models.county_pilots import CountyPilot
from subsidies.models.donations import Donor, Pool, PoolEntry
from subsidies.models.filings import Filing, Suspension, SuspensionDecision
from subsidies.models.notices import Difference, NoticeLine, PaymentNotice, TaxRow
from subsidies.models.plans import DecisionRecord, Plan, PlanSource, PlanStandard
from subsidies.models.prior import PriorGrant
from subsidies.models.refunds import Refund

__all__ = [
    "Application",
    "Attachment",
    "CountyPilot",
    "DecisionRecord",
    "Difference",
    "Donor",
    "Filing",
    "Finding",
    "Line",
    "NoticeLine",
    "PaymentNotice",
    "Plan",
    "PlanSource",
    "PlanStandard",
    "Pool",
    "PoolEntry",
    "PriorGrant",
    "Refund",
    "Suspension",
    "SuspensionDecision",
    "TaxRow",
]
