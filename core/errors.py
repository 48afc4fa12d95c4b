"""Refusals a user can act on: a stable code, a sentence, and the clause where a rule refuses.

One handler in `core.api` and one middleware turn them into answers; views and tasks catch nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _


class PensionError(Exception):
    """A refusal: `code` is stable for programs, `message` is for people, `status` is its HTTP answer."""

    code = "E-REFUSED"
    status = 400

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        clause: str = "",
        rows: Iterable[Any] = (),
        **figures: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.clause = clause
        self.rows = list(rows)
        self.figures = figures

    def as_dict(self) -> dict[str, Any]:
        """Shape of every refusal in the API: code, message, clause, rows, figures."""
        return {
            "code": self.code,
            "message": self.message,
            "clause": self.clause,
            "rows": self.rows,
            "figures": self.figures,
        }


class InvalidInput(PensionError):
    """Malformed input; `fields` maps a field's name to its sentences."""

    code = "E-INPUT"

    def __init__(self, message: str, *, fields: dict[str, list[str]] | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.fields = fields or {}

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | {"fields": self.fields}


@contextmanager
def beside(field: str) -> Iterator[None]:
    """Let input that is refused inside be told beside a form's field, where it names none itself."""
    try:
        yield
    except InvalidInput as error:
        error.fields = error.fields or {field: [error.message]}
        raise


class AmountError(InvalidInput):
    """An amount that cannot be read as whole fen."""

    code = "E-AMOUNT"


class RuleViolation(PensionError):
    """A rule of a policy document refuses; the clause says which."""

    status = 422


class TransitionNotAllowed(PensionError):
    """The step is not open in the state found."""

    code = "E-STATE"
    status = 409


class ActorNotPermitted(PensionError):
    """The role may not do this act at all."""

    code = "E-ROLE"
    status = 403


class NotInArea(PensionError):
    """Outside the actor's area; reads exactly like something that does not exist."""

    code = "E-NOT-FOUND"
    status = 404

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("没有找到这条记录，可能不在您的管辖范围。"))


class SeparationOfDuties(PensionError):
    """Maker and checker are one person."""

    code = "E-SAME-PERSON"
    status = 422


class BusinessDateRefused(PensionError):
    """The act's date is in the future, before the act it follows, or too far back for the role."""

    code = "E-ON-DATE"
    status = 422


class LedgerRefused(PensionError):
    """A transfer that the books do not allow."""

    code = "E-LEDGER"
    status = 409


class RequestKeyReused(PensionError):
    """The request key came before with other content."""

    code = "E-KEY"
    status = 422


class RequestInProgress(PensionError):
    """Another request with this key is still running."""

    code = "E-RUNNING"
    status = 409


class ParameterNotInForce(RuleViolation):
    """No value of this parameter is in force for region and date."""

    code = "E-NO-PARAMETER"


class StoredValueUnknown(PensionError):
    """A stored value of a rulebook that this version cannot obey; the rulebook's file must be mended and loaded."""

    code = "E-RULEBOOK"
    status = 500


class ImportRefused(PensionError):
    """A file or a row that cannot be taken in, with the cell where it is known."""

    code = "E-FILE"
    status = 400
