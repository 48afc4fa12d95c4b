"""A container's own health check: code 0 while web answers, or while worker or beat gave a sign of life lately.

    python scripts/healthy.py web|worker|beat

Standard library only: it runs every few seconds, and loading Django would cost more than it tells.
"""

import http.client
import os
import sys
import time

ALIVE_SECONDS = 30


def is_healthy(name: str) -> bool:
    """Say whether this container does its work."""
    return web_answers() if name == "web" else heart_beats(name)


def web_answers() -> bool:
    """Say whether /healthz answers 200, as it does while pages can be served."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def heart_beats(name: str) -> bool:
    """Say whether worker or beat touched its file within the last half minute."""
    try:
        beaten_at = os.stat(os.path.join(os.environ.get("HEART_DIR", "var"), f"heart-{name}")).st_mtime
    except OSError:
        return False
    return time.time() - beaten_at <= ALIVE_SECONDS


if __name__ == "__main__":
    sys.exit(0 if is_healthy(sys.argv[1]) else 1)
