"""The check `commits`: who may have signed, and what may happen to submodules."""

from __future__ import annotations

import pytest

from gatepass.errors import PolicyError
from gatepass.model.commits import Signature, SignatureStatus, SubmoduleChange
from gatepass.model.place import Place
from gatepass.policy.load import load
from support.commits import (
    ALLOWED,
    ANYBODYS,
    BASE,
    ONE,
    SIDE,
    TWO,
    UNSIGNED,
    a_commit,
    a_list,
    judge,
    said,
    second,
)
from support.gate import a_policy
from support.values import write

# --- signers

DANAS = Signature(SignatureStatus.GOOD, "openpgp", "AB12CD34" * 5, "Dana <dana@acme.example>")


@pytest.mark.parametrize(
    ("signature", "signers", "allowed"),
    [
        (ALLOWED, ["alice@acme.example"], True),
        (ALLOWED, ["bob@acme.example", "Alice@ACME.example"], True),
        (ALLOWED, ["*@acme.example"], True),
        (ALLOWED, ["SHA256:abc"], True),
        (ALLOWED, ["bob@acme.example"], False),
        (ALLOWED, ["*@acme"], False),
        (ALLOWED, ["SHA256:ABC"], False),
        (ALLOWED, ["SHA256:a*"], False),
        (ALLOWED, ["SHA256:ab"], False),
        (DANAS, ["Dana <dana@acme.example>"], True),
        (DANAS, ["dana@acme.example"], True),
        (DANAS, ["ab12 cd34 ab12 cd34 ab12 cd34 ab12 cd34 ab12 cd34"], True),
        (DANAS, ["AB12CD34"], False),
        (DANAS, ["dana"], False),
    ],
)
def test_only_the_signers_may_have_signed(signature, signers, allowed):
    judgement = judge(a_list(a_commit(TWO, BASE, signature=signature)), signers=signers)
    assert (judgement.findings == ()) is allowed
    if not allowed:
        [finding] = judgement.findings
        assert finding.message.endswith("who is none of the signers")
        assert judgement.summary == "1 commit · 1 signed by others"


@pytest.mark.parametrize("signature", [ANYBODYS, UNSIGNED])
def test_a_signer_is_an_allowed_one_first(signature):
    judgement = judge(second(signature=signature), signers=["*", "SHA256:xyz"])
    [finding] = judgement.findings
    assert finding.message.startswith("222222222222 is ")
    assert said(judge(second(signature=signature), signers=["*"], signed="allowed")) == said(judgement)


# --- submodules

URL, EVIL = "https://git.acme.example/library.git", "https://evil.example/library.git"
ADDED = SubmoduleChange("vendor/library", None, ONE, URL)
MOVED = SubmoduleChange("vendor/library", ONE, TWO, URL, URL)
REMOVED = SubmoduleChange("vendor/library", ONE, None, None, URL)
REDIRECTED = SubmoduleChange("vendor/library", None, None, EVIL, URL)
BOTH = SubmoduleChange("vendor/library", ONE, TWO, EVIL, URL)
NOWHERE = SubmoduleChange("vendor/library", ONE, TWO)
FILE = SubmoduleChange(".gitmodules")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (ADDED, f"adds the submodule vendor/library at {ONE[:12]} of {URL}"),
        (MOVED, f"moves the submodule vendor/library from {ONE[:12]} to {TWO[:12]} of {URL}"),
        (REMOVED, "removes the submodule vendor/library"),
        (REDIRECTED, f"lets the submodule vendor/library come from {EVIL}, not {URL}"),
        (NOWHERE, f"moves the submodule vendor/library from {ONE[:12]} to {TWO[:12]} of an unknown address"),
        (FILE, "changes .gitmodules"),
        (SubmoduleChange("lib", url=URL, url_before=URL), "changes what stands in .gitmodules of lib"),
    ],
)
def test_whatever_happens_to_a_submodule_is_refused(change, words):
    changed = second(submodules=(change,))
    judgement = judge(changed, submodules="refuse")
    assert said(judgement) == [f"{TWO[:12]} {words}"]
    assert judgement.findings[0].place == Place("release.yaml", 20, 5)
    assert judge(changed, submodules="allow", linear=True).findings == ()


