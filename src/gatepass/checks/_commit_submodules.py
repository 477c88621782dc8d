"""Whether a change of a submodule is let through, and what is said of one that is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from gatepass.checks._breaches import globs
from gatepass.checks._check import Question
from gatepass.globs import matches_any
from gatepass.model.commits import Commit, Commits, SubmoduleChange
from gatepass.model.decision import Finding
from gatepass.model.policy import Rule

FIX = "leave the submodule as it is, or let the owners of the policy allow it"
_UPWARDS = re.compile(r"://.*/\.\.(/|$)")
_SHOWN = 3


def refusal_of(rule: Rule) -> Callable[[Commit], str | None] | None:
    """Why a commit does not do for what it does to submodules; None where the rule does not ask."""
    if rule.parameters.get("submodules") != "refuse":
        return None
    allowed = globs(rule.parameters.get("allowed-submodules"))

    def refusal(commit: Commit) -> str | None:
        return _in_words(each for each in commit.submodules if not _is_allowed(each, allowed))

    return refusal


def done_by_the_whole(question: Question, lists: Sequence[Commits]) -> Iterator[Finding]:
    """What the change does to submodules although none of its commits does: a merge took the older side."""
    if question.rule.parameters.get("submodules") != "refuse":
        return
    allowed = globs(question.rule.parameters.get("allowed-submodules"))
    for listed in lists:
        told = {each.path for commit in listed.commits for each in commit.submodules}
        for change in listed.submodules:
            if change.path not in told and not _is_allowed(change, allowed):
                yield question.finding(
                    f"the change as a whole {_words(change)}",
                    identity=("submodules", "whole", change.path, change.after or "", change.url or ""),
                    place=question.rule.place_of("submodules"),
                    fix=question.rule.fix or FIX,
                )


def _is_allowed(change: SubmoduleChange, allowed: Sequence[str]) -> bool:
    """Whether it fits one of the globs, by its path or its address; by its address, where that is another."""
    by_url = change.url is not None and not _UPWARDS.search(change.url) and matches_any(change.url, allowed)
    return by_url or (not change.redirected and matches_any(change.path, allowed))


def _in_words(refused: Iterable[SubmoduleChange]) -> str | None:
    said = [_words(each) for each in refused]
    if len(said) > _SHOWN:
        said = [*said[:_SHOWN], f"changes {len(said) - _SHOWN} more"]
    return ", ".join(said) or None


def _words(change: SubmoduleChange) -> str:
    path, url = change.path, change.url or "an unknown address"
    if change.before and change.after is None:
        return f"removes the submodule {path}"
    if change.after and change.before is None:
        return f"adds the submodule {path} at {change.after[:12]} of {url}"
    if change.before and change.after:
        return f"moves the submodule {path} from {change.before[:12]} to {change.after[:12]} of {url}"
    if change.redirected:
        return f"lets the submodule {path} come from {url}, not {change.url_before or 'an unknown address'}"
    return f"changes what stands in .gitmodules of {path}" if path != ".gitmodules" else "changes .gitmodules"
