"""Drop a file, get a test.

`<kind>/<format>/good/NAME` with `NAME.expected.json`: paths into the reading and the values expected there.
`<kind>/<format>/broken/NAME` with `NAME.expected.json`: `message` (a regular expression), and where it makes
sense `line`, `code`, or `failed` (the report says itself that its scan failed), or `unrecognised: true`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gatepass.errors import UnreadableEvidence
from support.evidence import formats, look, read, recognised_as

HERE = Path(__file__).parent


def fixtures(quality: str) -> list[Path]:
    return sorted(
        path
        for path in HERE.glob(f"*/*/{quality}/*")
        if path.is_file() and not path.name.endswith(".expected.json")
    )


def expectation(path: Path) -> dict[str, object]:
    return json.loads(path.with_name(path.name + ".expected.json").read_text("utf-8"))


def identity(path: Path) -> str:
    return str(path.relative_to(HERE))


@pytest.mark.parametrize("path", fixtures("good"), ids=identity)
def test_a_good_report_is_recognised_by_one_format_and_read(path):
    name = path.parents[1].name
    assert recognised_as(path) == [name]
    reading = read(path, name)
    expected = expectation(path)
    assert expected
    assert {key: look(reading, key) for key in expected} == expected
    assert reading.failed is None


@pytest.mark.parametrize("path", fixtures("broken"), ids=identity)
def test_a_broken_report_is_refused_with_its_reason(path):
    name = path.parents[1].name
    expected = expectation(path)
    if expected.get("unrecognised"):
        assert name not in recognised_as(path)
        return
    assert recognised_as(path) == [name]
    if "failed" in expected:
        assert re.search(str(expected["failed"]), read(path, name).failed or "")
        return
    with pytest.raises(UnreadableEvidence) as caught:
        read(path, name)
    assert re.search(str(expected["message"]), caught.value.message)
    if "line" in expected:
        assert caught.value.line == expected["line"]
    if "code" in expected:
        assert caught.value.code == expected["code"]


@pytest.mark.parametrize("name", formats())
def test_every_format_has_good_and_broken_fixtures(name):
    kind = formats()[name].kind
    folder = HERE / kind / name
    for quality in ("good", "broken"):
        found = [p for p in (folder / quality).glob("*") if not p.name.endswith(".expected.json")]
        assert found, f"{folder / quality} holds no report"
