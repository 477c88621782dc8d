"""Files of code owners: who owns which path, as GitHub and as GitLab read such a file.

Pure: text and paths in, owners out. What a line says that cannot be understood is kept as a `Mistake`: the
forges pass over such lines, and whoever asks here must not, because the line may have named an owner.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
https://docs.gitlab.com/user/project/codeowners/reference/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from gatepass import globs
from gatepass.errors import PolicyError
from gatepass.model.approvals import OwnersDialect

_GITHUB_BYTES = 3 << 20
_ROLES = ("developer", "maintainer", "owner")
_OWNER = re.compile(r"@@?[\w.-]+(?:/[\w.-]+)*|[^@\s]+@[^@\s]+\.[^@\s]+")
_WORD = re.compile(r"(?:\\.|\S)+")
_HEADING = re.compile(r"(\^?)\[([^\]]*)\](?:\[([0-9]{1,4})\])?(?:\s(.*))?")


class OwnerKind(StrEnum):
    """What an owner is; GitLab writes accounts and groups of the first level alike: ``account-or-team``."""

    ACCOUNT = "account"
    TEAM = "team"
    ACCOUNT_OR_TEAM = "account-or-team"
    ROLE = "role"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner by the name without ``@``: a login, ``acme/appsec``, ``maintainer``, an address."""

    kind: OwnerKind
    name: str

    @property
    def label(self) -> str:
        """What to call it: a role is marked as one."""
        return f"every {self.name}" if self.kind is OwnerKind.ROLE else self.name


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the file: ``owners`` is empty where it says that nobody owns its paths.

    ``excludes`` takes the paths out of the section (GitLab). ``line`` counts from 1.
    """

    pattern: str
    owners: tuple[Owner, ...]
    line: int
    globs: tuple[str, ...]
    excludes: bool = False

    def matches(self, path: str) -> bool:
        """Whether it is about the path, which is relative to the repository; capitals count."""
        return any(globs.matches(path, each) for each in self.globs)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the file that counts for itself; GitHub's files are one without a name.

    ``required`` is how many of the owners must approve; nobody must where it is ``optional``.
    """

    name: str
    entries: tuple[Entry, ...]
    required: int = 1
    optional: bool = False

    def deciding(self, paths: Iterable[str]) -> dict[str, Entry]:
        """The line that decides about each path: the last that matches, unless one excludes the path."""
        undecided, found = set(paths), dict[str, Entry]()
        for entry in (each for each in self.entries if each.excludes):
            undecided = {path for path in undecided if not entry.matches(path)}
        for entry in reversed(self.entries):
            matching = {path for path in undecided if not entry.excludes and entry.matches(path)}
            found |= dict.fromkeys(matching, entry)
            undecided -= matching
        return found


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that cannot be understood; ``line`` counts from 1."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Ownership:
    """A file of code owners, read."""

    sections: tuple[Section, ...]
    mistakes: tuple[Mistake, ...] = ()


def parse(text: str, dialect: OwnersDialect) -> Ownership:
    """What the file says; never raises."""
    reader = _Reader(dialect)
    if dialect is OwnersDialect.GITHUB and len(text.encode("utf-8", "replace")) > _GITHUB_BYTES:
        reader.mistakes.append(Mistake(1, "begins a file of more than 3 MB, which GitHub does not load"))
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        reader.read(number, line.strip())
    sections = (replace(each.section, entries=tuple(each.entries)) for each in reader.parts.values())
    return Ownership(tuple(sections), tuple(reader.mistakes))


@dataclass
class _Part:
    """A section while it is read; ``default`` are the owners of lines that name none."""

    section: Section
    entries: list[Entry]
    default: tuple[Owner, ...] = ()


class _Reader:
    def __init__(self, dialect: OwnersDialect) -> None:
        self.dialect = dialect
        self.parts: dict[str, _Part] = {}
        self.mistakes: list[Mistake] = []
        self.part = self._open("", required=1, optional=False)

    def read(self, number: int, line: str) -> None:
        if not line or line.startswith("#"):
            return
        try:
            if self.dialect is OwnersDialect.GITLAB and line.startswith(("[", "^[")):
                self._heading(line)
            else:
                self.part.entries.append(self._entry(number, line))
        except (ValueError, PolicyError) as error:
            self.mistakes.append(Mistake(number, str(error)))

    def _heading(self, line: str) -> None:
        found = _HEADING.fullmatch(line)
        if found is None or not found[2].strip():
            raise ValueError("is no heading of a section")
        required = int(found[3]) if found[3] else 1
        self.part = self._open(found[2].strip(), required=max(required, 1), optional=bool(found[1]))
        self.part.default = _owners(_WORD.findall(found[4] or ""), self.dialect)

    def _open(self, name: str, *, required: int, optional: bool) -> _Part:
        """The section of that name; written twice it is one, as strict as the stricter heading."""
        before = self.parts.get(name.casefold())
        if before is None:
            made = _Part(Section(name, (), required, optional), [])
        else:
            one = before.section
            stricter = replace(one, required=max(required, one.required), optional=optional and one.optional)
            made = _Part(stricter, before.entries)
        self.parts[name.casefold()] = made
        return made

    def _entry(self, number: int, line: str) -> Entry:
        pattern, *words = _WORD.findall(line)
        if not words and _OWNER.fullmatch(pattern):
            raise ValueError(f"names '{pattern}' and no path")
        if self.dialect is OwnersDialect.GITHUB:
            return Entry(pattern, _owners(_uncommented(words), self.dialect), number, _github(pattern))
        excludes = pattern.startswith("!")
        owners = _owners(words, self.dialect) or self.part.default
        made = _gitlab(pattern.removeprefix("!"))
        return Entry(pattern, () if excludes else owners, number, made, excludes)


