"""What an override is for: which rules, which findings, and whether two are for the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gatepass import globs
from gatepass.model.decision import Finding, FindingKind
from gatepass.model.override import Match, Override
from gatepass.model.policy import Allowance, Policy, Rule

_SIGNS_OF_GLOBS = frozenset("*?[!")


def names(override: Override, rule: Rule) -> bool:
    """Whether an override is for a rule, by its id or by ``policy/id``."""
    return override.rule in (rule.id, rule.code)


def allowances_for(rule: Rule, policy: Policy | None) -> list[Allowance]:
    """What the rule's policy says about overriding it; nothing means that it never may be."""
    return [a for a in policy.allowances if globs.matches_any(rule.id, a.rules)] if policy else []


def matches(override: Override, finding: Finding, artifacts: Collection[str] = ()) -> bool:
    """Whether everything that the override's match says fits the finding, in a build of these artifacts."""
    if finding.kind is not FindingKind.VIOLATION and not override.match.missing_evidence:
        return False
    return fits(override, finding, artifacts)


def fits(override: Override, finding: Finding, artifacts: Collection[str]) -> bool:
    """As `matches`, also where evidence is missing."""
    match = override.match
    return fits_in_any_build(match, finding) and (
        not match.artifacts or _are_all_in(match.artifacts, finding.subject.artifact, artifacts)
    )


def fits_in_any_build(match: Match, finding: Finding) -> bool:
    """Whether a match fits a finding, whatever was built."""
    subject = finding.subject
    ids = {each.casefold() for each in subject.vulnerabilities}
    return (
        (not match.fingerprints or finding.fingerprint in match.fingerprints)
        and (not match.paths or (subject.path is not None and globs.matches_any(subject.path, match.paths)))
        and (not match.vulnerabilities or any(each.casefold() in ids for each in match.vulnerabilities))
        and (
            not match.packages
            or (subject.package is not None and globs.matches_any(subject.package, match.packages))
        )
    )


def may_overlap(one: Match, other: Match) -> bool:
    """Whether something might be found that both are for, in whichever builds.

    In doubt they do: two globs may fit one name. Two ids of vulnerabilities are taken for two
    vulnerabilities; only a finding tells that they are one.
    """
    return not (
        _are_apart(one.fingerprints, other.fingerprints)
        or _are_apart(_folded(one.vulnerabilities), _folded(other.vulnerabilities))
        or _are_apart_as_globs(one.packages, other.packages)
        or _are_apart_as_globs(one.paths, other.paths)
    )


def _are_all_in(named: Sequence[str], artifact: str | None, artifacts: Collection[str]) -> bool:
    """Whether an override names what a finding is about: an artifact, or else all that the build made."""
    about = [artifact] if artifact is not None else artifacts
    return bool(about) and all(each in named for each in about)


def _folded(names_: Sequence[str]) -> list[str]:
    return [each.casefold() for each in names_]


def _are_apart(one: Sequence[str], other: Sequence[str]) -> bool:
    return bool(one) and bool(other) and set(one).isdisjoint(other)


def _are_apart_as_globs(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one of the two names things in full, none of which the other fits."""
    for plain, patterns in ((one, other), (other, one)):
        if plain and patterns and not any(_SIGNS_OF_GLOBS.intersection(each) for each in plain):
            return not any(globs.matches_any(each, patterns) for each in plain)
    return False
