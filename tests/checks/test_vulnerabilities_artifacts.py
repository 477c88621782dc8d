"""Which artifact of the build a vulnerability was found in, and the overrides for it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gatepass.checks import Question
from gatepass.checks.vulnerabilities import CHECK
from gatepass.model.build import Artifact
from gatepass.model.override import Match
from gatepass.overriding import matches
from support.evidence import read
from support.values import BUILD, NOW, a_rule, an_override

WEB, API, FOREIGN = (f"sha256:{sign * 64}" for sign in "abc")
MADE = tuple(Artifact(name, (("sha256", digest[7:]),)) for name, digest in (("web", WEB), ("api", API)))
RULE = a_rule(
    "snyk", check="vulnerabilities", parameters={"maximum": {"high": 0}, "licences": {"forbidden": ["GPL-*"]}}
)


def image(path, *ids, docker=True, **more):
    made = {"ok": not ids, "path": path, "packageManager": "deb", "dependencyCount": 9, **more}
    rows = [
        {
            "id": each,
            "packageName": "openssl",
            "version": "3.0.11",
            "severity": "high",
            "title": each,
            "from": ["image", "openssl@3.0.11"],
            **({"type": "license", "license": "GPL-3.0"} if each == "GPL" else {}),
        }
        for each in ids
    ]
    return {**made, "vulnerabilities": rows, **({"docker": {}} if docker else {})}


def subjects(folder, *images, artifacts=MADE):
    path = folder / "snyk.json"
    path.write_text(json.dumps(images))
    evidence = (read(path, "snyk").evidence,)
    found = CHECK.judge(Question(RULE, evidence, replace(BUILD, artifacts=artifacts), NOW)).findings
    return {each.subject.vulnerabilities[0]: each for each in found}


def test_what_was_found_in_an_image_that_was_scanned_by_its_digest_is_about_that(tmp_path):
    found = subjects(tmp_path, image(f"acme/web@{WEB}", "V1", "GPL"), image(f"acme/api:1@{API}", "V2"))
    assert {key: each.subject.artifact for key, each in found.items()} == {"V1": WEB, "GPL": WEB, "V2": API}


def test_an_application_in_an_image_is_a_part_of_it(tmp_path):
    inside = image("acme/web", "V1", docker=False, targetFile="app/package.json")
    found = subjects(tmp_path, {**image(f"acme/web@{WEB}"), "applications": [inside]})
    assert found["V1"].subject.artifact == WEB


@pytest.mark.parametrize(
    "images",
    [
        [image("acme/web:1.4", "V1")],
        [image(f"acme/web@{WEB}", "V1", docker=False)],
        [image(f"acme/web@{FOREIGN}", "V1")],  # nothing that the build made
        [image(f"acme/web@{WEB}", "V1"), image(f"acme/api@{API}", "V1")],
        [image(f"acme/web@{WEB}", "V1"), image("package.json", "V1", docker=False)],
        [image(f"acme/web@{WEB.upper()}", "V1")],
        [image(f"acme/web@{WEB}\n", "V1")],
        [image(f"acme/web@{WEB}0", "V1")],
        [image(f"@{WEB}", "V1")],
    ],
)
def test_what_is_in_no_one_artifact_of_the_build_is_about_all_of_them(tmp_path, images):
    finding = subjects(tmp_path, *images)["V1"]
    assert finding.subject.artifact is None
    digests = (WEB, API)
    only, both = (an_override(match=Match(artifacts=each)) for each in ((WEB,), digests))
    assert not matches(only, finding, digests)
    assert matches(both, finding, digests)


def test_an_override_for_one_image_covers_what_was_found_there_and_nothing_else(tmp_path):
    found = subjects(tmp_path, image(f"acme/web@{WEB}", "V1"), image(f"acme/api@{API}", "V2"))
    override = an_override(match=Match(artifacts=(WEB,)))
    assert [key for key, each in found.items() if matches(override, each, (WEB, API))] == ["V1"]


def test_an_override_of_an_image_that_the_build_did_not_make_covers_nothing(tmp_path):
    found = subjects(tmp_path, image(f"acme/old@{FOREIGN}", "V1"))
    assert not matches(an_override(match=Match(artifacts=(FOREIGN,))), found["V1"], (WEB, API))