def _uncommented(words: list[str]) -> list[str]:
    """GitHub lets a comment stand behind the owners."""
    comment = next((at for at, word in enumerate(words) if word.startswith("#")), len(words))
    return words[:comment]


def _owners(words: list[str], dialect: OwnersDialect) -> tuple[Owner, ...]:
    """The owners. What is none is a mistake on GitHub; GitLab looks for owners alone, in comments too."""
    found: dict[Owner, None] = {}
    for word in words:
        if _OWNER.fullmatch(word):
            found[_owner(word, dialect)] = None
        elif dialect is OwnersDialect.GITHUB or "@" in word:
            raise ValueError(f"'{word}' is no owner")
    return tuple(found)


def _owner(word: str, dialect: OwnersDialect) -> Owner:
    if not word.startswith("@"):
        return Owner(OwnerKind.EMAIL, word)
    if word.startswith("@@"):
        role = word[2:].casefold().removesuffix("s")
        if dialect is OwnersDialect.GITHUB or role not in _ROLES:
            raise ValueError(f"'{word}' is no owner")
        return Owner(OwnerKind.ROLE, role)
    if dialect is OwnersDialect.GITLAB:
        return Owner(OwnerKind.TEAM if "/" in word else OwnerKind.ACCOUNT_OR_TEAM, word[1:])
    if word.count("/") > 1:
        raise ValueError(f"'{word}' is no owner")
    return Owner(OwnerKind.TEAM if "/" in word else OwnerKind.ACCOUNT, word[1:])


def _github(pattern: str) -> tuple[str, ...]:
    """The globs for a pattern as ``.gitignore`` has it, without ``!``, ``\\#`` and classes of signs."""
    if pattern.startswith(("!", "\\#")) or "***" in pattern or "//" in pattern:
        raise ValueError(f"'{pattern}' is a pattern that GitHub does not take")
    if pattern == "/":
        return ()
    below = pattern.endswith("/")
    inner = pattern.removeprefix("/").removesuffix("/")
    parts = [_part(each, classes=False) for each in inner.split("/")]
    if not pattern.startswith("/") and len(parts) == 1 and parts != ["**"]:
        parts.insert(0, "**")  # a name alone is looked for in every folder
    name = "/".join(parts)
    if below:
        return (f"{name}/**",)
    # a name stands for the folder with all that is in it too; a star alone for what lies right there
    return (name,) if parts[-1] in ("*", "**") else (name, f"{name}/**")


def _gitlab(pattern: str) -> tuple[str, ...]:
    """The globs for a pattern as Ruby's ``File.fnmatch`` has it, with FNM_PATHNAME and FNM_DOTMATCH.

    A name is no folder there: ``docs`` is a file, ``docs/`` is what lies below.
    https://gitlab.com/gitlab-org/gitlab/-/blob/master/ee/lib/gitlab/code_owners/file.rb
    """
    if not pattern or pattern == "/":
        raise ValueError(f"'{pattern}' is no pattern")
    if pattern == "*":
        return ("**",)
    name = pattern.removeprefix("/") if pattern.startswith("/") else f"**/{pattern}"
    name = f"{name}**/*" if name.endswith("/") else name
    *folders, last = name.split("/")
    parts = [_part(each, classes=True) for each in folders]
    return ("/".join([*parts, _single_stars(_part(last, classes=True))]),)


def _part(part: str, *, classes: bool) -> str:
    """One part of a path as `gatepass.globs` writes it; two stars mean more than one alone in their part."""
    if part == "**":
        return part
    made, signs = [], iter(part)
    for sign in signs:
        if sign == "\\":
            made.append(_plain(next(signs, sign)))
        else:
            made.append(_plain(sign) if sign == "[" and not classes else sign)
    return _single_stars("".join(made))


def _plain(sign: str) -> str:
    return f"[{sign}]" if sign in "*?[" else sign


def _single_stars(part: str) -> str:
    return re.sub(r"(?<!\[)\*{2,}", "*", part)
