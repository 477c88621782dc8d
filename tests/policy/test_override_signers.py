"""Whose signatures a policy believes: files of allowed signers, keys, and what it accepts at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gatepass.errors import PolicyError
from gatepass.model.build import Assurance
from gatepass.model.override import ApprovalHow
from gatepass.policy._signers import SignersError, allowed_signers
from gatepass.policy.load import load
from gatepass.signers import keys
from support.ssh_signing import SshKey
from support.values import write

KEY = SshKey()
HEAD = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: release}
teams: {acme/appsec: [erin]}
rules:
  - id: tested
    check: tests
overrides:
  - rules: [tested]
    approvers: {users: [dana]}
    maximum-days: 30
    reasons: [mitigated]
"""


def allowance(tmp_path, more="", **files):
    write(tmp_path, {"policies/p.yaml": HEAD + more, **files})
    [policy] = load(["policies/p.yaml"], tmp_path)
    [made] = policy.allowances
    return made


def test_a_line_names_who_signs_with_which_key_for_what_and_when():
    options = 'namespaces="override@gatepass,git",valid-after="20260101Z",valid-before="202701010930Z"'
    [signer] = allowed_signers(KEY.line("Dana,dana@acme.example", options).encode(), {})
    assert signer.names == ("dana", "dana@acme.example")
    assert signer.key == KEY.public
    assert signer.namespaces == ("override@gatepass", "git")
    assert signer.valid_after == datetime(2026, 1, 1, tzinfo=UTC)
    assert signer.valid_before == datetime(2027, 1, 1, 9, 30, tzinfo=UTC)


def test_an_address_is_the_login_that_the_policy_says():
    [signer] = allowed_signers(KEY.line("Dana@acme.example").encode(), {"dana@ACME.example": "Dana"})
    assert signer.names == ("dana",)


def test_comments_empty_lines_patterns_and_authorities_trust_nobody():
    text = (
        "# dana\n\n"
        + KEY.line("*@acme.example")
        + KEY.line("dana,!dana")
        + KEY.line("ca", "cert-authority")
        + KEY.line("dana")
    )
    assert [each.names for each in allowed_signers(text.encode(), {})] == [("dana",)]
    with pytest.raises(SignersError, match="nobody is in it"):
        allowed_signers(KEY.line("*").encode(), {})
    with pytest.raises(SignersError, match="nobody is in it"):
        allowed_signers(b"", {})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dana\n", "line 1: it is not PRINCIPALS"),
        ("dana ssh-ed25519 AAAA\n", "not of the kind"),
        ("dana ssh-ed25519 !!!!\n", "not base64"),
        (KEY.line("dana", "no-touch-required"), "option no-touch-required is not known"),
        (KEY.line("dana", 'valid-before="soon"'), "'soon' is no time"),
        (KEY.line("dana", 'valid-before="20261399Z"'), "no time that there is"),
        (KEY.line("dana", 'namespaces=""'), "option namespaces"),
        (KEY.line("dana", "namespaces=git,namespaces=git"), "stands twice"),
        ("dana pgp-rsa AAAA AAAA\n", "its option pgp-rsa is not known"),
        ("dana namespaces=git pgp-rsa AAAA\n", "its kind of key is not known"),
    ],
)
def test_a_line_that_is_not_understood_is_an_error(line, said):
    with pytest.raises(SignersError, match=said):
        allowed_signers(line.encode(), {})


def test_without_a_word_a_name_in_the_file_is_enough_as_long_as_there_are_no_keys(tmp_path):
    assert allowance(tmp_path).accept == (ApprovalHow.STATED,)
    signed = allowance(tmp_path, "    signers: signers\n", **{"policies/signers": KEY.line("dana")})
    assert signed.accept == (ApprovalHow.SSH_SIGNATURE, ApprovalHow.DSSE)


def test_a_ref_that_remembers_broken_glass_need_count_no_commits(tmp_path):
    glass = "    break-glass: {users: [alice], maximum-hours: 4, confirm-within-hours: 4}\n"
    for more in ("    accept: [signature]\n    signers: signers\n", "    accept: [stated, change-request]\n"):
        ref = "    protected-ref: refs/remotes/origin/main\n"
        made = allowance(tmp_path, f"{more}{ref}{glass}", **{"policies/signers": KEY.line("dana")})
        assert made.trust.protected_ref == "refs/remotes/origin/main"
        assert ApprovalHow.COMMIT not in made.accept


