"""What the platform vouches for."""

from __future__ import annotations

from support.sentences import sentence
from support.stage import Stage


@sentence("the platform vouches for {who}")
def _vouches(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.token = who
