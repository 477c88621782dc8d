"""A request for an override: made, checked by the policies, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from gatepass.cli._sections import say
from gatepass.errors import OverrideError, UsageError
from gatepass.model.facts import Json
from gatepass.model.override import Override
from gatepass.model.policy import Policy, Rule
from gatepass.overriding import by_policies, objection
from gatepass.policy import overrides, requests
from gatepass.policy.mistakes import suggestion
from gatepass.policy.schema import API_VERSION


def last_day(days: int | None, expires: str | None, now: datetime) -> str:
    """The end of its term as a file states it. Raises `UsageError` unless one of the two says it."""
    if (days is None) == (expires is None):
        raise UsageError("how long is it to last?", hint="--days N, or --expires 2026-12-31; not both")
    return expires or (now.date() + timedelta(days=days or 0)).isoformat()


def who_started(environment: Mapping[str, str], root: Path) -> str:
    """Who started the pipeline. Raises `UsageError` where nobody can tell."""
    from gatepass.detecting import detect

    platform = detect(environment)
    actors = platform.build(environment, root).actors if platform else ()
    if not actors:
        raise UsageError(
            "who asks for it is not known", hint="--requested-by LOGIN; it is never who approves"
        )
    return actors[0].login


def make(
    fields: Mapping[str, Json], folders: Sequence[str], root: Path, now: datetime
) -> tuple[Override, str]:
    """The request and the text of its file; without an id it gets the next one. Raises `UsageError`."""
    taken = {each.id: each for each in overrides.load(folders, root)}
    given = fields.get("id")
    names = [path.stem for folder in folders for path in (root / folder).rglob("*.y*ml")]
    id_ = given if isinstance(given, str) else requests.next_id((*taken, *names), now.year)
    if id_ in taken:
        raise UsageError(f"the id {id_} is taken by {taken[id_].place.path}")
    head: dict[str, Json] = {"apiVersion": API_VERSION, "kind": overrides.REQUEST_KIND}
    text = requests.text_of({**head, **fields, "id": id_})
    try:
        override = overrides.read(text.encode(), "the request")
    except OverrideError as error:
        raise UsageError(f"no request can be made of this: {error.message}") from None
    return override, text


def check(
    override: Override, policies: Sequence[Policy], now: datetime
) -> list[tuple[Rule, Policy, str | None]]:
    """The rules that it is for, each with why it could not hold for it.

    Raises `UsageError` when it could not hold for any: nobody is to be asked for what no approval can give.
    """
    by_name = {policy.name: policy for policy in policies}
    named = [(rule, by_name[rule.policy]) for rule, _, _ in by_policies(override, policies, now)]
    if not named:
        codes = [rule.code for policy in policies for rule in policy.rules]
        known = codes if "/" in override.rule else [code.partition("/")[2] for code in codes]
        raise UsageError(f"no policy has a rule '{override.rule}'{suggestion(override.rule, set(known))}")
    made = [(rule, policy, objection(override, rule, policy, now)) for rule, policy in named]
    if all(why is not None for _, _, why in made):
        said = "; ".join(f"{rule.code}: {why}" for rule, _, why in made)
        raise UsageError(
            f"nobody could approve this: {said}", hint="gatepass explain RULE says what may be overridden"
        )
    return made


def write(
    override: Override, text: str, policies: Sequence[Policy], root: Path, output: str, now: datetime
) -> None:
    """Write the file and say what it asks for, and who may approve it; nothing is overwritten."""
    from gatepass.explaining import who_may_override
    from gatepass.files import write_new

    checked = check(override, policies, now)
    write_new(root / output, text.encode())
    say("", f"wrote {output}: a request, which lets nothing through yet")
    for rule, policy, why in checked:
        say("  ", f"{rule.code}: {f'could not hold: {why}' if why else 'could hold'}")
        if why is None:
            for _, row in who_may_override(rule, policy):
                say("    ", row)
    say("  ", f"To approve it, sign it: gatepass override approve {override.id}.")
    say("  ", "Where the policy takes a name in the file: kind: Override and approved-by: [LOGIN].")
