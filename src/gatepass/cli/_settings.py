"""What `gatepass.yaml` says, where the command line says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gatepass.cli import _terminal

if TYPE_CHECKING:
    from gatepass.model.facts import Json

Strings = list[str] | None


def configuration(given: str | None, policies: Strings) -> Mapping[str, Json]:
    """The configuration that is named, else ``gatepass.yaml`` where there is one. Raises `UsageError`.

    That of the workspace is as much the change's as its code. Where the command line names a policy that is
    not of the workspace, it is not read unless it is named: it could bring overrides, or ask about another
    project.
    """
    from pathlib import Path

    from gatepass import config

    if given is None and Path(config.NAME).exists() and (foreign := _foreign(policies)):
        _terminal.say(
            f"{config.NAME} is not read: a change may write it, and the policy {foreign} is none of its own; "
            f"--config {config.NAME} reads it all the same"
        )
        return {}
    return config.read(Path(given or config.NAME), required=given is not None)


def _foreign(policies: Strings) -> str | None:
    """The first of the policies that no change of this workspace can write."""
    from pathlib import Path

    from gatepass.policy import shipped

    workspace = Path.cwd().resolve()
    for each in policies or ():
        ships = "/" not in each and shipped.find(each) is not None
        if ships or not Path(each).resolve().is_relative_to(workspace):
            return each
    return None


def texts(given: Strings, settings: Mapping[str, Json], name: str) -> tuple[str, ...]:
    """A list of texts."""
    value = settings.get(name)
    return tuple(given or (str(each) for each in value or ()) if isinstance(value, list) else given or ())


def mapping(settings: Mapping[str, Json], name: str) -> dict[str, str]:
    """Texts by their names; empty where there are none."""
    value = settings.get(name)
    return {key: str(item) for key, item in value.items()} if isinstance(value, dict) else {}


def collectors(given: Strings, settings: Mapping[str, Json]) -> dict[str, dict[str, str]]:
    """The collectors, with their options from the configuration."""
    value = settings.get("collect")
    configured = value if isinstance(value, dict) else {}
    names = given or list(configured)
    return {name: mapping(configured, name) for name in names}


def identity(given: str | None, settings: Mapping[str, Json]) -> str:
    """What is required anywhere is required."""
    from gatepass.errors import UsageError

    if given not in (None, "wanted", "required"):
        raise UsageError(f"--identity cannot be '{given}'", hint="it is wanted or required")
    configured = optional(settings, "identity") or ""
    return "required" if "required" in (given, configured) else given or configured


def optional(settings: Mapping[str, Json], name: str) -> str | None:
    """A text, None where there is none."""
    value = settings.get(name)
    return value if isinstance(value, str) else None
