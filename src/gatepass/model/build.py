"""The build: what is judged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Assurance(StrEnum):
    """How we know who somebody is, strongest first."""

    OIDC = "oidc"
    SIGNATURE = "signature"
    PLATFORM_API = "platform-api"
    SELF_ASSERTED = "self-asserted"


class Event(StrEnum):
    """What made the pipeline run."""

    PUSH = "push"
    CHANGE_REQUEST = "change-request"
    MERGE_QUEUE = "merge-queue"
    TAG = "tag"
    SCHEDULE = "schedule"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or machine that acted: ``role`` is what it did (``author``, ``triggered-by``, …)."""

    role: str
    login: str
    id: str | None = None
    assurance: Assurance = Assurance.SELF_ASSERTED


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A pull or merge request: ``head`` is the commit under review, not a trial merge of it.

    ``source_repository`` is the one that ``source_branch`` is of: that of a fork is nothing of ours, whatever
    the branch is called. It serves those who ask, and is not recorded.
    """

    number: str
    head: str | None = None
    base: str | None = None
    source_branch: str | None = None
    target_branch: str | None = None
    author: str | None = None
    url: str | None = None
    source_repository: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a pipeline; ``attempt`` counts from 1."""

    id: str | None = None
    attempt: int | None = None
    url: str | None = None
    workflow: str | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """An output of the build, by digest: ``digest`` maps an algorithm to lower-case hex."""

    name: str
    digest: tuple[tuple[str, str], ...]
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Build:
    """What is judged.

    ``repository`` is ``owner/name`` as the forge writes it; ``repository_id`` stays its own when it is
    renamed. ``commit`` is the commit that the pipeline
    runs on; ``other_commits`` are those that mean the same build (a change request's head where the
    pipeline runs on a trial merge). ``branch`` is None for a tag.
    """

    platform: str
    repository: str | None = None
    commit: str | None = None
    other_commits: tuple[str, ...] = ()
    ref: str | None = None
    branch: str | None = None
    tag: str | None = None
    event: Event = Event.MANUAL
    change_request: ChangeRequest | None = None
    run: Run = Run()
    actors: tuple[Actor, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    changed_paths: tuple[str, ...] | None = None
    repository_id: str | None = None

    @property
    def commits(self) -> tuple[str, ...]:
        """Every commit that evidence for this build may name."""
        first = (self.commit,) if self.commit else ()
        return first + tuple(c for c in self.other_commits if c not in first)

    @property
    def head(self) -> str | None:
        """The commit that people review: a change request's head, else the commit."""
        if self.change_request and self.change_request.head:
            return self.change_request.head
        return self.commit

    @property
    def scope_branch(self) -> str | None:
        """The branch that a policy's scope looks at: a change request's target, else the branch."""
        if self.change_request and self.change_request.target_branch:
            return self.change_request.target_branch
        return self.branch
