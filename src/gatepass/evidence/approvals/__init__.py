"""Formats of approvals evidence."""
