"""Acts on regions, organisations, persons and staff."""
