"""From paths and globs to typed evidence: each file opened, hashed, recognised and parsed exactly once.

A file that is not what it should be becomes a source with a problem, never an exception: what is wrong with a
report is a fact about the build.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from gatepass import seam
from gatepass.errors import UnreadableEvidence, UsageError
from gatepass.evidence import Format, Head, OpenReport, Reading, asker_of, in_workspace, matching, parse_json
from gatepass.model.approvals import Approvals
from gatepass.model.build import Assurance, Build
from gatepass.model.commits import Commits
from gatepass.model.evidence import Evidence
from gatepass.model.facts import Facts, Json
from gatepass.model.identity import Identity
from gatepass.model.pipeline import JOB_RESULTS, Pipeline
from gatepass.model.source import Problem, ProblemCode, Source

FACT_BYTES = 8 << 20
_OF_PEOPLE = frozenset((Approvals.KIND, Commits.KIND, Pipeline.KIND, Identity.KIND))
_COLLECTED = "_collected"
_GLOB_SIGNS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Vouching:
    """That a report was collected by a run of the gate: the digest of its bytes, and whom it asked."""

    sha256: str
    server: str


@dataclass(frozen=True, slots=True)
class Found:
    """Typed evidence and all sources, in order of their names."""

    evidence: tuple[Evidence, ...]
    sources: tuple[Source, ...]


def formats() -> dict[str, Format]:
    """All report formats by name."""
    return seam.members("gatepass.evidence", Format)


def recognised(head: Head) -> list[Format]:
    """The formats that know a report by its head; only one may, for it to be read.

    A collection says whose answers it holds, so that no other collector's reader is asked, or imported.
    """
    asker = asker_of(head)
    known = _files() if asker is None else _collections(asker)
    return [] if head.is_empty else [each for each in known if each.recognises(head)]


@cache
def _files() -> tuple[Format, ...]:
    return _formats(lambda module: not module.endswith(_COLLECTED))


def _collections(asker: str) -> tuple[Format, ...]:
    return _formats(lambda module: module.endswith(f".{asker}{_COLLECTED}"))


def _formats(wanted: Callable[[str], bool]) -> tuple[Format, ...]:
    return tuple(seam.members("gatepass.evidence", Format, wanted).values())


def gather(
    references: Sequence[str],
    facts: Mapping[str, str],
    root: Path,
    build: Build | None,
    collected: Mapping[str, Vouching] = MappingProxyType({}),
) -> Found:
    """Read all reports that paths and globs (relative to ``root``, the workspace) name, and all facts.

    ``build`` is what the reports must be about; None to read them whatever they are about. A path that
    names nothing, and a glob that matches nothing, is a source that is missing. ``collected`` are reports
    that this run asked for itself, by their names: what they say of people is believed for that reason.
    """
    evidence: dict[str, Evidence] = {}
    sources: dict[str, Source] = {}
    by_digest: dict[str, str] = {}
    for path, name in _paths([*collected, *references], root):
        if name in sources:
            continue
        source, read = _read(path, name, root, build)
        if source.usable and source.sha256 in by_digest:
            source, read = replace(source, same_as=by_digest[source.sha256]), None
        elif source.usable:
            by_digest[source.sha256] = name
        if name in collected:
            source, read = _vouched(source, read, collected[name])
        sources[name] = source
        if read is not None:
            evidence[name] = read
    for fact, reference in sorted(facts.items()):
        source, read = _read_fact(fact, reference, root)
        sources[source.name] = source
        if read is not None:
            evidence[source.name] = read
    _refuse_second_origins(sources, evidence)
    return Found(
        tuple(evidence[name] for name in sorted(evidence)), tuple(sources[name] for name in sorted(sources))
    )


def _vouched(source: Source, evidence: Evidence | None, vouching: Vouching) -> tuple[Source, Evidence | None]:
    """A report of our own asking, if it still has the bytes that were written down."""
    if source.sha256 != vouching.sha256:
        said = "is not what was collected; something changed it at once"
        return replace(source, problem=Problem(ProblemCode.UNREADABLE, said)), None
    source = replace(source, collected_from=vouching.server)
    match evidence:
        case Approvals() | Pipeline():
            return source, replace(evidence, source=source, assurance=Assurance.PLATFORM_API)
        case Identity(verified=True):
            return source, replace(evidence, source=source, assurance=Assurance.OIDC)
        case None:
            return source, None
        case _:
            return source, replace(evidence, source=source)


def _refuse_second_origins(sources: dict[str, Source], evidence: dict[str, Evidence]) -> None:
    """Whom the run asked itself about people, nobody speaks for with a file: it could add an approval."""
    asked = {each.kind for each in sources.values() if each.collected_from is not None}
    for name, source in sources.items():
        if source.usable and source.collected_from is None and source.kind in asked & _OF_PEOPLE:
            said = "was given as a file, and this run asked for the same itself (--collect): give one of both"
            sources[name] = replace(source, problem=Problem(ProblemCode.TWO_ORIGINS, said))
            read = evidence.pop(name, None)
            if isinstance(read, Pipeline) and source.format == JOB_RESULTS:  # for our own rule: it may refuse
                evidence[name] = replace(read, source=sources[name])


def read_one(path: Path, name: str, root: Path, build: Build | None) -> tuple[Source, Evidence | None]:
    """One report: its source, and its evidence when it is usable."""
    return _read(path, name, root, build)


def _paths(references: Iterable[str], root: Path) -> Iterable[tuple[Path, str]]:
    for reference in references:
        if not reference:
            raise UsageError("an empty path was given as evidence", hint="--evidence build/coverage.xml")
        if _GLOB_SIGNS.isdisjoint(reference) or (root / reference).exists():
            yield root / reference, _name(reference, root)
            continue
        files = matching(reference, root)
        if not files:
            yield root / reference, _name(reference, root)
        for each in files:
            yield root / each, _name(each, root)


def _name(reference: str, root: Path) -> str:
    absolute = Path(os.path.abspath(root / reference))  # noqa: PTH100  (resolve() would follow links)
    try:  # as above: links are not followed
        return absolute.relative_to(os.path.abspath(root)).as_posix()  # noqa: PTH100
    except ValueError:
        return absolute.as_posix()


def _read(path: Path, name: str, root: Path, build: Build | None) -> tuple[Source, Evidence | None]:
    if problem := _path_problem(path, name, root):
        return Source(name, problem=problem), None
    source = Source(name)
    try:
        with OpenReport(path, name) as report:
            source, evidence = _recognised_and_read(report, build)
    except UnreadableEvidence as error:
        return replace(source, problem=_problem(error)), None
    return source, in_workspace(evidence, root) if evidence else None


def _recognised_and_read(report: OpenReport, build: Build | None) -> tuple[Source, Evidence | None]:
    source = Source(report.name)
    known = recognised(report.head)
    reading: Reading | None = None
    problem: Problem | None = None
    if len(known) == 1:
        [format_] = known
        source = replace(source, format=format_.name, kind=format_.kind)
        try:
            reading = format_.read(report)
        except UnreadableEvidence as error:
            problem = _problem(error)
    else:
        problem = _unrecognised(report, known)
    digest, size = report.finish()
    source = replace(source, sha256=digest, size=size, problem=problem)
    if reading is None:
        return source, None
    source = replace(
        source,
        producer=reading.producer,
        commit=reading.commit,
        created=reading.created,
        notes=reading.notes,
        problem=_own_words(reading)
        or _commit_problem(reading.commit, build)
        or _other_build(reading.evidence, build),
    )
    return source, replace(reading.evidence, source=source) if source.usable else None


def _unrecognised(report: OpenReport, known: Sequence[Format]) -> Problem:
    if report.head.is_empty:
        return Problem(ProblemCode.EMPTY, "is empty; did the tool write it, and succeed?")
    if known:
        names = " and ".join(f.name for f in known)
        return Problem(ProblemCode.AMBIGUOUS, f"is recognised as {names}; it cannot be both")
    if report.head.text.lstrip().startswith("<") and b"<!ENTITY" in report.head.data:
        line = report.head.data.count(b"\n", 0, report.head.data.index(b"<!ENTITY")) + 1
        said = "declares an XML entity; entities are not expanded, so the report cannot be trusted"
        return Problem(ProblemCode.UNREADABLE, said, line)
    text = report.head.text.strip()
    if text.startswith("<") and not report.head.xml:
        said = "begins as XML does, and breaks off or is malformed; did the tool end well?"
        return Problem(ProblemCode.UNRECOGNISED, said)
    if report.head.json and report.head.complete and text[-1] not in "]}":
        said = "begins as JSON does, and breaks off; did the tool end well?"
        return Problem(ProblemCode.UNRECOGNISED, said)
    what = "XML" if report.head.xml else "JSON" if report.head.json else "text"
    return Problem(ProblemCode.UNRECOGNISED, f"is {what} of no known report format")


def _own_words(reading: Reading) -> Problem | None:
    """The report's own word that its scan failed."""
    if reading.failed is None:
        return None
    return Problem(ProblemCode.SCAN_FAILED, f"says that its scan failed: {reading.failed}")


