"""What the policies ask for, against what is here."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatepass.examining import Mark
from gatepass.examining._examine import Wish
from gatepass.signers import keys
from support.examined import HEAD, REPO, REVIEWED, a_policy, a_token, examined, github, with_answers
from support.issuer import Issuer, rsa_key
from support.loopback import Reply, serving
from support.repositories import a_repository, needs_git

ANSWERS = (
    Path(__file__).parent.parent / "evidence/approvals/github-collected-approvals/good/pull-request.json"
)
OFFLINE = Wish(offline=True)
JUNIT = '<testsuite name="s"><testcase classname="c" name="a" time="1"/></testsuite>\n'
TESTS = "{id: tested, check: tests}"
OIDC = "{id: who, check: identity, minimum-assurance: oidc}"


def here(folder, policy, environment=None, **request):
    return examined(folder / "w", policy, environment or {}, **request)


def test_a_report_that_is_here_is_enough(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w/junit.xml").write_text(JUNIT)
    made = here(tmp_path, a_policy(TESTS), evidence=("*.xml",))
    assert made.missing() == {}
    assert made.line("evidence").said == "a report is here · for tested"


def test_a_glob_that_matches_nothing_is_told_with_the_rules_that_wait_for_it(tmp_path):
    made = here(tmp_path, a_policy(TESTS), evidence=("reports/*.xml",))
    assert "for tested" in made.missing()["tests"]
    assert "after the step that writes the report" in made.line("report").fix
    assert made.line("report").mark is Mark.MISSING


def test_a_report_that_nobody_can_read_is_told(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w/odd.bin").write_bytes(b"\x00\x01")
    made = here(tmp_path, a_policy(TESTS), evidence=("odd.bin",))
    assert made.line("report").what == "odd.bin"
    assert made.line("report").mark is Mark.MISSING


def test_only_the_reports_that_a_rule_names_count_for_it(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w/junit.xml").write_text(JUNIT)
    rule = '{id: tested, check: tests, reports: ["unit/**"]}'
    assert "tests" in here(tmp_path, a_policy(rule), evidence=("*.xml",)).missing()


@pytest.mark.parametrize(
    ("more", "mark"),
    [
        ("", Mark.MISSING),
        (", on-missing: warn", Mark.WARNING),
        (", enforcement: warn", Mark.WARNING),
        (", effective-on: 2999-01-01", Mark.WARNING),
        (", effective-on: 2000-01-01", Mark.MISSING),
        (", on-missing: skip", Mark.NOTE),
        (", enforcement: observe", Mark.NOTE),
    ],
)
def test_what_is_missing_weighs_what_the_rule_weighs(tmp_path, more, mark):
    made = here(tmp_path, a_policy(f"{{id: tested, check: tests{more}}}"))
    assert made.line("evidence").mark is mark
    assert made.examination.complete is (mark is not Mark.MISSING)


def test_approvals_that_nobody_is_asked_for_are_missing_with_the_option(tmp_path):
    made = here(tmp_path, a_policy(REVIEWED))
    assert "--collect" in made.line("evidence").fix
    assert "reviewed" in made.missing()["approvals"]


def test_a_file_does_not_count_where_the_rule_wants_it_collected(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w/junit.xml").write_text(JUNIT)
    made = here(tmp_path, a_policy("{id: tested, check: tests, collected: true}"), evidence=("*.xml",))
    assert "anybody may have written" in made.missing()["tests"]


def test_a_server_that_the_rule_does_not_believe_is_told(tmp_path):
    rule = '{id: reviewed, check: approvals, minimum: 1, collected: ["https://api.github.com"]}'
    with github(tmp_path) as (server, environment):
        made = here(tmp_path, a_policy(rule), environment, collect={"github": {}})
    assert f"github is at {server.url}" in made.missing()["approvals"]


def test_the_server_that_it_believes_is_enough(tmp_path):
    with github(tmp_path) as (server, environment):
        rule = f'{{id: reviewed, check: approvals, minimum: 1, collected: ["{server.url}/"]}}'
        made = here(tmp_path, a_policy(rule), environment, collect={"github": {}})
    assert made.missing() == {}


def test_a_policy_with_a_mistake_is_told_with_its_place(tmp_path):
    made = here(tmp_path, a_policy("{id: tested, check: tests, minimun-run: 2}"))
    assert made.missing()["policies"].startswith("policy.yaml:5:")
    assert not made.lines("evidence")


def test_no_policy_at_all_is_missing(tmp_path):
    assert "no policy was given" in here(tmp_path, "", policies=()).missing()["policies"]


def test_a_policy_that_is_for_other_builds_judges_nothing(tmp_path):
    policy = a_policy(TESTS, more='scope: {repositories: ["other/*"]}\n')
    made = here(tmp_path, policy, build={"repository": "acme/payments"})
    assert "nothing to judge by" in made.missing()["policies"]
    assert made.lines("policy.scope")[0].mark is Mark.NOTE


def test_a_file_of_signers_that_is_not_there_is_told(tmp_path):
    allowance = "  - {rules: [tested], approvers: {users: [dana], minimum: 1}, maximum-days: 3,\n"
    allowance += "     reasons: [mitigated], accept: [signature], signers: nobody.txt}\n"
    made = here(tmp_path, a_policy(TESTS) + f"overrides:\n{allowance}")
    assert "nobody.txt" in made.missing()["policies"]


def test_an_override_that_is_broken_is_told(tmp_path):
    (tmp_path / "w/overrides").mkdir(parents=True)
    (tmp_path / "w/overrides/a.yaml").write_text("kind: Override\n")
    made = here(tmp_path, a_policy(TESTS), overrides=("overrides",))
    assert "overrides/a.yaml" in made.missing()["overrides"]


def test_signers_that_git_is_not_told_of_are_missing(tmp_path):
    rule = "{id: signed, check: commits, signed: allowed}"
    made = here(tmp_path, a_policy(rule), collect={"git": {}})
    assert "allowed-signers" in made.line("signers").fix
    assert made.line("signers").mark is Mark.MISSING
    told = here(tmp_path, a_policy(rule), collect={"git": {"allowed-signers": "/etc/signers"}})
    assert not told.lines("signers")


def test_git_cannot_tell_of_commits_outside_a_clone(tmp_path):
    made = here(tmp_path, a_policy("{id: few, check: commits, maximum-commits: 9}"), collect={"git": {}})
    assert made.line("clone").mark is Mark.MISSING
    assert "no clone" in made.missing()["commits"]


FEW = a_policy("{id: few, check: commits, maximum-commits: 9}")


def test_in_a_clone_git_can_tell_where_it_knows_where_the_change_begins(tmp_path):
    head = a_repository(tmp_path, "w").git("rev-parse", "HEAD")
    whole = here(tmp_path, FEW, collect={"git": {"base": "base"}})
    assert whole.line("clone").said == f"HEAD is {head[:12]}, with its history"
    assert whole.missing() == {}
    assert "where the change begins" in here(tmp_path, FEW, collect={"git": {}}).missing()["commits"]


def test_a_shallow_clone_is_no_evidence_of_commits(tmp_path):
    origin = a_repository(tmp_path, "origin")
    origin.commit("second")
    origin.git("clone", "--quiet", "--depth", "1", f"file://{origin.root}", str(tmp_path / "w"))
    made = here(tmp_path, FEW, collect={"git": {"base": "HEAD~1"}})
    assert made.line("clone").mark is Mark.WARNING
    assert "fetch-depth: 0" in made.line("clone").fix
    assert "shallow" in made.missing()["commits"]


def test_a_work_tree_of_another_commit_is_told(tmp_path):
    a_repository(tmp_path, "w")
    made = here(tmp_path, a_policy(TESTS), build={"commit": "ab" * 20})
    assert made.line("clone").mark is Mark.WARNING
    assert "the build is of abababababab" in made.line("clone").said


def test_a_rule_that_wants_a_token_is_told_how_the_job_gets_one(tmp_path):
    with github(tmp_path) as (_, environment):
        made = here(tmp_path, a_policy(OIDC), environment)
    assert made.line("identity").mark is Mark.MISSING
    assert "id-token: write" in made.line("identity").fix
    assert "--collect oidc" in made.line("evidence").fix


def test_the_api_is_enough_where_the_rule_asks_for_no_more(tmp_path):
    rule = "{id: who, check: identity, triggered-by: {users: [alice]}}"
    with github(tmp_path) as (_, environment):
        made = here(tmp_path, a_policy(rule), environment, collect={"github": {}})
    assert made.missing() == {}


def test_the_variables_alone_are_not(tmp_path):
    rule = "{id: who, check: identity, triggered-by: {users: [alice]}}"
    with github(tmp_path) as (_, environment):
        made = here(tmp_path, a_policy(rule), environment)
    assert "identity or pipeline" in made.missing()


def test_who_ran_it_again_only_the_api_knows(tmp_path):
    rule = "{id: who, check: identity, re-run-by: {users: [alice]}, minimum-assurance: platform-api}"
    with github(tmp_path) as (_, environment):
        made = here(tmp_path, a_policy(rule), environment, collect={"github": {"kinds": "approvals"}})
    assert "pipeline" in made.missing()


def test_a_fact_that_is_not_given_is_told_by_its_name(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w/f.schema.json").write_text(
        '{"type": "object", "properties": {"frozen": {"type": "boolean"}}}'
    )
    rule = "{id: thawed, check: expression, evidence: facts, fact: calendar, forbid: frozen, message: no}"
    made = here(tmp_path, a_policy(rule, more="facts: {calendar: {schema: f.schema.json}}\n"))
    assert made.line("evidence").fix == "--fact calendar=FILE", made.missing()


def test_an_artifact_that_is_not_there_is_told(tmp_path):
    assert "artifacts" in here(tmp_path, a_policy(TESTS), artifacts=("dist/none.whl",)).missing()


def gitlab_job(url, token):
    return {"GITLAB_CI": "true", "CI_SERVER_URL": url, "GATEPASS_ID_TOKEN": token}


def test_a_token_in_a_variable_is_taken_apart_and_never_shown(tmp_path):
    issuer = Issuer("https://gitlab.example", rsa_key())
    token = issuer.token(datetime.now(UTC), "gatepass", {"sub": "secret-subject-of-somebody", "user_id": "7"})
    wanted = {"collect": {"oidc": {"issuer": "https://gitlab.example"}}}
    made = here(
        tmp_path,
        a_policy(OIDC),
        gitlab_job("https://gitlab.example", token),
        wish=OFFLINE,
        **wanted,
    )
    assert made.line("identity").said == "of https://gitlab.example for gatepass"
    assert "user_id" in made.line("identity.claims").said
    for each in (token, *token.split("."), "secret-subject-of-somebody"):
        assert each not in made.everything()


@pytest.mark.parametrize(
    ("issuer", "audience", "days", "said", "mark"),
    [
        ("https://other.example", "gatepass", 0, "another issuer", Mark.MISSING),
        ("https://gitlab.example", "vault", 0, "another audience", Mark.MISSING),
        ("https://gitlab.example", "gatepass", -2, "expired", Mark.WARNING),
    ],
)
def test_a_token_that_is_not_the_one_is_told(tmp_path, issuer, audience, days, said, mark):
    token = Issuer(issuer, rsa_key()).token(datetime.now(UTC) + timedelta(days=days), audience, {"sub": "x"})
    made = here(
        tmp_path,
        a_policy(OIDC),
        gitlab_job("https://gitlab.example", token),
        wish=OFFLINE,
        collect={"oidc": {"issuer": "https://gitlab.example"}},
    )
    assert said in made.line("identity").said
    assert made.line("identity").mark is mark


@pytest.mark.parametrize(
    ("environment", "said", "fix"),
    [
        (
            {"BITBUCKET_BUILD_NUMBER": "7", "BITBUCKET_COMMIT": HEAD, "BITBUCKET_WORKSPACE": "acme"},
            "nothing tells for whom the token is",
            "name its audience (collect: {oidc: {audience: …}})",
        ),
        ({"CIRCLECI": "true"}, "nothing tells who issues tokens here", "name the issuer"),
        ({"GITLAB_CI": "true"}, "nothing tells who issues tokens here", "name the issuer"),
    ],
)
def test_what_mends_an_unnamed_issuer_or_audience_is_to_name_it(tmp_path, environment, said, fix):
    made = here(tmp_path, a_policy(OIDC), environment, wish=OFFLINE, collect={"oidc": {}})
    assert said in made.line("identity").said
    assert made.line("identity").fix.startswith(fix)


@needs_git
def test_a_repository_without_a_commit_is_told_as_one(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path / "w")], check=True)
    made = here(tmp_path, a_policy(TESTS), {}, wish=OFFLINE)
    assert made.line("clone").said == "this repository has no commit yet"


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "é" * 5000, "x" * 40_000])
def test_what_is_no_token_is_told_and_not_shown(tmp_path, token):
    made = here(
        tmp_path,
        a_policy(OIDC),
        gitlab_job("https://gitlab.example", token),
        collect={"oidc": {"issuer": "https://gitlab.example"}},
    )
    assert made.line("identity").mark is Mark.MISSING
    assert "identity" in made.missing()


def test_two_platforms_are_told_with_the_variables_and_the_option(tmp_path):
    environment = {"GITHUB_ACTIONS": "true", "GITLAB_CI": "true"}
    made = here(tmp_path, a_policy(TESTS), environment)
    line = made.line("platform")
    assert line.mark is Mark.MISSING
    assert "GitHub Actions by GITHUB_ACTIONS" in line.said
    assert "GitLab CI/CD by GITLAB_CI" in line.said
    assert "--platform NAME" in line.fix
    assert here(tmp_path, a_policy(TESTS), environment, platform="gitlab").line("platform").mark is Mark.OK


def test_a_pipeline_of_an_unknown_system_is_said_to_be_one(tmp_path):
    assert here(tmp_path, a_policy(TESTS), {"CI": "true"}).line("platform").mark is Mark.WARNING


def test_what_nothing_tells_of_the_build_is_named_with_its_option(tmp_path):
    environment = {"GITHUB_ACTIONS": "true"}
    unknown = {
        each.what: each.fix for each in here(tmp_path, a_policy(TESTS), environment).lines("build.unknown")
    }
    assert unknown["repository"] == "--build repository=owner/name"
    assert "reports of any commit count" in unknown["commit"]


def test_an_event_that_cannot_be_read_is_missing(tmp_path):
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(tmp_path / "none.json")}
    assert "GITHUB_EVENT_PATH" in here(tmp_path, a_policy(TESTS), environment).missing()["build"]


def test_without_a_key_a_pipeline_has_nothing_to_sign_with(tmp_path):
    made = here(tmp_path, a_policy(TESTS), {"CI": "true"}, unsigned=False)
    assert "gatepass key generate" in made.line("key").fix
    assert made.line("key").mark is Mark.MISSING


def test_a_key_in_a_variable_that_is_not_set_is_told(tmp_path):
    made = here(tmp_path, a_policy(TESTS), {"CI": "true"}, unsigned=False, key="env://RELEASE")
    assert made.missing()["key"] == "the variable RELEASE is not set"


def test_a_key_is_shown_by_its_fingerprint_alone(tmp_path):
    pair = keys.generate(tmp_path / "key.pem")
    pem = pair.path.read_text()
    made = here(tmp_path, a_policy(TESTS), {"RELEASE": pem}, unsigned=False, key="env://RELEASE")
    assert made.line("key").said == f"{pair.keyid} by env://RELEASE"
    assert not [each for each in pem.split() if len(each) > 20 and each in made.everything()]


def test_a_key_where_its_name_should_be_is_not_shown(tmp_path):
    pem = keys.generate(tmp_path / "key.pem").path.read_text()
    made = here(tmp_path, a_policy(TESTS), unsigned=False, key=pem)
    assert "the key itself" in made.missing()["key"]
    assert not [each for each in pem.split() if len(each) > 20 and each in made.everything()]


def test_on_a_workstation_no_key_is_made(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    made = here(tmp_path, a_policy(TESTS), {"HOME": str(home)}, unsigned=False)
    assert made.line("key").mark is Mark.NOTE
    assert list(home.rglob("*")) == []


def test_nothing_is_written_in_the_workspace(tmp_path):
    with github(tmp_path) as (_, environment):
        here(tmp_path, a_policy(REVIEWED), environment, collect={"github": {}})
    assert [each.name for each in (tmp_path / "w").iterdir()] == ["policy.yaml"]


def test_an_empty_policy_is_no_policy(tmp_path):
    assert "policies" in here(tmp_path, HEAD).missing()


def test_what_cannot_be_collected_fails_a_rule_that_only_reads_it_as_well(tmp_path):
    """The gate counts it as broken evidence: nobody knows what it would have said."""
    rule = "{id: who, check: identity, triggered-by: {users: [alice]}, on-missing: skip}"
    denied = {f"{REPO}/actions/runs/7001": Reply({}, 403)}
    with github(tmp_path, denied) as (_, environment):
        made = here(tmp_path, a_policy(rule), environment, collect={"github": {}})
    assert "github cannot tell: run" in made.missing()["identity or pipeline"]
    assert "needed by who" in made.missing()["github may not read"]


def test_approvals_fail_where_the_commits_beside_them_cannot_be_told(tmp_path):
    with github(tmp_path) as (_, environment):
        made = here(tmp_path, a_policy(REVIEWED), environment, collect={"github": {}, "git": {}})
    assert "no clone" in made.missing()["commits"]


def test_a_server_that_refuses_fails_the_rule_though_a_report_is_here(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w/scan.sarif").write_text(SARIF)
    rule = "{id: scanned, check: findings, maximum-by-level: {error: 0}}"
    given = {"evidence": ("scan.sarif",)}
    assert here(tmp_path, a_policy(rule), **given).missing() == {}
    made = here(tmp_path, a_policy(rule), collect={"sonarqube": {"project": "acme"}}, **given)
    assert "sonarqube cannot tell" in made.missing()["findings"]


SARIF = (
    '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "scan", "version": "1"}}, "results": [],'
    ' "invocations": [{"executionSuccessful": true}]}]}'
)


def test_what_is_given_and_asked_for_as_well_does_not_count(tmp_path):
    (tmp_path / "w").mkdir()
    shutil.copy(ANSWERS, tmp_path / "w/approvals.json")
    given = {"evidence": ("approvals.json",)}
    with github(tmp_path) as (_, environment):
        assert here(tmp_path, a_policy(REVIEWED), environment, **given).missing() == {}
        made = here(tmp_path, a_policy(REVIEWED), environment, collect={"github": {}}, **given)
    assert "does not count" in made.missing()["approvals"]


def test_a_file_of_signers_that_git_is_told_of_must_be_there(tmp_path):
    a_repository(tmp_path, "w")
    made = here(tmp_path, FEW, collect={"git": {"base": "base", "allowed-signers": "none.txt"}})
    assert "none.txt" in made.missing()["commits"]


def test_sonarqube_must_know_which_analysis(tmp_path):
    rule = "{id: sonar, check: quality-gate, status: OK}"
    answers = {"/api/server/version": Reply("10.4"), "/api/authentication/validate": {"valid": True}}
    with serving(with_answers(lambda _: Reply({}), answers)) as server:
        environment = {"SONAR_HOST_URL": server.url, "SONAR_TOKEN": a_token()}
        made = here(tmp_path, a_policy(rule), environment, collect={"sonarqube": {}})
        assert "report-task.txt" in made.missing()["quality-gate"]
        (tmp_path / "w/.scannerwork").mkdir()
        (tmp_path / "w/.scannerwork/report-task.txt").write_text("x=y\n")
        assert here(tmp_path, a_policy(rule), environment, collect={"sonarqube": {}}).missing() == {}


def test_duties_that_nobody_tells_of_are_warned_of(tmp_path):
    rule = "{id: duties, check: separation-of-duties, apart: [[author, approver]]}"
    made = here(tmp_path, a_policy(rule))
    assert made.missing() == {}
    warned = {each.what for each in made.lines("evidence") if each.mark is Mark.WARNING}
    assert warned == {"approvals", "commits", "pipeline", "identity"}


def test_a_token_that_must_name_the_record_is_only_had_at_github(tmp_path):
    token = Issuer("https://gitlab.example", rsa_key()).token(datetime.now(UTC), "gatepass", {"sub": "x"})
    environment = gitlab_job("https://gitlab.example", token)
    wanted = {"collect": {"oidc": {"issuer": "https://gitlab.example"}}, "identity": "required"}
    made = here(tmp_path, a_policy(TESTS), environment, wish=OFFLINE, **wanted)
    assert "none can name the record" in made.missing()["token of the record"]


def test_a_file_of_keys_that_is_not_there_is_told(tmp_path):
    token = Issuer("https://gitlab.example", rsa_key()).token(datetime.now(UTC), "gatepass", {"sub": "x"})
    wanted = {"collect": {"oidc": {"issuer": "https://gitlab.example", "jwks": "/none/keys.json"}}}
    made = here(tmp_path, a_policy(OIDC), gitlab_job("https://gitlab.example", token), **wanted)
    assert "cannot be read" in made.missing()["its issuer"]
    assert "identity" in made.missing()
