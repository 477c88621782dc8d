"""Formats of vulnerabilities evidence."""
