"""The manual: each role finds its own chapter first, and what it says can be found on the pages."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from desk.manual import ROLES_OF_CHAPTER, chapters
from villages.enums import EVERYBODY

pytestmark = pytest.mark.django_db
PAGES = [*(settings.BASE_DIR / "templates").rglob("*.html"), *settings.BASE_DIR.glob("*/**/*.py")]


@pytest.mark.parametrize(
    ("who", "title"),
    [
        ("clerk", "村文书"),
        ("officer", "社保经办和复核"),
        ("tax", "税务"),
        ("district", "镇街、农业农村、民政、区级主管和审计"),
    ],
)
def test_each_role_finds_its_own_chapter_first(cast, page, who, title):
    answer = page(getattr(cast, who)).get(reverse("help"))
    assert answer.context["shown"].title == title
    assert f"<h1>{title}</h1>" in re.sub(
        r"<h1[^>]*>\s*(.*?)\s*</h1>", r"<h1>\1</h1>", answer.content.decode()
    )


def test_every_role_has_a_chapter_and_every_chapter_opens(cast, page):
    assert (
        frozenset().union(*(roles for slug, roles in ROLES_OF_CHAPTER.items() if slug != "start"))
        == EVERYBODY
    )
    for chapter in chapters():
        answer = page(cast.clerk).get(reverse("help-chapter", args=[chapter.slug]))
        assert answer.status_code == 200 and "<h2>" in answer.content.decode()
    assert page(cast.clerk).get(reverse("help-chapter", args=["nonsense"])).status_code == 404


def test_every_button_the_manual_names_stands_on_a_page():
    pages = "\n".join(path.read_text(encoding="utf-8") for path in PAGES if "migrations" not in path.parts)
    named = {(c.slug, word) for c in chapters() for word in re.findall("点“([^”]+)”", c.html)}
    assert len(named) > 15
    assert sorted((slug, word) for slug, word in named if word not in pages) == []
