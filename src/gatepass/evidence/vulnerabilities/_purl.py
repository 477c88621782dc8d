"""Package URLs, made only where the producer's words leave no choice. See https://github.com/package-url/purl-spec."""

from __future__ import annotations

from urllib.parse import quote

# none for deb, apk and rpm: their purls need a distribution, which a report rarely gives
_TYPES = {
    "npm": "npm",
    "yarn": "npm",
    "pnpm": "npm",
    "maven": "maven",
    "gradle": "maven",
    "sbt": "maven",
    "pip": "pypi",
    "pipenv": "pypi",
    "poetry": "pypi",
    "rubygems": "gem",
    "golang": "golang",
    "gomodules": "golang",
    "nuget": "nuget",
    "composer": "composer",
}


def ecosystem_of(manager: str) -> str | None:
    """The purl type of a package manager as Snyk names it, else its name as it stands; None for none."""
    return _TYPES.get(manager.casefold(), manager) or None


def package_url(manager: str, name: str, version: str | None) -> str | None:
    """The purl of a package, or None where making one would be a guess."""
    kind = _TYPES.get(manager.casefold())
    if kind is None or not name or not f"{name}{version or ''}".isprintable():
        return None
    path = _path(kind, name)
    if path is None:
        return None
    return f"pkg:{kind}/{path}" + (f"@{quote(version, safe='.-_~:')}" if version else "")


def _path(kind: str, name: str) -> str | None:
    if kind == "maven":
        group, colon, artifact = name.partition(":")
        if not (colon and group and artifact) or ":" in artifact:
            return None
        return f"{_quoted(group)}/{_quoted(artifact)}"
    if kind == "pypi":
        name = name.casefold().replace("_", "-")
    elif kind in ("golang", "composer", "npm"):
        name = name.casefold()
    parts = name.split("/")
    if not all(parts) or (kind in ("pypi", "gem", "nuget") and len(parts) > 1):
        return None
    return "/".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    return quote(part, safe=".-_~")
