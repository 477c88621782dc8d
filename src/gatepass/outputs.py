"""What later steps of a pipeline get to know of a decision: values without a sign that any shell would read.

Steps paste values into scripts, so that a value is a word: whatever is no letter, digit or one of
``._-/:@+,`` is percent-encoded (RFC 3986). Names of rules and overrides are such words by their schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from gatepass import words
from gatepass.model.decision import Decision
from gatepass.plain import whole

_SAFE = "/:@+"


def word(text: str) -> str:
    """A text as one word."""
    return quote(whole(text), safe=_SAFE)


def failed_rules(decision: Decision) -> tuple[str, ...]:
    """What the rules are called that fail the pipeline, in the order of the policies."""
    labels = words.labels(decision)
    return _words(labels[result.rule.code] for result in decision.results if result.outcome.blocks)


def overrides_in_force(decision: Decision) -> tuple[str, ...]:
    """The identifiers of the overrides that cover a finding."""
    return _words(use.override.id for use in decision.overrides_in_force)


def _words(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(word, texts)))
