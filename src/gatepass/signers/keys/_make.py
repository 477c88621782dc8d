"""Making keys. A key that is there is never overwritten."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gatepass.errors import SigningError
from gatepass.signers._p256 import fingerprint, public_pem
from gatepass.signers.keys._show import public_key_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_PERSONAL = "key.pem"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key: the private file (mode 0600), the public one beside it, the fingerprint."""

    path: Path
    public_path: Path
    keyid: str


@dataclass(frozen=True, slots=True)
class PersonalKey:
    """The present user's own key; ``made`` tells that this call made it, which a person must be told."""

    path: Path
    public_path: Path
    keyid: str
    made: bool


def generate(path: Path, passphrase: str | None = None) -> KeyPair:
    """A new ECDSA P-256 key: PKCS#8 PEM at ``path``, SPKI PEM at `public_path_of`.

    Raises `SigningError` when either is there, cannot be written, or the passphrase is empty.
    """
    from cryptography.hazmat.primitives.asymmetric import ec  # slow to import

    public = public_path_of(path)
    for each in (path, public):
        if os.path.lexists(each):
            raise SigningError(f"{each} is there already, and a key is never overwritten")
    key = ec.generate_private_key(ec.SECP256R1())
    _write_new(path, _private_pem(key, passphrase), 0o600)
    try:
        _write_new(public, public_pem(key.public_key()).encode(), 0o644)
    except SigningError:
        path.unlink()
        raise
    return KeyPair(path, public, fingerprint(key.public_key()))


def public_path_of(path: Path) -> Path:
    """Where the public part of a key file stands: ``release.pem`` → ``release.pub``, ``id`` → ``id.pub``."""
    return path.with_suffix(".pub") if path.suffix in (".pem", ".key") else path.with_name(path.name + ".pub")


def personal_key(config_dir: Path) -> PersonalKey:
    """The user's own key ``key.pem`` in ``config_dir`` (see `config_folder`), made when it is not there.

    Two first runs at the same time end with one key. Raises `SigningError` when the folder or the key
    cannot be written, or the key there cannot be used.
    """
    path = config_dir / _PERSONAL
    made = not os.path.lexists(path) and _make_personal(path)
    key = public_key_of(str(path), {})
    public = public_path_of(path)
    if made:
        _replace_public(public, key.pem)
    return PersonalKey(path, public, key.keyid, made)


def has_personal_key(config_dir: Path) -> bool:
    """Whether the user's own key is there; nothing is made."""
    return os.path.lexists(config_dir / _PERSONAL)


def config_folder(environment: Mapping[str, str]) -> Path:
    """gatepass's folder in the user's configuration: ``$XDG_CONFIG_HOME/gatepass``, ``~/.config/gatepass``.

    Follows https://specifications.freedesktop.org/basedir-spec/latest/: a relative ``XDG_CONFIG_HOME`` is
    ignored. On Windows it is ``%APPDATA%\\gatepass``. Raises `SigningError` when none of them is set.
    """
    xdg = environment.get("XDG_CONFIG_HOME", "")
    if xdg and Path(xdg).is_absolute():
        return Path(xdg) / "gatepass"
    if os.name == "nt" and environment.get("APPDATA"):
        return Path(environment["APPDATA"]) / "gatepass"
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if not home:
        raise SigningError(
            "there is no place for a personal key: HOME is not set", hint="give a key with --key"
        )
    return Path(home) / ".config" / "gatepass"


def _make_personal(path: Path) -> bool:
    """Make the key under another name and link it into place, so that nobody ever reads half a key."""
    hidden = path.with_name(f".{secrets.token_hex(8)}.pem")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pair = generate(hidden)
        try:
            os.link(hidden, path)
        except FileExistsError:
            return False
        finally:
            hidden.unlink()
            pair.public_path.unlink()
    except OSError as error:
        raise SigningError(
            f"cannot make a personal key in {path.parent}: {error.strerror}", hint="give a key with --key"
        ) from None
    return True


def _replace_public(path: Path, pem: str) -> None:
    """The public part beside a key just made; one left over from a lost key is replaced."""
    with suppress(FileNotFoundError):
        path.unlink()
    _write_new(path, pem.encode(), 0o644)


def _private_pem(key: EllipticCurvePrivateKey, passphrase: str | None) -> bytes:
    from cryptography.hazmat.primitives import serialization as pem  # slow to import

    if passphrase == "":
        raise SigningError("the passphrase is empty")
    protection: pem.KeySerializationEncryption = pem.NoEncryption()
    if passphrase is not None:
        protection = pem.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, protection)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise SigningError(f"{path} is there already, and a key is never overwritten") from None
    except OSError as error:
        raise SigningError(f"cannot write {path}: {error.strerror}") from None
