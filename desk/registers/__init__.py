"""Registers of the pilot's soft work: events held, notes of experience and town summaries, the selection checklist."""
