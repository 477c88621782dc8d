"""The in-toto Statement v1 of a decision: https://github.com/in-toto/attestation/tree/main/spec/v1.

Statements are read by strict protobuf parsers (sigstore-go, cosign): four fields at the top, and nothing in
a subject but name, digest and annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gatepass.errors import OutputError
from gatepass.model.build import Artifact
from gatepass.model.decision import Decision
from gatepass.model.facts import Json
from gatepass.record.names import DECISION_TYPE, STATEMENT_TYPE
from gatepass.record.predicate import Output, predicate
from gatepass.record.signed_json import Object, canonical_line, sha256, text

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HEX = re.compile(r"(?:[0-9a-f]{2})+")


def decision_statement(decision: Decision, outputs: Sequence[Output] = (), *, signed: bool = True) -> Object:
    """The Statement; raises `OutputError` when an artifact has no usable digest."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [*subjects(decision)],
        "predicateType": DECISION_TYPE,
        "predicate": predicate(decision, outputs, signed=signed),
    }


def subjects(decision: Decision) -> list[Object]:
    """What the record is about: the artifacts, the source commit, and the head of a change request.

    Where a build has none of them it is about its evidence and policies, by one digest over theirs:
    docs/decisions/0002-what-a-record-is-about.md. Names are unique.
    """
    found = [*_of_artifacts(decision.build.artifacts), *_of_commits(decision)]
    return _with_unique_names(found or [_of_evidence(decision)])


def _of_artifacts(artifacts: Sequence[Artifact]) -> Iterator[Object]:
    for artifact in artifacts:
        digest: Object = {name: value.lower() for name, value in artifact.digest}
        if not digest or not all(isinstance(each, str) and _HEX.fullmatch(each) for each in digest.values()):
            raise OutputError(f"the artifact {artifact.name} has no digest in hex, so it cannot be recorded")
        yield {"name": text(artifact.name), "digest": digest}


def _of_commits(decision: Decision) -> Iterator[Object]:
    build = decision.build
    commits = {"source": build.commit, "change-request-head": build.head}
    seen: set[str] = set()
    for name, commit in commits.items():
        sha = (commit or "").lower()
        if _COMMIT.fullmatch(sha) and sha not in seen:
            seen.add(sha)
            yield {"name": name, "digest": {"gitCommit": sha}, "annotations": {"role": name}}


def _of_evidence(decision: Decision) -> Object:
    lines = [canonical_line(["policy", text(p.name), p.sha256]) for p in decision.policies]
    lines += [canonical_line(["input", text(s.name), s.sha256]) for s in decision.sources]
    digest = sha256(b"".join(sorted(lines)))
    return {"name": "evidence", "digest": {"sha256": digest}, "annotations": {"role": "evidence"}}


def _with_unique_names(found: list[Object]) -> list[Object]:
    made: dict[str, Object] = {}
    for subject in found:
        wanted = name = str(subject["name"])
        number = 2
        while name in made and made[name]["digest"] != subject["digest"]:
            name = f"{wanted} ({number})"
            number += 1
        made.setdefault(name, {**subject, "name": name})
    return list(made.values())


def subject_digests(statement: Object) -> dict[str, str]:
    """The SHA-256 of every subject that has one, by its name."""
    found: dict[str, str] = {}
    listed: Json = statement["subject"]
    for subject in listed if isinstance(listed, list) else []:
        digest = subject.get("digest") if isinstance(subject, dict) else None
        value = digest.get("sha256") if isinstance(digest, dict) else None
        if isinstance(subject, dict) and isinstance(value, str):
            found[str(subject.get("name"))] = value
    return found
