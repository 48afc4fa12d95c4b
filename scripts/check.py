"""`make check`: everything that judges the code without running it; `make fix` mends what a tool can mend.

    python3 scripts/check.py [fix]

Standard library only.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import environment
from environment import ROOT, Problem, plain_endings, run_quietly, say

CHECKS = {
    "ruff": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "djlint": ["-m", "djlint", "templates", "--lint", "--quiet"],
    "djlint format": ["-m", "djlint", "templates", "--check", "--quiet"],
    "mypy": ["-m", "mypy"],
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    "django check": ["manage.py", "check", "--fail-level", "WARNING"],
    "migrations": ["manage.py", "makemigrations", "--check", "--dry-run"],
}
FIXES = [
    ["-m", "ruff", "check", "--fix", "--quiet", "."],
    ["-m", "ruff", "format", "--quiet", "."],
    # A line that the first pass shortened is joined or split by the second.
    ["-m", "djlint", "templates", "--reformat", "--quiet"],
    ["-m", "djlint", "templates", "--reformat", "--quiet"],
]


def main(arguments: "list[str]") -> None:
    """Check or fix; code 1 where something is left to mend."""
    with plain_endings(), tempfile.TemporaryDirectory(prefix="pension-check-") as folder:
        python = environment.ensure(environment.DEV_LOCK)
        variables = {**os.environ, "VAR_DIR": folder, "PYTHONUTF8": "1"}
        if arguments == ["fix"]:
            fix(python)
        elif arguments:
            raise Problem("用法（usage）：python3 scripts/check.py [fix]")
        else:
            check(python, variables)


def check(python: Path, variables: "dict[str, str]") -> None:
    """Run every check, show what the failing ones say, and raise Problem naming them."""
    failed = []
    for name, arguments in CHECKS.items():
        result = run_quietly([str(python), *arguments], env=variables)
        say(f"{name:<14} {'failed' if result.returncode else 'passed'}")
        if result.returncode:
            failed.append(name)
            say(result.stdout.rstrip())
    if failed:
        raise Problem(f"未通过（failed）：{', '.join(failed)}")


def fix(python: Path) -> None:
    """Let the tools mend what they can; what is left is shown by `make check`."""
    for arguments in FIXES:
        subprocess.run([str(python), *arguments], cwd=str(ROOT), check=False)


if __name__ == "__main__":
    main(sys.argv[1:])
