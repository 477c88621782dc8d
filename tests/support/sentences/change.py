"""What is done to the change."""

from __future__ import annotations

import re
from dataclasses import replace

from support.sentences import sentence
from support.stage import Commit, Stage


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


def _paths(text: str) -> list[str]:
    return [each.strip() for each in re.split(r",| and ", text) if each.strip()]
