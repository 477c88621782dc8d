"""The contract of a forge that can be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gatepass.forges import Way
from gatepass.posting._comment import Dialect
from gatepass.posting._news import News


class State(StrEnum):
    """What a status says; ``success`` alone lets a change through."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


Body = Callable[[str | None], str]
"""From the comment that stands there (None when there is none) to the one that takes its place."""


@dataclass(frozen=True, slots=True)
class Forge:
    """A forge.

    ``status`` says on the commit how it stands, under the name of the news, in the place of what was said
    there before, and answers with the address of what it said. ``comment`` finds the comment that this
    account wrote under that name and puts another text in its place, or writes the first one; it never
    touches what another account wrote. ``check`` is a status with findings at their lines, where the forge
    has that. All raise `gatepass.errors.CollectionError` when it could not be said, and
    `gatepass.errors.UsageError` when nothing tells where. ``dialect`` is its Markdown. ``scopes`` are the
    least that the token must be allowed for a ``status``, a ``comment`` and a ``check run``.
    """

    name: str
    title: str
    status: Callable[[Way, News, State], str]
    comment: Callable[[Way, News, Body], str]
    check: Callable[[Way, News, State], str] | None = None
    dialect: Dialect = field(default_factory=Dialect)
    scopes: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
