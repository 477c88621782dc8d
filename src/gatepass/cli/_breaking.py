"""The glass broken: a file that lets something through at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gatepass import approved
from gatepass.approving.matching import allowances_for
from gatepass.cli._approving import Keys, as_signed, name_of
from gatepass.cli._sections import say
from gatepass.errors import OverrideError, UsageError
from gatepass.files import write_new
from gatepass.model.facts import Json
from gatepass.model.override import Override, OverrideStatus
from gatepass.model.policy import Policy
from gatepass.overriding import by_policies
from gatepass.policy import overrides, requests
from gatepass.policy.overrides import OverrideFile
from gatepass.policy.schema import API_VERSION

PREFIX = "BG"
FOLDER = "overrides"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is let through, why, for which incident, by whom, for how many hours."""

    rule: str
    match: Mapping[str, Json]
    why: str
    incident: str
    by: str
    hours: int | None = None


def break_glass(
    asked: Asked, folders: Sequence[str], policies: Sequence[Policy], keys: Keys, root: Path, now: datetime
) -> None:
    """Write the file, signed when there is a key; it holds from now on.

    Raises `UsageError` when it would not: nobody is to believe that the glass is broken when it is not.
    """
    others = overrides.load_files(folders, root)
    before = approved.glass_of_before(others, folders, root, policies, now, os.environ, ("HEAD",))
    taken = [each.id for each in (*(file.override for file in others), *before)]
    file = _made(asked, requests.next_id(taken, now.year, PREFIX), folders, policies, root, now)
    signed = keys.signed(file.data)
    signature: tuple[Path, bytes] | None = None
    if signed is not None:
        approval, file = as_signed(file, signed, policies, root, now)
        signature = file.path.with_name(name_of(file.path.name, approval.by, signed[0])), signed[1]
    else:
        [file] = approved.verified([file], root, policies, now, os.environ)
    there = approved.verified(others, root, policies, now, os.environ)
    standings = by_policies(file.override, policies, now, [*(each.override for each in there), *before])
    if all(status is not OverrideStatus.IN_FORCE for _, status, _ in standings):
        said = "; ".join(f"{rule.code}: {message}" for rule, _, message in standings)
        raise UsageError(
            f"the glass stays whole: {said or f'no policy has a rule {asked.rule!r}'}",
            hint=None
            if any(status is OverrideStatus.BLOCKED for _, status, _ in standings)
            else "--ssh-key or --key signs it, where the policy wants that",
        )
    write_new(file.path, file.data)
    if signature is not None:
        write_new(*signature)
    say("", f"wrote {file.override.place.path}: in force at once", bold=True)
    for rule, status, message in standings:
        say("  ", f"{rule.code}: {status.value}: {message}")
    say("  ", f"Somebody else confirms it: gatepass override approve {file.override.id}")


def _made(
    asked: Asked, id_: str, folders: Sequence[str], policies: Sequence[Policy], root: Path, now: datetime
) -> OverrideFile:
    folder = next((each for each in folders if (root / each).is_dir()), FOLDER)
    hours = asked.hours or _longest(asked.rule, policies)
    name = f"{folder}/{id_}.yaml"
    text = requests.plain_text_of(
        {
            "apiVersion": API_VERSION,
            "kind": overrides.BREAK_GLASS_KIND,
            "id": id_,
            "rule": asked.rule,
            "match": dict(asked.match),
            "justification": asked.why,
            "incident": asked.incident,
            "requested-by": asked.by,
            "created": _instant(now),
            "expires": _instant(now + timedelta(hours=hours)),
        }
    )
    return OverrideFile(_read(text, name), root / name, text.encode())


def _read(text: str, name: str) -> Override:
    try:
        return overrides.read(text.encode(), name)
    except OverrideError as error:
        raise UsageError(f"the glass cannot be broken like this: {error.message}") from None


def _longest(rule: str, policies: Sequence[Policy]) -> int:
    """As long as the strictest policy that the rule has lets it last; an hour where none does."""
    terms = [
        allowance.break_glass.maximum_hours
        for policy in policies
        for each in policy.rules
        if rule in (each.id, each.code)
        for allowance in allowances_for(each, policy)
        if allowance.break_glass is not None
    ]
    return min(terms, default=1)


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
