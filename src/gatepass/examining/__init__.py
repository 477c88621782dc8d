"""Looking at what a run of the gate would use, without judging and without writing: `gatepass doctor`.

A module for each server declares ``SERVER = Server(…)``: whose the token is, and the questions of its
collector, each asked on its own. The others are sections of the examination; what they say is in `_lines`.
Nothing but GET and GraphQL queries is ever sent, and no secret is in what comes out.
"""

from __future__ import annotations

from gatepass.examining._examine import Wish, examine
from gatepass.examining._lines import Examination, Line, Mark, Section
from gatepass.examining._server import Holder, Read, Server

__all__ = ["Examination", "Holder", "Line", "Mark", "Read", "Section", "Server", "Wish", "examine"]
