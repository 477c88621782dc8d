"""The key that would sign the record, by its public fingerprint."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from gatepass.errors import GatepassError, SigningError
from gatepass.examining._lines import Line, missing, note, ok, warning
from gatepass.platforms import in_ci
from gatepass.request import Request
from gatepass.signers import open_signer
from gatepass.signers.keys import config_folder

_FIX = "gatepass key generate, store it as a secret of the pipeline, and give --key env://NAME"


def lines(request: Request, environment: Mapping[str, str]) -> Iterator[Line]:
    """Whether the record can be signed. No key is made, and nobody is asked for a passphrase."""
    what = "key"
    if request.unsigned:
        yield warning(
            "key", what, "the record is not signed (--unsafe-unsigned), so anybody may change it", _FIX
        )
    elif request.key and looks_like_a_key(request.key):
        said = "what should name a key is the key itself; whoever sees the command line has it"
        yield missing("key", what, said, "make another one, and give --key env://NAME")
    elif request.key:
        yield _signer(request.key, environment)
    elif in_ci(environment):
        yield missing("key", what, "this is a pipeline, and no key to sign the record with was given", _FIX)
    else:
        yield _personal(environment)


def looks_like_a_key(text: str) -> bool:
    """Whether it is a key where the name of one is wanted."""
    return "\n" in text or "PRIVATE KEY" in text


def _signer(uri: str, environment: Mapping[str, str]) -> Line:
    try:
        signer = open_signer(uri, environment)
    except GatepassError as error:
        return missing("key", "key", error.message, error.hint, uri=uri)
    return ok("key", "key", f"{signer.keyid} by {uri}", uri=uri, fingerprint=signer.keyid)


def _personal(environment: Mapping[str, str]) -> Line:
    try:
        path = config_folder(environment) / "key.pem"
        if not os.path.lexists(path):
            return note("key", "key", "none yet: the first gate makes a personal one", path=str(path))
        return _signer(str(Path(path)), environment)
    except SigningError as error:
        return missing("key", "key", error.message, error.hint)
