"""``report-task.txt``, which a scanner leaves behind, and the task that it points to.

The build wrote the file: what it names is asked about, and believed only where the server says the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked
from gatepass.collect._sonarqube import Entry, document, path_of, text
from gatepass.errors import CollectionError, UsageError

# of the scanner itself, Maven, Gradle and .NET
PLACES = (
    ".scannerwork/report-task.txt",
    "target/sonar/report-task.txt",
    "build/sonar/report-task.txt",
    ".sonarqube/out/.sonar/report-task.txt",
)
DEFAULT_WAIT = 300
_LONGEST_WAIT = 24 * 3600
_LONGEST_PAUSE = 10.0
_LARGEST = 64 << 10
_TASK = re.compile(r"[A-Za-z0-9_-]{1,100}")
_WAITING = ("PENDING", "IN_PROGRESS")
_ENDED_BADLY = ("FAILED", "CANCELED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a ``report-task.txt`` points to."""

    name: str
    task: str
    project: str


def pointer(asked: Asked, server: str) -> Pointer | None:
    """The pointer in the file that the option names or that lies in a usual place; None when none does.

    Raises `CollectionError` when it is not readable, names another server, or two lie there.
    """
    named = asked.options.get("report-task")
    found = [named] if named else [each for each in PLACES if os.path.lexists(asked.root / each)]
    if len(found) > 1:
        raise CollectionError(
            f"there are {' and '.join(found)}, and one of them may be old",
            hint="name the right one by the option report-task",
        )
    if not found:
        return None
    name = found[0]
    values = _values(asked.root, name)
    told = values.get("serverUrl", "")
    if (address := _address(told)) is None or address != _address(server):
        raise CollectionError(
            f"{name} is of {_shown(told)}, not of {server}, which SONAR_HOST_URL names",
            hint="set SONAR_HOST_URL to the address that the scanner reports; the token goes nowhere else",
        )
    task, project = values.get("ceTaskId", ""), values.get("projectKey", "")
    if not _TASK.fullmatch(task) or not project:
        raise CollectionError(f"{name} names no task and project; was the scanner interrupted?")
    return Pointer(name, task, project)


def finished(made: Asking, asked: Asked, pointer: Pointer) -> Entry:
    """The task when it has ended well.

    Raises `CollectionError` when it ended badly, is not done within the option ``wait``, or is another.
    """
    limit = _limit(asked.options.get("wait", str(DEFAULT_WAIT)))
    path = path_of("ce/task", id=pointer.task, additionalFields="warnings")
    waited, pause = 0.0, 1.0
    while (status := _status(made.client.get(path).json())) in _WAITING:
        pause = min(pause, limit - waited)
        if pause <= 0:
            raise CollectionError(
                f"SonarQube's analysis is still {status} after {limit} seconds of waiting",
                hint="give it longer by the option wait, or look why the server's queue is full",
            )
        asked.say(
            f"SonarQube's analysis is {status}; asking again in {pause:.0f} s ({waited:.0f} of {limit})"
        )
        asked.sleep(pause)
        waited, pause = waited + pause, min(pause * 2, _LONGEST_PAUSE)
    task = document(made, "task", path).get("task")
    if not isinstance(task, dict):
        raise CollectionError("SonarQube does not tell of the task")
    if (text(task, "id"), text(task, "componentKey")) != (pointer.task, pointer.project):
        raise CollectionError(f"SonarQube's task is of another project than {pointer.name} says")
    if not text(task, "analysisId"):
        raise CollectionError("SonarQube's task has made no analysis: it names no analysisId")
    return task


def _status(answer: object) -> str:
    """The status when it is a good or an unfinished one."""
    task = answer.get("task") if isinstance(answer, dict) else None
    status = text(task, "status").upper()
    if status in _ENDED_BADLY:
        said = " ".join(text(task, "errorMessage").split())[:300]
        raise CollectionError(
            f"SonarQube's analysis ended with {status}{f': {said}' if said else ''}",
            hint="analyse again; nothing was judged",
        )
    if status not in (*_WAITING, "SUCCESS"):
        raise CollectionError(f"SonarQube's task has the status {status[:40]!r}, which it does not know")
    return status


def _limit(written: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", written) or int(written) > _LONGEST_WAIT:
        raise UsageError(f"'{written}' is no number of seconds to wait", hint=f"wait: {DEFAULT_WAIT}")
    return int(written)


def _values(root: Path, name: str) -> Mapping[str, str]:
    """The lines as keys and values, which may hold ``=`` themselves."""
    path = root / name
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()):
            raise CollectionError(f"{name} leads out of the workspace")
        if not path.is_file():  # to open a pipe would wait for ever
            raise CollectionError(f"{name} is no file")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        lines = data.decode("utf-8-sig").splitlines()
    except (OSError, RuntimeError, ValueError):  # links that go in a circle; names and texts that are none
        raise CollectionError(f"{name} cannot be read", hint="run the scanner before the gate") from None
    if len(data) > _LARGEST:
        raise CollectionError(f"{name} is far too long")
    values: dict[str, str] = {}
    for line in lines:
        key, divider, value = (part.strip() for part in line.partition("="))
        if divider and values.setdefault(key, value) != value:
            raise CollectionError(f"{name} has the key {key[:100]!r} twice")
    return values


def _address(url: str) -> tuple[str, str, int, str] | None:
    """What makes two addresses of a server the same."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    if not parts.hostname or parts.username or parts.password:
        return None
    return parts.scheme, parts.hostname.casefold(), port, parts.path.rstrip("/")


def _shown(url: str) -> str:
    address = _address(url)
    return f"{address[0]}://{address[1]}{address[3]}"[:200] if address else "no server"
