"""Places as SARIF has them: percent-encoded URIs relative to the repository's root, and regions."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote

from gatepass.model.place import Place
from gatepass.plain import whole

ROOT = "%SRCROOT%"
SOMEWHERE = Place("gatepass.yaml", 1)
LARGEST_LINE = 2**31 - 1  # consumers read 32-bit integers

_URI = re.compile(r"(?:https?|git\+https|oci|docker)://|(?:pkg|urn):", re.IGNORECASE)
_OUTSIDE = re.compile(r"/|\.\.(?:/|$)")


def is_inside(place: Place) -> bool:
    """Whether a place is a file of the repository, by its path alone."""
    if not place.path.strip() or _URI.match(place.path) or "\x00" in place.path:
        return False
    path = posixpath.normpath(place.path)
    return path != "." and not _OUTSIDE.match(path) and not re.match(r"[A-Za-z]:[\\/]", path)


def uri(place: Place) -> str:
    """The URI reference (RFC 3986) of a place; a colon is encoded, so that no path becomes a scheme."""
    path = whole(place.path)
    if _URI.match(path):
        return quote(path, safe="/~!$&'()*+,;=@-._:%?#")
    if is_inside(place):
        path = posixpath.normpath(path)
    return quote(path, safe="/~!$&'()*+,;=@-._")


def relative(place: Place) -> str:
    """The path of a place inside the repository, without ``./`` and detours."""
    return posixpath.normpath(place.path)


def lines(place: Place) -> tuple[int, int] | None:
    """First and last line, if they are lines at all: reports can say 0, or anything."""
    if place.line is None or not 1 <= place.line <= LARGEST_LINE:
        return None
    last = place.end_line
    return place.line, last if last is not None and place.line <= last <= LARGEST_LINE else place.line


def column(place: Place) -> int | None:
    """The column, if it is one."""
    return place.column if place.column is not None and 1 <= place.column <= LARGEST_LINE else None
