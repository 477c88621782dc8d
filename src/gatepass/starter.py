"""A first policy and a first configuration, written from what lies about today. Pure.

A rule stands for each kind of report that was found; of the other kinds the policy says in comments how to
get a report, and which lines to add then. Texts of reports never get into the files, but for names that are
plain.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePosixPath

from gatepass.globs import matches
from gatepass.model.source import Source
from gatepass.policy.schema import API_VERSION, IDENTIFIER, RESERVED
from gatepass.starter_rules import STARTERS, Lines, Starter, Today, scalar

_FEW = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """The text of a policy and the ids of its rules."""

    text: str
    rules: tuple[str, ...]


def policy(path: str, today: Today, sources: Sequence[Source]) -> Policy:
    """The policy that is to stand at ``path``."""
    there = {source.kind for source in sources if source.kind}
    blocks: list[Lines] = []
    for each in STARTERS:
        lines = _rule(each, today) if each.kind in there else None
        if lines is None and each.kind == "approvals" and today.forge:
            lines = _reviewed_on_a_forge(each, today)
        blocks.append(lines or _left_out(each, found=each.kind in there))
    if not any(block[0].startswith("- ") for block in blocks):
        blocks[0] = _nothing_found(STARTERS[0])
    rules = tuple(block[0].removeprefix("- id: ") for block in blocks if block[0].startswith("- "))
    head = (
        "# A start, made by `gatepass init` from what lay about; now it is yours.",
        f"# gatepass policy lint {path} checks it, gatepass explain says what its rules want.",
        f"apiVersion: {API_VERSION}",
        "kind: Policy",
        "metadata:",
        f"  name: {scalar(_name(path))}",
        "  title: What every build must satisfy",
        "  version: 0.1.0",
        "rules:",
    )
    body = "\n\n".join("\n".join(f"  {line}" for line in block) for block in blocks)
    return Policy("\n".join((*head, body, "", *_OVERRIDES, "")), rules)


_OVERRIDES: Lines = (
    "# Nothing may be overridden until it is named here with those who may approve it:",
    "# overrides:",
    "#   - rules: [coverage]",
    "#     approvers: {users: [SOMEBODY]}",
    "#     maximum-days: 30",
    "#     reasons: [false-positive, mitigated, risk-accepted]",
)


def _rule(starter: Starter, today: Today) -> Lines | None:
    return starter.derive(today) if today.of(starter.kind) else _if_judgeable(starter)


def _if_judgeable(starter: Starter) -> Lines | None:
    """The rule for a report that cannot be used: it stands and fails, unless a threshold would be a guess."""
    return None if starter.kind == "coverage" else starter.usual


def _reviewed_on_a_forge(starter: Starter, today: Today) -> Lines | None:
    return (
        *(starter.derive(today) or starter.usual),
        "  on-missing: warn # until the pipeline hands in reviews (docs/checks/approvals.md); then drop it",
    )


def _left_out(starter: Starter, *, found: bool) -> Lines:
    why = (
        f"No threshold could be made from the reports of {starter.kind} that were found."
        if found
        else f"No report of {starter.kind} was found."
    )
    return (
        f"# {why} To have one:",
        f"#   {starter.how}",
        f"# name it under evidence in gatepass.yaml ({starter.report}), and add:",
        *(f"# {line}" for line in starter.usual),
    )


def _nothing_found(starter: Starter) -> Lines:
    return (
        *starter.usual,
        "  # No report was found, so this fails until there is one:",
        f"  #   {starter.how}",
        f"  # and {starter.report} stands under evidence in gatepass.yaml.",
    )


def _name(path: str) -> str:
    stem = PurePosixPath(path.replace(os.sep, "/")).stem.lower()
    return stem if re.fullmatch(IDENTIFIER, stem) and stem != RESERVED else "project"


def config(policy_path: str, sources: Sequence[Source], files: Sequence[str]) -> str:
    """The text of a ``gatepass.yaml`` that names the policy and the reports that were found.

    ``files`` are all files of the workspace; without them no glob is made.
    """
    named = [source for source in sources if source.kind]
    evidence = [f"  - {scalar(each)} # {kind}" for each, kind in references(named, files)]
    if not evidence:
        usual = [f"#   - {each.report} # {each.kind}" for each in STARTERS]
        evidence = ["# evidence: # paths and globs of reports; what is read is what they hold", *usual]
    else:
        evidence = ["evidence:", *evidence]
    return "\n".join(
        (
            "# What `gatepass gate` would otherwise be told by options; the command line wins.",
            f"apiVersion: {API_VERSION}",
            "kind: Config",
            "policies:",
            f"  - {scalar(policy_path)}",
            *evidence,
            "reports: # beside the text on the terminal",
            "  sarif: gatepass.sarif",
            "  markdown: gatepass.md",
            "",
        )
    )


def references(sources: Sequence[Source], files: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Paths of reports with their kinds; many alike in one folder become a glob that fits these alone."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for source in sources:
        path = PurePosixPath(source.name)
        groups.setdefault((str(path.parent), path.suffix, source.kind or ""), []).append(source.name)
    for (folder, suffix, kind), names in sorted(groups.items()):
        glob = _glob(folder, suffix, names) if len(names) > _FEW else None
        if glob and {each for each in files if matches(each, glob)} == set(names):
            yield glob, kind
        else:
            yield from ((name, kind) for name in sorted(names))


def _glob(folder: str, suffix: str, names: Sequence[str]) -> str | None:
    first, *_, last = sorted(PurePosixPath(name).name for name in names)
    alike = "".join(
        one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    )
    start = re.sub(
        r"[^-_.]*\Z", "", alike
    )  # TEST-payments.xml and TEST-product.xml are alike in TEST-, not TEST-p
    if any(sign in f"{folder}{start}" for sign in "*?["):
        return None
    inside = f"{start.removesuffix(suffix)}*{suffix}"
    return inside if folder == "." else f"{folder}/{inside}"
