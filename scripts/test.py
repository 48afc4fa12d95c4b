"""`make test`: the development environment, then pytest on two processes, with a data folder of its own.

    python3 scripts/test.py [what pytest takes]

Standard library only. DATABASE_URL and CELERY_BROKER_URL are passed on: the same tests run on both engines.
"""

import os
import subprocess
import sys
import tempfile

import environment
from environment import ROOT, plain_endings


def main(arguments: "list[str]") -> int:
    """Run the tests; return pytest's own exit code."""
    with plain_endings(), tempfile.TemporaryDirectory(prefix="pension-test-") as folder:
        python = environment.ensure(environment.DEV_LOCK)
        dropped = ("DEMO", "PRODUCTION", "DEBUG")
        variables = {name: value for name, value in os.environ.items() if name not in dropped}
        variables.update(VAR_DIR=folder, PYTHONUTF8="1")
        # tests/conftest.py says how the tests are shared out.
        spread = ["-n", os.environ.get("TEST_PROCESSES", "2")]
        command = [str(python), "-m", "pytest", *spread, *arguments]
        return subprocess.run(command, cwd=str(ROOT), env=variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
