"""A stage as GitLab would tell of it: who is who, and what they may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from support.loopback import Heard, Reply
from support.stage import Person, Stage

API = "/api/v4"
PROJECT = f"{API}/projects/acme%2Fpayments"
GHOST = {"id": 999, "username": "ghost", "name": "Ghost User", "state": "active"}
GONE = Reply({"message": "404 Not found"}, 404)

Answers = dict[str, Callable[..., object]]


def user_of(person: Person) -> dict[str, Any]:
    """An account; that of somebody who is gone is the ghost user."""
    if person.gone:
        return GHOST
    return {"id": person.id, "username": person.login, "name": person.login.title(), "state": "active"}


def node_of(person: Person) -> dict[str, Any]:
    """An account as GraphQL has it."""
    return {**user_of(person), "id": f"gid://gitlab/User/{user_of(person)['id']}", "bot": person.bot}


def people(stage: Stage) -> Answers:
    """Answers about accounts, members and groups."""
    levels = {"read": 10, "triage": 20, "write": 30, "maintain": 40, "admin": 50}

    def by_id(number: str) -> Person | None:
        return next(
            (each for each in stage.people.values() if str(each.id) == number and not each.gone), None
        )

    def user(_: Heard, number: str) -> object:
        person = by_id(number)
        if number == str(GHOST["id"]):
            return {**GHOST, "bot": False}
        return {**user_of(person), "bot": person.bot} if person else GONE

    def member(_: Heard, number: str) -> object:
        person = by_id(number)
        return {**user_of(person), "access_level": levels[person.permission]} if person else GONE

    def group(_: Heard, path: str) -> object:
        return {"id": 5, "full_path": path} if path in stage.teams else GONE

    def membership(_: Heard, path: str, number: str) -> object:
        person = by_id(number)
        inside = person is not None and person.login in stage.teams.get(path, ())
        return {**user_of(person), "access_level": 30} if person and inside else GONE

    return {
        rf"{API}/user": lambda _: {"id": 900, "username": "project_77_bot_1a", "bot": True},
        rf"{API}/users/(\d+)": user,
        rf"{PROJECT}/members/(?:all/)?(\d+)": member,
        rf"{API}/groups/([^/]+)": group,
        rf"{API}/groups/([^/]+)/members/(\d+)": membership,
    }


def at(when: datetime) -> str:
    """An instant as GitLab writes it."""
    return f"{when:%Y-%m-%dT%H:%M:%S.120Z}"
