"""Every rule of a loaded document has a test, every marker names a rule, every page named is there."""

import pytest
from django.urls import get_resolver

from policies.rule_table import as_markdown, markers, rows, rules

pytestmark = pytest.mark.django_db


def test_every_rule_of_a_loaded_document_has_a_test(base_data):
    bare = {row.rule.number for row in rows() if not row.tests}
    assert bare == set()


def test_every_marker_names_a_rule():
    known = set(rules())
    strangers = {
        number: tests
        for number, tests in markers().items()
        if number not in known and number.rstrip("abcdef") not in known
        if number.partition("-")[0] in {one.partition("-")[0] for one in known}
    }
    assert strangers == {}


def test_the_pages_a_rule_is_seen_on_exist():
    names = {pattern.name for pattern in get_resolver().url_patterns if getattr(pattern, "name", None)}
    assert {page for rule in rules().values() for page in rule.seen} - names == set()


def test_a_document_that_is_not_loaded_asks_for_nothing(base_data, monkeypatch):
    monkeypatch.setattr("policies.rule_table.loaded_prefixes", lambda: {"JN"})
    assert {row.rule.number.partition("-")[0] for row in rows()} == {"JN"}


def test_the_table_leads_from_a_rule_to_its_clause_and_value(base_data):
    line = next(one for one in as_markdown(rows()).splitlines() if one.startswith("| CS-13 "))
    assert "长寿府办发〔2024〕49号 三（二）二" in line and "reward" in line and "tests/rewards/" in line
