"""From a record, or from the lack of one, to news for a forge."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gatepass.forges import Way
    from gatepass.model.build import Build
    from gatepass.posting import Forge, News
    from gatepass.record import Object

Facts = Annotated[
    list[str] | None,
    typer.Option("--build", help="A fact about the build, as the gate had it.", metavar="KEY=VALUE"),
]
Key = Annotated[
    str | None,
    typer.Option(help="The public key that must have signed the record.", metavar="PATH"),
]
OnPlatform = Annotated[
    str | None,
    typer.Option(
        "--platform", help="The CI system this runs on, where the variables of two are set.", metavar="NAME"
    ),
]
Why = Annotated[
    str | None,
    typer.Option(help="Why no decision could be made, in a line, with --undecided.", metavar="TEXT"),
]
MOST_OF_WHY = 500  # characters
_NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,59}")


@dataclass(frozen=True, slots=True)
class About:
    """What a command was told of the news: ``facts`` (``KEY=VALUE``) are those that the gate had."""

    record: Path | None
    name: str | None = None
    facts: list[str] | None = None
    platform: str | None = None
    key: str | None = None
    why: str | None = None


def news_of(about: About) -> News:
    """What there is to say, under the name that was given or the one that fits the build.

    Raises `UsageError` for a name that no status can have, and for a record of another build than the one
    that this runs in; `VerificationError` for a record that cannot be relied on.
    """
    from gatepass.cli._pairs import pairs
    from gatepass.detecting import build_of
    from gatepass.errors import UsageError
    from gatepass.plain import plain
    from gatepass.posting import News, news, status_name
    from gatepass.record.rebuild import build_of as recorded
    from gatepass.record.signed_json import sha256
    from gatepass.record.verify import read_bytes

    if about.name is not None:
        check_name(about.name)
    given = pairs("--build", about.facts)
    if about.record is None:
        if about.key:
            raise UsageError("--key without --record", hint="the key is the one that signed the record")
        build = build_of(os.environ, Path.cwd(), given, about.platform)
        return News(about.name or status_name(build), build, why=plain(about.why or "")[:MOST_OF_WHY])
    if about.why:
        raise UsageError("--why beside --record", hint="the record says why")
    predicate = _sound(about.record, about.key)
    build = recorded(_without_paths(predicate))
    _refuse_another(build, given, about.platform)
    return news(about.name or status_name(build), predicate, build, sha256(read_bytes(about.record)))


def check_name(name: str) -> None:
    """Raise `UsageError` for a name that no status can have."""
    from gatepass.errors import UsageError

    if not _NAMES.fullmatch(name):
        raise UsageError(
            f"--name {name!r} is no name of a status", hint="letters, digits, spaces and . _ / -, at most 60"
        )


def _sound(record: Path, key: str | None) -> Object:
    """The predicate of a record that agrees with itself and, where there is a ``key``, was signed by it."""
    from gatepass.cli import _terminal
    from gatepass.errors import VerificationError
    from gatepass.record.verify import read_sound, verify_record
    from gatepass.signers import keys

    try:
        if key is None:
            predicate = read_sound(record)
            if predicate.get("unsigned") is not True:
                _terminal.say("who signed the record was not checked; --key PUBLIC.pem does")
            return predicate
        signer = keys.public_key_of(key, os.environ, _terminal.passphrase_if_asked())
        verification = verify_record(record, [signer], now=datetime.now(UTC))
    except VerificationError as error:
        raise VerificationError(f"{record}: {error.message}", hint=error.hint) from None
    if verification.failed:
        raise VerificationError(f"{record}: {verification.failed[0].message}")
    return verification.predicate


def _without_paths(predicate: Object) -> Object:
    """The build alone, without the changed paths: a record may hold but a part of them."""
    build = predicate.get("build")
    return (
        {"build": {k: v for k, v in build.items() if k != "changedPaths"}} if isinstance(build, dict) else {}
    )


def _refuse_another(build: Build, given: Mapping[str, str], platform: str | None) -> None:
    """Raise `UsageError` where the platform, or a given fact, tells of another build than the recorded one.

    A trial merge is compared where the platform tells one: a stage that follows a build knows the head alone.
    """
    from gatepass.detecting import build_of, detect
    from gatepass.errors import UsageError

    if detect(os.environ, platform) is None and not given:
        return  # a workstation: nothing tells of a build
    here = build_of(os.environ, Path.cwd(), given, platform)
    told = [
        ("repository", build.repository, here.repository),
        ("repository's id", build.repository_id, here.repository_id if build.repository_id else None),
        ("head", build.head, here.head),
        ("commit", build.commit, here.commit if here.commit != here.head else None),
    ]
    if here.change_request and here.change_request.number:
        number = build.change_request.number if build.change_request else None
        told.append(("change request", number, here.change_request.number))
    for what, recorded, running in told:
        if running and (recorded or "").casefold() != running.casefold():
            raise UsageError(
                f"the record is of another build: its {what} is {recorded or 'not told'}, "
                f"that of this pipeline {running}",
                hint="say it in the pipeline that made it, with each --build KEY=VALUE that the gate had",
            )


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


def way_into(forge: Forge, what: str) -> Way:
    """The way in to say ``what`` (a ``status``, …), with the tokens of the environment."""
    import sys

    import gatepass
    from gatepass.forges import Way

    needs = f"for a {what} the token needs {forge.scopes[what]}"
    producer = f"gatepass {gatepass.__version__}"
    return Way(os.environ, needs, producer, say=lambda text: print(text, file=sys.stderr))
