"""SSH signatures verified by our own code: OpenSSH's vectors, and what this machine's ssh-keygen makes."""

from __future__ import annotations

import base64
import shutil
import subprocess

import pytest

from gatepass.approving.sshsig import SignatureError, fingerprint, parse, verify
from support.vectors import ROOT, needs

VECTORS = "sshsig/regress/unittests/sshsig/testdata"
DATA = b"kind: OverrideRequest\nid: OVR-2026-014\n"
NAMESPACE = "override@gatepass"
needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen (OpenSSH) is not installed"
)


@needs(VECTORS)
@pytest.mark.parametrize("name", ["ed25519", "ecdsa", "rsa", "ed25519_sk", "ecdsa_sk"])
def test_signatures_of_openssh_hold_over_their_data_and_over_no_other(name):
    folder = ROOT / VECTORS
    signature = parse((folder / f"{name}.sig").read_bytes())
    data = (folder / "signed-data").read_bytes()
    namespace = (folder / "namespace").read_text().strip()
    verify(signature, data, namespace)
    key = base64.b64decode((folder / f"{name}.pub").read_text().split()[1])
    assert signature.key == key
    with pytest.raises(SignatureError, match="not over these bytes"):
        verify(signature, data + b"!", namespace)
    with pytest.raises(SignatureError, match="for the namespace"):
        verify(signature, data, NAMESPACE)


@needs(VECTORS)
@pytest.mark.parametrize("name", ["ecdsa_sk_webauthn", "mldsa44-ed25519"])
def test_kinds_of_signatures_that_are_not_known_are_refused(name):
    folder = ROOT / VECTORS
    signature = parse((folder / f"{name}.sig").read_bytes())
    with pytest.raises(SignatureError, match=r"not verified here|its kind is not"):
        verify(signature, (folder / "signed-data").read_bytes(), (folder / "namespace").read_text().strip())


def made(folder, kind, *, data=DATA, namespace=NAMESPACE, options=()):
    key = folder / f"key-{kind[0]}-{kind[-1]}"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", "", "-t", *kind, "-f", key], check=True)
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", *options, "-n", namespace, "-f", key],
        input=data,
        capture_output=True,
        check=True,
    )
    return key, done.stdout


@needs_ssh_keygen
@pytest.mark.parametrize(
    "kind",
    [
        ("ed25519",),
        ("ecdsa", "-b", "256"),
        ("ecdsa", "-b", "384"),
        ("ecdsa", "-b", "521"),
        ("rsa", "-b", "2048"),
    ],
)
def test_what_ssh_keygen_signs_holds(tmp_path, kind):
    key, armoured = made(tmp_path, kind)
    signature = parse(armoured)
    verify(signature, DATA, NAMESPACE)
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", f"{key}.pub"], capture_output=True, check=True, text=True
    )
    assert signature.fingerprint == fingerprint(signature.key) == shown.stdout.split()[1]
    with pytest.raises(SignatureError, match="not over these bytes"):
        verify(signature, DATA.replace(b"014", b"015"), NAMESPACE)


@needs_ssh_keygen
@pytest.mark.parametrize("hash_", ["sha256", "sha512"])
def test_both_hashes_of_the_format_are_known(tmp_path, hash_):
    _, armoured = made(tmp_path, ("ed25519",), options=("-O", f"hashalg={hash_}"))
    assert parse(armoured).hash_algorithm == hash_.encode()
    verify(parse(armoured), DATA, NAMESPACE)


@needs_ssh_keygen
def test_a_signature_for_files_or_for_git_is_not_one_for_overrides(tmp_path):
    for namespace in ("file", "git", "override@gatepass.example", "OVERRIDE@gatepass"):
        _, armoured = made(tmp_path, ("ed25519",), namespace=namespace)
        with pytest.raises(SignatureError, match="for the namespace"):
            verify(parse(armoured), DATA, NAMESPACE)


