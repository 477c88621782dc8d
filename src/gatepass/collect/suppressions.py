"""What the code tells scanners to leave out: comments in it, and the files that scanners read.

    commit ─ its files ─ comments, ignore files ─ lines that the change added ─ evidence

Asked of git, in the clone: the files are those of the judged commit as git holds them, whatever lies in the
work tree. Nothing is fetched and no program that the clone names is run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gatepass.collect._clone_files import TrackedFile, added_lines, contents, files_of
from gatepass.collect._collector import Asked, Collected, Collector
from gatepass.collect._process import Git
from gatepass.errors import CollectionError, GatepassError
from gatepass.model.facts import Json
from gatepass.model.source import Source
from gatepass.model.suppressions import Suppressions, SuppressionScope, Unread, WrittenSuppression
from gatepass.suppressing import comments, encodings, ignore_files
from gatepass.suppressing.written import IgnoreFileError

SCHEMA = "gatepass/suppressions/v1"
MOST_FILES = 200_000
MOST_BYTES = 4 << 30
LARGEST_FILE = 32 << 20
MOST_SUPPRESSIONS = 10_000
MOST_MARKS = 500_000
MOST_UNREAD = 1_000
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# git itself takes a file for binary that has a NUL so early
_HEAD = 8_000


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a change begins: the commit ``base``, at which it left what it goes into, ``into``."""

    base: str
    into: str


def collect(
    git: Git, head: str, begin: Begin | None, scope: SuppressionScope = SuppressionScope.TREE
) -> Suppressions:
    """All that is left out in a commit's files, and what of it is new since a change began.

    Raises `GatepassError` when git cannot tell, or when there is more than can be looked at.
    """
    added = added_lines(git, begin.base, head) if begin else None
    listed = files_of(git, head)
    if scope is SuppressionScope.CHANGED:
        listed = [each for each in listed if added is not None and each.path in added]
    if len(listed) > MOST_FILES:
        raise GatepassError(f"there are more than {MOST_FILES:,} files", hint="scope: changed looks at fewer")
    files = [each for each in listed if not (each.link or each.submodule)]
    if sum(each.size for each in files) > MOST_BYTES:
        said = f"the files hold more than {MOST_BYTES >> 30} GiB"
        raise GatepassError(said, hint="scope: changed looks at fewer")
    found = _Found()
    for each in listed:
        if each.link and ignore_files.is_known(each.path):
            found.miss(Unread(each.path, "is a link, which its scanner follows and this does not"))
    for file, data in contents(git, [each for each in files if found.takes(each)]):
        found.look(file, data)
    return Suppressions(
        Source("git"),
        scope,
        tuple(sorted({*comments.SCANNERS, *ignore_files.SCANNERS})),
        tuple(_dated(found.suppressions, added)),
        tuple(found.unread),
        head,
        begin.base if begin else None,
        begin.into if begin else None,
        files=found.looked_at,
        binary=found.binary,
        links=sum(each.link for each in listed),
        submodules=sum(each.submodule for each in listed),
    )


@dataclass(slots=True)
class _Found:
    """What was found so far."""

    suppressions: list[WrittenSuppression] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    looked_at: int = 0
    binary: int = 0
    marks: int = 0

    def takes(self, file: TrackedFile) -> bool:
        """Whether a file is small enough; that it is not is noted."""
        if file.size > LARGEST_FILE:
            self.miss(Unread(file.path, f"is larger than {LARGEST_FILE >> 20} MiB"))
        return file.size <= LARGEST_FILE

    def look(self, file: TrackedFile, data: bytes) -> None:
        try:
            obeyed = ignore_files.read(data, file.path)
        except IgnoreFileError as error:
            self.miss(Unread(file.path, error.message, error.line))
            return
        if obeyed is not None:
            self.looked_at += 1
            self.add(obeyed)
            return
        if why := encodings.why_hidden(data, file.path):
            self.miss(Unread(file.path, why))
            return
        looked = comments.look_through(encodings.as_text(data), file.path)
        self.add(looked.suppressions)
        # a NUL is no hiding place: what is found counts, whatever the file is
        binary = b"\0" in data[:_HEAD] and not encodings.is_marked(data) and not looked.suppressions
        self.binary += binary
        self.looked_at += not binary
        self.marks += looked.marks
        if self.marks > MOST_MARKS:
            raise GatepassError(f"more than {MOST_MARKS:,} words could silence a scanner")
        if not looked.whole:
            self.miss(Unread(file.path, f"holds more than {comments.MOST_MARKS:,} words that could"))

    def add(self, more: Sequence[WrittenSuppression]) -> None:
        self.suppressions += more
        if len(self.suppressions) > MOST_SUPPRESSIONS:
            raise GatepassError(f"there are more than {MOST_SUPPRESSIONS:,} suppressions")

    def miss(self, unread: Unread) -> None:
        self.unread.append(unread)
        if len(self.unread) > MOST_UNREAD:
            raise GatepassError(f"more than {MOST_UNREAD:,} files cannot be read: {unread.path} {unread.why}")


