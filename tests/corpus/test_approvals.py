"""The answers of GitHub and GitLab in the corpus, beside what they are known to say."""

from __future__ import annotations

import pytest

from gatepass.evidence import OpenReport
from gatepass.model.approvals import Approvals, ReviewState
from support.corpus import ROOT, needs_corpus, rows
from support.evidence import formats, read, recognised_as

pytestmark = needs_corpus

KINDS = ("github-pr-reviews", "gitlab-approvals", "github-events")
OURS = {name for name, each in formats().items() if each.kind == Approvals.KIND}

READ = {
    "hub4j+github-api__4-r_h_g_pulls_6.json": "github-pull-request",
    "hub4j+github-api__7-r_h_g_pulls_482_reviews.json": "github-reviews",
    "octokit+webhooks__pull_request_converted_to_draft.payload.json": "github-pull-request",
    "octokit+webhooks__pull_request_opened.with-null-body.json": "github-pull-request",
    "octokit+webhooks__pull_request_review_submitted.payload.json": "github-pull-request",
    "octokit+webhooks__pull_request_review_submitted.with-organization.payload.json": "github-pull-request",
    "gitlab4j+gitlab4j-api__approvals.json": "gitlab-approvals",
}

GRAPHQL = "a GraphQL answer: it tells neither the commit of a review nor a bot from a person"
RECORDED = "responses that policy-bot recorded: a YAML list of status and body, no answer as a forge gives it"
NO_REVIEW = "an event that is about no pull request and holds no review"
FOREIGN = {
    "cli+cli__prViewPreviewReviews.json": GRAPHQL,
    "cli+cli__prViewPreviewWithAllChecksFailing.json": GRAPHQL,
    "cli+cli__prViewPreviewWithAllChecksPassing.json": GRAPHQL,
    "cli+cli__prViewPreviewWithReviewersByNumber.json": GRAPHQL,
    "palantir+policy-bot__check_runs_for_ref.yml": RECORDED,
    "palantir+policy-bot__combined_status_for_ref.yml": RECORDED,
    "palantir+policy-bot__pull_commits.yml": RECORDED,
    "palantir+policy-bot__pull_files.yml": RECORDED,
    "palantir+policy-bot__pull_no_reviews.yml": RECORDED,
    "palantir+policy-bot__pull_reviews.yml": RECORDED,
    "palantir+policy-bot__pull_reviews_comments.yml": RECORDED,
    "palantir+policy-bot__pull_workflow_runs.yml": RECORDED,
    "palantir+policy-bot__repo_collaborator_permission.yml": RECORDED,
    "palantir+policy-bot__repo_collaborators.yml": RECORDED,
    "gitlab4j+gitlab4j-api__merge-request-discussions.json": "discussions: whoever comments decides nothing",
    "gitlab4j+gitlab4j-api__pipeline-test-report-summary.json": "a summary of tests",
    "hub4j+github-api__GHEventPayloadTest_push.fork.json": NO_REVIEW,
    "octokit+webhooks__branch_protection_rule_created.payload.json": NO_REVIEW,
    "octokit+webhooks__merge_group_checks_requested.payload.json": NO_REVIEW,
    "octokit+webhooks__status_with-author-committer-null.payload.json": NO_REVIEW,
    "octokit+webhooks__workflow_run_completed.payload.json": NO_REVIEW,
    "octokit+webhooks__workflow_run_completed.with-pull-requests.payload.json": NO_REVIEW,
}

ROWS = {row.path.name: row for kind in KINDS for row in rows(kind)}
STATES = {
    "PENDING": ReviewState.PENDING,
    "APPROVED": ReviewState.APPROVED,
    "commented": ReviewState.COMMENTED,
}


def approvals(name: str) -> Approvals:
    evidence = read(ROWS[name].path, READ[name]).evidence
    assert isinstance(evidence, Approvals)
    return evidence


def test_every_file_of_these_kinds_is_read_or_named_as_foreign():
    assert set(ROWS) == {*READ, *FOREIGN}
    assert not {*READ} & {*FOREIGN}


@pytest.mark.parametrize("name", READ)
def test_ours_are_recognised_by_one_format(name):
    assert recognised_as(ROWS[name].path) == [READ[name]]


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_ones_are_recognised_by_no_format_of_approvals(name):
    assert not OURS & set(recognised_as(ROWS[name].path))


@pytest.mark.parametrize("name", [n for n, f in READ.items() if f == "github-pull-request"])
def test_pull_requests_name_their_head_author_and_number(name):
    truth = ROWS[name].truth
    evidence = approvals(name)
    assert evidence.change_request == str(truth["number"])
    assert (evidence.state == "merged") is bool(truth["merged"])
    if "head" in truth:
        assert evidence.head == truth["head"]
        assert evidence.author.login == truth["author"]
        assert evidence.author.id is not None


@pytest.mark.parametrize("name", [n for n, row in ROWS.items() if "review_state" in row.truth and n in READ])
def test_the_review_in_an_event_is_read_as_one_of_perhaps_more(name):
    truth = ROWS[name].truth
    evidence = approvals(name)
    (review,) = evidence.reviews
    assert review.state is STATES[truth["review_state"]]
    assert (review.by.login, review.association, review.commit) == (
        truth["reviewer"],
        truth["assoc"],
        truth["commit_id"],
    )
    assert not evidence.complete


def test_a_pending_review_is_read_with_its_writer_and_commit():
    name = "hub4j+github-api__7-r_h_g_pulls_482_reviews.json"
    ((state, login, association, commit),) = ROWS[name].truth["reviews"]
    evidence = approvals(name)
    (review,) = evidence.reviews
    assert (review.state, review.by.login, review.association) == (STATES[state], login, association)
    assert review.commit.startswith(commit)
    assert review.at is None
    assert (evidence.repository, evidence.change_request) == ("hub4j-test-org/github-api", "482")


def test_gitlab_approvals_count_people_and_say_that_the_sums_contradict_them():
    name = "gitlab4j+gitlab4j-api__approvals.json"
    truth = ROWS[name].truth
    reading = read(ROWS[name].path, READ[name])
    assert [review.by.login for review in reading.evidence.reviews] == truth["approved_by"]
    assert reading.notes == (
        f"says that {truth['left']} of {truth['required']} approvals are left, and lists 2",
    )


def test_no_other_file_of_the_corpus_is_taken_for_approvals():
    taken = {}
    for path in ROOT.glob("*/*"):
        with OpenReport(path, path.name) as report:
            names = [name for name in OURS if formats()[name].recognises(report.head)]
        if names:
            taken[path.name] = names
    assert taken == {name: [each] for name, each in READ.items()}
