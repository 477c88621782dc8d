"""`gatepass init`: a first policy."""

from __future__ import annotations


def init() -> None:
    """Write a first policy."""
