"""A decision as the predicate of a Statement: everything an auditor asks for, nothing secret, no report.

Field names are lowerCamelCase and absent when there is nothing to say. Times are RFC 3339 in UTC. Reports
are named by digest and stay where they are. Same decision, same value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gatepass.errors import OutputError
from gatepass.model.decision import Decision
from gatepass.model.facts import Json
from gatepass.model.override import Approval, Bringer, Match, OverrideUse, Revocation, Trace
from gatepass.model.policy import Policy
from gatepass.model.source import Source
from gatepass.model.suppression import ScannerSuppression
from gatepass.record._build import build_object, without_credentials
from gatepass.record._identities import identity_object
from gatepass.record._rules import place_object, rule_object
from gatepass.record.names import GATE_ID, UNSIGNED_FLAG
from gatepass.record.signed_json import Object, canonical_line, filled, instant, sha256, text

MAXIMUM_SUPPRESSIONS = 1000


@dataclass(frozen=True, slots=True)
class Output:
    """A file that this run wrote and the record vouches for; ``sha256`` is lower-case hex, ``size`` bytes."""

    name: str
    sha256: str
    media_type: str = ""
    size: int | None = None

    @staticmethod
    def of(path: Path, name: str | None = None, media_type: str = "") -> Output:
        """The output in a file; raises `OutputError` when it cannot be read."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise OutputError(f"cannot read the output {path}: {error.strerror}") from None
        return Output(name or path.as_posix(), sha256(data), media_type, len(data))


def predicate(decision: Decision, outputs: Sequence[Output] = (), *, signed: bool = True) -> Object:
    """The predicate of type `gatepass.record.names.DECISION_TYPE`."""
    relaxations = list(decision.relaxations)
    if not signed and UNSIGNED_FLAG not in relaxations:
        relaxations.append(UNSIGNED_FLAG)
    used = {source.name for source in decision.used_sources}
    made: Object = {
        "verdict": decision.verdict.value,
        "gate": {"id": GATE_ID, "version": text(decision.gate_version)},
        "evaluatedAt": instant(decision.at),
        "policies": [_policy(each, decision) for each in decision.policies],
        "inputs": [_input(each, used=each.name in used) for each in decision.sources],
        "build": build_object(decision.build),
        **filled(identities=[identity_object(each) for each in decision.identities]),
        "rules": [rule_object(each) for each in decision.results],
        "overrides": [_override(each) for each in decision.overrides],
        **filled(breakGlass=[_broken_glass(each) for each in decision.broken_glass]),
        **filled(scannerSuppressions=_suppressions(decision.suppressions)),
        "relaxations": [text(each) for each in relaxations],
        "outputs": [_output(each) for each in outputs],
    }
    if not signed:
        made["unsigned"] = True
    return made


def _policy(policy: Policy, decision: Decision) -> Object:
    """A policy, and whether any of its rules was applied; else every reason why not, once."""
    results = [r for r in decision.results if r.rule.policy == policy.name]
    applied = any(r.not_applicable is None for r in results)
    reasons = list(dict.fromkeys(text(r.not_applicable or "") for r in results))
    tightens = any(policy.source in other.tightened_by for other in decision.policies)
    otherwise = "its rules made those of another policy stricter" if tightens else "it has no rule of its own"
    why_not = [] if applied else reasons or [otherwise]
    scope = policy.scope
    return {
        **filled(
            name=text(policy.name),
            title=text(policy.title),
            version=text(policy.version),
            owner=text(policy.owner),
            uri=text(without_credentials(policy.source)),
            scope=filled(
                repositories=[text(each) for each in scope.repositories],
                branches=[text(each) for each in scope.branches],
                events=[each.value for each in scope.events],
                changed=[text(each) for each in scope.changed],
            ),
            notApplied=[*why_not],
            allowedSigners=_signers(policy),
            tightenedBy=[text(each) for each in policy.tightened_by],
            factSchemas=[
                {"name": name, "digest": {"sha256": digest}} for name, digest in policy.fact_schemas
            ],
        ),
        "digest": {"sha256": policy.sha256},
        "applied": applied,
    }


def _input(source: Source, *, used: bool) -> Object:
    problem = source.problem
    return {
        **filled(
            name=text(source.name),
            digest={"sha256": source.sha256} if source.sha256 else None,
            format=source.format,
            kind=source.kind,
            producer=text(source.producer or ""),
            commit=text(source.commit or ""),
            createdAt=instant(source.created) if source.created else None,
            notes=[text(each) for each in source.notes],
            sameAs=text(source.same_as or ""),
            collectedFrom=text(without_credentials(source.collected_from or "")),
            problem=filled(
                code=problem.code.value,
                message=text(problem.message),
                line=problem.line,
                column=problem.column,
            )
            if problem
            else None,
        ),
        "size": source.size,
        "used": used,
    }


