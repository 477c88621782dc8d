"""All issues and hotspots of a project: SonarQube shows at most 10,000 of a search, and cuts the rest.

What has more is asked in parts, by severity and then by type. A part that is still too large, or a list that
changes while it is read, is an error: half a list looks like a clean one.
"""

from __future__ import annotations

from gatepass.collect._asking import Asking
from gatepass.collect._sonarqube import Entry, document, numbered, path_of, text
from gatepass.collect._sonarqube_analysis import Analysis
from gatepass.errors import CollectionError

LIMIT = 10_000
_PAGE = 500
_MOST_EXPLAINED = 100
_AXES = (
    ("severities", ("BLOCKER", "CRITICAL", "MAJOR", "MINOR", "INFO")),
    ("types", ("BUG", "VULNERABILITY", "CODE_SMELL")),
)
# what stands, and what somebody let through; issues that are fixed or gone are not asked for
_STATES = {"open": {"resolved": "false"}, "let-through": {"resolutions": "FALSE-POSITIVE,WONTFIX"}}
_HOTSPOTS = {"to-review": {"status": "TO_REVIEW"}, "reviewed": {"status": "REVIEWED"}}
_UNSEEN = (403, 404)


def ask_issues(made: Asking, analysis: Analysis) -> None:
    """Issues that stand or were let through, and who let them through."""
    let_through: list[Entry] = []
    for state, filters in _STATES.items():
        found = _issues(made, analysis, state, filters)
        let_through += found[1] if state == "let-through" else []
    for key in _explained(let_through):
        document(made, "changelog", path_of("issues/changelog", issue=key), about=key, also=_UNSEEN)


def ask_hotspots(made: Asking, analysis: Analysis) -> None:
    """Hotspots, reviewed or not, and who reviewed them."""
    for state, filters in _HOTSPOTS.items():
        # the parameter was renamed in 10.2; what a server does not know it does not look at
        keys = {"project": analysis.project, "projectKey": analysis.project}
        path = path_of("hotspots/search", **keys, **analysis.where, **filters)
        total, found = _whole(made, "hotspots", path, state)
        if total >= LIMIT:
            raise _too_many(f"hotspots with the status {filters['status']}", total)
        for key in _explained([each for each in found if each.get("resolution") == "SAFE"]):
            document(made, "hotspot", path_of("hotspots/show", hotspot=key), about=key, also=_UNSEEN)


def _issues(made: Asking, analysis: Analysis, label: str, filters: dict[str, str]) -> tuple[int, list[Entry]]:
    """How many issues fit the filters, and the issues, in parts where there are too many."""
    keys = {"components": analysis.project, "componentKeys": analysis.project}
    fields = "comments,rules"
    path = path_of("issues/search", **keys, **analysis.where, **filters, additionalFields=fields)
    total, found = _whole(made, "issues", path, label)
    if total < LIMIT:
        return total, found
    axis = next(((name, values) for name, values in _AXES if name not in filters), None)
    if axis is None:
        raise _too_many(f"issues ({label})", total)
    made.client.say(f"SonarQube has {total} issues and shows {LIMIT} of a search; asking by {axis[0]}")
    counted = 0
    for value in axis[1]:
        count, part = _issues(made, analysis, f"{label} {value}", {**filters, axis[0]: value})
        counted += count
        found += part
    if counted < total:
        raise CollectionError(f"SonarQube has {total} issues, and {counted} when it is asked by {axis[0]}")
    return total, found


def _whole(made: Asking, topic: str, path: str, label: str) -> tuple[int, list[Entry]]:
    """How many entries the server tells of, and all of them; none when there are too many to show."""
    found: dict[str, Entry] = {}
    first: int | None = None
    for entries, total in numbered(made, topic, path, topic, size=_PAGE, about=label):
        if first is None:
            first = total
        if total != first:
            raise CollectionError(
                f"SonarQube's {topic} changed while they were listed: {first}, then {total}",
                hint="run the step again",
            )
        if total >= LIMIT:
            return total, []
        found |= {text(each, "key"): each for each in entries}
    if "" in found or len(found) != first:
        raise CollectionError(
            f"SonarQube tells of {first} {topic} and lists {len(found)}", hint="run the step again"
        )
    return first, list(found.values())


def _explained(entries: list[Entry]) -> list[str]:
    """The keys of those about which it is asked who let them through, one by one: not of thousands."""
    return [text(each, "key") for each in entries[:_MOST_EXPLAINED]]


def _too_many(what: str, total: int) -> CollectionError:
    return CollectionError(
        f"SonarQube has {total} {what} and shows no more than {LIMIT} of a search",
        hint="judge by the quality gate and its measures, or analyse the project in parts",
    )
