"""Spreadsheets in and out: open anything an office sends, find its header, clean its cells, write sheets back."""
