"""Reading a Dockerfile as far as the tests need it."""

from __future__ import annotations

import re


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, comments left out and continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = [line.strip() for line in re.sub(r"\\\n", " ", lines).splitlines() if line.strip()]
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in joined)]
