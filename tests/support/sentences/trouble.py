"""What goes wrong at the forge."""

from __future__ import annotations

from support.sentences import sentence
from support.stage import Stage


@sentence("the forge answers {status} about {what}")
def _trouble(stage: Stage, status: str, what: str) -> None:
    stage.troubles[what] = int(status)


@sentence("the forge tells {count} of the reviews")
def _cut_off(stage: Stage, count: str) -> None:
    stage.listed = int(count)
