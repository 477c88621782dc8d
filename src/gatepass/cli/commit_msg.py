"""`gatepass commit-msg`: a message before its commit is made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatepass.cli import _override_options as options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gatepass.checks.commits import Requirement
    from gatepass.model.policy import Policy, Rule

IN_ORDER, REFUSED = 0, 1
MAXIMUM_BYTES = 1 << 20


def commit_msg(
    file: Annotated[str, typer.Argument(help="The file with the message, as git gives it to the hook.")],
    policy: options.Policies = None,
    config: options.Config = None,
) -> None:
    """Say what a commit message lacks by the rules about commits: exit 0 when nothing, 1 otherwise."""
    from gatepass.cli._sections import say
    from gatepass.collect import commit_of

    policies = options.policies_of(policy, options.settings_of(config))
    asked = _asked(policies, Path.cwd())
    if not asked:
        say("", f"no message is asked for anything by {', '.join(each.name for each in policies)}")
        return
    commit = commit_of(_message(file), Path.cwd(), os.environ)
    refused = False
    for rule, requirement in asked:
        why = requirement.refusal(commit)
        if why is not None:
            blocks = _blocks(rule, options.now_())
            refused = refused or blocks
            say("✗ " if blocks else "! ", f"{rule.code}: the commit {why}")
            say("    ", f"fix: {_fix(rule, requirement)}")
    if refused:
        say("", f"Nothing is lost: git commit --edit --file={file}")
    raise typer.Exit(REFUSED if refused else IN_ORDER)


def _asked(policies: Sequence[Policy], root: Path) -> list[tuple[Rule, Requirement]]:
    """What rules ask of a message and of who commits.

    Branch and event of a policy's scope are not looked at: where the commit will go nobody knows yet.
    """
    from gatepass.checks.commits import requirements
    from gatepass.model.build import Build
    from gatepass.model.policy import Enforcement, Scope
    from gatepass.platforms import build_from_git
    from gatepass.policy.scope import why_not

    scoped = any(policy.scope.repositories for policy in policies)
    here = Build("local", repository=build_from_git(root).repository if scoped else None)
    return [
        (rule, requirement)
        for policy in policies
        if why_not(Scope(repositories=policy.scope.repositories), here) is None
        for rule in policy.rules
        if rule.check == "commits" and rule.enforcement is not Enforcement.OBSERVE
        for requirement in requirements(rule)
        if requirement.name in ("ticket", "sign-off", "email-domains")
    ]


def _blocks(rule: Rule, now: datetime) -> bool:
    """Whether the rule would fail a build today."""
    from gatepass.model.policy import Enforcement

    in_effect = rule.effective_on is None or now >= rule.effective_on
    return in_effect and rule.enforcement is Enforcement.BLOCK


def _fix(rule: Rule, requirement: Requirement) -> str:
    if rule.fix:
        return rule.fix
    if requirement.name == "ticket":
        return f"{requirement.fix}: what fits {rule.parameters['ticket']}"
    return "git commit --signoff" if requirement.name == "sign-off" else requirement.fix


def _message(file: str) -> bytes:
    from gatepass.errors import UsageError

    try:
        with Path(file).open("rb") as opened:
            data = opened.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise UsageError(f"the message {file} cannot be read: {said}") from None
    if len(data) > MAXIMUM_BYTES:
        raise UsageError(f"the message {file} is larger than 1 MiB")
    return data
