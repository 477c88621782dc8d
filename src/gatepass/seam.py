"""How a folder of alternatives is read: every public module declares exactly one typed value.

A format, a check, a report or a platform is one file. Nothing registers and no list is kept: the folder
is the list. Modules and packages whose name starts with ``_`` are the folder's own machinery.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
from typing import TypeVar

Member = TypeVar("Member")


@cache
def _modules(package: str) -> tuple[str, ...]:
    """Full names of the public modules below a package, in order, folders searched too."""
    found: list[str] = []
    path = importlib.import_module(package).__path__
    for info in sorted(pkgutil.iter_modules(path), key=lambda each: each.name):
        if info.name.startswith("_"):
            continue
        name = f"{package}.{info.name}"
        found.extend(_modules(name) if info.ispkg else [name])
    return tuple(found)


def names(package: str) -> tuple[str, ...]:
    """The full names of the modules that are members of the seam ``package``."""
    return _modules(package)


def called(package: str) -> tuple[str, ...]:
    """What the members of a flat seam are called, in order, without importing them: as their files are."""
    return tuple(_called(name) for name in _modules(package))


def module(package: str, name: str) -> ModuleType:
    """The module of the one member of a flat seam that is called ``name``; raises ``KeyError``."""
    return importlib.import_module({_called(each): each for each in _modules(package)}[name])


def member(package: str, kind: type[Member], name: str) -> Member:
    """The one member of a flat seam that is called ``name``; the others are not imported.

    Raises ``KeyError`` when there is none, ``TypeError`` when the module declares none, two or another name.
    """
    found = declared(module(package, name), kind)
    if _name(found) != name:
        raise TypeError(f"{package} declares {kind.__name__} {_name(found)!r} where {name!r} belongs")
    return found


def members(
    package: str, kind: type[Member], wanted: Callable[[str], bool] = lambda _: True
) -> dict[str, Member]:
    """The members of a seam by their ``name``: of those modules whose full names are ``wanted``.

    No other is imported.

    Raises ``TypeError`` when a module declares none or two, or a name that is taken: a mistake of the
    programmer, found by the first test that touches the seam.
    """
    found: dict[str, Member] = {}
    for full_name in filter(wanted, _modules(package)):
        one = declared(importlib.import_module(full_name), kind)
        name = _name(one)
        if name in found:
            raise TypeError(f"{full_name} declares {kind.__name__} {name!r}, which is taken")
        found[name] = one
    return found


def _called(full_name: str) -> str:
    return full_name.rpartition(".")[2].replace("_", "-")


def _name(member: object) -> str:
    # every kind of member has a name; a protocol for it would be one more thing to read
    return member.name  # type: ignore[attr-defined, no-any-return]


def declared(module: ModuleType, kind: type[Member]) -> Member:
    """The one value of type ``kind`` that a module declares."""
    values = list(_values(module, kind))
    if len(values) != 1:
        raise TypeError(f"{module.__name__} must declare one {kind.__name__}, has {len(values)}")
    return values[0]


def _values(module: ModuleType, kind: type[Member]) -> Iterator[Member]:
    for name, value in vars(module).items():
        if isinstance(value, kind) and not name.startswith("_"):
            yield value
