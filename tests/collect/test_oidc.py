"""Asking for the run's own token, and for the keys of whoever issued it."""

from __future__ import annotations

import hashlib
import json
import stat
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest

from gatepass.collect import Asked
from gatepass.collect.oidc import COLLECTOR
from gatepass.collecting import FOLDER, collect
from gatepass.errors import CollectionError, UsageError
from gatepass.gathering import Vouching, gather
from gatepass.model.build import Assurance, Build, Run
from gatepass.model.source import ProblemCode
from support import github_tokens
from support.issuer import Issuer, rsa_key
from support.loopback import Reply, serving
from support.values import NOW

COMMIT = "9fceb02d" * 5
GITHUB = Build(
    "github", repository="acme/payments", repository_id="456", commit=COMMIT, run=Run(id="7001", attempt=1)
)
SAID = github_tokens.claims("alice", 1001)
VARIABLES = {"GITHUB_REPOSITORY_ID": "456", "GITHUB_RUN_ID": "7001"}


@contextmanager
def github(said=SAID, flaw=None, **routes):
    answers = {**github_tokens.routes(NOW, said, flaw), **routes}
    with serving(answers) as server:
        yield server, {**VARIABLES, **github_tokens.environment(server.url)}


def asked(root, options, environment, build=GITHUB):
    return Asked(build, environment, root, NOW, "gatepass 1", options, lambda _: None, lambda _: None)


def collected(root, options, environment, build=GITHUB):
    return COLLECTOR.collect(asked(root, options, environment, build), "identity")


def evidence(root, options, environment, build=GITHUB):
    """What a run makes of it that asked for it itself."""
    taken = collect({"oidc": options}, build, environment, root, NOW, lambda _: None)
    vouching = {each.name: Vouching(each.sha256, each.server) for each in taken.reports}
    found = gather([], {}, root, build, vouching)
    return (*found.sources, *taken.failed)[0], next(iter(found.evidence), None)


def test_github_is_asked_for_a_token_that_names_the_run(tmp_path):
    with github() as (server, environment):
        source, found = evidence(tmp_path, {"issuer": server.url}, environment)
        question = server.heard[0]
    assert question.query["audience"] == f"gatepass:acme/payments:run:7001/1:{COMMIT}"
    assert question.query["api-version"] == "2.0"
    assert (source.collected_from, found.issuer) == (server.url, server.url)
    assert (found.verified, found.assurance) == (True, Assurance.OIDC)
    assert {(each.role, each.login, each.id) for each in found.actors} == {
        ("started-by", "alice", "1001"),
        ("triggered-by", "alice", "1001"),
    }


def test_the_file_is_its_owners_alone_and_tells_nothing_of_how_the_token_was_asked_for(tmp_path):
    with github() as (server, environment):
        evidence(tmp_path, {"issuer": server.url}, environment)
    path = tmp_path / FOLDER / "oidc-identity.json"
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text("utf-8")
    assert "made-for-the-job" not in text
    assert "api-version" not in text


def test_the_same_file_handed_in_is_anybodys_word(tmp_path):
    with github() as (server, environment):
        data = collected(tmp_path, {"issuer": server.url}, environment).data
    (tmp_path / "token.json").write_bytes(data)
    [found] = gather(["token.json"], {}, tmp_path, GITHUB).evidence
    assert (found.verified, found.assurance) == (True, Assurance.SELF_ASSERTED)


def test_who_ran_it_again_the_token_does_not_say(tmp_path):
    again = replace(GITHUB, run=Run(id="7001", attempt=2))
    with github({**SAID, "run_attempt": "2"}) as (server, environment):
        _, found = evidence(tmp_path, {"issuer": server.url}, environment, again)
    assert [each.role for each in found.actors] == ["started-by"]


@pytest.mark.parametrize("flaw", [each for each in github_tokens.FLAWS if each != "another run"])
def test_a_token_with_a_flaw_is_not_believed_and_names_nobody(flaw, tmp_path):
    with github(flaw=flaw) as (server, environment):
        source, found = evidence(tmp_path, {"issuer": server.url}, environment)
    assert (found.verified, found.assurance, found.actors) == (False, Assurance.SELF_ASSERTED, ())
    assert found.trouble
    assert found.trouble in source.notes[0]


