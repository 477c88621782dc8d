"""Servers are asked whose the token is and what it may read; nothing is written, and no secret comes out."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta

import pytest

from gatepass.collecting import collectors
from gatepass.examining import Mark
from gatepass.examining._asking import Asking
from gatepass.examining._examine import Wish, servers
from gatepass.https import Client
from support.examined import REPO, REVIEWED, a_policy, a_token, examined, github, with_answers
from support.loopback import Reply, serving

DENIED = Reply({"message": "Resource not accessible by integration"}, 403)
ABSENT = Reply({"message": "Not Found"}, 404)
RAN = "{id: ran, check: pipeline, no-failed-jobs: true}"
COLLECTED = {"collect": {"github": {}}}
IN_CI = {"CI": "true"}


def test_a_token_that_may_do_everything_is_told_with_what_it_may_read(tmp_path):
    with github(tmp_path) as (server, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED, RAN), environment, **COLLECTED)
    assert made.missing() == {}
    assert made.examination.complete
    assert "GITHUB_TOKEN is that of github-actions[bot]" in made.line("github.token").said
    for each in ("pull request", "reviews", "timeline", "contents", "run", "jobs", "check runs", "statuses"):
        assert each in made.line("github.reads").said.split(", ")
    assert dict(made.line("github.server").facts)["server"] == server.url
    assert dict(made.line("github.server").facts)["latency-ms"] >= 0


@pytest.mark.parametrize(
    ("path", "read", "rule", "least"),
    [
        (f"{REPO}/pulls/482/reviews", "reviews", "reviewed", "pull-requests: read"),
        (f"{REPO}/issues/482/timeline", "timeline", "reviewed", "pull-requests: read"),
        (f"{REPO}/commits", "contents", "reviewed", "contents: read"),
        (f"{REPO}/actions/runs/7001", "run", "ran", "actions: read"),
    ],
)
def test_a_token_that_may_not_read_something_is_told_with_the_rule_and_the_permission(
    tmp_path, path, read, rule, least
):
    with github(tmp_path, {path: DENIED}) as (_, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED, RAN), environment, **COLLECTED)
    line = made.line("github.read")
    assert line.mark is Mark.MISSING
    assert read in dict(line.facts)["reads"].split(", ")
    assert f"does not let the token read this; needed by {rule}" in line.said
    assert line.fix == f"give the token {least}"
    assert dict(line.facts)["outcome"] == "denied"
    kind = "approvals" if rule == "reviewed" else "pipeline"
    assert made.missing()[kind].startswith("github cannot tell: ")
    assert not made.examination.complete


def test_what_no_rule_needs_is_a_warning_alone(tmp_path):
    with github(tmp_path, {f"{REPO}/actions/runs/7001": DENIED}) as (_, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
    line = made.line("github.read")
    assert dict(line.facts)["reads"].startswith("run")
    assert line.mark is Mark.WARNING
    assert made.examination.complete


def test_what_a_token_need_not_see_is_only_said(tmp_path):
    with github(tmp_path, {f"{REPO}/branches/main/protection": DENIED}) as (_, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
    line = made.line("github.read")
    assert line.mark is Mark.NOTE
    assert line.said.startswith("protection: ")
    assert "who may go round it" in line.said
    assert line.fix.startswith("administration: read")


def test_only_the_kinds_that_are_asked_for_are_tried(tmp_path):
    with github(tmp_path) as (server, environment):
        examined(tmp_path / "w", a_policy(REVIEWED), environment, collect={"github": {"kinds": "approvals"}})
        assert not [each for each in server.paths() if "/actions/" in each]


def test_a_team_that_the_token_does_not_see_is_missing_for_the_rule_that_counts_it(tmp_path):
    rule = "{id: reviewed, check: approvals, from: {teams: [acme/appsec], minimum: 1}}"
    with github(tmp_path) as (_, environment):
        wanted = {"collect": {"github": {"teams": "acme/appsec"}}}
        made = examined(tmp_path / "w", a_policy(rule), environment, **wanted)
    (line,) = [each for each in made.lines("github.read") if "team acme/appsec" in each.said]
    assert line.mark is Mark.MISSING
    assert "members: read" in line.fix
    assert dict(line.facts)["outcome"] == "not-found"


def test_a_team_that_nobody_asks_about_is_missing_too(tmp_path):
    rule = "{id: reviewed, check: approvals, from: {teams: [acme/appsec], minimum: 1}}"
    with github(tmp_path) as (_, environment):
        made = examined(tmp_path / "w", a_policy(rule), environment, **COLLECTED)
    assert made.line("team").fix == "collect: {github: {teams: acme/appsec}} in gatepass.yaml"
    assert made.line("team").mark is Mark.MISSING


def test_without_a_token_nobody_is_asked_and_the_fix_names_the_variable(tmp_path):
    with github(tmp_path) as (server, environment):
        del environment["GITHUB_TOKEN"]
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
        assert server.heard == []
    assert made.missing()["github"] == "there is no token for GitHub"
    assert "set GITHUB_TOKEN" in made.line("github.token").fix
    assert "approvals" in made.missing()


def test_a_token_that_is_not_accepted_is_said_once_and_nothing_else_is_tried(tmp_path):
    bad = Reply({"message": "Bad credentials"}, 401)
    with github(tmp_path, {"/user": bad}) as (server, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
        assert server.paths() == ["/user"]
    line = made.line("github.token")
    assert line.mark is Mark.MISSING
    assert "does not accept GITHUB_TOKEN" in line.said
    assert "make a new one" in line.fix


def a_user(**headers):
    return Reply({"login": "alice"}, headers=headers)


@pytest.mark.parametrize(
    ("days", "mark", "said"),
    [(-1, Mark.MISSING, "expired"), (3, Mark.WARNING, "expires"), (90, Mark.OK, "expires")],
)
def test_a_token_that_expires_says_when(tmp_path, days, mark, said):
    at = datetime.now(UTC) + timedelta(days=days)
    header = {"github-authentication-token-expiration": f"{at:%Y-%m-%d %H:%M:%S} UTC"}
    with github(tmp_path, {"/user": a_user(**header)}) as (_, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
    line = made.line("github.token")
    assert line.mark is mark
    assert f"{said} {at:%Y-%m-%d}" in line.said


@pytest.mark.parametrize("expiry", ["", "soon", "9999-99-99 00:00:00 UTC", "\x1b[2J"])
def test_an_expiry_that_is_no_date_is_none(tmp_path, expiry):
    header = {"github-authentication-token-expiration": expiry.replace("\x1b", "")}
    with github(tmp_path, {"/user": a_user(**header)}) as (_, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
    assert made.line("github.token").mark is Mark.OK
    assert dict(made.line("github.token").facts)["expires"] is None


@pytest.mark.parametrize(
    ("scopes", "push", "allowed"),
    [
        ("repo, read:org", True, True),
        ("repo", False, False),
        ("read:org", True, False),
        ("repo", "yes", None),
        (None, True, None),
    ],
)
def test_whether_it_may_post_is_told_by_scopes_and_permissions_and_else_not_known(
    tmp_path, scopes, push, allowed
):
    user = a_user(**({} if scopes is None else {"X-OAuth-Scopes": scopes}))
    repository = {"full_name": "acme/payments", "permissions": {"push": push}}
    with github(tmp_path, {"/user": user, REPO: repository}) as (_, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
    assert dict(made.line("github.posting").facts)["allowed"] is allowed
    assert dict(made.line("github.token").facts)["scopes"] == (scopes and scopes.replace(",", ""))


def test_questions_that_are_left_this_hour_are_told(tmp_path):
    limits = {"X-RateLimit-Remaining": "17", "X-RateLimit-Limit": "1000"}
    with github(tmp_path, {"/user": a_user(**limits)}) as (_, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
    assert "17 of 1000 questions left this hour" in made.line("github.token").said


def test_an_unreachable_server_is_told_at_once_and_with_the_address_to_look_at(tmp_path):
    with github(tmp_path) as (server, environment):
        pass
    made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
    assert made.missing()["github"] == f"{server.url}/user cannot be reached"
    assert "HTTPS_PROXY" in made.line("github.server").fix
    assert "approvals" in made.missing()


def test_a_server_that_hangs_holds_nobody_up(tmp_path):
    with github(tmp_path, {"/user": Reply({}, seconds=60)}) as (_, environment):
        began = time.monotonic()
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, wish=Wish(patience=1), **COLLECTED)
        assert time.monotonic() - began < 10
    assert "did not answer within 1 s" in made.missing()["github"]
    assert "did not answer in time" in made.missing()["approvals"]


def test_a_server_that_hangs_half_way_is_told_with_what_it_answered(tmp_path):
    with github(tmp_path, {f"{REPO}/pulls/482": Reply({}, seconds=60)}) as (_, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, wish=Wish(patience=1), **COLLECTED)
    assert "did not answer everything within 1 s" in made.line("github.slow").said
    assert made.line("github.reads").said == "repository"
    assert "approvals" in made.missing()


@pytest.mark.parametrize(
    "answer",
    [
        Reply("<html>Please sign in</html>"),
        Reply(""),
        Reply("[" * 100_000),
        Reply(b"\xff\xfe"),
        Reply({"x": "a" * (5 << 20)}),
        Reply({}, 500),
        Reply({}, 418),
        Reply("", 302, {"Location": "https://elsewhere.example/login"}),
    ],
    ids=["page", "nothing", "deep", "no text", "huge", "500", "418", "redirect"],
)
def test_an_answer_that_is_none_never_counts_as_allowed(tmp_path, answer):
    with serving(lambda _: answer) as server:
        environment = {**IN_CI, "GITHUB_ACTIONS": "true", "GITHUB_API_URL": server.url}
        environment |= {
            "GITHUB_TOKEN": a_token(),
            "GITHUB_REPOSITORY": "acme/payments",
            "GITHUB_SHA": "ab" * 20,
        }
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
    assert not made.lines("github.reads")
    assert "approvals" in made.missing()
    assert not made.examination.complete


@pytest.mark.parametrize(
    "answer", [None, [], '"text"', 7, {"login": 7}, {"login": ["x"]}, {"login": "a\x1b[2J‮"}]
)
def test_an_odd_answer_to_whose_the_token_is_breaks_nothing(tmp_path, answer):
    with github(tmp_path, {"/user": Reply(answer if answer is not None else "null")}) as (_, environment):
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **COLLECTED)
    assert made.line("github.token").mark is Mark.OK


def test_nothing_but_reading_is_ever_asked(tmp_path):
    """Whatever there is to examine, every question is a GET, or a query of GraphQL."""
    heard = []
    for name, environment in FORGES.items():
        with serving(lambda _: Reply({"scopes": ["api"], "valid": True, "data": {}})) as server:
            folder = tmp_path / name
            made = environment(server.url)
            request = {
                "collect": {name: {"project": "acme", "teams": "acme/appsec"} if name in TEAMED else {}}
            }
            request["collect"][name] = {
                key: value
                for key, value in request["collect"][name].items()
                if key in collectors()[name].options
            }
            examined(folder, a_policy(REVIEWED), made, **request)
            assert server.heard, name
            heard += server.heard
    assert {each.method for each in heard} <= {"GET", "POST"}
    posts = [each for each in heard if each.method == "POST"]
    assert all(each.path.endswith("/graphql") for each in posts)
    assert all(b'"query { viewer' in each.body for each in posts)


TEAMED = ("github", "gitlab", "sonarqube")
SHA = "9fceb02d" * 5
FORGES = {
    "github": lambda url: {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": url,
        "GITHUB_TOKEN": a_token(),
        "GITHUB_REPOSITORY": "acme/payments",
        "GITHUB_SHA": SHA,
        "GITHUB_RUN_ID": "7",
    },
    "gitlab": lambda url: {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": f"{url}/api/v4",
        "GATEPASS_GITLAB_TOKEN": a_token(),
        "CI_PROJECT_PATH": "acme/payments",
        "CI_COMMIT_SHA": SHA,
        "CI_PIPELINE_ID": "7",
        "CI_MERGE_REQUEST_IID": "482",
    },
    "bitbucket": lambda url: {
        "BITBUCKET_BUILD_NUMBER": "7",
        "BITBUCKET_COMMIT": SHA,
        "BITBUCKET_API_URL": url,
        "BITBUCKET_TOKEN": a_token(),
        "BITBUCKET_REPO_FULL_NAME": "acme/payments",
        "BITBUCKET_PR_ID": "482",
        "BITBUCKET_PIPELINE_UUID": "{7}",
    },
    "azure": lambda url: {
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": f"{url}/acme/",
        "SYSTEM_ACCESSTOKEN": a_token(),
        "SYSTEM_TEAMPROJECT": "acme",
        "BUILD_REPOSITORY_NAME": "payments",
        "BUILD_SOURCEVERSION": SHA,
        "BUILD_BUILDID": "7",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "482",
    },
    "sonarqube": lambda url: {"SONAR_HOST_URL": url, "SONAR_TOKEN": a_token()},
    "snyk": lambda url: {
        "SNYK_API": url,
        "SNYK_TOKEN": a_token(),
        "SNYK_CFG_ORG": "123e4567-e89b-12d3-a456-426614174000",
    },
}


def test_every_server_that_is_asked_over_a_network_can_be_examined():
    asks_no_server = {"git", "suppressions", "oidc"}
    assert set(servers()) == set(collectors()) - asks_no_server == set(FORGES)


@pytest.mark.parametrize("name", sorted(FORGES))
def test_a_server_that_refuses_everything_leaves_no_evidence(tmp_path, name):
    with serving(lambda _: DENIED) as server:
        made = examined(tmp_path / "w", rules_of(name), FORGES[name](server.url), collect={name: {}})
    assert [kind for kind in collectors()[name].kinds if kind in made.missing()], made.everything()
    assert not made.lines(f"{name}.reads")


@pytest.mark.parametrize("name", sorted(FORGES))
def test_an_expired_token_is_not_accepted_anywhere(tmp_path, name):
    with serving(lambda _: Reply({}, 401)) as server:
        made = examined(tmp_path / "w", rules_of(name), FORGES[name](server.url), collect={name: {}})
    assert made.line(f"{name}.token").mark is Mark.MISSING
    assert "does not accept" in made.line(f"{name}.token").said


def test_the_page_to_sign_in_that_azure_shows_is_a_refusal(tmp_path):
    with serving(lambda _: Reply("<html>Sign in</html>", 203)) as server:
        made = examined(tmp_path / "w", rules_of("azure"), FORGES["azure"](server.url), collect={"azure": {}})
        assert len(server.heard) == 1
    assert "does not accept SYSTEM_ACCESSTOKEN" in made.missing()["azure token"]


@pytest.mark.parametrize("name", sorted(FORGES))
def test_no_server_gets_a_token_out_by_telling_it(tmp_path, name):
    """A server that answers with what it was asked with: the token is in no line, sent as it may be."""
    told = []

    def echo(heard):
        sent = heard.headers.get("authorization") or heard.headers.get("private-token") or ""
        told.append(sent.split(" ")[-1])
        texts = ("login", "username", "nickname", "display_name", "name", "version")
        body = dict.fromkeys(texts, told[-1]) | {
            "scopes": [told[-1]],
            "data": {"attributes": {}},
            "valid": True,
        }
        body["data"]["attributes"] = {"username": told[-1]}
        body["authenticatedUser"] = {"providerDisplayName": told[-1]}
        headers = {"X-OAuth-Scopes": told[-1]} if told[-1] else {}
        return Reply(body, headers=headers)

    with serving(echo) as server:
        environment = FORGES[name](server.url)
        made = examined(tmp_path / "w", rules_of(name), environment, collect={name: {}})
    secret = [value for variable, value in environment.items() if "TOKEN" in variable]
    assert any(told)
    for each in [
        *secret,
        *filter(None, told),
        *(base64.b64encode(f":{s}".encode()).decode() for s in secret),
    ]:
        assert each not in made.everything()


KINDS = {
    "sonarqube": "{id: sonar, check: quality-gate, status: OK}",
    "snyk": "{id: snyk, check: vulnerabilities, maximum: {critical: 0}}",
}


def rules_of(name):
    return a_policy(KINDS[name]) if name in KINDS else a_policy(REVIEWED, RAN)


def test_gitlab_tells_scopes_and_day_of_expiry(tmp_path):
    soon = datetime.now(UTC) + timedelta(days=2)
    answers = {
        "/api/v4/personal_access_tokens/self": {
            "scopes": ["read_api"],
            "expires_at": f"{soon:%Y-%m-%d}",
            "active": True,
        },
        "/api/v4/user": {"username": "project_1_bot"},
    }
    with serving(with_answers(lambda _: Reply([]), answers)) as server:
        environment = FORGES["gitlab"](server.url)
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, collect={"gitlab": {}})
    line = made.line("gitlab.token")
    assert line.mark is Mark.WARNING
    assert "project_1_bot · scopes read_api" in line.said
    assert dict(made.line("gitlab.posting").facts)["allowed"] is False


def test_a_revoked_token_of_gitlab_is_not_accepted_though_it_is_told(tmp_path):
    answers = {"/api/v4/personal_access_tokens/self": {"scopes": ["api"], "active": False}}
    with serving(with_answers(lambda _: Reply({}), answers)) as server:
        environment = FORGES["gitlab"](server.url)
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, collect={"gitlab": {}})
    assert "revoked" in made.line("gitlab.token").said
    assert made.line("gitlab.token").mark is Mark.MISSING


@pytest.mark.parametrize(
    ("permissions", "allowed"),
    [
        ({"project_access": {"access_level": 30}, "group_access": None}, True),
        ({"project_access": {"access_level": 20}, "group_access": {"access_level": 40}}, True),
        ({"project_access": {"access_level": 20}}, False),
        ({}, None),
        (None, None),
        ({"project_access": {"access_level": "40"}}, None),
    ],
)
def test_gitlab_posting_needs_api_and_the_role(tmp_path, permissions, allowed):
    answers = {
        "/api/v4/personal_access_tokens/self": {"scopes": ["api"], "active": True},
        "/api/v4/projects/acme%2Fpayments": {"permissions": permissions},
    }
    with serving(with_answers(lambda _: Reply({}), answers)) as server:
        made = examined(
            tmp_path / "w", a_policy(REVIEWED), FORGES["gitlab"](server.url), collect={"gitlab": {}}
        )
    assert dict(made.line("gitlab.posting").facts)["allowed"] is allowed


@pytest.mark.parametrize(("version", "sent"), [("9.9.1", "Basic "), ("10.4.0", "Bearer ")])
def test_sonarqube_is_asked_as_its_version_wants(tmp_path, version, sent):
    answers = {"/api/server/version": Reply(version), "/api/authentication/validate": {"valid": True}}
    with serving(with_answers(lambda _: Reply({}), answers)) as server:
        made = examined(
            tmp_path / "w", rules_of("sonarqube"), FORGES["sonarqube"](server.url), collect={"sonarqube": {}}
        )
    assert f"SonarQube {version}" in made.line("sonarqube.token").said
    assert "authorization" not in server.heard[0].headers
    assert server.heard[1].headers["authorization"].startswith(sent)


@pytest.mark.parametrize("valid", [False, None, "true", 1])
def test_a_token_that_sonarqube_does_not_call_valid_is_none(tmp_path, valid):
    answers = {"/api/server/version": Reply("10.4"), "/api/authentication/validate": {"valid": valid}}
    with serving(with_answers(lambda _: Reply({}), answers)) as server:
        made = examined(
            tmp_path / "w", rules_of("sonarqube"), FORGES["sonarqube"](server.url), collect={"sonarqube": {}}
        )
    assert made.line("sonarqube.token").mark is Mark.MISSING
    assert "quality-gate" in made.missing()


def test_snyk_without_its_organisation_is_told(tmp_path):
    with serving(lambda _: Reply({"data": {}})) as server:
        environment = FORGES["snyk"](server.url)
        del environment["SNYK_CFG_ORG"]
        made = examined(tmp_path / "w", rules_of("snyk"), environment, collect={"snyk": {}})
    assert "organisation" in made.missing()["snyk"]
    assert "vulnerabilities" in made.missing()


def test_a_forge_of_no_change_request_has_no_approvals(tmp_path):
    with serving(lambda _: Reply({})) as server:
        environment = FORGES["bitbucket"](server.url)
        del environment["BITBUCKET_PR_ID"]
        made = examined(tmp_path / "w", rules_of("bitbucket"), environment, collect={"bitbucket": {}})
    assert "of no change request" in made.missing()["bitbucket approvals"]
    assert "approvals" in made.missing()


def test_the_forge_of_the_pipeline_is_asked_for_posting_alone_where_nothing_is_collected(tmp_path):
    with github(tmp_path) as (server, environment):
        made = examined(tmp_path / "w", a_policy("{id: tests, check: tests}"), environment)
        assert server.paths() == ["/user", "/graphql"]
    assert made.lines("github.posting")
    assert not made.lines("github.reads")


def test_offline_asks_nobody(tmp_path):
    with github(tmp_path) as (server, environment):
        wanted = {"collect": {"github": {}}, "wish": Wish(offline=True)}
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, **wanted)
        assert server.heard == []
    assert "GITHUB_TOKEN is set" in made.line("github.token").said
    assert made.line("clock").mark is Mark.NOTE


def test_an_address_that_would_send_the_token_in_the_clear_is_refused(tmp_path):
    token = a_token()
    environment = {"SONAR_HOST_URL": "http://user:hunter2-secret@sonar.example", "SONAR_TOKEN": token}
    made = examined(tmp_path / "w", rules_of("sonarqube"), environment, collect={"sonarqube": {}})
    assert "sonarqube" in made.missing()
    assert "hunter2" not in made.everything()


def test_a_mutation_cannot_be_sent():
    asking = Asking(Client("http://localhost", {}, time.sleep, print), lambda: datetime.now(UTC))
    with pytest.raises(ValueError, match="only queries"):
        asking.query("graphql", "mutation { deleteRepository }")
