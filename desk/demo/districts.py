"""The files of the demo's districts: who works there, which villages, how far each is."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from django.conf import settings

DEMO_FOLDER = settings.BASE_DIR / "fixtures" / "demo"

District = dict[str, Any]


@cache
def shared() -> dict[str, Any]:
    """What all districts have in common: names, password, dates of the acts."""
    return _read("demo")


@cache
def districts() -> tuple[District, ...]:
    """The districts in the order of the login page, each with what it does not say itself from the shared file."""
    return tuple(_completed(_read(key) | {"key": key}) for key in shared()["districts"])


def district_of(code: str) -> District:
    """The district to whose counties a place belongs, by its 12-digit code."""
    return next(one for one in districts() if county_of(code) in one["counties"])


def county_of(code: str) -> str:
    """The code of the county of a town or village."""
    return code[:6].ljust(12, "0")


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((DEMO_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def _completed(own: District) -> District:
    common = shared()
    days = {
        name: common["days"][name] | own.get("days", {}).get(name, {})
        for name in ("before_today", "after_start")
    }
    return common | own | {"days": {**common["days"], **days}}
