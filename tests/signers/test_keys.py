from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gatepass.errors import SigningError, VerificationError
from gatepass.signers import open_signer
from gatepass.signers.keys import (
    config_folder,
    generate,
    personal_key,
    public_key_of,
    public_path_of,
    trusted_keys,
)

posix_only = pytest.mark.skipif(os.name != "posix", reason="this system has no POSIX file modes")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix_only
def test_a_new_key_is_for_its_owner_alone_and_its_public_part_for_all(tmp_path):
    pair = generate(tmp_path / "release.pem")
    assert (mode(pair.path), mode(pair.public_path) & 0o044) == (0o600, 0o044)
    assert pair.path.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert pair.public_path.read_text().startswith("-----BEGIN PUBLIC KEY-----")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["release.pem", "release.pub"]


@pytest.mark.parametrize("taken", ["release.pem", "release.pub"])
def test_a_key_is_never_overwritten(tmp_path, taken):
    (tmp_path / taken).write_text("precious")
    with pytest.raises(SigningError, match="never overwritten"):
        generate(tmp_path / "release.pem")
    assert [p.name for p in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "precious"


def test_a_link_to_nowhere_is_not_followed_by_a_new_key(tmp_path):
    (tmp_path / "release.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SigningError, match="never overwritten"):
        generate(tmp_path / "release.pem")
    assert not (tmp_path / "elsewhere").exists()


def test_an_empty_passphrase_protects_nothing_and_is_refused(tmp_path):
    with pytest.raises(SigningError, match="empty"):
        generate(tmp_path / "release.pem", "")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SigningError, match="cannot write"):
        generate(tmp_path / "absent" / "release.pem")


@pytest.mark.parametrize(
    ("private", "public"), [("a.pem", "a.pub"), ("a.key", "a.pub"), ("a", "a.pub"), ("v1.2", "v1.2.pub")]
)
def test_the_public_part_stands_beside(private, public):
    assert public_path_of(Path("keys") / private) == Path("keys") / public


def test_a_key_is_shown_by_its_private_or_its_public_part(tmp_path):
    pair = generate(tmp_path / "release.pem", "a passphrase")
    public = public_key_of(str(pair.public_path), {})
    assert public == public_key_of(str(pair.path), {"GATEPASS_KEY_PASSPHRASE": "a passphrase"})
    assert public == public_key_of(
        "env://K", {"K": pair.path.read_text(), "GATEPASS_KEY_PASSPHRASE": "a passphrase"}
    )
    assert (public.keyid, public.pem) == (pair.keyid, pair.public_path.read_text())


def test_the_first_use_makes_a_personal_key_and_later_uses_keep_it(tmp_path):
    folder = tmp_path / "config" / "gatepass"
    first = personal_key(folder)
    second = personal_key(folder)
    assert (first.made, second.made) == (True, False)
    assert first.keyid == second.keyid == open_signer(str(first.path), {}, None).keyid
    assert public_key_of(str(first.public_path), {}).keyid == first.keyid
    assert sorted(p.name for p in folder.iterdir()) == ["key.pem", "key.pub"]


def test_first_uses_at_the_same_time_end_with_one_key(tmp_path):
    found = []
    start = threading.Barrier(6)

    def use() -> None:
        start.wait()
        found.append(personal_key(tmp_path / "gatepass"))

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len({each.keyid for each in found}) == 1
    assert [each.made for each in found].count(True) == 1
    assert sorted(p.name for p in (tmp_path / "gatepass").iterdir()) == ["key.pem", "key.pub"]


def test_a_personal_key_that_cannot_be_used_is_not_replaced(tmp_path):
    (tmp_path / "key.pem").write_text("not a key")
    with pytest.raises((SigningError, VerificationError)):
        personal_key(tmp_path)
    assert (tmp_path / "key.pem").read_text() == "not a key"


def test_a_folder_that_cannot_be_made_names_the_other_way(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SigningError, match="cannot make a personal key") as caught:
        personal_key(tmp_path / "file" / "gatepass")
    assert "--key" in str(caught.value.hint)


@posix_only
@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_CONFIG_HOME": "/conf", "HOME": "/home/a"}, "/conf/gatepass"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/home/a"}, "/home/a/.config/gatepass"),
        ({"XDG_CONFIG_HOME": "", "HOME": "/home/a"}, "/home/a/.config/gatepass"),
    ],
)
def test_the_configuration_folder_is_where_the_platform_says(environment, folder):
    assert config_folder(environment) == Path(folder)


def test_without_a_home_there_is_no_configuration_folder():
    with pytest.raises(SigningError, match="HOME is not set"):
        config_folder({})


def test_trusted_keys_are_public_keys_one_after_the_other(tmp_path):
    pairs = [generate(tmp_path / f"{n}.pem") for n in range(3)]
    texts = [f"key {n}\n{pair.public_path.read_text()}" for n, pair in enumerate([*pairs, pairs[0]])]
    (tmp_path / "trusted").write_text("\n".join(texts))
    assert [key.keyid for key in trusted_keys(tmp_path / "trusted")] == [pair.keyid for pair in pairs]


def spki(key) -> str:
    return key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo).decode()


P256 = spki(ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no public key"),
        ("SHA256:abc", "no public key"),
        (P256 + P256[:60], "broken off"),
        (P256 + spki(rsa.generate_private_key(65537, 2048)), "block 2 of .* is a key of RSA"),
        (P256 + spki(ec.generate_private_key(ec.SECP384R1())), "block 2 of .* is a key of ECDSA secp384r1"),
        (P256.replace("MFkw", "AAAA"), "not a sound public key"),
        (P256 + "-----BEGIN CERTIFICATE-----\nMFkw\n-----END CERTIFICATE-----\n", "block 2 .* a certificate"),
    ],
)
def test_a_file_of_trusted_keys_is_understood_whole_or_refused(tmp_path, text, reason):
    (tmp_path / "trusted").write_text(text)
    with pytest.raises(VerificationError, match=reason):
        trusted_keys(tmp_path / "trusted")


def test_an_absent_file_of_trusted_keys_is_refused(tmp_path):
    with pytest.raises(VerificationError, match="cannot read"):
        trusted_keys(tmp_path / "absent")


def test_two_keys_where_one_is_asked_for_are_refused(tmp_path):
    (tmp_path / "two.pub").write_text(P256 + spki(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(VerificationError, match="holds 2 keys"):
        public_key_of(str(tmp_path / "two.pub"), {})
