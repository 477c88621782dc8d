"""Asking GitHub about a pull request, and reading what it answered."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gatepass.errors import CollectionError, UnreadableEvidence, UsageError
from gatepass.model.approvals import Permission, PersonKind, ReviewState
from gatepass.model.build import Build
from support.evidence import read
from support.github_world import (
    BASE,
    HEAD,
    MERGE,
    OLD,
    PULL,
    REPO,
    REPOSITORY,
    World,
    ask,
    commit,
    diff,
    found,
    review,
)
from support.loopback import Reply

FORBIDDEN, NOT_FOUND = Reply({"message": "Forbidden"}, 403), Reply({"message": "Not Found"}, 404)


def test_everybody_who_had_a_say_is_named_over_all_pages(tmp_path):
    world = World(
        reviews=(
            review("bob", commit=OLD),
            review("carol", "CHANGES_REQUESTED", minute=1),
            review("carol", minute=2),
            review(None, minute=3),
        ),
        commits=(commit(OLD, "bob"), commit("c0" * 20, parent=OLD), commit(HEAD, parent="c0" * 20)),
    )
    made = found(world, tmp_path)
    assert (made.change_request, made.repository, made.head, made.base) == ("482", REPOSITORY, HEAD, BASE)
    assert [(each.by.login, each.state, each.commit, each.permission) for each in made.reviews] == [
        ("bob", ReviewState.APPROVED, OLD, Permission.WRITE),
        ("carol", ReviewState.CHANGES_REQUESTED, HEAD, Permission.MAINTAIN),
        ("carol", ReviewState.APPROVED, HEAD, Permission.MAINTAIN),
        ("ghost", ReviewState.APPROVED, HEAD, None),
    ]
    assert made.reviews[3].by.kind is PersonKind.GHOST
    assert {each.login for each in made.committers} == {"alice", "bob"}
    assert (made.author.login, made.pushed_by.login) == ("alice", "frank")
    assert [each.login for each in made.requested] == ["dana"]
    assert (made.labels, made.changed_paths, made.state) == (("urgent",), ("src/a.py",), "open")
    assert (made.gate.login, made.gate.kind) == ("github-actions[bot]", PersonKind.BOT)
    assert made.merge_commit is None, "a trial merge is nothing that was merged"


def test_nobody_reviewed_is_known_when_the_list_is_empty(tmp_path):
    assert found(World(), tmp_path).reviews == ()


def test_a_review_that_was_edited_says_when(tmp_path):
    world = World(reviews=(review("bob"), review("carol", minute=1, edited="2026-11-21T09:00:00Z")))
    edited = [each.edited and each.edited.isoformat() for each in found(world, tmp_path).reviews]
    assert edited == [None, "2026-11-21T09:00:00+00:00"]


@pytest.mark.parametrize(
    "answer",
    [
        FORBIDDEN,
        NOT_FOUND,
        {"errors": [{"type": "FORBIDDEN"}], "data": {"repository": None}},
        {"data": {"repository": None}},
        {"data": {"repository": {"pullRequest": {"reviews": {"nodes": []}}}}},
        {
            "data": {
                "repository": {
                    "pullRequest": {
                        "reviews": {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "1"}}
                    }
                }
            }
        },
    ],
)
def test_not_to_know_whether_reviews_were_edited_is_an_error(tmp_path, answer):
    with pytest.raises(CollectionError):
        ask(World(reviews=(review("bob"),), answers={"/graphql": answer}), tmp_path, "approvals")


@pytest.mark.parametrize(
    "node", [{"fullDatabaseId": "3000000000"}, {"fullDatabaseId": "1", "lastEditedAt": None}]
)
def test_a_review_of_which_graphql_tells_nothing_is_refused(tmp_path, node):
    page = {"nodes": [node], "pageInfo": {"hasNextPage": False}}
    answer = {"data": {"repository": {"pullRequest": {"reviews": page}}}}
    with pytest.raises(UnreadableEvidence, match="does not tell whether"):
        found(World(reviews=(review("bob"),), answers={"/graphql": answer}), tmp_path)


def test_who_left_the_team_or_the_repository_is_of_no_use_any_more(tmp_path):
    world = World(
        reviews=(review("bob"), review("carol", minute=1), review("eve", minute=2)),
        teams={"acme/appsec": ("carol",)},
        answers={"/orgs/acme/teams/appsec/memberships/eve": {"state": "pending"}},
    )
    made = found(world, tmp_path, options={"teams": "acme/appsec"})
    assert [(team, [each.login for each in members]) for team, members in made.teams] == [
        ("acme/appsec", ["carol"])
    ]
    assert [each.permission for each in made.reviews] == [
        Permission.WRITE,
        Permission.MAINTAIN,
        Permission.NONE,
    ]


def test_a_team_that_must_be_known_and_cannot_be_seen_is_an_error(tmp_path):
    world = World(reviews=(review("bob"),))
    with pytest.raises(CollectionError, match="teams/appsec"):
        ask(world, tmp_path, "approvals", options={"teams": "acme/appsec"})


def test_a_team_among_code_owners_that_cannot_be_seen_is_not_told_as_empty(tmp_path):
    owners = "# ask us\n/src/ @acme/payments @carol\n/docs/ @acme/writers\n"
    world = World(
        reviews=(review("bob"),),
        contents={".github/CODEOWNERS": owners},
        teams={"acme/payments": ("bob",)},
        answers={f"{REPO}/codeowners/errors": {"errors": [{"kind": "Unknown owner", "line": 3}]}},
    )
    made = found(world, tmp_path)
    assert [(team, [each.login for each in people]) for team, people in made.teams] == [
        ("acme/payments", ["bob"])
    ]
    assert (made.code_owners.path, made.code_owners.text) == (".github/CODEOWNERS", owners)
    assert made.code_owners.errors == ("Unknown owner",)


@pytest.mark.parametrize("path", ["CODEOWNERS", "docs/CODEOWNERS"])
def test_code_owners_are_found_where_github_looks_for_them(tmp_path, path):
    assert found(World(contents={path: "* @bob\n"}), tmp_path).code_owners.path == path
    assert found(World(contents={}), tmp_path).code_owners.text == ""


def test_a_clean_rebase_is_told_from_another_change(tmp_path):
    stale = review("bob", commit=OLD)
    head, old = found(World(reviews=(stale,)), tmp_path).versions
    assert (head.head, old.head) == (HEAD, OLD)
    assert head.change == old.change is not None
    other = World(reviews=(stale,), diffs={HEAD: diff(), OLD: diff("other")})
    head, old = found(other, tmp_path).versions
    assert head.change != old.change


BINARY = "diff --git a/a.png b/a.png\nindex 1..2 100644\nBinary files a/a.png and b/a.png differ\n"


@pytest.mark.parametrize(
    "answer",
    [NOT_FOUND, Reply("", 422), Reply({"message": "too large"}, 406), "", BINARY, diff()[:-8], "not a diff"],
)
def test_a_change_that_cannot_be_seen_whole_is_like_no_other(tmp_path, answer):
    world = World(reviews=(review("bob", commit=OLD),), diffs={HEAD: answer, OLD: answer})
    assert [each.change for each in found(world, tmp_path).versions] == [None, None]


def test_a_diff_of_the_head_that_leaves_files_out_is_like_no_other(tmp_path):
    files = ({"filename": "src/a.py"}, {"filename": "src/b.py", "previous_filename": "src/c.py"})
    made = found(World(files=files), tmp_path)
    assert [each.change for each in made.versions] == [None]
    assert made.changed_paths == ("src/a.py", "src/b.py", "src/c.py")


def test_once_merged_the_change_is_compared_with_what_it_was_merged_into(tmp_path):
    merged = {"merged_at": "2026-11-21T08:00:00Z", "state": "closed"}
    into = {f"{REPO}/compare/{BASE}...{HEAD}": Reply(diff())}
    made = found(World(pull=merged, diffs={HEAD: ""}, answers=into), tmp_path)
    assert (made.state, made.merge_commit) == ("merged", MERGE)
    assert made.versions[0].change is not None


def test_what_the_branch_demands_is_the_strictest_of_all_rules(tmp_path):
    def rule(kind, ruleset=None, **parameters):
        return {"type": kind, "parameters": parameters, "ruleset_id": ruleset}

    rules = [
        rule("pull_request", 7, required_approving_review_count=2, require_code_owner_review=True),
        rule("required_status_checks", 7, required_status_checks=[{"context": "ci"}]),
        rule("non_fast_forward", 7),
    ]
    classic = {
        "required_pull_request_reviews": {
            "required_approving_review_count": 1,
            "dismiss_stale_reviews": True,
        },
        "enforce_admins": {"enabled": False},
    }
    protection, branch = f"{REPO}/branches/release%2F1/protection", f"{REPO}/rules/branches/release%2F1"
    bypass = {"bypass_actors": [{"actor_type": "Team", "actor_id": 5}]}
    world = World(answers={protection: classic, branch: rules, f"{REPO}/rulesets/7": bypass})
    made = found(world, tmp_path).protection
    assert (made.branch, made.required_approvals, made.required_checks) == ("release/1", 2, ("ci",))
    assert (made.code_owners, made.dismisses_stale, made.last_push_approval) == (True, True, False)
    assert (made.force_pushes, made.includes_admins, made.bypass) == (False, False, ("Team 5",))
    hidden = found(World(answers={protection: FORBIDDEN, branch: rules}), tmp_path).protection
    assert (hidden.code_owners, hidden.dismisses_stale) == (True, None)
    assert found(World(answers={protection: FORBIDDEN}), tmp_path).protection is None
    assert found(World(answers={branch: FORBIDDEN}), tmp_path).protection is None


def test_of_a_fork_only_a_forced_push_tells_who_pushed(tmp_path):
    head = {"sha": HEAD, "ref": "refunds", "repo": None}
    forced = {"event": "head_ref_force_pushed", "commit_id": HEAD, "actor": {"login": "eve", "type": "User"}}
    assert found(World(pull={"head": head}), tmp_path).pushed_by is None
    assert found(World(pull={"head": head}, timeline=(forced,)), tmp_path).pushed_by.login == "eve"


def test_more_commits_than_github_lists_are_asked_for_as_a_comparison(tmp_path):
    shas = [f"{number:040x}" for number in range(1, 260)] + [HEAD]
    commits = [commit(sha, "dana", parent) for sha, parent in zip(shas, [BASE, *shas], strict=False)]
    compared = f"{REPO}/compare/{BASE}...{HEAD}"
    pages = [
        Reply({"total_commits": 260, "commits": commits[:100]}, headers={"Link": '<?page=2>; rel="next"'}),
        Reply({"total_commits": 260, "commits": commits[100:]}),
    ]

    def page(heard):
        link = {"Link": f'<http://{heard.headers["host"]}{heard.path}?page=2>; rel="next"'}
        return pages[1] if heard.query.get("page") == "2" else replace(pages[0], headers=link)

    world = World(commits=tuple(commits[:250]), pull={"commits": 260}, answers={compared: page})
    assert {each.login for each in found(world, tmp_path).committers} == {"dana"}
    cut = Reply({"total_commits": 260, "commits": commits[10:]})
    with pytest.raises(CollectionError, match="250 of 260 commits"):
        ask(replace(world, answers={compared: cut}), tmp_path, "approvals")


@pytest.mark.parametrize(("name", "told"), [("commits", 3), ("changed_files", 3000), ("commits", None)])
def test_a_list_that_is_cut_off_is_an_error(tmp_path, name, told):
    with pytest.raises(CollectionError, match=r"lists|does not tell"):
        ask(World(pull={name: told}), tmp_path, "approvals")


def test_a_push_while_it_was_asked_is_noticed(tmp_path):
    with pytest.raises(UnreadableEvidence, match="while somebody pushed"):
        found(World(commits=(commit(OLD), commit("d0" * 20, parent=OLD))), tmp_path)


def test_a_build_of_a_branch_finds_the_pull_request_that_made_its_commit(tmp_path):
    merged = {"merged_at": "2026-11-21T08:00:00Z"}
    of_branch = Build("github", REPOSITORY, commit=MERGE)
    world = World(pull=merged, answers={f"{REPO}/compare/{BASE}...{HEAD}": Reply(diff())})
    assert found(world, tmp_path, build=of_branch).change_request == "482"
    with pytest.raises(CollectionError, match="GitHub names none"):
        ask(World(), tmp_path, "approvals", build=of_branch)  # its trial merge, which nobody merged
    pulls = f"{REPO}/commits/{MERGE}/pulls"
    twice = [{"number": number, "head": {"sha": MERGE}} for number in (1, 2)]
    with pytest.raises(CollectionError, match="GitHub names 1, 2"):
        ask(World(answers={pulls: twice}), tmp_path, "approvals", build=of_branch)


@pytest.mark.parametrize(
    "answer",
    [
        Reply("", 401),
        FORBIDDEN,
        NOT_FOUND,
        Reply("", 409),
        Reply("", 429),
        Reply({"message": "You have exceeded a secondary rate limit"}, 403),
        Reply("", 500),
        Reply("", 503),
        Reply("[]", cut=True),
        Reply("<html>"),
        {},
        None,
    ],
)
@pytest.mark.parametrize("path", [f"{PULL}/reviews", f"{PULL}/commits", f"{PULL}/files"])
def test_what_is_not_answered_is_an_error_and_never_an_empty_list(tmp_path, path, answer):
    with pytest.raises(CollectionError) as caught:
        ask(World(reviews=(review("bob"),), answers={path: answer}), tmp_path, "approvals")
    assert "top-secret" not in str(caught.value)


@pytest.mark.parametrize("what", ["user", "membership", "permission"])
def test_a_server_that_fails_is_never_a_thing_that_is_not_known(tmp_path, what):
    path = {
        "user": "/user",
        "membership": "/orgs/acme/teams/appsec/memberships/bob",
        "permission": f"{REPO}/collaborators/bob/permission",
    }[what]
    world = World(reviews=(review("bob"),), teams={"acme/appsec": ("bob",)}, answers={path: Reply("", 502)})
    with pytest.raises(CollectionError):
        ask(world, tmp_path, "approvals", options={"teams": "acme/appsec"})


def test_a_second_answer_after_a_limit_counts(tmp_path):
    limited = Reply("", 429, {"Retry-After": "1"})
    world = World(answers={f"{PULL}/requested_reviewers": [limited, Reply({"users": [], "teams": []})]})
    assert found(world, tmp_path).reviews == ()


def test_nobody_is_asked_without_a_token_and_no_path_is_climbed(tmp_path):
    with pytest.raises(CollectionError, match="no token"):
        ask(World(), tmp_path, "approvals", GITHUB_TOKEN="")
    for options in (
        {"repository": "../user"},
        {"repository": "acme/.."},
        {"teams": "appsec"},
        {"change-request": "482/../1"},
    ):
        with pytest.raises(UsageError):
            ask(World(), tmp_path, "approvals", options=options)
    _, server = ask(World(), tmp_path, "approvals", GITHUB_TOKEN="", GH_TOKEN="top-secret")
    assert server.heard[0].headers["authorization"] == "Bearer top-secret"


@pytest.mark.parametrize("gone", ["CODEOWNERS", "docs/CODEOWNERS"])
def test_that_there_are_no_code_owners_is_known_when_all_places_were_looked_at(tmp_path, gone):
    data, _ = ask(World(contents={}), tmp_path, "approvals")
    document = json.loads(data)
    document["answers"] = [each for each in document["answers"] if each["about"] != gone]
    path = tmp_path / "less.json"
    path.write_text(json.dumps(document))
    with pytest.raises(UnreadableEvidence, match=f"no answer about {gone}"):
        read(path, "github-collected-approvals")
