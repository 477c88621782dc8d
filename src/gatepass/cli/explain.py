"""`gatepass explain`: what a rule wants."""

from __future__ import annotations


def explain() -> None:
    """Explain a rule."""
