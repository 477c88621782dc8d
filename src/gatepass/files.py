"""Files that are written whole or not at all, and one way to add to a file that is somebody else's."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gatepass.errors import OutputError

_MODE, _PRIVATE_MODE = 0o644, 0o600


def write_whole(
    contents: Mapping[Path, bytes], without: Sequence[Path] = (), *, private: Collection[Path] = ()
) -> None:
    """Write files in order, each whole or not at all: nothing is replaced before all are on the disk.

    Files in ``without`` that are not written are removed. Those in ``private`` nobody but their owner may
    read. Raises `OutputError`.
    """
    waiting: list[tuple[str, Path]] = []
    target = Path()
    try:
        for target, data in contents.items():
            mode = _PRIVATE_MODE if target in private else _MODE
            waiting.append((_temporary(target, data, mode), target))
        for target in without:
            target.unlink(missing_ok=True)
        for temporary, target in waiting:
            Path(temporary).replace(target)
    except (OSError, ValueError) as error:  # a ValueError is a name that no file can have
        raise OutputError(f"cannot write {target}: {getattr(error, 'strerror', None) or error}") from None
    finally:
        for temporary, _ in waiting:
            Path(temporary).unlink(missing_ok=True)
    for folder in {target.parent for target in contents}:
        _sync_folder(folder)


def write_new(target: Path, data: bytes) -> None:
    """Write a file that is not there yet, whole or not at all. Raises `OutputError`."""
    temporary: str | None = None
    try:
        temporary = _temporary(target, data, _MODE)
        os.link(temporary, target)  # unlike a rename, it never replaces anything
    except FileExistsError:
        raise OutputError(f"{target} is there already, and is not overwritten") from None
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot write {target}: {getattr(error, 'strerror', None) or error}") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    _sync_folder(target.parent)


def append(target: Path, made: Callable[[int], bytes]) -> None:
    """Add to the end of a regular file what ``made`` makes of its size in bytes; none is there: it is made.

    The path is absolute and its folder is there; a link is not followed. Raises `OutputError`.
    """
    if not target.is_absolute():
        raise OutputError(f"{target} is no absolute path")
    flags = (
        os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    try:
        descriptor = os.open(target, flags, _MODE)
        with os.fdopen(descriptor, "ab") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OutputError(f"{target} is no regular file")
            file.write(made(status.st_size))
    except (OSError, ValueError) as error:
        raise OutputError(f"cannot add to {target}: {getattr(error, 'strerror', None) or error}") from None


def discard(paths: Iterable[Path]) -> None:
    """Remove files of an earlier run, so that none is taken for this one's. Raises `OutputError`."""
    for path in paths:
        try:
            if path.is_file() and not _is_device(path):
                path.unlink()
        except (OSError, ValueError) as error:
            raise OutputError(f"cannot replace {path}: {getattr(error, 'strerror', None) or error}") from None


def _is_device(path: Path) -> bool:
    """Whether a rename would put a file in the place of ``/dev/stdout`` and its like."""
    return path.absolute().is_relative_to("/dev") or path.absolute().is_relative_to("/proc")


def _temporary(target: Path, data: bytes, mode: int) -> str:
    if _is_device(target):
        raise OutputError(
            f"{target} is no file", hint="a report goes to standard output as FORMAT=-; a record is a file"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return name


def _sync_folder(folder: Path) -> None:
    """Make the renames last through a crash, where the system can."""
    with suppress(OSError):  # Windows cannot open a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
