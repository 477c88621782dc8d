"""The overrides of a run with all approvals that can be verified before it judges.

    files ─ what lies beside them ─ signatures by what the policies trust ─ commits ─ overrides
                                     who added them, what was there before ─┘

The reviews of the judged change are added by `evaluate`, from evidence. The effects are here: files are read,
and git is asked: where a policy counts commits or reviews, who added a file, and, where the glass is broken,
for that which was broken before and is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from gatepass import collect as asking
from gatepass.approving import accounts, commits, signatures, sshsig
from gatepass.errors import OverrideError
from gatepass.humans import of_signatory
from gatepass.model.override import Approval, ApprovalHow, Bringer, Override, Revocation, Trace
from gatepass.model.policy import Allowance, Policy, Trust
from gatepass.policy import overrides
from gatepass.policy.overrides import OverrideFile

_NO_COMMIT, _NO_REVIEW = "no commit approves it: ", "no review counts for it: git "
_OF_GIT = (_NO_COMMIT, _NO_REVIEW)
_MOST_BESIDE = overrides.MAXIMUM_BESIDE


@dataclass(frozen=True, slots=True)
class Recorded:
    """What git told a run of an override: it may not be there any more when that is judged again."""

    committed_in: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    revocation: Revocation | None = None
    brought_by: tuple[Bringer, ...] = ()
    there_before: bool = False
    remarks: tuple[str, ...] = ()


def load(
    references: Sequence[str],
    root: Path,
    policies: Sequence[Policy],
    now: datetime,
    environment: Mapping[str, str],
    *,
    commits: Sequence[str] = (),
    into: str | None = None,
    recorded: Mapping[tuple[str, str], Recorded] | None = None,
    traces: Sequence[Override] = (),
) -> tuple[Override, ...]:
    """The overrides and requests that the references name, in order of their ids, and traces of broken glass.

    A trace is a broken glass of which git alone knows. ``commits`` are those that the build may be called by,
    ``into`` is the one that a change goes into: what is revoked there is revoked. ``recorded``, by id and
    SHA-256, and ``traces`` are what a record vouches for; git is not asked then. Raises `OverrideError` as
    `gatepass.policy.overrides.load`.
    """
    files = overrides.load_files(references, root)
    made = verified(files, root, policies, now, environment, commits, into, recorded)
    if recorded is None and any(each.override.break_glass for each in files):
        folders = [each for each in references if (root / each).is_dir()]
        traces = glass_of_before(files, folders, root, policies, now, environment, commits, into)
    return (*(each.override for each in made), *traces)


def glass_of_before(
    files: Sequence[OverrideFile],
    folders: Sequence[str],
    root: Path,
    policies: Sequence[Policy],
    now: datetime,
    environment: Mapping[str, str],
    commits: Sequence[str] = (),
    into: str | None = None,
) -> tuple[Override, ...]:
    """Broken glass that git knows of and the workspace has not, or has otherwise, with its approvals.

    It is looked for in ``folders`` and those of the files, in the history of the policies' protected refs, of
    what the change goes into, and of what is judged.
    """
    if all(each.break_glass is None for each in _allowances(policies)):
        return ()
    refs = _refs(policies, commits, into)
    found = asking.override_history.versions(refs, [*folders, *_folders(files)], root, environment)
    here = [each.override for each in files if each.override.break_glass]
    made = _traces(found, here, root)
    asking_ = _Asking(root, environment, (), _allowances(policies), now, {}, _Added())
    same = accounts.same_person(policies)
    return _recognised([asking_.of(each, None).override for each in made], same)


def _traces(
    found: Sequence[asking.override_history.Version], here: Sequence[Override], root: Path
) -> list[OverrideFile]:
    """Each broken glass that says what none here does, with the approvals that ever lay beside it."""
    made: list[OverrideFile] = []
    for each in found:
        override = _broken_glass_in(each.data, each.path)
        if override is None or any(override.says_the_same_as(one) for one in here):
            continue
        name = PurePosixPath(each.path).name
        beside = [(o.path, o.data) for o in found if PurePosixPath(o.path).name.startswith(f"{name}.")]
        approvals = [(path, data) for path, data in beside if path.endswith((".sig", ".dsse.json"))]
        traced = replace(override, trace=Trace(each.ref, each.blob))
        made.append(OverrideFile(traced, root / each.path, each.data, tuple(approvals[:_MOST_BESIDE])))
    return made


def _broken_glass_in(data: bytes, name: str) -> Override | None:
    """The broken glass that a file is; None for any other, and for what nobody can have read as one."""
    if b"BreakGlass" not in data and b"\\" not in data:  # the word may be written in escapes
        return None
    try:
        found = overrides.read(data, name)
    except OverrideError:
        return None
    return found if found.break_glass else None


def verified(
    files: Iterable[OverrideFile],
    root: Path,
    policies: Sequence[Policy],
    now: datetime,
    environment: Mapping[str, str],
    commits: Sequence[str] = (),
    into: str | None = None,
    recorded: Mapping[tuple[str, str], Recorded] | None = None,
) -> tuple[OverrideFile, ...]:
    """The files with their overrides' approvals verified, as `load`."""
    files = tuple(files)
    allowances = _allowances(policies)
    ended: dict[str, Revocation] = {}
    added = _Added()
    if recorded is None and files:
        ended = _ended(_refs(policies, (), into), files, root, environment)
        added = _Added.of(files, _refs(policies, commits or ("HEAD",), into), into, root, environment)
    asking = _Asking(root, environment, tuple(commits), allowances, now, ended, added)
    made = [asking.of(each, recorded) for each in files]
    known = _recognised([each.override for each in made], accounts.same_person(policies))
    return tuple(replace(each, override=override) for each, override in zip(made, known, strict=True))


