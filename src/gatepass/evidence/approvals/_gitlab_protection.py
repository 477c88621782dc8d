"""What GitLab itself demands of the target branch: protected branches, approval rules and settings.

Where several rules fit a branch, who may push by one of them may push: GitLab takes the most permissive one.
Whoever may push goes round the merge request altogether.

https://docs.gitlab.com/user/project/repository/branches/protected/, https://docs.gitlab.com/api/protected_branches/
"""

from __future__ import annotations

import re

from gatepass.evidence import _gitlab as gitlab
from gatepass.evidence._json import as_count, as_text, objects
from gatepass.model.approvals import ForgeRule, Protection
from gatepass.model.collection import Collection
from gatepass.model.facts import Json

EVERYBODY = "everybody who may write"
_NO_ONE = 0


def protection(
    collection: Collection, branch: str, rules: tuple[ForgeRule, ...] | None, project: dict[str, Json]
) -> Protection | None:
    """The rules of the branch; None where the token may not see them. ``rules`` None: not known."""
    listed = gitlab.known(collection, "protected-branches")
    if listed is None:
        return None
    mine = [each for each in listed if _fits(as_text(each.get("name"), limit=1000), branch)]
    settings = gitlab.told(collection, "approval-settings")
    owners = [each.get("code_owner_approval_required") for each in mine]
    pipeline = project.get("only_allow_merge_if_pipeline_succeeds") is True
    return Protection(
        branch=branch,
        required_approvals=None if rules is None else max((each.required for each in rules), default=0),
        code_owners=None if any(each is None for each in owners) else any(each is True for each in owners),
        dismisses_stale=_setting(settings, "reset_approvals_on_push"),
        required_checks=("pipeline",) if pipeline else (),
        force_pushes=any(each.get("allow_force_push") is not False for each in mine) if mine else True,
        bypass=_pushers(mine),
    )


def _fits(pattern: str, branch: str) -> bool:
    """A name, in which ``*`` is anything: https://docs.gitlab.com/api/protected_branches/."""
    parts = (re.escape(part) for part in pattern.split("*"))
    return bool(pattern) and re.fullmatch(".*".join(parts), branch, re.DOTALL) is not None


def _setting(settings: dict[str, Json] | None, name: str) -> bool | None:
    value = settings.get(name) if settings else None
    return value if isinstance(value, bool) else None


def _pushers(mine: list[dict[str, Json]]) -> tuple[str, ...]:
    """Who may push without a merge request, in GitLab's words."""
    if not mine:
        return (EVERYBODY,)
    found: dict[str, None] = {}
    for branch in mine:
        for level in objects(branch.get("push_access_levels")):
            found.update(dict.fromkeys(_who(level)))
    return tuple(found)


def _who(level: dict[str, Json]) -> list[str]:
    words = as_text(level.get("access_level_description"), limit=200)
    for kind in ("user_id", "group_id", "deploy_key_id"):
        if level.get(kind) is not None:
            number = as_count(level[kind], kind)
            return [f"{kind.removesuffix('_id').replace('_', ' ')} {words or number}"]
    number = as_count(level.get("access_level"), "access_level")
    return [] if number == _NO_ONE else [words or f"access level {number}"]
