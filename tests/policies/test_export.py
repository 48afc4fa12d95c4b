"""A rulebook written back to its file format is the same rulebook."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from core.errors import NotInArea
from policies.export import rulebook_text
from policies.files import Place, RulebookFile, read_rulebook
from policies.models import Clause, PolicyDocument, PolicyRevision, PolicyValue
from tests import factories
from tests.rulebooks import load_rulebook

pytestmark = pytest.mark.django_db
FILES = sorted((Path(settings.BASE_DIR) / "fixtures" / "policies").glob("*.yaml"))
NOWHERE = Place("")


def plain(file: RulebookFile) -> tuple:
    """What a file says, without where in it; a first day that is the document's own is left out."""
    begins = {document.key: document.fields["effective_on"] for document in file.documents}
    values = [
        replace(
            value,
            place=NOWHERE,
            valid_from=None if value.valid_from == begins.get(value.document) else value.valid_from,
        )
        for value in file.values
    ]
    return file.region_code, file.documents, sorted(values, key=repr)


def written(path: Path, region_code: str) -> Path:
    path.write_text(rulebook_text(region_code), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_written_says_what_was_read(base_data, tmp_path, path):
    original = read_rulebook(path)

    again = read_rulebook(written(tmp_path / "again.yaml", original.region_code))

    assert plain(again) == plain(original)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_loading_what_was_written_changes_nothing(base_data, tmp_path, path):
    token = PolicyRevision.objects.get().token
    before = list(PolicyValue.objects.order_by("pk").values())

    report = load_rulebook(written(tmp_path / "again.yaml", read_rulebook(path).region_code))

    assert not report.touched
    assert list(PolicyValue.objects.order_by("pk").values()) == before
    assert PolicyRevision.objects.get().token == token


def test_a_rulebook_moves_to_an_empty_installation(base_data, tmp_path):
    """What was written is enough: nothing of the region needs to be there."""
    region = "500115000000"
    path = written(tmp_path / "moved.yaml", region)
    said = list(
        PolicyValue.objects.filter(region_code=region).values_list("name", "key", "value", "valid_from")
    )
    PolicyValue.objects.filter(region_code=region).delete()
    Clause.objects.filter(document__region_code=region).delete()
    PolicyDocument.objects.filter(region_code=region).delete()

    load_rulebook(path)

    rows = PolicyValue.objects.filter(region_code=region)
    assert list(rows.values_list("name", "key", "value", "valid_from")) == said


def test_a_region_without_rulebook_has_no_file(base_data):
    with pytest.raises(NotInArea):
        rulebook_text("500243000000")


def test_an_approved_later_validity_goes_along(cast, by, tmp_path, settings):
    from policies.amendments import services
    from policies.amendments.requests import AmendmentRequest
    from villages.enums import Role

    settings.DEMO = True
    request = AmendmentRequest(
        "notice_payment_days", {"": "20"}, date(2026, 12, 1), "新定", "document",
        clause_id=Clause.objects.get(document__key="CS", key="附件四").pk,
    )  # fmt: skip
    row = services.propose_amendment(factories.COUNTY, by=by(cast.admin, "2026-11-23"), request=request)
    second = factories.account("admin2", factories.COUNTY, Role.ADMIN)
    services.approve_amendment(row.pk, by=by(second, "2026-11-23"))

    file = read_rulebook(written(tmp_path / "later.yaml", factories.COUNTY))

    found = [value for value in file.values if value.name == "notice_payment_days"]
    assert [(one.value, one.valid_from, one.valid_to) for one in found] == [
        ("15", None, date(2026, 11, 30)),
        ("20", date(2026, 12, 1), None),
    ]
