"""Formats of coverage evidence."""