def test_the_file_of_signers_lies_beside_the_policy_and_its_digest_is_kept(tmp_path):
    made = allowance(tmp_path, "    signers: signers\n", **{"policies/signers": KEY.line("dana")})
    other = allowance(tmp_path, "    signers: signers\n", **{"policies/signers": KEY.line("dana,erin")})
    assert len(made.trust.sha256) == 64
    assert made.trust.digest != other.trust.digest


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("    signers: nowhere\n", "nowhere cannot be read: No such file"),
        ("    signers: broken\n", "broken, line 1: it is not PRINCIPALS"),
        ("    accept: [signature]\n", "without 'signers' or 'keys'"),
        ("    accept: [commit]\n    signers: signers\n", "without 'signers' and 'protected-ref'"),
        ("    accept: [stated]\n    signers: signers\n", "nothing is verified by it"),
        ("    accept: [change-request]\n    protected-ref: refs/heads/main\n", "nothing is verified by it"),
        ("    minimum-assurance: signature\n", "is as good as signature"),
        ("    accept: [change-request]\n    minimum-assurance: signature\n", "is as good as signature"),
        ("    accept: []\n", "accept must have at least 1"),
        ("    accept: [telepathy]\n", "telepathy"),
        ("    principals: {dana@acme.example: dana}\n", "those of 'signers'"),
        ("    keys: {dana: signers}\n", "no public key in PEM"),
        ("    keys: {dana: signers, Dana: signers}\n", "Dana has a key already"),
        ("    break-glass: {users: [dana], maximum-hours: 4}\n", "needs 'confirm-within-hours'"),
        ("    break-glass: {maximum-hours: 4, confirm-within-hours: 4}\n", "users"),
        (
            "    break-glass: {users: [dana], maximum-hours: 4, confirm-within-hours: 4}\n",
            "nobody could confirm it",
        ),
        (
            "    break-glass: {teams: [acme/nobody], maximum-hours: 4, confirm-within-hours: 4}\n",
            "the team 'acme/nobody' has no members",
        ),
    ],
)
def test_terms_that_verify_nothing_or_cannot_hold_are_mistakes(tmp_path, more, said):
    files = {"policies/signers": KEY.line("dana"), "policies/broken": "dana\n"}
    with pytest.raises(PolicyError) as caught:
        allowance(tmp_path, more, **files)
    told = [str(each) for each in (caught.value, *caught.value.others)]
    assert any(said in each for each in told), told
    assert all(each.place.line for each in (caught.value, *caught.value.others))


def test_keys_are_files_or_texts(tmp_path):
    made = keys.generate(tmp_path / "dana.pem", None)
    pem = made.public_path.read_text()
    indented = "".join(f"        {line}\n" for line in pem.splitlines())
    more = f"    keys:\n      dana: ../dana.pem.pub\n      erin: |\n{indented}"
    trust = allowance(tmp_path, more.replace("dana.pem.pub", made.public_path.name)).trust
    assert trust.keys == (("dana", pem), ("erin", pem))


def test_an_assurance_leaves_out_what_is_known_less_well(tmp_path):
    more = "    accept: [signature, change-request, stated]\n    signers: signers\n"
    more += "    minimum-assurance: platform-api\n"
    made = allowance(tmp_path, more, **{"policies/signers": KEY.line("dana")})
    assert made.minimum_assurance is Assurance.PLATFORM_API
    assert ApprovalHow.STATED in made.accept
    assert ApprovalHow.STATED not in made.accepted
    assert {ApprovalHow.SSH_SIGNATURE, ApprovalHow.CHANGE_REQUEST} <= set(made.accepted)


def test_the_longest_term_may_depend_on_the_severity(tmp_path):
    write(tmp_path, {"p.yaml": HEAD.replace("maximum-days: 30", "maximum-days: {critical: 7, high: 30}")})
    [policy] = load(["p.yaml"], tmp_path)
    [made] = policy.allowances
    days = {each: made.days("tested", each) for each in ("critical", "high", "low", "unknown")}
    assert days == {"critical": 7, "high": 30, "low": 7, "unknown": 7}
    assert made.days("tested", None) == 30


EXTENDING = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {{name: payments}}
extends: [p.yaml]
rules:
  - id: own
    check: tests
overrides:
  - rules: ["*"]
    approvers: {{users: [mallory]}}
    maximum-days: {days}
    reasons: [anything]
"""


@pytest.mark.parametrize(
    ("days", "high", "low"),
    [("5", 5, 5), ("90", 30, 30), ("{high: 3, otherwise: 90}", 3, 30)],
)
def test_a_layer_shortens_the_term_of_what_it_inherits_and_never_lengthens_it(tmp_path, days, high, low):
    write(tmp_path, {"p.yaml": HEAD, "q.yaml": EXTENDING.format(days=days)})
    inherited, own = load(["q.yaml"], tmp_path)
    [made] = inherited.allowances
    assert (made.days("tested", "high"), made.days("tested", "low")) == (high, low)
    assert made.approvers == {"dana"}
    assert made.reasons == ("mitigated",)
    assert own.allowances[0].days("own", "high") == (high if days != "90" else 90)
    assert (inherited.tightened_by == ("q.yaml",)) is (days != "90")
