"""Formats of commits evidence."""
