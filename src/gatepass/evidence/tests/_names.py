"""The names of all tests of a report, in eight bytes each."""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gatepass.model.tests import TestOutcome

_BYTES = 8


@dataclass(frozen=True, slots=True)
class NameSummary:
    """``digest`` as `gatepass.model.tests.TestRun.names_digest` says it; the names whose runs disagree.

    ``contradicted`` is their number, ``among`` those of the asked ones (as `Names.add` returned them).
    """

    digest: str
    contradicted: int
    among: frozenset[bytes]


class Names:
    """Collects names with outcomes, of each the first 64 bits of its SHA-256.

    A report of 200 MB may name millions of tests, too many to keep their texts. Two names that share the
    64 bits by chance (less than one in a million for five million tests) could only count as one that
    disagrees with itself, which rules fail on.
    """

    def __init__(self) -> None:
        self._passed, self._failed, self._skipped = _Buckets(), _Buckets(), _Buckets()

    def add(self, suite: str, classname: str, name: str, outcome: TestOutcome) -> bytes:
        """Take a case in; what stands for its name is returned."""
        if outcome is TestOutcome.PASSED:
            return self._passed.add(suite, ((classname, name),))
        if outcome is TestOutcome.SKIPPED:
            return self._skipped.add(suite, ((classname, name),))
        return self._failed.add(suite, ((classname, name),))

    def add_passed(self, suite: str, names: Iterable[tuple[str, str]]) -> None:
        """Take many cases of a suite in that passed, each by class and name."""
        self._passed.add(suite, names)

    def summary(self, asked: Collection[bytes] = ()) -> NameSummary:
        """What the names come to."""
        digest = hashlib.sha256()
        contradicted = 0
        among: set[bytes] = set()
        for number in range(256):
            passed, failed = self._passed[number], self._failed[number]
            distinct = array("Q", sorted(passed | failed | self._skipped[number]))
            digest.update(_big_endian(distinct).tobytes())
            both = passed & failed
            contradicted += len(both)
            among.update(key for key in (each.to_bytes(_BYTES) for each in both) if key in asked)
        return NameSummary(digest.hexdigest(), contradicted, frozenset(among))


class _Buckets:
    """Short hashes by their first byte: to look at one bucket at a time keeps the memory low."""

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(256)]

    def add(self, suite: str, names: Iterable[tuple[str, str]]) -> bytes:
        buckets, sha256 = self._buckets, hashlib.sha256
        key = b""
        for digest in [
            # U+001F cannot stand in XML
            sha256(f"{suite}\x1f{classname}\x1f{name}".encode("utf-8", "surrogatepass")).digest()
            for classname, name in names
        ]:
            key = digest[:_BYTES]
            buckets[digest[0]] += key
        return key

    def __getitem__(self, number: int) -> set[int]:
        return set(_big_endian(array("Q", bytes(self._buckets[number]))))


def _big_endian(numbers: array[int]) -> array[int]:
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
