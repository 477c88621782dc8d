"""Formats of pipeline evidence."""
