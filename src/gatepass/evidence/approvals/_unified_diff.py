"""What a diff does, wherever it does it: a digest that a clean rebase does not change.

As ``git patch-id`` has it, without its leniency about white space:
https://git-scm.com/docs/git-patch-id
"""

from __future__ import annotations

import hashlib
import re

_HUNK = re.compile(r"@@ -[0-9]+(?:,([0-9]+))? \+[0-9]+(?:,([0-9]+))? @@")
_BINARY = ("Binary files ", "GIT binary patch")


def digest_of(diff: str) -> str | None:
    """The digest (lower-case hex of SHA-256) of a unified diff without positions and blob ids.

    None for an empty diff, for one that does not show what it changes (binary files), and for what is no
    whole diff: those can be compared with nothing.
    """
    kept = hashlib.sha256()
    old = new = 0  # lines of the hunk that are still to come
    files = 0
    for line in diff.split("\n"):
        if old > 0 or new > 0:
            sign = line[:1]
            if sign not in (" ", "-", "+", "\\"):
                return None
            old -= sign in (" ", "-")
            new -= sign in (" ", "+")
        elif hunk := _HUNK.match(line):
            old, new = (int(each) if each is not None else 1 for each in hunk.groups())
            line = "@@"
        elif line.startswith(_BINARY):
            return None
        elif line.startswith("index "):
            continue
        else:
            files += line.startswith("diff --git ")
        kept.update(line.encode("utf-8", "backslashreplace") + b"\n")
    return kept.hexdigest() if files and old == new == 0 else None
