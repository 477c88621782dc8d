"""The judge: policies, evidence and overrides in, a decision out.

Pure. It opens no file, reads no clock, no environment and no network; everything comes as an argument, and
the same arguments give the same decision. What it keeps:

1. Missing evidence never passes. A source that is there but cannot be read fails the rules of its kind, even
   if another source of that kind is fine: nobody knows what it would have said.
2. A source about another commit, or one that is too old, counts as not there.
3. A report that no format recognises, or that two do, fails a rule of our own, and so do results of jobs that
   no policy looks at and that are no successes (`own_rules`).
4. Overrides are attached to findings; no finding is taken away.
5. The order of rules, sources and overrides changes no outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gatepass import globs
from gatepass.approving.accounts import same_person
from gatepass.approving.change_request import with_reviews
from gatepass.checks import Check, Question, fingerprint
from gatepass.model.build import Build
from gatepass.model.decision import Decision, Finding, FindingKind, RuleResult
from gatepass.model.evidence import Evidence
from gatepass.model.facts import Facts
from gatepass.model.identity import Identity
from gatepass.model.override import Override
from gatepass.model.place import Place
from gatepass.model.policy import OnMissing, Policy, Rule
from gatepass.model.source import Problem, ProblemCode, Source
from gatepass.model.suppression import scanner_suppressions
from gatepass.overriding import attach
from gatepass.own_rules import OWN_POLICY, broken_own_rules
from gatepass.policy.scope import why_not

_CLOCK_SKEW = timedelta(minutes=5)
_OVERRIDES = "overrides"
_FORGES = ("github", "gitlab", "bitbucket", "azure")
ASKED_OF = {  # for each kind the collectors that ask for it
    "approvals": _FORGES,
    "pipeline": _FORGES,
    "commits": ("git",),
    "identity": ("oidc",),
    "suppressions": ("suppressions",),
    "quality-gate": ("sonarqube",),
    "findings": ("sonarqube", "snyk"),
    "vulnerabilities": ("snyk",),
}
_SELDOM_FILES = frozenset(("approvals", "pipeline", "commits", "identity", "suppressions"))
_COUNTS_AS_ABSENT = (ProblemCode.OTHER_COMMIT, ProblemCode.STALE, ProblemCode.MISSING)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was given: typed evidence (each with its source) and all sources, usable or not."""

    evidence: tuple[Evidence, ...] = ()
    sources: tuple[Source, ...] = ()


def evaluate(
    policies: Sequence[Policy],
    gathered: Gathered,
    overrides: Sequence[Override],
    build: Build,
    now: datetime,
    *,
    checks: Mapping[str, Check],
    gate_version: str,
    relaxations: Sequence[str] = (),
) -> Decision:
    """The decision about a build at the instant ``now`` (UTC).

    ``overrides`` come with the signatures that were verified; reviews of the judged change are added here.
    """
    overrides = with_reviews(overrides, gathered.evidence, build, same_person(policies))
    results = _results(policies, gathered, overrides, build, now, checks)
    if own := tuple(broken_own_rules(results, gathered.evidence, gathered.sources, build, now)):
        results += own
        policies = (*policies, OWN_POLICY)
    with_overrides, uses = attach(results, overrides, policies, now, _artifacts(build))
    return Decision(
        gate_version=gate_version,
        at=now,
        build=build,
        policies=tuple(policies),
        results=with_overrides,
        sources=gathered.sources,
        overrides=uses,
        relaxations=tuple(relaxations),
        suppressions=scanner_suppressions(gathered.evidence),
        identities=tuple(each for each in gathered.evidence if isinstance(each, Identity)),
    )


def _results(
    policies: Sequence[Policy],
    gathered: Gathered,
    overrides: Sequence[Override],
    build: Build,
    now: datetime,
    checks: Mapping[str, Check],
) -> list[RuleResult]:
    """The results of all rules in their order; those that ask about overrides are judged after the others.

    Twice: an override may cover what one of them found, and another is about just that override.
    """
    rules = [(policy, rule, checks[rule.check]) for policy in policies for rule in policy.rules]
    last = [each for each in rules if _OVERRIDES in each[2].reads]
    found = {
        rule.code: _result(rule, policy, gathered, (), build, now, check)
        for policy, rule, check in rules
        if _OVERRIDES not in check.reads
    }
    for _ in range(2 if last else 0):
        _, uses = attach(list(found.values()), overrides, policies, now, _artifacts(build))
        covering = tuple(use.override for use in uses if use.covers)
        found |= {
            rule.code: _result(rule, policy, gathered, covering, build, now, check)
            for policy, rule, check in last
        }
    return [found[rule.code] for _, rule, _ in rules]


