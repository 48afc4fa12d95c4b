"""Each rule of Jining and Ningxia beside all that the rulebooks state for it: tests/cases/stated/*.yaml.

A value that changes, comes or goes changes a sentence there, and the rule's test says so.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.policies.stated import statements

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parents[1] / "cases" / "stated"


def rules():
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for rule, sentences in content["规则"].items():
            mark = pytest.mark.rule(rule)
            yield pytest.param(content["地区"], rule, sentences, id=f"{path.stem}-{rule}", marks=mark)


@pytest.mark.parametrize(("region", "rule", "sentences"), list(rules()))
def test_a_rule_states_exactly_this(base_data, region, rule, sentences):
    assert statements(region)[rule] == sentences


def test_no_rule_states_more(base_data):
    for path in FOLDER.glob("*.yaml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert set(statements(content["地区"])) == set(content["规则"])
