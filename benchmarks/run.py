"""Measure the way of a list from upload to posting beside plain SQL that writes as many rows.

    python benchmarks/run.py [--rows 2000] [--runs 3]

A database of its own is made beside the one the settings name (SQLite, or PostgreSQL by DATABASE_URL) and dropped at
the end. README.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


@dataclass(slots=True)
class Spent:
    """The least processor and wall seconds of several runs of one thing."""

    cpu: float = float("inf")
    wall: float = float("inf")

    def add(self, cpu: float, wall: float) -> None:
        self.cpu, self.wall = min(self.cpu, cpu), min(self.wall, wall)


@contextmanager
def measured(spent: Spent) -> Iterator[None]:
    """Add one run: processor time of this process and of the PostgreSQL process that serves it."""
    cpu, wall = time.process_time() + backend_seconds(), time.perf_counter()
    yield
    spent.add(time.process_time() + backend_seconds() - cpu, time.perf_counter() - wall)


def backend_seconds() -> float:
    """Processor time of the PostgreSQL process at the other end, where it runs on this machine; else 0."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not stat.exists():
        return 0.0
    # The name of a process may hold blanks; its times are the 14th and 15th field.
    user, system = stat.read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def copy_rows(table: str, where: str, params: list[Any], **changed: str) -> int:
    """INSERT … SELECT the rows of a table once more, under all its constraints; `changed` makes them unique."""
    from django.db import connection

    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
        columns = [column.name for column in described if column.name != "id"]
        names = ", ".join(f'"{name}"' for name in columns)
        values = ", ".join(changed.get(name, f'"{name}"') for name in columns)
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" WHERE {where}', params
        )
        return int(cursor.rowcount)


def execute(sql: str, params: list[Any]) -> int:
    """Run one statement; return how many rows it touched."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def write_payments() -> int:
    """Floor of "contributions: write"."""
    return copy_rows("contributions_contribution", "1 = 1", [], voucher="voucher || '-2'")


def write_lines() -> int:
    """Floor of "list drawn up": an application and its lines, every fact known beforehand."""
    from subsidies.models import Application

    old = Application.objects.latest("pk").pk
    copy_rows("subsidies_application", "id = %s", [old], batch_no="batch_no + 1000")
    new = Application.objects.latest("pk").pk
    return copy_rows("subsidies_line", "application_id = %s", [old], application_id=str(new))


def write_verdicts() -> int:
    """Floor of "verified": one UPDATE of the lines from the payments that they stand on."""
    from subsidies.models import Application

    sql = """
        UPDATE subsidies_line SET tier_fen = c.tier_fen, paid_on = c.paid_on, verdict = 'pass',
            advice = CASE WHEN c.tier_fen <= c.personal_fen THEN 'pass' ELSE 'refuse' END
        FROM contributions_contribution c
        WHERE subsidies_line.application_id = %s AND c.person_id = subsidies_line.person_id
            AND c.year = subsidies_line.qualifying_year AND c.reversed_on IS NULL
    """
    return execute(sql, [Application.objects.latest("pk").pk])


def write_transfers() -> int:
    """Floor of "posted": one transfer a line, and the lines moved."""
    from subsidies.models import Application

    where = "kind = 'posted' AND cause_id IN (SELECT id FROM subsidies_line WHERE application_id = %s)"
    batch = Application.objects.latest("pk").pk
    written = copy_rows("ledger_transfer", where, [batch], cause_key="cause_key || '-2'")
    moved = "UPDATE subsidies_line SET state = 'posted', posted_on = posted_on WHERE application_id = %s"
    execute(moved, [batch])
    return written


FLOORS: dict[str, Callable[[], int]] = {
    "contributions: write": write_payments,
    "list drawn up": write_lines,
    "verified": write_verdicts,
    "posted": write_transfers,
}


def run(rows: int, runs: int) -> list[tuple[str, Spent, Spent | None]]:
    """Take a list through its year; each step with what it took and what its floor took.

    The product's step is rolled back and repeated, the last time it stays; then its floor writes as many rows
    and is rolled back. Raises SystemExit where a floor touched another number of rows than the list has.
    """
    from django.db import transaction

    from desk.demo.districts import districts
    from desk.demo.people import make_organisations
    from desk.management.commands.time_year import Command

    make_organisations(districts()[0])
    found: list[tuple[str, Spent, Spent | None]] = []

    class Measured(Command):
        """`manage.py time_year`, its steps measured here."""

        def step(self, label: str, act: Callable[[], Any]) -> Any:
            product = Spent()
            for _again in range(runs - 1):
                with transaction.atomic():
                    with measured(product):
                        act()
                    transaction.set_rollback(True)
            with measured(product):
                result = act()
            found.append((label, product, floor_of(label)))
            return result

    def floor_of(label: str) -> Spent | None:
        if label not in FLOORS:
            return None
        floor = Spent()
        for _again in range(runs):
            with transaction.atomic():
                with measured(floor):
                    touched = FLOORS[label]()
                transaction.set_rollback(True)
            if touched != rows:
                raise SystemExit(f"{label}: the floor touched {touched} rows, the list has {rows}")
        return floor

    Measured(stdout=io.StringIO()).handle(rows=rows)
    return found


def report(rows: int, found: list[tuple[str, Spent, Spent | None]]) -> str:
    """The table of the README."""
    from django.db import connection

    lines = [
        f"{connection.vendor}, {rows} rows",
        "| step | product cpu s | wall s | floor cpu s | ratio |",
        "|---|---|---|---|---|",
    ]
    for label, product, floor in found:
        told = f"{floor.cpu:.3f} | {product.cpu / max(floor.cpu, 0.01):.1f}" if floor else "– | –"
        lines.append(f"| {label} | {product.cpu:.3f} | {product.wall:.3f} | {told} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Make the database, measure, print, drop the database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="pension-bench-") as folder:
        os.environ.update(VAR_DIR=folder, DEMO="1", DJANGO_SETTINGS_MODULE="pension.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        name = connection.settings_dict["NAME"]
        if connection.vendor == "sqlite":
            # A file and not memory: writing to disk is part of the price.
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            call_command("load_regions", verbosity=0)
            call_command("load_policies", verbosity=0)
            sys.stdout.write(report(options.rows, run(options.rows, options.runs)) + "\n")
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main(sys.argv[1:])
