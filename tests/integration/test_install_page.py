"""The commands of docs/install.md do what they show, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from integration.conftest import PROJECT, ran

PAGE = (PROJECT / "docs/install.md").read_text("utf-8")
RUN = re.findall(r"<!-- run -->\n```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NEEDED = ("src", "policies", "release", "LICENSE", "README.md", "Makefile", "pyproject.toml")
LOCKS = ("constraints.txt", "requirements.txt")
SHOWN = "cp311-linux_x86_64"


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in (*NEEDED, *LOCKS):
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(PROJECT / name, folder)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    (tmp_path / "home").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").symlink_to(Path(sys.executable).resolve())
    return folder


def test_there_are_commands_to_run():
    assert len(RUN) == 2


@pytest.mark.parametrize("block", RUN, ids=["checkout", "single-file"])
def test_each_command_prints_what_the_page_shows(checkout, block):
    here = "cp{}{}-linux_{}".format(*sys.version_info[:2], os.uname().machine)
    block = block.replace(SHOWN, here)
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    shown = [line for line in block.splitlines() if not line.startswith("$ ")]
    env = {"HOME": str(checkout.parent / "home"), "PATH": f"{checkout.parent / 'bin'}:{os.environ['PATH']}"}
    done = ran("bash", "-ec", "\n".join(commands), cwd=checkout, env=env)
    assert (done.returncode, done.stdout.splitlines()) == (0, shown)
