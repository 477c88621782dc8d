"""Who made the commits of a change, signed by which keys, and under which tickets.

```yaml
- id: commits
  check: commits
  signed: allowed
  ticket: "PAY-[0-9]+"
  email-domains: [acme.example]
```

asks that every commit is signed by somebody whom the organisation knows, names a ticket, and was written
and committed with an address of acme.example. `gatepass collect git` writes the evidence
([commits](../commits.md)); each requirement that is written must hold for every commit.

| requirement | holds when |
|---|---|
| `signed: any` | git finds the signature good, whoever's key it is |
| `signed: allowed` | and the key is that of an allowed signer |
| `signers` | and the signer's name fits one of the globs, or the key has one of the fingerprints |
| `ticket` | the expression is found in the subject, or in a trailer as `Name: value` |
| `email-domains` | the domains of author and committer fit one of the globs; capitals make no difference |
| `sign-off` | a `Signed-off-by` trailer has the author's address ([DCO](https://developercertificate.org)) |
| `linear` | there is no merge commit |
| `no-direct-push` | the commits came by a change request |
| `maximum-commits` | there are not more |
| `submodules: refuse` | no submodule is moved, added, removed, or told to come from elsewhere |

Names and addresses in a commit are anybody's to write; only `signed: allowed` tells who it was. Allowed
signers stand in the file that was given to the collector (SSH), or have keys that the keyring of whoever
collects trusts (OpenPGP, X.509). A commit that the forge makes (a merge in its web pages) has the forge's
address and key: add them, or the requirement fails.

`signers` asks for `signed: allowed` by itself. A name is what the file of allowed signers or the keyring
calls whoever has the key, or the address in it; a fingerprint is written in full (`SHA256:…`, or all digits
of an OpenPGP key).

A submodule is code of another repository that few people look at. `allowed-submodules` names paths and
addresses that may change all the same: a submodule moves where its path or its address fits, and where it
gets another address, or is new, that address must fit. Credentials in addresses are left out. What no commit
does and the change does all the same (a merge that keeps the older side) is found as well, and so is any
other change of `.gitmodules`.

For `no-direct-push` the build must be of a change request or a merge queue; in any other build the newest
commit must be a merge whose first parent is the base. A merge can be made and pushed by hand as well: let the
forge protect the branch too.

**What cannot be judged.** A list from a shallow clone, a list whose head is not this build's, a build whose
commit nobody knows, and, for a change request, a list that begins at another commit than the change does:
all missing evidence. For other builds nothing tells where the change begins; it begins where who collects
says. A signature that could not be checked is not a good one.

A finding is about one requirement and one commit. It is known by the commit's patch id where it has one, so
an override outlives a clean rebase; merges and commits that change nothing are known by their ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gatepass.checks._breaches import at_most
from gatepass.checks._check import Check, Judgement, Question
from gatepass.checks._commit_requirements import PARAMETERS, Requirement, mistakes, requirements
from gatepass.checks._commit_submodules import done_by_the_whole
from gatepass.model.build import Event
from gatepass.model.commits import Commit, Commits
from gatepass.model.decision import Finding

# what others need to know of it stands beside it
__all__ = ["CHECK", "Requirement", "requirements"]

_REVIEWED = (Event.CHANGE_REQUEST, Event.MERGE_QUEUE)
_DEEPER = "collect again from the whole history (fetch-depth: 0 on GitHub, GIT_DEPTH: 0 on GitLab)"


def _judge(question: Question) -> Judgement:
    given = [each for each in question.evidence if isinstance(each, Commits)]
    gaps = [(each, _gap(question, each)) for each in given]
    missing = [gap for _, gap in gaps if gap is not None]
    lists = [each for each, gap in gaps if gap is None]
    if not lists:
        return Judgement("; ".join(each.message for each in missing) or "no commits", tuple(missing))
    asked = list(requirements(question.rule))
    commits = [commit for each in lists for commit in each.commits]
    found: dict[str, Finding] = {}
    failing: Counter[str] = Counter()
    for requirement in asked:
        for finding in _refused(question, requirement, commits):
            failing[requirement.failing] += finding.fingerprint not in found
            found.setdefault(finding.fingerprint, finding)
    count = len({commit.sha for commit in commits})
    whole = [*_too_many(question, count), *_pushed(question, lists), *done_by_the_whole(question, lists)]
    said = [f"{count:,} commit{'' if count == 1 else 's'}", *(f"{n:,} {what}" for what, n in failing.items())]
    said += [finding.message for finding in whole]
    merges = len({commit.sha for commit in commits if commit.merge})
    allowed = len({commit.sha for commit in commits if commit.signature.allowed})
    return Judgement(
        " · ".join(said),
        (*missing, *whole, *at_most(question, list(found.values()))),
        (("commits", count), ("merges", merges), ("signed by allowed signers", allowed)),
    )


def _gap(question: Question, listed: Commits) -> Finding | None:
    """Why a list cannot be relied on."""
    name, build = listed.source.name, question.build
    if listed.shallow:
        return question.missing(
            f"{name} is from a shallow clone, so commits may be missing",
            identity=(name, "shallow"),
            fix=_DEEPER,
        )
    if not listed.commits:
        return question.missing(f"{name} lists no commit", identity=(name, "empty"))
    if not build.commits:
        return question.missing("nothing tells which commit this build is of", identity=("build",))
    if not any(_names(each, listed.head) for each in build.commits):
        return question.missing(
            f"{name} is about {listed.head[:12]}, not about this build", identity=(name, "head")
        )
    begins = build.change_request.base if build.change_request else None
    if begins and begins not in (listed.base, listed.merge_base):
        return question.missing(
            f"{name} begins at {listed.base[:12]}, and the change at {begins[:12]}",
            identity=(name, "base"),
            fix="collect without --base, which then is the base of the change request",
        )
    return None


def _names(given: str, sha: str) -> bool:
    """Whether a commit as the command line may tell it, seven digits at least, is this one."""
    return len(given) >= 7 and sha.startswith(given.lower())


def _refused(question: Question, requirement: Requirement, commits: Sequence[Commit]) -> Iterator[Finding]:
    patches = Counter({commit.sha: commit.patch_id for commit in commits}.values())
    for commit in commits:
        refusal = requirement.refusal(commit)
        if refusal is None:
            continue
        lasting = commit.patch_id if commit.patch_id and patches[commit.patch_id] == 1 else commit.sha
        yield question.finding(
            f"{commit.sha[:12]} {refusal}",
            identity=(requirement.name, lasting),
            place=question.rule.place_of(requirement.name),
            details=(f"{commit.subject[:200]} · {commit.author.name} <{commit.author.email}>",),
            fix=question.rule.fix or requirement.fix,
        )


def _too_many(question: Question, count: int) -> Iterator[Finding]:
    most = question.rule.parameters.get("maximum-commits")
    if isinstance(most, int) and count > most:
        yield question.finding(
            f"{count:,} commits are more than {most:,}",
            identity=("maximum-commits",),
            place=question.rule.place_of("maximum-commits"),
            fix=question.rule.fix or "split the change, or squash commits",
        )


def _pushed(question: Question, lists: Sequence[Commits]) -> Iterator[Finding]:
    build = question.build
    if question.rule.parameters.get("no-direct-push") is not True:
        return
    if build.event in _REVIEWED or all(_is_one_merge(each) for each in lists):
        return
    yield question.finding(
        f"{lists[0].head[:12]} was pushed, and came by no change request",
        identity=("no-direct-push",),
        place=question.rule.place_of("no-direct-push"),
        fix=question.rule.fix or "open a change request, and let the forge protect the branch",
    )


def _is_one_merge(listed: Commits) -> bool:
    tip = next((commit for commit in listed.commits if commit.sha == listed.head), None)
    return tip is not None and tip.merge and tip.parents[0] == listed.base


CHECK = Check(
    name="commits",
    title="Signed commits, known authors, tickets",
    evidence=Commits.KIND,
    parameters=PARAMETERS,
    judge=_judge,
    validate=mistakes,
    example="""\
id: commits
title: Every commit is signed by one of us and names its ticket
check: commits
signed: allowed
ticket: "PAY-[0-9]+"
email-domains: [acme.example]
sign-off: true
exclude-merges: true
""",
)
