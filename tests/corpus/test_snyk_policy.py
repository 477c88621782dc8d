"""Policy files of Snyk as people keep them, against what was counted in them by eye."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from support.corpus import ROOT, needs_corpus
from support.evidence import read, recognised_as

FOLDER = ROOT / "snyk-policy"
# ignored paths, patched paths, and how many of the first have an end before 2026-11-22
COUNTED = {
    "snyk+policy__filter-and-track_.snyk": (1, 1, 0),
    "snyk+policy__ignore-expired-no-quotes_.snyk": (3, 0, 3),
    "snyk+policy__ignore-expired_.snyk": (3, 0, 3),
    "snyk+policy__ignore-security-policy_.snyk": (5, 0, 0),
    "snyk+policy__ignore_.snyk": (6, 0, 1),
    "snyk+policy__old-snyk-config_.snyk": (8, 0, 8),
    "snyk+policy__patch_.snyk": (0, 3, 0),
    "snyk+policy__severity-control_.snyk": (1, 0, 1),
    "snyk-labs+snyk-filter__.snyk": (11, 18, 11),
}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@needs_corpus
@pytest.mark.parametrize("name", COUNTED)
def test_every_ignored_and_patched_path_is_found(name):
    path = FOLDER / name
    assert recognised_as(path) == ["snyk-policy"]
    found = read(path, "snyk-policy").evidence.suppressions
    kinds = Counter(each.kind.value for each in found)
    over = sum(each.ends is not None and each.ends <= NOW for each in found)
    assert (kinds["ignored"], kinds["patched"], over) == COUNTED[name]
    lines = path.read_text("utf-8").splitlines()
    assert all(each.covers in lines[each.place.line - 1] for each in found)


@needs_corpus
def test_no_file_of_the_corpus_is_left_out():
    assert {each.name for each in FOLDER.iterdir()} == set(COUNTED)
