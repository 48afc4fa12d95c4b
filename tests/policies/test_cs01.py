"""The document and its place beside every value (CS-01)."""

from __future__ import annotations

import re

import pytest

CHANGSHOU = "/policies/500115000000/"


@pytest.mark.rule("CS-01")
@pytest.mark.django_db
def test_the_opening_cap_names_document_clause_and_the_day_it_took_effect(cast, page):
    text = page(cast.clerk, on="2024-06-20").get(CHANGSHOU).content.decode()

    row = next(row for row in re.split(r"<tr", text) if "每人每年补助上限" in row)
    assert "长寿府办发〔2024〕49号 三（一）" in row
    # Effective from that day, and no last day.
    assert "2024年6月17日起" in row
    assert "止" not in row and "至" not in row
