"""Which tokens a rule believes, and what it asks of each of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from gatepass.checks._breaches import globs
from gatepass.checks._check import Question
from gatepass.checks._identity_rule import Asked
from gatepass.globs import matches_any
from gatepass.model.build import Assurance
from gatepass.model.decision import Finding
from gatepass.model.facts import Json
from gatepass.model.identity import Identity

_WHOLE = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Those that the rule believes, and why not the others."""

    believed: tuple[Identity, ...]
    refused: tuple[str, ...]

    @classmethod
    def of(cls, question: Question, asked: Asked) -> Tokens:
        """Of all that were given: what a rule does not believe tells it nothing."""
        given = [each for each in question.beside if isinstance(each, Identity)]
        doubts = [(each, _doubt(question, asked, each)) for each in given]
        believed = tuple(replace(each, assurance=Assurance.OIDC) for each, doubt in doubts if doubt is None)
        return cls(believed, tuple(doubt for _, doubt in doubts if doubt))

    @property
    def why_none(self) -> str:
        """Why there is no token to go by, in words."""
        return "; ".join(self.refused) or "no token of the platform was given"


def _doubt(question: Question, asked: Asked, token: Identity) -> str | None:
    name = token.source.name
    if not token.verified:
        return f"{name}: {token.trouble or 'the token was not verified'}"
    pinned = asked.texts("jwks")
    if pinned and token.jwks_sha256 not in pinned:
        return f"{name}: the token is verified by keys that the rule does not name"
    if other := token.other_than(question.build):
        return f"{name}: the token is for {other}"
    if token.assurance is not Assurance.OIDC and not (pinned and token.is_of_run(question.build)):
        return f"{name}: the token was given as a file, and its keys with it"
    return None


def judge_tokens(question: Question, asked: Asked, tokens: Tokens) -> Iterator[Finding]:
    """What is wrong with each token that is believed; where there is none, that it is missing."""
    if not asked.needs_token:
        return
    if not tokens.believed:
        yield question.missing(
            tokens.why_none,
            identity=("token",),
            fix="let the gate ask for its token (--collect oidc), in a job that may have one",
        )
    for token in tokens.believed:
        for key, judge in _JUDGES.items():
            if asked.own.get(key) not in (None, False):
                yield from judge(question, asked, token)


def _issuer(question: Question, asked: Asked, token: Identity) -> Iterator[Finding]:
    if token.issuer not in asked.texts("issuers"):
        yield _wrong(question, "issuers", f"the token is issued by {token.issuer}", token.issuer)


def _exact(key: str, what: str, value: Callable[[Identity], str | None]) -> _Judge:
    """A claim that must be there and be just this."""

    def judge(question: Question, asked: Asked, token: Identity) -> Iterator[Finding]:
        told, wanted = value(token), str(asked.own[key])
        if told is None:
            yield _unknown(question, key, f"the token does not tell the {what}")
        elif told.casefold() != wanted.casefold():
            yield _wrong(question, key, f"the {what} is {told}, not {wanted}", told)

    return judge


def _environment(question: Question, asked: Asked, token: Identity) -> Iterator[Finding]:
    told = token.environment
    if told is None:
        yield _wrong(question, "environments", "the gate's job is for no environment", "")
    elif not matches_any(told, asked.texts("environments")):
        yield _wrong(question, "environments", f"the gate's job is for the environment {told}", told)


def _protected(question: Question, _: Asked, token: Identity) -> Iterator[Finding]:
    if token.ref_protected is None:
        yield _unknown(question, "ref-protected", "the token does not tell whether the ref is protected")
    elif not token.ref_protected:
        ref = token.ref or "the ref"
        yield _wrong(question, "ref-protected", f"{ref} is not protected", ref)


def _reusable(question: Question, asked: Asked, token: Identity) -> Iterator[Finding]:
    wanted = asked.own.get("reusable-workflow")
    terms: Mapping[str, Json] = wanted if isinstance(wanted, dict) else {}
    if token.reusable_workflow is None:
        yield _wrong(question, "reusable-workflow", "the gate's job is in no reusable workflow", "")
        return
    path, _, ref = token.reusable_workflow.partition("@")
    allowed = globs(terms.get("allowed"))
    if allowed and not matches_any(path, allowed):
        yield _wrong(question, "reusable-workflow", f"the gate's job is in the workflow {path}", path)
    if terms.get("pinned") is True and not (_WHOLE.fullmatch(ref) and ref == token.reusable_workflow_sha):
        yield _wrong(
            question,
            "reusable-workflow",
            f"the workflow {path} is called by {ref or 'no ref'}, which is no whole commit id",
            f"{path} not pinned",
        )


def _claims(question: Question, asked: Asked, token: Identity) -> Iterator[Finding]:
    wanted, told = asked.own.get("claims"), dict(token.claims)
    for name, allowed in wanted.items() if isinstance(wanted, dict) else ():
        if name not in told:
            yield _unknown(question, f"claims.{name}", f"the token has no claim {name}")
        elif told[name] not in globs(allowed):
            yield _wrong(question, f"claims.{name}", f"the token's {name} is {told[name]}", told[name])


def _wrong(question: Question, key: str, message: str, told: str) -> Finding:
    fix = question.rule.fix or _FIXES[key.partition(".")[0]]
    return question.finding(message, identity=(key, told), place=question.rule.place_of(key), fix=fix)


def _unknown(question: Question, key: str, message: str) -> Finding:
    fix = (
        question.rule.fix or f"{key} is for platforms whose tokens tell it: take it out of the rule elsewhere"
    )
    return question.missing(message, identity=(key,), fix=fix)


_FIXES = {
    "issuers": "let the gate ask the issuer for its token that the rule names",
    "repository-id": "run the gate in the repository of that id, or mend the id in the policy",
    "owner-id": "run the gate in a repository of that owner, or mend the id in the policy",
    "environments": "let the gate's job be for an environment that the rule names (environment: …)",
    "ref-protected": "protect the branch or tag, or run the gate for one that is protected",
    "reusable-workflow": "let the gate's job be in a workflow that the rule allows, called by its commit id",
    "claims": "let the pipeline run in a way that the rule allows",
}


_Judge = Callable[[Question, Asked, Identity], Iterator[Finding]]
_JUDGES: Mapping[str, _Judge] = {
    "issuers": _issuer,
    "repository-id": _exact("repository-id", "repository's id", lambda token: token.repository_id),
    "owner-id": _exact("owner-id", "owner's id", lambda token: token.owner_id),
    "environments": _environment,
    "ref-protected": _protected,
    "reusable-workflow": _reusable,
    "claims": _claims,
}
