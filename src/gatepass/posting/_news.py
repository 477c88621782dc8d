"""What there is to say, read from the record of a decision; pure.

The record is the only source, so that nothing is said that is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatepass.errors import VerificationError
from gatepass.model.build import Build, Event
from gatepass.model.decision import Verdict
from gatepass.model.facts import Json

Object = dict[str, Json]
MOST_ANNOTATIONS = 50


@dataclass(frozen=True, slots=True)
class Annotation:
    """A finding at its place; ``line`` counts from 1. ``blocks`` tells errors from warnings."""

    path: str
    line: int
    title: str
    message: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """How one rule came out; ``findings`` are the first of those that decide, ``fixes`` what to do."""

    code: str
    outcome: str
    summary: str
    blocking: int = 0
    findings: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """What is to be said about a build under a ``name``; without a ``verdict`` no decision could be made.

    ``overrides`` are sentences on what is let through and by whom; ``loud`` are those that weaken the
    decision. ``digest`` (lower-case hex SHA-256) is the record's, which may be ``unsigned``; ``run`` is the
    address of the pipeline. ``why`` says what kept the gate from deciding.
    """

    name: str
    build: Build
    verdict: Verdict | None = None
    rules: tuple[Rule, ...] = ()
    overrides: tuple[str, ...] = ()
    loud: tuple[str, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    digest: str = ""
    unsigned: bool = False
    why: str = ""

    @property
    def run(self) -> str | None:
        """Where the pipeline can be looked at."""
        url = self.build.run.url
        return url if url and url.startswith(("https://", "http://")) else None

    @property
    def failing(self) -> tuple[Rule, ...]:
        """The rules that fail the build."""
        return tuple(rule for rule in self.rules if rule.outcome in BLOCKING)

    @property
    def line(self) -> str:
        """All of it in one line."""
        if self.verdict is None:
            return f"no decision could be made{f': {self.why}' if self.why else ''}"
        # before what may be cut off
        said = f"{self.verdict.value} (unsigned record)" if self.unsigned else self.verdict.value
        if failing := self.failing:
            return f"{said}: {', '.join(rule.code.rpartition('/')[2] for rule in failing)}"
        counted = f"{len(self.rules)} rule{'' if len(self.rules) == 1 else 's'}"
        let = f", {len(self.overrides)} overridden" if self.overrides else ""
        return f"{said}: {counted}{let}"


BLOCKING = frozenset(("fail", "error"))
_OF_CHANGES = frozenset((Event.CHANGE_REQUEST, Event.MERGE_QUEUE))


def status_name(build: Build) -> str:
    """What a status is called by itself: ``gatepass`` for a change request and in a merge queue.

    Forges keep a status by its commit, and a commit of a branch may head a change request as well: what is
    judged as a branch or tag alone is ``gatepass-push``, and lets no change in.
    """
    return "gatepass" if build.event in _OF_CHANGES else "gatepass-push"


def news(name: str, predicate: Object, build: Build, digest: str) -> News:
    """What the predicate of a decision has to say. Raises `VerificationError` when it is none."""
    try:
        verdict = Verdict(str(predicate.get("verdict")))
    except ValueError:
        raise VerificationError("the record has no verdict") from None
    rules = _objects(predicate.get("rules"))
    return News(
        name=name,
        build=build,
        verdict=verdict,
        rules=tuple(map(_rule, rules)),
        overrides=tuple(_overrides(predicate)),
        loud=tuple(_loud(predicate)),
        annotations=tuple(_annotations(rules))[:MOST_ANNOTATIONS],
        digest=digest,
        unsigned=predicate.get("unsigned") is True,
    )


def _rule(rule: Object) -> Rule:
    outcome = str(rule.get("outcome"))
    decides = "blocks" if outcome in BLOCKING else "warns"
    found = [each for each in _findings(rule) if each.get("effect") == decides]
    return Rule(
        code=f"{rule.get('policy')}/{rule.get('id')}",
        outcome=outcome,
        summary=_text(rule, "summary") or _text(rule, "notApplicable"),
        blocking=len([each for each in _findings(rule) if each.get("effect") == "blocks"]),
        findings=tuple(dict.fromkeys(_text(each, "message") for each in found)),
        fixes=tuple(dict.fromkeys(fix for each in found if (fix := _text(each, "fix")))),
    )


def _overrides(predicate: Object) -> Iterator[str]:
    for each in _objects(predicate.get("overrides")):
        if not each.get("covers"):
            continue
        approvals = _objects(each.get("approvals"))
        by = ", ".join(f"{_text(one, 'by')} ({_text(one, 'assurance')})" for one in approvals) or "nobody yet"
        glass = "BREAK GLASS " if each.get("breakGlass") else ""
        ticket = _text(each, "ticket") or _text(each, "incident")
        why = ", ".join(filter(None, (_text(each, "reason"), ticket)))
        what = f"{_text(each, 'id')} lets {_text(each, 'rule')} through until {_text(each, 'expiresAt')}"
        yield f"{glass}{what}: asked for by {_text(each, 'requestedBy')}, approved by {by}; {why}"


def _loud(predicate: Object) -> Iterator[str]:
    if predicate.get("unsigned") is True:
        yield "The record is unsigned and proves nothing."
    relaxations = predicate.get("relaxations")
    for each in relaxations if isinstance(relaxations, list) else []:
        if each != "--unsafe-unsigned":
            yield f"Decided with {each}."
    for glass in _objects(predicate.get("breakGlass")):
        if _text(glass, "status") == "unconfirmed":
            yield f"{_text(glass, 'id')} broke the glass and was never confirmed: {_text(glass, 'incident')}."


def _annotations(rules: list[Object]) -> Iterator[Annotation]:
    """Findings at lines of files, what blocks first."""
    found = [(rule, each) for rule in rules for each in _findings(rule)]
    for effect in ("blocks", "warns"):
        for rule, each in found:
            place = each.get("place")
            line = place.get("line") if isinstance(place, dict) else None
            path = _text(place, "path") if isinstance(place, dict) else ""
            if each.get("effect") != effect or not isinstance(line, int) or line < 1 or not _inside(path):
                continue
            yield Annotation(path, line, _text(rule, "id"), _text(each, "message"), blocks=effect == "blocks")


def _inside(path: str) -> bool:
    """Whether it is a path of the repository."""
    parts = path.split("/")
    return bool(path) and ":" not in path and "\\" not in path and ".." not in parts and parts[0] != ""


def _findings(rule: Object) -> list[Object]:
    findings = rule.get("findings")
    return _objects(findings.get("items")) if isinstance(findings, dict) else []


def _objects(value: Json) -> list[Object]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(holder: Object, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
