"""Formats of identity evidence."""