def _recognised(made: Sequence[Override], same: Sequence[Sequence[str]]) -> tuple[Override, ...]:
    """With the accounts that the policies say are one human being's; evidence may tell of more."""
    humans = accounts.known(made, (), same)
    return tuple(accounts.recognised(each, humans) for each in made)


def _allowances(policies: Sequence[Policy]) -> list[Allowance]:
    return [allowance for policy in policies for allowance in policy.allowances]


def _refs(policies: Sequence[Policy], commits: Sequence[str], into: str | None) -> list[str]:
    """Where git is asked for what a change may have taken away: refs that the policies name come first."""
    named = (each.trust.protected_ref for each in _allowances(policies) if each.trust)
    return list(dict.fromkeys(each for each in (*named, into, *commits) if each))


def _folders(files: Iterable[OverrideFile]) -> list[str]:
    return list(dict.fromkeys(str(PurePosixPath(each.override.place.path).parent) for each in files))


def _ended(
    refs: Sequence[str], files: Iterable[OverrideFile], root: Path, environment: Mapping[str, str]
) -> dict[str, Revocation]:
    """What is revoked on some refs, by the override's id: a change that takes a revocation away ends nothing.

    They are looked for in the folders of the overrides. Raises `OverrideError` for one that is broken.
    """
    folders = _folders(files)
    found: dict[str, Revocation] = {}
    for ref in refs:
        for folder in folders:
            for path, data in asking.override_commits.files_on(ref, folder, root, environment):
                if read := overrides.revocation_in(data, path):
                    found.setdefault(read[0], replace(read[1], ref=ref))
    return found


@dataclass(frozen=True, slots=True)
class _Added:
    """The commits that added files, and the paths and digests of those that were there before a change."""

    commits: tuple[asking.override_history.Addition, ...] = ()
    before: frozenset[str] = frozenset()

    @staticmethod
    def of(
        files: Sequence[OverrideFile],
        refs: Sequence[str],
        into: str | None,
        root: Path,
        environment: Mapping[str, str],
    ) -> _Added:
        paths = [each.override.place.path for each in files]
        there = [
            each
            for folder in (_folders(files) if into else ())
            for each in asking.override_commits.files_on(into or "", folder, root, environment)
        ]
        before = {name for path, data in there for name in (path, hashlib.sha256(data).hexdigest())}
        return _Added(asking.override_history.additions(refs, paths, root, environment), frozenset(before))

    def was_there(self, override: Override) -> bool:
        return bool(self.before & {override.place.path, override.sha256})


