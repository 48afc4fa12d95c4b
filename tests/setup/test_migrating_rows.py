"""Rows written before papers named their seals, before donors and before parts of a contribution survive the way up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLD = ("subsidies", "0002_filings_and_suspensions"), ("policies", "0002_tell_reasons")

WRITE = f"""
from datetime import date
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

for app, name in {OLD!r}:
    call_command("migrate", app, name, verbosity=0)
old = MigrationExecutor(connection).loader.project_state({list(OLD)!r}).apps
get = old.get_model
DAY, YEAR = date(2024, 6, 18), 2024
PLACE = dict(county_code="500115000000", town_code="500115002000", village_code="500115002203")
make = lambda model, /, **fields: get(*model.split(".")).objects.create(**fields)

region = make("villages.Region", code=PLACE["village_code"], name="石门村民委员会", short_name="石门村",
              level="village", **PLACE)
user = make("core.User", username="clerk")
village = make("villages.CollectiveOrganisation", region=region, name="石门村经济联合社", **PLACE)
person = make("villages.Person", name="张三", id_cipher="x", id_index="x", last4="0000", birth_date=date(1970, 1, 1))
document = make("policies.PolicyDocument", region_code="500115000000", key="CS", title="t", issuer="i",
                issued_on=DAY, effective_on=DAY)
clause = make("policies.Clause", document=document, key="1", label="l", text="t")
for key, seal in (("plan", "both"), ("roster", "organisation"), ("letter", "none")):
    make("policies.PolicyValue", region_code="500115000000", name="application_seal", key=key, value=seal,
         unit="u", clause=clause, confidence="document", valid_from=DAY)
plans = [make("subsidies.Plan", organisation=village, year=YEAR + n, kind="regular", state="in_force",
              in_force_on=DAY, drafted_by=user, **PLACE) for n in (0, 1)]
batch = make("subsidies.Application", plan=plans[0], organisation=village, year=YEAR, batch_no=1, state="posted",
             drafted_by=user, **PLACE)
line = make("subsidies.Line", application=batch, position=1, person=person, plan=plans[0], organisation=village,
            year=YEAR, amount_fen=20000, tier_fen=50000, state="posted", **PLACE)
refund = make("subsidies.Refund", line=line, year=YEAR, state="requested", reason="DEATH", event_on=DAY,
              amount_fen=20000, payee="organisation", asked_by=user, asked_on=DAY, **PLACE)
for kind, is_sealed, parent in (
    ("plan", True, {{"plan": plans[0]}}), ("roster", True, {{"application": batch}}),
    ("letter", True, {{"application": batch}}), ("minutes", True, {{"plan": plans[1]}}),
    ("roster", False, {{"application": batch}}), ("evidence", True, {{"refund": refund}}),
):
    file = make("core.StoredFile", name=kind, path=f"{{kind}}-{{is_sealed}}", purpose="paper", uploaded_by=user,
                size_bytes=1, **PLACE)
    make("subsidies.Attachment", kind=kind, is_sealed=is_sealed, uploaded_on=DAY, uploaded_by=user, file=file,
         **parent, **PLACE)
"""

READ = """
import json
from django.core.management import call_command
from subsidies.models import Attachment, Line, Plan, Refund

call_command("migrate", verbosity=0)
call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
line = Line.objects.get()
print(json.dumps({
    "papers": list(Attachment.objects.order_by("pk").values_list("kind", "is_sealed", "seals")),
    "line": [line.amount_fen, line.tier_fen, line.source, line.pool_id, line.counts_in_cap, line.own_fen],
    "plans": list(Plan.objects.order_by("pk").values_list("year", "kind", "pool")),
    "refunds": Refund.objects.count(),
}))
"""


@pytest.fixture
def shell(tmp_path):
    """Runs a script in a process and on a database of its own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "DJANGO_"))
    }
    variables = kept | {"VAR_DIR": str(tmp_path / "var"), "DEMO": "1"}

    def run(script: str) -> str:
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", script]
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_rows_of_before_are_taken_along_and_papers_bear_the_seal_that_was_asked(shell):
    shell(WRITE)

    found = json.loads(shell(READ))

    assert found["papers"] == [
        ["plan", True, ["both"]], ["roster", True, ["organisation"]], ["letter", True, []],
        ["minutes", True, ["organisation"]], ["roster", False, []], ["evidence", True, []],
    ]  # fmt: skip
    assert found["line"] == [20_000, 50_000, "collective", None, True, None]
    assert found["plans"] == [[2024, "regular", None], [2025, "regular", None]]
    assert found["refunds"] == 1
