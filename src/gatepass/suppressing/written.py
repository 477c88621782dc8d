"""What the readers of ignore files share: the mistake, dates, and where a text stands."""

from __future__ import annotations

from gatepass.model.facts import Json
from gatepass.model.suppressions import instant_of

LONGEST_TEXT = 500


class IgnoreFileError(ValueError):
    """A file that a scanner reads is not what it should be; ``line`` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def date_in(value: Json, what: str, line: int | None) -> str | None:
    """A date as it is written, None where there is none. What is no date is a mistake, never "for ever".

    Raises `IgnoreFileError`.
    """
    if value is None:
        return None
    if not isinstance(value, str) or instant_of(value) is None:
        raise IgnoreFileError(f"{what} is no date: {shown(value)}; write 2026-12-31", line)
    return value


def text_in(value: Json, what: str, line: int | None) -> str:
    """A text, shortened; empty where there is none. Raises `IgnoreFileError` for anything else."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise IgnoreFileError(f"{what} is no text: {shown(value)}", line)
    return value.strip()[:LONGEST_TEXT]


def shown(value: Json) -> str:
    """A value in a message, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def decoded(data: bytes) -> str:
    """The text of a file. Raises `IgnoreFileError` when it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IgnoreFileError("is not UTF-8 text", data.count(b"\n", 0, error.start) + 1) from None
