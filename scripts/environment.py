"""The Python environment of this project: found, made, and kept in step with a lock file.

Standard library only, and readable by any Python from 3.6 on: an old one gets a sentence, not a traceback.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
RUNTIME_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"


class Problem(Exception):
    """Something the person at the keyboard can mend; its text is the one line they read."""


class Stopped(BaseException):
    """Somebody asked this script to end: Ctrl-C, SIGTERM, or the terminal was closed."""


def say(text: str) -> None:
    """Print one line at once, whatever the terminal's encoding."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)


@contextlib.contextmanager
def plain_endings() -> Iterator[None]:
    """Let a script end in one line: a problem with code 1, a stop in the middle of things with code 130."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        yield
    except Problem as problem:
        say(str(problem))
        sys.exit(1)
    except PermissionError as error:
        say(f"没有写入权限：{error.filename}（no permission to write {error.filename}）")
        sys.exit(1)
    except OSError as error:
        say(f"无法读写：{error.filename or ''} {error.strerror}（cannot read or write: {error}）")
        sys.exit(1)
    except Stopped:
        sys.exit(130)


def _stop(number: int, frame: object) -> None:
    # A second signal must not break off the tidying up that the first one began.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def ensure(lock_name: str = RUNTIME_LOCK) -> Path:
    """Return the environment's python, with exactly what the lock names installed.

    Takes a fraction of a second where nothing changed. Raises Problem with one line.
    """
    folder = Path(os.environ.get("VENV", ROOT / ".venv")).absolute()
    python = folder / "bin" / "python"
    with _one_at_a_time():
        if not _is_usable(python):
            _make(folder)
        if _stamp(folder).get(lock_name) != _digest(lock_name):
            _install(folder, lock_name)
    return python


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold the project's folder, so that `make run` and `make test` do not install at the same time."""
    handle = os.open(str(ROOT), os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("另一个命令正在准备环境，请稍候（waiting for another command to prepare the environment）")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make(folder: Path) -> None:
    python = find_python()
    _need_room_to_write(folder)
    say(f"建立 Python 环境 {folder.name}（making the Python environment）")
    result = run_quietly([python, "-m", "venv", "--clear", str(folder)])
    if result.returncode:
        raise Problem(f"无法建立 Python 环境（cannot make the environment）：{last_line(result.stdout)}")


def find_python(candidates: "Sequence[str] | None" = None) -> str:
    """Return the first Python 3.11 to 3.13 that has venv and pip; raise Problem where there is none."""
    for candidate in candidates or _candidates():
        if _is_usable(candidate):
            return candidate
    found = ".".join(map(str, sys.version_info[:3]))
    raise Problem(
        f"需要带 venv 和 pip 的 Python 3.11 至 3.13，当前是 {found}，也未找到其他版本"
        f"（needs Python 3.11 to 3.13 with venv and pip; this is {found} and no other was found）"
    )


def _candidates() -> "list[str]":
    named = [shutil.which(f"python3.{minor}") for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    return [sys.executable, *(path for path in named if path)]


def _is_usable(python: "str | Path") -> bool:
    # Debian ships a python3 whose ensurepip is missing until python3-venv is installed.
    probe = f"import sys, venv, ensurepip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    try:
        return run_quietly([str(python), "-c", probe]).returncode == 0
    except OSError:
        return False


def _need_room_to_write(folder: Path) -> None:
    # Making an environment empties its folder: never one that holds anything else.
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
        raise Problem(f"{folder} 不是 Python 环境，请清空或改用其他 VENV（not an environment, left alone）")
    parent = folder if folder.exists() else folder.parent
    if not os.access(str(parent), os.W_OK):
        raise Problem(f"没有写入权限：{parent}（no permission to write {parent}）")


def _install(folder: Path, lock_name: str) -> None:
    began, log = time.monotonic(), folder / "install.log"
    say("安装依赖，约需一至两分钟（installing the locked dependencies, a minute or two）")
    command = [
        str(folder / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    command += ["--require-hashes", "--only-binary=:all:", "-r", str(ROOT / lock_name)]
    result = run_quietly(command)
    log.write_text(result.stdout, encoding="utf-8")
    if result.returncode:
        raise Problem(f"依赖安装失败，详见 {log}（installation failed）：{last_line(result.stdout)}")
    _write_stamp(folder, lock_name)
    say(f"依赖已安装，用时 {time.monotonic() - began:.0f} 秒（installed）")


def _digest(lock_name: str) -> str:
    return hashlib.sha256((ROOT / lock_name).read_bytes()).hexdigest()


def _stamp(folder: Path) -> "dict[str, str]":
    try:
        stamp = json.loads((folder / "installed.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(folder: Path, lock_name: str) -> None:
    """Note which lock the environment now holds; the development lock holds the other one too."""
    held = {lock_name: _digest(lock_name)}
    if lock_name == DEV_LOCK:
        held[RUNTIME_LOCK] = _digest(RUNTIME_LOCK)
    (folder / "installed.json").write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def run_quietly(command: Sequence[str], **options: object) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end with both outputs kept as text; end it with us when we are stopped."""
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        cwd=str(ROOT),
        start_new_session=True,
        **options,  # type: ignore[call-overload]
    )
    try:
        output, _ = process.communicate()
    except BaseException:
        end_group(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return subprocess.CompletedProcess(list(command), process.returncode, output)


def end_group(process_id: int, number: int = signal.SIGTERM) -> None:
    """Send a signal to a child's whole process group; a group that is gone is no fault."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process_id, number)


def last_line(output: str) -> str:
    """Return the line that says why a command failed: a failed check's sentence, else the last that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    failed_checks = [line for line in lines if re.match(r"\S+ \(\w+\.E\d+\) ", line)]
    if failed_checks:
        return failed_checks[0].partition(") ")[2]
    return lines[-1] if lines else ""
