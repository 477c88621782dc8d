"""What GitLab's answers about merge requests have in common.

GitLab's approvals carry no commit. Accounts have no type either: project and group access tokens are
known by their user names, service accounts of other names are not.

https://docs.gitlab.com/api/merge_request_approvals/
https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
"""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.model.approvals import Person, PersonKind, Review, ReviewState
from gatepass.model.facts import Json

_BOT = re.compile(r"(?:project|group)_[0-9]+_bot|service_account_|.*(?:[-_]bot|\[bot\])$", re.IGNORECASE)


def person(value: Json, what: str) -> Person:
    """An account; GitLab's ghost user stands for those that were deleted."""
    user = as_object(value, what)
    username = as_text(user.get("username"), limit=300)
    if not username.strip():
        raise UnreadableEvidence(f"{what} has no username")
    number = user.get("id")
    return Person(
        username,
        id=None if number is None else str(as_count(number, f"{what}.id")),
        kind=_kind(username),
        name=as_text(user.get("name"), limit=300) or None,
    )


def _kind(username: str) -> PersonKind:
    if re.fullmatch(r"ghost[0-9]*", username, re.IGNORECASE):
        return PersonKind.GHOST
    return PersonKind.BOT if _BOT.match(username) else PersonKind.USER


def people(value: Json, what: str) -> tuple[Person, ...]:
    """The accounts in a list."""
    return tuple(person(each, f"{what}[{index}]") for index, each in enumerate(as_array(value, what)))


def approval(by: Person, at: Json = None) -> Review:
    """An approval: GitLab lists it as long as it stands."""
    return Review(by, ReviewState.APPROVED, at=instant(at))
