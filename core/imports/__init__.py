"""Spreadsheets into tables: one engine for every kind of sheet a room declares."""
