"""Asking GitHub about a run, and reading what it answered."""

from __future__ import annotations

import json

import pytest

from gatepass.errors import CollectionError, UnreadableEvidence
from gatepass.model.build import Build, Run
from gatepass.model.pipeline import JobStatus, Runner
from support.evidence import read
from support.github_world import (
    CHECKOUT,
    HEAD,
    PULL,
    REPO,
    REPOSITORY,
    RUN,
    RUNS,
    WORKFLOW,
    WORKFLOW_PATH,
    World,
    account,
    ask,
    counted,
    found,
    job,
)
from support.loopback import Reply


def pipeline(world, tmp_path, **more):
    return found(world, tmp_path, "pipeline", **more)


def another(identity, attempts=1, conclusion="failure", **more):
    ended = {"status": "completed", "conclusion": conclusion}
    return {**World().attempt(1), "id": identity, "run_attempt": attempts, **ended, **more}


def with_workflow(text, **others):
    return World(contents={WORKFLOW_PATH: text, **others})


def test_a_run_tells_who_set_it_off_and_how_its_jobs_ended(tmp_path):
    made = pipeline(World(), tmp_path)
    assert (made.run, made.commit, made.repository, made.attempt) == (str(RUN), HEAD, REPOSITORY, 1)
    assert (made.workflow, made.workflow_path, made.event) == ("build", WORKFLOW_PATH, "pull_request")
    assert (made.started_by.login, made.triggered_by.login, made.complete) == ("alice", "alice", True)
    assert [(each.name, each.status, each.runner) for each in made.jobs] == [
        ("build", JobStatus.SUCCESS, Runner.HOSTED),
        ("test", JobStatus.SUCCESS, Runner.HOSTED),
        ("gate", JobStatus.RUNNING, Runner.HOSTED),
    ]
    assert made.gate_job == "gate"


@pytest.mark.parametrize(
    ("conclusion", "status"),
    [
        ("skipped", JobStatus.SKIPPED),
        ("neutral", JobStatus.NEUTRAL),
        ("cancelled", JobStatus.CANCELLED),
        ("timed_out", JobStatus.TIMED_OUT),
        ("startup_failure", JobStatus.FAILURE),
        ("action_required", JobStatus.ACTION_REQUIRED),
        ("stale", JobStatus.STALE),
        ("passed", JobStatus.UNKNOWN),
        (None, JobStatus.RUNNING),
    ],
)
def test_success_alone_is_success(tmp_path, conclusion, status):
    jobs = (job("build", conclusion, runner_name="GitHub Actions 1"), job("gate", None))
    made = pipeline(World(attempts=(("alice", None, jobs),)), tmp_path)
    assert made.jobs[0].status is status


@pytest.mark.parametrize("state", ["queued", "waiting", "requested", "pending"])
def test_what_has_not_begun_has_not_succeeded(tmp_path, state):
    jobs = (job("build", "success", status=state), job("gate", None))
    assert pipeline(World(attempts=(("alice", None, jobs),)), tmp_path).jobs[0].status is JobStatus.PENDING


def test_a_re_run_is_told_with_who_asked_for_it_and_what_had_failed(tmp_path):
    world = World(
        attempts=(
            ("alice", "failure", (job("build"), job("test", "failure"), job("lint", "timed_out"))),
            ("carol", None, (job("test"), job("lint", "skipped"), job("gate", None))),
        )
    )
    made = pipeline(world, tmp_path)
    assert [(each.number, each.by.login, each.status, each.failed_jobs) for each in made.attempts] == [
        (1, "alice", JobStatus.FAILURE, ("test", "lint")),
        (2, "carol", JobStatus.RUNNING, ()),
    ]
    assert (made.started_by.login, made.triggered_by.login) == ("alice", "carol")
    assert {each.name: (each.status, each.attempt) for each in made.jobs} == {
        "test": (JobStatus.SUCCESS, 2),
        "lint": (JobStatus.SKIPPED, 2),
        "gate": (JobStatus.RUNNING, 2),
        "build": (JobStatus.SUCCESS, 1),
    }


