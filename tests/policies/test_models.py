"""What the database itself refuses about rulebooks."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from policies.models import Clause, PolicyDocument, PolicyRevision, PolicyValue

DAY = date(2030, 1, 1)


@pytest.fixture
def clause(base_data):
    return Clause.objects.get(document__key="CS", key="附件四")


def value(clause, **more):
    fields = {
        "region_code": "500115002000",
        "name": "notice_payment_days",
        "value": "20",
        "unit": "天",
        "valid_from": DAY,
        "confidence": "document",
    }
    return PolicyValue.objects.create(clause=clause, **{**fields, **more})


def document(**more):
    return PolicyDocument.objects.create(
        key="NEW", region_code="500115000000", title="新", effective_on=DAY, **more
    )


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("policies_value_ends_after_begin", {"valid_to": date(2029, 12, 31)}),
        ("policies_value_years_in_order", {"year_from": 2030, "year_to": 2029}),
        ("policies_value_years_in_order", {"year_to": 2029}),
        ("policies_value_has_unit", {"unit": ""}),
        ("policies_value_illustrative_says_why", {"confidence": "illustrative"}),
    ],
)
def test_a_value_that_contradicts_itself_is_not_stored(clause, name, fault):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        value(clause, **fault)


@pytest.mark.parametrize("years", [{}, {"year_from": 2030, "year_to": 2030}])
def test_one_value_begins_on_a_day(clause, years):
    value(clause, **years)

    with pytest.raises(IntegrityError), transaction.atomic():
        value(clause, **years)


def test_a_document_does_not_take_effect_before_it_was_issued(base_data):
    with pytest.raises(IntegrityError, match="policies_document_effective_after_issue"), transaction.atomic():
        document(issued_on=date(2030, 2, 1))


def test_a_document_without_a_date_is_marked_as_such(base_data):
    with (
        pytest.raises(IntegrityError, match="policies_document_without_date_is_marked"),
        transaction.atomic(),
    ):
        document()

    assert document(date_is_assumed=True).pk


def test_a_clause_stands_once_in_its_document(clause):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clause.objects.create(document=clause.document, key=clause.key, label="又", text="又")


@pytest.mark.parametrize("words", [{"text": "", "is_quoted": True}, {"text": "原文", "is_quoted": False}])
def test_a_clause_is_quoted_exactly_where_its_words_are_kept(clause, words):
    with pytest.raises(IntegrityError, match="policies_clause_text_iff_quoted"), transaction.atomic():
        Clause.objects.create(document=clause.document, key="附件九", label="新", **words)


def test_there_is_one_revision_row(base_data):
    with pytest.raises(IntegrityError, match="policies_revision_is_one_row"), transaction.atomic():
        PolicyRevision.objects.create(id=2, token="x")
