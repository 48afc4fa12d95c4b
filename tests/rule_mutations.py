"""A plugin for `manage.py mutate_rules`: every value of the rulebooks changed in turn within one pytest run.

First every test runs once as it is: which parameters of which region it reads and how long it takes is kept, what is
red is left out. Then, for each value, the tests that read it run: those marked with its rules first, then those that
name it, the quick before the slow, those that only state the rulebook word for word last; the first red one that is
green without the change has noticed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

VARIABLE = "RULE_MUTATIONS"
SAVED_EVERY = 50
# A yes or a number stands in every module.
SHORTEST_WORD = 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only tests that roll back: what flushes the database would take the change along."""
    kept = [item for item in items if not _flushes(item)]
    config.hook.pytest_deselected(items=[item for item in items if _flushes(item)])
    items[:] = kept


def _flushes(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return (
        bool(mark and (mark.kwargs.get("transaction") or (mark.args and mark.args[0])))
        or bool({"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())))
        or item.get_closest_marker("pg") is not None
    )


class Run:
    """One run over the values: what each test reads, how long it takes, and one test at a time."""

    def __init__(self, session: pytest.Session) -> None:
        from policies import pages
        from policies.selectors import Rulebook

        self.items = list(session.items)
        self.reads: dict[str, set[str]] = {}
        self.seconds: dict[str, float] = {}
        self.now: set[str] = set()
        self.last: dict[str, str] = {}
        self.proven: set[str] = set()
        plain, seen = Rulebook.table, self

        def table(book: Any, name: str, **more: Any) -> Any:
            found = plain(book, name, **more)
            seen.now.update(_read(view) for view in found.values())
            return found

        Rulebook.table = table  # type: ignore[assignment,method-assign]
        view_of = pages.value_view

        def value_view(row: Any) -> Any:
            seen.now.add(_read(row))
            return view_of(row)

        # The page of a rulebook shows the rows themselves, those of other days as well.
        pages.value_view = value_view

    def make_database(self) -> None:
        """Let a first test make the test database: until then the connection is the house's own."""
        from django.db import connection

        own = connection.settings_dict["NAME"]
        self.is_red(next(item for item in self.items if item.get_closest_marker("django_db")))
        if connection.settings_dict["NAME"] == own:
            raise pytest.UsageError("no test database was made: nothing is changed in the house's own")

    def is_red(self, item: pytest.Item) -> bool:
        """Run one test; all but the session's fixtures are made anew for the next."""
        self.now = set()
        begun = time.monotonic()
        if hasattr(item, "_initrequest"):
            item._initrequest()
        # The session as the next item: every folder and module is left, whichever test is asked next.
        reports = runtestprotocol(item, nextitem=item.session, log=False)
        self.seconds[item.nodeid] = time.monotonic() - begun
        return any(report.failed for report in reports)

    def learn(self, path: Path) -> None:
        """Run every test once as it is; what an earlier run learned is taken from its file."""
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        for number, item in enumerate(self.items, start=1):
            if item.nodeid not in known:
                red = self.is_red(item)
                known[item.nodeid] = {
                    "red": red,
                    "reads": sorted(self.now),
                    "seconds": self.seconds[item.nodeid],
                }
            if number % SAVED_EVERY == 0 or number == len(self.items):
                path.write_text(json.dumps(known), encoding="utf-8")
                _tell(f"learned {number} of {len(self.items)}")
        self.items = [item for item in self.items if not known[item.nodeid]["red"]]
        self.reads = {item.nodeid: set(known[item.nodeid]["reads"]) for item in self.items}
        self.seconds = {item.nodeid: known[item.nodeid]["seconds"] for item in self.items}

    def tests_of(self, row: Any, most: int) -> list[pytest.Item]:
        """The tests that rest on a value, in the order in which they are asked: what acts, then what only states."""
        read = _read(row)
        readers = [item for item in self.items if read in self.reads[item.nodeid]]
        rules = set(row.rules)
        stating = [item for item in self.items if _states(item) and (item in readers or rules & _rules(item))]

        words = {row.name, row.key, row.value} - {""}

        def order(item: pytest.Item) -> tuple[bool, bool, bool, bool, float]:
            return (
                item.nodeid != self.last.get(read),
                not rules & _rules(item),
                row.name not in item.nodeid,
                not _names(item, words),
                self.seconds[item.nodeid],
            )

        acting = sorted([item for item in readers if not _states(item)], key=order)
        return acting[:most] + sorted(stating, key=order)

    def noticed(self, row: Any, item: pytest.Item) -> None:
        """Ask this test first for the next value of the same parameter."""
        self.last[_read(row)] = item.nodeid


def _read(value: Any) -> str:
    return f"{value.region_code} {value.name}"


def _states(item: pytest.Item) -> bool:
    from policies.mutation import is_word_for_word

    return is_word_for_word(item.nodeid)


@cache
def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _names(item: pytest.Item, words: set[str]) -> bool:
    text = _text_of(item.path)
    return any(word in text for word in words if len(word) > SHORTEST_WORD)


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _rules(item: pytest.Item) -> set[str]:
    return {str(number) for marker in item.iter_markers("rule") for number in marker.args}


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """The run itself, in place of pytest's."""
    if session.config.option.collectonly or VARIABLE not in os.environ:
        return None
    asked = json.loads(os.environ[VARIABLE])
    run = Run(session)
    run.make_database()
    run.learn(Path(asked["learned"]))
    for row in _values(session, asked):
        _try(session, run, row, asked)
    return True


@contextmanager
def _database(session: pytest.Session) -> Iterator[None]:
    from pytest_django.plugin import blocking_manager_key

    with session.config.stash[blocking_manager_key].unblock():
        yield


def _values(session: pytest.Session, asked: dict[str, Any]) -> list[Any]:
    from policies.models import PolicyValue
    from policies.mutation import identity, read_results

    done = read_results(Path(asked["results"]))
    with _database(session):
        rows = PolicyValue.objects.select_related("clause").order_by("region_code", "position", "pk")
        if asked["region"]:
            rows = rows.filter(region_code=asked["region"])
        if asked["only"]:
            rows = rows.filter(name__in=asked["only"])
        found = [row for row in rows if _is_asked(done.get(identity(row)), again=asked["again"])]
    return found[: asked["limit"]] if asked["limit"] else found


def _is_asked(known: Any, *, again: bool) -> bool:
    from policies.mutation import is_word_for_word

    if known is None:
        return True
    return again and (not known.killed_by or is_word_for_word(known.killed_by))


def _try(session: pytest.Session, run: Run, row: Any, asked: dict[str, Any]) -> None:
    from policies.mutation import Tried, changes, keep_result, span_text

    tests = run.tests_of(row, asked["tests"])
    killed_by, shown, count = "", "", 0
    # Every change must be noticed: a floor that nobody meets from above is still a hole below.
    possible = changes(row)
    if not possible:
        killed_by = "nothing else is possible"
    for key, text in possible:
        shown, killed_by = text, ""
        _write(session, row, key, text)
        for item in tests:
            count += 1
            if run.is_red(item) and _is_green_otherwise(session, run, row, item, (key, text)):
                killed_by = item.nodeid
                run.noticed(row, item)
                break
        if not killed_by:
            break
    _write(session, row, row.key, row.value)
    tried = Tried(
        row.region_code, row.name, row.key, span_text(row), row.value, shown, list(row.rules), killed_by, count
    )  # fmt: skip
    keep_result(Path(asked["results"]), tried)
    word = killed_by or "NOTHING"
    _tell(f"{row.region_code} {row.name} {row.key} {row.value} -> {shown}: {word}")


def _is_green_otherwise(
    session: pytest.Session, run: Run, row: Any, item: pytest.Item, change: tuple[str, str]
) -> bool:
    """Whether a red test is green with the value as it was; asked once of each test, one that is not is left out."""
    if item.nodeid not in run.proven:
        _write(session, row, row.key, row.value)
        is_red = run.is_red(item)
        _write(session, row, *change)
        if is_red:
            run.items.remove(item)
            return False
        run.proven.add(item.nodeid)
    return True


def _write(session: pytest.Session, row: Any, key: str, text: str) -> None:
    from policies.models import PolicyValue
    from policies.services import change_token

    with _database(session):
        PolicyValue.objects.filter(pk=row.pk).update(key=key, value=text)
        change_token()