def test_of_two_jobs_of_one_name_none_hides_the_other(tmp_path):
    jobs = (job("build", "failure"), job("build"), job("gate", None))
    made = pipeline(World(attempts=(("alice", None, jobs),)), tmp_path)
    assert [each.status for each in made.jobs if each.name == "build"] == [
        JobStatus.FAILURE,
        JobStatus.SUCCESS,
    ]


def test_earlier_runs_of_the_workflow_for_the_commit_are_attempts_too(tmp_path):
    world = World(
        earlier=(
            another(6002, 2, "cancelled"),
            another(6001),
            another(6003, workflow_id=WORKFLOW + 1),
            another(RUN + 1),
        ),
        answers={f"{RUNS}/6002/attempts/1": another(6002)},
    )
    made = pipeline(world, tmp_path)
    assert [(each.run, each.number, each.status) for each in made.attempts] == [
        ("6001", 1, JobStatus.FAILURE),
        ("6002", 1, JobStatus.FAILURE),
        ("6002", 2, JobStatus.CANCELLED),
        (str(RUN), 1, JobStatus.RUNNING),
    ]


def test_what_failed_in_an_earlier_run_is_asked_for(tmp_path):
    jobs = [
        {**job(name, end), "id": at, "run_id": 6001, "run_attempt": 1}
        for at, (name, end) in enumerate((("build", "success"), ("test", "failure"), ("gate", "failure")))
    ]
    answers = {f"{RUNS}/6001/attempts/1/jobs": counted("jobs", jobs)}
    made = pipeline(World(earlier=(another(6001),), answers=answers), tmp_path)
    assert made.attempts[0].failed_jobs == ("test", "gate")


def test_jobs_of_an_earlier_run_that_are_another_runs_are_refused(tmp_path):
    foreign = [{**job("test", "failure"), "id": 1, "run_id": 6000, "run_attempt": 1}]
    answers = {f"{RUNS}/6001/attempts/1/jobs": counted("jobs", foreign)}
    with pytest.raises(UnreadableEvidence, match="a job of another run"):
        pipeline(World(earlier=(another(6001),), answers=answers), tmp_path)


def test_a_list_of_runs_without_this_one_is_not_complete(tmp_path):
    made = pipeline(
        World(earlier=(another(6001),), answers={RUNS: counted("workflow_runs", [another(6001)])}), tmp_path
    )
    assert not made.complete


def test_who_let_it_go_to_an_environment_is_told(tmp_path):
    reviews = (
        {
            "state": "approved",
            "comment": "go",
            "user": account("dana"),
            "environments": [{"name": "production"}],
        },
        {"state": "rejected", "comment": "", "user": None, "environments": [{"name": "staging"}]},
    )
    waiting = {f"{RUNS}/{RUN}/pending_deployments": [{"environment": {"name": "canary"}}]}
    world = World(deployments=reviews, answers=waiting)
    made = pipeline(world, tmp_path)
    assert (made.deployments_known, made.manual_known) == (True, True)
    assert [(each.environment, each.state, each.by.login) for each in made.deployments] == [
        ("production", "approved", "dana"),
        ("staging", "rejected", "ghost"),
    ]
    notes = read(tmp_path / "answers.json", "github-collected-pipeline").notes
    assert notes == ("the environment canary waits for somebody's decision",)


def test_what_others_report_of_the_commit_names_them(tmp_path):
    own = {**job("build"), "id": 9100, "head_sha": HEAD, "app": {"slug": "github-actions"}}
    foreign = {**job("scan", "neutral"), "id": 5, "head_sha": HEAD, "app": {"slug": "scanner"}}
    statuses = (
        {"id": 2, "context": "ci/old", "state": "success", "creator": account("eve")},
        {"id": 1, "context": "ci/odd", "state": "expected", "creator": account("eve")},
        {"id": 3, "context": "ci/new", "state": "error", "creator": None},
        {"id": 4, "context": "ci/app", "state": "success", "creator": account("scanner[bot]")},
        {"id": 5, "context": "ci/person", "state": "success", "creator": account("scanner")},
    )
    made = pipeline(World(checks=(own, foreign), statuses=statuses), tmp_path)
    assert [(each.name, each.status, each.app) for each in made.jobs if each.app] == [
        ("scan", JobStatus.NEUTRAL, "scanner"),
        ("ci/old", JobStatus.SUCCESS, "@eve"),
        ("ci/odd", JobStatus.UNKNOWN, "@eve"),
        ("ci/new", JobStatus.FAILURE, "unknown"),
        ("ci/app", JobStatus.SUCCESS, "scanner[bot]"),
        ("ci/person", JobStatus.SUCCESS, "@scanner"),
    ]
    assert [each.name for each in made.jobs if not each.app] == ["build", "test", "gate"]


