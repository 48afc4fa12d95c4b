"""The largest that a person may type: far above any paper, small enough for every column."""

OLDEST_AGE, LARGEST_COUNT = 150, 1_000_000
