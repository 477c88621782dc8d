"""Changes after which a build may pass that failed: each says in so many words that things are otherwise.

Whoever can make a server say them needs no trick. Anything that is not listed must leave a build as it is
that fails: a value that is gone, of another type, or odd says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from support.one_value_case import Altered


@dataclass(frozen=True, slots=True)
class Said:
    """Server, topic and place (``[]`` stands for each entry, a ``*`` for anything), changes, and why."""

    server: str
    topic: str
    place: str
    names: tuple[str, ...]
    why: str

    def covers(self, altered: Altered) -> bool:
        """Whether a change is this."""
        fits = self.fits(altered.case.server, altered.place, altered.name)
        return fits and self.of_topic(altered.topic)

    def fits(self, server: str, place: str, name: str) -> bool:
        """Whether a change is this, under whatever topic."""
        at = fnmatchcase(place.replace("[]", "()"), self.place.replace("[]", "()"))
        return at and name in self.names and server == self.server

    def of_topic(self, topic: str) -> bool:
        """Whether it is about this topic."""
        return fnmatchcase(topic, self.topic)


def said(altered: Altered) -> bool:
    """Whether a change says by itself what lets the build pass."""
    return any(row.covers(altered) for row in SAID)


# what stands at the same key elsewhere
OTHER = ("borrowed",)
GONE = ("deleted",)
FLIPPED = ("flipped",)
WHEN = ("earlier", "later", "borrowed")
NUMBERS = ("another type (0)", "another type (1)", "another type (-1)")
# of what people call things, every other text is another name
TEXT = ("borrowed", "other case", "padded", "shorter", "longer", "half a letter", "another", "with a zero")

SAID: tuple[Said, ...] = (
    Said("gitlab", "approvals", "approved_by[].approved_at", WHEN, "when somebody approved"),
    Said("gitlab", "versions", "[].created_at", WHEN, "when somebody pushed"),
    Said("gitlab", "version", "diffs[].diff", OTHER, "what the change did then"),
    Said("gitlab", "user", "bot", FLIPPED, "whether it is a bot"),
    Said(
        "gitlab", "commits", "[].message", (*TEXT, "emptied", "blank"), "whom the message names as co-authors"
    ),
    Said("gitlab", "member", "access_level", OTHER, "what somebody may do"),
    Said("gitlab", "owners", "*", ("deleted", "other case", "the rest is gone"), "what has which owners"),
    Said("gitlab", "jobs", "[]", GONE, "that there is no such job"),
    Said("gitlab", "jobs", "[].name", TEXT, "which job it is, and which was tried again"),
    Said("gitlab", "jobs", "[].status", OTHER, "how a job ended"),
    Said(
        "azure",
        "pull-request",
        "reviewers[]",
        GONE,
        "that they are no reviewer, so that no vote of theirs stands",
    ),
    Said("azure", "pull-request", "reviewers[].vote", (*OTHER, "zero", "negative"), "how somebody votes"),
    Said("azure", "threads", "value[].publishedDate", WHEN, "when somebody voted"),
    Said("azure", "iterations", "value[].createdDate", WHEN, "when somebody pushed"),
    Said("azure", "iterations", "value[].sourceRefCommit.commitId", OTHER, "what somebody pushed"),
    Said("azure", "changes", "changeEntries[].item.objectId", OTHER, "what the change does"),
    Said("azure", "timeline", "records[]", GONE, "that there is no such job"),
    Said("azure", "timeline", "records[].type", OTHER, "that it is no job, but a stage or a task"),
    Said("azure", "timeline", "records[].state", OTHER, "that a job has not begun"),
    Said("azure", "timeline", "records[].result", OTHER, "how a job ended"),
    Said("azure", "earlier-timeline", "records[].name", OTHER, "which job failed: the gate itself may have"),
    Said("azure", "earlier-timeline", "records[].result", OTHER, "how a job ended"),
    Said("azure", "build*", "*triggerInfo.pr.sourceSha", (*OTHER, "another"), "which commit a run was for"),
    Said("azure", "builds", "value[].id", ("more", "huge"), "which run came first"),
    Said("azure", "builds", "value[].result", OTHER, "how a run ended"),
    Said("bitbucket", "pull-request", "participants[]", GONE, "that they did not take part"),
    Said("bitbucket", "pull-request", "participants[].state", ("null",), "that they decided nothing"),
    Said("bitbucket", "pull-request", "participants[].user.type", OTHER, "whether it is a bot"),
    Said("bitbucket", "activity", "values[].approval.date", WHEN, "when somebody approved"),
    Said("bitbucket", "activity", "values[].update.source.commit.hash", OTHER, "what somebody pushed"),
    Said("bitbucket", "permission", "values[].permission", OTHER, "what somebody may do"),
    Said("bitbucket", "steps", "values[]", GONE, "that there is no such step"),
    Said("bitbucket", "steps", "values[].run_number", ("one",), "how often a step ran"),
    Said("bitbucket", "steps", "values[].state.name", OTHER, "that a step has not begun"),
    Said("bitbucket", "steps", "values[].state.result.name", OTHER, "how a step ended"),
    Said("bitbucket", "steps", "values[].trigger.type", OTHER, "whether a step goes by itself"),
    Said("bitbucket", "pipelines", "values[]", GONE, "that there was no such run"),
    Said("bitbucket", "pipelines", "values[].build_number", ("more", "huge"), "which run came first"),
    Said("bitbucket", "pipelines", "values[].state.result.name", OTHER, "how a run ended"),
    Said("bitbucket", "pipeline*", "*target.selector.pattern", TEXT, "which pipeline of the file it was"),
    Said("sonarqube", "status", "projectStatus.status", OTHER, "whether the gate is met"),
    Said("sonarqube", "status", "projectStatus.conditions[].actualValue", OTHER, "how much is covered"),
    Said(
        "sonarqube",
        "status",
        "projectStatus.conditions[].errorThreshold",
        ("shorter", "zero", "negative", *NUMBERS),
        "how much must be covered",
    ),
    Said("sonarqube", "analyses", "analyses[].revision", OTHER, "which commit was analysed"),
    Said("sonarqube", "newest", "analyses[].key", OTHER, "which analysis is the newest"),
    Said("sonarqube", "issues", "issues[].severity", OTHER, "how bad an issue is"),
    Said("sonarqube", "issues", "issues[].type", OTHER, "whether an issue is one of security"),
    Said("sonarqube", "issues", "issues[].issueStatus", OTHER, "that an issue was accepted, or is gone"),
    Said("snyk", "issues", "data[].attributes.effective_severity_level", OTHER, "how bad an issue is"),
    Said(
        "snyk",
        "projects",
        "data[].meta.cli_monitored_at",
        ("null", "deleted", "later"),
        "that nobody handed anything in since",
    ),
    Said(
        "snyk",
        "projects",
        "data[].attributes.tags",
        ("null", "emptied", "deleted"),
        "that no tag tells the commit",
    ),
    Said("snyk", "projects", "data[].attributes.tags[]", GONE, "that no tag tells the commit"),
    Said("snyk", "projects", "data[].attributes.tags[].key", (*TEXT, "blank"), "that the tag is another one"),
    Said("snyk", "projects", "data[].attributes.tags[].value", OTHER, "which commit was tested"),
    Said("files", "scan.sarif", "runs[].results", ("emptied",), "that nothing was found"),
    Said(
        "files",
        "scan.sarif",
        "runs[].tool.driver.rules[].defaultConfiguration",
        ("null", "emptied", "deleted", "with odd keys"),
        "the level that the standard gives then: warning",
    ),
    Said(
        "files",
        "scan.sarif",
        "runs[].tool.driver.rules[].defaultConfiguration.level",
        ("null", "deleted"),
        "as above",
    ),
    Said(
        "files",
        "scan.sarif",
        "runs[].tool.driver.rules[].properties",
        ("null", "emptied", "deleted", "with odd keys"),
        "that nobody judged how bad it is",
    ),
    Said(
        "files",
        "scan.sarif",
        "runs[].tool.driver.rules[].properties.security-severity",
        ("null", "emptied", "blank", "deleted", *NUMBERS),
        "how bad it is, or that nobody judged it",
    ),
)