def _dated(
    found: Sequence[WrittenSuppression], added: Mapping[str, set[int]] | None
) -> Iterator[WrittenSuppression]:
    """Each with whether the change added its line; where no line is known, whether it touched the file."""
    for each in found:
        if added is None:
            yield each
            continue
        lines = added.get(each.place.path, set())
        new = each.place.line in lines if each.place.line is not None else bool(lines)
        yield replace(each, new=new)


def report(found: Suppressions, asked: Asked) -> bytes:
    """The evidence as the JSON that `gatepass gate` reads."""
    document: Json = {
        "schema": SCHEMA,
        "producer": asked.producer,
        "collected": asked.now.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "head": found.head,
        "base": found.base,
        "compared-with": found.compared_with,
        "scope": found.scope.value,
        "looked-for": list[Json](found.looked_for),
        "files": found.files,
        "left-out": {"binary": found.binary, "links": found.links, "submodules": found.submodules},
        "unread": [{"path": each.path, "line": each.line, "why": each.why} for each in found.unread],
        "suppressions": [_entry(each) for each in found.suppressions],
    }
    return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode()


def _entry(each: WrittenSuppression) -> Json:
    return {
        "scanner": each.scanner,
        "kind": each.kind.value,
        "path": each.place.path,
        "line": each.place.line,
        "rules": list[Json](each.rules),
        "covers": each.covers,
        "reason": each.reason,
        "created": each.created,
        "expires": each.expires,
        "by": each.by,
        "until-fixable": each.until_fixable,
        "new": each.new,
    }


def _collected(asked: Asked, _kind: str) -> Collected:
    """The suppressions of the judged commit. Raises `CollectionError` when git cannot tell."""
    scope = asked.options.get("scope", SuppressionScope.TREE.value)
    if scope not in (SuppressionScope.TREE.value, SuppressionScope.CHANGED.value):
        raise CollectionError(f"there is no scope '{scope}'", hint="scope: tree, or scope: changed")
    try:
        git = Git(asked.root, asked.environment)
        head = _commit(git, asked.options.get("head") or asked.build.commit or "HEAD")
        if head is None:
            raise CollectionError("the clone does not hold the commit that is judged", hint="check it out")
        begin = _begins(git, asked, head)
        if begin is None and scope == SuppressionScope.CHANGED.value:
            raise CollectionError(
                "nothing tells where the change begins",
                hint="name it (base: origin/main), and fetch its history (fetch-depth: 0)",
            )
        return Collected(report(collect(git, head, begin, SuppressionScope(scope)), asked), "git")
    except CollectionError:
        raise
    except GatepassError as error:
        raise CollectionError(error.message, hint=error.hint) from None


def _begins(git: Git, asked: Asked, head: str) -> Begin | None:
    """Where the change left what it goes into; None where the clone cannot tell.

    A shallow clone does not know all common ancestors: there the base itself must be one. Nothing begins at
    the judged commit itself: since it nothing could be new.
    """
    change = asked.build.change_request
    named = asked.options.get("base")
    base = _commit(git, named or (change.base if change and change.base else ""))
    if base is None:
        if named:
            raise CollectionError(f"the clone has no '{named}'", hint="fetch it (fetch-depth: 0)")
        return None
    code, out, _ = git.try_to("merge-base", base, head)
    found = out.decode("ascii", "replace").strip()
    if code != 0 or not _ID.fullmatch(found):
        return None
    shallow = git.run("rev-parse", "--is-shallow-repository").strip() != b"false"
    return None if found == head or (shallow and found != base) else Begin(found, base)


def _commit(git: Git, ref: str) -> str | None:
    """The id of a commit; None where the clone has none of that name, or two things have it."""
    if not ref:
        return None
    code, out, complaint = git.try_to("rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    sha = out.decode("ascii", "replace").strip()
    return sha if code == 0 and _ID.fullmatch(sha) and "ambiguous" not in complaint else None


COLLECTOR = Collector(
    name="suppressions",
    title="comments and files that silence scanners, in the clone",
    kinds=(Suppressions.KIND,),
    collect=_collected,
    options={
        "scope": "tree (if absent): all tracked files. changed: those whose lines the change touches.",
        "base": "What the change goes into: a ref or commit; by default the change request's base.",
        "head": "The commit whose files are looked through; by default the build's, or HEAD.",
    },
    page="https://git-scm.com/docs/git-ls-tree",
)
