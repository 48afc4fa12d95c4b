"""办理经过: what stands beside an act, in brackets that never stand in each other."""

from __future__ import annotations

import pytest

from core.timeline import aside


@pytest.mark.parametrize(
    ("note", "shown"), [("", ""), ("缺材料", "（缺材料）"), ("乡（镇、街道）", "：乡（镇、街道）")]
)
def test_a_note_with_brackets_of_its_own_gets_no_further_ones(note, shown):
    assert aside(note) == shown
