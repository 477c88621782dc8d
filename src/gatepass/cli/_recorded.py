"""What a record says of a rule, for people."""

from __future__ import annotations

from collections.abc import Iterator

from gatepass.explaining import Section
from gatepass.model.facts import Json
from gatepass.record import Object
from gatepass.record.reading import entries, field_object
from gatepass.record.unverified import codes

MOST_FINDINGS = 25


def sections(predicate: Object, code: str, *, every_finding: bool) -> tuple[Section, ...]:
    """Why a rule came out as it did."""
    rule = codes(predicate)[code]
    return tuple(
        section
        for section in (
            Section("What came out", tuple(_outcome(predicate, rule))),
            Section("Findings", tuple(_findings(rule, every_finding=every_finding))),
            Section("Overrides in this decision", tuple(_overrides(predicate, code))),
        )
        if section.rows
    )


def in_one_line(rule: Object) -> str:
    """``fail · lines 78.4 % of 80``."""
    return " · ".join(part for part in (_text(rule, "outcome"), _said(rule)) if part)


def _outcome(predicate: Object, rule: Object) -> Iterator[tuple[str, str]]:
    yield "outcome", in_one_line(rule)
    yield "decided", f"{_text(predicate, 'evaluatedAt')}; the whole decision is {_text(predicate, 'verdict')}"
    figures = [f"{_text(figure, 'name')} {figure.get('value')}" for figure in _objects(rule, "figures")]
    if figures:
        yield "measured", ", ".join(figures)
    inputs = {_text(each, "name"): each for each in entries(predicate, "inputs")}
    for name in _texts(rule, "sources"):
        yield "from", _source(name, inputs.get(name, {}))


def _said(rule: Object) -> str:
    return _text(rule, "notApplicable") or _text(rule, "summary")


def _source(name: str, source: Object) -> str:
    digest = source.get("digest")
    sha256 = _text(digest, "sha256") if isinstance(digest, dict) else ""
    said = [name, _text(source, "format"), f"sha256:{sha256[:12]}…" if sha256 else ""]
    problem = source.get("problem")
    if isinstance(problem, dict):
        said.append(f"cannot be used: {_text(problem, 'message')}")
    return ", ".join(each for each in said if each)


def _findings(rule: Object, *, every_finding: bool) -> Iterator[tuple[str, str]]:
    findings = field_object(rule, "findings")
    items = entries(findings, "items")
    shown = items if every_finding else items[:MOST_FINDINGS]
    for item in shown:
        place = item.get("place")
        where = _place(place) if isinstance(place, dict) else ""
        parts = (where, _text(item, "severity"), _text(item, "message"))
        yield _text(item, "effect"), " · ".join(part for part in parts if part)
        by = _text(item, "override")
        until = _text(item, "warnsUntil")
        more = (f"overridden by {by}" if by else "", f"only warns until {until}" if until else "")
        yield "fingerprint", " · ".join((_text(item, "fingerprint"), *(each for each in more if each)))
    if len(items) > len(shown):
        yield "", f"and {len(items) - len(shown)} more: --verbose"
    count = findings.get("count")
    if isinstance(count, int) and count > len(items):
        yield "", f"and {count - len(items)} more that the record only counts"


def _place(place: Object) -> str:
    parts = [place.get("path"), place.get("line"), place.get("column")]
    return ":".join(str(part) for part in parts if part is not None)


def _overrides(predicate: Object, code: str) -> Iterator[tuple[str, str]]:
    for override in entries(predicate, "overrides"):
        if _text(override, "rule") not in (code, code.partition("/")[2]):
            continue
        covers, would = override.get("covers"), override.get("wouldCover")
        said = f"{_text(override, 'status')}: {_text(override, 'message')}"
        if covers:
            said += f"; it covers {covers} findings"
        elif would:
            said += f"; it would cover {would} findings"
        yield _text(override, "id"), said


def _text(holder: Object, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _texts(holder: Object, name: str) -> list[str]:
    value: Json = holder.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _objects(holder: Object, name: str) -> list[Object]:
    value: Json = holder.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
