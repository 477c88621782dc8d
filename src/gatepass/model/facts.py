"""Evidence: any JSON or YAML that the user gives under a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gatepass.model.source import Source

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Facts:
    """A named document; its shape is what the JSON Schema beside the policy says."""

    KIND: ClassVar[str] = "facts"

    source: Source
    name: str
    value: Json
