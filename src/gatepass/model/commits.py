"""Evidence: the commits of a change, who made them and whose signatures they carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from gatepass.model.build import Assurance
from gatepass.model.source import Source


@dataclass(frozen=True, slots=True)
class Signatory:
    """An author, committer or co-author, in words of the commit's own; ``time`` (UTC) is free text too."""

    name: str
    email: str
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trailer:
    """A line such as ``Signed-off-by: Alice <alice@acme.example>`` at the end of a message."""

    name: str
    value: str

    def is_called(self, name: str) -> bool:
        """Whether this is its name; capitals make no difference."""
        return self.name.casefold() == name.casefold()


class SignatureStatus(StrEnum):
    """What checking a commit's signature said; ``good`` alone says that it fits commit and key."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN_KEY = "unknown-key"
    NONE = "none"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Signature:
    """A commit's signature.

    ``scheme`` is ``ssh``, ``openpgp`` or ``x509``. ``key`` is the fingerprint of the key that signed.
    ``principal`` names who it belongs to by the list of allowed signers or by a keyring that trusts it;
    None for a key that anybody could have made. ``remark`` tells more (an expired or revoked key).
    """

    status: SignatureStatus
    scheme: str | None = None
    key: str | None = None
    principal: str | None = None
    remark: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether the signature is good and its key belongs to somebody who is known."""
        return self.status is SignatureStatus.GOOD and bool(self.principal)

    @property
    def assurance(self) -> Assurance:
        """How we know who made the commit: names and addresses in it are anybody's to write."""
        return Assurance.SIGNATURE if self.allowed else Assurance.SELF_ASSERTED


@dataclass(frozen=True, slots=True)
class SubmoduleChange:
    """What is done to a submodule: the commit that its path stands for, and the address it comes from.

    ``before`` and ``after`` are commits of the other repository, None where the path is no submodule, and
    both None where only the address changes. ``url`` and ``url_before`` are None where ``.gitmodules`` tells
    none, or several. The path ``.gitmodules`` stands for a change of that file that tells nothing of the
    kind: of other keys, or one that cannot be read.
    """

    path: str
    before: str | None = None
    after: str | None = None
    url: str | None = None
    url_before: str | None = None

    @property
    def redirected(self) -> bool:
        """Whether it is to come from elsewhere than before, or is new."""
        if self.after is None and self.before is not None:
            return False
        return self.url != self.url_before or (self.before is None and self.after is not None)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; ``patch_id`` (``git patch-id --stable``) stays the same through a clean rebase.

    ``subject`` is the first paragraph of the message in one line. ``patch_id`` is None for merges and for
    commits that change nothing. ``submodules`` are those that it changes; of a merge, those that it has like
    none of its parents.
    """

    sha: str
    parents: tuple[str, ...]
    author: Signatory
    committer: Signatory
    subject: str
    signature: Signature
    trailers: tuple[Trailer, ...] = ()
    patch_id: str | None = None
    submodules: tuple[SubmoduleChange, ...] = ()

    @property
    def merge(self) -> bool:
        """Whether it has more than one parent."""
        return len(self.parents) > 1

    @property
    def co_authors(self) -> tuple[str, ...]:
        """``Name <address>`` of all ``Co-authored-by`` trailers."""
        return self.values_of("Co-authored-by")

    def values_of(self, trailer: str) -> tuple[str, ...]:
        """The values of all trailers with this name."""
        return tuple(each.value for each in self.trailers if each.is_called(trailer))


@dataclass(frozen=True, slots=True)
class Commits:
    """The commits that are reachable from ``head`` and not from ``base``, newest first.

    ``merge_base`` is None for histories without a common commit. In a ``shallow`` clone history is cut
    off, and the list with it. ``allowed_signers`` is the sha256 (lower-case hex) of the file of allowed
    signers that the signatures were checked against, None when there was none. ``submodules`` are the changes
    from the merge base to the head, whichever commit or merge made them.
    """

    KIND: ClassVar[str] = "commits"

    source: Source
    base: str
    head: str
    commits: tuple[Commit, ...]
    merge_base: str | None = None
    shallow: bool = False
    allowed_signers: str | None = None
    submodules: tuple[SubmoduleChange, ...] = ()

    @property
    def linear(self) -> bool:
        """Whether there is no merge among them."""
        return not any(commit.merge for commit in self.commits)
