"""Signatures beside the file of an override: whose they are, and when they count."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from gatepass.approving import commits, dsse, sshsig
from gatepass.approving.signatures import approvals
from gatepass.model.build import Assurance
from gatepass.model.override import ApprovalHow, FileCommit
from gatepass.model.policy import Trust
from gatepass.policy._signers import allowed_signers
from gatepass.record.envelope import sign
from gatepass.signers import keys, open_signer
from support.ssh_signing import SshKey
from support.values import NOW

DANA, ERIN = SshKey(), SshKey()
DATA = b"kind: OverrideRequest\nid: OVR-1\n"
SIG = "overrides/OVR-1.yaml.sig"


def trusting(*lines: str, **more) -> Trust:
    return Trust("d1", "signers", "ab" * 32, allowed_signers("".join(lines).encode(), {}), **more)


def found(trust, *beside, now=NOW):
    return approvals(DATA, beside, trust, now)


def test_a_signature_tells_who_approved_by_which_key():
    [approval], remarks = found(trusting(DANA.line("dana")), (SIG, DANA.sign(DATA)))
    assert (approval.by, approval.how, approval.trust) == ("dana", ApprovalHow.SSH_SIGNATURE, "d1")
    assert approval.assurance is Assurance.SIGNATURE
    assert approval.key == sshsig.fingerprint(DANA.public)
    assert (approval.said, remarks) == (f"signature {SIG}", [])


def test_several_approvers_sign_side_by_side():
    trust = trusting(DANA.line("dana"), ERIN.line("erin"))
    beside = [(f"OVR-1.yaml.{each}.sig", key.sign(DATA)) for each, key in (("dana", DANA), ("erin", ERIN))]
    made, remarks = found(trust, *beside)
    assert ([each.by for each in made], remarks) == (["dana", "erin"], [])


def test_the_name_of_a_file_approves_nothing():
    [approval], _ = found(trusting(DANA.line("dana")), ("OVR-1.yaml.erin.sig", DANA.sign(DATA)))
    assert approval.by == "dana"


@pytest.mark.parametrize(
    ("line", "signature", "said"),
    [
        (DANA.line("dana"), ERIN.sign(DATA), "nobody is known by the key SHA256:"),
        (DANA.line("dana"), DANA.sign(DATA + b" "), "not over these bytes"),
        (DANA.line("dana"), DANA.sign(DATA, "git"), "for the namespace 'git'"),
        (DANA.line("dana", "namespaces=git"), DANA.sign(DATA), "is not for override@gatepass"),
        (
            DANA.line("dana", 'namespaces="*,!override@*"'),
            DANA.sign(DATA),
            "is not for override@gatepass",
        ),
        (DANA.line("dana", "valid-before=20261122Z"), DANA.sign(DATA), "not valid now"),
        (DANA.line("dana", "valid-after=20261123Z"), DANA.sign(DATA), "not valid now"),
        (DANA.line("dana"), b"", "not one SSH signature"),
    ],
    ids=lambda value: value if isinstance(value, str) and "ssh-" not in value else "",
)
def test_a_signature_that_does_not_count_says_why(line, signature, said):
    made, [remark] = found(trusting(line), (SIG, signature))
    assert made == []
    assert remark.startswith(f"{SIG} does not count: ")
    assert said in remark


def test_a_key_counts_from_its_first_instant_to_its_last():
    trust = trusting(DANA.line("dana", "valid-after=202611221200Z,valid-before=202611221300Z"))
    for now, counts in (
        (NOW - timedelta(seconds=1), False),
        (NOW, True),
        (NOW + timedelta(minutes=59, seconds=59), True),
        (NOW + timedelta(hours=1), False),
    ):
        assert bool(found(trust, (SIG, DANA.sign(DATA)), now=now)[0]) is counts


def test_whoever_has_a_key_under_two_names_is_known_by_both():
    old = DANA.line("alice", "valid-before=20200101Z")
    [approval], _ = found(trusting(DANA.line("dana"), old), (SIG, DANA.sign(DATA)))
    assert approval.everyone == {"dana", "alice"}


@pytest.fixture
def pem(tmp_path):
    made = keys.generate(tmp_path / "dana.pem", None)
    return open_signer(str(made.path), {}), made.public_path.read_text()


def test_an_envelope_by_our_own_key_approves(pem):
    signer, public = pem
    trust = Trust("d1", keys=(("dana", public),))
    [approval], remarks = found(trust, ("OVR-1.yaml.dana.dsse.json", dsse.approve(DATA, signer)))
    assert (approval.by, approval.how, approval.key) == ("dana", ApprovalHow.DSSE, signer.keyid)
    assert remarks == []


def test_an_envelope_around_other_bytes_or_by_another_key_does_not(pem, tmp_path):
    signer, public = pem
    other = open_signer(str(keys.generate(tmp_path / "other.pem", None).path), {})
    trust = Trust("d1", keys=(("dana", public),))
    good = json.loads(dsse.approve(DATA, signer))
    unsigned = {**good, "signatures": []}
    for content, said in (
        (dsse.approve(DATA + b" ", signer), "not over these bytes"),
        (dsse.approve(DATA, other), "no key that the policy names signed it"),
        (sign(DATA, "application/vnd.in-toto+json", signer).to_bytes(), "not of the type"),
        (json.dumps(unsigned).encode(), "no key that the policy names signed it"),
        (b"{}", "field too many or too few"),
        (b"[" * 100_000, "nested too deep"),
    ):
        made, [remark] = found(trust, ("OVR-1.yaml.dana.dsse.json", content))
        assert made == []
        assert said in remark


def test_a_policy_without_keys_of_a_kind_takes_no_signature_of_it(pem):
    signer, public = pem
    made, [remark] = found(trusting(DANA.line("dana")), ("a.dsse.json", dsse.approve(DATA, signer)))
    assert (made, "names no keys" in remark) == ([], True)
    made, [remark] = found(Trust("d1", keys=(("dana", public),)), (SIG, DANA.sign(DATA)))
    assert (made, "names no signers" in remark) == ([], True)


COMMIT = b"""tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
author alice <alice@acme.example> 1795608000 +0000
committer dana <dana@acme.example> 1795608000 +0000