def _commit_problem(commit: str | None, build: Build | None) -> Problem | None:
    if commit is None or build is None:
        return None
    if not build.commits:
        said = f"is for {commit[:12]}, and the commit of this build is not known; give --build commit=…"
        return Problem(ProblemCode.OTHER_COMMIT, said)
    if any(_is_same_commit(commit, each) for each in build.commits):
        return None
    return Problem(ProblemCode.OTHER_COMMIT, f"is for {commit[:12]}, not for this build")


def _other_build(evidence: Evidence, build: Build | None) -> Problem | None:
    """A token names more of its build than the commit."""
    other = evidence.other_than(build) if isinstance(evidence, Identity) and build is not None else None
    return Problem(ProblemCode.OTHER_COMMIT, f"is for {other}") if other else None


def _is_same_commit(one: str, other: str) -> bool:
    one, other = one.lower(), other.lower()
    shorter = min(len(one), len(other))
    return shorter >= 7 and one[:shorter] == other[:shorter]


def _problem(error: UnreadableEvidence) -> Problem:
    return Problem(ProblemCode(error.code), error.message, error.line, error.column)


def _path_problem(path: Path, name: str, root: Path) -> Problem | None:
    """A path that is not there, or that leaves the workspace through a link."""
    if not os.path.lexists(path):
        said = "matches no file" if _GLOB_SIGNS.intersection(name) else "is not there"
        return Problem(ProblemCode.MISSING, f"{said}; did the step before write it?")
    try:
        leaves = not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # what Python raises for links that go in a circle depends on its version
        return Problem(ProblemCode.UNREADABLE, "is a link that leads back to itself")
    if leaves and not Path(name).is_absolute():
        return Problem(ProblemCode.UNREADABLE, "is a link that leads out of the workspace")
    return None


