"""Asking collectors on behalf of a run: what they hand over is written down, what they cannot is said.

    collectors ─ for each kind of evidence ─ .gatepass/collected/<collector>-<kind>.json

That a server does not answer is a fact about the build: a source with a problem, so that the rules which
need it fail. It is never an empty answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

import gatepass
from gatepass import seam
from gatepass.collect import Asked, Collector
from gatepass.errors import CollectionError, UsageError
from gatepass.files import discard, write_whole
from gatepass.model.build import Build
from gatepass.model.source import Problem, ProblemCode, Source

FOLDER = ".gatepass/collected"
KINDS = "kinds"
"""The option that every collector has: which kinds to ask for, with commas between them."""

Options = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vouched:
    """A report that this run asked for itself: its name, the digest of its bytes, and whom it asked."""

    name: str
    sha256: str
    server: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What was collected, and the sources that could not be."""

    reports: tuple[Vouched, ...] = ()
    failed: tuple[Source, ...] = ()


def collectors() -> dict[str, Collector]:
    """All collectors by name."""
    return seam.members("gatepass.collect", Collector)


def collect(
    wanted: Mapping[str, Options],
    build: Build,
    environment: Mapping[str, str],
    root: Path,
    now: datetime,
    say: Callable[[str], None],
    *,
    known: Mapping[str, Collector] | None = None,
    into: Path | None = None,
) -> Taken:
    """Ask each of the collectors in ``wanted`` (name and options) for all kinds that it knows.

    ``known`` are the collectors there are, by default all of `gatepass.collect`; ``into`` is an absolute
    folder for the answers, by default one in the workspace.

    Raises `UsageError` for a collector or an option that there is not.
    """
    reports: list[Vouched] = []
    failed: list[Source] = []
    if not wanted:
        return Taken()
    asked_of = checked(wanted, collectors() if known is None else known)
    tasks = [(each, kind, options) for each, kinds, options in asked_of for kind in kinds]
    folder = into or _folder(root)
    within = into.as_posix() if into else FOLDER
    names = {(each.name, kind): f"{within}/{each.name}-{kind}.json" for each, kind, _ in tasks}
    discard([root / name for name in names.values()])
    for collector, kind, options in tasks:
        name = names[collector.name, kind]
        producer = f"gatepass {gatepass.__version__}"
        asked = Asked(build, environment, root, now, producer, options, say)
        try:
            collected = collector.collect(asked, kind)
        except CollectionError as error:
            failed.append(_failed(name, collector, kind, error))
            continue
        path = folder / Path(name).name
        write_whole({path: collected.data}, private=[path] if collected.private else [])
        reports.append(Vouched(name, hashlib.sha256(collected.data).hexdigest(), collected.server))
    return Taken(tuple(reports), tuple(failed))


def refuse_unknown(wanted: Mapping[str, Options]) -> None:
    """Raise `UsageError` for a collector or an option that there is not, before anything is done."""
    if wanted:
        checked(wanted, collectors())


def checked(
    wanted: Mapping[str, Options], known: Mapping[str, Collector]
) -> list[tuple[Collector, tuple[str, ...], Options]]:
    """The collectors with the kinds to ask for and their own options. Raises `UsageError` as `collect`."""
    made = []
    for name, options in wanted.items():
        if name not in known:
            close = get_close_matches(name, known, n=1)
            meant = f"; did you mean '{close[0]}'?" if close else ""
            raise UsageError(
                f"there is no collector '{name}'{meant}", hint=f"there is {', '.join(sorted(known))}"
            )
        made.append((known[name], *_options(known[name], options)))
    return made


def _options(collector: Collector, given: Options) -> tuple[tuple[str, ...], Options]:
    """The kinds to ask for, and the collector's own options."""
    own = {name: value for name, value in given.items() if name != KINDS}
    if unknown := sorted(set(own) - set(collector.options)):
        there = ", ".join(sorted({KINDS, *collector.options}))
        raise UsageError(
            f"the collector {collector.name} has no option '{unknown[0]}'", hint=f"it has {there}"
        )
    if KINDS not in given:
        return collector.kinds, own
    kinds = tuple(each.strip() for each in given[KINDS].split(","))
    if strange := [each for each in kinds if each not in collector.kinds]:
        raise UsageError(
            f"the collector {collector.name} cannot ask for '{strange[0]}'",
            hint=f"it asks for {', '.join(collector.kinds)}",
        )
    return tuple(dict.fromkeys(kinds)), own


def _folder(root: Path) -> Path:
    """Where answers are written: in the workspace, whatever links a change has put there."""
    folder = root / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        inside = folder.resolve().is_relative_to(root.resolve())
    except OSError as error:
        raise UsageError(f"the folder {FOLDER} cannot be made: {error.strerror}") from None
    if not inside:
        raise UsageError(f"{FOLDER} leads out of the workspace", hint="remove the link")
    return folder


def _failed(name: str, collector: Collector, kind: str, error: CollectionError) -> Source:
    said = f"could not be collected: {error.message}"
    if error.hint:
        said += f" ({error.hint})"
    problem = Problem(ProblemCode.UNCOLLECTED, said[:1000])
    return replace(Source(name, kind=kind, problem=problem), collected_from=collector.name)
