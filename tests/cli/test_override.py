"""`gatepass override`: asked for, listed, shown, pruned; and what the gate says of a request."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from gatepass.model.decision import Verdict
from gatepass.model.override import OverrideStatus
from gatepass.policy.overrides import load
from support.cli import gatepass
from support.gate import a_workspace
from support.override_commands import commands  # noqa: F401  (the fixture `run`)

POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: release}
teams: {acme/appsec: [dana, erin]}
overrides:
  - rules: [tested]
    approvers: {teams: [acme/appsec], minimum: 1}
    maximum-days: 30
    reasons: [risk-accepted, mitigated]
    require: [ticket]
rules:
  - id: tested
    check: tests
  - id: never
    check: tests
"""
RED = '<testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>\n'
ASKED = ("override", "request", "--rule", "tested", "--reason", "mitigated", "--justification", "It is safe.")
ALL = (*ASKED, "--whole-rule", "--ticket", "SEC-1", "--days", "30", "--requested-by", "alice")
FLAGS = ("--whole-rule", "--missing-evidence")
TODAY = datetime.now(UTC).date()


def day(distance: int) -> str:
    return (TODAY + timedelta(days=distance)).isoformat()


def an_override(id: str, *, first: int = -10, last: int = 10, **changes: str) -> str:  # noqa: A002
    fields = {
        "apiVersion": "gatepass/v1",
        "kind": "Override",
        "id": id,
        "rule": "tested",
        "match": "{whole-rule: true}",
        "reason": "mitigated",
        "justification": "It is safe.",
        "ticket": "SEC-1",
        "requested-by": "alice",
        "approved-by": "[dana]",
        "created": day(first),
        "expires": day(last),
        **{key.replace("_", "-"): value for key, value in changes.items()},
    }
    return "".join(f"{key}: {value}\n" for key, value in fields.items() if value)


@pytest.fixture
def workspace(tmp_path):
    made = a_workspace(tmp_path)
    config = "apiVersion: gatepass/v1\nkind: Config\npolicies: [policy.yaml]\noverrides: [overrides]\n"
    made.write({"policy.yaml": POLICY, "gatepass.yaml": config})
    return made


def test_a_request_is_a_file_that_becomes_an_override_by_an_approvers_edit(workspace, run):
    code, out = run(*ALL)
    path = workspace.root / f"overrides/OVR-{TODAY.year}-001.yaml"
    assert code == 0
    assert f"wrote overrides/OVR-{TODAY.year}-001.yaml: a request, which lets nothing through yet" in out
    assert "One of acme/appsec (dana, erin) may let it through for at most 30 days" in out
    [request] = load(["overrides"], workspace.root)
    assert (request.is_request, request.requested_by, request.ticket) == (True, "alice", "SEC-1")
    assert request.expires.date() == TODAY + timedelta(days=31)

    workspace.write({"policy.yaml": POLICY, "junit.xml": RED})
    now = datetime.now(UTC).replace(microsecond=0)
    only = POLICY.replace("  - id: never\n    check: tests\n", "")
    asked = workspace.judge(only, "junit.xml", overrides=("overrides",), now=now)
    assert asked.decision.verdict is Verdict.FAILED
    [use] = asked.decision.overrides
    assert (use.status, use.would_cover) == (OverrideStatus.REQUESTED, 1)
    for name, text in workspace.written().items():
        if name == "markdown":
            text = text.replace("\\", "")
        assert "nobody has approved it; 1 of acme/appsec may" in " ".join(text.split()), name
    [recorded] = workspace.verified().predicate["overrides"]
    assert (recorded["status"], "approvedBy" in recorded) == ("requested", False)

    approved = path.read_text("utf-8").replace("kind: OverrideRequest", "kind: Override")
    path.write_text(approved + "approved-by: [dana]\n", "utf-8")
    passed = workspace.judge(only, "junit.xml", overrides=("overrides",), now=now)
    assert passed.decision.verdict is Verdict.PASSED


