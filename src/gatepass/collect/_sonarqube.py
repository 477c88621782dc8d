"""Asking SonarQube, Server or Cloud: the way in, and its numbered pages.

The address comes from the environment alone. ``report-task.txt`` names one too, but the build wrote that: a
token goes to no host that a file of the build chose.

https://docs.sonarsource.com/sonarqube-server/latest/extension-guide/web-api/
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

from gatepass.collect._asking import MOST_PAGES, Asking
from gatepass.collect._collector import Asked
from gatepass.errors import CollectionError
from gatepass.https import Budget, Client, Response
from gatepass.model.collection import Answer
from gatepass.model.facts import Json

NEEDS = "the token needs Browse and Execute Analysis on the project; see docs/collect/sonarqube.md"
_CLOUD = ("sonarcloud.io", "sonarqube.us")
_BEARER_SINCE = 10
_VERSION = re.compile(r"\d{1,6}(?:\.\d{1,10}){0,4}")

Entry = dict[str, Json]


def asking(asked: Asked, kind: str) -> Asking:
    """Questions with the token of the environment. Raises `CollectionError` without address or token."""
    unauthorised, token = way(asked)
    base, budget = unauthorised.base, unauthorised.budget
    version = unauthorised.get("api/server/version", accept="text/plain", also=(401, 403, 404))
    client = _client(asked, base, budget, Authorization=authorization(base, version, token))
    made = Asking(client, "sonarqube", kind, asked.now, asked.producer)
    made.answers.append(Answer("version", version.url, version.status, version.body))
    return made


def way(asked: Asked) -> tuple[Client, str]:
    """Questions without the token, and the token. Raises `CollectionError` without address or token."""
    base = asked.environment.get("SONAR_HOST_URL", "").strip().rstrip("/")
    if not base:
        raise CollectionError(
            "nothing tells which SonarQube to ask",
            hint="set SONAR_HOST_URL; that of SonarQube Cloud is https://sonarcloud.io",
        )
    token = asked.environment.get("SONAR_TOKEN", "").strip()
    if not token:
        raise CollectionError("there is no token for SonarQube", hint="set SONAR_TOKEN for this step alone")
    return _client(asked, base, Budget()), token


def _client(asked: Asked, base: str, budget: Budget, **headers: str) -> Client:
    return Client(
        base=base,
        headers={"User-Agent": asked.producer.replace(" ", "/"), **headers},
        sleep=asked.sleep,
        say=asked.say,
        needs=NEEDS,
        variable="SONAR_TOKEN",
        environment=asked.environment,
        budget=budget,
    )


def authorization(base: str, version: Response, token: str) -> str:
    """Servers before 10.0 know no bearer and take the token for a login without a password."""
    told = version.body.strip() if version.status < 300 else ""
    host = (urlsplit(base).hostname or "").casefold()
    if not any(host == each or host.endswith(f".{each}") for each in _CLOUD):
        major = told.partition(".")[0]
        if _VERSION.fullmatch(told) and int(major) < _BEARER_SINCE:
            return f"Basic {base64.b64encode(f'{token}:'.encode()).decode()}"
    return f"Bearer {token}"


def path_of(endpoint: str, **parameters: str | int | None) -> str:
    """The path of a question; parameters that are None or empty are left out."""
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    return f"api/{endpoint}?{urlencode(given)}" if given else f"api/{endpoint}"


def document(made: Asking, topic: str, path: str, *, about: str = "", also: tuple[int, ...] = ()) -> Entry:
    """One answer; empty for one of the statuses in ``also``."""
    response = made.text(topic, path, about=about, also=also)
    return _object(made, topic, response) if response.status < 300 else {}


def numbered(
    made: Asking, topic: str, path: str, key: str, *, size: int, about: str = ""
) -> Iterator[tuple[list[Entry], int]]:
    """The pages of a list, each with how many entries the server says there are in all."""
    joined = f"{path}{'&' if '?' in path else '?'}ps={size}"
    for page in range(1, MOST_PAGES + 1):
        answer = document(made, topic, f"{joined}&p={page}", about=about)
        entries = answer.get(key)
        if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            raise CollectionError(f"{made.client.base} answered about {topic} with a page without {key}")
        total = _total(answer)
        if total is None:
            raise CollectionError(f"{made.client.base} does not tell how many {key} there are")
        yield [each for each in entries if isinstance(each, dict)], total
        if page * size >= total:
            return
    raise CollectionError(f"{made.client.base} has no end of pages about {topic}")


def _total(answer: Entry) -> int | None:
    paging = answer.get("paging")
    total = paging.get("total") if isinstance(paging, dict) else answer.get("total")
    whole = isinstance(total, int) and not isinstance(total, bool) and total >= 0
    return total if whole and isinstance(total, int) else None


def _object(made: Asking, topic: str, response: Response) -> Entry:
    found = response.json()
    if not isinstance(found, dict):
        raise CollectionError(f"{made.client.base} answered about {topic} with something odd")
    return found
