"""The story of one run, top to bottom.

    request ─ build ─ policies, overrides ─ answers, evidence ─ evaluate ─ reports ─ token, record ─ news

The effects are here and in what is called from here; the judging (`evaluate`) has none. What goes wrong on
our side goes wrong before a decision is made, or raises: a decision that could not be written down does not
count.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import gatepass
from gatepass import approved, seam
from gatepass.announcing import announce
from gatepass.artifacts import artifact_of
from gatepass.attribution import attributed
from gatepass.binding import token_for_record
from gatepass.collecting import collect, refuse_unknown
from gatepass.detecting import build_of, detect
from gatepass.errors import PolicyError, SigningError, UsageError
from gatepass.evaluate import Gathered, evaluate
from gatepass.files import discard
from gatepass.gathering import Vouching, gather
from gatepass.model.build import Build
from gatepass.model.decision import Decision
from gatepass.model.policy import Policy
from gatepass.model.source import Source
from gatepass.platforms import Announcement, Platform, in_ci
from gatepass.policy import load
from gatepass.policy.schema import checks_of
from gatepass.policy.scope import refuse_idle
from gatepass.record import Output, envelopes, identity_path, record_name, record_paths, write_record
from gatepass.reports import RecordInfo, Report, ReportContext
from gatepass.request import Request
from gatepass.signers import Signer, open_signer
from gatepass.signers.keys import config_folder, has_personal_key, personal_key

Say = Callable[[str], None]
Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """A decision that was made and, but in a dry run, written down in ``record``.

    ``shown`` are (format, text) for standard output. ``announcement`` has what the platform is to find in the
    log.
    """

    decision: Decision
    shown: tuple[tuple[str, str], ...]
    record: Path
    announcement: Announcement


def run(
    request: Request,
    environment: Environment,
    now: datetime,
    *,
    passphrase: Callable[[], str] | None,
    say: Say,
) -> Run:
    """Judge a build: read, decide, write the reports and the record. Raises `GatepassError`.

    A dry run raises what any run would raise, and leaves no file behind.
    """
    reports = _reports(request)
    refuse_unknown(request.collect)
    _discard_outputs(request)
    platform = detect(environment, request.platform)
    build = _build(request, environment)
    policies = _policies(request, build)
    signer = _signer(request, environment, passphrase, say)
    change = build.change_request
    exceptions = approved.load(
        request.overrides,
        request.root,
        policies,
        now,
        environment,
        commits=build.commits,
        into=change.base if change else None,
    )
    with _room(request) as room:
        taken = collect(request.collect, build, environment, request.root, now, say, into=room)
        vouched = {each.name: Vouching(each.sha256, each.server) for each in taken.reports}
        found = gather(request.evidence, request.facts, request.root, build, vouched)
    build = attributed(build, found.evidence)
    decision = evaluate(
        policies,
        Gathered(found.evidence, tuple(sorted((*found.sources, *taken.failed), key=_name))),
        exceptions,
        build,
        now,
        checks=checks_of(policies),
        gate_version=gatepass.__version__,
        relaxations=request.relaxations,
    )
    context = ReportContext(
        colour=request.colour,
        width=request.width,
        record=None
        if request.dry_run
        else RecordInfo(record_name(request.record), signer.keyid if signer else None),
        verbose=request.verbose,
        record_url=None if request.dry_run else _record_url(request, platform, environment),
    )
    shown, files = _rendered(decision, reports, context)
    outputs = [output for output, _ in files]
    beside = {request.root / output.name: data for output, data in files}
    token = token_for_record(request, decision, outputs, environment, say)
    if request.dry_run:
        envelopes(decision, signer, outputs)  # what would stand in its way raises here as well
        _tell_of_dry_run(request, say)
        return Run(decision, shown, request.root / request.record, Announcement())
    written = write_record(decision, request.root / request.record, signer, outputs, beside, token)
    announcement = announce(decision, platform, written, context, request, environment, say)
    return Run(decision, shown, written.path, announcement)


def _name(source: Source) -> str:
    return source.name


@contextmanager
def _room(request: Request) -> Iterator[Path | None]:
    """Where a dry run keeps answers for as long as it reads them; None is the usual place."""
    if not request.dry_run:
        yield None
        return
    with TemporaryDirectory(prefix="gatepass-dry-run-") as folder:
        yield Path(folder).resolve()


def _tell_of_dry_run(request: Request, say: Say) -> None:
    files = [path for _, path in request.reports if path != "-"]
    say(f"DRY RUN: nothing was written; a run would write {', '.join([*files, request.record])}")


def _discard_outputs(request: Request) -> None:
    """Remove what an earlier run left where this one writes; never what this one is to read."""
    for name in (request.record, *(path for _, path in request.reports if path != "-")):
        _refuse_stray(request.root, name)
    reports = [request.root / path for _, path in request.reports if path != "-"]
    record = request.root / request.record
    outputs = [*record_paths(record), identity_path(record), *reports]
    folders = [_plain_path(request.root / each) for each in (*request.policies, *request.overrides)]
    files = (
        *request.evidence,
        *request.artifacts,
        *request.facts.values(),
        request.key or "",
        request.configuration or "",
    )
    read = [*folders, *(_plain_path(request.root / each) for each in files if each)]
    for output in map(_plain_path, outputs):
        if output in read or any(folder in output.parents for folder in folders):
            raise UsageError(f"{output.name} cannot be written: this run reads it", hint="name another file")
    if not request.dry_run:
        discard(outputs)


def discard_record(root: Path, name: str) -> None:
    """Remove the record of an earlier run, so that it does not pass for that of one which cannot begin."""
    _refuse_stray(root, name)
    discard([*record_paths(root / name), identity_path(root / name)])


def _refuse_stray(root: Path, name: str) -> None:
    """What is named within the workspace is written there, whatever links a change has put in the way.

    A path that is absolute or goes up is the pipeline's own word: gatepass.yaml cannot say it.
    """
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        return
    try:
        workspace, folder = root.resolve(), (root / path).parent.resolve()
    except (OSError, RuntimeError):  # what Python raises for links that go in a circle depends on its version
        raise UsageError(f"{name} cannot be written: a link leads back to itself") from None
    if not folder.is_relative_to(workspace):
        raise UsageError(f"{name} leads out of the workspace", hint="remove the link")
    if ".git" in (part.casefold() for part in (*folder.relative_to(workspace).parts, path.name)):
        raise UsageError(f"{name} lies among git's own files", hint="name another file")


def _plain_path(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  (links are not followed: the name is what counts)


def _reports(request: Request) -> list[tuple[Report, str]]:
    known = seam.called("gatepass.reports")
    if sum(path == "-" and name != "text" for name, path in request.reports) > 1:
        raise UsageError("two reports cannot both go to standard output", hint="--report sarif=out.sarif")
    for name, _ in request.reports:
        if name not in known:
            raise UsageError(f"there is no report format '{name}'", hint=f"there is {', '.join(known)}")
    paths = [_plain_path(request.root / path) for _, path in request.reports if path != "-"]
    if len(set(paths)) != len(paths):
        raise UsageError("two reports cannot go to one file", hint="give each --report a path of its own")
    return [(seam.member("gatepass.reports", Report, name), path) for name, path in request.reports]


def _signer(
    request: Request, environment: Environment, passphrase: Callable[[], str] | None, say: Say
) -> Signer | None:
    if request.unsigned:
        return None
    if request.key:
        return open_signer(request.key, environment, passphrase)
    if in_ci(environment):
        raise SigningError(
            "this is a pipeline, and no key to sign the record with was given",
            hint="gatepass key generate, store it as a secret of the pipeline, and give --key env://NAME",
        )
    folder = config_folder(environment)
    if request.dry_run and not has_personal_key(folder):
        say("DRY RUN: a run would make a personal key first")
        return None
    personal = personal_key(folder)
    if personal.made:
        say(f"made a personal key {personal.path} ({personal.keyid}); pipelines need one of their own")
    return open_signer(str(personal.path), environment, passphrase)


def _build(request: Request, environment: Environment) -> Build:
    build = build_of(environment, request.root, request.build, request.platform)
    return replace(build, artifacts=tuple(artifact_of(each, request.root) for each in request.artifacts))


def _record_url(request: Request, platform: Platform | None, environment: Environment) -> str | None:
    """Where people will see the record, when it lies in the workspace and the platform shows its files."""
    path = record_paths(Path(request.record))[0]
    if platform is None or platform.file_url is None or path.is_absolute():
        return None
    return platform.file_url(environment, path.as_posix())


def _policies(request: Request, build: Build) -> tuple[Policy, ...]:
    policies = load.load(request.policies, request.root)
    refuse_idle(policies, build)
    for policy in policies:
        if policy.forbid_now and request.now_given:
            raise PolicyError(f"the policy {policy.name} forbids decisions made with --now")
    return policies


def _rendered(
    decision: Decision, reports: list[tuple[Report, str]], context: ReportContext
) -> tuple[tuple[tuple[str, str], ...], list[tuple[Output, bytes]]]:
    """What goes to standard output, and what goes to files."""
    shown: list[tuple[str, str]] = []
    files: list[tuple[Output, bytes]] = []
    for report, path in reports:
        text = report.render(decision, context)
        if path == "-":
            shown.append((report.name, text))
            continue
        data = text.encode()
        output = Output(path, hashlib.sha256(data).hexdigest(), report.media_type, len(data))
        files.append((output, data))
    return tuple(shown), files