def test_only_setting_the_kind_makes_no_override(workspace, run):
    run(*ALL)
    path = workspace.root / f"overrides/OVR-{TODAY.year}-001.yaml"
    path.write_text(path.read_text("utf-8").replace("OverrideRequest", "Override"), "utf-8")
    code, out = run("override", "list")
    assert code == 2
    assert out.startswith(f"overrides/{path.name}:1:1: the file needs 'approved-by'")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--rule": "testd"}, "no policy has a rule 'testd'; did you mean 'tested'?"),
        ({"--rule": "other/tested"}, "no policy has a rule 'other/tested'"),
        (
            {"--rule": "never"},
            "nobody could approve this: release/never: the policy release does not let never",
        ),
        ({"--reason": "hurry"}, "its reason 'hurry' is not one of risk-accepted, mitigated"),
        ({"--days": "31"}, "at most 30 are allowed"),
        ({"--ticket": None}, "the policy wants a ticket"),
        ({"--whole-rule": None}, "the request does not say what it is for"),
        ({"--whole-rule": None, "--missing-evidence": ""}, "the request does not say what it is for"),
        ({"--whole-rule": None, "--package": "lodash", "--fingerprint": "abc"}, "match.fingerprints[0]"),
        ({"--path": "src/**"}, "--whole-rule is for everything"),
        ({"--days": None}, "how long is it to last?"),
        ({"--expires": day(3)}, "how long is it to last?"),
        ({"--days": None, "--expires": day(-3)}, "expires before it was created"),
        ({"--days": None, "--expires": "soon"}, "no request can be made of this: expires"),
        ({"--justification": ""}, "no request can be made of this: justification"),
        ({"--requested-by": None}, "who asks for it is not known"),
        ({"--requested-by": "@alice"}, "requested-by"),
        ({"--id": "../../x"}, "no request can be made of this: id"),
    ],
)
def test_what_nobody_could_approve_is_not_asked_for(workspace, run, changes, said):
    given: dict[str, str | None] = {}
    pairs = list(ALL[2:])
    while pairs:
        name = pairs.pop(0)
        given[name] = pairs.pop(0) if pairs and not pairs[0].startswith("--") else ""
    given = {name: value for name, value in {**given, **changes}.items() if value is not None}
    arguments = [part for name, value in given.items() for part in (name, value) if name not in FLAGS]
    arguments += [name for name in given if name in FLAGS]
    code, out = run("override", "request", *arguments)
    assert code == 2
    assert said in out
    assert not (workspace.root / "overrides").exists()


def test_who_alone_may_approve_cannot_ask(workspace, run):
    workspace.write({"policy.yaml": POLICY.replace("[dana, erin]", "[dana]")})
    code, out = run(*ALL[:-1], "Dana")
    assert code == 2
    assert "nobody could approve this: release/tested: has 0 of 1 approvals" in out


def test_ids_count_on_from_what_is_there(workspace, run):
    year = TODAY.year
    workspace.write(
        {
            "overrides/old.yaml": an_override(f"OVR-{year}-014"),
            "overrides/before.yaml": an_override(f"OVR-{year - 1}-900"),
        }
    )
    assert f"wrote overrides/OVR-{year}-015.yaml" in run(*ALL)[1]
    assert f"wrote overrides/OVR-{year}-016.yaml" in run(*ALL)[1]
    code, out = run(*ALL, "--id", f"OVR-{year}-014")
    assert (code, f"the id OVR-{year}-014 is taken by overrides/old.yaml" in out) == (2, True)


def test_a_file_that_is_there_is_never_overwritten(workspace, run):
    workspace.write({"mine.yaml": "mine"})
    code, out = run(*ALL, "--output", "mine.yaml")
    assert (code, "mine.yaml is there already" in out) == (2, True)
    assert (workspace.root / "mine.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    "text",
    [
        "1e5",
        "0o17",
        "yes",
        "null",
        "- a",
        "a: b # c",
        "'\"\\",
        "\x1b[2J\u202e\n\tx\x7f",
        "🙂 é",
        "&a *b !c",
        "2026-01-01",
    ],
)
def test_a_justification_is_read_as_it_was_given(workspace, run, text):
    code, _ = run(*ALL, "--justification", text, "--ticket", text.replace("\n", ""))
    [request] = load(["overrides"], workspace.root)
    assert (code, request.justification) == (0, text)


