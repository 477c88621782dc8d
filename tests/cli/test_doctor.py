"""`gatepass doctor`, as a developer and a program meet it."""

from __future__ import annotations

import json

import pytest

from support.cli import gatepass
from support.examined import REVIEWED, a_policy, a_token, github
from support.loopback import Reply

CONFIG = "apiVersion: gatepass/v1\nkind: Config\npolicies: [policy.yaml]\n"


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "policy.yaml").write_text(a_policy(REVIEWED))
    (root / "gatepass.yaml").write_text(f"{CONFIG}collect: {{github: {{}}}}\n")
    return root


def test_when_nothing_is_missing_it_says_so_and_exits_with_0(root, tmp_path):
    with github(tmp_path) as (_, environment):
        ran = gatepass("doctor", "--unsafe-unsigned", cwd=root, env=environment)
    assert ran.code == 0, ran.out + ran.err
    assert ran.out.startswith("gatepass doctor  READY   acme/payments@")
    assert "✗" not in ran.out
    assert ran.err == ""


def test_what_is_missing_is_counted_and_exits_with_1(root, tmp_path):
    with github(tmp_path) as (_, environment):
        del environment["GITHUB_TOKEN"]
        ran = gatepass("doctor", "--unsafe-unsigned", cwd=root, env=environment)
    assert ran.code == 1
    assert ran.out.startswith("gatepass doctor  2 MISSING   ")
    assert "  ✗ github " in ran.out
    assert "      fix: set GITHUB_TOKEN for this step alone" in ran.out


def test_quiet_leaves_out_what_is_as_it_should_be(root, tmp_path):
    with github(tmp_path) as (_, environment):
        del environment["GITHUB_TOKEN"]
        ran = gatepass("doctor", "-q", cwd=root, env=environment)
    assert "✗" in ran.out
    assert "✓" not in ran.out
    assert "\n  – " not in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--collect", "gihub"], "there is no collector 'gihub'"),
        (["--identity", "maybe"], "--identity cannot be 'maybe'"),
        (["--config", "none.yaml"], "there is no configuration none.yaml"),
        (["--build", "colour=red"], "--build has no 'colour'"),
        (["--fact", "x"], "--fact"),
    ],
)
def test_bad_usage_exits_with_2(root, arguments, said):
    ran = gatepass("doctor", *arguments, cwd=root)
    assert ran.code == 2
    assert said in ran.err + ran.out


def test_for_programs_it_has_a_shape_that_stays(root, tmp_path):
    with github(tmp_path) as (server, environment):
        ran = gatepass("doctor", "--unsafe-unsigned", "--json", cwd=root, env=environment)
    made = json.loads(ran.out)
    assert set(made) == {
        *("apiVersion", "kind", "gatepass", "at", "complete", "subject", "counts", "sections"),
    }
    assert made["kind"] == "Examination"
    assert made["complete"] is True
    assert [each["id"] for each in made["sections"]] == [
        *("versions", "pipeline", "identity", "servers", "policies", "signing", "clock"),
    ]
    lines = [line for section in made["sections"] for line in section["lines"]]
    assert {key for line in lines for key in line} == {"id", "mark", "what", "said", "fix", "facts"}
    assert {line["mark"] for line in lines} <= {"ok", "note", "warning", "missing"}
    (told,) = [line["facts"] for line in lines if line["id"] == "github.server"]
    assert told["server"] == server.url
    (clock,) = [line["facts"] for line in lines if line["id"] == "clock"]
    assert abs(clock["skew-seconds"]) < 10
    assert sum(made["counts"].values()) == len(lines)


def test_no_secret_of_the_environment_is_printed_whoever_says_it(root, tmp_path):
    secrets = {
        "GITHUB_TOKEN": a_token(),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": a_token(),
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:9/?x=1",
        "GATEPASS_KEY_PASSPHRASE": a_token(),
        "MY_SERVICE_CREDENTIALS": a_token(),
        "RELEASE": f"{a_token()}\n{a_token()}",
    }

    def echo(heard):
        said = " ".join([heard.headers["authorization"], *secrets.values()])
        return Reply({"login": said}, headers={"X-OAuth-Scopes": said.replace("\n", ",")})

    with github(tmp_path, {"/user": echo}) as (_, environment):
        env = {**environment, **secrets}
        arguments = ["doctor", "--key", "env://RELEASE", "--request-token"]
        printed = [gatepass(*arguments, *more, cwd=root, env=env) for more in ([], ["--json"], ["-q"])]
    assert "[secret]" in printed[0].out
    for ran in printed:
        for name, value in secrets.items():
            if not name.endswith("URL"):
                for part in value.split():
                    assert part not in ran.out + ran.err, name


HOSTILE = "alice\x1b[2J\n##vso[task.setvariable]x\n::error::y\r‮\x00" + "z" * 9000


def test_a_hostile_server_steers_neither_terminal_nor_runner(root, tmp_path):
    answers = {"/user": Reply({"login": HOSTILE}, headers={"X-OAuth-Scopes": "::add-mask::x, ##[error]y"})}
    with github(tmp_path, answers) as (_, environment):
        for more in ([], ["--json"]):
            ran = gatepass("doctor", "--unsafe-unsigned", *more, cwd=root, env=environment)
            assert ran.code == 0, ran.err
            assert "\x1b" not in ran.out
            assert "\x00" not in ran.out
            assert "\r" not in ran.out
            assert "‮" not in ran.out
            assert "##vso" not in ran.out
            assert "##[" not in ran.out
            assert not [each for each in ran.out.splitlines() if each.lstrip().startswith("::")]
            assert len(ran.out) < 20_000


def test_a_token_of_the_run_is_asked_for_only_when_that_is_said(root, tmp_path):
    def issue(heard):
        return Reply({"value": "x.y.z"})

    with github(tmp_path, {"/token": issue}) as (server, environment):
        asks = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/token?v=1",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": a_token(),
        }
        config = f"{CONFIG}collect: {{oidc: {{issuer: {server.url}}}}}\n"
        (root / "gatepass.yaml").write_text(config)
        gatepass("doctor", cwd=root, env={**environment, **asks})
        assert "/token" not in server.paths()
        ran = gatepass("doctor", "--request-token", cwd=root, env={**environment, **asks})
        assert "/token" in server.paths()
    assert "x.y.z" not in ran.out
    assert ran.code == 1


def test_offline_asks_nobody(root, tmp_path):
    with github(tmp_path) as (server, environment):
        ran = gatepass("doctor", "--offline", cwd=root, env=environment)
        assert server.heard == []
    assert "not compared: nobody was asked" in ran.out


def test_colours_are_for_those_who_want_them(root, tmp_path):
    ran = gatepass("doctor", "--offline", cwd=root, env={"NO_COLOR": "", "FORCE_COLOR": "1"})
    assert "\x1b[1;31m" in ran.out
