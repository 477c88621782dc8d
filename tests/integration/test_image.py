"""The image: linted, its builder's commands run in a folder, and all of it built where an engine answers."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from integration.conftest import PROJECT, ran, tool
from support.dockerfile import instructions

DOCKERFILE = PROJECT / "Dockerfile"


def test_hadolint_finds_nothing():
    done = ran(tool("hadolint"), DOCKERFILE, cwd=PROJECT)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_finds_something_where_there_is(tmp_path):
    text = DOCKERFILE.read_text("utf-8").replace("# hadolint ignore=DL3008\n", "")
    (tmp_path / "Dockerfile").write_text(text.replace("USER 65532:65532", "USER root"))
    done = ran(tool("hadolint"), "Dockerfile", cwd=tmp_path)
    assert done.returncode == 1
    assert "DL3008" in done.stdout and "DL3002" in done.stdout


def test_the_shell_scripts_are_sound():
    scripts = ("release/image", "release/lock", "release/entrypoint", ".ci/single-file")
    done = ran(tool("shellcheck"), *scripts, cwd=PROJECT)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """What the builder's commands make, run here with the folders of the image below another one."""
    root = tmp_path_factory.mktemp("image")
    (root / "bin").mkdir()
    (root / "bin/python").symlink_to(Path(sys.executable).resolve())
    (root / "opt/gatepass").mkdir(parents=True)
    told = instructions(DOCKERFILE.read_text("utf-8"))
    first, second, *_ = [at for at, (word, _) in enumerate(told) if word == "FROM"]
    for word, rest in told[first + 1 : second]:
        if word == "COPY":
            source, target = rest.split()
            _copied(PROJECT / source, root / target.lstrip("/"), folder=target.endswith("/"))
        else:
            assert word == "RUN", word
            here = re.sub(r"(?<![\w.])/(opt|build)/", rf"{root}/\1/", rest)
            done = ran("sh", "-ec", here, cwd=root, env={"PATH": f"{root}/bin:/usr/bin:/bin"})
            assert done.returncode == 0, done.stdout
    (root / "usr/local/bin").mkdir(parents=True)
    for name in ("gatepass", "entrypoint"):
        text = (
            (PROJECT / "release" / name).read_text("utf-8").replace("/opt/gatepass", f"{root}/opt/gatepass")
        )
        (root / "usr/local/bin" / name).write_text(text)
        (root / "usr/local/bin" / name).chmod(0o755)
    return root


def _copied(source: Path, target: Path, *, folder: bool) -> None:
    (target if folder else target.parent).mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def test_what_the_builder_makes_judges_records_and_verifies(installed, tmp_path):
    command = installed / "usr/local/bin/entrypoint"
    done = ran(
        "env", "-i", "PATH=/usr/bin:/bin", "HOME=/nonexistent", PROJECT / ".ci/wheel", command, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout
    assert "GENUINE" in done.stdout


def test_nothing_of_the_workspace_is_imported_in_the_image(installed, tmp_path):
    for name in ("gatepass", "yaml", "typer", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("import pathlib; pathlib.Path('planted').write_text('x')\n")
    command = installed / "usr/local/bin/entrypoint"
    done = ran(command, "policy", "lint", "baseline", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.stdout
    assert not (tmp_path / "planted").exists()


def test_all_of_it_is_compiled_and_readable_by_others(installed):
    [package] = installed.glob("opt/gatepass/lib/python3.*/site-packages/gatepass")
    modules = list(package.rglob("*.py"))
    assert len(modules) > 200
    for module in modules:
        assert list((module.parent / "__pycache__").glob(f"{module.stem}.*.pyc")), module
    assert all(path.stat().st_mode & 0o004 for path in package.rglob("*"))


@pytest.fixture
def engine():
    clients = (name for name in ("docker", "podman") if shutil.which(name))
    found = next((name for name in clients if ran(name, "info", cwd=PROJECT).returncode == 0), None)
    return found or pytest.skip("neither docker nor podman answers here")


def test_the_image_is_built_and_judges_without_root_and_without_writing_to_itself(engine, tmp_path):
    built = ran("make", "image", "IMAGE=gatepass:tried", cwd=PROJECT, timeout=900)
    assert built.returncode == 0, built.stdout
    shutil.copy(PROJECT / ".ci/wheel", tmp_path)
    tmp_path.chmod(0o777)
    strict = (
        "--rm",
        "--read-only",
        "--tmpfs",
        "/tmp",
        "--network",
        "none",
        "--volume",
        f"{tmp_path}:/workspace:z",
    )
    done = ran(engine, "run", *strict, "gatepass:tried", "bash", "wheel", "gatepass", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "GENUINE" in done.stdout
