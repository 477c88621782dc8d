"""Tests of policies: found, run, and told of; failing ones with what was expected and what came out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gatepass.errors import PolicyError, UsageError
from gatepass.files import write_whole
from gatepass.model.decision import Outcome
from gatepass.model.place import Place
from gatepass.plain import plain
from gatepass.policy import cases, key_order
from gatepass.policy.mistakes import suggestion
from gatepass.rehearsal import BROKEN, Rehearsed, rehearse
from gatepass.words import count

AS_EXPECTED, OTHERWISE = 0, 1


@dataclass(frozen=True, slots=True)
class _Ran:
    """A file of cases, what came out of each, and the codes of all rules of its policies."""

    source: str
    rehearsed: tuple[Rehearsed, ...]
    rules: tuple[str, ...]
    seconds: float


def run(references: Sequence[str], root: Path, *, every_rule: bool, verbose: bool, junit: str | None) -> int:
    """Run all cases; the exit code. Raises `PolicyError` when there is none, or a file is not in order."""
    ran = [_ran(path, root) for path in _tests(references, root)]
    for each in ran:
        _tell(each, verbose=verbose)
    everything = [each for file in ran for each in file.rehearsed]
    failed = sum(bool(each.differences) for each in everything)
    said = f"{failed} otherwise" if failed else "all as expected"
    print(f"{count(len(ran), 'file')}, {count(len(everything), 'case')}: {said}")
    untold = list(_untold(ran))
    for line in untold:
        print(line)
    if junit:
        write_whole({root / junit: _junit(ran).encode()})
    return OTHERWISE if failed or (every_rule and untold) else AS_EXPECTED


def _ran(path: Path, root: Path) -> _Ran:
    begun = time.perf_counter()
    test = cases.read(path, root)
    policies, rehearsed = rehearse(test, root)
    rules = tuple(rule.code for policy in policies for rule in policy.rules)
    return _Ran(test.source, tuple(rehearsed), rules, time.perf_counter() - begun)


def _tests(references: Sequence[str], root: Path) -> list[Path]:
    """The files of cases that references name. None at all is an error: nothing was tested."""
    found: dict[Path, None] = {}
    for reference in references:
        path = root / reference
        if path.is_dir():
            inside = sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")])
            found.update((each, None) for each in inside if _is_test(each, root))
        elif path.is_file():
            found[path] = None
        else:
            raise UsageError(f"there is no {reference}", hint="name files or folders of tests of policies")
    if not found:
        raise UsageError(
            f"no test is in {', '.join(references)}, so nothing was tested",
            hint=f"a test is a file with kind: {cases.KIND}; docs/policy-tests.md shows one",
        )
    return list(found)


def _is_test(path: Path, root: Path) -> bool:
    """Whether a file among others is one; a file of ours of no known kind may have been meant to be one."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    kind = cases.kind_of(path.read_bytes(), name)
    known = (*key_order.KINDS, "Config")
    if kind is not None and kind not in known:
        raise PolicyError(f"cannot be of kind {kind}{suggestion(kind, known)}", place=Place(name, 1))
    return kind == cases.KIND


def _tell(file: _Ran, *, verbose: bool) -> None:
    failing = [each for each in file.rehearsed if each.differences]
    if not failing:
        print(f"✓ {plain(file.source)}: {count(len(file.rehearsed), 'case')}")
    for each in failing:
        print(f"✗ {plain(str(_without_column(each.case.place)))}: {plain(each.case.name)}")
        for difference in each.differences:
            print(f"    {plain(str(_without_column(difference.place)))}: {plain(difference.message)}")
        if verbose:
            print("".join(f"    │ {line}\n" for line in each.text.splitlines()), end="")


def _without_column(place: Place) -> Place:
    return Place(place.path, place.line)


def _untold(ran: Sequence[_Ran]) -> Iterator[str]:
    """Which rules no case expects to pass, and which none expects to be broken."""
    rules = dict.fromkeys(code for file in ran for code in file.rules)
    shown = {each for file in ran for rehearsed in file.rehearsed for each in rehearsed.shown}
    passed = {code for code, outcome in shown if outcome is Outcome.PASS}
    broken = {code for code, outcome in shown if outcome in BROKEN}
    for what, seen in (("pass", passed), ("be broken", broken)):
        if never := [code for code in rules if code not in seen]:
            print_ = ", ".join(plain(code) for code in never)
            yield f"no case shows these rules {what}: {print_}"


def _junit(ran: Sequence[_Ran]) -> str:
    """JUnit XML, as every CI system shows it: <https://github.com/testmoapp/junitxml>."""
    from xml.sax.saxutils import escape, quoteattr  # slow to import

    rows = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="gatepass policy test">']
    for file in ran:
        failures = sum(bool(each.differences) for each in file.rehearsed)
        name, number = quoteattr(plain(file.source)), len(file.rehearsed)
        rows.append(
            f'<testsuite name={name} tests="{number}" failures="{failures}" time="{file.seconds:.3f}">'
        )
        for each in file.rehearsed:
            head = f'<testcase classname={name} name={quoteattr(plain(each.case.name))} time="0"'
            said = [plain(f"{_without_column(one.place)}: {one.message}") for one in each.differences]
            body = (
                f"><failure message={quoteattr(said[0])}>{escape(chr(10).join(said))}</failure></testcase>"
                if said
                else "/>"
            )
            rows.append(head + body)
        rows.append("</testsuite>")
    return "\n".join([*rows, "</testsuites>", ""])
