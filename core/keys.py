"""The key file, made at the first start and kept outside git. Standard library only: settings read it."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path


def ensure_keys(path: Path) -> dict[str, str]:
    """Read the key file, making it with owner-only rights when it is the first start."""
    if not path.exists():
        keys = {
            "data": base64.b64encode(secrets.token_bytes(32)).decode(),
            "django": secrets.token_urlsafe(50),
        }
        temporary = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            json.dump(keys, file)
        try:
            # Several processes start at once: the first link wins and all read that one.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return json.loads(path.read_text())
