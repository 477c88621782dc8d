"""Formats of tests evidence."""
