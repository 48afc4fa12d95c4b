"""Scanned papers: who may add and take them, what is judged, what an application still lacks."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.errors import (
    ActorNotPermitted,
    ImportRefused,
    InvalidInput,
    NotInArea,
    RuleViolation,
    TransitionNotAllowed,
)
from core.files import PAPER_BYTES, read_file
from core.models import Event
from policies.selectors import rulebook
from subsidies.models import Application, Attachment
from subsidies.services import attachments as services
from subsidies.services import plans as plan_services
from subsidies.services.attachments import Paper
from tests.subsidies.test_plans import content, in_force

pytestmark = pytest.mark.django_db
ON, OWN = "2024-06-21", ["organisation"]
PDF, PNG, JPEG = b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n0", b"\xff\xd8\xff\xe0"


@pytest.fixture
def draft(village, cast, by):
    return plan_services.draft_plan(
        village.organisation.pk, by=by(cast.clerk, ON), year=2024, content=content()
    )


@pytest.fixture
def application(village, cast, by):
    plan = in_force(village, by, cast.clerk)
    return Application.objects.create(
        plan=plan,
        organisation=village.organisation,
        year=2024,
        batch_no=1,
        drafted_by=cast.clerk,
        **village.organisation.area_codes(),
    )


@pytest.mark.parametrize(
    ("bytes_", "kind", "ending"),
    [(PDF, "application/pdf", ".pdf"), (PNG, "image/png", ".png"), (JPEG, "image/jpeg", ".jpg")],
)
def test_a_scan_is_known_by_its_content(draft, cast, by, bytes_, kind, ending):
    made = services.attach_paper(
        draft, by=by(cast.clerk, ON), paper=Paper("minutes", "..\\会议\x00.exe", bytes_, True)
    )

    assert (made.file.content_type, made.file.name) == (kind, f"会议{ending}")
    assert read_file(made.file) == bytes_
    assert made.plan == draft
    assert Event.objects.filter(act="subsidies.attach_paper", object_id=made.pk).count() == 1


@pytest.mark.parametrize("bytes_", [b"", b"PK\x03\x04", PDF + b"0" * PAPER_BYTES])
def test_an_empty_foreign_or_huge_file_is_refused(draft, cast, by, bytes_):
    with pytest.raises(ImportRefused):
        services.attach_paper(draft, by=by(cast.clerk, ON), paper=Paper("minutes", "a.pdf", bytes_))

    assert not Attachment.objects.exists()


def test_a_paper_needs_a_kind(draft, cast, by):
    with pytest.raises(InvalidInput):
        services.attach_paper(draft, by=by(cast.clerk, ON), paper=Paper(" ", "a.pdf", PDF))


def test_nobody_but_the_villages_clerk_adds_papers(draft, cast, by):
    with pytest.raises(NotInArea):
        services.attach_paper(draft, by=by(cast.stranger, ON), paper=Paper("minutes", "a.pdf", PDF))
    with pytest.raises(ActorNotPermitted):
        services.attach_paper(draft, by=by(cast.officer, ON), paper=Paper("minutes", "a.pdf", PDF))


def test_a_paper_of_a_plan_in_force_stays(village, cast, by):
    plan = in_force(village, by, cast.clerk)
    late = services.attach_paper(plan, by=by(cast.clerk, ON), paper=Paper("minutes", "a.pdf", PDF))

    with pytest.raises(TransitionNotAllowed):
        services.remove_attachment(late.pk, by=by(cast.clerk, ON))

    assert Attachment.objects.filter(pk=late.pk).exists()


def test_a_removed_paper_leaves_an_event_and_its_file_is_swept(draft, cast, by):
    made = services.attach_paper(draft, by=by(cast.clerk, ON), paper=Paper("minutes", "a.pdf", PDF))

    services.remove_attachment(made.pk, by=by(cast.clerk, ON))

    made.file.refresh_from_db()
    assert made.file.delete_after is not None
    assert not Attachment.objects.exists()
    assert Event.objects.filter(act="subsidies.remove_paper", object_id=made.pk).count() == 1


@pytest.mark.rule("CS-27")
def test_an_application_lacks_its_papers_by_name_and_then_their_seal(application, cast, by):
    rules = rulebook(application.village_code, on=date(2024, 6, 21))
    with pytest.raises(RuleViolation) as missing:
        services.require_application_papers(application, rulebook=rules)
    for kind, seals in (("application", OWN), ("roster", ())):
        paper = Paper(kind, "a.pdf", PDF, seals=seals)
        services.attach_paper(application, by=by(cast.clerk, ON), paper=paper)
    sealed = Paper("plan", "a.pdf", PDF, seals=OWN)
    services.attach_paper(application.plan, by=by(cast.clerk, ON), paper=sealed)

    with pytest.raises(RuleViolation) as unsealed:
        services.require_application_papers(application, rulebook=rules)
    again = Paper("roster", "b.pdf", PDF, seals=OWN)
    services.attach_paper(application, by=by(cast.clerk, ON), paper=again)

    assert missing.value.code == "E-DOC-MISSING"
    assert len(missing.value.rows) == 3
    assert (unsealed.value.code, unsealed.value.rows) == ("E-DOC-SEAL", ["集体补助人员名单和补助标准"])
    assert services.require_application_papers(application, rulebook=rules) is None


@pytest.mark.rule("CS-27")
def test_the_committee_s_seal_does_not_stand_for_the_organisation_s(application, cast, by):
    rules = rulebook(application.village_code, on=date(2024, 6, 21))
    for kind in ("plan", "application", "roster"):
        paper = Paper(kind, "a.pdf", PDF, seals=["village_committee"])
        services.attach_paper(application, by=by(cast.clerk, ON), paper=paper)

    with pytest.raises(RuleViolation) as refused:
        services.require_application_papers(application, rulebook=rules)

    assert (refused.value.code, len(refused.value.rows)) == ("E-DOC-SEAL", 3)
    assert "须盖村集体经济组织公章，现在只盖了村（居）民委员会公章" in refused.value.message


def test_a_tick_that_names_no_body_is_somebody_else_s_seal(draft, cast, by):
    made = services.attach_paper(
        draft, by=by(cast.clerk, ON), paper=Paper("income", "a.pdf", PDF, is_sealed=True)
    )

    assert (made.seals, made.seal_words) == ([], "已盖章")


def test_a_seal_of_nobody_known_is_refused(draft, cast, by):
    with pytest.raises(InvalidInput) as refused:
        services.attach_paper(
            draft, by=by(cast.clerk, ON), paper=Paper("minutes", "a.pdf", PDF, seals=["king"])
        )

    assert list(refused.value.fields) == ["seals"]
    assert not Attachment.objects.exists()


def test_papers_come_and_go_through_the_api(draft, cast, api):
    clerk = api(cast.clerk)
    scan = SimpleUploadedFile("会议.pdf", PDF)
    made = clerk.post(
        f"/api/plans/{draft.pk}/attachments/",
        {"file": scan, "kind": "minutes", "seals": ["organisation", "village_committee"], "on": ON},
        format="multipart",
        headers={"Idempotency-Key": "a"},
    )
    assert made.status_code == 201, made.data
    pk = made.data["id"]
    assert (made.data["seals"], made.data["is_sealed"]) == (["organisation", "village_committee"], True)

    assert clerk.get(f"/api/attachments/{pk}/").content == PDF
    assert api(cast.stranger).get(f"/api/attachments/{pk}/").status_code == 404
    assert [
        row["id"] for row in api(cast.officer).get(f"/api/plans/{draft.pk}/attachments/").data["results"]
    ] == [pk]
    gone = api(cast.clerk).delete(f"/api/attachments/{pk}/", {"on": ON}, headers={"Idempotency-Key": "b"})
    assert gone.status_code == 200, gone.data
    assert not Attachment.objects.exists()


@pytest.mark.rule("LAW-04")
@pytest.mark.parametrize("who", ["agriculture", "finance", "finance_reviewer", "tax"])
def test_a_roster_opens_only_to_those_who_may_read_its_application(application, cast, by, api, who):
    """Names and whole numbers of a village: an office that reads plans or refunds is not shown them by the way."""
    roster = services.attach_paper(application, by=by(cast.clerk, ON), paper=Paper("roster", "a.pdf", PDF))
    Application.objects.filter(pk=application.pk).update(state="submitted")

    assert api(getattr(cast, who)).get(f"/api/attachments/{roster.pk}/").status_code == 403
    assert api(cast.officer).get(f"/api/attachments/{roster.pk}/").content == PDF


def test_the_papers_of_a_draft_are_the_village_s_own_business(application, cast, by, api):
    roster = services.attach_paper(application, by=by(cast.clerk, ON), paper=Paper("roster", "a.pdf", PDF))

    assert api(cast.officer).get(f"/api/attachments/{roster.pk}/").status_code == 404
    assert api(cast.clerk).get(f"/api/attachments/{roster.pk}/").content == PDF


def test_the_papers_of_a_plan_open_to_all_who_read_plans(draft, cast, by, api):
    minutes = services.attach_paper(draft, by=by(cast.clerk, ON), paper=Paper("minutes", "a.pdf", PDF))

    assert api(cast.agriculture).get(f"/api/attachments/{minutes.pk}/").content == PDF
    assert api(cast.tax).get(f"/api/attachments/{minutes.pk}/").status_code == 403
