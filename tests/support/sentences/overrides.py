"""What is done to overrides: signed, edited, committed, ended. What they say is the story's own key."""

from __future__ import annotations

from datetime import timedelta

from support.sentences import sentence
from support.stage import Act, Stage


@sentence("{count} hours pass")
def _hours_pass(stage: Stage, count: str) -> None:
    stage.now += timedelta(hours=int(count))


@sentence("the organisation knows the key of {who}[ until {day}][ for {namespace}]")
def _knows(stage: Stage, who: str, day: str = "", namespace: str = "") -> None:
    options = [
        *([f'namespaces="{namespace}"'] if namespace else []),
        *([f'valid-before="{day.replace("-", "")}Z"'] if day else []),
    ]
    stage.known_keys.append((who, ",".join(options)))


@sentence("{who} signs {override}[ in the namespace {namespace}]")
def _signs(stage: Stage, who: str, override: str, namespace: str = "") -> None:
    _act(stage, "signs", who, override, namespace=namespace)


@sentence("{who} signs {override} with a key that nobody knows")
def _signs_as_a_stranger(stage: Stage, who: str, override: str) -> None:
    _act(stage, "signs", who, override, key="unknown")


@sentence("{who} signs {override} with a key of gatepass")
def _signs_in_an_envelope(stage: Stage, who: str, override: str) -> None:
    _act(stage, "signs", who, override, key="gatepass")


@sentence("{who} rewrites {override}")
def _rewrites(stage: Stage, who: str, override: str) -> None:
    _act(stage, "rewrites", who, override)


@sentence("{who} lays the signature of {whom} on {override} beside {another}")
def _lays_beside(stage: Stage, who: str, whom: str, override: str, another: str) -> None:
    _act(stage, "lays", who, override, whom=whom, another=another)


@sentence("{who} commits {override} to main")
def _commits_to_main(stage: Stage, who: str, override: str) -> None:
    _act(stage, "commits", who, override, key="own")


@sentence("{who} commits {override} to main without a key")
def _commits_unsigned(stage: Stage, who: str, override: str) -> None:
    _act(stage, "commits", who, override)


@sentence("{who} takes {override} of {author} to main")
def _takes_to_main(stage: Stage, who: str, override: str, author: str) -> None:
    _act(stage, "commits", who, override, key="own", author=author)


@sentence("{who} commits {override} to the change")
def _commits_to_the_change(stage: Stage, who: str, override: str) -> None:
    _act(stage, "commits here", who, override)


@sentence("{who} removes {override}")
def _removes(stage: Stage, who: str, override: str) -> None:
    _act(stage, "removes", who, override)


@sentence("{who} edits {field} of {override} to {value}")
def _edits(stage: Stage, who: str, field: str, override: str, value: str) -> None:
    _act(stage, "edits", who, override, field=field, value=value)


@sentence("{who} puts {override} back")
def _puts_back(stage: Stage, who: str, override: str) -> None:
    _act(stage, "puts back", who, override)


@sentence("{who} revokes {override}")
def _revokes(stage: Stage, who: str, override: str) -> None:
    _act(stage, "revoked", who, override)


@sentence("{who} rejects {override}")
def _rejects(stage: Stage, who: str, override: str) -> None:
    _act(stage, "rejected", who, override)


def _act(stage: Stage, what: str, who: str, override: str, **more: str) -> None:
    stage.who(who)
    stage.acts.append(
        Act(what, who, override, stage.now, {name: text for name, text in more.items() if text})
    )
