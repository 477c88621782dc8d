"""The lines of a Cobertura report: rows of attributes as expat gives them, made numbers in one go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import compress

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._xml import attributes_of
from gatepass.evidence.coverage._files import count, whole_number

Row = list[str]
"""Names and values of a ``line`` element's attributes, by turns."""

_COUNTS = re.compile(r"\(\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*\)")


def coverable_and_run(rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    """The numbers of all lines, and of those that were run."""
    numbers, hits = _numbers_and_hits(rows)
    return numbers, list(compress(numbers, hits))


def method(rows: Sequence[Row]) -> tuple[str, bool]:
    """The first line of a method, as it is written, and whether any of its lines was run."""
    hits = {row[3] if row[2:3] == ["hits"] else attributes_of(row).get("hits", "") for row in rows}
    first = rows[0][1] if rows[0][0:1] == ["number"] else attributes_of(rows[0]).get("number", "")
    return first, any((whole_number(each) or 0) > 0 for each in hits)


def branches(rows: Sequence[Row], numbers: Sequence[int]) -> tuple[dict[int, tuple[int, int]], int]:
    """(covered, total) by line, and how many lines are said to branch and do not say how often."""
    counted: dict[int, tuple[int, int]] = {}
    without_counts = 0
    longer = map((4).__lt__, map(len, rows))
    for line, row in compress(zip(numbers, rows, strict=True), longer):
        if len(row) == 6 and row[5] == "false":
            continue
        if len(row) > 6 and row[6] == "condition-coverage":
            covered, total = _counts(row[7])
        else:
            covered, total = _counts(attributes_of(row).get("condition-coverage", ""))
        if total:
            before = counted.get(line)
            counted[line] = (max(before[0], covered), max(before[1], total)) if before else (covered, total)
        elif attributes_of(row).get("branch", "").lower() == "true":
            without_counts += 1
    return counted, without_counts


def _numbers_and_hits(rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    """Line numbers and hits of the rows, in parallel; a negative count of hits is none."""
    columns = list(zip(*rows, strict=False))  # as many as the shortest row has
    if len(columns) >= 4 and set(columns[0]) == {"number"} and set(columns[2]) == {"hits"}:
        return _integers(columns[1], "line"), _integers(columns[3], "hits")
    given = [attributes_of(row) for row in rows]
    if not all("number" in each and "hits" in each for each in given):
        raise UnreadableEvidence("a line says no number or no hits")
    return (
        _integers([each["number"] for each in given], "line"),
        _integers([each["hits"] for each in given], "hits"),
    )


@lru_cache(maxsize=1000)
def _counts(text: str) -> tuple[int, int]:
    found = _COUNTS.search(text)
    if found is None:
        return 0, 0
    covered, total = int(found[1]), int(found[2])
    if covered > total:
        raise UnreadableEvidence(f"claims {covered} of {total} branches in one line")
    return covered, total


def _integers(texts: Sequence[str], what: str) -> list[int]:
    try:
        return list(map(count, texts))
    except ValueError:
        return [max(number, 0) for number in _slow_integers(texts, what)]


def _slow_integers(texts: Sequence[str], what: str) -> Iterator[int]:
    for text in texts:
        number = whole_number(text)
        if number is None:
            raise UnreadableEvidence(f"{what} {text[:40]!r} is not a whole number")
        yield number
