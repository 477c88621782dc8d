"""A report while it is open: read once, hashed on the way, never trusted."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._head import HEAD_BYTES, Head
from gatepass.model.source import Source

CHUNK_BYTES = 1 << 20
MAXIMUM_BYTES_IN_MEMORY = 512 << 20


class OpenReport:
    """A regular file that is open for reading; a context manager.

    ``head`` is what recognition sees. `chunks` gives the whole content once; `whole` gives it in one
    piece and refuses more than 512 MiB. Both hash what they give. Raises `UnreadableEvidence` for a
    folder, a pipe or a device, and when the file changes while it is being read.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._digest = hashlib.sha256()
        self._read = 0
        try:
            # without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever
            self._fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise UnreadableEvidence(f"cannot be opened: {error.strerror}") from None
        try:
            self._stat = os.fstat(self._fd)
            self._refuse_irregular()
            self._first = self._take(HEAD_BYTES)
        except BaseException:
            os.close(self._fd)
            raise

    def __enter__(self) -> OpenReport:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        os.close(self._fd)

    @property
    def source(self) -> Source:
        """The source as far as it is known while reading: its name."""
        return Source(self.name)

    @property
    def size(self) -> int:
        """Bytes, as the file system says."""
        return self._stat.st_size

    @cached_property
    def head(self) -> Head:
        """The first 128 KiB, looked at for recognition."""
        return Head(self._first, complete=len(self._first) < HEAD_BYTES)

    def chunks(self) -> Iterator[bytes]:
        """The whole content, once, in pieces of up to 1 MiB."""
        if self._first:
            yield self._first
        while chunk := self._take(CHUNK_BYTES):
            yield chunk

    def whole(self) -> bytes:
        """The whole content in one piece."""
        if self.size > MAXIMUM_BYTES_IN_MEMORY:
            raise UnreadableEvidence(f"has {self.size} bytes; at most {MAXIMUM_BYTES_IN_MEMORY} are read")
        return b"".join(self.chunks())

    def finish(self) -> tuple[str, int]:
        """SHA-256 (hex) and size in bytes of the whole file; what was not read yet is read now."""
        while self._take(CHUNK_BYTES):
            pass
        now = os.fstat(self._fd)
        before = (self._stat.st_size, self._stat.st_mtime_ns)
        if (now.st_size, now.st_mtime_ns) != before or self._read != now.st_size:
            raise UnreadableEvidence("changed while it was being read; let the tool finish first")
        return self._digest.hexdigest(), self._read

    def _refuse_irregular(self) -> None:
        mode = self._stat.st_mode
        if stat.S_ISDIR(mode):
            raise UnreadableEvidence("is a folder; name the report, or a glob such as reports/*.xml")
        if not stat.S_ISREG(mode):
            raise UnreadableEvidence("is not a regular file; write the report to a file first")

    def _take(self, size: int) -> bytes:
        try:
            chunk = os.read(self._fd, size)
            while 0 < len(chunk) < size and (more := os.read(self._fd, size - len(chunk))):
                chunk += more
        except OSError as error:
            raise UnreadableEvidence(f"cannot be read: {error.strerror}") from None
        self._digest.update(chunk)
        self._read += len(chunk)
        return chunk
