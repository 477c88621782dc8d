from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.errors import OutputError
from gatepass.model.build import Artifact, Build, Run
from gatepass.model.decision import Finding
from gatepass.model.override import OverrideStatus
from gatepass.model.place import Place
from gatepass.record import Output, decision_statement, write_record
from gatepass.record.signed_json import canonical, canonical_line
from gatepass.record.store import envelopes
from gatepass.signers import open_signer
from gatepass.signers.keys import generate
from support.decisions import (
    AT,
    COMMIT,
    HEAD,
    a_build,
    a_decision,
    a_finding,
    a_passing_decision,
    a_small_decision,
    failing_result,
    passing_result,
    sha256,
)


@pytest.fixture
def signer(tmp_path_factory):
    return open_signer(str(generate(tmp_path_factory.mktemp("key") / "k.pem").path), {}, None)


def payload(line: str | bytes):
    return json.loads(base64.b64decode(json.loads(line)["payload"]))


def predicate_of(decision, **more):
    return decision_statement(decision, **more)["predicate"]


def test_a_record_is_two_lines_and_two_bundles_of_the_same_envelopes(tmp_path, signer):
    written = write_record(a_decision(), tmp_path / "out" / "gatepass.intoto.jsonl", signer)
    names = ["gatepass.intoto.jsonl", "gatepass.sigstore.json", "gatepass.vsa.sigstore.json"]
    assert [path.name for path in written.paths] == names
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    lines = written.path.read_text().splitlines()
    assert [payload(line)["predicateType"] for line in lines] == [
        "https://gatepass.dev/decision/v1",
        "https://slsa.dev/verification_summary/v1",
    ]
    bundles = [json.loads(path.read_text()) for path in written.bundles]
    assert [bundle["dsseEnvelope"] for bundle in bundles] == [json.loads(line) for line in lines]
    assert bundles[0]["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert bundles[0]["verificationMaterial"] == {"publicKey": {"hint": signer.keyid}, "tlogEntries": []}
    assert [each["keyid"] for each in bundles[0]["dsseEnvelope"]["signatures"]] == [signer.keyid]
    assert written.digest == sha256(lines[0])
    assert written.keyid == signer.keyid
    if os.name == "posix":
        assert {path.stat().st_mode & 0o777 for path in written.paths} == {0o644}


def test_the_suffix_is_added_once(tmp_path, signer):
    assert write_record(a_small_decision(), tmp_path / "r", signer).path == tmp_path / "r.intoto.jsonl"
    with pytest.raises(OutputError, match="no name"):
        write_record(a_small_decision(), tmp_path / ".intoto.jsonl", signer)


def test_the_same_decision_gives_the_same_payload_bytes_whoever_signs(tmp_path, signer):
    other = open_signer(str(generate(tmp_path / "other.pem").path), {}, None)
    first, _ = envelopes(a_decision(), signer)
    second, _ = envelopes(a_decision(), other)
    assert first.payload == second.payload
    assert first.payload == rfc8785.dumps(json.loads(first.payload))
    assert first.signatures != second.signatures


def test_a_statement_has_only_the_fields_that_strict_readers_know():
    statement = decision_statement(a_decision())
    assert set(statement) == {"_type", "subject", "predicateType", "predicate"}
    assert all(set(each) <= {"name", "digest", "annotations"} for each in statement["subject"])


def test_the_subjects_are_the_artifacts_the_source_and_the_head_of_the_change():
    assert decision_statement(a_decision())["subject"] == [
        {"name": "payments-1.4.2.tar.gz", "digest": {"sha256": sha256("an artifact")}},
        {"name": "source", "digest": {"gitCommit": COMMIT}, "annotations": {"role": "source"}},
        {
            "name": "change-request-head",
            "digest": {"gitCommit": HEAD},
            "annotations": {"role": "change-request-head"},
        },
    ]


@pytest.mark.parametrize("commit", [None, "1234", "main", "z" * 40, COMMIT[:39], ""])
def test_a_build_without_commit_and_artifact_is_about_its_evidence(commit):
    decision = replace(a_small_decision(), build=Build(platform="local", commit=commit))
    (subject,) = decision_statement(decision)["subject"]
    assert subject["name"] == "evidence"
    assert len(subject["digest"]["sha256"]) == 64
    changed = replace(decision, sources=(replace(decision.sources[0], sha256=sha256("other")),))
    assert decision_statement(changed)["subject"] != [subject]
    judged_by = replace(decision, policies=(replace(decision.policies[0], sha256=sha256("other")),))
    assert decision_statement(judged_by)["subject"] != [subject]


def test_subject_names_are_unique_and_digests_lower_case():
    digests = (sha256("a"), sha256("b"), sha256("a").upper())
    artifacts = tuple(Artifact("source", (("sha256", digest),)) for digest in digests)
    subjects = decision_statement(a_decision(build=Build("local", commit=COMMIT, artifacts=artifacts)))[
        "subject"
    ]
    assert [(s["name"], *s["digest"].values()) for s in subjects] == [
        ("source", sha256("a")),
        ("source (2)", sha256("b")),
        ("source (3)", COMMIT),
    ]


@pytest.mark.parametrize("digest", [(), (("sha256", ""),), (("sha256", "not hex"),), (("sha256", "abc"),)])
def test_an_artifact_without_a_digest_cannot_be_recorded(digest):
    with pytest.raises(OutputError, match="no digest"):
        decision_statement(a_decision(build=Build("local", artifacts=(Artifact("x", digest),))))


def test_the_predicate_answers_an_auditors_questions():
    made = predicate_of(a_decision(), outputs=(Output("a.sarif", sha256("s"), "application/sarif+json", 7),))
    assert (made["verdict"], made["evaluatedAt"]) == ("FAILED", "2026-11-22T20:00:00Z")
    assert "unsigned" not in made
    by_name = {policy["name"]: policy for policy in made["policies"]}
    assert by_name["release"]["applied"] is True
    assert by_name["release"]["digest"] == {"sha256": sha256("the release policy\n")}
    assert by_name["production"]["applied"] is False
    assert "this build is for main" in by_name["production"]["notApplied"][0]
    rules = {rule["id"]: rule for rule in made["rules"]}
    assert {rule["outcome"] for rule in rules.values()} == {
        "pass",
        "fail",
        "warn",
        "error",
        "overridden",
        "not-applicable",
    }
    assert rules["coverage"]["figures"] == [
        {"name": "lines", "value": "78.4"},
        {"name": "changed-lines", "value": "62.5"},
        {"name": "coverable", "value": 1250},
    ]
    assert rules["coverage"]["controls"] == ["soc2:CC8.1", "nist-ssdf:PW.8.2"]
    assert rules["signed-commits"]["effectiveOn"] == "2027-01-01T00:00:00Z"
    (licence,) = rules["licences"]["findings"]["items"]
    assert (licence["effect"], licence["override"]) == ("overridden", "OVR-2026-014")
    (snyk,) = rules["snyk"]["findings"]["items"]
    assert snyk["warnsUntil"] == "2026-12-03T00:00:00Z"
    assert snyk["subject"]["vulnerabilities"] == ["SNYK-JS-LODASH-590103", "CVE-2020-8203"]
    assert {each["status"] for each in made["overrides"]} == {status.value for status in OverrideStatus}
    assert {each["id"] for each in made["overrides"] if "approvedBy" not in each} == {
        each["id"] for each in made["overrides"] if each["status"] == "requested"
    }
    assert made["overrides"][0]["approvedBy"] == ["dana"]
    assert {each["problem"]["code"] for each in made["inputs"] if "problem" in each} >= {"stale", "missing"}
    assert [each["name"] for each in made["inputs"] if each["used"]] == [
        "junit.xml",
        "coverage.xml",
        "snyk.json",
        "lint.sarif",
        "commits.json",
    ]
    assert made["build"]["actors"][1]["assurance"] == "oidc"
    assert made["outputs"][0]["digest"] == {"sha256": sha256("s")}


def test_no_fraction_and_no_large_number_reaches_the_payload():
    odd = (
        ("a", float("nan")),
        ("b", 2**53),
        ("c", -(2**60)),
        ("d", 0.1 + 0.2),
        ("e", True),
        ("f", 2**53 - 1),
    )
    decision = a_decision(results=[replace(passing_result(), figures=odd)])
    figures = {f["name"]: f["value"] for f in predicate_of(decision)["rules"][0]["figures"]}
    assert figures == {
        "a": "nan",
        "b": "9007199254740992",
        "c": "-1152921504606846976",
        "d": "0.30000000000000004",
        "e": 1,
        "f": 9007199254740991,
    }
    envelopes(decision, None)


def test_times_are_in_utc_and_a_time_without_a_zone_is_refused():
    east = AT.astimezone(timezone(timedelta(hours=5)))
    assert predicate_of(replace(a_small_decision(), at=east))["evaluatedAt"] == "2026-11-22T20:00:00Z"
    with pytest.raises(ValueError, match="time zone"):
        predicate_of(replace(a_small_decision(), at=datetime(2026, 1, 1)))


def test_secrets_in_urls_stay_out():
    build = replace(
        a_build(), run=Run(url="https://bot:hunter2@ci.example/run?private_token=hunter2&page=3#x")
    )
    policy = replace(a_decision().policies[0], source="git+https://x:hunter2@git.example/p#r.yaml")
    decision = replace(a_decision(build=build), policies=(policy, a_decision().policies[1]))
    text = json.dumps(predicate_of(decision))
    assert "hunter2" not in text
    assert "https://ci.example/run?private_token=REDACTED&page=3#x" in text
    assert "git+https://git.example/p#r.yaml" in text


def many_findings(count: int, blocking_at: int) -> list[Finding]:
    warns = a_finding("release/coverage", "m", "p", 1, warns_until=AT + timedelta(days=1))
    findings = [replace(warns, fingerprint=f"{n:032x}") for n in range(count)]
    findings[blocking_at] = replace(findings[blocking_at], warns_until=None)
    return findings


def test_of_many_findings_the_deciding_ones_are_kept_and_all_are_counted():
    result = replace(failing_result(), findings=tuple(many_findings(2500, blocking_at=2400)))
    found = predicate_of(a_decision(results=[result]))["rules"][0]["findings"]
    assert (found["count"], found["blocking"], found["warning"], len(found["items"])) == (2500, 1, 2499, 1000)
    assert found["items"][0]["fingerprint"] == f"{2400:032x}"
    assert [each["effect"] for each in found["items"]] == ["blocks"] + ["warns"] * 999
    other = many_findings(2500, blocking_at=2400)
    other[2499] = replace(other[2499], message="another")
    again = predicate_of(a_decision(results=[replace(result, findings=tuple(other))]))
    assert again["rules"][0]["findings"]["items"] == found["items"]
    assert again["rules"][0]["findings"]["digest"] != found["digest"]


def test_a_thousand_findings_are_all_kept_in_their_order():
    result = replace(failing_result(), findings=tuple(many_findings(1000, blocking_at=700)))
    items = predicate_of(a_decision(results=[result]))["rules"][0]["findings"]["items"]
    assert [each["fingerprint"] for each in items] == [f"{n:032x}" for n in range(1000)]


def test_hostile_texts_are_shortened_and_always_writable(tmp_path, signer):
    finding = replace(
        a_finding("release/coverage", "x", "p", 1), message="\x1b[31m" * 5000, place=Place("\udcff\ud800.py")
    )
    decision = a_decision(results=[replace(failing_result(), findings=(finding,))])
    write_record(decision, tmp_path / "r", signer)
    (item,) = predicate_of(decision)["rules"][0]["findings"]["items"]
    assert len(item["message"]) == 1000
    assert item["place"]["path"] == "\\udcff\\ud800.py"


def test_an_unsigned_record_says_so_and_no_older_bundle_vouches_for_it(tmp_path, signer):
    write_record(a_passing_decision(), tmp_path / "r", signer)
    written = write_record(a_decision(), tmp_path / "r", None)
    assert (written.keyid, written.bundles) == (None, ())
    assert [path.name for path in tmp_path.iterdir()] == ["r.intoto.jsonl"]
    lines = written.path.read_text().splitlines()
    assert [json.loads(line)["signatures"] for line in lines] == [[], []]
    made = payload(lines[0])["predicate"]
    assert (made["unsigned"], made["relaxations"]) == (True, ["--unsafe-unsigned"])
    assert payload(lines[1])["predicate"]["https://gatepass.dev/decision/v1"]["unsigned"] is True


def test_a_record_that_cannot_be_written_leaves_what_was_there(tmp_path, signer):
    first = write_record(a_small_decision(), tmp_path / "r", signer)
    first.bundles[1].unlink()
    first.bundles[1].mkdir()
    before = {path: path.read_bytes() for path in first.paths if path.is_file()}
    with pytest.raises(OutputError, match="cannot write"):
        write_record(a_decision(), tmp_path / "r", signer)
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_folder_that_is_a_file_is_said(tmp_path, signer):
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_record(a_small_decision(), tmp_path / "out" / "r", signer)


def test_a_decision_that_contradicts_itself_is_not_signed(tmp_path, signer):
    stranger = replace(passing_result(), sources=("never-given.xml",))
    with pytest.raises(OutputError, match=r"never-given\.xml was used but is not"):
        write_record(a_decision(results=[stranger]), tmp_path / "r", signer)
    late = replace(
        failing_result(), at=AT - timedelta(days=1), rule=replace(failing_result().rule, effective_on=AT)
    )
    with pytest.raises(OutputError, match="contradicts itself"):
        write_record(a_decision(results=[late]), tmp_path / "r", signer)
    assert list(tmp_path.iterdir()) == []


def test_an_output_is_named_by_what_is_in_its_file(tmp_path):
    (tmp_path / "a.sarif").write_text("{}")
    assert Output.of(tmp_path / "a.sarif", "a.sarif") == Output("a.sarif", sha256("{}"), size=2)
    with pytest.raises(OutputError, match="cannot read"):
        Output.of(tmp_path / "absent")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
@settings(deadline=None, max_examples=150)
def test_the_fast_form_of_a_finding_is_the_canonical_one(value):
    assert canonical_line(value) == canonical(value) + b"\n"
