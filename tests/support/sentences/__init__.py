"""The sentences that stories are told in: each module of this folder plays some of them on the stage.

Drop a module with functions under ``@sentence(…)``, and they are known.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable

from support.stage import STEP, Stage

Play = Callable[..., None]
SENTENCES: list[tuple[re.Pattern[str], Play]] = []
_NAME = r"[a-z][a-z0-9-]*(?:\[bot\])?"


def sentence(form: str) -> Callable[[Play], Play]:
    """Register how a sentence is played. ``{who}`` is a login, ``{what}`` anything, ``[…]`` may be absent."""
    pattern = re.escape(form).replace(r"\[", "(?:").replace(r"\]", ")?")
    pattern = re.sub(r"\\{(\w+)\\}", lambda m: f"(?P<{m[1]}>{_KINDS.get(m[1], _NAME)})", pattern)

    def register(play: Play) -> Play:
        SENTENCES.append((re.compile(pattern), play))
        return play

    return register


_KINDS = {
    "what": r".+",
    "team": r"[\w-]+/[\w-]+",
    "permission": r"read|triage|write|maintain|admin",
    "paths": r"[\w./, *-]+?",
    "job": r"[\w./ ()-]+?",
    "status": r"\d{3}",
    "count": r"\d+",
    "field": r"[a-z-]+",
    "value": r"\S+",
    "override": r"[A-Z]+-[A-Za-z0-9-]+",
    "another": r"[A-Z]+-[A-Za-z0-9-]+",
    "day": r"\d{4}-\d{2}-\d{2}",
    "namespace": r"[\w.-]+@[\w.-]+|git|file",
    "address": r"\S+@\S+",
    "ending": r"succeeds|fails|is skipped|is cancelled|is neutral|is still running|times out",
}


def play(sentences: list[str]) -> Stage:
    """The stage after all sentences. Raises ``ValueError`` for one that nobody knows, or that two do."""
    stage = Stage()
    for each in sentences:
        acted, match = _known(each)
        acted(stage, **{name: value for name, value in match.groupdict().items() if value})
        stage.now += STEP
    return stage


def _known(text: str) -> tuple[Play, re.Match[str]]:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = [(acted, match) for pattern, acted in SENTENCES if (match := pattern.fullmatch(text))]
    if len(found) == 1:
        return found[0]
    forms = "\n  ".join(pattern.pattern for pattern, _ in SENTENCES)
    who = "nobody knows" if not found else "two know"
    raise ValueError(f"{who} how to play: {text!r}; there is\n  {forms}")
