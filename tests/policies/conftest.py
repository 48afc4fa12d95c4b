"""Rulebooks of a test: the real ones, and files written on the spot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from policies.selectors import Rulebook, rulebook

SHIMEN = "500115002203"

FOURTH_REGION = """
region: "370827000000"
documents:
  - key: YT
    number: 鱼政发〔2024〕1号
    title: 试验办法
    issuer: 鱼台县
    issued_on: 2024-03-01
    effective_on: 2024-03-01
    clauses:
      - {key: 一, label: 奖励, text: 奖励不超过补助金额的百分之三十五。}
parameters:
  reward_ceiling:
    unit: "%"
    clause: YT 一
    confidence: document
    rules: [CS-13]
    rows:
      - {year: 2024, value: "35"}
"""


@pytest.fixture
def book(base_data: None) -> Callable[..., Rulebook]:
    """`book("2024-06-19")`: the rulebook of 石门村 (or another place) on a day."""

    def make(on: str = "2024-06-19", place: str = SHIMEN) -> Rulebook:
        return rulebook(place, on=date.fromisoformat(on))

    return make


@pytest.fixture
def written(tmp_path: Path, base_data: None) -> Callable[..., Path]:
    """A rulebook file of a fourth region, changed by `change(content)` before it is written."""

    def write(change: Callable[[dict], object] | None = None) -> Path:
        content = yaml.safe_load(FOURTH_REGION)
        if change:
            change(content)
        path = tmp_path / "yutai.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return path

    return write
