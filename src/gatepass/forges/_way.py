"""What every way into a forge needs to know."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """``environment`` holds addresses and tokens; ``needs`` says what a token must be allowed.

    ``producer`` is who asks, ``say`` tells a waiting person what goes on, ``sleep`` waits (seconds).
    """

    environment: Mapping[str, str]
    needs: str
    producer: str = "gatepass"
    say: Callable[[str], None] = print
    sleep: Callable[[float], None] = time.sleep
