"""Judging again what a record tells of: the same policies, evidence and overrides at the same instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gatepass import approved
from gatepass.evaluate import Gathered, evaluate
from gatepass.gathering import Vouching, gather
from gatepass.model.facts import Json
from gatepass.model.override import Approval, ApprovalHow, Bringer, Match, Override, Revocation, Trace
from gatepass.model.place import Place
from gatepass.model.source import Problem, ProblemCode, Source
from gatepass.policy import load
from gatepass.policy.schema import checks_of
from gatepass.record import differences
from gatepass.record.predicate import predicate as predicate_of
from gatepass.record.rebuild import build_of
from gatepass.record.verify import Verification


@dataclass(frozen=True, slots=True)
class Given:
    """What an auditor gives to judge again.

    ``evidence`` is a folder with the reports under the names they had. ``policies`` and ``overrides`` are
    references as the gate takes them, relative to ``root``. ``facts`` maps a name to a file.
    """

    root: Path
    evidence: Path
    policies: Sequence[str]
    overrides: Sequence[str] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def differences_today(verification: Verification, given: Given) -> tuple[str, ...]:
    """What judging again gives otherwise than the record, a line each; empty when nothing."""
    recorded = verification.predicate
    build = build_of(recorded)
    inputs = _objects(recorded.get("inputs"))
    collected, uncollected = _collected(inputs)
    asked = {*collected, *(source.name for source in uncollected)}
    names = [name for each in inputs if (name := str(each["name"])) not in asked]
    reports = [name for name in names if not name.startswith(("fact:", "/"))]
    facts = {name: str((given.root / path).resolve()) for name, path in given.facts.items()}
    found = gather(reports, facts, given.evidence, build, collected)
    policies = load.load(given.policies, given.root)
    now = datetime.fromisoformat(str(recorded["evaluatedAt"]))
    exceptions = approved.load(
        given.overrides,
        given.root,
        policies,
        now,
        {},
        recorded=_recorded(_objects(recorded.get("overrides"))),
        traces=[trace for each in _objects(recorded.get("overrides")) if (trace := _traced(each))],
    )
    decision = evaluate(
        policies,
        Gathered(found.evidence, (*found.sources, *uncollected)),
        exceptions,
        build,
        now,
        checks=checks_of(policies),
        gate_version="",
    )
    return differences(recorded, predicate_of(decision, signed=verification.signed))


def _collected(inputs: Sequence[dict[str, Json]]) -> tuple[dict[str, Vouching], list[Source]]:
    """What the run had asked for itself, and what it could not get: the record vouches for both."""
    vouched: dict[str, Vouching] = {}
    failed: list[Source] = []
    for each in inputs:
        name, server, digest = str(each["name"]), each.get("collectedFrom"), each.get("digest")
        problem = each.get("problem")
        if isinstance(problem, dict) and problem.get("code") == ProblemCode.UNCOLLECTED:
            said = Problem(ProblemCode.UNCOLLECTED, str(problem.get("message")))
            failed.append(
                Source(name, kind=str(each.get("kind")), problem=said, collected_from=str(server or ""))
            )
        elif isinstance(server, str) and isinstance(digest, dict):
            vouched[name] = Vouching(str(digest.get("sha256")), server)
    return vouched, failed


def _recorded(overrides: Sequence[dict[str, Json]]) -> dict[tuple[str, str], approved.Recorded]:
    """What git told the run of its overrides: the record vouches for that as well."""
    made: dict[tuple[str, str], approved.Recorded] = {}
    for each in overrides:
        digest, commits = each.get("digest"), each.get("committedIn")
        if isinstance(digest, dict) and "trace" not in each:
            made[str(each["id"]), str(digest.get("sha256"))] = approved.Recorded(
                tuple(str(sha) for sha in commits) if isinstance(commits, list) else (),
                tuple(
                    _approval(approval)
                    for approval in _objects(each.get("approvals"))
                    if approval.get("how") == ApprovalHow.COMMIT
                ),
                _revocation(each.get("revocation")),
                tuple(
                    Bringer(names, str(one.get("said", "")), str(one["commit"]))
                    for one in _objects(each.get("broughtBy"))
                    if "commit" in one and (names := _texts(one.get("names")))
                ),
                each.get("thereBefore") is True,
                _texts(each.get("remarks")),
            )
    return made


def _traced(said: dict[str, Json]) -> Override | None:
    """A broken glass that git had and the workspace had not: no file of it need be there any more."""
    trace, digest, match = said.get("trace"), said.get("digest"), said.get("match")
    created, expires = _instant(said.get("createdAt")), _instant(said.get("expiresAt"))
    if not isinstance(trace, dict) or not isinstance(digest, dict) or not isinstance(match, dict):
        return None
    if created is None or expires is None:
        return None
    return Override(
        id=str(said["id"]),
        rule=str(said["rule"]),
        match=Match(
            fingerprints=_texts(match.get("fingerprints")),
            paths=_texts(match.get("paths")),
            vulnerabilities=_texts(match.get("vulnerabilities")),
            packages=_texts(match.get("packages")),
            artifacts=_texts(match.get("artifacts")),
            whole_rule=match.get("wholeRule") is True,
            missing_evidence=match.get("missingEvidence") is True,
        ),
        reason=str(said.get("reason", "")),
        justification=str(said.get("justification", "")),
        requested_by=str(said.get("requestedBy")),
        approved_by=_texts(said.get("approvedBy")),
        created=created,
        expires=expires,
        place=_place(said.get("place")),
        sha256=str(digest.get("sha256")),
        ticket=str(said["ticket"]) if "ticket" in said else None,
        break_glass=said.get("breakGlass") is True,
        incident=str(said["incident"]) if "incident" in said else None,
        approvals=tuple(
            _approval(each) for each in _objects(said.get("approvals")) if each.get("how") in set(ApprovalHow)
        ),
        remarks=_texts(said.get("remarks")),
        trace=Trace(str(trace.get("ref")), str(trace.get("blob"))),
    )


def _revocation(said: Json) -> Revocation | None:
    """One that git had and the workspace had not; any other lies beside the overrides."""
    if not isinstance(said, dict) or "ref" not in said:
        return None
    place, digest, at = said.get("place"), said.get("digest"), _instant(said.get("at"))
    if not isinstance(place, dict) or not isinstance(digest, dict) or at is None:
        return None
    return Revocation(
        str(said.get("by")),
        str(said.get("reason")),
        at,
        _place(place),
        str(digest.get("sha256")),
        rejected=said.get("rejected") is True,
        ref=str(said["ref"]),
    )


def _place(said: Json) -> Place:
    place = said if isinstance(said, dict) else {}
    line, column = place.get("line"), place.get("column")
    return Place(
        str(place.get("path", "")),
        line if isinstance(line, int) else None,
        column if isinstance(column, int) else None,
    )


def _approval(said: dict[str, Json]) -> Approval:
    trust = said.get("trust")
    return Approval(
        str(said["by"]),
        ApprovalHow(str(said.get("how"))),
        str(said["key"]) if "key" in said else None,
        str(trust.get("sha256")) if isinstance(trust, dict) else None,
        _texts(said.get("names")),
        str(said["ref"]) if "ref" in said else None,
        str(said.get("said", "")),
        _instant(said.get("at")),
    )


def _instant(value: Json) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _objects(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
