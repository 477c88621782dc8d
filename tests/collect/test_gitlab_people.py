"""What GitLab tells of people: who they are, what they may do, whose commits and files there are."""

from __future__ import annotations

import pytest

from gatepass.errors import CollectionError, UnreadableEvidence
from gatepass.model.approvals import Permission, PersonKind
from gatepass.model.build import Build, Run
from support.gitlab_answers import (
    API,
    HEAD,
    OLD,
    PROJECT,
    TRIAL,
    at,
    commit,
    connection,
    node,
    push,
    request,
    rule,
    user,
)
from support.gitlab_asking import FORBIDDEN, GONE, approved, found, told
from support.loopback import Reply


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (user("bob", bot=True), PersonKind.BOT),
        (user("bob", bot=False, state="blocked"), PersonKind.GHOST),
        (user("bob", bot=False, state="banned"), PersonKind.GHOST),
        (user("bob", bot=False, state="deactivated"), PersonKind.USER),
    ],
)
def test_who_is_a_bot_or_shut_out_is_asked_of_gitlab(tmp_path, one, kind):
    assert found(tmp_path, user_bob=one).reviews[0].by.kind is kind


def test_the_ghost_user_and_the_bots_of_projects_are_known_by_their_names(tmp_path):
    names = ("ghost", "ghost1", "project_77_bot_1a", "group_5_bot", "renovate-bot")
    users = [{"id": 200 + index, "username": name, "bot": False} for index, name in enumerate(names)]
    entries = [{"user": each, "approved_at": at(40)} for each in users]
    asked = {f"{API}/users/{each['id']}": each for each in users}
    evidence = found(tmp_path, approvals=approved(*entries), notes=[], **asked)
    kinds = [each.by.kind for each in evidence.reviews]
    assert kinds == [PersonKind.GHOST] * 2 + [PersonKind.BOT] * 3


def test_an_approval_by_an_account_of_which_nothing_tells_whether_it_is_a_bot_is_an_error(tmp_path):
    for answer in (GONE, FORBIDDEN):
        with pytest.raises(CollectionError):
            found(tmp_path, user_bob=answer)
    for answer in (user("bob"), user("bob", bot=None), user("bob", bot="false")):
        with pytest.raises(UnreadableEvidence, match="does not tell bots"):
            found(tmp_path, user_bob=answer)


@pytest.mark.parametrize(
    ("member", "direct", "expected"),
    [
        (GONE, GONE, (Permission.NONE, False)),
        ({"id": 2, "access_level": 5}, GONE, (Permission.NONE, True)),
        ({"id": 2, "access_level": 15}, {"id": 2, "access_level": 15}, (Permission.READ, False)),
        ({"id": 2, "access_level": 20}, {"id": 2, "access_level": 20}, (Permission.TRIAGE, False)),
        ({"id": 2, "access_level": 40}, GONE, (Permission.MAINTAIN, True)),
        ({"id": 2, "access_level": 40}, {"id": 2, "access_level": 30}, (Permission.MAINTAIN, True)),
        ({"id": 2, "access_level": 50, "expires_at": "2026-11-01"}, GONE, (Permission.NONE, False)),
        ({"id": 2, "access_level": 50, "expires_at": "soon"}, GONE, (Permission.NONE, False)),
        ({"id": 2, "access_level": 50, "membership_state": "awaiting"}, GONE, (Permission.NONE, False)),
    ],
)
def test_what_somebody_may_do_is_the_role_at_the_time_of_asking(tmp_path, member, direct, expected):
    review = found(tmp_path, member_bob=member, direct_bob=direct).reviews[0]
    assert (review.permission, review.inherited) == expected


def test_a_role_that_gitlab_has_not_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="access level 10000000"):
        found(tmp_path, member_bob={"id": 2, "access_level": 10_000_000})


@pytest.mark.parametrize(
    "message", [None, 7, [], {}, "x" * (1 << 20) + "\nCo-authored-by: Bob <b@acme.example>"]
)
def test_a_commit_whose_message_nobody_can_read_to_its_end_is_refused(tmp_path, message):
    with pytest.raises(UnreadableEvidence, match="message"):
        found(tmp_path, commits=[commit(HEAD, message=message)])