@pytest.mark.parametrize(
    "change",
    [
        {"run_id": "6999"},
        {"run_attempt": "2"},
        {"repository_id": "457"},
        {"sha": "b2" * 20},
    ],
)
def test_a_token_of_another_build_is_none(change, tmp_path):
    with github({**SAID, **change}) as (server, environment):
        source, found = evidence(tmp_path, {"issuer": server.url}, environment)
    assert found is None
    assert source.problem.code is ProblemCode.OTHER_COMMIT


def test_the_repository_may_have_been_renamed_but_not_changed(tmp_path):
    with github({**SAID, "repository": "acme/renamed"}) as (server, environment):
        _, found = evidence(tmp_path, {"issuer": server.url}, environment)
    assert found.verified
    unknown = replace(GITHUB, repository_id=None)
    with github({**SAID, "repository": "mallory/payments"}) as (server, environment):
        source, found = evidence(tmp_path, {"issuer": server.url}, environment, unknown)
    assert found is None
    assert "mallory/payments" in source.problem.message


def test_the_commit_of_the_target_is_not_taken_for_the_changes(tmp_path):
    said = {**SAID, "event_name": "pull_request_target", "sha": "b2" * 20}
    with github(said) as (server, environment):
        _, found = evidence(tmp_path, {"issuer": server.url}, environment)
    assert (found.verified, found.commit) == (True, None)


@pytest.mark.parametrize("missing", ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
def test_a_job_without_the_permission_is_told_which_it_needs(missing, tmp_path):
    with github() as (server, environment):
        with pytest.raises(CollectionError, match="may not ask") as caught:
            collected(tmp_path, {"issuer": server.url}, {**environment, missing: ""})
        assert server.heard == []
    assert "id-token: write" in caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        Reply({"message": "no"}, 403),
        Reply("<html>", 200),
        Reply({"count": 0}),
        Reply({"value": ""}),
        Reply({"value": None}),
        Reply({"value": "x" * 40000}),
        Reply([]),
        Reply("", 302, {"Location": "https://mallory.example/token"}),
    ],
)
def test_an_answer_without_a_token_is_an_error(answer, tmp_path):
    with github(**{"/token": answer}) as (server, environment), pytest.raises(CollectionError) as caught:
        collected(tmp_path, {"issuer": server.url}, environment)
    assert "made-for-the-job" not in str(caught.value)


def discovery(**changes):
    def answer(heard):
        url = f"http://{heard.headers['host']}"
        return Reply({"issuer": url, "jwks_uri": f"{url}/keys", **changes})

    return {"/.well-known/openid-configuration": answer}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"jwks_uri": "https://mallory.example/keys"}, "another host"),
        ({"jwks_uri": "file:///etc/passwd"}, "another host"),
        ({"jwks_uri": None}, "does not tell where"),
        ({"issuer": "https://mallory.example"}, "calls itself otherwise"),
        ({"issuer": None}, "calls itself otherwise"),
    ],
)
def test_keys_are_asked_of_the_issuer_alone(changes, words, tmp_path):
    with github(**discovery(**changes)) as (server, environment), pytest.raises(CollectionError, match=words):
        collected(tmp_path, {"issuer": server.url}, environment)


@pytest.mark.parametrize("keys", [Reply("", 404), Reply("{", 200, cut=True), Reply("", 500)])
def test_without_keys_there_is_no_evidence(keys, tmp_path):
    with github(**{"/keys": keys}) as (server, environment), pytest.raises(CollectionError):
        collected(tmp_path, {"issuer": server.url}, environment)


def test_a_set_of_keys_that_is_none_verifies_nothing(tmp_path):
    with github(**{"/keys": Reply({"keys": []})}) as (server, environment):
        _, found = evidence(tmp_path, {"issuer": server.url}, environment)
    assert (found.verified, found.assurance) == (False, Assurance.SELF_ASSERTED)


def test_plain_http_beyond_loopback_is_refused(tmp_path):
    with github() as (_, environment), pytest.raises(UsageError, match="https alone"):
        collected(tmp_path, {"issuer": "http://issuer.example"}, environment)


# keys in a file


