"""From a record, or from the lack of one, to news for a forge."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gatepass.forges import Way
    from gatepass.posting import Forge, News

NAME = "gatepass"
Facts = Annotated[
    list[str] | None,
    typer.Option(
        "--build", help="Without a record: a fact about the build, as for gate.", metavar="KEY=VALUE"
    ),
]
_NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,59}")


def news_of(record: Path | None, name: str, facts: list[str] | None = None) -> News:
    """What there is to say; ``facts`` (``KEY=VALUE``) tell of the build where there is no record to do so.

    Raises `UsageError` for a name that no status can have.
    """
    from gatepass.cli._pairs import pairs
    from gatepass.detecting import build_of
    from gatepass.errors import UsageError
    from gatepass.posting import News, news
    from gatepass.record.rebuild import build_of as recorded
    from gatepass.record.signed_json import sha256
    from gatepass.record.unverified import read_unverified
    from gatepass.record.verify import read_bytes

    if not _NAMES.fullmatch(name):
        raise UsageError(
            f"--name {name!r} is no name of a status", hint="letters, digits, spaces and . _ / -, at most 60"
        )
    if record is None:
        return News(name, build_of(os.environ, Path.cwd(), pairs("--build", facts)))
    if facts:
        raise UsageError("--build beside --record", hint="the record tells which build it is about")
    predicate = read_unverified(record)
    return news(name, predicate, recorded(predicate), sha256(read_bytes(record)))


def forge_of(news: News, given: str | None) -> Forge:
    """The forge to tell. Raises `UsageError` when nothing tells which."""
    from gatepass import seam
    from gatepass.errors import UsageError
    from gatepass.posting import Forge

    known = seam.members("gatepass.posting", Forge)
    name = given or news.build.platform
    if name not in known:
        said = f"there is no forge '{name}' to tell" if given else "nothing tells which forge is to be told"
        raise UsageError(said, hint=f"--forge {', '.join(sorted(known))}")
    return known[name]


def way_into(forge: Forge) -> Way:
    """The way in, with the tokens of the environment."""
    import sys

    import gatepass
    from gatepass.forges import Way

    needs = f"the token needs {'; '.join(forge.scopes)}"
    producer = f"gatepass {gatepass.__version__}"
    return Way(os.environ, needs, producer, say=lambda text: print(text, file=sys.stderr))
