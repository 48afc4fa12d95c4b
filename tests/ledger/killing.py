"""A data folder of its own with a batch to post, a real worker on it, and the hand that kills it."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STALE_SECONDS = 1
READY_SECONDS = 90
STAGE = """
import django
django.setup()
from datetime import date
from django.core.management import call_command
from django.db import transaction
call_command("migrate", verbosity=0)
from core.workflow import By
from subsidies.services.posting import start_posting
from tests import factories
from tests.batches import remitted_batch
from tests.conftest import load_base_data
load_base_data()
with transaction.atomic():
    cast = factories.make_cast()
    village = factories.make_village(members={members})
    batch = remitted_batch(village, cast)
    start_posting([batch.pk], by=By(actor=cast.officer, on=date(2024, 6, 28)))
"""


class Stage:
    """A folder with a database in it: `members` persons whose money came in, their posting queued."""

    script = STAGE

    def __init__(self, folder: Path, *, app: str = "pension") -> None:
        self.folder, self.app = folder, app
        folder.mkdir(parents=True, exist_ok=True)
        self.database = folder / "pension.sqlite3"
        self.worker: subprocess.Popen | None = None

    def lay(self, *, members: int) -> Stage:
        """Make the database and queue the posting."""
        self.run("-c", self.script.format(members=members))
        return self

    def copy(self, folder: Path, *, app: str = "pension") -> Stage:
        """The same stage in another folder."""
        shutil.copytree(self.folder, folder)
        return type(self)(folder, app=app)

    def variables(self) -> dict[str, str]:
        """The environment of everything on this stage: nothing of the test's own database or broker."""
        dropped = ("DATABASE_URL", "CELERY_BROKER_URL")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return kept | {
            "VAR_DIR": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "pension.settings",
            "POSTING_CHUNK_LINES": "50",
            "IMPORT_QUIET_SECONDS": str(STALE_SECONDS),
            "JOB_STALE_SECONDS": str(STALE_SECONDS),
            "LOG_LEVEL": "WARNING",
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """A Python process on this stage, which must end well."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.variables(),
            check=True,
            capture_output=True,
            text=True,
        )

    def check_ledger(self) -> tuple[int, str]:
        """Exit code and words of `manage.py check_ledger`."""
        done = subprocess.run(
            [sys.executable, "manage.py", "check_ledger"],
            cwd=ROOT,
            env=self.variables(),
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout

    def ask(self, query: str) -> int:
        """One number from the database, read beside the worker."""
        with contextlib.closing(
            sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)
        ) as connection:
            return connection.execute(query).fetchone()[0] or 0

    def done(self) -> int:
        """Lines that the job counted."""
        return self.ask("SELECT done_count FROM core_job")

    def booked(self) -> int:
        """Transfers of postings."""
        return self.ask("SELECT count(*) FROM ledger_transfer WHERE kind = 'posted'")

    def posted(self) -> int:
        """Lines that say they are posted."""
        return self.ask("SELECT count(*) FROM subsidies_line WHERE state = 'posted'")

    def start_worker(self) -> None:
        """Start the real worker, in a process group of its own; it takes up what is left."""
        command = ["-m", "celery", "-A", self.app, "worker", "--pool", "threads", "-c", "2", "-l", "ERROR"]
        with (self.folder / "worker.out").open("a") as output:
            self.worker = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.variables(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill_worker(self) -> None:
        """SIGKILL: no handler runs, nothing is put away."""
        assert self.worker is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait(30)
        self.worker = None

    def wait_for(self, reached, what: str) -> None:
        """Wait until `reached()`; what the worker printed is the failure's message."""
        deadline = time.monotonic() + READY_SECONDS
        while not reached():
            assert time.monotonic() < deadline, f"{what}\n{(self.folder / 'worker.out').read_text()[-3000:]}"
            time.sleep(0.01)

    def kill_when(self, reached, what: str, rng: random.Random) -> None:
        """Start the worker, wait for the moment, wait a little more by chance, kill; then until it counts as gone."""
        self.start_worker()
        self.wait_for(reached, what)
        time.sleep(rng.random() / 20)
        self.kill_worker()
        time.sleep(STALE_SECONDS + 0.5)

    def finish(self) -> None:
        """Let a worker do the rest."""
        self.start_worker()
        self.wait_for(
            lambda: self.ask("SELECT count(*) FROM core_job WHERE state = 'done'"), "the job did not end"
        )
        self.kill_worker()
