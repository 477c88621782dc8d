"""Pages whose console blocks run, one after another, in a project made of the files that the page shows.

`pytest tests/test_pages.py --golden=update` writes what they print into the pages.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.repositories import needs_git

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "docs" / name for name in ("policy-tests.md", "pre-commit.md")]
PART = re.compile(
    r"<!-- file: (?P<file>\S+) -->\n```\w+\n(?P<text>.*?)^```|^```console\n(?P<console>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
SHA = re.compile(r"\b[0-9a-f]{7,40}\b")
pytestmark = needs_git


def run(command: str, folder: Path) -> str:
    who = {
        f"GIT_{role}_{what}": "alice@acme.example"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder.parent),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
        **{
            name: value.partition("@")[0].title() if name.endswith("NAME") else value
            for name, value in who.items()
        },
    }
    done = subprocess.run(
        ["bash", "-c", f"{command} 2>&1"], cwd=folder, env=environment, capture_output=True, check=False
    )
    return SHA.sub("9fceb02", done.stdout.decode())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_console_block_prints_what_it_shows(page, tmp_path, request):
    folder = tmp_path / "project"
    folder.mkdir()
    text = page.read_text("utf-8")

    def again(match: re.Match[str]) -> str:
        if match["file"]:
            path = folder / match["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(match["text"], "utf-8")
            return match[0]
        commands = [line[2:] for line in match["console"].splitlines() if line.startswith("$ ")]
        shown = "".join(f"$ {command}\n{run(command, folder)}" for command in commands)
        return "```console\n" + "".join(f"{line.rstrip()}\n" for line in shown.splitlines()) + "```"

    printed = PART.sub(again, text)
    assert printed.count("```console") >= 2
    if request.config.getoption("--golden") == "update":
        page.write_text(printed, "utf-8")
    assert page.read_text("utf-8") == printed