def _artifacts(build: Build) -> tuple[str, ...]:
    """Each artifact of a build as overrides name it; one without such a digest by what no override names."""
    return tuple(f"sha256:{dict(each.digest).get('sha256', '')}" for each in build.artifacts)


def _result(
    rule: Rule,
    policy: Policy,
    gathered: Gathered,
    overrides: tuple[Override, ...],
    build: Build,
    now: datetime,
    check: Check,
) -> RuleResult:
    if reason := why_not(policy.scope, build):
        return RuleResult(rule, now, not_applicable=reason)
    kind = check.evidence or str(rule.parameters["evidence"])
    beside = [_supply(replace(rule, reports=()), each, gathered, now) for each in check.reads]
    question = Question(
        rule, (), build, now, tuple(read for each in beside for read in each.evidence), overrides
    )
    unreadable = [source for each in beside for source in each.broken]
    if kind == "build" or (kind == "artifacts" and build.artifacts):
        return _judged(question, check, unreadable)
    supply = _supply(rule, kind, gathered, now)
    if not supply.evidence and not supply.broken and rule.on_missing is OnMissing.SKIP:
        return RuleResult(
            rule, now, not_applicable=f"{supply.absence}; the policy says to skip the rule then"
        )
    missing = tuple(_broken(rule, source) for source in supply.broken)
    if not supply.evidence:
        missing = missing or (_missing(rule, kind, supply, build),)
        return RuleResult(rule, now, f"no {kind} evidence", missing, sources=_names(supply.broken))
    return _judged(replace(question, evidence=supply.evidence), check, [*supply.broken, *unreadable])


def _judged(question: Question, check: Check, broken: Sequence[Source]) -> RuleResult:
    """What a check says, and that sources it may not be able to do without are broken."""
    judgement = check.judge(question)
    findings = sorted(judgement.findings, key=lambda f: (f.place.path, f.place.line or 0, f.fingerprint))
    missing = (_broken(question.rule, source) for source in broken)
    read = {each.source.name for each in (*question.evidence, *question.beside)}
    return RuleResult(
        question.rule,
        question.now,
        judgement.summary,
        (*missing, *findings),
        judgement.figures,
        tuple(sorted({*read, *_names(broken)})),
    )


@dataclass(frozen=True, slots=True)
class _Supply:
    """The evidence that a rule may rely on, the sources that are broken, those that count as absent.

    ``unread`` are those of which nobody knows what they are.
    """

    evidence: tuple[Evidence, ...]
    broken: tuple[Source, ...]
    absent: tuple[Source, ...]
    unread: tuple[Source, ...]
    kind: str

    @property
    def absence(self) -> str:
        """Why there is nothing, in words."""
        if not self.absent:
            return f"no {self.kind} evidence was given{self.but}"
        said = "; ".join(f"{s.name} {s.problem.message}" for s in self.absent if s.problem)
        return f"no {self.kind} evidence counts: {said}"

    @property
    def but(self) -> str:
        """What was given that might have been it."""
        names = [each.name for each in self.unread]
        shown = " or ".join([*names[:3], *([f"{len(names) - 3} more"] if len(names) > 3 else [])])
        return f", unless {shown} was meant to be it, which could not be used" if names else ""


def _supply(rule: Rule, kind: str, gathered: Gathered, now: datetime) -> _Supply:
    fits = _reports_filter(rule)
    fact = rule.parameters.get("fact")
    usable: list[Evidence] = []
    absent: list[Source] = []
    candidates = [each for each in gathered.evidence if each.source.usable and fits(each.source.name)]
    for each in (*candidates, *_copies(gathered, {each.source.name for each in candidates}, kind, fits)):
        if kind != each.KIND:
            continue
        if isinstance(each, Facts) and fact is not None and each.name != fact:
            continue
        if problem := _origin_problem(rule, each.source) or _age_problem(rule, each.source, now):
            absent.append(replace(each.source, problem=problem))
        else:
            usable.append(each)
    broken: list[Source] = []
    for source in gathered.sources:
        if source.kind != kind or source.problem is None or not fits(source.name):
            continue
        if isinstance(fact, str) and source.name != f"fact:{fact}":
            continue
        (absent if source.problem.code in _COUNTS_AS_ABSENT else broken).append(source)
    usable.sort(key=lambda each: each.source.name)
    unread = tuple(
        each for each in gathered.sources if each.kind is None and each.problem and fits(each.name)
    )
    return _Supply(tuple(usable), tuple(broken), tuple(sorted(absent, key=lambda s: s.name)), unread, kind)


