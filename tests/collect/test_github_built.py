"""What is built on a pull request: GitHub's trial merge of the head, and no other commit."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gatepass.errors import UnreadableEvidence
from gatepass.model.build import Build, ChangeRequest, Event, Run
from gatepass.model.decision import FindingKind
from support.evidence import read
from support.github_world import BASE, HEAD, MERGE, OLD, REPO, REPOSITORY, RUN, World, ask, found
from support.loopback import Reply
from support.reviews import BOB, CHANGE, collected, judge, reviewed

LATER = "1a" * 20
KINDS = ("approvals", "pipeline")
COMMIT = f"{REPO}/git/commits/{MERGE}"


def merge_of(*parents, sha=MERGE):
    return {"sha": sha, "parents": [{"sha": each} for each in parents]}


def moved(answer, told=LATER):
    """The target branch has moved on, and GitHub has made another trial merge, or none yet."""
    return World(pull={"merge_commit_sha": told}, answers={COMMIT: answer})


def notes(world, folder, kind):
    data, _ = ask(world, folder, kind)
    (folder / "answers.json").write_bytes(data)
    return read(folder / "answers.json", f"github-collected-{kind}").notes


@pytest.mark.parametrize("kind", KINDS)
def test_the_newest_trial_merge_is_what_is_built(tmp_path, kind):
    data, server = ask(World(), tmp_path, kind)
    assert json.loads(data)["about"]["built"] == MERGE
    assert COMMIT not in server.paths(), "nobody needs to ask"
    assert not any("trial merge" in each for each in notes(World(), tmp_path, kind))


def test_the_evidence_says_which_trial_merge_it_is_of(tmp_path):
    assert found(World(), tmp_path).built == MERGE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("told", "said"), [(LATER, "now it is 1a1a1a1a1a1a"), (None, "now there is none")])
def test_an_older_trial_merge_of_the_head_is_one_and_is_noted(tmp_path, kind, told, said):
    (note,) = notes(moved(merge_of(BASE, HEAD), told), tmp_path, kind)
    assert note == f"7e7e7e7e7e7e is an older trial merge of the pull request: {said}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("told", [LATER, None])
@pytest.mark.parametrize(
    "answer",
    [
        Reply({"message": "Not Found"}, 404),
        Reply({"message": "No commit found"}, 422),
        merge_of(BASE, OLD),
        merge_of(HEAD, BASE),  # the branch with something merged into it, which anybody can push
        merge_of(HEAD),
        merge_of(BASE, HEAD, OLD),
        merge_of(BASE),
        merge_of(),
        merge_of(BASE, HEAD, sha=LATER),
        {"sha": MERGE},
        {"sha": MERGE, "parents": "all"},
        {},
    ],
)
def test_any_other_commit_is_another_one(tmp_path, kind, told, answer):
    with pytest.raises(UnreadableEvidence, match="another commit than what is built: 7e7e7e7e7e7e") as caught:
        found(moved(answer, told), tmp_path, kind)
    assert caught.value.code == "other-commit"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "build",
    [
        Build("github", REPOSITORY, HEAD, change_request=ChangeRequest("482", head=HEAD)),
        Build("jenkins", REPOSITORY, LATER, change_request=ChangeRequest("482", head=HEAD)),
        Build("github", REPOSITORY, LATER, change_request=ChangeRequest("482", head=OLD)),
    ],
    ids=["the head itself", "a merge that Jenkins made", "a head that has moved on"],
)
def test_what_github_has_not_merged_is_not_asked_about(tmp_path, kind, build):
    build = replace(build, event=Event.CHANGE_REQUEST, run=Run(str(RUN), 1))
    data, _ = ask(moved(merge_of(BASE, HEAD)), tmp_path, kind, build=build)
    assert "built" not in json.loads(data)["about"]


def test_answers_that_were_asked_for_another_trial_merge_are_foreign():
    other = collected(reviewed(BOB), built=LATER)
    (finding,) = judge(other, minimum=1).findings
    assert finding.kind is FindingKind.MISSING_EVIDENCE
    assert finding.message == f"github.json is about the trial merge 1a1a1a1, not {CHANGE.commit[:7]}"
    assert judge(collected(reviewed(BOB), built=CHANGE.commit), minimum=1).findings == ()
