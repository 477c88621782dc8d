"""What `gatepass.yaml` says, where the command line says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatepass.model.facts import Json

Strings = list[str] | None


def configuration(given: str | None) -> Mapping[str, Json]:
    """The configuration that is named, else ``gatepass.yaml`` where there is one. Raises `UsageError`."""
    from pathlib import Path

    from gatepass import config

    return config.read(Path(given or config.NAME), required=given is not None)


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