def _copies(gathered: Gathered, taken: set[str], kind: str, fits: Callable[[str], bool]) -> list[Evidence]:
    """Evidence of which a rule names only a copy: the same bytes were read under another name."""
    usable = (each for each in gathered.evidence if each.source.usable)
    by_name = {each.source.name: each for each in usable if kind == each.KIND}
    found: dict[str, Evidence] = {}
    for source in gathered.sources:
        first = source.same_as
        if first in by_name and first not in taken and source.kind == kind and fits(source.name):
            found.setdefault(first, replace(by_name[first], source=replace(source, same_as=None)))
    return list(found.values())


def absence(
    rule: Rule, check: Check, gathered: Gathered, build: Build, now: datetime
) -> tuple[str, bool] | None:
    """Why the rule cannot be judged by what was gathered, in words; None when there is evidence for it.

    The second tells that a source is broken: the rule fails then, whatever its ``on-missing`` says.
    """
    kind = check.evidence or str(rule.parameters["evidence"])
    if kind == "build" or (kind == "artifacts" and build.artifacts):
        return None
    supply = _supply(rule, kind, gathered, now)
    if supply.broken:
        return _broken(rule, supply.broken[0]).message, True
    return None if supply.evidence else (_missing(rule, kind, supply, build).message, False)


def _reports_filter(rule: Rule) -> Callable[[str], bool]:
    return lambda name: not rule.reports or globs.matches_any(name, rule.reports)


def _origin_problem(rule: Rule, source: Source) -> Problem | None:
    if not rule.collected:
        return None
    if source.collected_from is not None:
        servers = {each.rstrip("/") for each in rule.servers}
        if not servers or source.collected_from.rstrip("/") in servers:
            return None
        said = f"was asked of {source.collected_from}, and the rule believes {', '.join(rule.servers)} alone"
        return Problem(ProblemCode.MISSING, said)
    said = "was given as a file, which anybody may have written, and the rule wants it collected (--collect)"
    return Problem(ProblemCode.MISSING, said)


def _age_problem(rule: Rule, source: Source, now: datetime) -> Problem | None:
    if rule.max_age is None:
        return None
    if source.created is None:
        return Problem(ProblemCode.STALE, "does not say when it was made, and the rule has a max-age")
    if source.created - now > _CLOCK_SKEW:
        return Problem(
            ProblemCode.STALE, f"says it was made in the future, at {source.created:%Y-%m-%dT%H:%M:%SZ}"
        )
    if now - source.created > rule.max_age:
        return Problem(
            ProblemCode.STALE, f"was made at {source.created:%Y-%m-%dT%H:%M:%SZ}, longer ago than allowed"
        )
    return None


def _missing(rule: Rule, kind: str, supply: _Supply, build: Build) -> Finding:
    message = supply.absence
    if rule.reports and not supply.absent:
        message = f"no {kind} report matches {', '.join(rule.reports)}{supply.but}"
    found = _missing_finding(rule, message, ("no-evidence", kind))
    step = _how_to_give(rule, kind, supply, build)
    return replace(found, fix=f"{step}; the policy says: {rule.fix}" if rule.fix else step)


def _how_to_give(rule: Rule, kind: str, supply: _Supply, build: Build) -> str:
    """What makes evidence of a kind be there for a rule."""
    if kind == "artifacts":
        return "name what the build made with --artifact"
    known = ASKED_OF.get(kind, ())
    names = [build.platform] if build.platform in known else known
    ask = " or ".join(f"--collect {name}" for name in names)
    if rule.collected and ask:
        return f"ask for it in this run: {ask}" + (
            f", at {' or '.join(rule.servers)}" if rule.servers else ""
        )
    if supply.unread and not supply.absent:
        return "mend the report that could not be used, or give another one with --evidence"
    give = "give a report with --evidence; gatepass evidence formats lists what is read"
    return f"ask for it: {ask}; or {give}" if ask and kind in _SELDOM_FILES else give


def _broken(rule: Rule, source: Source) -> Finding:
    problem = source.problem
    assert problem is not None
    found = _missing_finding(rule, f"{source.name} {problem.message}", ("broken", source.name))
    # a scan that failed counts as not there; a report that cannot be read might have said anything
    gone = problem.code is ProblemCode.SCAN_FAILED
    kind = FindingKind.MISSING_EVIDENCE if gone else FindingKind.BROKEN_EVIDENCE
    return replace(found, kind=kind, place=Place(source.name, problem.line, problem.column))


def _missing_finding(rule: Rule, message: str, identity: tuple[str, ...]) -> Finding:
    return Finding(
        rule=rule.code,
        message=message,
        place=rule.place,
        fingerprint=fingerprint(rule.code, "missing", *identity),
        kind=FindingKind.MISSING_EVIDENCE,
        fix=rule.fix,
    )


def _names(sources: Sequence[Source]) -> tuple[str, ...]:
    return tuple(source.name for source in sources)
