"""What Bitbucket Cloud itself demands of a branch: branch restrictions and default reviewers.

Merge checks hold nobody back unless they are enforced; without that they warn. Whoever may push to the
branch, and everybody where nothing says who may, goes round the pull request altogether.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-branch-restrictions/
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from gatepass.evidence._bitbucket import Accounts, known
from gatepass.evidence._json import as_text, objects
from gatepass.model.approvals import ForgeRule, Person, Protection, Review, ReviewState
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

DEFAULT_REVIEWERS = "default-reviewers"
EVERYBODY = "everybody who may write"


def protection(
    collection: Collection, branch: str, model: dict[str, Json], accounts: Accounts
) -> Protection | None:
    """The restrictions of a branch; None where the token may not read them."""
    listed = known(collection, "branch-restrictions")
    if listed is None or not branch:
        return None
    mine = [each for each in listed if _is_about(each, branch, model)]
    kinds = {as_text(each.get("kind"), limit=200) for each in mine}
    builds = _value(mine, "require_passing_builds_to_merge")
    return Protection(
        branch=branch,
        required_approvals=max(
            _value(mine, "require_approvals_to_merge"),
            _value(mine, "require_default_reviewer_approvals_to_merge"),
        ),
        dismisses_stale=bool(
            kinds & {"reset_pullrequest_approvals_on_change", "smart_reset_pullrequest_approval"}
        ),
        required_checks=(f"{builds} passing build{'' if builds == 1 else 's'}",) if builds else (),
        force_pushes="force" not in kinds,
        bypass=_bypass(mine, accounts),
        enforced="enforce_merge_checks" in kinds,
    )


def default_reviewers(
    collection: Collection,
    restrictions: list[dict[str, Json]],
    reviews: tuple[Review, ...],
    accounts: Accounts,
) -> tuple[ForgeRule, ...]:
    """The rule that default reviewers make; none where they are not known, or nobody is one."""
    listed = known(collection, "default-reviewers")
    if not listed:
        return ()
    eligible = tuple(accounts.person(each.get("user"), "a default reviewer") for each in listed)
    approving = [each.by for each in reviews if each.state is ReviewState.APPROVED]
    approved_by = tuple(each for each in eligible if any(_same(each, other) for other in approving))
    required = _value(restrictions, "require_default_reviewer_approvals_to_merge")
    return (
        ForgeRule(
            DEFAULT_REVIEWERS,
            "default_reviewers",
            required,
            eligible,
            approved_by,
            approved=len(approved_by) >= required if required else None,
        ),
    )


def restrictions_of(collection: Collection, branch: str, model: dict[str, Json]) -> list[dict[str, Json]]:
    """The restrictions of a branch, as far as they are known."""
    return [each for each in known(collection, "branch-restrictions") or [] if _is_about(each, branch, model)]


def _same(one: Person, other: Person) -> bool:
    return one.id is not None and one.id == other.id


def _is_about(restriction: dict[str, Json], branch: str, model: dict[str, Json]) -> bool:
    if restriction.get("branch_match_kind") != "branching_model":
        pattern = as_text(restriction.get("pattern"), limit=500)
        return bool(pattern) and fnmatchcase(branch, pattern)
    written = as_text(restriction.get("branch_type"), limit=60)
    if written in ("development", "production"):
        end = model.get(written)
        return isinstance(end, dict) and as_text(end.get("name"), limit=500) == branch
    prefixes = (
        each.get("prefix") for each in objects(model.get("branch_types")) if each.get("kind") == written
    )
    return any(isinstance(prefix, str) and prefix and branch.startswith(prefix) for prefix in prefixes)


def _value(restrictions: list[dict[str, Json]], kind: str) -> int:
    numbers = (each.get("value") for each in restrictions if each.get("kind") == kind)
    return max((n for n in numbers if isinstance(n, int) and not isinstance(n, bool)), default=0)


def _bypass(restrictions: list[dict[str, Json]], accounts: Accounts) -> tuple[str, ...]:
    pushing = [each for each in restrictions if each.get("kind") == "push"]
    if not pushing:
        return (EVERYBODY,)
    names: dict[str, None] = {}
    for each in pushing:
        for user in objects(each.get("users")):
            names[accounts.person(user, "who may push").login or "a deleted account"] = None
        for group in objects(each.get("groups")):
            names[f"group {as_text(group.get('slug') or group.get('name'), limit=200)}"] = None
    return tuple(names)
