"""Options of the form NAME=VALUE."""

from __future__ import annotations

from gatepass.errors import UsageError


def pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """The values by their names. Raises `UsageError` for another form, and for a name given twice."""
    made: dict[str, str] = {}
    for name, value in split(option, given):
        if name in made:
            raise UsageError(f"{option} gives {name} twice")
        made[name] = value
    return made


def split(option: str, given: list[str] | None) -> list[tuple[str, str]]:
    """The names and values in order; a name may stand there more than once."""
    made = []
    for each in given or ():
        name, sign, value = each.partition("=")
        if not sign or not name or not value:
            raise UsageError(f"{option} {each!r} is not of the form NAME=VALUE")
        made.append((name, value))
    return made
