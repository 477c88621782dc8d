"""What attributes of JUnit elements mean: durations, counts, places, instants, statuses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.model.place import Place
from gatepass.model.tests import TestCounts, TestOutcome

LONGEST_TEXT = 1000
_LONGEST_DURATION = 1e9
_YEAR_OF_NEVER = 1970
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+\.\d+")
_COUNT = re.compile(r"(\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(\.0+)?")
_LINE = re.compile(r"[1-9]\d{0,8}")
_ZONED = re.compile(r".*\d[Tt ]\d.*([Zz]|[+-]\d{2}:?\d{2})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE = re.compile(r"[A-Za-z]:/")

_SKIPPED = "skipped skip xfail ignored pending todo notrun not_run not-run untested disabled suppressed"
_PASSED = "passed pass success successful succeeded ok run ran completed complete executed finished done"
_FAILED = "failed fail failure regression"
STATUSES: Mapping[str, TestOutcome] = {
    "": TestOutcome.PASSED,
    "fixed": TestOutcome.PASSED,
    "flaky": TestOutcome.PASSED,
    **dict.fromkeys(_PASSED.split(), TestOutcome.PASSED),
    **dict.fromkeys(_SKIPPED.split(), TestOutcome.SKIPPED),
    **dict.fromkeys(_FAILED.split(), TestOutcome.FAILED),
}
"""What ``status`` and ``result`` of a case say, in lower case. Any other word counts as an error."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the attributes of a suite say of its tests; None where they say nothing."""

    tests: int | None
    failures: int
    errors: int
    skipped: int
    seconds: float | None

    @property
    def bad(self) -> int:
        """Failures and errors together: producers do not agree on which is which."""
        return self.failures + self.errors

    @property
    def counts(self) -> TestCounts:
        """The claim as counts; passed is what is left."""
        rest = self.bad + self.skipped
        return TestCounts(max(0, (self.tests or 0) - rest), self.failures, self.errors, self.skipped)


def claim(attributes: Mapping[str, str], refusal: Callable[[str], UnreadableEvidence]) -> Claim | None:
    """The claim of a suite, None when it makes none.

    Raises ``refusal`` when a number of failures or errors cannot be read: it might be one.
    """
    if not attributes.keys() & {"tests", "failures", "errors", "time"}:
        return None
    bad = {name: count(attributes.get(name, "")) for name in ("failures", "errors")}
    for name, number in bad.items():
        if number is None and attributes.get(name, "").strip():
            text = shortened(attributes[name], 40)
            raise refusal(f"has {name}={text!r}, which is no number of tests")
    skipped = count(attributes.get("skipped") or attributes.get("skip") or attributes.get("ignored") or "")
    disabled = count(attributes.get("disabled", ""))
    return Claim(
        tests=count(attributes.get("tests", "")),
        failures=bad["failures"] or 0,
        errors=bad["errors"] or 0,
        skipped=(skipped or 0) + (disabled or 0),
        seconds=seconds(attributes.get("time", "")),
    )


def count(text: str) -> int | None:
    """A number of tests, None when the text is none."""
    match = _COUNT.fullmatch(text.strip())
    return int(match[1].replace(",", "")) if match else None


def seconds(text: str) -> float | None:
    """A duration; None when it is absent, negative, not a number, or reads two ways (``1,234``)."""
    try:
        value = float(text)
    except ValueError:
        cleaned = text.strip()
        if not _THOUSANDS.fullmatch(cleaned):
            return None
        value = float(cleaned.replace(",", ""))
    return value if math.isfinite(value) and 0 <= value <= _LONGEST_DURATION else None


def all_seconds(texts: list[str]) -> tuple[float, int]:
    """The sum of many durations, and how many of them are none."""
    try:
        known = [float(text) for text in texts]
        total = sum(known)
        if min(known, default=0.0) >= 0 and total <= _LONGEST_DURATION:  # false for NaN in the sum
            return total, 0
    except ValueError:
        pass
    durations = [duration for duration in map(seconds, texts) if duration is not None]
    return sum(durations), len(texts) - len(durations)


def created(text: str) -> datetime | None:
    """An instant in UTC; None when the text names no zone, for then it is local to an unknown machine.

    gotestsum writes the year 1 and GoogleTest 1970 for "never": these are none either.
    """
    said = instant(text) if _ZONED.fullmatch(text.strip()) else None
    return said if said and said.year > _YEAR_OF_NEVER else None


def place(attributes: Mapping[str, str], suite_file: str, *, lines_from_zero: bool) -> Place | None:
    """Where a test stands: its own file and line, else the file of its suite.

    A path that leaves the workspace by ``..`` is no place. An absolute one becomes a ``file:`` URI.
    """
    file = attributes.get("file") or suite_file
    path = _path(file)
    if path is None:
        return None
    line: int | None = None
    text = attributes.get("line") or attributes.get("lineno") or ""
    if attributes.get("file") and (_LINE.fullmatch(text) or (lines_from_zero and text == "0")):
        line = int(text) + lines_from_zero
    return Place(path, line)


def _path(file: str) -> str | None:
    path = file.strip().replace("\\", "/").removeprefix("./")
    if not path or len(path) > LONGEST_TEXT or not path.isprintable():
        return None
    if ".." in path.split("/"):
        return None
    if _SCHEME.match(path):
        return path
    if path.startswith("/") or _DRIVE.match(path):
        from urllib.parse import quote  # slow to import

        return f"file:///{quote(path.lstrip('/'), safe='/:')}"
    return path


def full_name(classname: str, name: str) -> str:
    """Class and test as people name it; jest-junit writes the same text for both."""
    whole = f"{classname}.{name}" if classname and name and classname != name else (name or classname)
    return shortened(whole.strip() or "(unnamed)", LONGEST_TEXT)


def shortened(text: str, length: int) -> str:
    """At most ``length`` characters, with an ellipsis when something is cut."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
