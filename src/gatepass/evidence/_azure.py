"""What Azure DevOps' answers have in common: identities, pages, commit ids.

https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests#identityref
"""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import _collection
from gatepass.evidence._json import as_array, as_count, as_object, as_text
from gatepass.model.approvals import Person, PersonKind
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

GHOST = Person("", kind=PersonKind.GHOST)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SERVICES = ("svc.", "s2s.", "aadsp.", "imp.", "agg.", "sys.")
_SERVICE_NAME = re.compile(r"(?:Build|ServiceIdentity|AgentPool)\\|.*\bBuild Service \(", re.IGNORECASE)


def one(collection: Collection, topic: str) -> dict[str, Json]:
    """The one answer to a topic. Raises `UnreadableEvidence` when there is none."""
    answers = collection.of(topic)
    if len(answers) != 1 or not answered(answers[0].status):
        raise UnreadableEvidence(f"holds no answer about {topic}")
    return as_object(_collection.json_of(answers[0]), f"the answer about {topic}")


def answered(status: int) -> bool:
    """Whether it is an answer; 203 is a sign-in page."""
    return 200 <= status < 300 and status != 203


def values(
    collection: Collection, topic: str, about: str | None = None, *, key: str = "value"
) -> list[dict[str, Json]]:
    """The entries of all pages. Raises `UnreadableEvidence` when nobody asked, or a page tells of more."""
    found = known(collection, topic, about, key=key)
    if found is None:
        raise UnreadableEvidence(f"holds no answer about {topic}")
    return found


def known(
    collection: Collection, topic: str, about: str | None = None, *, key: str = "value"
) -> list[dict[str, Json]] | None:
    """As `values`; None where the token was not let read it, or nobody asked."""
    answers = collection.of(topic, about)
    if not answers or not all(answered(each.status) for each in answers):
        return None
    found: list[dict[str, Json]] = []
    page: dict[str, Json] = {}
    for each in answers:
        page = as_object(_collection.json_of(each), f"the answer of {each.url}")
        listed = as_array(page.get(key), f"{key} of {topic}")
        if (
            key == "value"
            and page.get("count") is not None
            and as_count(page["count"], "count") != len(listed)
        ):
            raise UnreadableEvidence(f"holds a page about {topic} that is not whole")
        found.extend(as_object(entry, f"an entry of {topic}") for entry in listed)
    if page.get("nextSkip"):
        raise UnreadableEvidence(f"does not hold all pages about {topic}")
    return found


def is_group(identity: Json) -> bool:
    """Whether it is a group or a team: those never vote themselves."""
    if not isinstance(identity, dict):
        return False
    descriptor = as_text(identity.get("descriptor"), limit=300)
    unique = as_text(identity.get("uniqueName"), limit=400)
    return (
        identity.get("isContainer") is True
        or descriptor.startswith(("vssgp.", "aadgp."))
        or unique.startswith("vstfs:///")
    )


def person(value: Json, what: str) -> Person:
    """An identity; ``uniqueName`` (mostly an e-mail address) is the login, ``id`` is compared first."""
    if value is None:
        return GHOST
    identity = as_object(value, what)
    number = as_text(identity.get("id"), limit=100).lower()
    if not number:
        raise UnreadableEvidence(f"{what} has no id")
    login = as_text(identity.get("uniqueName"), limit=320) or number
    mail = login if "@" in login and "\\" not in login else None
    return Person(
        login,
        id=number,
        kind=_kind(identity, login),
        name=as_text(identity.get("displayName"), limit=200) or None,
        email=mail,
        linked=(f"mail:{mail.casefold()}",) if mail else (),
    )


def _kind(identity: dict[str, Json], login: str) -> PersonKind:
    if is_group(identity) or identity.get("isDeletedInOrigin") is True:
        return PersonKind.GHOST
    descriptor = as_text(identity.get("descriptor"), limit=300).lower()
    names = (login, as_text(identity.get("displayName"), limit=200))
    service = descriptor.startswith(_SERVICES) or any(map(_SERVICE_NAME.match, names))
    return PersonKind.BOT if service else PersonKind.USER


def commit(value: Json, what: str) -> str:
    """A whole commit id in lower case."""
    found = as_text(value, limit=100).lower()
    if not _COMMIT.fullmatch(found):
        raise UnreadableEvidence(f"{what} is no whole commit id")
    return found
