"""The definition of a pipeline of GitLab: foreign code that it names, and the files that it consists of.

GitLab itself tells what it makes of the file with all that it includes (``ci/lint``): the includes, and one
YAML document in which they stand. Where the token may not ask for that, the file is read by itself, and what
it includes from the repository is not known; nor is that of children that the pipeline sets off from files of
the repository, or from files that it makes. Nothing is ever run.

https://docs.gitlab.com/api/lint/, https://docs.gitlab.com/ci/yaml/includes/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gatepass.errors import UnreadableEvidence
from gatepass.evidence import _gitlab as gitlab
from gatepass.evidence._json import as_array, as_object, as_text
from gatepass.model.collection import Collection
from gatepass.model.facts import Json
from gatepass.model.pipeline import Use
from gatepass.strict_yaml import YamlMistake, parse

_DOCKER = "docker://"
_BY_DIGEST = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
_WHOLE = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_NO_JOBS = ("include", "stages", "variables", "workflow", "spec", "cache")


@dataclass(frozen=True, slots=True)
class Definition:
    """What is known of it: ``uses`` is None where it is not; ``files`` are those in the repository.

    ``path`` is the file that it begins with. ``trouble`` is for people: without any, all files are known.
    """

    path: str
    uses: tuple[Use, ...] | None = None
    files: frozenset[str] = frozenset()
    trouble: tuple[str, ...] = ()

    def changed(self, paths: tuple[str, ...]) -> tuple[str, ...] | None:
        """Which of its files a change touches; None where files may be missing and none that is known is."""
        touched = {self.path, *self.files} & set(paths)
        return tuple(sorted(touched)) if touched or not self.trouble else None


@dataclass(frozen=True, slots=True)
class _Include:
    """Something that is included; ``local`` is a path in the repository itself.

    ``made`` tells that a job makes it, or that nothing tells what it is.
    """

    name: str
    pinned: bool
    local: str | None = None
    made: bool = False

    @property
    def seen(self) -> bool:
        """Whether there is nothing behind it that only GitLab could read: foreign code is not looked into."""
        return self.local is None and not self.made


def definition_of(collection: Collection) -> Definition:
    """By GitLab's own reading where that was answered, else by the file alone."""
    path = collection.fact("definition")
    if not path:
        raise UnreadableEvidence("does not tell where the pipeline is defined")
    if "@" in path or "://" in path:
        return Definition(
            path, trouble=(f"the pipeline is defined elsewhere, in {path}: what it uses is not known",)
        )
    answer = gitlab.answered(collection, "definition", path)
    written = answer.body if answer.status < 300 else None
    lint = gitlab.told(collection, "lint")
    if lint is not None and lint.get("valid") is True:
        return _by_lint(path, lint, written, collection.fact("repository") or "")
    if written is None:
        return Definition(path, trouble=(f"{path} is not there, or the token may not see it",))
    return _by_file(path, written)


def _by_lint(path: str, lint: dict[str, Json], written: str | None, project: str) -> Definition:
    document = _parsed(as_text(lint.get("merged_yaml"), limit=1 << 22), path)
    if isinstance(document, str):
        return Definition(path, trouble=(f"what {path} includes cannot be read: it {document}",))
    sealed = _sealed(written, path)
    told = [as_object(each, "an include") for each in as_array(lint.get("includes"), "includes")]
    children = list(_of_children(document))
    includes = [*(_told(each, sealed, project) for each in told), *children]
    files = frozenset(each.local for each in includes if each.local is not None)
    if unseen := [each.name for each in children if not each.seen]:
        said = f"a child pipeline is made of {unseen[0]}: what that uses is not known"
        return Definition(path, None, files, (said,))
    return Definition(path, tuple(_uses(path, includes, document)), files)


def _by_file(path: str, written: str) -> Definition:
    document = _parsed(written, path)
    if isinstance(document, str):
        return Definition(path, trouble=(f"what {path} uses is not known: it {document}",))
    includes = [*_written(document.get("include")), *_of_children(document)]
    if not all(each.seen for each in includes):
        files = frozenset(each.local for each in includes if each.local is not None)
        return Definition(path, None, files, (f"what {path} includes is not known: GitLab did not check it",))
    return Definition(path, tuple(_uses(path, includes, document)))


def _parsed(text: str, path: str) -> dict[str, Json] | str:
    """The document, or what is wrong with it."""
    try:
        value = parse(text.encode(), path).value
    except YamlMistake as mistake:
        return mistake.message
    return value if isinstance(value, dict) else "is no mapping"


