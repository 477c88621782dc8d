"""requirements.txt holds what gatepass runs on: all of it, nothing else, each by digest, naming no index."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.txt").read_text("utf-8")
CONSTRAINTS = (ROOT / "constraints.txt").read_text("utf-8")
INTEGRATION = (ROOT / "tests/integration/requirements.txt").read_text("utf-8")
# what a checkout installs has pip's own setuptools, and is no Windows
NOT_IN_CONSTRAINTS = {"setuptools", "colorama"}
PINNED = re.compile(
    r"([A-Za-z0-9._-]+)==([^\s;]+)(?: ; ([^\\]+?))?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)"
)


def entries(lock: str) -> dict[str, tuple[str, str]]:
    """Name → version and marker of each entry that is pinned by digest."""
    return {canonicalize_name(n): (version, marker) for n, version, marker, _ in PINNED.findall(lock)}


def faults(lock: str, needed: set[str] | None = None) -> list[str]:
    """What is wrong with a lock. ``needed``: the names of what it must hold on this system."""
    rest = PINNED.sub("", "\n".join(line for line in lock.splitlines() if not line.startswith("#")))
    found = [f"not pinned by digest: {line.strip()}" for line in rest.splitlines() if line.strip()]
    pinned = entries(lock)
    if needed is not None:
        here = {
            name
            for name, (version, marker) in pinned.items()
            if not marker or Requirement(f"{name}=={version} ; {marker}").marker.evaluate()
        }
        found += [f"missing: {name}" for name in sorted(needed - here)]
        found += [f"not needed: {name}" for name in sorted(here - needed)]
        constrained = {
            canonicalize_name(name): version
            for name, _, version in (
                line.partition("==") for line in CONSTRAINTS.splitlines() if "==" in line
            )
        }
        for name, (version, _) in pinned.items():
            if name not in NOT_IN_CONSTRAINTS and constrained.get(name) != version:
                found.append(f"{name} {version} is not what constraints.txt has: {constrained.get(name)}")
    return found


def runtime() -> set[str]:
    """What the installed gatepass asks for, and what that asks for, on this system."""
    names: set[str] = set()
    left = ["gatepass"]
    while left:
        name = left.pop()
        try:
            asked = [Requirement(each) for each in requires(name) or ()]
        except PackageNotFoundError:
            asked = []
        for each in asked:
            needed = canonicalize_name(each.name)
            if needed not in names and (each.marker is None or each.marker.evaluate({"extra": ""})):
                names.add(needed)
                left.append(needed)
    return names


def test_the_lock_holds_what_gatepass_runs_on_and_nothing_else():
    needed = runtime()
    assert {"cryptography", "pyyaml", "typer", "rpds-py"} <= needed
    assert faults(LOCK, needed) == []


def test_the_lock_of_the_integration_tests_pins_everything():
    assert len(entries(INTEGRATION)) > 20
    assert faults(INTEGRATION) == []


def test_what_is_for_other_systems_says_so():
    assert entries(LOCK)["colorama"][1] == "sys_platform == 'win32'"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("jmespath==1.1.0", "jmespath==1.0.0", "jmespath 1.0.0 is not what constraints.txt has: 1.1.0"),
        ("jmespath==1.1.0", "jmespath>=1.1.0", "not pinned by digest: jmespath>=1.1.0"),
        ("jmespath==1.1.0", "jmespath-x==1.1.0", "missing: jmespath"),
        ("jmespath==1.1.0", "jmespath-x==1.1.0", "not needed: jmespath-x"),
        ("rich==15.0.0", "left-pad==1.0\nrich==15.0.0", "not pinned by digest: left-pad==1.0"),
        ("rich==15.0.0", "rich @ git+https://git.acme.example/rich", "not pinned by digest: rich @"),
        (
            "annotated-doc==",
            "--index-url https://acme.example\nannotated-doc==",
            "not pinned by digest: --index-url",
        ),
        ("annotated-doc==", "--find-links ./wheels\nannotated-doc==", "not pinned by digest: --find-links"),
        ("annotated-doc==", "-e .\nannotated-doc==", "not pinned by digest: -e ."),
    ],
)
def test_a_lock_that_holds_anything_else_is_told(old, new, fault):
    assert old in LOCK
    assert any(each.startswith(fault) for each in faults(LOCK.replace(old, new, 1), runtime()))


def test_an_empty_lock_is_told():
    assert len(faults("", runtime())) >= 15
