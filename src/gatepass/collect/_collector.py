"""The contract of a collector: it asks somebody, and hands over the answers as a report.

A collector decides nothing. It writes down what was answered, whole; a format of `gatepass.evidence` makes
evidence of it, so that the same answers can be read again years later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gatepass.forges import Way
from gatepass.model.build import Build


@dataclass(frozen=True, slots=True)
class Asked:
    """What a collector is given.

    ``environment`` holds the platform's variables and the tokens; nothing else does. ``options`` are those
    that the collector declares. ``now`` is UTC. ``say`` tells a waiting person what goes on, ``sleep``
    waits (seconds).
    """

    build: Build
    environment: Mapping[str, str]
    root: Path
    now: datetime
    producer: str
    options: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = print
    sleep: Callable[[float], None] = time.sleep

    def way(self, needs: str) -> Way:
        """The way into a forge; ``needs`` says what the token must be allowed."""
        return Way(self.environment, needs, self.producer, self.say, self.sleep)


@dataclass(frozen=True, slots=True)
class Collected:
    """A report, and the server that was asked for it (``git`` for the clone).

    ``private`` tells that it holds what nobody but its owner should read.
    """

    data: bytes
    server: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Collector:
    """Somebody who can be asked.

    ``kinds`` are the kinds of evidence it collects, each on its own: ``collect`` is called for one of them
    and raises `gatepass.errors.CollectionError` when it cannot be had whole, never an empty answer instead.
    ``options`` are names with what they mean; ``scopes`` are lines on the least that the token must be
    allowed. ``page`` is the address of the API's description.
    """

    name: str
    title: str
    kinds: tuple[str, ...]
    collect: Callable[[Asked, str], Collected]
    options: Mapping[str, str] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    page: str = ""
