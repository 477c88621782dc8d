"""What a step of Tekton hands on becomes the build; what was never filled in is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatepass.detecting import build_of, detect
from gatepass.model.build import Assurance, Event
from gatepass.platforms import in_ci
from gatepass.platforms.tekton import RESULTS, VARIABLES

HEAD = "9fceb02d0ae598e95dc970b74767f19372d61af8"
PULL = {
    "TEKTON_TASK_RUN": "payments-x7k2p-gate",
    "TEKTON_TASK_RUN_UID": "0d0c1a1f",
    "TEKTON_TASK": "gate",
    "TEKTON_RETRY_COUNT": "1",
    "TEKTON_PIPELINE_RUN": "payments-x7k2p",
    "TEKTON_PIPELINE_RUN_UID": "5b0ad8b7",
    "TEKTON_PIPELINE": "payments",
    "PAC_EVENT": "pull_request",
    "PAC_REPO_URL": "https://git.acme.example/acme/payments",
    "PAC_REVISION": HEAD,
    "PAC_PULL_REQUEST_NUMBER": "482",
    "PAC_SOURCE_BRANCH": "refunds",
    "PAC_TARGET_BRANCH": "main",
    "PAC_GIT_TAG": "",
    "PAC_SENDER": "alice",
}
PUSH = {
    **PULL,
    "PAC_EVENT": "push",
    "PAC_PULL_REQUEST_NUMBER": "{{ pull_request_number }}",
    "PAC_SOURCE_BRANCH": "refs/heads/main",
    "PAC_TARGET_BRANCH": "refs/heads/main",
}


def build(variables, root=Path(), **more):
    return build_of({**variables, **more}, root, {})


def test_a_pull_request_of_pipelines_as_code():
    made = build(PULL)
    assert (made.event, made.head, made.branch, made.scope_branch) == (
        Event.CHANGE_REQUEST,
        HEAD,
        None,
        "main",
    )
    assert (made.repository, made.change_request.number) == ("acme/payments", "482")
    assert (made.run.id, made.run.attempt, made.run.workflow, made.run.job) == (
        "5b0ad8b7",
        2,
        "payments",
        "gate",
    )
    assert [(each.role, each.login, each.assurance) for each in made.actors] == [
        ("triggered-by", "alice", Assurance.SELF_ASSERTED)
    ]


def test_a_push_has_a_whole_ref_for_a_branch_and_a_placeholder_is_no_number():
    made = build(PUSH)
    assert (made.event, made.branch, made.ref, made.change_request) == (
        Event.PUSH,
        "main",
        "refs/heads/main",
        None,
    )


def test_a_push_that_merged_a_pull_request_is_a_push_all_the_same():
    made = build(PUSH, PAC_PULL_REQUEST_NUMBER="482")
    assert (made.event, made.change_request, made.branch) == (Event.PUSH, None, "main")


def test_a_tag_is_no_branch():
    made = build(PUSH, PAC_GIT_TAG="v1.4.0", PAC_SOURCE_BRANCH="refs/tags/v1.4.0")
    assert (made.event, made.tag, made.branch) == (Event.TAG, "v1.4.0", None)


@pytest.mark.parametrize("name", sorted(set(VARIABLES) - {"TEKTON_TASK_RUN"}))
def test_what_was_not_filled_in_is_not_known(name, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    made = build(PULL, tmp_path, **{name: VARIABLES[name]})
    assert "{{" not in repr(made)
    assert "$(" not in repr(made)


def test_a_retry_count_of_none_is_the_first_attempt():
    assert build(PULL, TEKTON_RETRY_COUNT="0").run.attempt == 1
    assert build(PULL, TEKTON_RETRY_COUNT="").run.attempt is None


def test_tekton_is_told_by_the_run_of_a_task_that_the_step_hands_on():
    assert detect(PULL).name == "tekton"
    assert detect({"TEKTON_TASK_RUN": "$(context.taskRun.name)"}) is None
    assert detect({"TEKTON_TASK_RUN": ""}) is None
    assert in_ci(PULL)


def test_the_task_in_the_documents_hands_on_every_variable_and_names_every_result():
    task = (Path(__file__).parents[2] / "docs" / "platforms" / "tekton.yaml").read_text("utf-8")
    for name in (*VARIABLES, *RESULTS.values()):
        assert f"name: {name}\n" in task
