"""Who is who."""

from __future__ import annotations

from support.sentences import sentence
from support.stage import Stage


@sentence("{who} is a bot")
def _is_a_bot(stage: Stage, who: str) -> None:
    stage.who(who).bot = True


@sentence("{who} may {permission}")
def _may(stage: Stage, who: str, permission: str) -> None:
    stage.who(who).permission = permission


@sentence("{who} has the address {address}")
def _has_the_address(stage: Stage, who: str, address: str) -> None:
    stage.who(who).email = address


@sentence("{who} joins the team {team}")
def _joins(stage: Stage, who: str, team: str) -> None:
    stage.who(who)
    stage.teams.setdefault(team, set()).add(who)


@sentence("{who} leaves the team {team}")
def _leaves_team(stage: Stage, who: str, team: str) -> None:
    stage.teams[team].remove(who)


@sentence("{who} loses the account")
def _loses_the_account(stage: Stage, who: str) -> None:
    stage.who(who).gone = True