@pytest.mark.parametrize(
    ("more", "runner"),
    [
        ({"labels": ["self-hosted", "linux"]}, Runner.SELF_HOSTED),
        ({"runner_group_name": "Default"}, Runner.SELF_HOSTED),
        ({"runner_group_name": "build machines"}, None),
        ({"runner_group_name": None}, None),
    ],
)
def test_a_machine_is_githubs_only_when_github_says_so(tmp_path, more, runner):
    jobs = (job("build", **more), job("gate", None))
    assert pipeline(World(attempts=(("alice", None, jobs),)), tmp_path).jobs[0].runner is runner


@pytest.mark.parametrize(
    ("jobs", "gate"),
    [
        ((job("gate", None), job("other", None, runner_name="GitHub Actions 9")), "other"),
        ((job("gate", None), job("other", None)), "gate"),
        ((job("gate", None), job("gate", None)), None),
        ((job("gate"), job("other", None)), None),
    ],
)
def test_the_gates_own_job_is_one_that_runs(tmp_path, jobs, gate):
    assert pipeline(World(attempts=(("alice", None, jobs),)), tmp_path).gate_job == gate


WORKFLOW_TEXT = f"""on: push
jobs:
  build:
    container: node:22
    services:
      db: {{image: "postgres@sha256:{"d" * 64}"}}
    steps:
      - uses: {CHECKOUT}
      - {{"uses": "actions/cache@v4"}}
      - uses: docker://alpine:3.20
      - uses: ./.github/actions/setup
      - uses: ./made/while/running
      - run: "echo uses: evil/action@v1"
  call:
    uses: ./.github/workflows/reused.yml
"""
ACTION = "runs:\n  using: composite\n  steps:\n    - uses: other/thing@main\n"
REUSED = "on: workflow_call\njobs:\n  a:\n    uses: acme/flows/.github/workflows/x.yml@" + "b2" * 20 + "\n"


def test_foreign_code_is_found_in_all_files_of_the_workflow(tmp_path):
    others = {".github/actions/setup/action.yml": ACTION, ".github/workflows/reused.yml": REUSED}
    made = pipeline(with_workflow(WORKFLOW_TEXT, **others), tmp_path)
    assert {(each.name, each.pinned, each.path, each.line) for each in made.uses} == {
        ("docker://node:22", False, WORKFLOW_PATH, 4),
        (f"docker://postgres@sha256:{'d' * 64}", True, WORKFLOW_PATH, 6),
        (CHECKOUT, True, WORKFLOW_PATH, 8),
        ("actions/cache@v4", False, WORKFLOW_PATH, 9),
        ("docker://alpine:3.20", False, WORKFLOW_PATH, 10),
        ("./.github/actions/setup", True, WORKFLOW_PATH, 11),
        ("./made/while/running", False, WORKFLOW_PATH, 12),
        ("./.github/workflows/reused.yml", True, WORKFLOW_PATH, 15),
        ("other/thing@main", False, ".github/actions/setup/action.yml", 4),
        ("acme/flows/.github/workflows/x.yml@" + "b2" * 20, True, ".github/workflows/reused.yml", 4),
    }
    notes = read(tmp_path / "answers.json", "github-collected-pipeline").notes
    assert notes == ("./made/while/running is not in the repository: what it uses is not known",)


