"""Policies and overrides: from files, through a strict reader and one composed schema, to values."""
