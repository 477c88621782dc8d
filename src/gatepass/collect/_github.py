"""Reading answers of GitHub's as far as the next question needs it."""

from __future__ import annotations

from gatepass.collect._asking import Asking
from gatepass.errors import CollectionError
from gatepass.forges.answers import Told
from gatepass.model.facts import Json

PAGE = "per_page=100"
RAW = "application/vnd.github.raw+json"
_TOLD = Told("GitHub")
an_object, text, number = _TOLD.an_object, _TOLD.text, _TOLD.number


def listed(asking: Asking, topic: str, path: str, name: str, *, about: str = "") -> list[dict[str, Json]]:
    """The entries of all pages of ``{"total_count": …, name: […]}``; fewer than it counts are refused."""
    pages = [an_object(page, topic) for page in asking.all(topic, f"{path}{_and(path)}{PAGE}", about=about)]
    found: list[dict[str, Json]] = []
    for page in pages:
        entries = page.get(name)
        if not isinstance(entries, list):
            raise CollectionError(f"GitHub does not list the {name}")
        found.extend(an_object(each, f"one of the {name}") for each in entries)
    whole(name, len(found), number(pages[0], "total_count"))
    return found


def whole(what: str, seen: int, told: int) -> None:
    """Refuse a list that GitHub cuts off."""
    if seen < told:
        raise CollectionError(
            f"GitHub lists {seen} of {told} {what}",
            hint="it lists no more than 3,000 files of a change and 1,000 runs of a commit; split the change",
        )


def ask_files(asking: Asking, repo: str, pull: dict[str, Json]) -> None:
    """The files that a pull request touches, all of them."""
    path = f"{repo}/pulls/{number(pull, 'number')}/files?{PAGE}"
    whole("files", len(asking.entries("files", path)), number(pull, "changed_files"))


def _and(path: str) -> str:
    return "&" if "?" in path else "?"
