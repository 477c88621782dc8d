"""Stories: what happened to a change, sentence by sentence, as people tell it.

A story is a list of sentences (`SENTENCES` below says which there are) that are played one after the other on
a `Stage`: ten minutes pass between two of them. What stands on the stage in the end is what a forge would
know; `tests/support/github_stage.py` makes a forge of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
        return "failure" if any(job.conclusion == "failure" for job in self.jobs) else "success"


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
    deployments: list[tuple[str, str, str]] = field(default_factory=list)
    code_owners: str | None = None
    workflow: str = "jobs:\n  build:\n    steps:\n      - uses: ./local\n"
    troubles: dict[str, int] = field(default_factory=dict)
    listed: int | None = None
    token: str | None = None

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


Play = Callable[..., None]
SENTENCES: list[tuple[re.Pattern[str], Play]] = []
_NAME = r"[a-z][a-z0-9-]*(?:\[bot\])?"


def sentence(form: str) -> Callable[[Play], Play]:
    """Register how a sentence is played. ``{who}`` is a login, ``{what}`` anything, ``[…]`` may be absent."""
    pattern = re.escape(form).replace(r"\[", "(?:").replace(r"\]", ")?")
    pattern = re.sub(r"\\{(\w+)\\}", lambda m: f"(?P<{m[1]}>{_KINDS.get(m[1], _NAME)})", pattern)

    def register(play: Play) -> Play:
        SENTENCES.append((re.compile(pattern), play))
        return play

    return register


_KINDS = {
    "what": r".+",
    "team": r"[\w-]+/[\w-]+",
    "permission": r"read|triage|write|maintain|admin",
    "paths": r"[\w./, *-]+?",
    "job": r"[\w./ ()-]+?",
    "status": r"\d{3}",
    "count": r"\d+",
    "address": r"\S+@\S+",
    "ending": r"succeeds|fails|is skipped|is cancelled|is neutral|is still running|times out",
}
_ENDINGS = {
    "succeeds": "success",
    "fails": "failure",
    "is skipped": "skipped",
    "is cancelled": "cancelled",
    "is neutral": "neutral",
    "is still running": None,
    "times out": "timed_out",
}


def play(sentences: list[str]) -> Stage:
    """The stage after all sentences. Raises ``ValueError`` for one that nobody knows."""
    stage = Stage()
    for each in sentences:
        for pattern, acted in SENTENCES:
            if match := pattern.fullmatch(each):
                acted(stage, **{name: value for name, value in match.groupdict().items() if value})
                stage.now += STEP
                break
        else:
            forms = "\n  ".join(pattern.pattern for pattern, _ in SENTENCES)
            raise ValueError(f"nobody knows how to play: {each!r}; there is\n  {forms}")
    return stage


def _paths(text: str) -> list[str]:
    return [each.strip() for each in re.split(r",| and ", text) if each.strip()]


# people


@sentence("{who} is a bot")
def _is_a_bot(stage: Stage, who: str) -> None:
    stage.who(who).bot = True


@sentence("{who} may {permission}")
def _may(stage: Stage, who: str, permission: str) -> None:
    stage.who(who).permission = permission


@sentence("{who} has the address {address}")
def _has_the_address(stage: Stage, who: str, address: str) -> None:
    stage.who(who).email = address


@sentence("{who} joins the team {team}")
def _joins(stage: Stage, who: str, team: str) -> None:
    stage.who(who)
    stage.teams.setdefault(team, set()).add(who)


@sentence("{who} leaves the team {team}")
def _leaves_team(stage: Stage, who: str, team: str) -> None:
    stage.teams[team].remove(who)


@sentence("{who} loses the account")
def _loses_the_account(stage: Stage, who: str) -> None:
    stage.who(who).gone = True


# the change


@sentence("{who} opens a change request[ from a fork][ that changes {paths}]")
def _opens(stage: Stage, who: str, paths: str = "") -> None:
    stage.opened_by = who
    stage.commit(who, _paths(paths), [])
    stage.push(who)


@sentence("the change request comes from a fork")
def _from_a_fork(stage: Stage) -> None:
    stage.fork = True


@sentence("{who} pushes a commit[ that changes {paths}][ together with {other}][ written by {author}]")
def _pushes(stage: Stage, who: str, paths: str = "", other: str = "", author: str = "") -> None:
    stage.commit(who, _paths(paths), [other] if other else [], author or None)
    stage.push(who)


@sentence("main moves on")
def _main_moves_on(stage: Stage) -> None:
    stage.main += 1


@sentence("{who} rebases without changing anything")
def _rebases(stage: Stage, who: str) -> None:
    stage.main += 1
    stage.commits = [replace(each, base=stage.base, committer=who) for each in stage.commits]
    stage.push(who, forced=True)


@sentence("{who} rebases and changes a line")
def _rebases_and_changes(stage: Stage, who: str) -> None:
    stage.main += 1
    stage.commits = [replace(each, base=stage.base, committer=who) for each in stage.commits]
    last = stage.commits[-1]
    more = {path: (*lines, "one line more") for path, lines in last.edits.items()}
    stage.commits[-1] = replace(last, edits=more)
    stage.push(who, forced=True)


@sentence("{who} merges main into it")
def _merges_main(stage: Stage, who: str) -> None:
    stage.main += 1
    stage.commits.append(Commit(who, who, {}, stage.base, merge=True))
    stage.push(who)


@sentence("{who} merges main into it and slips something in")
def _merges_and_slips(stage: Stage, who: str) -> None:
    stage.main += 1
    stage.commits.append(
        Commit(who, who, {"src/payments/refund.py": ("slipped in",)}, stage.base, merge=True)
    )
    stage.push(who)


@sentence("the merge queue takes it up")
def _queue(stage: Stage) -> None:
    stage.queued = True


@sentence("{who} pushes a commit to main")
def _pushes_to_main(stage: Stage, who: str) -> None:
    stage.commit(who, [], [])
    stage.push(who)
    stage.pushed = True


# reviews


@sentence("{who} approves")
def _approves(stage: Stage, who: str) -> None:
    stage.review(who, "APPROVED")


@sentence("{who} asks for changes")
def _asks_for_changes(stage: Stage, who: str) -> None:
    stage.review(who, "CHANGES_REQUESTED")


@sentence("{who} comments")
def _comments(stage: Stage, who: str) -> None:
    stage.review(who, "COMMENTED")


@sentence("{who} comments {count} times")
def _comments_often(stage: Stage, who: str, count: str) -> None:
    for _ in range(int(count)):
        stage.review(who, "COMMENTED")


@sentence("{who} begins a review")
def _begins_a_review(stage: Stage, who: str) -> None:
    stage.review(who, "PENDING")


@sentence("{who} dismisses the review of {whom}")
def _dismisses(stage: Stage, who: str, whom: str) -> None:
    stage.who(who)
    stage.newest_review(whom).state = "DISMISSED"


@sentence("{who} edits the text of the approval")
def _edits(stage: Stage, who: str) -> None:
    stage.newest_review(who).edited = stage.now


@sentence("{who} is asked for a review")
def _is_asked(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.requested.append(who)


# the pipeline


@sentence("{who} sets off the pipeline")
def _sets_off(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.attempts.append(Attempt(who, stage.now, stage.head))


@sentence("{who} re-runs the pipeline")
def _re_runs(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.attempts.append(Attempt(who, stage.now, stage.head))


@sentence("the job {job} {ending}")
def _job(stage: Stage, job: str, ending: str) -> None:
    stage.attempts[-1].jobs.append(Job(job, _ENDINGS[ending]))


@sentence("the job {job} succeeds on a machine of our own")
def _job_of_our_own(stage: Stage, job: str) -> None:
    stage.attempts[-1].jobs.append(Job(job, "success", runner="Default"))


@sentence("{who} lets it go to {environment}")
def _lets_it_go(stage: Stage, who: str, environment: str) -> None:
    stage.who(who)
    stage.deployments.append((environment, "approved", who))


@sentence("{who} does not let it go to {environment}")
def _does_not_let_it_go(stage: Stage, who: str, environment: str) -> None:
    stage.who(who)
    stage.deployments.append((environment, "rejected", who))


@sentence("the workflow uses {what}")
def _uses(stage: Stage, what: str) -> None:
    stage.workflow += f"      - uses: {what}\n"


# what goes wrong


@sentence("the forge answers {status} about {what}")
def _trouble(stage: Stage, status: str, what: str) -> None:
    stage.troubles[what] = int(status)


@sentence("the forge tells {count} of the reviews")
def _cut_off(stage: Stage, count: str) -> None:
    stage.listed = int(count)


# tokens


@sentence("the platform vouches for {who}")
def _vouches(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.token = who
