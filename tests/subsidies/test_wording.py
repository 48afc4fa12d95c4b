"""Jining's scheme is 居民基本养老保险 on every page and paper, never 城乡居民 (JN-02)."""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import urldefrag, urljoin

import pytest
from django.test import Client
from django.urls import reverse

from policies.selectors import reasons
from rewards import services as rewards
from rewards.models import CommendationNotice
from subsidies.models import Application, PaymentNotice, Plan
from subsidies.services.applications import submit_application
from tests import factories
from tests.batches import posted_batch
from tests.subsidies import jining, stages

pytestmark = pytest.mark.django_db
FORBIDDEN = "城乡居民"
# Names of documents keep their own words.
TITLES = re.compile(r"《[^》]*》")
# All regions' documents stand there side by side.
OTHERS = ("/policies/", "/help/", "/logout", "/static", "/api", "/admin")
MOST_PAGES = 90


@pytest.fixture
def jn(base_data):
    return jining.make_cast()


@pytest.fixture
def village(jn):
    """A village with a batch that waits for its money and one that is posted, and a commendation."""
    found = jining.make_village(members=4)
    batch = jining.drawn(found, jn.clerk)
    jining.with_papers(batch, jn.clerk, ["village_committee"])
    submit_application(batch.pk, by=jining.on(jn.clerk, jining.APPLIED), declared_true=True)
    stages.confirmed(batch, jn, jining.on)
    posted_batch(found, jn, members=[factories.member(found.organisation)])
    rewards.propose_commendation(
        jining.YUTAI, 2024, [found.organisation.pk], by=jining.on(jn.officer, "2025-02-01")
    )
    return found


def papers() -> list[str]:
    """The address of every paper that is printed of these batches."""
    by_name = {
        "application-print": Application, "application-roster-print": Application,
        "application-public-print": Application, "application-result-print": Application,
        "notice-print": PaymentNotice, "feedback-print": Application, "slips-print": Application,
        "plan-print": Plan, "plan-decision-print": Plan, "commendation-print": CommendationNotice,
    }  # fmt: skip
    return [
        reverse(name, args=[pk])
        for name, model in by_name.items()
        for pk in model.objects.values_list("pk", flat=True)
    ]


def texts(client: Client) -> dict[str, str]:
    """Every kind of page that links lead to from the home page, by address, without the names of documents."""
    waiting, seen = deque(["/"]), set()
    found: dict[str, str] = {}
    while waiting and len(found) < MOST_PAGES:
        path = waiting.popleft()
        shape = re.sub(r"\d+", "N", re.sub(r"=[^&]*", "", path))
        if shape in seen:
            continue
        seen.add(shape)
        answer = client.get(path)
        if answer.streaming or "html" not in answer.get("Content-Type", ""):
            continue
        text = found[path] = TITLES.sub("", answer.content.decode())
        for href in re.findall(r'<a[^>]*\shref="([^"#][^"]*)"', text):
            target = urldefrag(urljoin(path, href.replace("&amp;", "&")))[0]
            if target.startswith("/") and not target.startswith(OTHERS):
                waiting.append(target)
    return found


@pytest.mark.rule("JN-02")
@pytest.mark.parametrize("who", ["clerk", "officer", "tax"])
def test_no_page_of_jining_says_城乡居民(jn, village, page, who):
    found = texts(page(getattr(jn, who), on="2025-02-02"))

    assert [path for path, text in found.items() if FORBIDDEN in text] == []
    assert len(found) > 10


@pytest.mark.rule("JN-02")
def test_no_paper_of_jining_says_城乡居民_and_most_say_居民基本养老保险(jn, village, page):
    browser = page(jn.officer, on="2025-02-02")
    found = {path: browser.get(path) for path in papers()}
    said = {
        path: TITLES.sub("", one.content.decode()) for path, one in found.items() if one.status_code == 200
    }

    assert [path for path, text in said.items() if FORBIDDEN in text] == []
    assert len([text for text in said.values() if "居民基本养老保险" in text]) > 8


@pytest.mark.rule("JN-02")
def test_no_message_and_no_login_page_says_城乡居民(base_data, client):
    assert [code for code, row in reasons().items() if FORBIDDEN in row.text + row.remedy] == []
    assert FORBIDDEN not in TITLES.sub("", client.get(reverse("login")).content.decode())


def test_the_papers_of_changshou_do_say_城乡居民(village, cast, page):
    """The control: the same papers, by the name of their own scheme."""
    own = posted_batch(factories.make_village(), cast)
    paper = page(cast.officer, on="2024-07-02").get(reverse("application-print", args=[own.pk]))

    assert FORBIDDEN in paper.content.decode()
