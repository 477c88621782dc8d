"""What is said about the change."""

from __future__ import annotations

from support.sentences import sentence
from support.stage import Stage


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


@sentence("{who} takes the approval back")
def _takes_back(stage: Stage, who: str) -> None:
    stage.newest_review(who).state = "DISMISSED"


@sentence("{who} edits the text of the approval")
def _edits(stage: Stage, who: str) -> None:
    stage.newest_review(who).edited = stage.now


@sentence("{who} is asked for a review")
def _is_asked(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.requested.append(who)