def _sealed(written: str | None, path: str) -> frozenset[str]:
    """Addresses that the file itself includes with a digest (``integrity``)."""
    document = _parsed(written, path) if written is not None else ""
    includes = _written(document.get("include")) if isinstance(document, dict) else ()
    return frozenset(each.name for each in includes if each.pinned and each.local is None)


def _told(include: dict[str, Json], sealed: frozenset[str], project: str) -> _Include:
    """An include as GitLab tells it. What is local to a foreign file stands in that file's project."""
    kind = as_text(include.get("type"), limit=60)
    where = as_text(include.get("location"), limit=2000)
    if not kind or not where:
        raise UnreadableEvidence("lists an include without its type or place")
    extra = include.get("extra")
    of = extra if isinstance(extra, dict) else {}
    match kind:
        case "local" if as_text(include.get("context_project") or project).casefold() == project.casefold():
            return _local(where)
        case "local":
            return _of_project(include["context_project"], where, include.get("context_sha"))
        case "file":
            return _of_project(of.get("project"), where, of.get("ref"))
        case "component":
            return _component(where)
        case "remote":
            return _Include(where, where in sealed)
        case _:
            return _Include(f"{kind}: {where}", pinned=False)


def _written(value: Json) -> Iterator[_Include]:
    """Includes as people write them: a text, an object, or a list of both; nothing where there is none."""
    if value is None:
        return
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield _Include(each, pinned=False) if "://" in each else _local(each)
        else:
            found = list(_object(each)) if isinstance(each, dict) else []
            yield from found or [_Include("something that nobody knows", pinned=False, made=True)]


def _object(include: dict[str, Json]) -> Iterator[_Include]:
    if include.get("artifact") is not None:
        yield _Include(f"artifact: {as_text(include['artifact'], limit=1000)}", pinned=False, made=True)
    files = include.get("file")
    for file in files if isinstance(files, list) else [files]:
        if include.get("project") is not None:
            yield _of_project(include["project"], as_text(file, limit=1000), include.get("ref"))
            continue
        for kind in ("local", "remote", "template", "component"):
            if isinstance(where := include.get(kind), str):
                yield _of_kind(kind, where, include)


def _of_kind(kind: str, where: str, include: dict[str, Json]) -> _Include:
    match kind:
        case "local":
            return _local(where)
        case "component":
            return _component(where)
        case "remote":
            return _Include(where, as_text(include.get("integrity")).startswith("sha256-"))
        case _:
            return _Include(f"{kind}: {where}", pinned=False)


def _local(where: str) -> _Include:
    """A file of the repository: as pinned as the commit."""
    path = where.lstrip("/")
    return _Include(f"./{path}", pinned=True, local=path)


def _of_project(project: Json, file: str, ref: Json) -> _Include:
    at = as_text(ref, limit=300) or "HEAD"
    name = f"{as_text(project, limit=1000) or '?'}/{file.lstrip('/')}@{at}"
    return _Include(name, _WHOLE.fullmatch(at) is not None)


def _component(where: str) -> _Include:
    return _Include(where, _WHOLE.fullmatch(where.rpartition("@")[2]) is not None)


def _of_children(document: dict[str, Json]) -> Iterator[_Include]:
    """What the pipelines are made of that a job sets off (``trigger: include``)."""
    for job in document.values():
        trigger = job.get("trigger") if isinstance(job, dict) else None
        if isinstance(trigger, dict) and trigger.get("include") is not None:
            yield from _written(trigger["include"])


def _uses(path: str, includes: list[_Include], document: dict[str, Json]) -> Iterator[Use]:
    named = {each.name: each.pinned for each in includes}
    named |= {
        image: _BY_DIGEST.fullmatch(image.removeprefix(_DOCKER)) is not None for image in _images(document)
    }
    yield from (Use(name, pinned, path) for name, pinned in named.items())


def _images(document: dict[str, Json]) -> Iterator[str]:
    """Images of all jobs, their services', and those that hold where a job names none."""
    holders = [document, *(each for name, each in document.items() if name not in _NO_JOBS)]
    for holder in holders:
        if not isinstance(holder, dict):
            continue
        services = holder.get("services")
        for value in (holder.get("image"), *(services if isinstance(services, list) else ())):
            name = value.get("name") if isinstance(value, dict) else value
            if isinstance(name, str) and name:
                yield f"{_DOCKER}{name}"
