"""What `gatepass collect git` writes: the commits of a change, ``{"schema": "gatepass/commits/v1", …}``.

Every key must be there, and what the commits say of each other must hold: all lead from the head through
listed parents, and the list ends where the change left the history of its base. A list that somebody cut,
or put together from two, is refused. A list from a shallow clone says so, and is kept.
"""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._dates import instant
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._json import as_array, as_object, as_text, read_json, refuse_other_keys
from gatepass.evidence._open import OpenReport
from gatepass.model.commits import (
    Commit,
    Commits,
    Signatory,
    Signature,
    SignatureStatus,
    SubmoduleChange,
    Trailer,
)
from gatepass.model.facts import Json

_SCHEMA = "gatepass/commits/v1"
_ANY_VERSION = "gatepass/commits/"
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SCHEMES = ("ssh", "openpgp", "x509")
_KEYS = (
    *("schema", "producer", "collected", "base", "head", "merge-base", "shallow"),
    *("allowed-signers", "submodules", "commits"),
)
_COMMIT_KEYS = (
    *("sha", "parents", "author", "committer", "subject", "trailers"),
    *("signature", "patch-id", "submodules"),
)


def _recognises(head: Head) -> bool:
    return head.json is not None and head.json.values.get("schema", "").startswith(_ANY_VERSION)


def _read(report: OpenReport) -> Reading:
    whole = as_object(read_json(report), "the document")
    if whole.get("schema") != _SCHEMA:
        raise UnreadableEvidence(f"has the schema {as_text(whole.get('schema'), limit=80)}, not {_SCHEMA}")
    refuse_other_keys(whole, _KEYS, "the document")
    listed = as_array(whole["commits"], "commits")
    if not listed:
        raise UnreadableEvidence("lists no commit", code="empty")
    created = instant(whole["collected"])
    if created is None:
        raise UnreadableEvidence("collected is no instant")
    shallow = whole["shallow"]
    if not isinstance(shallow, bool):
        raise UnreadableEvidence("shallow is neither true nor false")
    commits = Commits(
        report.source,
        base=_id(whole["base"], "base"),
        head=_id(whole["head"], "head"),
        commits=tuple(_commit(each, index) for index, each in enumerate(listed)),
        merge_base=None if whole["merge-base"] is None else _id(whole["merge-base"], "merge-base"),
        shallow=shallow,
        allowed_signers=_digest(whole["allowed-signers"]),
        submodules=_submodules(whole["submodules"], "submodules"),
    )
    _refuse_gaps(commits)
    notes = ("the clone is shallow: commits may be missing from the list",) if shallow else ()
    producer = _text(whole, "producer", "the document")
    return Reading(commits, producer=producer, commit=commits.head, created=created, notes=notes)


def _refuse_gaps(listed: Commits) -> None:
    """All commits lead from the head to the base, and none is missing between."""
    parents = {commit.sha: commit.parents for commit in listed.commits}
    if len(parents) != len(listed.commits):
        raise UnreadableEvidence("lists a commit twice")
    if listed.head not in parents:
        raise UnreadableEvidence(f"does not list its own head {listed.head[:12]}")
    reached: set[str] = set()
    waiting, ends = [listed.head], set[str]()
    while waiting:
        sha = waiting.pop()
        if sha not in parents:
            ends.add(sha)
        elif sha not in reached:
            reached.add(sha)
            waiting.extend(parents[sha])
    if lost := sorted(set(parents) - reached):
        raise UnreadableEvidence(f"lists {lost[0][:12]}, to which its head does not lead")
    if not reached.isdisjoint({listed.base, listed.merge_base}):
        raise UnreadableEvidence("lists its own base as a commit of the change")
    if listed.merge_base not in ends and not (listed.shallow or listed.merge_base is None):
        raise UnreadableEvidence("has a gap: its commits do not lead to the merge base")
    if listed.merge_base is None and listed.base in ends:
        raise UnreadableEvidence("leads to its base, and says that there is no merge base")


