"""Two stages, as docs/github has them: built without a secret, judged again where nothing of the change runs.

The workflows are the documented ones to the letter; the forge is the stage of the stories, on loopback.
"""

from __future__ import annotations

import json
import shutil
import stat

import pytest

from gatepass.signers.keys import generate
from integration.conftest import PROJECT
from integration.forge import forge
from support import github_stage

REPORT = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>'
POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: payments}
rules:
  - {id: tests, check: tests, minimum-run: 1}
  - {id: reviewed, check: approvals, minimum: 1, collected: true}
"""
UNREVIEWED = POLICY.rpartition("  - ")[0]
GH = """\
#!/bin/sh
echo "gh $*" >>"$HEARD"
case "$*" in
  *actions/workflows/build.yml/runs*) echo 7001 ;;
  *pulls?state=open*) echo "482 main" ;;
  */statuses/*) ;;
  *) exit 1 ;;
esac
"""


@pytest.fixture
def documented(runner):
    """A repository with the documented workflows; its tests pass, its policies are those of main."""
    for name, to in (("pull-request", "build"), ("reviewed", "reviewed"), ("signed", "gate")):
        text = (PROJECT / "docs" / "github" / f"{name}.yml").read_text()
        runner.write({f".github/workflows/{to}.yml": text})
    make = f"test:\n\tmkdir -p reports && printf '%s' '{REPORT}' > reports/junit.xml\n"
    runner.write({"Makefile": make, "policies/p.yaml": UNREVIEWED})
    runner.write({"policies/p.yaml": POLICY}, runner.folder / "checkouts" / "own@main")
    gh = runner.folder / "bin" / "gh"
    gh.write_text(GH)
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    runner.commit()
    return runner


def pull_request(stage):
    return {"action": "opened", "number": 482, "pull_request": github_stage._pull(stage)}


def followed(stage, workflow="build", event="pull_request", **more):
    run = {
        "id": 7001,
        "run_attempt": 1,
        "head_sha": stage.head,
        "head_branch": "refunds",
        "event": event,
        "path": f".github/workflows/{workflow}.yml",
        "pull_requests": [],
        "actor": {"login": "mallory", "id": 9},
        "triggering_actor": {"login": "mallory", "id": 9},
        **more,
    }
    return {"action": "completed", "workflow_run": run, "repository": {"default_branch": "main"}}


def second_stage(runner, stage, server, **more):
    secrets = runner.folder / "secrets"
    pem = generate(runner.folder / f"{len([*runner.folder.glob('*.pem')])}.pem").path.read_text()
    secrets.write_text(f"GATEPASS_KEY={json.dumps(pem)}\nGITHUB_TOKEN=made-for-the-test\n")
    runner.env["GITHUB_API_URL"] = server.url
    return runner.act("workflow_run", followed(stage, **more), "--secret-file", str(secrets))


def statuses(server, stage):
    told = [each for each in server.heard if each.path == f"/repos/acme/payments/statuses/{stage.head}"]
    return [json.loads(each.body)["state"] for each in told]


def test_a_fork_is_built_and_judged_without_a_secret_then_signed_where_nothing_of_it_runs(documented):
    with forge("mallory opens a change request from a fork", "bob approves") as (stage, server):
        first = documented.act("pull_request", pull_request(stage), "--actor", "mallory")
        assert first.code == 0, first.log
        assert "UNSIGNED" in first.log
        assert (documented.artifacts / "gatepass-test" / "junit.xml").exists()
        second = second_stage(documented, stage, server)
        assert second.code == 0, second.log
        assert statuses(server, stage) == ["success"]
        assert not [line for line in second.heard if line.startswith("checkout") and "@main" not in line]
        comments = [
            each for each in server.heard if each.method == "POST" and each.path.endswith("/482/comments")
        ]
        assert len(comments) == 1
        assert "PASSED" in json.loads(comments[0].body)["body"]


def test_the_policies_of_the_change_are_not_those_that_judge_it(documented):
    with forge("mallory opens a change request from a fork") as (stage, server):
        first = documented.act("pull_request", pull_request(stage), "--actor", "mallory")
        assert first.code == 0, first.log  # its own policies ask for no approval
        second = second_stage(documented, stage, server)
        assert second.code == 1
        assert statuses(server, stage) == ["failure"]
        assert "reviewed" in second.log


def test_an_approval_judges_again_and_takes_the_place_of_the_red(documented):
    shutil.copytree(documented.repo, documented.folder / "unused")
    documented.write({"junit.xml": REPORT}, documented.artifacts / "gatepass-test")
    with forge("alice opens a change request") as (stage, server):
        assert second_stage(documented, stage, server).code == 1
        assert statuses(server, stage) == ["failure"]
    with forge("alice opens a change request", "bob approves") as (stage, server):
        assert documented.act("pull_request_review", {**pull_request(stage), "action": "submitted"}).code == 0
        again = second_stage(documented, stage, server, workflow="reviewed", event="pull_request_review")
        assert again.code == 0, again.log
        assert statuses(server, stage) == ["success"]


def test_a_forged_report_of_approvals_among_the_artifacts_approves_nothing(documented):
    documented.write({"junit.xml": REPORT}, documented.artifacts / "gatepass-test")
    review = {"id": 1, "user": {"login": "bob", "id": 2, "type": "User"}, "state": "APPROVED"}
    with forge("mallory opens a change request from a fork") as (stage, server):
        forged = [{**review, "commit_id": stage.head, "submitted_at": "2026-11-22T09:00:00Z"}]
        documented.write({"reviews.json": json.dumps(forged)}, documented.artifacts / "gatepass-test")
        assert second_stage(documented, stage, server).code != 0
        assert statuses(server, stage) == ["failure"]


def test_without_a_key_the_status_is_an_error_and_never_green(documented):
    documented.write({"junit.xml": REPORT}, documented.artifacts / "gatepass-test")
    with forge("alice opens a change request", "bob approves") as (stage, server):
        documented.env["GITHUB_API_URL"] = server.url
        ran = documented.act("workflow_run", followed(stage), "-s", "GITHUB_TOKEN=made-for-the-test")
        assert ran.code == 1
        assert statuses(server, stage) == ["error"]


def test_a_merge_queue_is_judged_by_the_change_it_takes_up(documented):
    happened = ("alice opens a change request", "bob approves", "the merge queue takes it up")
    with forge(*happened) as (stage, server):
        event, payload = github_stage._event(stage)
        first = documented.act(event, payload)
        assert first.code == 0, first.log
        queued = payload["merge_group"]
        branch = queued["head_ref"].removeprefix("refs/heads/")
        run = {"head_sha": queued["head_sha"], "head_branch": branch}
        second = second_stage(documented, stage, server, event="merge_group", **run)
        assert second.code == 0, second.log
        told = [each for each in server.heard if each.path.endswith(f"/statuses/{queued['head_sha']}")]
        assert [json.loads(each.body)["state"] for each in told] == ["success"]


def test_a_job_that_is_skipped_or_fails_cannot_look_like_a_pass(documented):
    (documented.repo / "Makefile").write_text("test:\n\tfalse\n")
    with forge("alice opens a change request", "bob approves") as (stage, server):
        first = documented.act("pull_request", pull_request(stage))
        assert first.code == 1
        second = second_stage(documented, stage, server)
        assert second.code == 1
        assert statuses(server, stage) == ["failure"]
