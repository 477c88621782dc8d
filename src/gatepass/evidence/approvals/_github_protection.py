"""What GitHub itself demands of the target branch: branch protection and rulesets, the strictest of each.

https://docs.github.com/en/rest/branches/branch-protection, https://docs.github.com/en/rest/repos/rules
"""

from __future__ import annotations

from gatepass.evidence._collection import json_of
from gatepass.evidence._json import as_array, as_object, as_text, objects
from gatepass.model.approvals import Protection
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

_FORBIDDEN = 403
_NOTHING_SEEN = (_FORBIDDEN, 404)


def protection(collection: Collection) -> Protection | None:
    """The rules of the branch; None where the token may see too little to tell."""
    rules = [
        as_object(each, "a rule")
        for answer in collection.of("rules")
        if answer.status == 200
        for each in as_array(json_of(answer), "rules")
    ]
    classic = next((json_of(each) for each in collection.of("protection") if each.status == 200), None)
    hidden = any(each.status == _FORBIDDEN for each in collection.of("protection"))
    unseen = all(each.status in _NOTHING_SEEN for each in collection.of("rules"))
    if classic is None and (unseen or (hidden and not rules)):
        return None
    untold = None if hidden else False  # what rulesets do not ask, hidden branch protection may
    reviews = [_object(rule.get("parameters")) for rule in rules if rule.get("type") == "pull_request"]
    checks = [
        _object(rule.get("parameters")) for rule in rules if rule.get("type") == "required_status_checks"
    ]
    if isinstance(classic, dict):
        reviews.append(_object(classic.get("required_pull_request_reviews")))
        checks.append(_object(classic.get("required_status_checks")))
    return Protection(
        branch=collection.fact("branch") or "",
        required_approvals=max(map(_count, reviews), default=None),
        code_owners=_any(reviews, "require_code_owner_review", "require_code_owner_reviews", untold=untold),
        dismisses_stale=_any(
            reviews, "dismiss_stale_reviews_on_push", "dismiss_stale_reviews", untold=untold
        ),
        last_push_approval=_any(reviews, "require_last_push_approval", untold=untold),
        required_checks=tuple(sorted({name for each in checks for name in _names(each)})),
        force_pushes=_force_pushes(classic, rules),
        includes_admins=_enabled(classic, "enforce_admins"),
        bypass=tuple(sorted(_bypass(collection))),
    )


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _count(review: dict[str, Json]) -> int:
    value = review.get("required_approving_review_count")
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _any(reviews: list[dict[str, Json]], *names: str, untold: bool | None) -> bool | None:
    if any(review.get(name) is True for review in reviews for name in names):
        return True
    return untold if reviews else None


def _names(checks: dict[str, Json]) -> list[str]:
    listed = [*objects(checks.get("required_status_checks")), *objects(checks.get("checks"))]
    return [name for each in listed if (name := as_text(each.get("context"), limit=300))]


def _enabled(classic: Json, name: str) -> bool | None:
    value = _object(_object(classic).get(name)).get("enabled")
    return value if isinstance(value, bool) else None


def _force_pushes(classic: Json, rules: list[dict[str, Json]]) -> bool | None:
    if any(rule.get("type") == "non_fast_forward" for rule in rules):
        return False
    return _enabled(classic, "allow_force_pushes")


def _bypass(collection: Collection) -> set[str]:
    """Who may go round the rulesets, as far as the token may see it."""
    found = set()
    for answer in collection.of("ruleset"):
        if answer.status == 200:
            for actor in objects(as_object(json_of(answer), "a ruleset").get("bypass_actors")):
                kind, identity = as_text(actor.get("actor_type"), limit=60), actor.get("actor_id")
                found.add(f"{kind} {identity}" if identity is not None else kind)
    return found