def _read_fact(fact: str, reference: str, root: Path) -> tuple[Source, Evidence | None]:
    name = f"fact:{fact}"
    path = root / reference
    if problem := _path_problem(path, _name(reference, root), root):
        return Source(name, kind="facts", problem=problem), None
    source = Source(name, kind="facts", format="facts")
    try:
        with OpenReport(path, name) as report:
            if report.size > FACT_BYTES:
                raise UnreadableEvidence(f"has {report.size} bytes; at most {FACT_BYTES} are read as a fact")
            data = report.whole()
            digest, size = report.finish()
        source = replace(source, sha256=digest, size=size)
        value = _fact_value(data, name)
    except UnreadableEvidence as error:
        return replace(source, problem=_problem(error)), None
    return source, Facts(source, fact, value)


def _fact_value(data: bytes, name: str) -> Json:
    """JSON when it starts like JSON, else YAML as strict as a policy's."""
    if not data.strip():
        raise UnreadableEvidence("is empty", code="empty")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        value = parse_json(data)
        try:
            json.dumps(value, allow_nan=False)  # the quickest look at every number
        except ValueError:
            raise UnreadableEvidence("holds a number past 1.8e308, which is read as infinity") from None
        return value
    from gatepass.strict_yaml import YamlMistake, parse

    try:
        return parse(data, name).value
    except YamlMistake as mistake:
        line = mistake.place.line if mistake.place else None
        raise UnreadableEvidence(mistake.message, line=line) from None
