"""The lists of issues and hotspots in a collection: whole, or refused.

A list of 10,000 or more is cut by the server and was asked in parts, whose labels begin with its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._collection import json_of
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.evidence._sonarqube_analysis import Analysed
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

LIMIT = 10_000
_PARTS = (("BLOCKER", "CRITICAL", "MAJOR", "MINOR", "INFO"), ("BUG", "VULNERABILITY", "CODE_SMELL"))

Entry = dict[str, Json]


def entries(collection: Collection, found: Analysed, topic: str, label: str) -> Iterator[Entry]:
    """The entries under a label, in the order of their keys' places. Raises when one may be missing."""
    whole = _whole(collection, topic, label, depth=0)
    for each in whole.values():
        for key, wanted in (
            ("project", found.project),
            ("branch", found.branch),
            ("pullRequest", found.pull_request),
        ):
            if each.get(key) not in (None, wanted) or (key == "project" and each.get(key) is None):
                raise UnreadableEvidence(f"lists {topic} of another {key} than was asked for")
        yield each


def paths(collection: Collection, topic: str) -> Mapping[str, str]:
    """The files of components by their keys, where an answer tells them."""
    found: dict[str, str] = {}
    for page in _pages(collection, topic, None):
        for each in as_array(page.get("components") or [], "components"):
            component = as_object(each, "a component")
            key, path = (as_text(component.get(name), limit=4000) for name in ("key", "path"))
            if key and path:
                found[key] = path
    return found


def rule_names(collection: Collection) -> Mapping[str, str]:
    """The titles of rules by their keys, where an answer tells them."""
    found: dict[str, str] = {}
    for page in _pages(collection, "issues", None):
        for each in as_array(page.get("rules") or [], "rules"):
            rule = as_object(each, "a rule")
            found[as_text(rule.get("key"), limit=200)] = as_text(rule.get("name"), limit=300)
    return found


def _whole(collection: Collection, topic: str, label: str, *, depth: int) -> dict[str, Entry]:
    pages = list(_pages(collection, topic, label))
    if not pages:
        raise UnreadableEvidence(f"holds no answer about {topic} ({label})")
    totals = {_total(page, topic) for page in pages}
    total = max(totals)
    found: dict[str, Entry] = {}
    if total >= LIMIT and topic == "issues" and depth < len(_PARTS):
        for part in _PARTS[depth]:
            found.update(_whole(collection, topic, f"{label} {part}", depth=depth + 1))
        complete = len(found) >= total
    else:
        for page in pages:
            for each in as_array(page.get(topic), topic):
                entry = as_object(each, f"one of the {topic}")
                found[as_text(entry.get("key"), limit=200)] = entry
        complete = len(totals) == 1 and len(found) == total
    if not complete or "" in found:
        raise UnreadableEvidence(f"lists {len(found)} of {total} {topic} ({label})")
    return found


def _pages(collection: Collection, topic: str, label: str | None) -> Iterator[Entry]:
    for answer in collection.of(topic, label):
        yield as_object(json_of(answer), f"the answer about {topic}")


def _total(page: Entry, topic: str) -> int:
    paging = page.get("paging")
    total = paging.get("total") if isinstance(paging, dict) else page.get("total")
    return as_count(total, f"the number of {topic}")
