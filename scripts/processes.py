"""Processes that live and die together: started, watched, brought back when one dies, ended as one.

Standard library only. Each child leads a process group of its own, so that what it forked ends with it.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Mapping, Sequence

from environment import ROOT, Problem, end_group, last_line, say

QUICK_DEATH_SECONDS = 5
QUICK_DEATHS_ALLOWED = 5
PATIENCE_SECONDS = 4
LOG_BYTES_KEPT = 5_000_000


class Child:
    """One process that is kept alive, with a log of its own."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, orphan_signal: int) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.orphan_signal = orphan_signal
        self.quick_deaths = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        # Nobody is brought back who was never sent for.
        self.restart_at = float("inf")

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the process; what it says goes to its log."""
        self.started_at = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=str(ROOT),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_orphan_gets(self.orphan_signal),
            )

    @property
    def process_id(self) -> int:
        """The number of the process, 0 before its first start."""
        return self.process.pid if self.process else 0

    def has_died(self) -> bool:
        """Say whether the process ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def bury(self) -> None:
        """Clear away what a dead process left in its group, and decide when the next one may start."""
        assert self.process is not None
        end_group(self.process.pid, signal.SIGKILL)
        code, self.process = self.process.returncode, None
        is_quick = time.monotonic() - self.started_at < QUICK_DEATH_SECONDS
        self.quick_deaths = self.quick_deaths + 1 if is_quick else 0
        if self.quick_deaths >= QUICK_DEATHS_ALLOWED:
            raise Problem(
                f"{self.name} 一再退出，已停止，详见 {self.log}（{self.name} keeps dying, code {code}）："
                f"{last_line(_tail(self.log))}"
            )
        wait = self.quick_deaths * 0.5
        self.restart_at = time.monotonic() + wait
        say(f"{self.name} 意外退出，正在重新启动（{self.name} ended with code {code}, starting it again）")


class Family:
    """All children together; `changed` is told whenever their process numbers change."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        environment: Mapping[str, str],
        changed: "Callable[[dict[str, int]], None]" = lambda processes: None,
    ) -> None:
        self.children = list(children)
        self.environment = environment
        self.changed = changed

    def start(self, *names: str) -> None:
        """Start the children of these names, or every one."""
        for child in self.children:
            if names and child.name not in names:
                continue
            _shorten(child.log)
            child.start(self.environment)
        self._tell()

    def look_after(self) -> None:
        """Bring back whoever died; raise Problem when one cannot stay alive."""
        for child in self.children:
            if child.has_died():
                child.bury()
            if child.process is None and time.monotonic() >= child.restart_at:
                child.start(self.environment)
                self._tell()

    def stop(self) -> None:
        """End every child, kindly first; whoever is not gone after a few seconds is killed with its group."""
        alive = [child.process for child in self.children if child.process is not None]
        for process in alive:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_SECONDS
        for process in alive:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            end_group(process.pid, signal.SIGKILL)
            process.wait()

    def _tell(self) -> None:
        self.changed({child.name: child.process_id for child in self.children})


def _orphan_gets(number: int) -> "Callable[[], None] | None":
    """Let Linux send the child a signal when we are killed outright and can no longer end it."""
    if not sys.platform.startswith("linux"):
        return None
    library, parent = ctypes.CDLL(None), os.getpid()

    def ask_kernel() -> None:
        set_parent_death_signal = 1
        library.prctl(set_parent_death_signal, number)
        if os.getppid() != parent:
            os.kill(os.getpid(), number)

    return ask_kernel


def _shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES_KEPT:
        log.replace(log.with_suffix(".old.log"))


def _tail(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4000))
        return file.read().decode("utf-8", "replace")
