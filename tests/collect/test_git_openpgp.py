"""OpenPGP signatures, checked by git with the keyring of whoever collects."""

from __future__ import annotations

import subprocess

import pytest

from gatepass.collect.git import Asked, collect
from gatepass.model.commits import SignatureStatus
from support import openpgp
from support.repositories import ENVIRONMENT, a_repository, needs_git

pytestmark = [needs_git, openpgp.needs_gpg]


@pytest.fixture
def repository(tmp_path):
    yield a_repository(tmp_path)
    openpgp.end(tmp_path)


def signed(repository, who, message="signed"):
    options = openpgp.signing(repository.root.parent, who)
    repository.git(*options, "commit", "-q", "-S", "--allow-empty", "-m", message)


def signature(repository):
    environment = {**ENVIRONMENT, "HOME": str(repository.root.parent)}
    [commit] = collect(Asked("base"), repository.root, environment).commits
    return commit.signature


def test_a_key_that_the_keyring_trusts_is_its_owners(repository, tmp_path):
    openpgp.trust(tmp_path, "dana")
    signed(repository, "dana")
    found = signature(repository)
    assert (found.status, found.scheme) == (SignatureStatus.GOOD, "openpgp")
    assert found.principal == "Dana <dana@acme.example>"
    assert found.key == openpgp.fingerprint(tmp_path, "dana")
    assert found.allowed


def test_a_key_that_is_in_the_keyring_and_not_trusted_is_nobodys(repository, tmp_path):
    openpgp.trust(tmp_path, "dana", level=None)
    signed(repository, "dana")
    found = signature(repository)
    assert (found.status, found.principal, found.allowed) == (SignatureStatus.GOOD, None, False)


def test_a_key_that_is_not_in_the_keyring_is_unknown(repository, tmp_path):
    openpgp.trust(tmp_path, "erin")
    signed(repository, "dana")
    assert signature(repository).status is SignatureStatus.UNKNOWN_KEY


def test_without_a_keyring_every_key_is_unknown(repository):
    signed(repository, "dana")
    assert signature(repository).status is SignatureStatus.UNKNOWN_KEY


def test_a_signature_that_was_taken_from_another_commit_is_bad(repository, tmp_path):
    openpgp.trust(tmp_path, "dana")
    signed(repository, "dana")
    raw = ["git", "cat-file", "commit", "HEAD"]
    content = subprocess.run(raw, cwd=repository.root, check=True, capture_output=True).stdout
    repository.raw_commit(content.replace(b"\n\nsigned", b"\n\nforged"))
    found = signature(repository)
    assert (found.status, found.allowed) == (SignatureStatus.BAD, False)


@pytest.mark.parametrize(
    ("what", "remark"), [("revoke", "the key is revoked"), ("expire", "the key had expired")]
)
def test_a_key_that_is_not_to_be_used_any_more_signs_nothing(repository, tmp_path, what, remark):
    openpgp.trust(tmp_path, "dana")
    signed(repository, "dana")
    getattr(openpgp, what)(tmp_path, "dana")
    found = signature(repository)
    assert (found.status, found.remark, found.allowed) == (SignatureStatus.BAD, remark, False)
