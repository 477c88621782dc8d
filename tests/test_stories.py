"""Stories, told in YAML: each must come out as its name says. How to write one: tests/stories/README.md."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gatepass.strict_yaml import parse
from support.stories import judged

STORIES = sorted((Path(__file__).parent / "stories").rglob("*.yaml"))


def told(path: Path) -> dict:
    return parse(path.read_bytes(), path.name).value


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_story_comes_out_as_its_name_says(path, tmp_path):
    story = told(path)
    if any("OpenPGP" in each for each in story.get("in-the-clone", ())) and shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    decision, text = judged(story, tmp_path)
    expected = story["decision"]
    outcomes = {result.rule.id: result.outcome.value for result in decision.results}
    assert (decision.verdict.value, outcomes) == (expected["verdict"], expected["rules"]), text
    if "overrides" in expected:
        assert {use.override.id: use.status.value for use in decision.overrides} == expected["overrides"], (
            text
        )
    for words in expected.get("says", ()):
        assert words in " ".join(text.split()), text


def test_there_are_enough_of_them():
    assert len(STORIES) >= 60


def test_no_two_stories_say_the_same():
    titles = [told(path)["story"] for path in STORIES]
    assert len(set(titles)) == len(titles)
