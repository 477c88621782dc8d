"""Stories: what happened to a change, sentence by sentence, as people tell it.

A story is a list of sentences (`tests/support/sentences` says which there are) that are played one after the
other on a `Stage`: ten minutes pass between two of them. What stands on the stage in the end is what a forge
would know; `tests/support/github_stage.py` makes a forge of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=10)
NUMBER = 482


@dataclass
class Person:
    """Somebody with an account; ``gone`` when the account was deleted."""

    login: str
    id: int
    bot: bool = False
    gone: bool = False
    permission: str = "write"
    email: str = ""


@dataclass
class Commit:
    """A commit of the change; ``edits`` maps a path to the lines that it adds there."""

    author: str
    committer: str
    edits: dict[str, tuple[str, ...]]
    base: str
    co_authors: tuple[str, ...] = ()
    merge: bool = False
    salt: str = ""

    @property
    def sha(self) -> str:
        """Another one for another content, author or place in history."""
        said = repr(
            (self.author, self.committer, self.edits, self.base, self.co_authors, self.merge, self.salt)
        )
        return hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Review:
    """A review as the forge lists it: a dismissal rewrites it in place."""

    by: str
    state: str
    commit: str
    at: datetime
    id: int
    edited: datetime | None = None


@dataclass
class Job:
    """A job of one attempt; ``conclusion`` is None while it runs."""

    name: str
    conclusion: str | None
    runner: str = "GitHub Actions"


@dataclass
class Attempt:
    """One attempt at the pipeline of a commit."""

    by: str
    at: datetime
    commit: str
    jobs: list[Job] = field(default_factory=list)

    @property
    def conclusion(self) -> str:
        """How it ended, by its jobs."""
        ended = {job.conclusion for job in self.jobs}
        return next((each for each in ("failure", "cancelled") if each in ended), "success")


@dataclass
class Report:
    """What a program (``app``) or an account says of the commit beside the pipeline: it may say anything."""

    name: str
    by: str
    conclusion: str | None
    app: bool


@dataclass
class Act:
    """Something that is done to the file of an override; ``more`` says how, by name."""

    what: str
    who: str
    override: str
    at: datetime
    more: dict[str, str] = field(default_factory=dict)


@dataclass
class Stage:
    """Everything that the sentences so far have set up."""

    now: datetime = START
    people: dict[str, Person] = field(default_factory=dict)
    teams: dict[str, set[str]] = field(default_factory=dict)
    opened_by: str | None = None
    fork: bool = False
    queued: bool = False
    pushed: bool = False
    main: int = 0
    commits: list[Commit] = field(default_factory=list)
    versions: dict[str, list[Commit]] = field(default_factory=dict)
    pushers: list[tuple[str, str, datetime, bool]] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    deployments: list[tuple[str, str, str]] = field(default_factory=list)
    code_owners: str | None = None
    workflow: str = "jobs:\n  build:\n    steps:\n      - run: make\n"
    troubles: dict[str, int] = field(default_factory=dict)
    listed: int | None = None
    token: str | None = None
    token_flaw: str | None = None
    token_handed_in: str | None = None
    claims: dict[str, str] = field(default_factory=dict)
    judged: datetime = START
    acts: list[Act] = field(default_factory=list)
    known_keys: list[tuple[str, str]] = field(default_factory=list)
    merge: str = "7e" * 20

    @property
    def base(self) -> str:
        """The commit of main that the change begins at."""
        return hashlib.sha1(f"main {self.main}".encode(), usedforsecurity=False).hexdigest()

    @property
    def head(self) -> str:
        """The newest commit of the change."""
        return self.commits[-1].sha

    def who(self, login: str) -> Person:
        """The person of that name; everybody who is named exists."""
        if login not in self.people:
            number = 1000 + len(self.people)
            self.people[login] = Person(login, number, email=f"{login}@acme.example")
        return self.people[login]

    def push(self, by: str, *, forced: bool = False) -> None:
        """The change is at its newest commit now."""
        self.who(by)
        self.versions[self.head] = list(self.commits)
        self.pushers.append((by, self.head, self.now, forced))

    def commit(self, by: str, paths: list[str], co_authors: list[str], author: str | None = None) -> None:
        """Add a commit that adds a line to each of the files."""
        line = f"line {len(self.versions) + 1}"
        edits = dict.fromkeys(paths or ["src/payments/refund.py"], (line,))
        for each in (by, author or by, *co_authors):
            self.who(each)
        self.commits.append(
            Commit(author or by, by, edits, self.base, tuple(co_authors), salt=str(len(self.versions)))
        )

    def review(self, by: str, state: str) -> None:
        """Somebody reviews the change as it is now."""
        self.who(by)
        self.reviews.append(Review(by, state, self.head, self.now, 5000 + len(self.reviews)))

    def newest_review(self, by: str) -> Review:
        """What somebody said last."""
        return next(each for each in reversed(self.reviews) if each.by == by)
