"""Platforms: one module for each CI system that tells what is being built. See `_platform`."""

from gatepass.platforms._platform import Platform, in_ci

__all__ = ["Platform", "in_ci"]
