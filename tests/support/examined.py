"""A workspace with a policy, a forge on loopback, and what an examination says of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gatepass.examining import Examination, Line, Mark
from gatepass.examining._examine import Wish, examine
from gatepass.request import Request
from support import github_stage, sentences
from support.loopback import Answering, Heard, Reply, Server, serving

HEAD = "apiVersion: gatepass/v1\nkind: Policy\nmetadata: {name: release}\n"
REVIEWED = "{id: reviewed, check: approvals, minimum: 1}"
REPO = github_stage.REPO


def a_policy(*rules: str, more: str = "") -> str:
    return f"{HEAD}{more}rules:\n" + "".join(f"  - {each}\n" for each in rules)


def a_token() -> str:
    """Another one each time, so that nothing can know it."""
    return secrets.token_urlsafe(30)


@dataclass(frozen=True)
class Examined:
    """An examination, with what was asked for it."""

    examination: Examination
    server: Server | None = None
    token: str = field(default="", repr=False)

    def lines(self, id_: str) -> list[Line]:
        return [each for each in self.examination.lines if each.id == id_]

    def line(self, id_: str) -> Line:
        (found,) = self.lines(id_)
        return found

    def missing(self) -> dict[str, str]:
        """What is missing, by the names for people."""
        return {each.what: each.said for each in self.examination.lines if each.mark is Mark.MISSING}

    def everything(self) -> str:
        return repr(self.examination)


def with_answers(routes: Answering, answers: Mapping[str, object]) -> Answering:
    """The routes, but for these paths."""

    def answer(heard: Heard) -> Reply:
        found = answers.get(heard.path)
        if found is None:
            return routes(heard)
        made = found(heard) if callable(found) else found
        return made if isinstance(made, Reply) else Reply(made)

    return answer


@contextmanager
def github(folder: Path, answers: Mapping[str, object] = {}) -> Iterator[tuple[Server, dict[str, str]]]:
    """A pull request at GitHub, and the variables of the run that judges it, with a token of its own."""
    stage = sentences.play(["alice opens a change request", "bob approves"])
    told = {
        "/graphql": {"data": {"viewer": {"login": "github-actions[bot]"}}},
        REPO: {"full_name": github_stage.REPOSITORY},
        f"{REPO}/commits": [],
        f"{REPO}/rules/branches/main": [],
        f"{REPO}/branches/main/protection": {},
        **answers,
    }
    with serving(with_answers(github_stage.routes(stage), told)) as server:
        yield server, {**github_stage.environment(stage, server.url, folder), "GITHUB_TOKEN": a_token()}


def examined(
    root: Path,
    policy: str,
    environment: Mapping[str, str],
    *,
    server: Server | None = None,
    ahead: timedelta = timedelta(),
    wish: Wish | None = None,
    **request: Any,
) -> Examined:
    """Examine a workspace with one policy; ``ahead`` is by how much the local clock is ahead."""
    root.mkdir(exist_ok=True)
    (root / "policy.yaml").write_text(policy)
    given = {"policies": ("policy.yaml",), "unsigned": True, **request}

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    wish = wish or Wish(patience=20)
    made = examine(Request(root, **given), environment, clock, wish)
    return Examined(made, server, environment.get("GITHUB_TOKEN", ""))
