"""Whose seal a paper must bear: the organisation's in Changshou, the village committee's in Jining."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.errors import RuleViolation
from subsidies.models import Attachment
from subsidies.services.applications import submit_application
from tests.subsidies import jining
from tests.subsidies.stages import PDF, drawn, with_papers

pytestmark = pytest.mark.django_db


@pytest.fixture
def jn(base_data):
    return jining.make_cast()


@pytest.fixture
def batch(jn):
    return jining.drawn(jining.make_village(), jn.clerk)


def submit(application, clerk):
    return submit_application(application.pk, by=jining.on(clerk, jining.APPLIED), declared_true=True)


@pytest.mark.rule("JN-12")
def test_in_jining_the_organisation_s_seal_alone_is_refused(batch, jn):
    jining.with_papers(batch, jn.clerk, ["organisation"])

    with pytest.raises(RuleViolation) as refused:
        submit(batch, jn.clerk)

    assert refused.value.code == "E-DOC-SEAL"
    assert (
        "集体补助申请须盖村（居）民委员会公章，可另盖村集体经济组织公章，现在只盖了村集体经济组织公章"
        in refused.value.message
    )
    assert "村（居）民委员会盖章同意" in refused.value.clause
    batch.refresh_from_db()
    assert (batch.state, batch.number) == ("draft", "")


@pytest.mark.rule("JN-12")
@pytest.mark.parametrize("seals", [["village_committee"], ["village_committee", "organisation"]])
def test_in_jining_the_committee_s_seal_is_enough_and_the_organisation_s_may_stand_beside(batch, jn, seals):
    jining.with_papers(batch, jn.clerk, seals)

    assert submit(batch, jn.clerk).state == "submitted"


@pytest.mark.rule("JN-12")
def test_two_scans_of_one_paper_bring_their_seals_together(batch, jn):
    jining.with_papers(batch, jn.clerk, ["organisation"])
    jining.with_papers(batch, jn.clerk, ["village_committee"])

    assert submit(batch, jn.clerk).state == "submitted"


@pytest.mark.rule("JN-12")
def test_the_page_asks_for_both_seals_and_tells_which_one_is_wanting(batch, jn, page):
    browser = page(jn.clerk, on=jining.APPLIED)
    asked = browser.get(reverse("application", args=[batch.pk])).content.decode()
    scan = SimpleUploadedFile("申请.pdf", PDF)
    browser.post(
        reverse("application-paper", args=[batch.pk]),
        {"kind": "application", "paper": scan, "seals": ["organisation"], "request_key": "a"},
    )
    shown = browser.get(reverse("application", args=[batch.pk])).content.decode()
    last = browser.get(reverse("application-submit", args=[batch.pk])).content.decode()

    assert "须盖村（居）民委员会公章，可另盖村集体经济组织公章" in asked
    assert asked.count('name="seals"') == 2
    assert "盖有村集体经济组织公章；须盖村（居）民委员会公章" in " ".join(shown.split())
    assert "还缺1份材料" in last


@pytest.mark.rule("CS-27")
def test_changshou_offers_the_organisation_s_seal_only(village, cast, by, page):
    application = drawn(village, cast, by)

    shown = page(cast.clerk, on="2024-06-19").get(reverse("application", args=[application.pk]))

    assert shown.content.decode().count('name="seals"') == 1
    assert "须盖村集体经济组织公章" in shown.content.decode()


@pytest.mark.rule("JN-12")
def test_the_form_to_print_says_which_seal_goes_where(batch, jn, page):
    browser = page(jn.clerk, on=jining.APPLIED)

    form = browser.get(reverse("application-print", args=[batch.pk])).content.decode()
    roster = browser.get(reverse("application-roster-print", args=[batch.pk])).content.decode()

    assert "集体补助申请须盖村（居）民委员会公章" in form
    assert "须盖村（居）民委员会公章" in roster


def test_rows_of_the_earlier_version_bear_the_seal_that_their_region_asks_for(batch, jn, village, cast, by):
    mine = drawn(village, cast, by)
    with_papers(mine, by(cast.clerk, "2024-06-19"))
    jining.with_papers(batch, jn.clerk, ["village_committee"])
    Attachment.objects.update(seals=[], is_sealed=True)
    migration = importlib.import_module("subsidies.migrations.0003_seals_of_papers")

    migration.name_the_seals(apps, None)

    assert [one.seals for one in mine.attachments.all()] == [["organisation"]] * 3
    assert [one.seals for one in batch.attachments.all()] == [["village_committee"]] * 2
