"""The years that the house takes, of a plan, a payment or a report: far enough either way for any paper."""

FIRST_YEAR, LAST_YEAR = 2000, 2100
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
