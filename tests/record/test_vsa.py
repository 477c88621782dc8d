from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.errors import OutputError, VerificationError
from gatepass.model.build import Artifact, Build
from gatepass.record import decision_statement, vsa_statement
from gatepass.record.bundle import bundle_bytes
from gatepass.record.envelope import Envelope
from gatepass.record.verify import verify_record
from support.decisions import (
    COMMIT,
    POLICY_FILE,
    a_build,
    a_decision,
    a_finding,
    a_passing_decision,
    a_small_decision,
    failing_result,
    sha256,
)
from support.records import an_author

DIGEST = sha256("an envelope")


def summary_of(decision):
    return vsa_statement(decision_statement(decision), DIGEST)


def test_a_summary_of_a_passed_decision_names_a_level_for_each_policy_applied():
    made = summary_of(a_passing_decision())["predicate"]
    assert (made["verificationResult"], made["verifiedLevels"]) == ("PASSED", ["GATEPASS_RELEASE"])
    assert made["timeVerified"] == "2026-11-22T20:00:00Z"
    assert made["verifier"]["version"] == {"gatepass": "0.1.0"}
    assert "inputAttestations" not in made
    named = made["https://gatepass.dev/decision/v1"]
    assert named == {"digest": {"sha256": DIGEST}, "overrides": 1, "relaxations": []}


def test_a_summary_of_a_failed_decision_names_no_level():
    made = summary_of(a_decision())["predicate"]
    assert (made["verificationResult"], made["verifiedLevels"]) == ("FAILED", ["FAILED"])


def test_no_policy_name_makes_a_level_of_slsa():
    decision = a_small_decision()
    policy = replace(decision.policies[0], name="SLSA_BUILD_LEVEL_3")
    rule = replace(decision.results[0].rule, policy=policy.name)
    named = replace(decision, policies=(policy,), results=(replace(decision.results[0], rule=rule),))
    assert summary_of(named)["predicate"]["verifiedLevels"] == ["GATEPASS_SLSA_BUILD_LEVEL_3"]


def test_one_policy_is_named_itself_and_several_by_a_digest_over_all():
    one = summary_of(a_small_decision())["predicate"]["policy"]
    assert one == {"uri": POLICY_FILE, "digest": {"sha256": sha256("the release policy\n")}}
    both = summary_of(a_decision())["predicate"]["policy"]
    assert both["uri"] == "https://gatepass.dev/policy-set/v1"
    turned = replace(a_decision(), policies=tuple(reversed(a_decision().policies)))
    assert summary_of(turned)["predicate"]["policy"] == both
    first, second = a_decision().policies
    changed = replace(a_decision(), policies=(first, replace(second, sha256=sha256("changed"))))
    assert summary_of(changed)["predicate"]["policy"] != both


def artifact(name: str) -> Artifact:
    return Artifact(name, (("sha256", sha256(name)),))


@pytest.mark.parametrize(
    ("build", "resource"),
    [
        (Build("local", artifacts=(artifact("dist/app 1.tgz"),)), "pkg:generic/dist%2Fapp%201.tgz"),
        (Build("local", artifacts=(artifact("pkg:pypi/app@1.0"),)), "pkg:pypi/app@1.0"),
        (replace(a_build(), artifacts=()), f"pkg:github/acme/payments@{COMMIT}"),
        (replace(a_build(), artifacts=(artifact("a"), artifact("b"))), f"pkg:github/acme/payments@{COMMIT}"),
        (Build("gitlab", repository="acme/app", commit=COMMIT), f"pkg:generic/acme/app@{COMMIT}"),
        (Build("local", commit=COMMIT), f"gitCommit:{COMMIT}"),
    ],
)
def test_a_summary_names_what_a_consumer_asks_about(build, resource):
    decision = replace(a_small_decision(), build=build)
    assert summary_of(decision)["predicate"]["resourceUri"] == resource


def test_a_summary_of_something_else_than_a_decision_is_refused():
    with pytest.raises(VerificationError):
        vsa_statement({"subject": [], "predicate": {}}, DIGEST)


def test_no_bundle_is_made_of_an_unsigned_envelope():
    with pytest.raises(OutputError, match="exactly one signature"):
        bundle_bytes(Envelope(b"x", "y"))


def test_a_record_of_more_findings_than_it_lists_verifies(tmp_path):
    author = an_author(tmp_path)
    found = tuple(a_finding("release/coverage", f"finding {n}", "p", n + 1) for n in range(1500))
    written = author.write(a_decision(results=[replace(failing_result(), findings=found)]))
    rule = verify_record(written.path, [author.key]).predicate["rules"][0]
    assert (rule["findings"]["count"], len(rule["findings"]["items"])) == (1500, 1000)


def test_a_record_about_evidence_alone_verifies(tmp_path):
    author = an_author(tmp_path)
    written = author.write(replace(a_small_decision(), build=Build("local")))
    found = verify_record(written.path, [author.key])
    assert [each["name"] for each in found.statement["subject"]] == ["evidence"]
    assert found.ok
