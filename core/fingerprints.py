"""Fingerprints of texts: whether something still says what it said."""

from __future__ import annotations

import hashlib

WHOLE_BYTES, SHORT_BYTES = 16, 8


def fingerprint(text: str) -> str:
    """32 hexadecimal digits of a text."""
    return hashlib.blake2s(text.encode(), digest_size=WHOLE_BYTES).hexdigest()


def short_fingerprint(text: str) -> str:
    """16 hexadecimal digits of a text, where people compare them."""
    return hashlib.blake2s(text.encode(), digest_size=SHORT_BYTES).hexdigest()