@dataclass(frozen=True, slots=True)
class _Asking:
    root: Path
    environment: Mapping[str, str]
    commits: tuple[str, ...]
    allowances: Sequence[Allowance]
    now: datetime
    ended: Mapping[str, Revocation]
    added: _Added

    def of(self, file: OverrideFile, recorded: Mapping[tuple[str, str], Recorded] | None) -> OverrideFile:
        override = file.override
        signed, remarks = self._signatures(file)
        if recorded is None:
            committed, why = self._commits(override)
            ended = self.ended.get(override.id)
            told = Recorded(
                self._committed_in(override),
                tuple(committed),
                ended,
                self._brought_by(override),
                self.added.was_there(override),
            )
            remarks += why
            if self._counts_reviews and self.commits and not told.committed_in:
                remarks.append(f"{_NO_REVIEW}has no such file in the commit that is judged")
        else:
            told = recorded.get((override.id, override.sha256), Recorded())
            remarks += [each for each in told.remarks if each.startswith(_OF_GIT)]
        found = (*signed, *told.approvals)
        stated = tuple(Approval(login, ApprovalHow.STATED) for login in override.approved_by)
        own = override.requested_by.casefold()
        # who breaks the glass signs that, which makes nobody an approver
        said = [each.by for each in found if not (override.break_glass and own in each.everyone)]
        logins = {each.casefold(): each for each in (*said, *override.approved_by)}
        in_order = dict.fromkeys(each.casefold() for each in (*override.approved_by, *said))
        return replace(
            file,
            override=replace(
                override,
                approved_by=tuple(logins[each] for each in in_order),
                approvals=tuple(dict.fromkeys((*found, *stated))) if found else (),
                committed_in=told.committed_in,
                revocation=override.revocation or told.revocation,
                remarks=tuple(dict.fromkeys(remarks)),
                brought_by=told.brought_by,
                there_before=told.there_before,
            ),
        )

    def _signatures(self, file: OverrideFile) -> tuple[list[Approval], list[str]]:
        made: list[Approval] = []
        complaints: dict[str, list[str]] = {}
        trusts = self._trusts((ApprovalHow.SSH_SIGNATURE, ApprovalHow.DSSE))
        for name, content in file.beside:
            for trust in trusts:
                found, why = signatures.approvals(file.data, [(name, content)], trust, self.now)
                made += found
                complaints.setdefault(name, []).extend(why)
        good = {each.said for each in made}
        # what one policy does not trust another may: only what none takes is worth a word
        remarks = [why[0] for name, why in complaints.items() if why and f"signature {name}" not in good]
        return made, remarks

    def _commits(self, override: Override) -> tuple[list[Approval], list[str]]:
        made: list[Approval] = []
        remarks: list[str] = []
        for trust in self._trusts((ApprovalHow.COMMIT,)):
            if trust.protected_ref is None:
                continue
            found = asking.override_commits.last_commit(
                override.place.path, trust.protected_ref, self.root, self.environment
            )
            try:
                made.append(commits.approval(found, override.sha256, trust, self.now))
            except sshsig.SignatureError as error:
                remarks.append(f"{_NO_COMMIT}{error}")
        return made, remarks

    def _committed_in(self, override: Override) -> tuple[str, ...]:
        if not self._counts_reviews:
            return ()
        path, sha256 = override.place.path, override.sha256
        return asking.override_commits.committed_in(path, sha256, self.commits, self.root, self.environment)

    def _brought_by(self, override: Override) -> tuple[Bringer, ...]:
        """Who wrote the commits that added the file.

        A commit names its author as it likes. A key that signed it tells whose it is, where the author is the
        committer as well; who takes somebody else's commit over signs that, and remains no author. Who puts
        broken glass back as it was has not asked for it: it does not hold for longer by that.
        """
        made: list[Bringer] = []
        for each in self.added.commits:
            if each.path != override.place.path or (override.break_glass and each.restores):
                continue
            # nothing tells the forge here: an address that one may have made up is an account and an address
            names = [who.login or who.email for who in of_signatory(each.author, frozenset())]
            own = each.author.email.casefold() == each.committer.email.casefold()
            signed = [commits.maker(each.raw, trust, self.now) for trust in self._signers] if own else []
            key = dict.fromkeys(name for found in signed for name in found)
            if told := tuple(dict.fromkeys(name for name in (*names, *key) if name)):
                word = "signed" if key else "as it says itself"
                made.append(Bringer(told, f"commit {each.sha[:12]}, {word}", each.sha))
        return tuple(made)

    @property
    def _signers(self) -> tuple[Trust, ...]:
        """All lists of keys that the policies know, each once."""
        found = (each.trust for each in self.allowances if each.trust and each.trust.signers)
        return tuple({each.digest: each for each in found}.values())

    @property
    def _counts_reviews(self) -> bool:
        return any(ApprovalHow.CHANGE_REQUEST in each.accepted for each in self.allowances)

    def _trusts(self, ways: Sequence[ApprovalHow]) -> tuple[Trust, ...]:
        """What the policies trust that count an approval in one of these ways, each once."""
        found = (a.trust for a in self.allowances if a.trust and set(ways) & set(a.accepted))
        return tuple({each.digest: each for each in found}.values())
