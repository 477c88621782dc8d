"""Which version of a merge request somebody approved, and what the change does in each.

GitLab tells when an approval was given (``approved_at``, else the system note about it), and not for which
commit. It is for the version that was the newest then, which is the newest one made before it. GitLab dates a
version when it begins to make it and shows it when it is done, and writes notes some time after the act. An
approval in such a gap after another version is for no commit that anybody could name: to guess the older one
would accuse, to guess the newer one would let pass.

https://docs.gitlab.com/api/merge_requests/#retrieve-merge-request-diff-versions
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._collection import json_of
from gatepass.evidence._dates import instant
from gatepass.evidence._gitlab import commit, listed
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.evidence.approvals._unified_diff import digest_of
from gatepass.model.approvals import Version
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

UNSURE = timedelta(seconds=30)
NOTE_LATE = timedelta(minutes=10)
_WHOLE = "collected"
_UNREADABLE = "\ufffd"  # GitLab puts it where bytes are no text


@dataclass(frozen=True, slots=True)
class Made:
    """A version: ``base`` is where its diff begins, ``change`` a digest of that, None where not known."""

    id: int
    head: str
    base: str | None
    at: datetime
    change: str | None

    def is_same_as(self, other: Made) -> bool:
        """Whether both show one diff."""
        if self.head == other.head and self.base is not None and self.base == other.base:
            return True
        return self.change is not None and self.change == other.change


@dataclass(frozen=True, slots=True)
class History:
    """The versions, oldest first; at least one."""

    versions: tuple[Made, ...]

    @classmethod
    def of(cls, collection: Collection, request: int) -> History:
        """All versions of the merge request with the global id ``request``."""
        found = [_made(collection, each, request) for each in listed(collection, "versions")]
        if not found:
            raise UnreadableEvidence("lists no versions", code="empty")
        return cls(tuple(sorted(found, key=lambda each: each.id)))

    @property
    def newest(self) -> Made:
        """What the merge request shows now."""
        return self.versions[-1]

    def approved(self, at: datetime | None, *, by_note: bool) -> str | None:
        """The commit that was approved at an instant, None where that cannot be told.

        Also when the version had the head's commit and another diff: the target branch was another.
        """
        if at is None:
            return None
        perhaps = self._shown_between(at - NOTE_LATE if by_note else at, at)
        heads = {each.head for each in perhaps}
        if len(heads) != 1:
            return None
        (head,) = heads
        if head == self.newest.head and not all(each.is_same_as(self.newest) for each in perhaps):
            return None
        return head

    def _shown_between(self, first: datetime, last: datetime) -> list[Made]:
        """Versions that may have been the newest at some instant from ``first`` to ``last``."""
        following = (*self.versions[1:], None)
        return [
            each
            for each, after in zip(self.versions, following, strict=True)
            if each.at <= last and (after is None or after.at + UNSURE >= first)
        ]

    def told(self) -> tuple[Version, ...]:
        """Each commit that the change was at, once, newest first."""
        found: dict[str, list[Made]] = {}
        for each in reversed(self.versions):
            found.setdefault(each.head, []).append(each)
        return tuple(Version(head, _change(made), made[0].at) for head, made in found.items())


def _change(made: list[Made]) -> str | None:
    """What the change did at a commit: nothing that could be named where it was shown in two ways."""
    return made[0].change if all(each.is_same_as(made[0]) for each in made) else None


def _made(collection: Collection, version: dict[str, Json], request: int) -> Made:
    if version.get("merge_request_id") != request:
        raise UnreadableEvidence("lists a version of another merge request")
    identity = as_count(version.get("id"), "the id of a version")
    at = instant(version.get("created_at"))
    if at is None:
        raise UnreadableEvidence("lists a version without a date; the order decides")
    base = version.get("base_commit_sha")
    return Made(
        identity,
        commit(version.get("head_commit_sha"), "head_commit_sha"),
        None if base is None else commit(base, "base_commit_sha"),
        at,
        _diff_of(collection, version, identity),
    )


def _diff_of(collection: Collection, version: dict[str, Json], identity: int) -> str | None:
    """A digest of the version's whole diff; None where GitLab did not keep or show all of it."""
    answers = [each for each in collection.of("version", str(identity)) if each.status < 300]
    if len(answers) != 1:
        return None
    whole = as_object(json_of(answers[0]), "a version")
    if (whole.get("id"), whole.get("head_commit_sha")) != (identity, version.get("head_commit_sha")):
        raise UnreadableEvidence("holds another version than it says")
    diffs = [as_object(each, "a diff") for each in as_array(whole.get("diffs"), "diffs")]
    if whole.get("state") != _WHOLE or as_text(whole.get("real_size"), limit=20) != str(len(diffs)):
        return None
    shown = [_shown(each) for each in diffs]
    return None if None in shown else digest_of("".join(sorted(filter(None, shown))))


def _shown(diff: dict[str, Json]) -> str | None:
    """One file as git writes it; None where its lines are not shown, or not all of them are text."""
    lines = diff.get("diff")
    if not isinstance(lines, str) or _UNREADABLE in lines:
        return None
    if any(diff.get(name) not in (None, False) for name in ("too_large", "collapsed")):
        return None
    names = ("old_path", "new_path", "a_mode", "b_mode", "new_file", "renamed_file", "deleted_file")
    told = [diff.get(name) for name in names]
    old, new, mode_before, mode_now, is_new, _, is_gone = told
    if not lines and (is_new or is_gone or (old, mode_before) == (new, mode_now)):
        return None  # something changed that is not shown
    ended = lines if not lines or lines.endswith("\n") else f"{lines}\n"
    return f"diff --git {json.dumps(told)}\n{ended}"
