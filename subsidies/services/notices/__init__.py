"""Acts on payment notices, on the tax office's money, and on what does not match."""

from subsidies.services.notices.issuing import issue_notice, reissue_notice, void_notice
from subsidies.services.notices.leaving import (
    cancel_and_replace,
    give_up_lines,
    lapse_lines,
    withdraw_and_replace,
)
from subsidies.services.notices.remittance import Recording, TaxRowInput, record_lump_sum, record_tax_rows
from subsidies.services.notices.repeats import confirm_repeats, propose_repeats
from subsidies.services.notices.settlements import (
    Terms,
    confirm_settlement,
    propose_settlement,
    reject_settlement,
)

__all__ = [
    "Recording",
    "TaxRowInput",
    "Terms",
    "cancel_and_replace",
    "confirm_repeats",
    "confirm_settlement",
    "give_up_lines",
    "issue_notice",
    "lapse_lines",
    "propose_repeats",
    "propose_settlement",
    "record_lump_sum",
    "record_tax_rows",
    "reissue_notice",
    "reject_settlement",
    "void_notice",
    "withdraw_and_replace",
]