def _override(use: OverrideUse) -> Object:
    override = use.override
    return {
        **filled(
            id=text(override.id),
            rule=text(override.rule),
            status=use.status.value,
            message=text(use.message),
            match=_match(override.match),
            reason=text(override.reason),
            justification=text(override.justification),
            ticket=text(override.ticket or ""),
            requestedBy=text(override.requested_by),
            approvedBy=[text(each) for each in override.approved_by],
            approvals=[_approval(each) for each in override.every_approval],
            breakGlass=override.break_glass or None,
            incident=text(override.incident or ""),
            confirmBy=instant(use.confirm_by) if use.confirm_by else None,
            revocation=_revocation(override.revocation) if override.revocation else None,
            committedIn=[text(each) for each in override.committed_in],
            remarks=[text(each) for each in override.remarks],
            broughtBy=[_bringer(each) for each in override.brought_by],
            thereBefore=override.there_before or None,
            requesterAlso=[text(each) for each in override.requester_also],
            trace=_trace(override.trace) if override.trace else None,
            createdAt=instant(override.created),
            expiresAt=instant(override.expires),
            dropIfFixable=override.drop_if_fixable or None,
            place=place_object(override.place),
        ),
        "digest": {"sha256": override.sha256},
        "covers": use.covers,
        "wouldCover": use.would_cover,
    }


def _approval(approval: Approval) -> Object:
    return filled(
        by=text(approval.by),
        how=approval.how.value,
        assurance=approval.assurance.value,
        key=text(approval.key or ""),
        trust={"sha256": approval.trust} if approval.trust else None,
        names=[text(each) for each in approval.names],
        also=[text(each) for each in approval.also],
        ref=text(approval.ref or ""),
        said=text(approval.said),
        at=instant(approval.at) if approval.at else None,
    )


def _bringer(bringer: Bringer) -> Object:
    return filled(
        names=[text(each) for each in bringer.names],
        also=[text(each) for each in bringer.also],
        said=text(bringer.said),
        commit=text(bringer.commit or ""),
    )


def _trace(trace: Trace) -> Object:
    return {"ref": text(trace.ref), "blob": text(trace.blob)}


def _revocation(revocation: Revocation) -> Object:
    return filled(
        by=text(revocation.by),
        reason=text(revocation.reason),
        at=instant(revocation.at),
        rejected=revocation.rejected or None,
        place=place_object(revocation.place),
        digest={"sha256": revocation.sha256},
        ref=text(revocation.ref or ""),
    )


def _broken_glass(use: OverrideUse) -> Object:
    """What one person let through at once, and whether a second confirmed it."""
    override = use.override
    return {
        **filled(
            id=text(override.id),
            rule=text(override.rule),
            incident=text(override.incident or ""),
            by=text(override.requested_by),
            status=use.status.value,
            message=text(use.message),
            confirmBy=instant(use.confirm_by) if use.confirm_by else None,
        ),
        "digest": {"sha256": override.sha256},
        "covers": use.covers,
    }


def _suppressions(suppressions: Sequence[ScannerSuppression]) -> Object | None:
    """At most 1,000 of them; the number and the digest are over all, a line of canonical JSON each."""
    if not suppressions:
        return None
    all_ = [
        filled(
            source=text(each.source),
            tool=text(each.tool),
            rule=text(each.rule),
            subject=text(each.subject),
            kind=text(each.kind),
            reason=text(each.reason),
            by=text(each.by or ""),
            expires=text(each.expires or ""),
        )
        for each in suppressions
    ]
    return {
        "count": len(all_),
        "digest": {"sha256": sha256(b"".join(canonical_line(each) for each in all_))},
        "items": [*all_[:MAXIMUM_SUPPRESSIONS]],
    }


def _signers(policy: Policy) -> list[Json]:
    """The files of allowed signers that a policy believes, each once."""
    trusted = {(each.trust.path, each.trust.sha256) for each in policy.allowances if each.trust}
    return [
        {"name": text(path), "digest": {"sha256": digest}}
        for path, digest in sorted((path, digest) for path, digest in trusted if path and digest)
    ]


def _match(match: Match) -> Object:
    return filled(
        fingerprints=[text(each) for each in match.fingerprints],
        paths=[text(each) for each in match.paths],
        vulnerabilities=[text(each) for each in match.vulnerabilities],
        packages=[text(each) for each in match.packages],
        artifacts=[text(each) for each in match.artifacts],
        wholeRule=match.whole_rule or None,
        missingEvidence=match.missing_evidence or None,
    )


def _output(output: Output) -> Object:
    return {
        **filled(name=text(output.name), mediaType=output.media_type, size=output.size),
        "digest": {"sha256": output.sha256},
    }
