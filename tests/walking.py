"""A reader who follows every link he is shown, one page of each kind."""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import urldefrag, urljoin

from django.test import Client


def closed_doors(client: Client, *, most: int) -> list[str]:
    """The links, from the home page on, that do not open; at most so many kinds of pages are tried."""
    waiting = deque([("/", "")])
    seen: set[str] = set()
    closed = []
    while waiting and len(seen) < most:
        path, source = waiting.popleft()
        if _shape(path) in seen:
            continue
        seen.add(_shape(path))
        answer = client.get(path)
        if answer.status_code >= 400:
            closed.append(f"{source} → {path}: {answer.status_code}")
        if "html" not in answer.get("Content-Type", "") or answer.streaming:
            continue
        for href in re.findall(r'<a[^>]*\shref="([^"#][^"]*)"', answer.content.decode()):
            target = urldefrag(urljoin(path, href.replace("&amp;", "&")))[0]
            if target.startswith("/") and not target.startswith(("/logout", "/static", "/api", "/admin")):
                waiting.append((target, path))
    return closed


def _shape(path: str) -> str:
    return re.sub(r"\d+", "N", re.sub(r"=[^&]*", "", path))
