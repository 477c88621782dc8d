from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gatepass.errors import SigningError
from gatepass.signers import open_signer, schemes
from gatepass.signers.keys import generate, public_key_of

posix_only = pytest.mark.skipif(os.name != "posix", reason="this system has no POSIX file modes")


def pkcs8(key, passphrase: bytes | None = None, form=pem.PrivateFormat.PKCS8) -> str:
    protection = pem.BestAvailableEncryption(passphrase) if passphrase else pem.NoEncryption()
    return key.private_bytes(pem.Encoding.PEM, form, protection).decode()


def private_file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_key_in_a_file_signs_what_its_public_part_verifies(tmp_path):
    generate(tmp_path / "release.pem")
    for uri in (str(tmp_path / "release.pem"), f"file://{tmp_path}/release.pem"):
        signer = open_signer(uri, {}, None)
        public = public_key_of(str(tmp_path / "release.pub"), {})
        assert public.verifies(signer.sign(b"a decision"), b"a decision")
        assert not public.verifies(signer.sign(b"a decision"), b"another decision")
        assert (signer.keyid, signer.public_pem) == (public.keyid, public.pem)


def test_a_key_in_a_variable_is_that_of_the_environment_passed_in(monkeypatch):
    key = ec.generate_private_key(ec.SECP256R1())
    monkeypatch.setenv("RELEASE_KEY", pkcs8(ec.generate_private_key(ec.SECP256R1())))
    signer = open_signer("env://RELEASE_KEY", {"RELEASE_KEY": pkcs8(key)}, None)
    expected = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    assert signer.public_pem == expected.decode()


@pytest.mark.parametrize(
    ("environment", "reason"),
    [({}, "RELEASE_KEY is not set"), ({"RELEASE_KEY": "  "}, "RELEASE_KEY is empty")],
)
def test_a_variable_without_a_key_is_refused_and_tells_why_it_may_be(environment, reason):
    with pytest.raises(SigningError, match=reason) as caught:
        open_signer("env://RELEASE_KEY", environment, None)
    assert "forks" in str(caught.value.hint)


