"""From the URIs of a SARIF run to paths in the workspace (§3.4, §3.14.14)."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from gatepass.evidence._json import as_object, objects
from gatepass.model.facts import Json

_DRIVE = re.compile(r"/?[A-Za-z]:/")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")  # two letters at least: one is a drive
_LOCAL_HOST = re.compile(r"^//(localhost)?/", re.IGNORECASE)
_LONGEST_CHAIN = 10


class Paths:
    """Paths of one run: decoded, with forward slashes, relative where the run tells to what.

    A file below a base directory, the working directory or the checkout that the run names becomes
    relative to the outermost of them. Everything else is kept as text: absolute, ``../``, other schemes.
    """

    def __init__(self, run: dict[str, Json]) -> None:
        bases = run.get("originalUriBaseIds")
        self._bases = as_object(bases, "originalUriBaseIds") if bases else {}
        self._artifacts = run.get("artifacts")
        # the outermost first: it is the checkout
        self._roots = sorted(set(self._absolute_roots(run)), key=len)
        self._known: dict[tuple[str, str | None], str | None] = {}

    def path(self, uri: str | None, base: str | None, index: int | None) -> str | None:
        """The path of an artifact location: by its URI, else by its index; None when there is neither."""
        if uri is None:
            return self._by_index(index)
        key = (uri, base)
        if key not in self._known:
            self._known[key] = self._relative(self._below(base, uri))
        return self._known[key]

    def _by_index(self, index: int | None) -> str | None:
        if index is None or not isinstance(self._artifacts, list) or not 0 <= index < len(self._artifacts):
            return None
        artifact = self._artifacts[index]
        location = artifact.get("location") if isinstance(artifact, dict) else None
        if not isinstance(location, dict) or not isinstance(uri := location.get("uri"), str):
            return None
        base = location.get("uriBaseId")
        return self.path(uri, base if isinstance(base, str) else None, None)

    def _below(self, base: str | None, uri: str) -> str:
        """The path with the base directories before it, up to the first that is absolute or unknown."""
        path = plain_path(uri)
        for _ in range(_LONGEST_CHAIN):
            location = self._bases.get(base) if base is not None else None
            if not isinstance(location, dict) or is_absolute(path):
                break
            root = location.get("uri")
            # a first part with a colon is no relative URI (RFC 3986, 4.2)
            if isinstance(root, str) and (is_absolute(folder := plain_path(root)) or ":" not in folder):
                path = posixpath.normpath(f"{folder}/{path}") if folder else path
            above = location.get("uriBaseId")
            base = above if isinstance(above, str) else None
        return path

    def _relative(self, path: str) -> str | None:
        for root in self._roots:
            if path.startswith(root) and len(path) > len(root):
                return path[len(root) :]
        return path or None

    def _absolute_roots(self, run: dict[str, Json]) -> list[str]:
        places: list[Json] = list(self._bases.values())
        places.extend(each.get("workingDirectory") for each in objects(run.get("invocations")))
        places.extend(each.get("mappedTo") for each in objects(run.get("versionControlProvenance")))
        uris = [uri for each in objects(places) if isinstance(uri := each.get("uri"), str)]
        folders = [plain_path(uri).rstrip("/") for uri in uris]
        return [f"{folder}/" for folder in folders if is_absolute(folder)]


def plain_path(uri: str) -> str:
    """A URI or path of any platform as a path with forward slashes, percent-decoded, dots resolved.

    ``file:`` is taken away. Other schemes, and ``..`` that would leave the root, stay as they are.
    """
    text = uri.replace("\\", "/")
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].casefold() != "file":
        return text
    if scheme:
        text = text[len("file:") :]
        text = _LOCAL_HOST.sub("/", text, count=1)
    if "%" in text:
        text = unquote(text).replace("\\", "/")
    if _DRIVE.match(text):
        text = text.removeprefix("/")
    if not text:
        return ""
    made = posixpath.normpath(text)
    return made[1:] if made.startswith("//") else made


def is_absolute(path: str) -> bool:
    """Whether a path starts at a root, a drive or another scheme, and so is none in the workspace."""
    return path.startswith("/") or bool(_SCHEME.match(path) or _DRIVE.match(path))
