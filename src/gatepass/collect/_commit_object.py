"""A commit as git stores it, byte by byte: <https://git-scm.com/docs/git-cat-file>.

Read raw, because every other way of asking goes through settings (mailmap, encodings, formats) and stops
at a NUL.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gatepass.errors import GatepassError
from gatepass.model.commits import Signatory, Trailer

MAXIMUM_TEXT = 1000  # of a subject or a trailer: what a report is read with
_SIGNATORY = re.compile(rb"(?P<name>[^<>]*)<(?P<email>[^<>]*)> (?P<time>-?[0-9]{1,18}) [+-][0-9]{4}")
_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,99})[ \t]*:[ \t]*(\S.*)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEMES = (
    (b"-----BEGIN SSH SIGNATURE-----", "ssh"),
    (b"-----BEGIN PGP SIGNATURE-----", "openpgp"),
    (b"-----BEGIN PGP MESSAGE-----", "openpgp"),
    (b"-----BEGIN SIGNED MESSAGE-----", "x509"),
)


@dataclass(frozen=True, slots=True)
class CommitObject:
    """What stands in a commit; ``scheme`` is that of its signature, "" for an unknown one, None without."""

    sha: str
    parents: tuple[str, ...]
    author: Signatory
    committer: Signatory
    subject: str
    trailers: tuple[Trailer, ...]
    scheme: str | None


def parse_commit(sha: str, data: bytes) -> CommitObject:
    """The commit. Raises `GatepassError` when the bytes are not those that its name stands for."""
    if b"\0" in data:
        raise GatepassError(
            f"commit {sha[:12]} holds a NUL byte, after which git and others read differently"
        )
    algorithm = hashlib.sha256 if len(sha) == 64 else hashlib.sha1
    if algorithm(b"commit %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest() != sha:
        raise GatepassError(f"commit {sha[:12]} is damaged: its bytes have another name", hint="git fsck")
    head, _, message = data.partition(b"\n\n")
    lines = head.split(b"\n")
    paragraphs = _paragraphs(_text(message))
    return CommitObject(
        sha,
        tuple(line[7:].decode("ascii", "replace") for line in lines if line.startswith(b"parent ")),
        _signatory(lines, b"author "),
        _signatory(lines, b"committer "),
        " ".join(paragraphs[0])[:MAXIMUM_TEXT] if paragraphs else "",
        _trailers(paragraphs[-1]) if len(paragraphs) > 1 else (),
        _scheme(lines, b"gpgsig " if len(sha) == 40 else b"gpgsig-sha256 "),
    )


def _signatory(lines: list[bytes], role: bytes) -> Signatory:
    line = next((each[len(role) :] for each in lines if each.startswith(role)), b"")
    match = _SIGNATORY.fullmatch(line)
    if match is None:  # nothing of it can be relied on: whole, as a name, without an address
        return Signatory(_text(line), "")
    return Signatory(
        _text(match["name"]).strip(), _text(match["email"]).strip(), _instant(int(match["time"]))
    )


def _instant(seconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _scheme(lines: list[bytes], header: bytes) -> str | None:
    begin = next((line[len(header) :] for line in lines if line.startswith(header)), None)
    if begin is None:
        return None
    return next((name for start, name in _SCHEMES if begin == start), "")


def _paragraphs(message: str) -> list[list[str]]:
    made: list[list[str]] = [[]]
    for line in message.split("\n"):
        if line.strip():
            made[-1].append(line.rstrip())
        elif made[-1]:
            made.append([])
    return [each for each in made if each]


def _trailers(paragraph: list[str]) -> tuple[Trailer, ...]:
    """All lines of the last paragraph, if all are trailers: stricter than git, which takes a quarter."""
    found: list[Trailer] = []
    for line in paragraph:
        if line[:1] in " \t" and found:
            found[-1] = Trailer(found[-1].name, f"{found[-1].value} {line.strip()}"[:MAXIMUM_TEXT])
            continue
        match = _TRAILER.fullmatch(line)
        if match is None:
            return ()
        found.append(Trailer(match[1], match[2].strip()))
    return tuple(Trailer(each.name, each.value[:MAXIMUM_TEXT]) for each in found)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