def test_the_accounts_of_commits_are_those_that_gitlab_names(tmp_path):
    message = "Refunds\n\nCo-authored-by: Eve <5-eve@users.noreply.127.0.0.1>\n"
    message += "Co-authored-by: Bob <2-bob@users.noreply.elsewhere.example>\n"
    commits = [
        commit(HEAD, message=message, committer_email="noreply@127.0.0.1", committer_name="GitLab"),
        commit(OLD, "mallory", committer_email="alice@acme.example"),
    ]
    evidence = found(
        tmp_path,
        commits=commits,
        authors=connection({"sha": HEAD, "author": node("alice")}, {"sha": OLD, "author": None}),
        committers=connection(node("dana"), node("renovate", bot=True)),
    )
    people = [(each.login, each.id, each.kind.value, each.email) for each in evidence.committers]
    assert people == [
        ("alice", "1", "user", None),
        ("eve", "5", "user", None),
        ("", None, "ghost", "2-bob@users.noreply.elsewhere.example"),
        ("", None, "ghost", "mallory@acme.example"),
        ("dana", "4", "user", None),
        ("renovate", "90", "bot", None),
    ]


def test_an_address_that_somebody_shows_in_public_is_theirs(tmp_path):
    commits = [commit(HEAD, "x", author_email="BOB@acme.example"), commit(OLD)]
    bob = user("bob", bot=False, public_email="bob@acme.example")
    evidence = found(
        tmp_path, commits=commits, user_bob=bob, authors=connection({"sha": OLD, "author": None})
    )
    assert evidence.committers[0].login == "bob"


def test_who_pushed_is_who_brought_the_branch_to_its_head(tmp_path):
    others = [
        push("eve", HEAD, project_id=78),
        {**push("eve", HEAD), "push_data": {"ref": "other", "commit_to": HEAD}},
        {"project_id": 77, "push_data": None},
        push("dana", OLD),
    ]
    assert found(tmp_path, pushes=others).pushed_by is None
    assert found(tmp_path, pushes=[*others, push("carol", HEAD)]).pushed_by.login == "carol"
    assert found(tmp_path, pushes=FORBIDDEN).pushed_by is None
    assert found(tmp_path, request=request(source_project_id=None)).pushed_by is None


# --- teams, rules, code owners, protection


def test_a_group_has_its_direct_members_among_those_who_decided(tmp_path):
    evidence = found(tmp_path, options={"teams": "acme/appsec"})
    teams = {name: [each.login for each in members] for name, members in evidence.teams}
    assert teams == {"acme/appsec": ["bob"], "appsec": ["carol"]}


@pytest.mark.parametrize("answer", [GONE, FORBIDDEN, Reply("", 500)])
def test_a_team_that_must_be_known_and_is_not_is_an_error(tmp_path, answer):
    with pytest.raises(CollectionError):
        found(tmp_path, options={"teams": "acme/appsec"}, group_appsec=answer)
    with pytest.raises(CollectionError):
        found(tmp_path, appsec_bob=FORBIDDEN)
    with pytest.raises(UnreadableEvidence, match="another group"):
        found(tmp_path, group_appsec={"id": 5, "full_path": "acme/other"})


def test_a_team_that_code_owners_alone_name_may_be_hidden(tmp_path):
    assert [name for name, _ in found(tmp_path, group_appsec=GONE).teams] == ["appsec"]


def test_a_rule_with_the_name_of_a_group_that_is_hidden_is_not_that_group(tmp_path):
    rules = {"approval_rules_overwritten": False, "rules": [rule("acme", 0, "eve"), rule("Other", 0, "eve")]}
    assert [name for name, _ in found(tmp_path, state=rules).teams] == ["acme/appsec", "Other"]


