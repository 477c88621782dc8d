"""Platforms: one module for each CI system that tells what is being built. See `_platform`."""

from gatepass.platforms._announcement import Announcement, Level, News, Note, cut
from gatepass.platforms._git import build_from_git, changed_paths
from gatepass.platforms._platform import Environment, Platform, in_ci

__all__ = [
    "Announcement",
    "Environment",
    "Level",
    "News",
    "Note",
    "Platform",
    "build_from_git",
    "changed_paths",
    "cut",
    "in_ci",
]