@needs_ssh_keygen
def test_a_short_rsa_key_does_not_count(tmp_path):
    _, armoured = made(tmp_path, ("rsa", "-b", "1024"))
    with pytest.raises(SignatureError, match="1024 bits does not count"):
        verify(parse(armoured), DATA, NAMESPACE)


@needs_ssh_keygen
def test_no_byte_of_a_signature_can_be_changed(tmp_path):
    _, armoured = made(tmp_path, ("ed25519",))
    body = base64.b64decode(b"".join(armoured.splitlines()[1:-1]))
    for at in range(len(body)):
        forged = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(SignatureError):
            verify(parse(armour(forged)), DATA, NAMESPACE)
    for cut in (body[:-1], body + b"\0", body[:6], b""):
        with pytest.raises(SignatureError):
            verify(parse(armour(cut)), DATA, NAMESPACE)


def armour(body: bytes) -> bytes:
    text = base64.encodebytes(body)
    return b"-----BEGIN SSH SIGNATURE-----\n" + text + b"-----END SSH SIGNATURE-----\n"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
        b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n",
        b"-----BEGIN PGP SIGNATURE-----\nU1NIU0lH\n-----END PGP SIGNATURE-----\n",
        armour(b"SSHSIG") * 2,
        armour(b"SSHSIG\0\0\0\2"),
        armour(b"SSHSIG\0\0\0\1\xff\xff\xff\xff"),
        armour(b"SSHSIX\0\0\0\1"),
    ],
)
def test_what_is_no_signature_is_refused(text):
    with pytest.raises(SignatureError):
        parse(text)


def texts(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        (texts(b"ssh-ed25519", b"\0" * 31), texts(b"ssh-ed25519", b"\0" * 64)),
        (texts(b"ssh-ed25519", b"\0" * 32), texts(b"ssh-rsa", b"\0" * 64)),
        (texts(b"ssh-rsa", b"\1\0\1", b"\0" + b"\xff" * 256), texts(b"ssh-rsa", b"\0" * 256)),
        (texts(b"ssh-rsa", b"", b""), texts(b"rsa-sha2-256", b"\0" * 256)),
        (texts(b"ssh-dss", b""), texts(b"ssh-dss", b"")),
        (texts(b"ecdsa-sha2-nistp256", b"nistp384", b"\4"), texts(b"ecdsa-sha2-nistp256", b"")),
        (
            texts(b"ecdsa-sha2-nistp256", b"nistp256", b"\4" + b"\1" * 64),
            texts(b"ecdsa-sha2-nistp256", texts(b"\1", b"\1")),
        ),
        (
            texts(b"ecdsa-sha2-nistp256", b"nistp256", b""),
            texts(b"ecdsa-sha2-nistp256", texts(b"\xff", b"\0")),
        ),
        (b"", b""),
    ],
)
def test_odd_keys_and_signatures_are_refused_without_a_crash(key, signature):
    blob = b"SSHSIG\0\0\0\1" + texts(key, NAMESPACE.encode(), b"", b"sha512", signature)
    with pytest.raises(SignatureError):
        verify(parse(armour(blob)), DATA, NAMESPACE)


def test_a_token_that_nobody_touched_does_not_count():
    import hashlib

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    application = b"ssh:"
    inner = texts(NAMESPACE.encode(), b"", b"sha512", hashlib.sha512(DATA).digest())

    def signed(flags: int) -> bytes:
        state = bytes([flags]) + b"\0\0\0\7"
        over = hashlib.sha256(application).digest() + state + hashlib.sha256(b"SSHSIG" + inner).digest()
        kind = b"sk-ssh-ed25519@openssh.com"
        key = texts(kind, private.public_key().public_bytes_raw(), application)
        signature = texts(kind, private.sign(over)) + state
        return armour(b"SSHSIG\0\0\0\1" + texts(key, NAMESPACE.encode(), b"", b"sha512", signature))

    verify(parse(signed(1)), DATA, NAMESPACE)
    with pytest.raises(SignatureError, match="nobody touched"):
        verify(parse(signed(0)), DATA, NAMESPACE)