def test_who_started_the_pipeline_asks_when_nobody_is_named(workspace, run):
    arguments = ALL[: ALL.index("--requested-by")]
    github = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "frank", "GITHUB_EVENT_NAME": "push"}
    code, out = run(*arguments, **github)
    assert (code, out[:5]) == (0, "wrote")
    assert load(["overrides"], workspace.root)[0].requested_by == "frank"


STANDINGS = {
    "OVR-FAR": an_override("OVR-FAR", last=20),
    "OVR-SOON": an_override("OVR-SOON", last=13, rule="release/tested", approved_by="[Dana, erin]"),
    "OVR-OVER": an_override("OVR-OVER", last=-1),
    "OVR-ASKED": an_override("OVR-ASKED", kind="OverrideRequest", approved_by=""),
    "OVR-SELF": an_override("OVR-SELF", requested_by="erin", approved_by="[erin]"),
    "OVR-LONG": an_override("OVR-LONG", last=90),
    "OVR-WHY": an_override("OVR-WHY", reason="hurry"),
    "OVR-GONE": an_override("OVR-GONE", rule="gone"),
    "OVR-NEXT": an_override("OVR-NEXT", first=1),
}
STATUS = {
    "OVR-FAR": "in-force",
    "OVR-SOON": "in-force",
    "OVR-OVER": "expired",
    "OVR-ASKED": "requested",
    "OVR-SELF": "unauthorised",
    "OVR-LONG": "too-long",
    "OVR-WHY": "not-allowed",
    "OVR-GONE": "unknown-rule",
    "OVR-NEXT": "not-yet",
}


@pytest.fixture
def listed(workspace):
    workspace.write({f"overrides/{name}.yaml": text for name, text in STANDINGS.items()})
    return workspace


def test_the_list_says_the_standing_of_each(listed, run):
    code, out = run("override", "list", "--json")
    made = json.loads(out)
    assert code == 0
    assert made["schema"] == "gatepass.overrides/v1"
    assert {each["id"]: each["status"] for each in made["overrides"]} == STATUS
    assert [each["id"] for each in made["overrides"] if each["expiresSoon"]] == ["OVR-SOON"]
    assert made["counts"] == {
        status.value: list(STATUS.values()).count(status.value) for status in OverrideStatus
    }
    assert made["approvals"] == [
        {"login": "dana", "overrides": 7, "inForce": 2},
        {"login": "erin", "overrides": 1, "inForce": 1},
    ]
    assert made["rules"] == [
        {"rule": "release/tested", "overrides": 7, "inForce": 2},
        {"rule": "gone", "overrides": 1, "inForce": 0},
    ]


def test_the_list_for_people_names_every_one_under_its_standing(listed, run):
    code, out = run("override", "list")
    assert code == 0
    assert out.startswith("8 overrides, 2 in force; 1 request at ")
    soon = f"OVR-SOON release/tested (the whole rule) until {day(13)} (13 days)"
    assert f"In force, over within 14 days (1) {soon}" in out
    assert "In force for more than 14 days (1) " in out
    for name, status in STATUS.items():
        if status != "in-force":
            assert f"{status.replace('-', ' ').capitalize()} (1) {name} " in out
    assert "Who approved most dana 7 overrides, 2 in force erin 1 override, 1 in force" in out
    assert "Which rules are overridden most release/tested 7 overrides, 2 in force" in out


def test_how_soon_is_soon_can_be_said(listed, run):
    names = {
        days: [
            each["id"]
            for each in json.loads(run("override", "list", "--json", "--expiring", days)[1])["overrides"]
            if each["expiresSoon"]
        ]
        for days in ("13", "14", "25")
    }
    assert names == {"13": [], "14": ["OVR-SOON"], "25": ["OVR-SOON", "OVR-FAR"]}


