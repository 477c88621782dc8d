"""The tests of a build ran, and passed.

Without any parameter the rule is: at least one test ran, none failed, none broke. Skipped tests are
allowed until `maximum-skipped` says how many.

```yaml
- id: tests
  check: tests
  minimum-run: 500                # no fewer than we are used to
  maximum-skipped: 2%
  allowed-skips: ["windows.*"]    # known not to run here; they do not count
  required-suites: ["payments*"]  # each must match a suite that ran at least one test
```

**What counts.** Tests are counted one by one; what a report's own summary says is only compared. A test
with several results counts once, with the worst: an error, else a failure, else skipped. Several reports
add up. Where the summary of a report claims more failures than its tests show, the rule is broken, as
somebody or something lost them.

**Limits.** `maximum-failed`, `maximum-errored`, `maximum-skipped` and `maximum-flaky` are a number, or a
share such as `5%`: of the tests that ran, and for `maximum-skipped` of all tests. Every failed test is a
finding of its own, with its place where the report tells it; after 200 one more finding says how many
there are besides. Look at skipped tests too: GoogleTest reports all tests of a suite that could not be
set up as skipped, and as nothing else.

**Flaky tests.** A test that failed and passed when run again is flaky if its report says so (Surefire's
`flakyFailure`), and counts as passed. Other tools write the same test several times, once passed and
once failed. Nobody can tell these from two tests with the same name, so the failed one counts, and the
contradiction is a finding of its own. `repeated-names: allow` says that your tool means a retry: the
failed runs of a test that also passed in the same report then count as flaky.

**Patterns.** `*` stands for any characters, `?` for one; brackets stand for themselves, as test names are
full of them. The name of a test is its class and its own name with a dot between:
`tests.test_refund.test_rounds[EUR]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction

from gatepass.checks._check import Check, Judgement, Mistake, Question
from gatepass.checks._tests_parameters import PARAMETERS
from gatepass.model.decision import Finding, Subject
from gatepass.model.facts import Json
from gatepass.model.policy import Rule
from gatepass.model.tests import TestCase, TestCounts, TestOutcome, TestRun

MOST_FINDINGS = 200
_FAILING = (TestOutcome.FAILED, TestOutcome.ERROR)
_LISTED = 20


@dataclass(frozen=True, slots=True)
class _Total:
    """All reports together, after the rule has said which runs it forgives.

    ``forgiven`` are the failed runs of tests that also passed, when the rule takes them for retries.
    """

    runs: tuple[TestRun, ...]
    counts: TestCounts
    forgiven: frozenset[tuple[str, str]]

    @property
    def cases(self) -> Iterator[TestCase]:
        """All cases that did not plainly pass."""
        return (case for run in self.runs for case in run.not_passed)

    @property
    def repeated_names(self) -> int:
        """How many names passed and failed in one report."""
        return sum(run.repeated_names for run in self.runs)


def _judge(question: Question) -> Judgement:
    runs = tuple(each for each in question.evidence if isinstance(each, TestRun))
    total = _total(question.rule, runs)
    findings = (
        *_too_few(question, total),
        *_failures(question, total),
        *_unexplained(question, total),
        *_repeated(question, total),
        *_skipped(question, total),
        *_flaky(question, total),
        *_suites(question, total),
        *_duration(question, total),
    )
    return Judgement(_summary(total.counts), findings, _figures(total))


def _total(rule: Rule, runs: tuple[TestRun, ...]) -> _Total:
    counts = sum((run.counts for run in runs), TestCounts())
    if rule.parameters.get("repeated-names") != "allow":
        return _Total(runs, counts, frozenset())
    retried = [
        case for run in runs for case in run.not_passed if case.also_passed and case.outcome in _FAILING
    ]
    names = frozenset((case.suite, case.name) for case in retried)
    failed = sum(case.outcome is TestOutcome.FAILED for case in retried)
    allowed = TestCounts(
        counts.passed,
        counts.failed - failed,
        counts.errored - (len(retried) - failed),
        counts.skipped,
        counts.flaky + len(names),
    )
    return _Total(runs, allowed, names)


def _too_few(question: Question, total: _Total) -> Iterator[Finding]:
    minimum = _whole(question.rule, "minimum-run", 1)
    if total.counts.run < minimum:
        ran = f"only {_tests(total.counts.run)} ran" if total.counts.run else "no test ran"
        yield question.finding(
            f"{ran}, at least {minimum:,} must",
            identity=("minimum-run",),
            place=question.rule.place_of("minimum-run"),
        )


def _failures(question: Question, total: _Total) -> Iterator[Finding]:
    broken: list[TestOutcome] = []
    unnamed = 0
    for key, outcome, number in (
        ("maximum-errored", TestOutcome.ERROR, total.counts.errored),
        ("maximum-failed", TestOutcome.FAILED, total.counts.failed),
    ):
        if _within(question.rule, key, number, total.counts.run, default=0):
            continue
        broken.append(outcome)
        named = [c for c in total.cases if c.outcome is outcome and not _is_forgiven(total, c)]
        unnamed += number - len(named)
        # where none may fail, each test is the broken limit; else the limit is one of its own
        if not _is_zero(question.rule.parameters.get(key, 0)):
            yield _limit(question, key, f"{_tests(number)} {_verb(outcome)}", total.counts.run)
    if broken:
        yield from _failed_tests(question, total, broken, unnamed)


def _failed_tests(
    question: Question, total: _Total, broken: list[TestOutcome], unnamed: int
) -> Iterator[Finding]:
    by_name: dict[tuple[str, str], list[TestCase]] = {}
    for case in total.cases:
        if case.outcome in broken and not _is_forgiven(total, case):
            by_name.setdefault((case.suite, case.name), []).append(case)
    listed = list(by_name.items())[:MOST_FINDINGS]
    for (suite, name), cases in listed:
        yield _failed_test(question, suite, name, cases)
    more = unnamed + sum(len(cases) for cases in list(by_name.values())[MOST_FINDINGS:])
    if more:
        yield question.finding(
            f"{_tests(more)} failed besides these"
            if listed
            else f"{_tests(more)} failed without being named",
            identity=("more-failed",),
        )


def _failed_test(question: Question, suite: str, name: str, cases: list[TestCase]) -> Finding:
    worst = next((c for c in cases if c.outcome is TestOutcome.ERROR), cases[0])
    runs = len(cases) + sum(case.reruns for case in cases)
    said = f": {worst.message}" if worst.message else ""
    details = [f"suite {suite}"] if suite and not name.startswith(suite) else []
    if runs > 1:
        details.append(f"failed in {runs:,} runs")
    return question.finding(
        f"{name} {_verb(worst.outcome)}{said}",
        identity=("test", suite, name),
        place=worst.place,
        subject=Subject(path=worst.place.path if worst.place else None),
        details=details,
    )


def _unexplained(question: Question, total: _Total) -> Iterator[Finding]:
    for run in total.runs:
        if run.unexplained:
            yield question.finding(
                f"{run.source.name} claims {run.unexplained:,} more failures than its tests show",
                identity=("unexplained", run.source.name),
                fix="Let the tool write its report again: tests that failed are missing in it.",
            )


def _repeated(question: Question, total: _Total) -> Iterator[Finding]:
    if total.repeated_names and question.rule.parameters.get("repeated-names", "fail") != "allow":
        names = dict.fromkeys(case.name for case in total.cases if case.also_passed)
        yield question.finding(
            f"{_tests(total.repeated_names)} both passed and failed in the same report",
            identity=("repeated-names",),
            place=question.rule.place_of("repeated-names"),
            details=_some(names, total.repeated_names),
            fix="Make the tests reliable, or say `repeated-names: allow` if your tool repeats failed tests.",
        )


def _skipped(question: Question, total: _Total) -> Iterator[Finding]:
    skips = [case.name for case in total.cases if case.outcome is TestOutcome.SKIPPED]
    allowed = _texts(question.rule, "allowed-skips")
    counted = [name for name in skips if not any(_matches(name, glob) for glob in allowed)]
    number = total.counts.skipped - (len(skips) - len(counted))
    if not _within(question.rule, "maximum-skipped", number, total.counts.total, default=None):
        said = f"{_tests(number)} skipped"
        yield _limit(question, "maximum-skipped", said, total.counts.total, _some(counted, number))


def _flaky(question: Question, total: _Total) -> Iterator[Finding]:
    number = total.counts.flaky
    if not _within(question.rule, "maximum-flaky", number, total.counts.run, default=None):
        names = dict.fromkeys(c.name for c in total.cases if c.flaky or _is_forgiven(total, c))
        said = f"{_tests(number)} flaky"
        yield _limit(question, "maximum-flaky", said, total.counts.run, _some(names, number))


def _suites(question: Question, total: _Total) -> Iterator[Finding]:
    ran = {suite.name for run in total.runs for suite in run.suites if suite.counts.run}
    for glob in dict.fromkeys(_texts(question.rule, "required-suites")):
        if not any(_matches(name, glob) for name in ran):
            yield question.finding(
                f"no suite that matches {glob!r} ran a test",
                identity=("required-suites", glob),
                place=question.rule.place_of("required-suites"),
            )


def _duration(question: Question, total: _Total) -> Iterator[Finding]:
    if "maximum-duration" not in question.rule.parameters:
        return
    maximum = _whole(question.rule, "maximum-duration", 0)
    for run in total.runs:
        if run.duration is None:
            yield question.missing(
                f"{run.source.name} does not tell how long all of its tests took",
                identity=("maximum-duration", run.source.name),
            )
    took = _seconds(total)
    if took > maximum:
        yield question.finding(
            f"the tests took {took:,.1f} s, at most {maximum:,} s are allowed",
            identity=("maximum-duration",),
            place=question.rule.place_of("maximum-duration"),
        )


def _limit(question: Question, key: str, said: str, base: int, details: Iterable[str] = ()) -> Finding:
    maximum = question.rule.parameters.get(key, 0)
    share = f" of {base:,}" if isinstance(maximum, str) else ""
    return question.finding(
        f"{said}{share}, at most {maximum} allowed",
        identity=(key,),
        place=question.rule.place_of(key),
        details=details,
    )


def _within(rule: Rule, key: str, number: int, base: int, *, default: int | None) -> bool:
    maximum = rule.parameters.get(key, default)
    if maximum is None:
        return True
    if isinstance(maximum, str):
        return number <= Fraction(maximum.removesuffix("%")) * base / 100
    return number <= _whole(rule, key, 0)


def _is_zero(maximum: Json) -> bool:
    return Fraction(str(maximum).removesuffix("%")) == 0


def _is_forgiven(total: _Total, case: TestCase) -> bool:
    return case.also_passed and (case.suite, case.name) in total.forgiven


def _whole(rule: Rule, key: str, default: int) -> int:
    value = rule.parameters.get(key, default)
    # the schema lets 5.0 through for 5
    return int(value) if isinstance(value, int | float) else default


def _texts(rule: Rule, key: str) -> tuple[str, ...]:
    value = rule.parameters.get(key)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _matches(name: str, glob: str) -> bool:
    return fnmatchcase(name, glob.replace("[", "[[]"))


def _some(names: Iterable[str], number: int) -> list[str]:
    some = list(names)[:_LISTED]
    return [*some, f"and {number - len(some):,} more"] if number > len(some) else some


def _tests(number: int) -> str:
    return "1 test" if number == 1 else f"{number:,} tests"


def _verb(outcome: TestOutcome) -> str:
    return "broke" if outcome is TestOutcome.ERROR else "failed"


def _seconds(total: _Total) -> float:
    return sum(run.duration or 0.0 for run in total.runs)


def _summary(counts: TestCounts) -> str:
    parts = [f"{counts.run:,} run"]
    for number, word in (
        (counts.failed, "failed"),
        (counts.errored, "errored"),
        (counts.skipped, "skipped"),
        (counts.flaky, "flaky"),
    ):
        if number:
            parts.append(f"{number:,} {word}")
    return ", ".join(parts)


def _figures(total: _Total) -> tuple[tuple[str, str | int | float], ...]:
    counts = total.counts
    return (
        ("run", counts.run),
        ("passed", counts.passed),
        ("failed", counts.failed),
        ("errored", counts.errored),
        ("skipped", counts.skipped),
        ("flaky", counts.flaky),
        ("unexplained", sum(run.unexplained for run in total.runs)),
        ("duration", round(_seconds(total), 3)),
    )


def _mistakes(rule: Rule) -> Iterator[Mistake]:
    if _texts(rule, "allowed-skips") and "maximum-skipped" not in rule.parameters:
        yield Mistake(
            "allowed-skips",
            "allowed-skips has no effect without maximum-skipped",
            "add `maximum-skipped: 0`, or leave allowed-skips out",
        )


_EXAMPLE = """\
id: tests
title: The tests ran and passed
check: tests
minimum-run: 100
maximum-skipped: 5%
allowed-skips: ["windows.*"]
required-suites: ["payments*"]
maximum-duration: 1800
fix: Mend the tests named here; run them locally first.
"""

CHECK = Check(
    name="tests",
    title="Tests ran and passed",
    evidence=TestRun.KIND,
    parameters=PARAMETERS,
    judge=_judge,
    example=_EXAMPLE,
    validate=_mistakes,
)
