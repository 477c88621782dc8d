"""Payments: the project that the demo judges."""
