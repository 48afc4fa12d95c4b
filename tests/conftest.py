"""The small cast and the district that all tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, TransactionTestCase
from rest_framework.test import APIClient

from core.enums import JobState
from core.jobs import run_job
from core.models import Job, User
from core.workflow import By
from tests import factories
from tests.triggers import triggers_lifted
from villages.models import Region

# What these files start or learn, such as a whole site or the answer of every door, is had once: their tests stay on
# one process.
STAY_TOGETHER = {"setup", "browser", "test_kill.py", "test_doors.py", "test_rule_table.py"}
# What walks through pages, interfaces and whole sites, beside the files named *_pages.py and *_api.py.
WALKED = {"api", "browser", "setup", "test_doors.py", "test_links.py"}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share all other tests out one by one, so that a slow file does not hold one process while the other waits."""
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::", 1)[0]
            return nodeid if STAY_TOGETHER.isdisjoint(path.split("/")) else path

    return Sharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Collect what the engine can tell: two writers at once on PostgreSQL, one writer and the launcher on SQLite.

    Counting makes a test two thirds slower. Coverage asks whether the rooms' own tests reach their rules and
    services, so it rests while pages, interfaces and whole sites are walked.
    """
    for item in items:
        place = item.path.relative_to(config.rootpath)
        if not WALKED.isdisjoint(place.parts) or place.stem.endswith(("_pages", "_api")):
            item.add_marker("no_cover")
    elsewhere = {"launcher", "sqlite"} if connection.vendor == "postgresql" else {"pg"}
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in elsewhere)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session", autouse=True)
def _private_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files and queue of the tests go to a folder of their own."""
    from django.conf import settings

    folder: Path = tmp_path_factory.mktemp("var")
    settings.FILES_ROOT = folder / "files"
    # The real hasher would spend a minute of every run on invented passwords.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Every new client would list all static files before its first answer; so it looks for the one asked for.
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs wait in their rows until a test runs them (`run_jobs`); worker tests start a real worker."""
    monkeypatch.setattr("core.jobs.send_job", lambda job_id: None)


@pytest.fixture(scope="session", autouse=True)
def _flush_lifts_triggers() -> Iterator[None]:
    """The flush of a transactional test may delete append-only rows; nothing else may."""
    teardown = TransactionTestCase._fixture_teardown

    def lifted(self: Any) -> None:
        with triggers_lifted():
            teardown(self)

    TransactionTestCase._fixture_teardown = lifted
    yield
    TransactionTestCase._fixture_teardown = teardown


def load_base_data() -> None:
    """Regions and policies, as a fresh installation has them."""
    if not Region.objects.exists():
        call_command("load_regions", verbosity=0)
        call_command("load_policies", verbosity=0)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        load_base_data()


@pytest.fixture
def base_data(db: None) -> None:
    """Regions and policies, also after a transactional test flushed them."""
    load_base_data()


@pytest.fixture
def cast(base_data: None) -> SimpleNamespace:
    """One account a role in Changshou; `stranger` is a clerk of another village, `foreign_*` of another county."""
    return factories.make_cast()


@pytest.fixture
def village(base_data: None) -> factories.Village:
    """石门村 with 30 members who paid for 2024, its income declared."""
    return factories.make_village("500115002203", members=30)


@pytest.fixture
def by() -> Callable[..., By]:
    """`by(cast.clerk, "2024-06-19")`: who acts, as of when."""

    def make(actor: User, on: str | date, **more: Any) -> By:
        return replace(By(actor=actor, on=date.fromisoformat(on) if isinstance(on, str) else on), **more)

    return make


@pytest.fixture
def run_jobs() -> Callable[[], int]:
    """Run every queued job to its end in this process; returns how many."""

    def run() -> int:
        ids = list(Job.objects.filter(state=JobState.QUEUED).values_list("pk", flat=True))
        return sum(run_job(job_id) for job_id in ids)

    return run


@pytest.fixture
def page(client: Client) -> Callable[..., Client]:
    """`page(cast.clerk, on="2024-06-19")`: a logged-in browser with that working date."""

    def login(user: User, on: str = "") -> Client:
        client.force_login(user)
        if on:
            session = client.session
            session["working_date"] = on
            session.save()
        return client

    return login


@pytest.fixture
def api() -> Callable[[User], APIClient]:
    """`api(cast.officer)`: an API client with that user's token."""

    def login(user: User) -> APIClient:
        from rest_framework.authtoken.models import Token

        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=user)[0].key}")
        return client

    return login


@pytest.fixture
def books_hold(db: None) -> Iterator[Callable[[], list[str]]]:
    """The ledger is compared with its causes at the test's end, and whenever the test calls it."""
    from ledger.checks import problems

    def wrong() -> list[str]:
        return [str(problem) for problem in problems()]

    yield wrong
    assert wrong() == []
