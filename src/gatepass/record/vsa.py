"""The SLSA Verification Summary of a decision: https://slsa.dev/spec/v1.2/verification_summary.

It is made from the decision's Statement alone and says nothing new. ``inputAttestations`` is left out on
purpose: when it is there it must list everything the verdict rests on, and reports are no attestations.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from gatepass.model.facts import Json
from gatepass.record.names import DECISION_TYPE, GATE_ID, POLICY_SET, STATEMENT_TYPE, VSA_TYPE
from gatepass.record.reading import entries, field_object, field_text
from gatepass.record.signed_json import Object, canonical_line, sha256

_PURL_TYPES = ("github", "bitbucket")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:")


def vsa_statement(decision: Object, envelope_sha256: str) -> Object:
    """The VSA of a decision's Statement, which it names by the digest of the Statement's envelope.

    Raises `VerificationError` when ``decision`` is not such a Statement.
    """
    predicate = field_object(decision, "predicate")
    gate = field_object(predicate, "gate")
    overrides = [o for o in entries(predicate, "overrides") if o.get("status") == "in-force"]
    named: Object = {
        "digest": {"sha256": envelope_sha256},
        "overrides": len(overrides),
        "relaxations": predicate.get("relaxations", []),
    }
    if predicate.get("unsigned"):
        named["unsigned"] = True
    return {
        "_type": STATEMENT_TYPE,
        "subject": decision["subject"],
        "predicateType": VSA_TYPE,
        "predicate": {
            "verifier": {"id": GATE_ID, "version": {"gatepass": field_text(gate, "version")}},
            "timeVerified": field_text(predicate, "evaluatedAt"),
            "resourceUri": _resource(decision, field_object(predicate, "build")),
            "policy": _policy(entries(predicate, "policies")),
            "verificationResult": field_text(predicate, "verdict"),
            "verifiedLevels": _levels(predicate),
            "slsaVersion": "1.2",
            DECISION_TYPE: named,
        },
    }


def _policy(policies: list[Object]) -> Object:
    """The one policy; of several, the set, by a digest over the canonical JSON of each name and digest."""
    if len(policies) == 1:
        only = policies[0]
        return {"uri": field_text(only, "uri"), "digest": field_object(only, "digest")}
    lines = [canonical_line([field_text(p, "name"), field_object(p, "digest")]) for p in policies]
    return {"uri": POLICY_SET, "digest": {"sha256": sha256(b"".join(sorted(lines)))}}


def _levels(predicate: Object) -> list[Json]:
    """One level of our own for every policy that was applied; never ``SLSA_…``, which this gate cannot know.

    slsa-verifier refuses a whole summary for an ``SLSA_`` level that does not end in a number.
    """
    if field_text(predicate, "verdict") != "PASSED":
        return ["FAILED"]
    names = [field_text(p, "name") for p in entries(predicate, "policies") if p.get("applied") is True]
    return ["GATEPASS_" + re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") for name in names]


def _resource(decision: Object, build: Object) -> str:
    """What a consumer asks about: the one artifact, else the commit, as a package URL where there is one."""
    subjects = entries(decision, "subject")
    artifacts = [s for s in subjects if "annotations" not in s]
    if len(artifacts) == 1:
        name = field_text(artifacts[0], "name")
        return name if _SCHEME.match(name) else f"pkg:generic/{quote(name, safe='')}"
    repository, commit = build.get("repository"), build.get("commit")
    if isinstance(repository, str):
        kind = build.get("platform") if build.get("platform") in _PURL_TYPES else "generic"
        version = f"@{quote(commit, safe='')}" if isinstance(commit, str) else ""
        return f"pkg:{kind}/{quote(repository)}{version}"
    algorithm, value = next(iter(field_object(subjects[0], "digest").items()))
    return f"{algorithm}:{value}"
