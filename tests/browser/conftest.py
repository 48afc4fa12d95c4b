"""One site for the years of all districts that a process walks: organisations and accounts, no members yet."""

import pytest

from tests.launched import launched


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with launched(tmp_path_factory.mktemp("year") / "var", DEMO_VILLAGES="0", DEMO="1") as started:
        yield started
