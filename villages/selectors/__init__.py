"""Reads of regions, organisations, members and staff, scoped to the actor."""
