"""The contract of a server that can be examined: whose the token is, and what it may read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from gatepass.collect import Asked
from gatepass.examining._asking import Answered, Asking, Outcome
from gatepass.https import Client


@dataclass(frozen=True, slots=True)
class Read:
    """A question that a collector asks, asked on its own.

    ``kinds`` are the kinds of evidence that need it. ``least`` is what the token must be allowed for it.
    Without one that is ``required`` there is no such evidence; without another, ``unknown`` says what is not
    known then. ``team`` is the team that it is about. ``may_be_absent``: not there is an answer as well.
    """

    name: str
    path: str
    kinds: tuple[str, ...]
    least: str
    required: bool = True
    unknown: str = ""
    team: str = ""
    accept: str = "application/json"
    may_be_absent: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a token is, as far as the server tells.

    ``accepted`` is whether it takes the token at all, None where nothing tells, and ``why`` says why then.
    ``scopes`` is None where it does not tell them. ``expires`` is UTC. ``posts`` is whether it may say on the
    forge how a build stands, None where nobody can tell without writing, and ``posting`` what that rests on,
    empty where nothing is ever posted.
    ``said`` are further words for people.
    """

    accepted: bool | None = True
    why: str = ""
    login: str = ""
    scopes: tuple[str, ...] | None = None
    expires: datetime | None = None
    posts: bool | None = None
    posting: str = ""
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """A forge or a server. ``name`` is that of its collector.

    ``tokens`` are the variables that may hold its token, the first that is set counts. ``open`` gives the way
    in, and raises `CollectionError` where there is no token and `UsageError` for an address that is none.
    ``holder`` asks whose the token is; ``reads`` are the questions about this build, and a `CollectionError`
    where nothing tells what to ask about. ``lacks`` says for a kind of evidence why this build has none.
    """

    name: str
    title: str
    tokens: tuple[str, ...]
    open: Callable[[Asked], Client]
    holder: Callable[[Asking, Asked], Holder]
    reads: Callable[[Asked], Sequence[Read]]
    lacks: Callable[[Asked], Mapping[str, str]]

    def token_in(self, asked: Asked) -> str:
        """The name of the variable that holds the token, empty where none does."""
        return next((name for name in self.tokens if asked.environment.get(name, "").strip()), "")


def accepted(answered: Answered) -> bool | None:
    """Whether the server takes the token, by its answer to the question whose it is."""
    if answered.outcome is Outcome.ALLOWED:
        return True
    refused = answered.response is not None and answered.response.status in (401, 203)
    return False if refused else None


def lacks_of_forge(asked: Asked) -> dict[str, str]:
    """Approvals are of a change request, and a pipeline's evidence of a run: those that this build names."""
    lacks = {}
    if not change_of(asked):
        lacks["approvals"] = "this build is of no change request (--build change-request=NUMBER)"
    if not asked.build.run.id:
        lacks["pipeline"] = "nothing tells which run this is: it is no pipeline of this forge"
    return lacks


def segment(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")


def change_of(asked: Asked) -> str:
    """The number of the change request; empty where it is not known, or no number."""
    change = asked.build.change_request
    number = asked.options.get("change-request") or (change.number if change else "")
    return number if number.isascii() and number.isdecimal() else ""


def teams_of(asked: Asked) -> tuple[str, ...]:
    """The teams that the option ``teams`` names."""
    listed = (each.strip() for each in asked.options.get("teams", "").split(","))
    return tuple(dict.fromkeys(each for each in listed if each))


def text(value: object, most: int = 200) -> str:
    """A text that a server told, cut to a length; empty for everything else."""
    return value[:most] if isinstance(value, str) else ""