def _commit(value: Json, index: int) -> Commit:
    what = f"commits[{index}]"
    entry = as_object(value, what)
    refuse_other_keys(entry, _COMMIT_KEYS, what)
    parents = tuple(_id(each, f"{what}.parents") for each in as_array(entry["parents"], f"{what}.parents"))
    patch_id = None if entry["patch-id"] is None else _id(entry["patch-id"], f"{what}.patch-id")
    if patch_id and len(parents) > 1:
        raise UnreadableEvidence(f"{what} is a merge with a patch id, which merges do not have")
    return Commit(
        _id(entry["sha"], f"{what}.sha"),
        parents,
        _signatory(entry["author"], f"{what}.author"),
        _signatory(entry["committer"], f"{what}.committer"),
        _text(entry, "subject", what),
        _signature(entry["signature"], f"{what}.signature"),
        tuple(_trailer(each, f"{what}.trailers") for each in as_array(entry["trailers"], f"{what}.trailers")),
        patch_id,
        _submodules(entry["submodules"], f"{what}.submodules"),
    )


def _submodules(value: Json, what: str) -> tuple[SubmoduleChange, ...]:
    found = tuple(_submodule(each, f"{what}[{n}]") for n, each in enumerate(as_array(value, what)))
    if len({each.path for each in found}) != len(found):
        raise UnreadableEvidence(f"{what} lists a submodule twice")
    return found


def _submodule(value: Json, what: str) -> SubmoduleChange:
    entry = as_object(value, what)
    refuse_other_keys(entry, ("path", "before", "after", "url", "url-before"), what)
    path = _text(entry, "path", what)
    if not path:
        raise UnreadableEvidence(f"{what} has no path")
    before, after = (
        None if entry[name] is None else _id(entry[name], f"{what}.{name}") for name in ("before", "after")
    )
    url, url_before = (
        None if entry[name] is None else _text(entry, name, what) for name in ("url", "url-before")
    )
    return SubmoduleChange(path, before, after, url, url_before)


def _signatory(value: Json, what: str) -> Signatory:
    entry = as_object(value, what)
    refuse_other_keys(entry, ("name", "email", "time"), what)
    time = None if entry["time"] is None else instant(entry["time"])
    if entry["time"] is not None and time is None:
        raise UnreadableEvidence(f"{what}.time is no instant")
    return Signatory(_text(entry, "name", what), _text(entry, "email", what), time)


def _trailer(value: Json, what: str) -> Trailer:
    entry = as_object(value, what)
    refuse_other_keys(entry, ("name", "value"), what)
    return Trailer(_text(entry, "name", what), _text(entry, "value", what))


def _signature(value: Json, what: str) -> Signature:
    entry = as_object(value, what)
    refuse_other_keys(entry, ("status", "scheme", "key", "principal", "remark"), what)
    scheme, key, principal, remark = (
        None if entry[name] is None else _text(entry, name, what)
        for name in ("scheme", "key", "principal", "remark")
    )
    try:
        status = SignatureStatus(_text(entry, "status", what))
    except ValueError:
        raise UnreadableEvidence(f"{what} has no known status") from None
    if scheme is not None and scheme not in _SCHEMES:
        raise UnreadableEvidence(f"{what} has no known scheme")
    if status is SignatureStatus.GOOD and not (scheme and key):
        raise UnreadableEvidence(f"{what} is good, and does not say by which key")
    if principal is not None and (status is not SignatureStatus.GOOD or not principal.strip()):
        raise UnreadableEvidence(f"{what} is not good, and names a principal")
    return Signature(status, scheme, key, principal, remark)


def _text(entry: dict[str, Json], key: str, what: str) -> str:
    value = entry[key]
    if not isinstance(value, str):
        raise UnreadableEvidence(f"{what}.{key} is no text")
    return as_text(value)


def _id(value: Json, what: str) -> str:
    text = as_text(value, limit=100)
    if not _ID.fullmatch(text):
        raise UnreadableEvidence(f"{what} is no whole id")
    return text


def _digest(value: Json) -> str | None:
    if value is None:
        return None
    text = as_text(value, limit=100)
    if not _DIGEST.fullmatch(text):
        raise UnreadableEvidence("allowed-signers is no sha256")
    return text


FORMAT = Format(
    name="git-commits",
    title="Commits of a change, by gatepass collect git",
    kind=Commits.KIND,
    recognises=_recognises,
    read=_read,
    page="https://git-scm.com/docs/git-rev-list",
)
