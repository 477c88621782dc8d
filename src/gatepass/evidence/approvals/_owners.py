"""The file of code owners among the answers of a forge."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from gatepass.errors import UnreadableEvidence
from gatepass.model.collection import Answer, Collection


def owners_file(collection: Collection, places: AbstractSet[str]) -> Answer | None:
    """The first file that is there; None is known when all ``places`` were looked at."""
    answers = collection.of("owners")
    found = next((each for each in answers if each.status == 200), None)
    if found is None and (unseen := sorted(places - {each.about for each in answers})):
        raise UnreadableEvidence(f"holds no answer about {unseen[0]}")
    if found is not None and found.body.lstrip().startswith("<"):
        raise UnreadableEvidence(f"holds a page in the place of {found.about}; was the token accepted?")
    return found
