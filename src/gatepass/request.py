"""What one run of the gate is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_RECORD = "gatepass.intoto.jsonl"


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of a run, from the command line and ``gatepass.yaml``, resolved and frozen.

    Paths are relative to ``root``, the workspace. ``reports`` are (format, path) with ``-`` for standard
    output. ``collect`` maps collectors to their options. ``identity`` tells whether the platform must vouch
    for the record with a token that names it (``required``), or shall where it can (``wanted``, as well where
    it is empty and `oidc` is asked). ``key`` is a path or a URI (``env://NAME``). ``configuration`` is the
    file of options. ``build`` are facts about the build that win over what the platform says, ``platform`` is
    the one to believe where the signs of two are there. ``announce`` is whether the platform is told.
    ``relaxations`` names every flag that weakens this run. A ``dry_run`` decides as any other and writes
    nothing down.
    """

    root: Path
    policies: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    collect: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    identity: str = ""
    artifacts: tuple[str, ...] = ()
    reports: tuple[tuple[str, str], ...] = (("text", "-"),)
    record: str = DEFAULT_RECORD
    configuration: str | None = None
    key: str | None = None
    unsigned: bool = False
    build: Mapping[str, str] = field(default_factory=dict)
    platform: str | None = None
    announce: bool = False
    relaxations: tuple[str, ...] = ()
    now_given: bool = False
    dry_run: bool = False
    colour: bool = False
    width: int = 110
    verbose: bool = False
