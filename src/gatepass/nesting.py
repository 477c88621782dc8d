"""How deep JSON is nested, told before a parser sees it: the limits of interpreters differ."""

from __future__ import annotations

import re

MAXIMUM = 100
"""More levels than anything has that is not made to do harm."""

_KEEP = bytes.maketrans(b"[]{}:,", b"()()::")
_DROP = bytes(set(range(256)) - set(b'[]{}":,'))


def too_deep(data: bytes, most: int = MAXIMUM) -> bool:
    """Whether a JSON text has more than ``most`` levels of objects and arrays, at the speed of C.

    Strings are taken out, then the innermost pairs of brackets again and again: a document of depth *n* is
    gone after *n* turns. For what is not JSON the answer means nothing: the parser refuses it, or runs into
    its own limit (``RecursionError``).
    """
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    shape = data.translate(_KEEP, _DROP)
    shape = shape.replace(b'""', b"")
    if b'"' in shape:
        shape = re.sub(rb'"[^"]*"', b"", shape)
    shape = shape.replace(b":", b"")
    for _ in range(most):
        if not shape:
            return False
        shape = shape.replace(b"()", b"")
    return b"()" in shape
