"""Every console block of the README runs and prints what it shows, in the demo's project.

`pytest tests/test_readme.py --golden=update` writes what they print into the README.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
SIZE = re.compile(r"\d[\d.]* kB")
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)

VOLATILE = (
    (re.compile(r"SHA256:[A-Za-z0-9+/]{10,43}"), "SHA256:…"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|\+00:00)"), "2026-11-22T12:00:00Z"),
    (re.compile(r"SHA256:……"), "SHA256:…"),
)


def stable(text: str) -> str:
    for pattern, instead in VOLATILE:
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(home),
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(ROOT / "docs/demo/event.json"),
        "GITHUB_REPOSITORY": "acme/payments",
        "GITHUB_SHA": "0badc0ffee0badc0ffee0badc0ffee0badc0ffee",
        "GITHUB_BASE_REF": "main",
        "LC_ALL": "C.UTF-8",
    }


def run(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", f"{command} 2>&1"],
        cwd=folder,
        env=environment(folder.parent),
        capture_output=True,
        check=False,
    )
    return stable(done.stdout.decode())


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The README with what every block prints now."""
    folder = tmp_path_factory.mktemp("readme") / "project"
    shutil.copytree(ROOT / "docs/demo/project", folder)
    run("gatepass key generate ../key.pem", folder)
    text = README.read_text("utf-8")
    demo = subprocess.run(
        [sys.executable, str(ROOT / "docs/demo/demo.py")], capture_output=True, check=True
    ).stdout.decode()
    first = stable(demo.split("── 2 ·")[0].split("\n\n", 1)[1].strip())

    def again(match: re.Match[str]) -> str:
        if text[: match.start()].rstrip().endswith("<!-- demo -->"):
            return f"```console\n{first}```"
        commands = [line[2:] for line in match[1].splitlines() if line.startswith("$ ")]
        return "```console\n" + "\n".join(f"$ {c}\n{run(c, folder)}" for c in commands) + "```"

    return BLOCK.sub(again, text)


def test_every_console_block_prints_what_it_shows(printed, request):
    if request.config.getoption("--golden") == "update":
        README.write_text(printed, "utf-8")
    # the size of a report made here depends on the name of the machine and of the folder
    assert SIZE.sub("… kB", README.read_text("utf-8")) == SIZE.sub("… kB", printed)


def test_there_are_blocks_to_run():
    assert len(BLOCK.findall(README.read_text("utf-8"))) >= 5
