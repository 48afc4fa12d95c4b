"""Personal data at rest: AES-GCM for what is kept, a keyed HMAC for what must be found again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from core.keys import ensure_keys

NONCE_BYTES = 12
KEY_BYTES = 32


def read_master_key() -> bytes:
    """The key of this installation. Raises ImproperlyConfigured unless it is 32 bytes in base64."""
    if settings.DATA_KEY:
        place, encoded = "DATA_KEY", settings.DATA_KEY
    else:
        place, encoded = f"{settings.KEY_FILE}里的data", ensure_keys(settings.KEY_FILE)["data"]
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(
            f"{place} 须是{KEY_BYTES}字节密钥的base64写法（共44个字符），现在读出{len(key)}字节；"
            "请填写原来的密钥，换一个密钥就读不出已有的身份证号和账号。"
        )
    return key


@cache
def _master_key() -> bytes:
    return read_master_key()


@cache
def _subkey(purpose: str) -> bytes:
    return hmac.new(_master_key(), purpose.encode(), hashlib.sha256).digest()


def encrypt_bytes(content: bytes) -> bytes:
    """Encrypt with a fresh nonce; the nonce leads the result."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_subkey("encrypt")).encrypt(nonce, content, None)


def decrypt_bytes(content: bytes) -> bytes:
    """Undo `encrypt_bytes`; raises `cryptography.exceptions.InvalidTag` on any tampering."""
    return AESGCM(_subkey("encrypt")).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], None)


def encrypt_text(text: str) -> str:
    """Encrypt text for a text column; the empty text stays empty."""
    return base64.b64encode(encrypt_bytes(text.encode())).decode() if text else ""


def decrypt_text(text: str) -> str:
    """Undo `encrypt_text`."""
    return decrypt_bytes(base64.b64decode(text)).decode() if text else ""


def blind_index(text: str, *, purpose: str) -> str:
    """Keyed digest by which an encrypted value is found: 32 hex characters, equal for equal texts."""
    return hmac.new(_subkey(f"index:{purpose}"), text.encode(), hashlib.sha256).hexdigest()[:32]


class EncryptedTextField(models.TextField):
    """A text column that is encrypted in the database and plain in Python. It cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else encrypt_text(str(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if value is None else decrypt_text(value)


class EncryptedJSONField(models.TextField):
    """A JSON document that is encrypted in the database."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt_text(json.dumps(value, ensure_ascii=False))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return json.loads(decrypt_text(value)) if value else None

    def to_python(self, value: Any) -> Any:
        return value
