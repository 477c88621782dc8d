"""The check `suppressions`: each requirement kept and broken, what is not judged, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gatepass.checks import Question
from gatepass.checks.suppressions import CHECK
from gatepass.errors import PolicyError
from gatepass.model.build import Build, ChangeRequest
from gatepass.model.decision import FindingKind
from gatepass.model.place import Place
from gatepass.model.source import Source
from gatepass.model.suppression import scanner_suppressions
from gatepass.model.suppressions import (
    SuppressionKind,
    Suppressions,
    SuppressionScope,
    Unread,
    WrittenSuppression,
)
from gatepass.policy.load import load
from support.gate import a_policy
from support.values import NOW, a_rule, write

LOCAL = Build("local")
KINDS = (FindingKind.VIOLATION, FindingKind.MISSING_EVIDENCE)


def one(**changes):
    usual = WrittenSuppression(
        "bandit",
        SuppressionKind.COMMENT,
        Place("src/a.py", 3),
        ("B602",),
        reason="PAY-1 it is fixed",
        new=False,
    )
    return replace(usual, **changes)


def found(*suppressions, **changes):
    tree = Suppressions(
        Source("suppressions.json"),
        SuppressionScope.TREE,
        ("bandit", "semgrep", "snyk", "trivy"),
        suppressions,
        head="9f" * 20,
        base="ba" * 20,
        compared_with="ca" * 20,
    )
    return replace(tree, **changes)


def judge(*evidence, build=LOCAL, **parameters):
    given = {key.replace("_", "-"): value for key, value in parameters.items()}
    rule = a_rule("silenced", check="suppressions", parameters=given)
    return CHECK.judge(Question(rule, evidence, build, NOW))


def said(judgement, kind=FindingKind.VIOLATION):
    return [each.message for each in judgement.findings if each.kind is kind]


def days(number):
    return f"{NOW + timedelta(days=number):%Y-%m-%d}"


def test_nothing_that_is_suppressed_breaks_nothing():
    judgement = judge(found(), maximum=0, no_new=True, require=["reason", "expiry", "rules"])
    assert (judgement.summary, judgement.findings) == ("0 suppressions", ())


def test_more_than_the_maximum_are_found_each_at_its_place():
    evidence = found(one(), one(place=Place("src/b.py", 7), scanner="semgrep", rules=("a.b",), new=True))
    assert said(judge(evidence, maximum=2)) == []
    judgement = judge(evidence, maximum=1)
    assert said(judgement) == [
        "bandit: B602 is suppressed by a comment: one of 2, at most 1 may stand",
        "semgrep: a.b is suppressed by a comment: one of 2, at most 1 may stand",
    ]
    assert [str(each.place) for each in judgement.findings] == ["src/a.py:3", "src/b.py:7"]
    assert judgement.summary == "2 suppressions (1 bandit, 1 semgrep) · 1 new"
    assert judgement.figures == (("suppressions", 2), ("new", 1))


@pytest.mark.parametrize(
    ("changes", "parameters", "why"),
    [
        ({"new": True}, {"no_new": True}, "is new"),
        ({"reason": ""}, {"require": ["reason"]}, "gives no reason"),
        ({"reason": " "}, {"require": ["reason"]}, "gives no reason"),
        ({"rules": ()}, {"require": ["rules"]}, "names no rule"),
        ({}, {"require": ["expiry"]}, "has no end"),
        ({"reason": "it is fixed"}, {"ticket": "PAY-[0-9]+"}, "names no ticket"),
        ({}, {"maximum_days": 30}, "has no end; at most 30 days are allowed"),
        ({"expires": days(40)}, {"maximum_days": 30}, "lasts 39 days; at most 30 are allowed"),
        (
            {"expires": days(40), "created": days(5)},
            {"maximum_days": 30},
            "lasts 39 days; at most 30 are allowed",
        ),
        (
            {"expires": days(20), "created": days(-20)},
            {"maximum_days": 30},
            "lasts 40 days; at most 30 are allowed",
        ),
        ({"expires": "soon"}, {"maximum": 5}, "ends at soon, which is no date"),
        ({"expires": ""}, {"maximum": 5}, "ends at , which is no date"),
        ({"expires": "soon"}, {"maximum_days": 5}, "ends at soon, which is no date"),
        ({}, {"forbidden_rules": ["b6*"]}, "is of a rule that nothing may suppress"),
        (
            {"rules": ("B101", "B602")},
            {"forbidden_rules": ["B602"]},
            "is of a rule that nothing may suppress",
        ),
        ({"rules": ()}, {"forbidden_rules": ["B602"]}, "is of a rule that nothing may suppress"),
    ],
)
def test_each_requirement_is_broken_by_what_it_says(changes, parameters, why):
    [message] = said(judge(found(one(**changes)), **parameters))
    assert message.endswith(f"is suppressed by a comment: {why}")


@pytest.mark.parametrize(
    ("changes", "parameters"),
    [
        ({}, {"no_new": True}),
        ({}, {"require": ["reason", "rules"], "ticket": "PAY-[0-9]+"}),
        ({"expires": days(29)}, {"maximum_days": 30, "require": ["expiry"]}),
        ({"expires": days(10), "created": days(-19)}, {"maximum_days": 30}),
        ({}, {"forbidden_rules": ["B601", "B6"]}),
        ({}, {"maximum": 1}),
    ],
)
def test_each_requirement_is_kept_by_what_satisfies_it(changes, parameters):
    assert judge(found(one(**changes)), **parameters).findings == ()


def test_several_reasons_are_said_in_one_finding():
    [message] = said(
        judge(found(one(rules=(), reason="", new=True)), no_new=True, require=["reason", "rules"])
    )
    assert message == "bandit: everything is suppressed by a comment: is new; gives no reason; names no rule"


def test_what_is_over_is_counted_apart_from_the_very_instant_on():
    at = NOW.isoformat()
    for ends, judged in ((at, 0), (days(0), 0), (days(1), 1), ((NOW + timedelta(seconds=1)).isoformat(), 1)):
        judgement = judge(found(one(expires=ends)), maximum=0)
        assert len(said(judgement)) == judged, ends
        assert ("1 over" in judgement.summary) == (judged == 0)


@pytest.mark.parametrize(
    ("changes", "parameters", "why"),
    [
        ({"scanner": "semgrep"}, {"scanners": ["Bandit"]}, "of other scanners"),
        ({}, {"allowed_rules": ["B*"]}, "allowed"),
        ({}, {"allowed_paths": ["src/**"]}, "allowed"),
        ({}, {"new_only": True}, "not new"),
    ],
)
def test_what_is_not_judged_is_counted_with_why(changes, parameters, why):
    judgement = judge(found(one(**changes)), maximum=0, **parameters)
    assert (said(judgement), judgement.summary) == ([], f"0 suppressions · 1 {why}")


@pytest.mark.parametrize("rules", [("B602", "C1"), ()])
def test_what_suppresses_more_than_is_allowed_is_judged(rules):
    assert len(said(judge(found(one(rules=rules)), maximum=0, allowed_rules=["B*"]))) == 1


def test_the_identity_outlives_a_move_and_tells_alike_ones_apart():
    def prints(*suppressions):
        return [each.fingerprint for each in judge(found(*suppressions), maximum=0).findings]

    [first] = prints(one())
    assert prints(one(place=Place("src/a.py", 90), reason="another", new=True)) == [first]
    two = prints(one(), one(place=Place("src/a.py", 9)))
    assert first in two
    assert len(set(two)) == 2
    others = ({"place": Place("src/b.py", 3)}, {"scanner": "semgrep"}, {"rules": ("B603",)}, {"covers": "x"})
    assert all(prints(one(**changes)) != [first] for changes in others)


def test_an_override_can_be_for_its_file_or_its_rule():
    ignored = one(scanner="snyk", kind=SuppressionKind.IGNORED, rules=("CVE-2020-8203",), covers="*")
    [finding] = judge(found(ignored), maximum=0).findings
    assert (finding.subject.path, finding.subject.vulnerabilities) == ("src/a.py", ("CVE-2020-8203",))
    assert finding.message.startswith("snyk: CVE-2020-8203 in * is ignored: ")
    assert finding.details == ("reason given: PAY-1 it is fixed",)


# --- what cannot be judged


def file_alone(*suppressions):
    return found(
        *suppressions, scope=SuppressionScope.FILE, looked_for=("snyk",), base=None, source=Source(".snyk")
    )


def test_a_file_of_one_scanner_does_not_stand_for_all():
    judgement = judge(file_alone(), maximum=0)
    assert said(judgement, FindingKind.MISSING_EVIDENCE) == [
        "nobody looked at comments in the code: only files of a scanner were given"
    ]
    assert judge(file_alone(), maximum=0, scanners=["snyk"]).findings == ()
    assert judge(file_alone(), found(), maximum=0).findings == ()


def test_a_scanner_that_nobody_looked_for_is_missing():
    judgement = judge(found(), maximum=0, scanners=["bandit", "brakeman", "sem*"])
    assert said(judgement, FindingKind.MISSING_EVIDENCE) == ["nobody looked for what silences brakeman"]


def test_changed_files_alone_are_enough_for_what_is_new_alone():
    changed = found(one(new=True), scope=SuppressionScope.CHANGED)
    assert said(judge(changed, maximum=5), FindingKind.MISSING_EVIDENCE) == [
        "suppressions.json tells of changed files alone"
    ]
    assert judge(changed, maximum=5, new_only=True).findings == ()


@pytest.mark.parametrize("asking", [{"no_new": True}, {"new_only": True, "maximum": 5}])
def test_what_nobody_knows_to_be_new_is_missing_and_no_pass(asking):
    unknown = found(one(new=None), base=None)
    assert said(judge(unknown, **asking), FindingKind.MISSING_EVIDENCE) == [
        "nobody can tell whether 1 of the suppressions are new (suppressions.json)"
    ]
    assert judge(unknown, maximum=5).findings == ()
    assert judge(found(base=None), **asking).findings == ()


def test_another_beginning_than_the_changes_own_tells_nothing_of_what_is_new():
    def missing(begins, **parameters):
        build = Build("github", change_request=ChangeRequest("1", base=begins))
        return said(judge(found(one()), build=build, **parameters), FindingKind.MISSING_EVIDENCE)

    for own in ("ba" * 20, "ca" * 20, None):
        assert missing(own, no_new=True) == []
    assert missing("da" * 20, no_new=True) == [
        "suppressions.json begins at babababababa, and the change at dadadadadada"
    ]
    assert missing("da" * 20, maximum=5) == []


def test_a_file_that_could_not_be_read_is_missing_at_its_line():
    unread = (Unread("web/.snyk", "expires is no date", 4), Unread("data/big.txt", "is larger than 32 MiB"))
    judgement = judge(found(unread=unread), maximum=9, allowed_paths=["data/**"])
    [finding] = judgement.findings
    assert (finding.kind, str(finding.place)) == (FindingKind.MISSING_EVIDENCE, "web/.snyk:4")
    assert finding.message == "web/.snyk could hold suppressions and expires is no date"
    many = tuple(Unread(f"{n}.txt", "is larger") for n in range(80))
    assert "30 more files could not be read" in said(judge(found(unread=many), maximum=9), KINDS[1])


def test_the_same_in_two_reports_is_one_and_who_knows_whether_it_is_new_is_believed():
    ignored = one(scanner="snyk", kind=SuppressionKind.IGNORED, place=Place(".snyk", 3))
    both = (file_alone(replace(ignored, new=None)), found(replace(ignored, new=True)))
    for evidence in (both, both[::-1]):
        judgement = judge(*evidence, no_new=True)
        assert (len(said(judgement)), said(judgement, FindingKind.MISSING_EVIDENCE)) == (1, [])


def test_a_worse_report_never_makes_fewer_findings():
    parameters = {"maximum": 0, "no_new": True, "require": ["reason"]}
    before = judge(found(one()), **parameters)
    for worse in (
        found(one(), one(rules=())),
        found(one(new=True)),
        found(one(), unread=(Unread("a", "b"),)),
    ):
        assert len(judge(worse, **parameters).findings) >= len(before.findings)


def test_past_five_hundred_the_rest_is_one_finding():
    many = [one(rules=(f"B{n}",)) for n in range(700)]
    assert len(judge(found(*many), maximum=0).findings) == 501


# --- beside overrides, and in a policy


def test_they_are_listed_beside_overrides():
    evidence = found(one(rules=(), covers="x"), source=Source("s.json"))
    [listed] = scanner_suppressions([evidence])
    assert (listed.tool, listed.rule, listed.kind, listed.reason) == (
        *("bandit", "everything", "comment", "PAY-1 it is fixed"),
    )
    assert (listed.subject, listed.source) == ("src/a.py:3 (x)", "s.json")
    again = found(one(rules=(), covers="x"), one(place=Place("src/a.py", 4)), source=Source("t.json"))
    assert [each.source for each in scanner_suppressions([evidence, again])] == ["s.json", "t.json"]


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("scanners: [bandit]", "maximum"),
        ("no-new: false", "asks for nothing"),
        ("maximum: 1\n    ticket: '['", "no regular expression"),
        ("ticket: 'x*'", "is found in every text"),
        ("maximum: 1\n    allowed-paths: ['[b-a]']", "is no glob"),
        ("maximum: 1\n    allowed-rules: ['!B1']", "allowed-rules"),
        ("require: [why]", "reason"),
        ("maximum: -1", "maximum"),
        ("maximum: true", "maximum"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(tmp_path, written, wrong):
    write(tmp_path, {"p.yaml": a_policy(f"check: suppressions\n    {written}")})
    with pytest.raises(PolicyError) as caught:
        load(["p.yaml"], tmp_path)
    assert wrong in str(caught.value)


@pytest.mark.parametrize(
    ("written", "stricter"),
    [
        ("maximum: 1", True),
        ("maximum: 3", False),
        ("no-new: true", True),
        ("require: [reason, rules]", True),
        ("require: [rules]", False),
        ("new-only: true", False),
        ("allowed-paths: [docs/**]", True),
        ("allowed-paths: [docs/**, src/**]", False),
        ("forbidden-rules: [B602, B1]", True),
        ("scanners: [bandit]", False),
        ("maximum-days: 5", True),
    ],
)
def test_a_layer_may_make_it_stricter_alone(tmp_path, written, stricter):
    head = "apiVersion: gatepass/v1\nkind: Policy\nmetadata: {{name: {0}}}\n"
    base = (
        "check: suppressions\n    maximum: 2\n    require: [reason]\n    allowed-paths: [docs/**, tests/**]\n"
        "    forbidden-rules: [B602]\n    maximum-days: 30\n"
    )
    org = head.format("org") + f"rules:\n  - id: silenced\n    {base}"
    own = (
        head.format("own")
        + f"extends: [org.yaml]\nrules:\n  - id: silenced\n    check: suppressions\n    {written}\n"
    )
    if not any(key in written for key in ("maximum", "no-new", "require", "forbidden")):
        own += "    maximum: 2\n"
    write(tmp_path, {"org.yaml": org, "own.yaml": own})
    if stricter:
        assert load(["own.yaml"], tmp_path)
    else:
        with pytest.raises(PolicyError, match="loosen"):
            load(["own.yaml"], tmp_path)
