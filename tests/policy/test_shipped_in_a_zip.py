"""Run from a zip, the policies that ship are those of the zip, whatever lies beside it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASELINE = ROOT / "policies" / "baseline.yaml"
EASY = "apiVersion: gatepass/v1\nkind: Policy\nmetadata: {name: easy}\nrules: [{id: t, check: tests}]\n"
MODULES = ("__init__.py", "policy/__init__.py", "policy/shipped.py")
PROGRAM = """\
import sys
sys.path.insert(0, sys.argv[1])
from gatepass.policy import shipped
print(shipped.__file__, shipped.folder(), *shipped.names(), sep="\\n")
print((shipped.find("baseline") or shipped.folder()).read_text() if shipped.names() else "none")
"""


@pytest.fixture
def zipped(tmp_path):
    """A zip of what finds the policies, in a workspace that brings policies along."""
    workspace = tmp_path / "workspace"
    for beside in ("policies", "gatepass/policies", "src/policies"):
        (workspace / beside).mkdir(parents=True)
        (workspace / beside / "baseline.yaml").write_text(EASY)
    path = workspace / "gatepass.pyz"
    with zipfile.ZipFile(path, "w") as archive:
        for name in MODULES:
            archive.write(ROOT / "src/gatepass" / name, f"gatepass/{name}")
        for policy in (ROOT / "policies").rglob("*.yaml"):
            archive.write(policy, f"gatepass/{policy.relative_to(ROOT).as_posix()}")
        # of the same name in a folder below: it must not take the place of the policy
        archive.writestr("gatepass/policies/zz/baseline.yaml", EASY)
    return path


def run(path: Path, temporary: Path) -> list[str]:
    temporary.mkdir()
    command = [sys.executable, "-I", "-c", PROGRAM, str(path)]
    done = subprocess.run(
        command, cwd=path.parent, env={"TMPDIR": str(temporary)}, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_they_are_those_of_the_zip(zipped, tmp_path):
    module, folder, *told = run(zipped, tmp_path / "temporary")
    assert module.startswith(str(zipped))
    assert Path(folder).parent == (tmp_path / "temporary").resolve()
    shipped = sorted(path.stem for path in BASELINE.parent.glob("*.yaml"))
    assert told[: len(shipped)] == shipped
    assert "\n".join(told[len(shipped) :]).strip() == BASELINE.read_text("utf-8").strip()


def test_nothing_of_them_stays(zipped, tmp_path):
    run(zipped, tmp_path / "temporary")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_zip_without_policies_ships_none(zipped, tmp_path):
    with zipfile.ZipFile(zipped, "w") as archive:
        for name in MODULES:
            archive.write(ROOT / "src/gatepass" / name, f"gatepass/{name}")
    assert run(zipped, tmp_path / "temporary")[2:] == ["none"]
