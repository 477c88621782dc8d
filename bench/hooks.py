"""How long each hook of .pre-commit-hooks.yaml takes when warm, beside a bare Python.

The project it runs in has a policy of 21 rules with three cases, six reports, and 20 overrides, one of them
new. Prints a Markdown table; nothing is asserted. Seconds are of the processor (user and system, of git too),
and the best of 21 runs by turns, so that what else the machine does counts little.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import measure
import ordinary
import yaml
from table import Row, print_table

HERE = Path(__file__).resolve().parent
MANIFEST = HERE.parent / ".pre-commit-hooks.yaml"
PYTHON = sys.executable
SECONDS = 0.3

CASES = """\
apiVersion: gatepass/v1
kind: PolicyTest
policies: [../release.yaml]
now: 2026-11-22
build: {repository: acme/payments, branch: main, event: push}
cases:
  - name: A build without reports is not let through
    expect: {verdict: FAILED, rules: {tests: error}}
  - name: A test that failed is seen
    evidence:
      junit.xml: <testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>
    expect: {verdict: FAILED, rules: {no-failures: fail}}
  - name: Another branch is not looked at
    build: {branch: mine}
    expect: {verdict: NO DECISION}
"""
COMMITS = "  - {id: commits, check: commits, ticket: 'PAY-[0-9]+', sign-off: true, on-missing: warn}\n"
OVERRIDE = """\
apiVersion: gatepass/v1
kind: Override
id: OVR-{number}
rule: snyk
match:
  vulnerabilities: [CVE-2020-{number}]
reason: mitigated
justification: Forms are parsed by the server.
ticket: SEC-{number}
requested-by: alice
approved-by: [dana]
created: 2026-11-20
expires: 9999-12-10
"""


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run each: does it work?")
    parser.add_argument("--folder", type=Path, default=HERE.parent / ".bench", help="where inputs are kept")
    given = parser.parse_args(arguments)
    root = (given.folder / "hooks").resolve()
    if not root.exists():
        _make(root)
    hooks = yaml.safe_load(MANIFEST.read_text("utf-8"))
    commands = [
        [PYTHON, "-c", "pass"],
        [str(Path(PYTHON).with_name("gatepass")), "--version"],
        *([*_entry(each), *_given(each["id"])] for each in hooks),
    ]
    exits = (0, 1)  # the gate of an ordinary build says no
    bare, version, *runs = measure.by_turns(
        commands, 1 if given.quick else 21, root, _environment(), exits, best=True
    )
    rows = [
        Row(
            f"`{each['id']}`",
            _processor(run),
            "`python -c pass`",
            _processor(bare),
            f"{SECONDS} s",
            _met(run),
        )
        for each, run in zip(hooks, runs, strict=True)
    ]
    rows.insert(0, Row("`gatepass --version`", _processor(version), "`python -c pass`", _processor(bare)))
    print_table("Hooks, processor time of whole processes", rows)


def _entry(hook: dict[str, str]) -> list[str]:
    program, *rest = shlex.split(hook["entry"])
    return [str(Path(PYTHON).with_name(program)), *rest]


def _given(hook: str) -> list[str]:
    """What pre-commit passes: the files that changed, or the message."""
    changed = ["policies/release.yaml"]
    return {
        "gatepass-lint": changed,
        "gatepass-fmt": [*changed, "overrides/OVR-1020.yaml"],
        "gatepass-commit-msg": ["../message"],
    }.get(hook, [])


def _processor(run: measure.Run) -> measure.Run:
    return replace(run, wall=run.processor)


def _met(run: measure.Run) -> bool:
    return run.processor <= SECONDS


def _make(root: Path) -> None:
    options = ordinary.make(root, size=4_000)
    evidence = [each for option, each in pairwise(options) if option == "--evidence"]
    settings = {
        "apiVersion": "gatepass/v1",
        "kind": "Config",
        "policies": ["policies/release.yaml"],
        "evidence": evidence,
    }
    (root / "policies/tests").mkdir(parents=True)
    (root / "overrides").mkdir()
    (root / "gatepass.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    policy = (root / "release.yaml").read_text("utf-8").replace("overrides:\n", f"{COMMITS}overrides:\n")
    (root / "policies/release.yaml").write_text(policy)
    (root / "policies/tests/release.yaml").write_text(CASES)
    for number in range(1001, 1020):
        (root / f"overrides/OVR-{number}.yaml").write_text(OVERRIDE.format(number=number))
    who = ("-c", "user.name=Alice", "-c", "user.email=alice@acme.example")
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*who, "commit", "-qm", "PAY-1 begin"]):
        subprocess.run(["git", *command], cwd=root, env=_environment(), check=True)
    (root / "overrides/OVR-1020.yaml").write_text(OVERRIDE.format(number=1020))
    (root.parent / "message").write_text("PAY-1 refunds\n\nSigned-off-by: Alice <alice@acme.example>\n")


def _environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "SYSTEMROOT", "TMPDIR")
    roles = ("AUTHOR", "COMMITTER")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **{f"GIT_{each}_NAME": "Alice" for each in roles},
        **{f"GIT_{each}_EMAIL": "alice@acme.example" for each in roles},
        "LC_ALL": "C.UTF-8",
    }


if __name__ == "__main__":
    main(sys.argv[1:])
