"""What the gate is told because somebody asked: a forge, a server, or git in the clone.

A collector asks, and writes the answers down as a report; the gate reads that like every other report. What
this package gives to others beside that is imported when it is asked for: most runs need none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gatepass.collect._collector import Asked, Collected, Collector

if TYPE_CHECKING:
    from gatepass.collect import _oidc as asking_for_tokens
    from gatepass.collect import _override_commits as override_commits
    from gatepass.collect import _override_history as override_history
    from gatepass.collect._asking import Asking
    from gatepass.collect._at_base import files_at
    from gatepass.collect._message import commit_of
    from gatepass.collect._process import Git

_MODULES = {
    "asking_for_tokens": "_oidc",
    "override_commits": "_override_commits",
    "override_history": "_override_history",
}
_NAMES = {"Asking": "_asking", "Git": "_process", "commit_of": "_message", "files_at": "_at_base"}

__all__ = [
    "Asked",
    "Asking",
    "Collected",
    "Collector",
    "Git",
    "asking_for_tokens",
    "commit_of",
    "files_at",
    "override_commits",
    "override_history",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{_MODULES[name]}")
    if name in _NAMES:
        return getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
    raise AttributeError(f"{__name__} gives no {name}")
