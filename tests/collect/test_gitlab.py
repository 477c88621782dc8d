"""Asking GitLab about a merge request, and reading what it answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gatepass.collect import Asked
from gatepass.collect.gitlab import COLLECTOR
from gatepass.errors import CollectionError, UnreadableEvidence, UsageError
from gatepass.model.approvals import Permission, PersonKind, ReviewState
from gatepass.model.build import Build, ChangeRequest, Run
from support.evidence import read, recognised_as
from support.gitlab_answers import (
    API,
    BASE,
    HEAD,
    OLD,
    PROJECT,
    REQUEST,
    TRIAL,
    approval,
    at,
    commit,
    connection,
    diff,
    node,
    note,
    push,
    request,
    reviewer,
    routes,
    rule,
    user,
    version,
    without,
)
from support.loopback import Reply, paged, serving
from support.values import NOW

BUILD = Build(
    "gitlab", "acme/payments", TRIAL, change_request=ChangeRequest("482", head=HEAD), run=Run(id="7001")
)
GONE = Reply({"message": "404 Not found"}, 404)
FORBIDDEN = Reply({"message": "403 Forbidden"}, 403)
APPROVED, UNAPPROVED = "approved this merge request", "unapproved this merge request"


def collect(url, kind="approvals", *, build=BUILD, options=None, **environment):
    variables = {"CI_API_V4_URL": f"{url}{API}", "GATEPASS_GITLAB_TOKEN": "top-secret", "CI_JOB_ID": "105"}
    given = {name: value for name, value in {**variables, **environment}.items() if value}
    asked = Asked(build, given, Path(), NOW, "gatepass test", options or {}, [].append, [].append)
    return COLLECTOR.collect(asked, kind).data


def found(tmp_path, kind="approvals", *, build=BUILD, options=None, **changes):
    with serving(routes(**changes)) as server:
        data = collect(server.url, kind, build=build, options=options)
    assert b"top-secret" not in data
    path = tmp_path / "answers.json"
    path.write_bytes(data)
    name = f"gitlab-collected-{kind}"
    assert recognised_as(path) == [name]
    return read(path, name).evidence


def approved(*entries):
    return {"approved_by": list(entries)}


def told(evidence):
    return [(each.by.login, each.state.value, each.commit) for each in evidence.reviews]


def test_an_approval_is_for_the_version_that_was_shown_when_it_was_given(tmp_path):
    evidence = found(tmp_path)
    assert (evidence.change_request, evidence.head, evidence.base) == ("482", HEAD, BASE)
    assert told(evidence) == [("bob", "approved", OLD), ("carol", "approved", HEAD)]
    assert [each.permission for each in evidence.reviews] == [Permission.WRITE, Permission.MAINTAIN]
    assert (evidence.author.login, evidence.pushed_by.login) == ("alice", "frank")
    assert [each.login for each in evidence.committers] == ["alice"]
    assert [each.login for each in evidence.requested] == ["bob", "carol"]
    assert evidence.changed_paths == ("a.md", "b.md", "src/refund.py")
    assert (evidence.gate.login, evidence.gate.kind) == ("project_77_bot_1a", PersonKind.BOT)
    assert (evidence.labels, evidence.commits_known) == (("urgent",), True)


# --- which commit


@pytest.mark.parametrize(
    ("minute", "seconds", "expected"),
    [
        (9, 0, None),  # before there was anything to approve
        (10, 5, OLD),  # there was nothing else
        (29, 59, OLD),
        (30, 0, None),  # in the very instant of a push
        (30, 20, None),  # GitLab may still have shown what was before
        (30, 31, HEAD),
    ],
)
def test_an_approval_that_falls_together_with_a_push_is_for_no_known_commit(
    tmp_path, minute, seconds, expected
):
    evidence = found(tmp_path, approvals=approved(approval("bob", minute, seconds)))
    assert told(evidence)[0] == ("bob", "approved", expected)


@pytest.mark.parametrize(("minute", "expected"), [(20, OLD), (31, None), (40, None), (41, HEAD)])
def test_without_a_time_of_its_own_the_note_dates_it_and_notes_are_late(tmp_path, minute, expected):
    entry = {"user": user("bob")}
    evidence = found(tmp_path, approvals=approved(entry), notes=[note("bob", APPROVED, minute)])
    assert told(evidence) == [("bob", "approved", expected)]


@pytest.mark.parametrize(
    "notes",
    [
        [],
        [note("carol", APPROVED, 50)],
        [note("bob", APPROVED, 50, system=False)],
        [note("bob", APPROVED, 50), note("bob", UNAPPROVED, 51)],
        [note("bob", APPROVED, 50), {**note("bob", UNAPPROVED, 50), "id": 1}],
    ],
)
def test_an_approval_that_no_note_of_gitlabs_own_dates_is_for_no_known_commit(tmp_path, notes):
    evidence = found(tmp_path, approvals=approved({"user": user("bob"), "approved_at": None}), notes=notes)
    assert told(evidence)[0] == ("bob", "approved", None)


def test_versions_of_one_commit_are_one_where_they_show_one_diff(tmp_path):
    again = [version(13, HEAD, 40), version(12, HEAD, 30), version(11, OLD, 10)]
    asked = {"approvals": approved(approval("bob", 35)), "versions": again}
    assert told(found(tmp_path, **asked))[0][2] == HEAD


@pytest.mark.parametrize("shown", [diff(40), diff(40, text="sneaked in"), None])
def test_an_approval_before_the_target_branch_was_changed_is_for_what_was_shown_then(tmp_path, shown):
    retargeted = version(13, HEAD, 40, base="c0" * 20)
    answer = GONE if shown is None else {**retargeted, "diffs": [shown]}
    evidence = found(
        tmp_path,
        approvals=approved(approval("bob", 35)),
        versions=[retargeted, version(12, HEAD, 30), version(11, OLD, 10)],
        **{f"{REQUEST}/versions/13": answer},
    )
    assert told(evidence)[0][2] == (HEAD if shown == diff(40) else None)


# --- whether the change is the same


def changes(tmp_path, **more):
    return [each.change for each in found(tmp_path, **more).versions]


def test_a_clean_rebase_keeps_what_the_change_does(tmp_path):
    head, old = changes(tmp_path)
    assert head == old is not None


@pytest.mark.parametrize(
    "other",
    [
        diff(7, text="gone"),
        diff(7, new_path="src/other.py"),
        diff(7, b_mode="100755"),
        diff(7, too_large=True),
        diff(7, collapsed=True),
        diff(7, diff=""),
        diff(7, diff=None),
        diff(7, text="\ufffd"),
        diff(7, diff="Binary files a/x and b/x differ\n"),
        diff(7, diff="@@ -7,1 +7,2 @@\n pass\n"),
    ],
)
def test_what_does_not_compare_is_no_clean_rebase(tmp_path, other):
    head, old = changes(tmp_path, version_11={**version(11, OLD, 10), "diffs": [other]})
    assert head != old


@pytest.mark.parametrize(
    "odd",
    [
        {"state": "overflow"},
        {"state": "without_files"},
        {"real_size": "2"},
        {"real_size": "1000+"},
        {"real_size": None},
    ],
)
def test_a_diff_that_is_not_whole_is_known_for_nothing(tmp_path, odd):
    whole = {"version_11": {**version(11, OLD, 10, **odd), "diffs": [diff(7)]}}
    whole["version_12"] = {**version(12, HEAD, 30, **odd), "diffs": [diff(40)]}
    assert changes(tmp_path, **whole) == [None, None]
    assert changes(tmp_path, version_11=GONE)[1] is None


def test_a_version_that_is_another_than_it_says_is_refused(tmp_path):
    with pytest.raises(UnreadableEvidence, match="another version"):
        found(tmp_path, version_11={**version(11, HEAD, 10), "diffs": [diff(7)]})


# --- what everybody decided


def test_a_request_for_changes_has_a_name(tmp_path):
    evidence = found(
        tmp_path,
        approvals=approved(),
        reviewers=[reviewer("carol", "requested_changes"), reviewer("bob", "unreviewed")],
        notes=[note("carol", "requested changes", 33)],
    )
    assert told(evidence) == [("carol", "changes-requested", None)]
    assert evidence.reviews[0].at.minute == 33


def test_whoever_is_no_reviewer_may_ask_for_changes_too(tmp_path):
    notes = [note("eve", APPROVED, 20), note("eve", "requested changes", 33), note("eve", UNAPPROVED, 33)]
    evidence = found(tmp_path, approvals=approved(), notes=notes, reviewers=[])
    assert told(evidence) == [("eve", "changes-requested", None)]


def test_an_approval_lifts_the_own_request_for_changes(tmp_path):
    notes = [note("bob", "requested changes", 20), note("bob", APPROVED, 40)]
    evidence = found(tmp_path, approvals=approved(approval("bob", 40)), notes=notes, reviewers=[])
    assert told(evidence) == [("bob", "approved", HEAD)]


def test_whoever_approves_and_asks_for_changes_at_once_asks_for_changes(tmp_path):
    both = {"approvals": approved(approval("bob", 40)), "reviewers": [reviewer("bob", "requested_changes")]}
    assert told(found(tmp_path, **both)) == [("bob", "changes-requested", None)]


def test_that_somebody_asks_for_changes_is_said_without_a_name_where_gitlab_gives_none(tmp_path):
    status = request(detailed_merge_status="requested_changes")
    *_, last = found(tmp_path, request=status).reviews
    assert (last.state, last.by.kind) == (ReviewState.CHANGES_REQUESTED, PersonKind.GHOST)


@pytest.mark.parametrize("after", [[note("bob", UNAPPROVED, 45)], []])
def test_an_approval_that_was_taken_back_or_removed_does_not_stand(tmp_path, after):
    evidence = found(tmp_path, approvals=approved(), notes=[note("bob", APPROVED, 40), *after])
    assert told(evidence) == [("bob", "dismissed", None)]


# --- people


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (user("bob", bot=True), PersonKind.BOT),
        (user("bob", bot=False, state="blocked"), PersonKind.GHOST),
        (user("bob", bot=False, state="banned"), PersonKind.GHOST),
        (user("bob", bot=False, state="deactivated"), PersonKind.USER),
        (FORBIDDEN, PersonKind.USER),
    ],
)
def test_who_is_a_bot_or_shut_out_is_asked_of_gitlab(tmp_path, one, kind):
    assert found(tmp_path, user_bob=one).reviews[0].by.kind is kind


def test_the_ghost_user_and_the_bots_of_projects_are_known_by_their_names(tmp_path):
    names = ("ghost", "ghost1", "project_77_bot_1a", "group_5_bot", "renovate-bot")
    entries = [
        {**approval(name, 40), "user": {"id": 200 + at, "username": name}} for at, name in enumerate(names)
    ]
    evidence = found(tmp_path, approvals=approved(*entries), notes=[])
    kinds = [each.by.kind for each in evidence.reviews]
    assert kinds == [PersonKind.GHOST] * 2 + [PersonKind.BOT] * 3


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


def test_the_accounts_of_commits_are_those_that_gitlab_names(tmp_path):
    message = "Refunds\n\nCo-authored-by: Eve <5-eve@users.noreply.gitlab.acme.example>\n"
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


# --- what GitLab does not answer


@pytest.mark.parametrize(
    "changed",
    [
        {"approvals": FORBIDDEN},
        {"approvals": GONE},
        {"approvals": Reply("", 401)},
        {"approvals": Reply("", 500)},
        {"approvals": Reply("", 429)},
        {"approvals": {}},
        {"approvals": {"approved_by": None}},
        {"approvals": []},
        {"approvals": approved(None)},
        {"approvals": approved({"user": None})},
        {"approvals": Reply("{}", cut=True)},
        {"approvals": Reply("<html>Sign in</html>")},
        {"approvals": Reply("", 302, {"Location": "https://id.acme.example/login"})},
        {"reviewers": FORBIDDEN},
        {"reviewers": {}},
        {"notes": FORBIDDEN},
        {"notes": ["x"]},
        {"commits": FORBIDDEN},
        {"diffs": FORBIDDEN},
        {"diffs": None},
        {"versions": FORBIDDEN},
        {"versions": [{"id": 12}]},
        {"member_bob": FORBIDDEN},
        {"direct_bob": FORBIDDEN},
        {"graphql": {"errors": [{"message": "timeout"}]}},
        {"graphql": {"data": None}},
        {"graphql": {"data": {"project": None}}},
        {"request": request(sha=None)},
        {"request": request(author=None)},
        {"request": []},
    ],
)
def test_what_is_not_answered_is_an_error_and_never_no_reviewers(tmp_path, changed):
    with pytest.raises(CollectionError) as caught:
        found(tmp_path, **changed)
    assert "top-secret" not in str(caught.value)


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
def test_what_may_pass_is_asked_again(tmp_path, status):
    fine = approved(approval("bob", 40))
    again = {"Retry-After": "1"} if status != 503 else {}
    evidence = found(tmp_path, approvals=[Reply("", status, again), Reply(fine)])
    assert told(evidence)[0] == ("bob", "approved", HEAD)


def test_a_limit_is_waited_for_as_gitlab_says_and_one_budget_holds_for_all():
    waits = []
    limited = Reply("", 429, {"RateLimit-Reset": "1", "RateLimit-Remaining": "0"})
    everything = {path: Reply("", 429, {"Retry-After": "20"}) for path in routes()}
    for given, expected in ((routes(approvals=[limited, Reply(approved())]), 1), (everything, 6)):
        waits.clear()
        with serving(given) as server:
            environment = {"CI_API_V4_URL": f"{server.url}{API}", "GITLAB_TOKEN": "top-secret"}
            asked = Asked(BUILD, environment, Path(), NOW, "gatepass", {}, [].append, waits.append)
            if expected == 1:
                COLLECTOR.collect(asked, "approvals")
            else:
                with pytest.raises(CollectionError, match="no patience left"):
                    COLLECTOR.collect(asked, "approvals")
        assert len(waits) == expected


def test_pages_are_followed_to_the_last_by_link_or_by_number(tmp_path):
    listed = [note("eve", "mentioned in !1", minute) for minute in range(1, 8)]
    listed.append(note("bob", "requested changes", 50))

    def numbered(heard):
        page = int(heard.query.get("page", 1))
        following = str(page + 1) if page < len(listed) else ""
        return Reply([listed[page - 1]], headers={"x-next-page": following})

    for answer in (paged(listed, 3), numbered):
        evidence = found(tmp_path, approvals=approved(), reviewers=[], notes=answer)
        assert told(evidence) == [("bob", "changes-requested", None)]


def test_a_next_page_elsewhere_or_without_end_is_not_asked_for(tmp_path):
    away = Reply([], headers={"Link": '<https://elsewhere.example/notes?page=2>; rel="next"'})
    with pytest.raises(CollectionError, match="another host"):
        found(tmp_path, notes=away)
    with pytest.raises(CollectionError, match="no end of pages"):
        found(tmp_path, notes=Reply([], headers={"x-next-page": "2"}))

    def round_and_round(_heard):
        return {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "x"}}

    with pytest.raises(CollectionError, match="no end of pages"):
        found(tmp_path, authors=round_and_round)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"project": {"id": 77, "path_with_namespace": "eve/payments"}}, "another project"),
        ({"request": request(project_id=78)}, "another project"),
        ({"request": request(iid=483)}, "another merge request"),
        ({"request": request(diff_refs={"head_sha": OLD})}, "two head commits"),
        ({"request": request(changes_count="1000+")}, "does not tell all files"),
        ({"request": request(changes_count=None)}, "does not tell all files"),
        ({"request": request(changes_count="3")}, "lists 2 of 3 files"),
        ({"diffs": [diff(), diff(old_path=None)]}, "without a path"),
        ({"commits": [commit(OLD)]}, "moved meanwhile"),
        ({"commits": [commit(HEAD, author_email=None)]}, "without the address"),
        ({"versions": []}, "no versions"),
        ({"versions": [version(13, TRIAL, 50), version(12, HEAD, 30)]}, "while somebody pushed"),
        ({"versions": [version(12, HEAD, 30, merge_request_id=7)]}, "another merge request"),
        ({"user_bob": user("carol")}, "another user"),
        ({"user_bob": {**user("bob"), "username": "robert"}}, "two user names"),
        ({"member_bob": {"id": 3, "access_level": 50}}, "another member"),
        ({"member_bob": {"id": 2, "access_level": None}}, "access_level"),
        ({"appsec_bob": {"id": 3}}, "another member"),
        ({"approvals": approved({**approval("bob", 40), "approved_at": "yesterday"})}, "at no instant"),
        ({"reviewers": [reviewer("bob", None)]}, "without a state"),
        ({"notes": [{**note("bob", APPROVED, 40), "created_at": None}]}, "without a date"),
        ({"notes": [{**note("bob", APPROVED, 40), "system": "true"}]}, "who wrote it"),
        ({"state": {"approval_rules_overwritten": None, "rules": []}}, "not true or false"),
        ({"gate": {"id": 1}}, "no username"),
    ],
)
def test_answers_that_do_not_fit_together_are_refused(tmp_path, changed, words):
    with pytest.raises(UnreadableEvidence, match=words):
        found(tmp_path, **changed)


# --- the way in


def test_without_a_token_nobody_is_asked_and_that_of_the_job_is_not_tried():
    with serving(routes()) as server:
        with pytest.raises(CollectionError, match=r"no token for GitLab$"):
            collect(server.url, GATEPASS_GITLAB_TOKEN="")
        with pytest.raises(CollectionError, match="CI_JOB_TOKEN may not read approvals"):
            collect(server.url, GATEPASS_GITLAB_TOKEN="", CI_JOB_TOKEN="of the job")
        assert server.heard == []
        collect(server.url, GATEPASS_GITLAB_TOKEN="", GITLAB_TOKEN="another", CI_JOB_TOKEN="of the job")
        assert {each.headers["private-token"] for each in server.heard} == {"another"}


def test_the_server_is_the_platforms_own_and_only_one():
    with serving(routes()) as server:
        collect(server.url, CI_API_V4_URL="", CI_SERVER_URL=server.url)
        port = server.url.rpartition(":")[2]
        told = {"CI_SERVER_PROTOCOL": "http", "CI_SERVER_HOST": "127.0.0.1", "CI_SERVER_PORT": port}
        collect(server.url, CI_API_V4_URL="", **told)
        heard = len(server.heard)
        with pytest.raises(UsageError, match="sent to neither"):
            collect(server.url, CI_SERVER_URL="https://gitlab.acme.example")
        with pytest.raises(UsageError, match="https alone"):
            collect(server.url, CI_API_V4_URL="http://gitlab.acme.example/api/v4")
        assert len(server.heard) == heard


def test_a_server_that_points_elsewhere_never_gets_the_token_there():
    with serving(routes()) as other:
        away = Reply("", 301, {"Location": f"{other.url}{REQUEST}/approvals"})
        with serving(routes(approvals=away)) as server, pytest.raises(CollectionError, match="another host"):
            collect(server.url)
        assert other.heard == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("repository", "payments"),
        ("repository", "acme/../payments"),
        ("repository", "acme/payments?x"),
        ("change-request", "48 2"),
        ("change-request", "²"),
        ("teams", "acme/../x"),
    ],
)
def test_options_that_are_no_names_are_refused(option, value):
    with serving(routes()) as server:
        with pytest.raises(UsageError):
            collect(server.url, options={option: value})
        assert server.heard == []


def test_options_name_another_change():
    with serving(without(routes(), f"{PROJECT}/merge_requests/482")) as server:
        with pytest.raises(CollectionError, match="is not there, or the token may not see it"):
            collect(server.url, options={"repository": "acme/payments", "change-request": "7"})
        assert server.paths()[-1] == f"{PROJECT}/merge_requests/7"


def test_answers_are_kept_whole(tmp_path):
    with serving(routes()) as server:
        document = json.loads(collect(server.url))
    kept = {
        (each["topic"], each["about"]): json.loads(each["body"])
        for each in document["answers"]
        if each["topic"] == "approvals"
    }
    assert kept["approvals", ""]["approved_by"][0]["approved_at"] == at(20)
    assert document["server"].endswith(API)
