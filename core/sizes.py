"""Numbers of the machine and of the screen: lengths of texts, rows of a page, bounds of a form. No rule stands here."""

from __future__ import annotations

from datetime import date

YEAR_DIGITS = 4
# Words that go into a column.
REASON_TEXT, REMARK_TEXT, DOCUMENT_TEXT, PAYER_TEXT = 300, 200, 120, 100
EVIDENCE_TEXT, NAME_TEXT, VOUCHER_TEXT, PHONE_TEXT = 80, 60, 40, 30
LONG_TEXT, CLAUSE_SHOWN, QUOTE_SHOWN, SHORT_QUOTE_SHOWN = 500, 60, 80, 60
# Rows: shown at once, named in a sentence, offered to pick, written at once.
FEW_ROWS, SOME_ROWS, DOZEN_ROWS, MANY_ROWS, LIST_ROWS = 5, 10, 12, 20, 50
RECENT_ROWS, QUEUE_ROWS, PICK_ROWS, BLOCKED_ROWS, OFFERED_ROWS = 8, 30, 100, 200, 500
PAIR, VOUCHERS_NAMED, YEARS_OFFERED = 2, 3, 4
NEW_LINES, STANDARD_LINES = 5, 30
BATCH_ROWS = 1000
WRITTEN_ROWS, BULKY_ROWS = 500, 2000
# The keys 1 to 9 of a keyboard.
DIGIT_KEYS = 9
# Ends of numbers that may be shown, and the stars before them.
TAIL, HEAD, STARS, ID_STARS = 4, 6, 8, 14
LONGEST_NUMBER = 16
# Digits of an id that every column holds.
LONGEST_ID = 18
# Digests that keep apart what must not be mixed up; what a process keeps of what it read.
CAUSE_LENGTH, DIGEST_BYTES, VERSION_BYTES = 40, 16, 8
CACHED_RULEBOOKS = 128
MUTATION_TESTS = 30
# A line of a file that is not to be broken.
ENDLESS_LINE = 1_000_000
# Bounds of what a person may type.
OLDEST_AGE, LARGEST_COUNT, FAR_FEN = 150, 1_000_000, 10**15
UPLOAD_BYTES = 10 * 1024 * 1024
FILE_STEM, FILE_KIND = 100, 40
# The calendar.
MONTHS, HALF_YEAR_MONTH, YEAR_DAYS, LEAP_YEAR_DAYS, LAST_SAFE_DAY = 12, 6, 365, 366, 28
YEAR_END = (12, 31)
# Rounding half up, one decimal of a percentage, a hundredth of it, a share of a picture.
HALVES = 2
PPM_OF_TENTH_PERCENT, PPM_OF_HUNDREDTH_PERCENT, HUNDREDTHS_OF_WHOLE, WHOLE_PICTURE = 1000, 100, 10_000, 100
# What the first line of a template shows.
SAMPLE_ID_NUMBER, SAMPLE_VOUCHER, SAMPLE_YEAR = "500115197505041234", "450012024062700001", 2024
SAMPLE_FEN, SAMPLE_TIER_FEN, SAMPLE_BALANCE_FEN = 20_000, 50_000, 412_000
SAMPLE_PAID_ON, SAMPLE_POSTED_ON, SAMPLE_REMITTED_ON = date(2024, 3, 6), date(2024, 5, 10), date(2024, 6, 27)
SAMPLE_STATUS_ON, SAMPLE_OPENED_ON = date(2024, 6, 20), date(2023, 12, 31)