@pytest.mark.parametrize("text", ["jobs: [", "- a list", "a: 1\na: 2\n", ""])
def test_a_workflow_that_cannot_be_read_names_nothing_and_says_so(tmp_path, text):
    assert pipeline(with_workflow(text), tmp_path).uses is None
    assert WORKFLOW_PATH in read(tmp_path / "answers.json", "github-collected-pipeline").notes[0]


def test_a_workflow_that_cannot_be_seen_names_nothing(tmp_path):
    assert pipeline(World(contents={}), tmp_path).uses is None


def _workflow_asked(tmp_path, **variables):
    _, server = ask(World(), tmp_path, "pipeline", **variables)
    return [
        (each.path.partition("/contents/")[0], each.query["ref"])
        for each in server.heard
        if each.path.endswith(WORKFLOW_PATH)
    ]


def test_the_workflow_is_read_at_the_commit_that_github_tells_of(tmp_path):
    (own,) = _workflow_asked(tmp_path)
    assert own == ("/repos/acme/payments", HEAD)
    assert _workflow_asked(tmp_path, GITHUB_WORKFLOW_SHA=HEAD) == [own]
    assert _workflow_asked(tmp_path, GITHUB_WORKFLOW_SHA="c3" * 20) == [own]


def test_a_workflow_of_another_repository_is_not_known(tmp_path):
    ref = "acme/central/.github/workflows/build.yml@refs/heads/main"
    assert _workflow_asked(tmp_path, GITHUB_WORKFLOW_REF=ref, GITHUB_WORKFLOW_SHA="c3" * 20) == []
    assert pipeline(World(), tmp_path, GITHUB_WORKFLOW_REF=ref).uses is None


def test_of_a_run_that_this_one_follows_the_workflow_is_that_of_its_own_commit(tmp_path):
    """The variables tell of the run that follows: its job and its workflow are nothing of what is judged."""
    mine = {
        "GITHUB_EVENT_NAME": "pull_request_target",
        "GITHUB_RUN_ID": "7002",
        "GITHUB_JOB": "test",
        "RUNNER_NAME": "runner of another run",
        "GITHUB_WORKFLOW_REF": "acme/payments/.github/workflows/gate.yml@refs/heads/main",
        "GITHUB_WORKFLOW_SHA": "c3" * 20,
    }
    build = Build("github", REPOSITORY, commit=HEAD, run=Run(id=str(RUN)))
    for event, run in (("workflow_run", str(RUN)), ("pull_request_target", "7002")):
        variables = {**mine, "GITHUB_EVENT_NAME": event, "GITHUB_RUN_ID": run}
        data, server = ask(World(), tmp_path, "pipeline", build=build, **variables)
        asked = [each for each in server.heard if each.path.endswith(WORKFLOW_PATH)]
        assert {each.query["ref"] for each in asked} == {HEAD}
        assert b"runner of another run" not in data


def test_no_path_in_a_workflow_is_climbed(tmp_path):
    text = "jobs:\n  a:\n    steps:\n      - uses: ./a/../../../../user\n      - uses: ./b/./c\n"
    _, server = ask(with_workflow(text), tmp_path, "pipeline")
    asked = [each.path.partition("/contents/")[2] for each in server.heard if "/contents/" in each.path]
    assert asked == [WORKFLOW_PATH, "b/c/action.yml", "b/c/action.yaml"]
    assert not [each.path for each in server.heard if "user" in each.path]


def test_files_that_define_the_pipeline_and_are_changed_are_named(tmp_path):
    files = tuple(
        {"filename": name}
        for name in (
            ".github/workflows/build.yml",
            "src/a.py",
            "tools/action.yaml",
            ".github/actions/x/run.sh",
        )
    )
    moved = ({"filename": "old.yml", "previous_filename": ".github/workflows/gone.yml"},)
    assert pipeline(World(files=files + moved), tmp_path).workflow_changed == (
        ".github/actions/x/run.sh",
        ".github/workflows/build.yml",
        ".github/workflows/gone.yml",
        "tools/action.yaml",
    )
    assert pipeline(World(), tmp_path).workflow_changed == ()


