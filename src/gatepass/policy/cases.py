"""Files of tests of policies: builds that somebody thought of, and what must come out.

```yaml
apiVersion: gatepass/v1
kind: PolicyTest
policies: [../release.yaml]         # beside this file, or the name of one that ships
now: 2026-11-22T12:00:00Z
build: {repository: acme/payments, branch: main, event: push}
cases:
  - name: A build whose tests ran may be released
    evidence:
      junit.xml: <testsuite name="unit"><testcase classname="t" name="a" time="0.1"/></testsuite>
    expect:
      verdict: PASSED
      rules: {tests: pass}
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gatepass.errors import PolicyError
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.policy import shipped
from gatepass.policy._build import refuse
from gatepass.policy._case import Case, CaseReader, Expected, bytes_of, reference_of, strings
from gatepass.policy._test_schema import KIND, NO_DECISION, SCHEMA
from gatepass.policy.mistakes import mistakes
from gatepass.policy.schema import API_VERSION
from gatepass.strict_yaml import Document, YamlMistake, parse

__all__ = ["KIND", "NO_DECISION", "SCHEMA", "Case", "Expected", "PolicyTest", "kind_of", "read"]


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """A file of cases: ``policies`` are references relative to the workspace, or names that ship."""

    source: str
    policies: tuple[str, ...]
    cases: tuple[Case, ...]
    place: Place


def kind_of(data: bytes, name: str) -> str | None:
    """The kind that a file of gatepass says it is of; None when it is YAML of something else."""
    value = _document(data, name).value
    if not isinstance(value, dict) or ("kind" not in value and "apiVersion" not in value):
        return None
    kind = value.get("kind")
    ours = value.get("apiVersion") == API_VERSION or kind == KIND
    return str(kind) if ours else None


def read(path: Path, root: Path) -> PolicyTest:
    """The tests in a file. Raises `PolicyError` with the place of everything that is wrong with it."""
    name = _name(path, root)
    document = _document(bytes_of(path, name), name)
    refuse(mistakes(document, SCHEMA))
    value = cast("Mapping[str, Json]", document.value)
    folder = path.parent.resolve()
    cases = cast("list[Mapping[str, Json]]", value["cases"])
    made = [
        CaseReader(document, value, case, f"cases[{n}]", folder, root).case() for n, case in enumerate(cases)
    ]
    names = {each.name: each for each in reversed(made)}
    refuse(
        [
            (each.place, f"the name of the case is taken in line {names[each.name].place.line}")
            for each in made
            if names[each.name] is not each
        ]
    )
    policies = tuple(_policy(each, folder, root) for each in strings(value["policies"]))
    return PolicyTest(name, policies, tuple(made), document.place("policies"))


def _policy(reference: str, folder: Path, root: Path) -> str:
    """As `gatepass.policy.load` takes it: what stands in a file is beside that file, as with ``extends``."""
    if "/" not in reference and shipped.find(reference):
        return reference
    return reference_of(reference, folder, root)


def _document(data: bytes, name: str) -> Document:
    try:
        return parse(data, name)
    except YamlMistake as mistake:
        raise PolicyError(mistake.message, place=mistake.place) from None


def _name(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()
