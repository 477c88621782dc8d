"""The name of a repository from the address that it is cloned from."""

from __future__ import annotations

import re

# scheme://user@host:port/path, or git's short form user@host:path
_ADDRESS = re.compile(r"(?:(?:https?|ssh|git)://(?:[^/@]*@)?[^/]+/|(?:[^/@:]+@)?[^/@:]+:(?!/))(?P<path>.+)")


def repository_of(address: str | None) -> str | None:
    """``owner/name`` as the forge writes it; None for a path on this machine, or what is no address.

    Groups within groups stay (GitLab); Azure Repos' ``…/project/_git/name`` is ``project/name``; Bitbucket
    Data Center's ``/scm/`` is not part of a name.
    """
    match = _ADDRESS.fullmatch((address or "").strip())
    if match is None:
        return None
    parts = [part for part in match["path"].split("/") if part]
    if not parts:
        return None
    if "_git" in parts[1:-1]:
        at = parts.index("_git", 1)
        parts = [parts[at - 1], *parts[at + 1 :]]
    if parts[0] == "scm" and len(parts) > 2:
        parts = parts[1:]
    parts[-1] = parts[-1].removesuffix(".git")
    return "/".join(parts) if len(parts) > 1 and all(parts) else None
