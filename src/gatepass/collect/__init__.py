"""What the gate is told because somebody asked: a forge, a server, or git in the clone.

A collector asks, and writes the answers down as a report; the gate reads that like every other report.
"""

from gatepass.collect import _oidc as asking_for_tokens
from gatepass.collect import _override_commits as override_commits
from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked, Collected, Collector

__all__ = ["Asked", "Asking", "Collected", "Collector", "asking_for_tokens", "override_commits"]
