"""Builds that servers tell of: most fail for one reason each, some pass.

GitLab, SonarQube and Snyk are played as in stories; Azure DevOps, Bitbucket and issuers of tokens answer as
their tests have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from gatepass.collecting import Vouched, collect
from gatepass.errors import GatepassError
from gatepass.model.build import Build, Run
from support import azure_answers as azure
from support import bitbucket_answers as bitbucket
from support import github_tokens
from support.loopback import Routes, Tampering, serving, tampered
from support.one_value import Known
from support.one_value_case import REFUSED, Case, Report, asked_for, known_of, verdict
from support.one_value_files import file_cases
from support.one_value_forges import AZURE, AZURE_BUILD, BITBUCKET, BITBUCKET_BUILD
from support.one_value_stories import GITLAB, SNYK, SONARQUBE
from support.stories import told
from support.values import NOW

Rule = Mapping[str, Any]
_PLAYED = ("gitlab", "sonarqube", "snyk")


class Cases:
    """All of them, as they are before anything is changed: made when they are asked for, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Case] = {}
        self._known: dict[str, Known] = {}

    def case(self, label: str) -> Case:
        """The case of that label."""
        if label not in self._made:
            room = self._folder / str(len(self._made))
            room.mkdir()
            self._made[label] = _MAKERS[label](room)
        return self._made[label]

    def again(self, label: str, how: Tampering, room: Path) -> str:
        """What the gate decides when servers are asked once more, and tampered with."""
        room.mkdir()
        try:
            with tampered(how):
                made = _MAKERS[label](room)
        except GatepassError:
            return REFUSED
        # whoever is asked in a story is so by the gate itself, which has decided
        return made.verdict if made.server in _PLAYED else verdict(made, made.reports, room)

    def known(self, label: str) -> Known:
        """What the server of a case says in any of its cases."""
        server = label.partition(":")[0]
        if server not in self._known:
            own = (each for each in labels() if each.startswith(f"{server}:"))
            self._known[server] = known_of(map(self.case, own))
        return self._known[server]


def labels() -> list[str]:
    """What the cases are called, in order: the server and what is told."""
    return list(_MAKERS)


def asked_labels() -> list[str]:
    """Those of which a server was asked."""
    return [each for each in labels() if not each.startswith("files:")]


def _makers() -> Iterator[tuple[str, Callable[[Path], Case]]]:
    for server, stories in (("gitlab", GITLAB), ("sonarqube", SONARQUBE), ("snyk", SNYK)):
        for story in stories:
            yield f"{server}: {story['named']}", partial(_of_story, server, story)
    for name, kind, rules, changed in AZURE:
        asked = {"azure": {"kinds": kind}}
        make = partial(_asked, "azure", name, rules, AZURE_BUILD, asked, azure.routes(**changed))
        yield f"azure: {name}", make
    for name, kind, rules, changed in BITBUCKET:
        asked = {"bitbucket": {"kinds": kind}}
        make = partial(_asked, "bitbucket", name, rules, BITBUCKET_BUILD, asked, bitbucket.routes(**changed))
        yield f"bitbucket: {name}", make
    for name, rule, said, flaw in TOKENS:
        routes = github_tokens.routes(NOW, github_tokens.claims("alice", 1001, **said), flaw)
        yield f"oidc: {name}", partial(_asked, "oidc", name, (rule,), TOKEN_BUILD, {"oidc": {}}, routes)
    for each in file_cases():
        yield each.label, lambda _, each=each: each


def _of_story(server: str, story: Mapping[str, Any], folder: Path) -> Case:
    made = told({key: value for key, value in story.items() if key != "named"}, folder)
    decision = made.run.decision
    root = folder / "workspace"
    reports = tuple(
        Report(each.name, (root / each.name).read_text("utf-8"), each.collected_from)
        for each in decision.sources
        if (root / each.name).is_file() and asked_for(each.name, story["rules"])
    )
    rules = tuple(story["rules"])
    return Case(server, story["named"], reports, rules, made.build, decision.at, decision.verdict.value)


def _asked(
    server: str,
    name: str,
    rules: Sequence[Rule],
    build: Build,
    wanted: Mapping[str, Mapping[str, str]],
    routes: Routes,
    root: Path,
) -> Case:
    with serving(routes) as running:
        environment = _environment(running.url)
        wanted = {each: {**more, **_options(each, running.url)} for each, more in wanted.items()}
        taken = collect(wanted, build, environment, root, NOW, lambda _: None)
    reports = tuple(_report(each, root) for each in taken.reports)
    return Case(server, name, reports, tuple(rules), build, NOW, _verdict_of(name))


def _verdict_of(name: str) -> str:
    return "PASSED" if name.startswith("passes") else "FAILED"


def _report(vouched: Vouched, root: Path) -> Report:
    return Report(vouched.name, (root / vouched.name).read_text("utf-8"), vouched.server)


def _options(collector: str, url: str) -> dict[str, str]:
    return {"issuer": url} if collector == "oidc" else {}


def _environment(url: str) -> dict[str, str]:
    """What the jobs of all of these know; each collector looks at its own."""
    return {
        "SYSTEM_COLLECTIONURI": f"{url}/",
        "SYSTEM_TEAMPROJECT": "shop",
        "SYSTEM_ACCESSTOKEN": "made-for-the-job",
        "SYSTEM_JOBID": "j4",
        "BITBUCKET_API_URL": url,
        "BITBUCKET_TOKEN": "made-for-the-job",
        "BITBUCKET_STEP_UUID": "{s4}",
        "GITHUB_REPOSITORY_ID": "456",
        "GITHUB_RUN_ID": "7001",
        **github_tokens.environment(url),
    }


# tokens

TOKEN_BUILD = Build(
    "github",
    repository="acme/payments",
    repository_id="456",
    commit="9fceb02d" * 5,
    run=Run(id="7001", attempt=1),
)


def _who(*users: str, **more: Any) -> dict[str, Any]:
    return {"id": "who", "check": "identity", "minimum-assurance": "oidc", **more} | (
        {"triggered-by": {"users": list(users)}} if users else {}
    )


TOKENS: tuple[tuple[str, Rule, dict[str, Any], str | None], ...] = (
    ("passes: alice set it off", _who("alice"), {}, None),
    ("bob set it off", _who("alice"), {"actor": "bob", "actor_id": "1002"}, None),
    ("a token by another key", _who("alice"), {}, "another key"),
    ("a token for another audience", _who("alice"), {}, "another audience"),
    ("a token of another issuer", _who("alice"), {}, "another issuer"),
    ("a token of another run", _who("alice"), {}, "another run"),
    ("a token of last year", _who("alice"), {}, "last year"),
    ("a token of tomorrow", _who("alice"), {}, "tomorrow"),
    ("a machine of our own", _who(runner="hosted"), {"runner_environment": "self-hosted"}, None),
    ("a branch that is not protected", _who(**{"ref-protected": True}), {"ref_protected": "false"}, None),
    ("another environment", _who(environments=["prod"]), {"environment": "dev"}, None),
)

_MAKERS = dict(_makers())
