"""Asking Snyk: the way in, the pages of its REST interface, and which projects are this build's.

https://docs.snyk.io/snyk-api/rest-api/about-the-rest-api
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked
from gatepass.errors import CollectionError, UsageError
from gatepass.https import Client, Response
from gatepass.model.build import ChangeRequest
from gatepass.model.facts import Json

VERSION = "2024-10-15"
NEEDS = "SNYK_TOKEN needs View Organization, View Project and View Project Ignores; see docs/collect/snyk.md"
_API = "https://api.snyk.io"
_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PREFIX = re.compile(r"/*(?:/(?:rest|v1))?/*$")
_META = {"meta.latest_issue_counts": "true", "meta.latest_dependency_total": "true"}
_CODE = "sast"

Entry = dict[str, Json]


def asking(asked: Asked, kind: str) -> Asking:
    """Questions with the token of the environment. Raises `CollectionError` when there is none."""
    token = asked.environment.get("SNYK_TOKEN", "").strip()
    if not token:
        raise CollectionError("there is no token for Snyk", hint="set SNYK_TOKEN for this step alone")
    client = Client(
        # people write it with or without the part that tells the interface
        base=_PREFIX.sub("", asked.environment.get("SNYK_API", "").strip() or _API),
        headers={"Authorization": f"token {token}", "User-Agent": asked.producer.replace(" ", "/")},
        sleep=asked.sleep,
        say=asked.say,
        needs=NEEDS,
        variable="SNYK_TOKEN",
        environment=asked.environment,
    )
    return Asking(client, "snyk", kind, asked.now, asked.producer)


def organisation(asked: Asked) -> str:
    """The id of the organisation."""
    found = asked.options.get("org") or asked.environment.get("SNYK_CFG_ORG", "")
    if not _ID.fullmatch(found):
        raise CollectionError(
            "nothing tells the organisation at Snyk by its id",
            hint="give the option org, or set SNYK_CFG_ORG; its settings show the id",
        )
    return found


def rest(path: str, **parameters: str) -> str:
    """The path of a question to the REST interface."""
    return f"rest/{path}?{urlencode({'version': VERSION, **parameters})}"


def entries(
    made: Asking, topic: str, path: str, *, about: str = "", also: tuple[int, ...] = ()
) -> list[Entry]:
    """The entries of all pages. Raises `CollectionError` for a page without a list of objects."""

    def following(response: Response) -> str | None:
        return _next(made.client.base, response)

    found: list[Entry] = []
    for page in made.all(topic, path, about=about, also=also, following=following):
        listed = page.get("data") if isinstance(page, dict) else None
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise CollectionError(f"{made.client.base} answered about {topic} with a page without data")
        found += [each for each in listed if isinstance(each, dict)]
    return found


def projects_of(made: Asking, asked: Asked, org: str, *, code: bool) -> list[str]:
    """The ids of the projects to ask about: of Snyk Code, or of dependencies.

    They are those that the option names, else those of the repository and branch that is built. Raises
    `CollectionError` when there are none.
    """
    named = [each.strip() for each in asked.options.get("projects", "").split(",") if each.strip()]
    if named:
        found = [_named(made, org, each) for each in dict.fromkeys(named)]
        what = "the option projects"
    else:
        target, reference = _wanted(asked)
        found = _of_target(made, org, target, reference)
        what = f"{target} at {reference}"
        made.about.update({"target": target, "reference": reference})
    fitting = [each for each in found if _fits(each, code=code)]
    if not fitting:
        kind = "of Snyk Code" if code else "with dependencies"
        raise CollectionError(
            f"Snyk has no project {kind} for {what}",
            hint="monitor it first (snyk monitor --target-reference=BRANCH), or give the option projects",
        )
    ids = [str(each.get("id")) for each in fitting]
    if not all(_ID.fullmatch(each) for each in ids):
        raise CollectionError("Snyk lists a project without an id")
    return ids


def _wanted(asked: Asked) -> tuple[str, str]:
    change = asked.build.change_request
    if change and not asked.options.get("reference") and _is_of_a_fork(asked, change):
        raise CollectionError(
            "the change is of a fork, whose branches Snyk knows as nothing of this repository's",
            hint="test it in the pipeline (snyk test --json), or give the option reference and the rule "
            "`same-branch: false`",
        )
    branch = change.source_branch if change else asked.build.branch
    target = asked.options.get("target") or asked.build.repository or ""
    reference = asked.options.get("reference") or branch or ""
    if not target or not reference:
        raise CollectionError(
            "nothing tells which project at Snyk this build is of",
            hint="give the options target and reference, or projects",
        )
    return target, reference


def _is_of_a_fork(asked: Asked, change: ChangeRequest) -> bool:
    """Whether the source branch is another repository's: who forks names it like a clean one of ours."""
    source, own = change.source_repository, asked.build.repository
    if source and own:
        return source.casefold() != own.casefold()
    return change.source_branch is not None and change.source_branch == change.target_branch


def _of_target(made: Asking, org: str, target: str, reference: str) -> list[Entry]:
    """The projects of all targets of that name; Snyk looks for the beginning of a name."""
    path = rest(f"orgs/{org}/targets", display_name=target, limit="100")
    targets = [
        str(each.get("id"))
        for each in entries(made, "targets", path)
        if str(_attribute(each, "display_name")).casefold() == target.casefold()
    ]
    found: list[Entry] = []
    for each in dict.fromkeys(targets):
        if not _ID.fullmatch(each):
            raise CollectionError("Snyk lists a target without an id")
        asks = rest(f"orgs/{org}/projects", target_id=each, limit="100", **_META)
        found += entries(made, "projects", asks, about=each)
    return [each for each in found if _attribute(each, "target_reference") == reference]


def _named(made: Asking, org: str, identity: str) -> Entry:
    if not _ID.fullmatch(identity):
        raise UsageError(f"'{identity[:100]}' is no id of a project at Snyk", hint="projects: ID, ID")
    answer = made.one("project", rest(f"orgs/{org}/projects/{quote(identity)}", **_META), about=identity)
    found = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(found, dict) or found.get("id") != identity:
        raise CollectionError(f"Snyk does not tell of the project {identity}")
    return found


def _fits(project: Entry, *, code: bool) -> bool:
    """Whether it is of the sort; a sort that is not known here is taken for one of dependencies."""
    kind = str(_attribute(project, "type"))
    if kind == _CODE:
        return code
    return not code and not kind.endswith("config") and kind != "terraformplan"


def _attribute(entry: Entry, name: str) -> Json:
    attributes = entry.get("attributes")
    return attributes.get(name) if isinstance(attributes, dict) else None


def _next(base: str, response: Response) -> str | None:
    """The address of the next page, which Snyk tells with or without the part before the organisation."""
    page = response.json()
    links = page.get("links") if isinstance(page, dict) else None
    following = links.get("next") if isinstance(links, dict) else None
    if isinstance(following, dict):
        following = following.get("href")
    if not following:
        return None
    if not isinstance(following, str):
        raise CollectionError("Snyk names a next page that is no address")
    if not following.startswith("/"):
        return following
    return f"{base}{following if following.startswith('/rest/') else f'/rest{following}'}"
