"""Every error that gatepass raises on purpose.

    GatepassError                 ours: no decision could be made, exit code 2
    ├── UsageError                an argument, an option or gatepass.yaml is wrong
    ├── PolicyError               a policy cannot be loaded, or judges nothing
    ├── OverrideError             a file of overrides cannot be loaded
    ├── SigningError              there is no key, or it cannot sign
    ├── CollectionError           a forge or a server did not answer, or not everything
    ├── OutputError               a record or a report cannot be written
    └── VerificationError         a record is not what it claims to be
    UnreadableEvidence            the build's: becomes a finding, and the rule that needed it fails
    RefusedToken                  a token that is not believed: becomes such a finding, or a failed check

The difference between the two roots is the promise "is the build at fault, or are we?": a report that
cannot be read is a fact about the build and belongs into the decision; a policy that cannot be read
leaves nothing to decide by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatepass.model.place import Place


class GatepassError(Exception):
    """No decision could be made. Says what, where, and what to do next."""

    def __init__(self, message: str, *, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message}"


class UsageError(GatepassError):
    """An argument, an option or ``gatepass.yaml`` is wrong."""


class PolicyError(GatepassError):
    """A policy cannot be loaded, or would judge nothing.

    ``others`` are further mistakes in the same run, so that a writer mends them in one go.
    """

    def __init__(
        self,
        message: str,
        *,
        place: Place | None = None,
        hint: str | None = None,
        others: tuple[PolicyError, ...] = (),
    ) -> None:
        super().__init__(message, place=place, hint=hint)
        self.others = others


class OverrideError(GatepassError):
    """A file of overrides cannot be loaded."""


class SigningError(GatepassError):
    """There is no key to sign with, or the key cannot sign."""


class CollectionError(GatepassError):
    """Somebody who was asked for evidence did not answer, or did not tell all of it.

    While the gate judges, this is a fact about the build: the evidence is broken, and its rules fail.
    """


class OutputError(GatepassError):
    """A record or a report cannot be written."""


class VerificationError(GatepassError):
    """A record is not what it claims to be."""


class RefusedToken(Exception):  # noqa: N818  (whose fault it is depends on who handed it over)
    """A token of an issuer is not what it claims to be, and why; the token itself is never in the message."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UnreadableEvidence(Exception):  # noqa: N818  (the build's fault, on purpose not an *Error of ours)
    """A report cannot be used, and why. ``line`` and ``column`` count from 1 where they are known."""

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        code: str = "unreadable",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.code = code
