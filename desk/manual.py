"""The user manual (docs/manual, in Chinese), drawn as pages of the desk so that a closed network has it too."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import markdown
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from villages.enums import AGENCY, EVERYBODY, FINANCE, READERS, Role

FOLDER = settings.BASE_DIR / "docs" / "manual"
ROLES_OF_CHAPTER: dict[str, frozenset[str]] = {
    "start": EVERYBODY,
    "village": frozenset({Role.CLERK}),
    "agency": AGENCY,
    "tax": frozenset({Role.TAX}),
    "finance": FINANCE,
    "overseers": READERS,
    "admin": frozenset({Role.ADMIN}),
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: its name in the address, its title, whom it is for, its text as HTML."""

    slug: str
    title: str
    roles: frozenset[str]
    html: SafeString

    def is_for(self, roles: Collection[str]) -> bool:
        """Whether it is the chapter of somebody with these roles; the first one is everybody's."""
        return bool(self.roles & set(roles))


@cache
def chapters() -> tuple[Chapter, ...]:
    """All chapters in the order of their files (`2-village.md`)."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.md")))


def _read(path: Path) -> Chapter:
    title, text = path.read_text(encoding="utf-8").removeprefix("# ").split("\n", 1)
    slug = path.stem.split("-", 1)[1]
    # A line's end inside a Chinese paragraph is no space.
    text = re.sub(r"(?<=[。，；：！？）])\n(?=[^\n#|*\-\d])", "", text)
    html = markdown.markdown(text, extensions=["tables", "sane_lists"], output_format="html")
    # The frame scrolls a wide table and not the page.
    html = re.sub(r"<table>", '<div class="table-wrap"><table class="rows">', html).replace(
        "</table>", "</table></div>"
    )
    # The texts are the project's own files.
    return Chapter(slug, title, ROLES_OF_CHAPTER[slug], mark_safe(html))
