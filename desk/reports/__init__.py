"""The reports that offices and villages hand up: R1–R10, R15, R16 of the rule catalogue."""
