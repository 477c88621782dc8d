"""What the gate is told because somebody asked: a forge, a server, or git in the clone.

A collector asks, and writes the answers down as a report; the gate reads that like every other report.
"""

from gatepass.collect import _oidc as asking_for_tokens
from gatepass.collect import _override_commits as override_commits
from gatepass.collect._asking import Asking
from gatepass.collect._at_base import files_at
from gatepass.collect._collector import Asked, Collected, Collector
from gatepass.collect._message import commit_of
from gatepass.collect._process import Git

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
]
