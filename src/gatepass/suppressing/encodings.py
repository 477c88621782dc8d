"""In which letters a file is written, and files whose words stand somewhere else than in them. Pure.

A comment is looked for by its letters. Where a program reads a file in an encoding in which letters can be
written as others (``+AG4-osec`` in UTF-7), or reads it from another place than git, nobody can look.
"""

from __future__ import annotations

import codecs
import re

_PYTHON = (".py", ".pyi", ".pyw")
_CODE = (
    *(*_PYTHON, ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte", ".astro"),
    *(
        ".java",
        ".kt",
        ".kts",
        ".scala",
        ".groovy",
        ".go",
        ".rs",
        ".rb",
        ".php",
        ".cs",
        ".fs",
        ".vb",
        ".swift",
    ),
    *(".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".mm", ".sh", ".bash", ".ps1", ".pl", ".lua"),
    *(".tf", ".hcl", ".bicep", ".yml", ".yaml", ".json", ".toml", ".xml", ".html", ".sql", ".dockerfile"),
)
# https://peps.python.org/pep-0263/
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_LFS = b"version https://git-lfs.github.com/spec/"
# every sign, and what some encodings take for others
_ASCII = bytes(range(128)).replace(b"\\", b"") + rb"\u0041 \x41 +AG4- ~{!!~}"
_HEAD = 8_000
# the longer ones first: the mark of UTF-32 begins as that of UTF-16 does
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def as_text(data: bytes) -> bytes:
    """The bytes in UTF-8, whatever a mark at their beginning says they are in.

    Of those that are a quarter zeros without such a mark, letters that take two or four bytes, the rest.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").encode()
    head = data[:_HEAD]
    return data.replace(b"\0", b"") if head.count(b"\0") * 4 >= len(head) > 0 else data


def is_marked(data: bytes) -> bool:
    """Whether a mark at the beginning tells that zeros are parts of letters."""
    return any(data.startswith(mark) for mark, _ in _MARKS)


def why_hidden(data: bytes, path: str) -> str | None:
    """Why the words of a file cannot be looked for in its bytes; None where they can."""
    name = path.lower()
    if data.startswith(_LFS) and name.endswith(_CODE):
        return "lies outside of git (LFS), which was not asked"
    if name.endswith(_PYTHON):
        for line in re.split(rb"\r\n?|\n", data[:_HEAD], maxsplit=2)[:2]:
            if (found := _COOKIE.match(line)) and not _keeps_letters(found[1].decode("ascii", "replace")):
                return f"is written in {found[1][:40].decode('ascii', 'replace')}, where words can be hidden"
    return None


def _keeps_letters(encoding: str) -> bool:
    """Whether every sign of ASCII is written as itself, and so no other way."""
    try:
        return codecs.lookup(encoding).decode(_ASCII)[0] == _ASCII.decode("ascii")
    except (LookupError, ValueError, TypeError):
        return False
