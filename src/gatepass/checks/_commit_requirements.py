"""What a rule of the kind ``commits`` asks of each commit, and reading it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gatepass.checks._breaches import globs
from gatepass.checks._check import Mistake
from gatepass.checks._commit_submodules import FIX, refusal_of
from gatepass.globs import matches_any
from gatepass.model.commits import Commit, SignatureStatus
from gatepass.model.facts import Json
from gatepass.model.policy import Rule

_ADDRESS = re.compile(r"<([^<>]*)>\s*$")
_SWITCH: Mapping[str, Json] = {"type": "boolean", "default": False}
_ASKING = (
    *("signed", "signers", "ticket", "email-domains", "sign-off", "linear", "no-direct-push"),
    *("maximum-commits", "submodules"),
)

PARAMETERS: Mapping[str, Json] = {
    "properties": {
        "signed": {
            "enum": ["any", "allowed"],
            "description": "Every commit carries a good signature: of any key, or of an allowed signer.",
            "x-stricter": "later",
        },
        "signers": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "pattern": "^[^!]"},
            "minItems": 1,
            "uniqueItems": True,
            "description": "Globs of names of allowed signers, and whole fingerprints of their keys; nobody "
            "else may have signed a commit.",
            "x-stricter": "subset",
            "x-absent": "everything",
        },
        "ticket": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "A regular expression that the subject or a trailer of each commit must hold.",
            "x-stricter": "equal",
        },
        "email-domains": {
            "type": "array",
            "items": {"type": "string", "pattern": r"^[^!@\s]+$"},
            "minItems": 1,
            "uniqueItems": True,
            "description": "Globs of domains; the addresses of author and committer must be in one of them.",
            "x-stricter": "subset",
            "x-absent": "everything",
        },
        "sign-off": {
            **_SWITCH,
            "description": "Whether each commit needs a `Signed-off-by` with its author's address (DCO).",
            "x-stricter": "true",
        },
        "linear": {**_SWITCH, "description": "Whether merge commits are refused.", "x-stricter": "true"},
        "no-direct-push": {
            **_SWITCH,
            "description": "Whether the commits must come by a change request or a merge queue.",
            "x-stricter": "true",
        },
        "exclude-merges": {
            **_SWITCH,
            "description": "Whether merge commits need neither ticket nor sign-off.",
            "x-stricter": "false",
        },
        "maximum-commits": {
            "type": "integer",
            "minimum": 1,
            "description": "The most commits that a change may have.",
            "x-stricter": "lower",
        },
        "submodules": {
            "enum": ["allow", "refuse"],
            "default": "allow",
            "description": "Whether commits may move, add, remove or redirect submodules.",
            "x-stricter": "later",
        },
        "allowed-submodules": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "pattern": "^[^!]"},
            "minItems": 1,
            "uniqueItems": True,
            "description": "Globs of paths and of addresses of submodules that may be changed all the same; "
            "another address must fit itself.",
            "x-stricter": "subset",
        },
    },
    "anyOf": [{"required": [key]} for key in _ASKING],
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing asked of every commit; ``refusal`` says in words why a commit does not do, None if it does.

    ``failing`` is what the line for people counts: "2 not signed".
    """

    name: str
    failing: str
    fix: str
    refusal: Callable[[Commit], str | None]


def requirements(rule: Rule) -> Iterator[Requirement]:
    """What this rule asks of each commit, valid by the schema."""
    own = rule.parameters
    spares_merges = own.get("exclude-merges") is True
    signers = globs(own.get("signers"))
    match "allowed" if signers else own.get("signed"):
        case "any":
            yield Requirement(
                "signed",
                "not signed",
                "sign the commit (git rebase --exec 'git commit --amend -S')",
                _unsigned,
            )
        case "allowed":
            yield Requirement(
                "signed",
                "not signed by an allowed signer",
                "sign it with a key of the allowed signers",
                _not_allowed,
            )
    if signers:
        fix = "let one of them sign the commit"
        yield Requirement("signers", "signed by others", fix, lambda commit: _by_others(commit, signers))
    if ticket := own.get("ticket"):
        pattern = re.compile(str(ticket))
        yield Requirement(
            "ticket",
            "without a ticket",
            "name the ticket in the subject or a trailer",
            _but_merges(lambda commit: _without_ticket(commit, pattern), spares=spares_merges),
        )
    if domains := globs(own.get("email-domains")):
        fix = "commit with an address of yours there (git config user.email)"
        yield Requirement("email-domains", "of other domains", fix, lambda commit: _foreign(commit, domains))
    if own.get("sign-off") is True:
        refusal = _but_merges(_without_sign_off, spares=spares_merges)
        yield Requirement("sign-off", "not signed off", "git rebase --signoff", refusal)
    if own.get("linear") is True:
        yield Requirement("linear", "merges", "rebase instead of merging", _merge)
    if submodules := refusal_of(rule):
        yield Requirement("submodules", "changing submodules", FIX, submodules)