Let lodash through
"""


def signed_commit(key: SshKey, raw: bytes = COMMIT, namespace: str = "git") -> bytes:
    head, _, message = raw.partition(b"\n\n")
    signature = key.sign(raw, namespace).rstrip(b"\n").replace(b"\n", b"\n ")
    return head + b"\ngpgsig " + signature + b"\n\n" + message


def on_main(raw: bytes, **more) -> FileCommit:
    return FileCommit("refs/remotes/origin/main", "c0ffee" * 6 + "c0ff", raw, **{"sha256": "aa" * 32, **more})


def test_a_commit_by_an_approver_approves_the_file_that_it_brought():
    made = commits.approval(on_main(signed_commit(DANA)), "aa" * 32, trusting(DANA.line("dana")), NOW)
    assert (made.by, made.how, made.ref) == ("dana", ApprovalHow.COMMIT, "refs/remotes/origin/main")
    assert made.said == "commit c0ffeec0ffee on refs/remotes/origin/main"


@pytest.mark.parametrize(
    ("commit", "said"),
    [
        (on_main(COMMIT), "is not signed"),
        (on_main(signed_commit(ERIN)), "nobody is known by the key"),
        (on_main(signed_commit(DANA).replace(b"lodash", b"openssl")), "not over these bytes"),
        (on_main(signed_commit(DANA, namespace="override@gatepass")), "for the namespace"),
        (on_main(signed_commit(DANA), sha256="bb" * 32), "the file is another on"),
        (on_main(signed_commit(DANA).replace(b"SSH SIG", b"PGP SIG")), "not by an SSH key"),
        (FileCommit("refs/heads/main", problem="the clone is shallow"), "the clone is shallow"),
    ],
)
def test_a_commit_that_does_not_approve_says_why(commit, said):
    with pytest.raises(sshsig.SignatureError, match=said):
        commits.approval(commit, "aa" * 32, trusting(DANA.line("dana")), NOW)