def test_rules_that_were_changed_for_this_merge_request_tell_no_team(tmp_path):
    rules = [rule("appsec", 1, "eve"), rule("acme/secrets", 1, "eve")]
    changed = {"approval_rules_overwritten": True, "rules": rules}
    evidence = found(tmp_path, state=changed)
    assert evidence.rules_overwritten
    assert [each.name for each in evidence.rules] == ["appsec", "acme/secrets"]
    assert [name for name, _ in evidence.teams] == ["acme/appsec"]
    kept = found(tmp_path, state={**changed, "approval_rules_overwritten": False})
    assert [name for name, _ in kept.teams] == ["acme/appsec", "appsec"]


@pytest.mark.parametrize("answer", [GONE, FORBIDDEN])
def test_what_a_tier_does_not_have_is_not_known_and_not_nothing(tmp_path, answer):
    evidence = found(tmp_path, state=answer, settings=answer)
    assert (evidence.rules, evidence.rules_overwritten) == ((), False)
    assert evidence.protection.required_approvals is None
    assert evidence.protection.dismisses_stale is None
    assert told(evidence) == [("bob", "approved", OLD), ("carol", "approved", HEAD)]
    assert found(tmp_path, protected=answer).protection is None


def test_what_the_branch_demands(tmp_path):
    protection = found(tmp_path).protection
    assert (protection.branch, protection.required_approvals, protection.code_owners) == ("main", 1, True)
    assert (protection.dismisses_stale, protection.force_pushes, protection.bypass) == (True, False, ())
    levels = [
        {"access_level": 40, "access_level_description": "Maintainers"},
        {"access_level": 40, "user_id": 6, "access_level_description": "Frank"},
        {"access_level": 40, "group_id": 5, "access_level_description": "appsec"},
        {"access_level": 40, "deploy_key_id": 9},
    ]
    mixed = [{"name": "ma*", "push_access_levels": levels, "allow_force_push": True}, {"name": "release/*"}]
    protection = found(tmp_path, protected=mixed).protection
    assert protection.bypass == ("Maintainers", "user Frank", "group appsec", "deploy key 9")
    assert (protection.force_pushes, protection.code_owners) == (True, None)
    bare = found(tmp_path, protected=[{"name": "release/*"}]).protection
    assert (bare.bypass, bare.force_pushes) == (("everybody who may write",), True)


def test_the_first_file_of_code_owners_on_the_target_branch_counts(tmp_path):
    evidence = found(tmp_path)
    assert (evidence.code_owners.path, evidence.code_owners.dialect.value) == ("CODEOWNERS", "gitlab")
    other = f"{PROJECT}/repository/files/.gitlab%2FCODEOWNERS/raw"
    evidence = found(tmp_path, owners=GONE, **{other: Reply("* @carol\n")})
    assert (evidence.code_owners.path, evidence.code_owners.text) == (".gitlab/CODEOWNERS", "* @carol\n")
    assert found(tmp_path, owners=GONE).code_owners.text == ""
    with pytest.raises(CollectionError):
        found(tmp_path, owners=FORBIDDEN)


def test_a_page_in_the_place_of_the_code_owners_is_not_taken_for_them(tmp_path):
    page = Reply("\n<!DOCTYPE html><html>Sign in</html>", headers={"Content-Type": "text/html"})
    with pytest.raises(UnreadableEvidence, match="a page in the place of CODEOWNERS"):
        found(tmp_path, owners=page)


def test_a_merged_change_has_what_merging_made(tmp_path):
    assert found(tmp_path, request=request(merge_commit_sha=TRIAL)).merge_commit is None
    merged = request(state="merged", squash_commit_sha=TRIAL)
    assert found(tmp_path, request=merged).merge_commit == TRIAL


def test_a_build_without_a_merge_request_asks_by_which_one_its_commit_came(tmp_path):
    push = Build("gitlab", "acme/payments", HEAD, run=Run(id="7001"))
    assert found(tmp_path, build=push).change_request == "482"
    merged = request(state="merged", sha=OLD, merge_commit_sha=HEAD)
    for several in (
        [],
        [request(sha=OLD)],
        [request(), request(iid=7)],
        [request(sha=OLD, merge_commit_sha=HEAD)],
    ):
        with pytest.raises(CollectionError, match="by which merge request"):
            found(tmp_path, build=push, of_commit=several)
    assert found(tmp_path, build=push, of_commit=[merged]).change_request == "482"