def test_without_overrides_or_policies_the_list_says_so(workspace, run):
    assert "there is no override overrides" in run("override", "list")[1]
    (workspace.root / "gatepass.yaml").unlink()
    assert "there is no folder overrides here" in run("override", "list")[1]
    (workspace.root / "overrides").mkdir()
    assert "no policy was given" in run("override", "list")[1]
    assert run("override", "list", "--policy", "policy.yaml")[0] == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("OVR-FAR", "release/tested in-force: mitigated, until"),
        ("OVR-FAR", "It has all of that."),
        ("OVR-ASKED", "kind a request"),
        ("OVR-ASKED", "release/tested requested: nobody has approved it; 1 of acme/appsec may"),
        ("OVR-ASKED", "It needs their approval."),
        ("OVR-SELF", "approved by erin (the requester does not count)"),
        ("OVR-SELF", "It needs their approval."),
        ("OVR-LONG", "No approval would be enough: lasts 101 days; at most 30 are allowed."),
        ("OVR-GONE", "unknown-rule no policy has a rule 'gone'"),
        ("OVR-GONE", "A rule that a policy has."),
    ],
)
def test_everything_about_one_is_shown(listed, run, name, said):
    code, out = run("override", "show", name)
    assert code == 0
    assert out.startswith(f"{name} · ")
    assert said in out


def test_an_id_that_is_not_there_is_an_error_that_suggests_another(listed, run):
    assert run("override", "show", "OVR-FART")[1].startswith(
        "there is no override 'OVR-FART'; did you mean 'OVR-FAR'?"
    )


def test_hostile_text_is_escaped_wherever_it_is_shown(workspace, run):
    hostile = r'"\x1b[2J\u202e ##vso[task.complete]"'
    workspace.write(
        {"overrides/a.yaml": an_override("OVR-1", reason=hostile, justification=hostile, ticket=hostile)}
    )
    for command in (("list",), ("show", "OVR-1"), ("list", "--json")):
        code, out = run("override", *command)
        assert code == 0
        assert not {"\x1b", "\u202e"} & set(out)
        assert "##" not in out
    assert r"justification \x1b[2J\u202e # #vso[task.complete]" in run("override", "show", "OVR-1")[1]


def files(workspace) -> set[str]:
    return {path.stem for path in (workspace.root / "overrides").iterdir()}


def test_pruning_names_what_expired_and_removes_it_only_when_told(listed, run):
    code, out = run("override", "prune")
    assert (code, out.count("would remove")) == (0, 1)
    assert "would remove overrides/OVR-OVER.yaml: OVR-OVER expired at " in out
    assert "nothing was removed; --apply does it" in out
    assert files(listed) == set(STANDINGS)
    code, out = run("override", "prune", "--apply")
    assert (code, out.startswith("removed overrides/OVR-OVER.yaml: ")) == (0, True)
    assert files(listed) == set(STANDINGS) - {"OVR-OVER"}
    assert run("override", "prune", "--apply")[1].startswith("nothing to remove among 8 ")


def test_one_that_is_not_pruned_is_one(workspace, run):
    workspace.write({"overrides/a.yaml": an_override("OVR-1")})
    assert run("override", "prune")[1].startswith("nothing to remove among 1 override or request")


def test_pruning_by_a_record_takes_what_matched_nothing_in_it(workspace, run):
    used, unused = an_override("OVR-USED"), an_override("OVR-UNUSED", match="{paths: [nowhere/**]}")
    changed = an_override("OVR-CHANGED", match="{paths: [nowhere/**]}")
    workspace.write({"overrides/a.yaml": used, "overrides/b.yaml": unused, "overrides/c.yaml": changed})
    workspace.write({"junit.xml": RED})
    workspace.judge(
        POLICY, "junit.xml", overrides=("overrides",), now=datetime.now(UTC).replace(microsecond=0)
    )
    workspace.write({"overrides/c.yaml": changed + "drop-if-fixable: true\n"})
    record = "gatepass.intoto.jsonl"
    code, out = run("override", "prune", "--record", record, "--apply")
    assert code == 0
    assert "NOT VERIFIED" in out
    assert "removed overrides/b.yaml: OVR-UNUSED matched nothing in the record's decision" in out
    assert files(workspace) == {"a", "c"}


def test_pruning_removes_nothing_when_one_file_cannot_be_read(listed, run):
    listed.write({"overrides/broken.yaml": "kind: Override\n"})
    code, _ = run("override", "prune", "--apply")
    assert code == 2
    assert files(listed) == {*STANDINGS, "broken"}


def test_the_command_line_runs_as_a_process(listed):
    ran = gatepass("override", "list", cwd=listed.root)
    assert (ran.code, ran.err) == (0, "")
    ran = gatepass("override", "show", "nothing", cwd=listed.root)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: there is no override 'nothing'")
