"""Checks: one module for each kind of rule. See `_check` for the contract, README.md for the recipe."""

from gatepass.checks._check import Check, Judgement, Mistake, Question, fingerprint

__all__ = ["Check", "Judgement", "Mistake", "Question", "fingerprint"]
