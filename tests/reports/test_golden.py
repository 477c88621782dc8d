"""What every report makes of a decision, to be read by a person. `pytest --golden=update` writes it anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gatepass import seam
from gatepass.reports import Report
from reports import decisions

GOLDEN = Path(__file__).parent / "golden"
REPORTS = seam.members("gatepass.reports", Report)
SUFFIXES = {
    "text": "txt",
    "markdown": "md",
    "json": "json",
    "sarif": "sarif",
    "sarif-github": "github.sarif",
    "junit": "junit.xml",
    "code-quality": "quality.json",
    "gitlab-annotations": "links.json",
    "dotenv": "env",
}


@pytest.mark.parametrize("decision", ["picture", "everything", "nothing_judged", "green"])
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_what_its_golden_file_shows(name, decision, pytestconfig):
    text = REPORTS[name].render(getattr(decisions, decision)(), decisions.CONTEXT)
    compare(GOLDEN / f"{decision}.{SUFFIXES[name]}", text, pytestconfig)


def test_the_text_report_in_colour_and_in_full_is_what_its_golden_files_show(pytestconfig):
    render = REPORTS["text"].render
    coloured = render(decisions.picture(), replace(decisions.CONTEXT, colour=True))
    compare(GOLDEN / "picture.colour.txt", coloured, pytestconfig)
    full = render(decisions.everything(), replace(decisions.CONTEXT, verbose=True, width=80))
    compare(GOLDEN / "everything.verbose.txt", full, pytestconfig)


def compare(path, text, config):
    if config.getoption("golden") == "update":
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path.name} is not there: pytest --golden=update writes it"
    assert text == path.read_text("utf-8")
