"""Cases of policy tests, judged as the gate judges, of what they give and nothing else.

    case ─ workspace of its own ─ policies, overrides, evidence ─ evaluate ─ text ─ what came out otherwise

No network, no git, no clock, no environment, no key, no record: a case comes out the same everywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import gatepass
from gatepass.attribution import attributed
from gatepass.checks import Check
from gatepass.errors import OverrideError, PolicyError
from gatepass.evaluate import Gathered, evaluate
from gatepass.gathering import Vouching, gather
from gatepass.model.build import Build
from gatepass.model.decision import Decision, Outcome, RuleResult
from gatepass.model.override import Override
from gatepass.model.place import Place
from gatepass.model.policy import Policy
from gatepass.policy import load, overrides
from gatepass.policy.cases import NO_DECISION, Case, PolicyTest
from gatepass.policy.mistakes import suggestion
from gatepass.policy.schema import checks_of
from gatepass.policy.scope import refuse_idle
from gatepass.reports import ReportContext
from gatepass.reports.text import render

BROKEN = frozenset({Outcome.FAIL, Outcome.WARN, Outcome.OVERRIDDEN})
"""Outcomes that tell that a rule was broken; `Outcome.ERROR` only tells that it could not be judged."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that came out otherwise, and where it is expected."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came out of a case; ``text`` is the whole text report, or why no decision was made.

    ``shown`` are the codes of the rules that the case expects an outcome of, with it, where it came.
    """

    case: Case
    differences: tuple[Difference, ...]
    text: str
    shown: tuple[tuple[str, Outcome], ...]


def rehearse(test: PolicyTest, root: Path) -> tuple[tuple[Policy, ...], list[Rehearsed]]:
    """The policies of a test, and what came out of each of its cases.

    ``root`` is what references are relative to. Raises `PolicyError` and `OverrideError` for what cannot be
    loaded, and for a case that expects something of a rule that there is not.
    """
    try:
        policies = load.load(test.policies, root)
    except PolicyError as error:
        if error.place:
            raise
        raise PolicyError(error.message, place=test.place, hint=error.hint) from None
    checks = checks_of(policies)
    return policies, [_rehearsed(case, policies, checks, root) for case in test.cases]


def _rehearsed(case: Case, policies: Sequence[Policy], checks: Mapping[str, Check], root: Path) -> Rehearsed:
    codes = _codes(case, policies)
    try:
        refuse_idle(policies, case.build)
    except PolicyError as error:
        return Rehearsed(
            case, tuple(_differences(case, NO_DECISION, {}, error.message, codes)), error.message, ()
        )
    decision = _decision(case, policies, checks, root)
    text = render(decision, ReportContext(verbose=True))
    results = {result.rule.code: result for result in decision.results}
    differences = tuple(_differences(case, decision.verdict.value, results, text, codes))
    shown = tuple(
        (codes[name], outcome)
        for name, outcome in case.expected.rules
        if results[codes[name]].outcome is outcome
    )
    return Rehearsed(case, differences, text, shown)


def _decision(case: Case, policies: Sequence[Policy], checks: Mapping[str, Check], root: Path) -> Decision:
    with TemporaryDirectory(prefix="gatepass-test-") as name:
        workspace, beside = Path(name, "workspace"), Path(name, "facts")
        _write(workspace, case.evidence, case)
        facts = {fact: str(beside / f"{number}.json") for number, fact in enumerate(case.facts)}
        _write(beside, {Path(facts[fact]).name: content for fact, content in case.facts.items()}, case)
        vouched = {
            each: Vouching(hashlib.sha256(case.evidence[each]).hexdigest(), server)
            for each, server in case.collected.items()
        }
        given = [each for each in case.evidence if each not in vouched]
        found = gather(given, facts, workspace, case.build, vouched)
    build = attributed(case.build, found.evidence)
    return evaluate(
        policies,
        Gathered(found.evidence, found.sources),
        _overrides(case, policies, root, build),
        build,
        case.now,
        checks=checks,
        gate_version=gatepass.__version__,
    )


def _write(folder: Path, contents: Mapping[str, bytes], case: Case) -> None:
    folder.mkdir()
    for name, content in contents.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:  # one name is the folder of another
            said = f"the evidence {name} cannot be written: {error.strerror}"
            raise PolicyError(said, place=case.place_of(f"evidence.{name}")) from None


def _overrides(case: Case, policies: Sequence[Policy], root: Path, build: Build) -> tuple[Override, ...]:
    """The overrides of a case, as if the judged commit held their files: git is not asked."""
    if not case.overrides and not case.override_files:
        return ()
    from gatepass import approved  # slow to import

    files = list(overrides.load_files(case.override_files, root))
    for id_, data in case.overrides.items():
        name = f"overrides/{id_}.yaml"
        try:
            files.append(overrides.OverrideFile(overrides.read(data, name), root / name, data))
        except OverrideError as error:
            raise OverrideError(error.message, place=case.place_of(f"overrides.{id_}")) from None
    ids = [each.override.id for each in files]
    if twice := next((each for each in ids if ids.count(each) > 1), None):
        raise OverrideError(f"the id {twice} is taken", place=case.place_of(f"overrides.{twice}"))
    held = approved.Recorded(committed_in=build.commits)
    recorded = {(each.override.id, each.override.sha256): held for each in files}
    done = approved.verified(files, root, policies, case.now, {}, recorded=recorded)
    return tuple(sorted((each.override for each in done), key=lambda each: each.id))


def _codes(case: Case, policies: Sequence[Policy]) -> dict[str, str]:
    """The code of each rule that the case names. Raises `PolicyError` with its place."""
    rules = [rule for policy in policies for rule in policy.rules]
    known = {rule.code for rule in rules}
    made: dict[str, str] = {}
    for name, _ in case.expected.rules:
        named = [rule.code for rule in rules if name in (rule.id, rule.code)]
        if len(named) != 1:
            said = (
                f"'{name}' is a rule of several policies: write one of {', '.join(named)}"
                if named
                else f"there is no rule '{name}'{suggestion(name, {*known, *(rule.id for rule in rules)})}"
            )
            raise PolicyError(said, place=case.place_of(f"expect.rules.{name}"))
        made[name] = named[0]
    return made


def _differences(
    case: Case, verdict: str, results: Mapping[str, RuleResult], text: str, codes: Mapping[str, str]
) -> Iterator[Difference]:
    expected = case.expected
    if verdict != expected.verdict:
        why = f": {text}" if verdict == NO_DECISION else ""
        said = f"verdict: expected {expected.verdict}, came out {verdict}{why}"
        yield Difference(case.place_of("expect.verdict"), said)
    for name, outcome in expected.rules:
        result = results.get(codes[name])
        if result is None or result.outcome is not outcome:
            came = "no decision was made" if result is None else _in_words(result)
            yield Difference(
                case.place_of(f"expect.rules.{name}"), f"{name}: expected {outcome.value}, came out {came}"
            )
    said_by_it = " ".join(text.split())
    for number, words in enumerate(expected.says):
        if " ".join(words.split()) not in said_by_it:
            yield Difference(case.place_of(f"expect.says[{number}]"), f"nothing says: {words}")


def _in_words(result: RuleResult) -> str:
    first = next((each.message for each in (*result.blocking, *result.warning)), "")
    why = result.not_applicable or first or result.summary
    return f"{result.outcome.value}{f': {why}' if why else ''}"
