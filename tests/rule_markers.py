"""A plugin for `pytest --collect-only -p tests.rule_markers`: which tests hold which numbered rule, as JSON.

Markers are made by loops and by files of cases as well, so that only collecting finds them all.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

VARIABLE = "RULE_MARKERS_TO"


def pytest_collection_finish(session):
    """Write {rule number: [test, …]} to the file that the environment names."""
    found: dict[str, list[str]] = {}
    for item in session.items:
        for marker in item.iter_markers("rule"):
            for number in marker.args:
                found.setdefault(str(number), []).append(item.nodeid)
    Path(os.environ[VARIABLE]).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
