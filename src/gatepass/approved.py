"""The overrides of a run with all approvals that can be verified before it judges.

    files ─ what lies beside them ─ signatures by what the policies trust ─ commits ─ overrides

The reviews of the judged change are added by `evaluate`, from evidence. The effects are here: files are read,
and git is asked where a policy counts commits or reviews.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from gatepass import collect as asking
from gatepass.approving import commits, signatures, sshsig
from gatepass.model.override import Approval, ApprovalHow, Override, Revocation
from gatepass.model.policy import Allowance, Policy, Trust
from gatepass.policy import overrides
from gatepass.policy.overrides import OverrideFile


@dataclass(frozen=True, slots=True)
class Recorded:
    """What git told a run of an override: it may not be there any more when that is judged again."""

    committed_in: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    revocation: Revocation | None = None


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
) -> tuple[Override, ...]:
    """The overrides and requests that the references name, in order of their ids.

    ``commits`` are those that the build may be called by, ``into`` is the one that a change goes into: what
    is revoked there is revoked. ``recorded``, by id and SHA-256, is what a record vouches for; git is not
    asked then. Raises `OverrideError` as `gatepass.policy.overrides.load`.
    """
    files = overrides.load_files(references, root)
    made = verified(files, root, policies, now, environment, commits, into, recorded)
    return tuple(each.override for each in made)


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
    allowances = [allowance for policy in policies for allowance in policy.allowances]
    refs = dict.fromkeys(each.trust.protected_ref for each in allowances if each.trust)
    ended = {} if recorded is not None else _ended([*refs, into], files, root, environment)
    asking = _Asking(root, environment, tuple(commits), allowances, now, ended)
    return tuple(asking.of(each, recorded) for each in files)


def _ended(
    refs: Iterable[str | None], files: Iterable[OverrideFile], root: Path, environment: Mapping[str, str]
) -> dict[str, Revocation]:
    """What is revoked on some refs, by the override's id: a change that takes a revocation away ends nothing.

    They are looked for in the folders of the overrides. Raises `OverrideError` for one that is broken.
    """
    folders = dict.fromkeys(str(PurePosixPath(each.override.place.path).parent) for each in files)
    found: dict[str, Revocation] = {}
    for ref in filter(None, refs):
        for folder in folders:
            for path, data in asking.override_commits.files_on(ref, folder, root, environment):
                if read := overrides.revocation_in(data, path):
                    found.setdefault(read[0], replace(read[1], ref=ref))
    return found


@dataclass(frozen=True, slots=True)
class _Asking:
    root: Path
    environment: Mapping[str, str]
    commits: tuple[str, ...]
    allowances: Sequence[Allowance]
    now: datetime
    ended: Mapping[str, Revocation]

    def of(self, file: OverrideFile, recorded: Mapping[tuple[str, str], Recorded] | None) -> OverrideFile:
        override = file.override
        signed, remarks = self._signatures(file)
        if recorded is None:
            committed, why = self._commits(override)
            ended = self.ended.get(override.id)
            told = Recorded(self._committed_in(override), tuple(committed), ended)
            remarks += why
            if self._counts_reviews and self.commits and not told.committed_in:
                remarks.append("no review counts for it: git has no such file in the commit that is judged")
        else:
            told = recorded.get((override.id, override.sha256), Recorded())
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
                remarks.append(f"no commit approves it: {error}")
        return made, remarks

    def _committed_in(self, override: Override) -> tuple[str, ...]:
        if not self._counts_reviews:
            return ()
        path, sha256 = override.place.path, override.sha256
        return asking.override_commits.committed_in(path, sha256, self.commits, self.root, self.environment)

    @property
    def _counts_reviews(self) -> bool:
        return any(ApprovalHow.CHANGE_REQUEST in each.accepted for each in self.allowances)

    def _trusts(self, ways: Sequence[ApprovalHow]) -> tuple[Trust, ...]:
        """What the policies trust that count an approval in one of these ways, each once."""
        found = (a.trust for a in self.allowances if a.trust and set(ways) & set(a.accepted))
        return tuple({each.digest: each for each in found}.values())
