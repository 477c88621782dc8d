"""Evidence: who this run is, in the words of a token that the platform signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gatepass.model.build import Assurance, Build
from gatepass.model.pipeline import Runner
from gatepass.model.source import Source


@dataclass(frozen=True, slots=True)
class TokenActor:
    """Somebody a token names; ``id`` is what is compared, ``login`` is for people and may be given anew."""

    role: str
    login: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The claims of an OpenID Connect token of the run (OpenID Connect Core 1.0, section 2).

    ``verified`` tells that the token's signature fits a key of ``issuer``'s set ``jwks_sha256`` and that it
    was valid when it was asked for; ``trouble`` says why not. ``actors`` have the roles of `Build.actors`.
    ``subject`` is for reading only: its form is the owner's to change, so nothing is matched by it. Ids are
    compared first: ``repository_id``, ``owner_id``. ``workflow`` is the definition that ran,
    ``reusable_workflow`` the one that it called and that holds this job; both with their refs, ``…_sha``
    are their commits. ``claims`` are all of them, as text, in order of their names.
    """

    KIND: ClassVar[str] = "identity"

    source: Source
    issuer: str
    subject: str
    audience: tuple[str, ...]
    issued: datetime
    expires: datetime
    verified: bool = False
    trouble: str | None = None
    jwks_sha256: str | None = None
    actors: tuple[TokenActor, ...] = ()
    repository: str | None = None
    repository_id: str | None = None
    owner_id: str | None = None
    ref: str | None = None
    ref_protected: bool | None = None
    commit: str | None = None
    event: str | None = None
    run: str | None = None
    attempt: int | None = None
    environment: str | None = None
    environment_protected: bool | None = None
    runner: Runner | None = None
    workflow: str | None = None
    workflow_sha: str | None = None
    reusable_workflow: str | None = None
    reusable_workflow_sha: str | None = None
    claims: tuple[tuple[str, str], ...] = ()
    assurance: Assurance = Assurance.SELF_ASSERTED

    def other_than(self, build: Build) -> str | None:
        """What shows that the token is another build's, in words; None when nothing does.

        The repository is compared by its id where both sides know it, by its name otherwise.
        """
        run, attempt = build.run.id, build.run.attempt
        by_id = self.repository_id is not None and build.repository_id is not None
        mine = self.repository_id if by_id else self.repository
        told = build.repository_id if by_id else build.repository
        if mine and told and mine.casefold() != told.casefold():
            return f"the repository {mine}, not {told}"
        if self.run and run and self.run != run:
            return f"the run {self.run}, not {run}"
        if self.attempt is not None and attempt is not None and self.attempt != attempt:
            return f"attempt {self.attempt} at the run, not {attempt}"
        if self.commit and self.commit not in build.commits:
            return f"the commit {self.commit[:12]}"
        return None

    def is_of_run(self, build: Build) -> bool:
        """Whether it names this very run, so that no token of another could stand in its place."""
        return bool(self.run) and self.run == build.run.id and self.other_than(build) is None
