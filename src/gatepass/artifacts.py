"""The artifacts of a build, by digest."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from gatepass.errors import UsageError
from gatepass.model.build import Artifact

_BY_DIGEST = re.compile(r"(?P<name>\S+)@sha256:(?P<digest>[0-9a-f]{64})\Z")
_PURL = re.compile(r"(?P<name>pkg:\S+?)\?(?:.*&)?checksum=sha256:(?P<digest>[0-9a-f]{64})(?:&.*)?\Z")


def artifact_of(reference: str, root: Path) -> Artifact:
    """A file (hashed now), an image by digest (``name@sha256:…``), or a purl with a ``checksum``.

    Raises `UsageError`: an artifact without a digest could be another one tomorrow.
    """
    for form in (_BY_DIGEST, _PURL):
        if match := form.fullmatch(reference):
            return Artifact(match["name"], (("sha256", match["digest"]),))
    path = root / reference
    if not path.is_file():
        raise UsageError(
            f"the artifact {reference} is no file and has no digest",
            hint="give a file, NAME@sha256:DIGEST, or pkg:…?checksum=sha256:DIGEST",
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Artifact(reference, (("sha256", digest),), path.stat().st_size)
