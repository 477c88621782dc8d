"""Formats of suppressions evidence."""
