"""The single file: two builds are alike, it runs where there is only a Python, and says where it cannot."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from integration.conftest import PROJECT, ran

BUILD = PROJECT / "release/single_file.py"
PARTS = ("release", "src", "policies", "LICENSE", "requirements.txt")
PYTHON = Path(sys.executable).resolve()


def build(out: Path, script: Path = BUILD, cwd: Path = PROJECT, **env: str):
    return ran(sys.executable, script, "--out", out, cwd=cwd, env=env)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    done = build(out)
    assert done.returncode == 0, done.stdout
    [path] = out.glob("*.pyz")
    return path


@pytest.fixture
def alone(tmp_path, built):
    """Run the file in a workspace of its own: no home, no variable, no network where that can be cut off."""
    for name in ("workspace", "temporary"):
        (tmp_path / name).mkdir()
    cut_off = ["unshare", "--net"] if ran("unshare", "--net", "true", cwd=tmp_path).returncode == 0 else []

    def run(*arguments: str, file: Path = built, **env: str):
        around = {
            "PATH": "/usr/bin:/bin",
            "HOME": "/nonexistent",
            "TMPDIR": str(tmp_path / "temporary"),
            **env,
        }
        return subprocess.run(
            [*cut_off, str(PYTHON), "-I", str(file), *arguments],
            cwd=tmp_path / "workspace",
            env=around,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def changed(built: Path, folder: Path, start: str, data: bytes) -> Path:
    """A copy of the file in which the members whose names start so hold something else."""
    path = folder / built.name
    with zipfile.ZipFile(built) as old, zipfile.ZipFile(path, "w") as new:
        assert any(name.startswith(start) for name in old.namelist())
        for name in old.namelist():
            new.writestr(name, data if name.startswith(start) else old.read(name))
    return path


def test_two_builds_are_the_same_bytes(built, tmp_path):
    other = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1700000000"}
    assert build(tmp_path, cwd=Path("/"), **other).returncode == 0
    assert (tmp_path / built.name).read_bytes() == built.read_bytes()


def test_it_holds_no_time_and_no_path_of_the_machine_that_built_it(built):
    with zipfile.ZipFile(built) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        own = [name for name in archive.namelist() if name.startswith(("gatepass/", "_"))]
        assert len(own) > 500
        for name in own:
            assert str(PROJECT).encode() not in archive.read(name), name


def test_its_digest_is_checked_as_documented(built, tmp_path):
    for each in (built, built.with_name(f"{built.name}.sha256")):
        shutil.copy(each, tmp_path)
    check = ("sha256sum", "--check", f"{built.name}.sha256")
    assert ran(*check, cwd=tmp_path).returncode == 0
    data = bytearray(built.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / built.name).write_bytes(data)
    assert ran(*check, cwd=tmp_path).returncode == 1


def test_its_name_says_what_it_is_for(built):
    version = "cp{}{}".format(*sys.version_info)
    assert built.name == f"gatepass-0.1.0-{version}-linux_{os.uname().machine}.pyz"


def test_it_judges_records_and_verifies_with_nothing_but_a_python(built, tmp_path):
    command = (
        "env",
        "-i",
        f"PATH={PYTHON.parent}:/usr/bin:/bin",
        "HOME=/nonexistent",
        PROJECT / ".ci/wheel",
        built,
    )
    done = ran(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "GENUINE" in done.stdout and "gatepass 0.1.0" in done.stdout


def test_the_policies_that_ship_are_inside(alone, built, tmp_path):
    (tmp_path / "workspace/policies").mkdir()
    (tmp_path / "workspace/policies/baseline.yaml").write_text("nothing\n")
    beside = shutil.copy(built, tmp_path / "workspace")
    shown = alone("policy", "show", "baseline", file=beside)
    assert shown.stdout == (PROJECT / "policies/baseline.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    "arguments", [["policy", "lint", "baseline", "release", "regulated"], ["key", "generate", "k"]]
)
def test_it_leaves_nothing_behind(alone, tmp_path, arguments):
    done = alone(*arguments)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "temporary").iterdir()) == []


def test_nothing_of_the_workspace_or_the_environment_is_imported(alone, tmp_path):
    planted = "import pathlib; pathlib.Path('planted').write_text('x')\n"
    for name in ("gatepass", "yaml", "typer", "_single_file", "sitecustomize", "json", "_cffi_backend"):
        (tmp_path / "workspace" / f"{name}.py").write_text(planted)
    (tmp_path / "workspace/.pexrc").write_text("PEX_PYTHON=./evil\n")
    workspace = str(tmp_path / "workspace")
    env = {
        "PYTHONPATH": workspace,
        "PYTHONSTARTUP": f"{workspace}/json.py",
        "PEX_MODULE": "yaml",
        "SHIV_MODULE": "yaml",
    }
    done = alone("policy", "lint", "baseline", **env)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "workspace/planted").exists()


def test_another_python_is_told_which_it_needs(alone, built, tmp_path):
    for known, said in (
        (b"PYTHON = '2.99'\nSUFFIX = ''\n", "this file is for Python 2.99, not for"),
        (
            f"PYTHON = '{sys.version_info[0]}.{sys.version_info[1]}'\nSUFFIX = '.x.so'\n".encode(),
            "with modules *.x.so",
        ),
    ):
        done = alone("--version", file=changed(built, tmp_path, "_single_file.py", known))
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr and "docs/install.md" in done.stderr
        assert "Traceback" not in done.stderr


def test_what_runs_first_can_be_read_by_any_python():
    tree = ast.parse((PROJECT / "release/start.py").read_text("utf-8"), feature_version=(3, 0))
    new = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Nonlocal)
    assert not [node for node in ast.walk(tree) if isinstance(node, new)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.arg) and node.annotation]


def test_a_compiled_module_that_does_not_load_is_never_done_without(alone, built, tmp_path):
    """PyYAML would read with its slow reader; the file stops instead, and no decision is made."""
    done = alone("policy", "lint", "baseline", file=changed(built, tmp_path, "yaml/_yaml.", b"no library"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot load yaml._yaml" in done.stderr and "TMPDIR" in done.stderr


def test_a_wheel_with_another_digest_is_refused(tmp_path):
    for name in PARTS:
        (shutil.copytree if (PROJECT / name).is_dir() else shutil.copy)(PROJECT / name, tmp_path / name)
    lock = tmp_path / "requirements.txt"
    head, _, rest = lock.read_text("utf-8").partition("mdurl==")
    first = rest.split("sha256:")[1][:64]
    spoilt = [line for line in rest.splitlines(keepends=True) if first not in line]
    assert len(spoilt) == len(rest.splitlines()) - 1
    wrong = "".join(spoilt).replace(
        "sha256:" + "".join(spoilt).split("sha256:")[1][:64], "sha256:" + "0" * 64, 1
    )
    lock.write_text(f"{head}mdurl=={wrong}", "utf-8")
    done = build(tmp_path / "dist", tmp_path / "release/single_file.py")
    assert done.returncode != 0
    assert "HASHES" in done.stdout.upper()
    assert not list(tmp_path.glob("dist/*"))


def test_it_holds_what_the_lock_names_with_each_licence_and_nothing_that_is_unused(built):
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
    packages = {name.split("-")[0] for name in names if ".dist-info/" in name}
    licensed = {name.split("-")[0] for name in names if ".dist-info/" in name and "licen" in name.lower()}
    assert {"cryptography", "typer", "rpds_py"} <= packages
    assert not packages & {"pbr", "setuptools"}
    assert packages - licensed <= {"jsonschema", "sarif_om"}, packages - licensed
    assert "LICENSE" in names and len(names) == len(set(names))
    assert (
        hashlib.sha256(built.read_bytes()).hexdigest() in built.with_name(f"{built.name}.sha256").read_text()
    )
