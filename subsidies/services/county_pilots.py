"""A county applies for the pilot; the city's human resources department weighs it and decides. Source: JN-04."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from core.access import access_of
from core.errors import ActorNotPermitted, InvalidInput, NotInArea, TransitionNotAllowed
from core.lengths import DOCUMENT_TEXT, LONG_TEXT, REASON_TEXT, REMARK_TEXT
from core.models import User
from core.workflow import By, Effect, require_text, run_creation, run_step
from policies.rules import SELECTED_COUNTIES
from policies.selectors import Rulebook, rulebook
from subsidies.models import CountyPilot
from subsidies.selectors.county_pilots import is_selected, waits
from subsidies.workflow import county_pilots as steps
from villages.models import Region

TEXT_LENGTH, DOCUMENT_LENGTH, REASON_LENGTH, REMARK_LENGTH = (
    LONG_TEXT,
    DOCUMENT_TEXT,
    REASON_TEXT,
    REMARK_TEXT,
)


@dataclass(frozen=True, slots=True)
class Assessed:
    """What was found of one criterion of the rulebook (`pilot_county_criterion`)."""

    key: str
    is_met: bool
    remark: str = ""


def apply_for_pilot(county_code: str, *, by: By, statement: str, document: str = "") -> CountyPilot:
    """The county asks the city to take it into the pilot.

    Raises TransitionNotAllowed where the rulebook has no counties apply and for a county that waits or is in already,
    InvalidInput without a statement. Source: JN-04.
    """
    statement = require_text(
        statement, _("请写明申请的理由，如集体经济实力、养老保险工作情况。"), name="statement"
    )
    county = Region.objects.filter(pk=county_code, county_code=county_code).first()
    if county is None:
        raise NotInArea

    def create() -> tuple[CountyPilot, Effect]:
        _require_counties_apply(rulebook(county_code, on=by.on))
        _require_free(county_code, by)
        row = CountyPilot.objects.create(
            statement=statement[:TEXT_LENGTH],
            application_document=document.strip()[:DOCUMENT_LENGTH],
            applied_on=by.on,
            applied_by=by.actor,
            last_acted_on=by.on,
            **county.area_codes(),
        )
        return row, Effect()

    return run_creation(steps.APPLY, county, by=by, create=create)


def _require_counties_apply(rules: Rulebook) -> None:
    scope, applies = rules.get("pilot_scope"), rules.get("pilot_county_applies")
    if scope is not None and scope.value == SELECTED_COUNTIES and applies and applies.value is True:
        return
    message = _("本地的政策文件没有规定由县（市、区）申请试点，不用申请。")
    raise TransitionNotAllowed(message, clause=scope.clause.cited if scope else "")


def _require_free(county_code: str, by: By) -> None:
    if is_selected(county_code, on=by.on):
        raise TransitionNotAllowed(_("本县（市、区）已经是试点县，不用再申请。"))
    if waits(county_code):
        raise TransitionNotAllowed(_("已经提出申请，请等市里选定。"))


def select_county(pilot_id: int, *, by: By, assessed: Sequence[Assessed], document: str) -> CountyPilot:
    """The city takes the county in from the act's day, with the assessment form and the document that says so.

    Raises ActorNotPermitted below the city, InvalidInput for a criterion left open or a missing document.
    """
    document = require_text(document, _("请写明选定的文件名称或文号。"), name="document")

    def effect(row: CountyPilot) -> Effect:
        _require_above(by.actor)
        row.assessment = _form(assessed, rulebook(row.county_code, on=by.on))
        row.decision_document = document[:DOCUMENT_LENGTH]
        row.decided_on, row.decided_by = by.on, by.actor
        return Effect(changed=("assessment", "decision_document", "decided_on", "decided_by"), note=document)

    return run_step(steps.SELECT, CountyPilot.objects.all(), pilot_id, by=by, effect=effect)


def decline_county(pilot_id: int, *, by: By, assessed: Sequence[Assessed], reason: str) -> CountyPilot:
    """The city does not take the county in, and says why; the county may apply anew later."""
    reason = require_text(reason, _("请写明没有选定的理由。"))

    def effect(row: CountyPilot) -> Effect:
        _require_above(by.actor)
        row.assessment = _form(assessed, rulebook(row.county_code, on=by.on))
        row.reason = reason[:REASON_LENGTH]
        row.decided_on, row.decided_by = by.on, by.actor
        return Effect(changed=("assessment", "reason", "decided_on", "decided_by"), note=reason)

    return run_step(steps.DECLINE, CountyPilot.objects.all(), pilot_id, by=by, effect=effect)


def _require_above(actor: User) -> None:
    area = access_of(actor).area
    if area is None or not area.is_above_county:
        raise ActorNotPermitted(_("试点县由市里选定，县（市、区）不能自己选定。"))


def _form(assessed: Sequence[Assessed], rules: Rulebook) -> list[dict[str, object]]:
    said = {one.key: one for one in assessed}
    criteria = rules.table("pilot_county_criterion")
    open_ = [str(view.value) for key, view in criteria.items() if key not in said]
    if open_:
        message = _("还没有评估：%(names)s。") % {"names": "、".join(open_)}
        raise InvalidInput(message, fields={"assessed": [message]})
    return [
        asdict(said[key]) | {"name": str(view.value), "remark": said[key].remark[:REMARK_LENGTH]}
        for key, view in criteria.items()
    ]
