"""How many rows, words or years one page, sentence or form takes at once. No rule of a policy stands here."""

# Named in one sentence: rows by name, rows by number, vouchers, amounts of a standard.
NAMED_ROWS, NUMBERED_ROWS, NAMED_VOUCHERS, NAMED_STANDARDS = 5, 10, 3, 2
# Carried by one refusal.
REFUSED_ROWS = 200
# Shown where there may be more: what a search found, groups of a sum, jobs that ran, work of one kind.
FOUND_ROWS, GROUPS, RECENT_JOBS, WAITING_ROWS, LATE_ROWS = 20, 12, 8, 30, 10
# Offered to choose from: rows to tick, entries of a select, years, reasons by the keys 1 to 9.
TICKED_ROWS, CHOICES, YEARS_OFFERED, DIGIT_KEYS = 100, 500, 4, 9
# The years side by side on a form.
YEARS_ON_FORM = 2
# Rows of a form: empty ones at first, most that may be typed, most of a standard.
EMPTY_ROWS, TYPED_ROWS, STANDARD_ROWS = 5, 200, 30
# Tests asked first for each value that is changed.
MUTATION_TESTS = 30