@pytest.mark.parametrize(
    ("change", "globs", "allowed"),
    [
        (MOVED, ["vendor/*"], True),
        (MOVED, [URL], True),
        (MOVED, ["https://git.acme.example/**"], True),
        (MOVED, ["lib/*"], False),
        (NOWHERE, ["vendor/library"], True),
        (NOWHERE, ["https://**"], False),
        (REMOVED, ["vendor/library"], True),
        (REMOVED, [URL], False),
        (ADDED, ["vendor/library"], False),
        (ADDED, [URL], True),
        (REDIRECTED, ["vendor/library", URL], False),
        (REDIRECTED, ["https://evil.example/*"], True),
        (BOTH, ["vendor/library", URL], False),
        (FILE, ["vendor/**", "https://**"], False),
        (FILE, [".gitmodules"], True),
        (SubmoduleChange("a", ONE, TWO, "https://git.acme.example/../evil", URL), ["https://**"], False),
        (SubmoduleChange("a", None, ONE, "../library.git"), ["../*"], True),
        (SubmoduleChange("vendor/../x", ONE, TWO), ["vendor/*"], False),
    ],
)
def test_what_is_allowed_fits_by_path_or_address_and_another_address_by_itself(change, globs, allowed):
    judgement = judge(second(submodules=(change,)), submodules="refuse", allowed_submodules=globs)
    assert (judgement.findings == ()) is allowed


def test_several_changes_of_one_commit_are_one_finding_and_what_is_allowed_is_not_named():
    other = tuple(SubmoduleChange(f"lib/{n}", ONE, TWO, URL, URL) for n in range(5))
    judgement = judge(
        second(submodules=(MOVED, *other)), submodules="refuse", allowed_submodules=["vendor/*"]
    )
    [message] = said(judgement)
    assert "vendor" not in message
    assert message.count("moves the submodule") == 3
    assert message.endswith("changes 2 more")


def test_what_no_commit_does_and_the_change_does_is_found():
    back = SubmoduleChange("vendor/library", TWO, ONE, URL, URL)
    judgement = judge(a_list(submodules=(back,)), submodules="refuse")
    assert said(judgement) == [
        f"the change as a whole moves the submodule vendor/library from {TWO[:12]} to {ONE[:12]} of {URL}"
    ]
    assert judge(a_list(submodules=(back,)), submodules="refuse", allowed_submodules=[URL]).findings == ()
    assert judge(a_list(submodules=(back,)), linear=True).findings == ()


def test_what_a_commit_does_is_not_found_again_for_the_change():
    listed = a_list(a_commit(TWO, ONE, submodules=(MOVED,)), a_commit(ONE, BASE), submodules=(MOVED,))
    assert len(judge(listed, submodules="refuse").findings) == 1


def test_a_finding_about_a_submodule_outlives_a_clean_rebase():
    before = judge(second(submodules=(MOVED,)), submodules="refuse")
    rebased = a_list(
        a_commit(TWO, SIDE, patch_id="cd" * 20),
        a_commit(SIDE, BASE, submodules=(MOVED,), patch_id=second().commits[0].patch_id),
    )
    after = judge(rebased, submodules="refuse")
    assert [each.fingerprint for each in before.findings] == [each.fingerprint for each in after.findings]


# --- the rule itself


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("signed: any\n    signers: [dana]", "are allowed signers"),
        ("signers: []", "signers"),
        ("signers: ['!mallory']", "signers"),
        ("submodules: allow", "asks for nothing"),
        ("submodules: maybe", "submodules"),
        ("linear: true\n    allowed-submodules: [vendor/*]", "excepts from `submodules: refuse`"),
        ("allowed-submodules: [vendor/*]", "r1 needs 'signed'"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(tmp_path, rule, message):
    write(tmp_path, {"policy.yaml": a_policy(f"check: commits\n    {rule}")})
    with pytest.raises(PolicyError) as caught:
        load(["policy.yaml"], tmp_path)
    assert message in " ".join(map(str, (caught.value, caught.value.hint, *caught.value.others)))
