"""Two at once: threads that start together, and what each was told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from core.errors import PensionError


def race(*acts: Callable[[], Any]) -> list[str]:
    """Run the acts at once; "done" or the refusal's code for each, sorted; "broken: …" for anything else."""
    start, outcomes = threading.Barrier(len(acts), timeout=10), []

    def run(act: Callable[[], Any]) -> None:
        try:
            start.wait()
            act()
            outcomes.append("done")
        except PensionError as error:
            outcomes.append(error.code)
        except Exception as error:
            outcomes.append(f"broken: {error!r}")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(outcomes)
