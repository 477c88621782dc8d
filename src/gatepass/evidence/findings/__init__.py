"""Formats of findings evidence."""