def mistakes(rule: Rule) -> Iterator[Mistake]:
    """An expression that is none or fits all, a rule that asks for nothing, and keys that need others."""
    own = rule.parameters
    if all(own.get(key) in (None, False, "allow") for key in _ASKING):
        yield Mistake("check", "the rule asks for nothing", f"write one of {', '.join(_ASKING)}")
    ticket = own.get("ticket")
    if isinstance(ticket, str):
        try:
            fits_nothing_much = re.compile(ticket).search("") is not None
        except re.error as error:
            yield Mistake("ticket", f"is no regular expression: {error}", "such as '[A-Z]{2,10}-[0-9]+'")
        else:
            if fits_nothing_much:
                yield Mistake("ticket", "is found in every text", "such as '[A-Z]{2,10}-[0-9]+'")
    if own.get("exclude-merges") is True and own.get("linear") is True:
        yield Mistake("exclude-merges", "spares merges, which `linear` refuses", "drop one of the two")
    if "signers" in own and own.get("signed") == "any":
        yield Mistake("signers", "are allowed signers, and `signed: any` is content with anybody's key")
    if "allowed-submodules" in own and own.get("submodules") != "refuse":
        yield Mistake("allowed-submodules", "excepts from `submodules: refuse`, which is not written")


_WHY = {
    SignatureStatus.BAD: "carries a signature that is not good",
    SignatureStatus.UNKNOWN_KEY: "carries a signature by a key that is not known",
    SignatureStatus.NONE: "is not signed",
    SignatureStatus.NOT_CHECKED: "carries a signature that could not be checked",
}


def _unsigned(commit: Commit) -> str | None:
    signature = commit.signature
    if signature.status is SignatureStatus.GOOD:
        return None
    return _WHY[signature.status] + (f": {signature.remark}" if signature.remark else "")


def _not_allowed(commit: Commit) -> str | None:
    if commit.signature.status is not SignatureStatus.GOOD:
        return _unsigned(commit)
    if commit.signature.allowed:
        return None
    return f"is signed by {commit.signature.key}, the key of no allowed signer"


def _by_others(commit: Commit, signers: tuple[str, ...]) -> str | None:
    """Why none of the signers made the signature; None where `signed` has the word already."""
    signature = commit.signature
    if not signature.allowed or signature.principal is None or signature.key is None:
        return None
    key = signature.key.casefold() if signature.scheme != "ssh" else signature.key
    folded = [each.replace(" ", "").casefold() if signature.scheme != "ssh" else each for each in signers]
    address = _ADDRESS.search(signature.principal)  # OpenPGP: Dana <dana@acme.example>
    names = (signature.principal, *((address[1],) if address else ()))
    if key in folded or any(matches_any(name, signers, ignore_case=True) for name in names):
        return None
    return f"is signed by {signature.principal} ({signature.key}), who is none of the signers"


def _without_ticket(commit: Commit, pattern: re.Pattern[str]) -> str | None:
    texts = (commit.subject, *(f"{each.name}: {each.value}" for each in commit.trailers))
    return None if any(pattern.search(text) for text in texts) else "names no ticket"


def _foreign(commit: Commit, domains: tuple[str, ...]) -> str | None:
    for role, who in (("author", commit.author), ("committer", commit.committer)):
        local, at, domain = who.email.rpartition("@")
        if not (local and at and domain and matches_any(domain, domains, ignore_case=True)):
            return f"has the {role} {who.name} <{who.email}>, whose domain is not allowed"
    return None


def _without_sign_off(commit: Commit) -> str | None:
    wanted = commit.author.email.casefold()
    found = (_ADDRESS.search(value) for value in commit.values_of("Signed-off-by"))
    if wanted and wanted in {match[1].strip().casefold() for match in found if match}:
        return None
    return f"is not signed off by its author {commit.author.name} <{commit.author.email}>"


def _merge(commit: Commit) -> str | None:
    return "is a merge commit" if commit.merge else None


def _but_merges(refusal: Callable[[Commit], str | None], *, spares: bool) -> Callable[[Commit], str | None]:
    return (lambda commit: None if commit.merge else refusal(commit)) if spares else refusal