def pinned(folder, server, keys=None):
    data = json.dumps(keys or Issuer(server.url).jwks).encode()
    path = folder / "keys.json"
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def test_pinned_keys_are_used_and_nobody_is_asked_for_them(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    with github() as (server, environment):
        path, digest = pinned(tmp_path, server)
        _, found = evidence(root, {"issuer": server.url, "jwks": str(path)}, environment)
        assert server.paths() == ["/token"]
    assert (found.verified, found.jwks_sha256) == (True, digest)
    assert found.source.collected_from == "file:keys.json", "the issuer was not asked, and a rule can tell"


def test_keys_of_somebody_else_are_no_keys_of_the_issuer(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    with github() as (server, environment):
        path, _ = pinned(tmp_path, server, Issuer(server.url, rsa_key("mallory")).jwks)
        _, found = evidence(root, {"issuer": server.url, "jwks": str(path)}, environment)
    assert not found.verified


def test_keys_in_the_workspace_may_be_the_changes_own(tmp_path):
    with github() as (server, environment):
        path, digest = pinned(tmp_path, server)
        options = {"issuer": server.url, "jwks": path.name}
        with pytest.raises(CollectionError, match="lie in the workspace"):
            collected(tmp_path, options, environment)
        assert collected(tmp_path, {**options, "jwks-sha256": digest}, environment)
        with pytest.raises(CollectionError, match="not those of jwks-sha256"):
            collected(tmp_path, {**options, "jwks-sha256": "0" * 64}, environment)


def test_a_link_out_of_the_workspace_into_it_is_in_it(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    with github() as (server, environment):
        pinned(root, server)
        (tmp_path / "link.json").symlink_to(root / "keys.json")
        with pytest.raises(CollectionError, match="lie in the workspace"):
            collected(root, {"issuer": server.url, "jwks": str(tmp_path / "link.json")}, environment)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"jwks": "../gone.json"}, CollectionError, "cannot be read"),
        ({"jwks": "."}, CollectionError, "cannot be read"),
        ({"jwks": "a\0b"}, CollectionError, "cannot be read"),
        ({"jwks": "keys.json", "jwks-sha256": "abc"}, UsageError, "no digest"),
        ({"jwks-sha256": "0" * 64}, UsageError, "no file is named"),
    ],
)
def test_a_file_of_keys_that_is_none_is_an_error(options, error, words, tmp_path):
    with github() as (server, environment), pytest.raises(error, match=words):
        collected(tmp_path, {"issuer": server.url, **options}, environment)


# other platforms


def told(platform, said, audience, environment, options=None, flaw=None):
    """A server that issues, and the variables of a job that was given its token."""

    @contextmanager
    def running():
        with serving(github_tokens.routes(NOW, said, flaw)) as server:
            token = github_tokens.flawed(Issuer(server.url), flaw, NOW, audience, said)
            filled = {name: token if value is ... else value for name, value in environment.items()}
            yield {"issuer": server.url, **(options or {})}, filled, Build(platform, commit=COMMIT)

    return running()


GITLAB = {
    "project_id": "20",
    "project_path": "acme/payments",
    "user_id": "1",
    "user_login": "alice",
    "pipeline_id": "574",
    "pipeline_source": "push",
    "job_id": "302",
    "sha": COMMIT,
    "ref_protected": "true",
    "runner_environment": "gitlab-hosted",
}
IDS = {"CI_PIPELINE_ID": "574", "CI_JOB_ID": "302"}


def test_a_token_of_gitlab_comes_from_the_variable_of_the_job(tmp_path):
    with told("gitlab", GITLAB, "gatepass", {**IDS, "GATEPASS_ID_TOKEN": ...}) as (options, variables, build):
        _, found = evidence(tmp_path, options, variables, build)
    assert (found.verified, found.assurance, found.audience) == (True, Assurance.OIDC, ("gatepass",))
    assert [(each.role, each.login, each.id) for each in found.actors] == [("triggered-by", "alice", "1")]


def test_the_variable_and_the_audience_are_whatever_the_options_say(tmp_path):
    options = {"token-variable": "MY_TOKEN", "audience": "https://gate.acme.example"}
    with told("gitlab", GITLAB, options["audience"], {"MY_TOKEN": ...}, options) as (all_, variables, build):
        _, found = evidence(tmp_path, all_, variables, build)
    assert found.verified


def test_a_token_of_another_job_of_gitlabs_is_none(tmp_path):
    variables = {**IDS, "CI_JOB_ID": "303", "GATEPASS_ID_TOKEN": ...}
    with told("gitlab", GITLAB, "gatepass", variables) as (options, filled, build):
        source, found = evidence(tmp_path, options, filled, build)
    assert found is None
    assert source.problem.code is ProblemCode.OTHER_COMMIT


