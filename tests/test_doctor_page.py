"""The console blocks of docs/doctor.md print what they show, in the demo's project.

`pytest tests/test_doctor_page.py --golden=update` writes what they print into the page.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/doctor.md"
BLOCK = re.compile(r"^```console\n\$ (.*?)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def printed(command: str, folder: Path) -> str:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder.parent),
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(ROOT / "docs/demo/event.json"),
        "GITHUB_REPOSITORY": "acme/payments",
        "GITHUB_SHA": "0badc0ffee0badc0ffee0badc0ffee0badc0ffee",
        "GITHUB_BASE_REF": "main",
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-c", f"{command} 2>&1"], cwd=folder, env=environment, capture_output=True, check=False
    )
    return done.stdout.decode()


def counted(text: str) -> str:
    """How many programs and packages are there depends on the machine."""
    return re.sub(r"'(ok|note|warning)': \d+", r"'\1': …", text)


def test_every_console_block_prints_what_it_shows(tmp_path, request):
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "docs/demo/project", folder)
    text = PAGE.read_text("utf-8")
    now = BLOCK.sub(lambda match: f"```console\n$ {match[1]}\n{printed(match[1], folder)}```", text)
    if request.config.getoption("--golden") == "update":
        PAGE.write_text(now, "utf-8")
    assert counted(PAGE.read_text("utf-8")) == counted(now)


def test_there_are_blocks_to_run():
    assert len(BLOCK.findall(PAGE.read_text("utf-8"))) == 2
