"""Formats of quality-gate evidence."""