def test_of_a_change_that_moved_on_it_is_not_known_what_it_changes(tmp_path):
    now = World()._pull() | {"head": {"sha": "d4" * 20}}
    assert pipeline(World(answers={PULL: now}), tmp_path).workflow_changed is None
    of_branch = Build("github", REPOSITORY, commit=HEAD, run=Run(id=str(RUN)))
    assert pipeline(World(), tmp_path, build=of_branch).workflow_changed is None
    queued = World(answers={PULL: now}, run={"event": "merge_group"})
    assert pipeline(queued, tmp_path).workflow_changed == ()


@pytest.mark.parametrize(
    "answer",
    [
        Reply("", 401),
        Reply("", 403),
        Reply("", 404),
        Reply("", 429),
        Reply("", 502),
        Reply("{}", cut=True),
        [],
        {},
        {"total_count": 9, "jobs": [], "workflow_runs": [], "check_runs": [], "statuses": []},
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        f"{RUNS}/{RUN}",
        f"{RUNS}/{RUN}/attempts/1/jobs",
        RUNS,
        f"{REPO}/commits/{HEAD}/check-runs",
        f"{REPO}/commits/{HEAD}/status",
    ],
)
def test_what_is_not_answered_is_an_error(tmp_path, path, answer):
    with pytest.raises(CollectionError) as caught:
        ask(World(answers={path: answer}), tmp_path, "pipeline")
    assert "top-secret" not in str(caught.value)


@pytest.mark.parametrize("status", [403, 404, 500])
@pytest.mark.parametrize("what", ["approvals", "pending_deployments"])
def test_not_to_know_who_let_it_deploy_is_an_error(tmp_path, what, status):
    with pytest.raises(CollectionError):
        ask(World(answers={f"{RUNS}/{RUN}/{what}": Reply("", status)}), tmp_path, "pipeline")


@pytest.mark.parametrize(
    ("world", "message"),
    [
        (World(attempts=(("alice", None, ()),)), "lists no jobs"),
        (World(attempts=(("alice", None, (job("gate", None, run_id=1),)),)), "another run"),
        (World(attempts=(("alice", None, (job("", None),)),)), "without a name"),
        (World(run={"triggering_actor": {"login": "x"}}), "no known 'type'"),
        (World(earlier=(another(6001, head_sha="e5" * 20),)), "another commit"),
        (World(checks=({**job("x"), "id": 1, "head_sha": "e5" * 20},)), "another commit"),
        (World(deployments=({"state": "approved", "environments": []},)), "who decided"),
        (World(deployments=({"state": "approved", "user": None},)), "environments"),
    ],
)
def test_answers_that_do_not_fit_together_are_refused(tmp_path, world, message):
    with pytest.raises(UnreadableEvidence, match=message):
        pipeline(world, tmp_path)


def test_an_attempt_for_another_commit_is_refused(tmp_path):
    attempts = (("alice", "failure", (job("gate"),)), ("carol", None, (job("gate", None),)))
    moved = World(attempts=attempts).attempt(1) | {"head_sha": "e5" * 20}
    with pytest.raises(UnreadableEvidence, match="another commit"):
        pipeline(World(attempts=attempts, answers={f"{RUNS}/{RUN}/attempts/1": moved}), tmp_path)


def test_an_attempt_that_is_another_is_refused(tmp_path):
    attempts = (("alice", "failure", (job("gate"),)), ("carol", None, (job("gate", None),)))
    world = World(attempts=attempts)
    swapped = World(attempts=attempts, answers={f"{RUNS}/{RUN}/attempts/1": world.attempt(2)})
    with pytest.raises(UnreadableEvidence, match="another attempt"):
        pipeline(swapped, tmp_path)


def test_without_a_run_nobody_is_asked(tmp_path):
    with pytest.raises(CollectionError, match="which run"):
        ask(World(), tmp_path, "pipeline", build=Build("github", REPOSITORY, commit=HEAD))


def test_what_was_collected_is_whole(tmp_path):
    data, server = ask(World(), tmp_path, "pipeline")
    kept = [each["url"].removeprefix(server.url) for each in json.loads(data)["answers"]]
    assert kept == [each.target for each in server.heard]