def test_the_keyid_is_what_ssh_keygen_shows(tmp_path):
    if not shutil.which("ssh-keygen"):
        pytest.skip("ssh-keygen is not installed")
    pair = generate(tmp_path / "release.pem")
    line = subprocess.run(
        ["ssh-keygen", "-i", "-m", "PKCS8", "-f", pair.public_path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (tmp_path / "ssh.pub").write_text(line)
    shown = subprocess.run(
        ["ssh-keygen", "-lf", tmp_path / "ssh.pub"], capture_output=True, text=True, check=True
    )
    assert pair.keyid == shown.stdout.split()[1]


def test_a_protected_key_opens_with_the_variable_or_by_asking(tmp_path):
    path = tmp_path / "release.pem"
    generate(path, "correct horse")
    assert "ENCRYPTED PRIVATE KEY" in path.read_text()
    by_variable = open_signer(str(path), {"GATEPASS_KEY_PASSPHRASE": "correct horse"}, None)
    by_asking = open_signer(str(path), {"GATEPASS_KEY_PASSPHRASE": ""}, lambda: "correct horse")
    assert by_variable.keyid == by_asking.keyid


def test_a_key_without_protection_asks_nobody(tmp_path):
    def ask() -> str:
        raise AssertionError("asked for a passphrase that is not needed")

    generate(tmp_path / "release.pem")
    assert open_signer(str(tmp_path / "release.pem"), {"GATEPASS_KEY_PASSPHRASE": "unused"}, ask).keyid


@pytest.mark.parametrize(
    ("environment", "ask", "reason"),
    [
        ({}, None, "protected by a passphrase, and none was given"),
        ({}, lambda: "", "protected by a passphrase, and none was given"),
        ({"GATEPASS_KEY_PASSPHRASE": "wrong-secret"}, None, "does not open with this passphrase"),
    ],
)
def test_a_protected_key_stays_shut_without_its_passphrase(tmp_path, environment, ask, reason):
    generate(tmp_path / "release.pem", "correct horse")
    with pytest.raises(SigningError, match=reason) as caught:
        open_signer(str(tmp_path / "release.pem"), environment, ask)
    assert "wrong-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (pkcs8(rsa.generate_private_key(65537, 2048)), "a key of RSA; only ECDSA P-256"),
        (pkcs8(ed25519.Ed25519PrivateKey.generate()), "a key of Ed25519; only ECDSA P-256"),
        (pkcs8(ec.generate_private_key(ec.SECP384R1())), "a key of ECDSA secp384r1; only ECDSA P-256"),
        (pkcs8(ec.generate_private_key(ec.SECP256K1())), "a key of ECDSA secp256k1; only ECDSA P-256"),
        (
            pkcs8(ec.generate_private_key(ec.SECP256R1()), form=pem.PrivateFormat.TraditionalOpenSSL),
            "SEC1 form, not PKCS#8",
        ),
        (
            pkcs8(ec.generate_private_key(ec.SECP256R1()), form=pem.PrivateFormat.OpenSSH),
            "OpenSSH's own form",
        ),
        ("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\neyJrZGY=\n", "cosign's encrypted form"),
        ("-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\neyJrZGY=\n", "cosign's encrypted form"),
        ("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", "is a public key"),
        ("-----BEGIN CERTIFICATE-----\nMFkw\n-----END CERTIFICATE-----\n", "is a certificate"),
        ("-----BEGIN SPARE KEY-----\nMFkw\n-----END SPARE KEY-----\n", "holds a spare key"),
        ("-----BEGIN PRIVATE KEY-----\nMFkw\n-----END PRIVATE KEY-----\n", "not a sound PKCS#8 key"),
        ("", "holds no PEM key"),
        ("hunter2", "holds no PEM key"),
    ],
)
def test_any_other_key_is_refused_by_name_and_never_echoed(tmp_path, text, reason):
    path = private_file(tmp_path / "key.pem", text)
    with pytest.raises(SigningError) as caught:
        open_signer(str(path), {}, None)
    assert reason in str(caught.value)
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_a_key_whose_line_feeds_are_written_out_says_so():
    flat = pkcs8(ec.generate_private_key(ec.SECP256R1())).replace("\n", "\\n")
    with pytest.raises(SigningError, match="not a sound PKCS#8 key") as caught:
        open_signer("env://K", {"K": flat}, None)
    assert "line feeds" in str(caught.value.hint)


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_private_key_that_others_can_reach_is_refused_with_the_line_that_mends_it(tmp_path, mode):
    path = tmp_path / "release.pem"
    generate(path)
    path.chmod(mode)
    with pytest.raises(SigningError, match="others can read the private key") as caught:
        open_signer(str(path), {}, None)
    assert caught.value.hint == f"chmod 600 {path}"


def test_a_file_that_is_no_key_at_all_is_refused(tmp_path):
    (tmp_path / "der").write_bytes(b"\x30\x81\xff")
    (tmp_path / "big").write_text("x" * 100_000)
    for name, reason in (
        ("absent", "cannot read"),
        ("der", "no PEM key"),
        ("big", "too large"),
        ("", "read"),
    ):
        with pytest.raises(SigningError, match=reason):
            open_signer(str(tmp_path / name), {}, None)


@pytest.mark.parametrize("uri", ["awskms:///alias/x", "env:/X", "", " ", "hashivault://k"])
def test_a_key_that_no_scheme_knows_is_refused(uri):
    with pytest.raises(SigningError):
        open_signer(uri, {}, None)


def test_an_unknown_scheme_names_the_known_ones():
    with pytest.raises(SigningError, match="awskms://") as caught:
        open_signer("awskms:///alias/x", {}, None)
    assert caught.value.hint == "known are env, file"
    assert sorted(schemes()) == ["env", "file"]


def test_a_signer_does_not_show_its_key(tmp_path):
    generate(tmp_path / "release.pem")
    shown = repr(open_signer(str(tmp_path / "release.pem"), {}, None))
    assert "EllipticCurve" not in shown
    assert "PRIVATE" not in shown
