"""From files to policies: read strictly, checked by the composed schema, with every place kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from gatepass.errors import PolicyError
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.policy import Policy
from gatepass.policy import layer, shipped
from gatepass.policy._build import Builder, Object, refuse
from gatepass.policy.mistakes import close_to, mistakes
from gatepass.policy.schema import policy_schema
from gatepass.strict_yaml import Document, YamlMistake, parse


def load(references: Sequence[str], root: Path) -> tuple[Policy, ...]:
    """The policies that the references name, and those that they extend, each once.

    A reference is a path (relative to ``root``), a folder of ``*.yaml`` files, or the name of a policy
    that ships. Raises `PolicyError` with all mistakes of all files; no policy, or no rule, is one too.
    """
    if not references:
        raise PolicyError(
            "no policy was given, so there is nothing to judge by",
            hint=f"--policy policies/release.yaml, or one that ships: {', '.join(shipped.names())}",
        )
    loader = _Loader(root)
    loaded: list[Policy] = []
    errors: list[PolicyError] = []
    for path in [path for reference in references for path in loader.files(reference)]:
        try:
            loaded.extend(loader.load(path, ()))
        except PolicyError as error:
            errors.append(error)
    if errors:
        first, *rest = [one for error in errors for one in (error, *error.others)]
        raise PolicyError(first.message, place=first.place, hint=first.hint, others=tuple(rest))
    return _once(loaded)


def load_file(path: Path, root: Path) -> tuple[Policy, ...]:
    """One file and what it extends, as `load`."""
    return _once(_Loader(root).load(path, ()))


def _once(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    by_name: dict[str, Policy] = {}
    for policy in policies:
        before = by_name.get(policy.name)
        if before is None:
            by_name[policy.name] = policy
        elif before.sha256 != policy.sha256:
            raise PolicyError(
                f"the policy name '{policy.name}' is taken by {before.source}",
                place=Place(policy.source, 1),
                hint="give each policy a metadata.name of its own",
            )
        else:  # the same file, reached twice; whichever way tightened it, all of it holds
            by_name[policy.name] = layer.strictest(before, policy)
    return tuple(by_name.values())


@dataclass(frozen=True, slots=True)
class _Loader:
    root: Path

    def files(self, reference: str) -> list[Path]:
        if "/" not in reference and (found := shipped.find(reference)):
            return [found]
        path = self.root / reference
        if path.is_dir():
            files = sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
            if not files:
                raise PolicyError(f"the folder {reference} holds no *.yaml policy")
            return files
        if not path.is_file():
            raise PolicyError(
                f"there is no policy {reference}{close_to(reference, shipped.names())}",
                hint=f"give a file, a folder, or one that ships: {', '.join(shipped.names())}",
            )
        return [path]

    def load(self, path: Path, above: tuple[Path, ...]) -> list[Policy]:
        if path.resolve() in above:
            raise PolicyError("extends itself", place=Place(self.name(path), 1))
        try:
            data = path.read_bytes()
        except OSError as error:
            raise PolicyError(f"cannot be read: {error.strerror}", place=Place(self.name(path))) from None
        document = _document(data, self.name(path))
        value = cast("Object", document.value)
        parents: list[Policy] = []
        for index, extended in enumerate(cast("list[Json]", value.get("extends", []))):
            place = document.place(f"extends[{index}]")
            parents.extend(self._extended(extended, path, place, (*above, path.resolve())))
        digest = hashlib.sha256(data).hexdigest()
        policy = Builder(document, value, self.name(path), path.parent, digest).policy()
        return layer.apply(_once(parents), policy) if parents else [policy]

    def _extended(self, what: Json, path: Path, place: Place, above: tuple[Path, ...]) -> Iterable[Policy]:
        reference = str(what["policy"]) if isinstance(what, dict) else str(what)
        found = shipped.find(reference) if "/" not in reference else None
        target = found or path.parent / reference
        if not target.is_file():
            raise PolicyError(f"extends {reference}, which is not there", place=place)
        if isinstance(what, dict):
            digest = hashlib.sha256(target.read_bytes()).hexdigest()
            if digest != what["sha256"]:
                raise PolicyError(
                    f"extends {reference} with another digest: it has sha256 {digest}", place=place
                )
        return self.load(target, above)

    def name(self, path: Path) -> str:
        if path.parent == shipped.folder():
            return f"gatepass:{path.stem}"
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return path.as_posix()


def _document(data: bytes, name: str) -> Document:
    try:
        document = parse(data, name)
    except YamlMistake as mistake:
        raise PolicyError(mistake.message, place=mistake.place) from None
    refuse(mistakes(document, policy_schema(of=_checks_named(document.value))))
    return document


def _checks_named(value: Json) -> set[str]:
    """All words that stand where a rule names its check, whatever else is wrong with the file."""
    rules = value.get("rules") if isinstance(value, dict) else None
    named = [each.get("check") for each in rules if isinstance(each, dict)] if isinstance(rules, list) else []
    return {each for each in named if isinstance(each, str)}
