"""Records to verify: a key, written decisions, and Statements of our own making signed with that key."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatepass.model.decision import Decision
from gatepass.record import decision_statement, vsa_statement, write_record
from gatepass.record.envelope import Envelope, sign
from gatepass.record.names import PAYLOAD_TYPE
from gatepass.record.signed_json import canonical, sha256
from gatepass.record.store import WrittenRecord
from gatepass.signers import Signer, open_signer
from gatepass.signers.keys import PublicKey, generate, public_key_of


@dataclass(frozen=True)
class Author:
    """Someone with a key who writes records into a folder."""

    folder: Path
    signer: Signer
    key: PublicKey

    def write(self, decision: Decision, name: str = "gatepass") -> WrittenRecord:
        return write_record(decision, self.folder / name, self.signer)

    def forge(
        self,
        decision: Decision,
        *,
        statement: Callable[[Any], object] | None = None,
        summary: Callable[[Any], object] | None = None,
        payload_type: str = PAYLOAD_TYPE,
        signer: Signer | None = None,
        unsigned: bool = False,
    ) -> Path:
        """A record, truly signed, whose Statements were changed in place before signing.

        The summary is that of the honest Statement, naming the changed one's envelope.
        """
        honest = decision_statement(decision, signed=not unsigned)
        changed = copy.deepcopy(honest)
        if statement:
            statement(changed)
        by = None if unsigned else self.signer
        first = sign(canonical(changed), payload_type, by)
        second = copy.deepcopy(vsa_statement(honest, sha256(first.to_bytes())))
        if summary:
            summary(second)
        return self.put(first, sign(canonical(second), PAYLOAD_TYPE, signer or by))

    def put(self, *envelopes: Envelope) -> Path:
        path = self.folder / "forged.intoto.jsonl"
        path.write_bytes(b"".join(each.to_bytes() + b"\n" for each in envelopes))
        return path


def an_author(folder: Path, name: str = "key") -> Author:
    pair = generate(folder / f"{name}.pem")
    return Author(folder, open_signer(str(pair.path), {}, None), public_key_of(str(pair.public_path), {}))
