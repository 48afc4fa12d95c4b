"""What the first line of a template shows, so that nobody wonders how a cell is to be written."""

from __future__ import annotations

from datetime import date

SAMPLE_ID_NUMBER, SAMPLE_VOUCHER, SAMPLE_YEAR = "500115197505041234", "450012024062700001", 2024
SAMPLE_FEN, SAMPLE_TIER_FEN, SAMPLE_BALANCE_FEN = 20_000, 50_000, 412_000
SAMPLE_PAID_ON, SAMPLE_POSTED_ON, SAMPLE_REMITTED_ON = date(2024, 3, 6), date(2024, 5, 10), date(2024, 6, 27)
SAMPLE_STATUS_ON, SAMPLE_OPENED_ON = date(2024, 6, 20), date(2023, 12, 31)
