"""GitHub on loopback, as stage two meets it: it tells what happened, and takes statuses and comments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from support import github_stage, sentences
from support.loopback import Heard, Reply, Server, serving
from support.stage import Stage

ACTIONS = {"data": {"viewer": {"login": "github-actions[bot]", "databaseId": 41898282}}}


@contextmanager
def forge(*happened: str) -> Iterator[tuple[Stage, Server]]:
    """The forge after what the sentences say happened; it remembers what it was told."""
    stage = sentences.play(list(happened))
    answer = github_stage.routes(stage)

    def answering(heard: Heard) -> Reply:
        if heard.method == "POST" and heard.path == "/graphql" and b"viewer" in heard.body:
            return Reply(ACTIONS)
        if heard.method == "POST" and heard.path != "/graphql":
            return Reply({"id": 1, "html_url": "https://git.acme.example/1"}, 201)
        return Reply([]) if heard.path.endswith("/comments") else answer(heard)

    with serving(answering) as server:
        yield stage, server
