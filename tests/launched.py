"""The real launcher on a data folder of its own: what tests of the whole house start, look at and kill."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from environment import ROOT

READY_SECONDS = 240


class Launched:
    """One running `scripts/run.py`: its address, what it printed, and the numbers of its processes."""

    def __init__(self, var, **variables):
        self.var = Path(var)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.output = self.var.with_suffix(".out")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "scripts/run.py"],
                cwd=ROOT,
                env=launcher_variables(VAR_DIR=str(self.var), PORT=str(self.port), **variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self):
        """Wait for the launcher to say that it is ready; what it printed is the failure's message."""
        deadline = time.monotonic() + READY_SECONDS
        while "Ctrl-C" not in self.printed():
            assert self.process.poll() is None and time.monotonic() < deadline, self.printed()
            time.sleep(0.1)
        return self

    def printed(self):
        """Return everything it printed so far."""
        return self.output.read_text(encoding="utf-8")

    def process_id(self, name):
        """Return the number of "web", "worker" or "beat"."""
        return json.loads((self.var / "launcher.json").read_text())["processes"][name]

    def health(self):
        """Return what /healthz says."""
        with urllib.request.urlopen(f"{self.address}/healthz", timeout=30) as answer:
            return json.load(answer)

    def stop(self):
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextlib.contextmanager
def launched(var, **variables):
    """Start the real launcher, give it once it is ready, and end it."""
    site = Launched(var, **variables)
    try:
        yield site.wait_until_ready()
    finally:
        if site.process.poll() is None:
            site.stop()


def run_launcher(*arguments, **variables):
    """Run the launcher where it is expected to end by itself; return its code and its lines."""
    result = subprocess.run(
        [sys.executable, "scripts/run.py", *arguments],
        cwd=ROOT,
        env=launcher_variables(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    return result.returncode, (result.stdout + result.stderr).splitlines()


def launcher_variables(**variables):
    """Return the environment of a launcher: this test's Python environment, nothing of its databases."""
    dropped = ("DATABASE_URL", "CELERY_BROKER_URL", "DEMO", "PRODUCTION", "HOST", "ALLOWED_HOSTS")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "VENV": sys.prefix, **variables}


def free_port():
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