def test_a_fork_does_not_stand_for_the_project_that_its_pipeline_runs_in(tmp_path):
    """Before GitLab 18.4 a token of a merge request from a fork tells the fork alone."""
    build = Build("gitlab", repository="acme/payments", repository_id="20", commit=COMMIT)
    fork = {**GITLAB, "project_id": "99", "project_path": "mallory/payments"}
    with told("gitlab", fork, "gatepass", {"GATEPASS_ID_TOKEN": ...}) as (options, filled, _):
        source, found = evidence(tmp_path, options, filled, build)
    assert found is None
    assert source.problem.message == "is for the repository 99, not 20"
    newer = {**fork, "job_project_id": "20", "job_project_path": "acme/payments"}
    with told("gitlab", newer, "gatepass", {"GATEPASS_ID_TOKEN": ...}) as (options, filled, _):
        _, found = evidence(tmp_path, options, filled, build)
    assert (found.verified, found.repository_id) == (True, "20")


def test_a_token_of_bitbucket_is_for_whom_the_options_say(tmp_path):
    said = {"repositoryUuid": "{3}", "workspaceUuid": "{2}", "pipelineUuid": "{4}", "stepUuid": "{5}"}
    audience = "ari:cloud:bitbucket::workspace/2"
    variables = {
        "BITBUCKET_STEP_OIDC_TOKEN": ...,
        "BITBUCKET_REPO_UUID": "{3}",
        "BITBUCKET_PIPELINE_UUID": "{4}",
    }
    with told("bitbucket", said, audience, variables) as (options, filled, build):
        with pytest.raises(CollectionError, match="for whom the token is"):
            collected(tmp_path, options, filled, build)
        _, found = evidence(tmp_path, {**options, "audience": audience}, filled, build)
        assert (found.verified, found.repository_id, found.actors) == (True, "{3}", ())
        other = {**filled, "BITBUCKET_PIPELINE_UUID": "{9}"}
        source, found = evidence(tmp_path, {**options, "audience": audience}, other, build)
    assert (found, source.problem.code) == (None, ProblemCode.OTHER_COMMIT)


@pytest.mark.parametrize("variable", ["CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN"])
def test_a_token_of_circleci_names_nobody_whatever_its_subject_is(variable, tmp_path):
    said = {"sub": "org/1/project/2/user/3", "oidc.circleci.com/project-id": "8"}
    variables = {variable: ..., "CIRCLE_PROJECT_ID": "8"}
    with told("circleci", said, "-", variables, {"audience": "-"}) as (options, filled, build):
        _, found = evidence(tmp_path, options, filled, build)
    assert (found.verified, found.actors, found.run) == (True, (), None)


def test_the_audience_of_circleci_is_the_organisation(tmp_path):
    with pytest.raises(CollectionError, match="CIRCLE_OIDC_TOKEN_V2 holds no token"):
        collected(tmp_path, {"issuer": "https://oidc.circleci.com/org/70"}, {}, Build("circleci"))
    with pytest.raises(CollectionError, match="who issues"):
        collected(tmp_path, {}, {}, Build("circleci"))


def test_any_issuer_will_do_where_everything_is_named(tmp_path):
    options = {"token-variable": "ID_TOKEN", "audience": "gate"}
    with told("local", {"organization_slug": "acme"}, "gate", {"ID_TOKEN": ...}, options) as (
        all_,
        filled,
        build,
    ):
        _, found = evidence(tmp_path, all_, filled, build)
    assert (found.verified, dict(found.claims)["organization_slug"]) == (True, "acme")


@pytest.mark.parametrize(
    ("platform", "environment"),
    [
        ("github", {"GITHUB_SERVER_URL": "https://ghe.acme.example"}),
        ("github", {}),
        ("gitlab", {"CI_SERVER_URL": "https://gitlab.acme.example"}),
        ("gitlab", {}),
        ("bitbucket", {"BITBUCKET_WORKSPACE": "../../mallory"}),
        ("local", {}),
    ],
)
def test_a_server_of_ones_own_must_be_named(platform, environment, tmp_path):
    with pytest.raises(CollectionError, match="who issues tokens"):
        collected(tmp_path, {}, environment, Build(platform))


def test_no_text_of_a_token_is_ever_part_of_an_error(tmp_path):
    long = "x" * 40000
    with pytest.raises(CollectionError) as caught:
        collected(tmp_path, {"issuer": "https://a.example"}, {"GATEPASS_ID_TOKEN": long}, Build("gitlab"))
    assert "xxx" not in str(caught.value)
