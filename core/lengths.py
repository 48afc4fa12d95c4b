"""How many characters a text may have, as the columns hold them, and how many of them a sentence quotes."""

REASON_TEXT, REMARK_TEXT, DOCUMENT_TEXT, PAYER_TEXT = 300, 200, 120, 100
EVIDENCE_TEXT, NAME_TEXT, VOUCHER_TEXT, PHONE_TEXT = 80, 60, 40, 30
LONG_TEXT, PAPER_KIND = 500, 40
# Of a clause in a list to choose from, of a rule in a refusal, of a rule in one word more.
CLAUSE_SHOWN, QUOTE_SHOWN, SHORT_QUOTE_SHOWN = 60, 80, 60
# A voucher's number up to here is shown whole, a longer one by its end.
SHORT_VOUCHER = 6
