"""Telling the platform's people what was decided, once it is written down.

    decision ─ news (plain texts) ─ platform.announce (pure) ─ what to print, appended and made files

An announcement changes no verdict: the record is written already. What goes wrong here is our fault, is
said as a warning, and leaves later steps without a value rather than with a wrong one. Texts go only where
a variable of the platform itself points, and are appended to files, never put in their place.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from gatepass import outputs, words
from gatepass import sarif_places as places
from gatepass.errors import OutputError
from gatepass.files import append, write_new
from gatepass.model.decision import Decision, Finding, RuleResult, Verdict
from gatepass.model.policy import Enforcement
from gatepass.plain import plain
from gatepass.platforms import Announcement, Level, News, Note, Platform, cut
from gatepass.record import WrittenRecord
from gatepass.reports import ReportContext, markdown
from gatepass.request import Request

NOTHING = Announcement()
MAXIMUM_MESSAGE = 1000


def announce(
    decision: Decision,
    platform: Platform | None,
    written: WrittenRecord,
    context: ReportContext,
    request: Request,
    environment: Mapping[str, str],
    say: Callable[[str], None],
) -> Announcement:
    """Write what the platform takes in files; the answer has what is still to be printed."""
    if platform is None or platform.announce is None or not request.announce:
        return NOTHING
    told = news(decision, written, context, request, nonce=secrets.token_hex(16))
    made = platform.announce(told, environment)
    for addition in made.additions:
        path = environment.get(addition.variable)
        if not path:
            if addition.wanted:
                say(f"warning: {platform.title} set no {addition.variable}: nothing was written there")
            continue
        if any(request.root / report == Path(path) for _, report in request.reports):
            continue  # a report was asked for in this very place, and stands there
        try:
            _add(Path(path), addition.text, addition.most)
        except OutputError as error:
            say(f"warning: the decision stands, but {addition.variable} was not written: {error}")
    lines = list(made.lines)
    for file in made.files:
        try:
            write_new(Path(file.path), file.text.encode())
            lines.append(file.line)
        except OutputError as error:
            say(f"warning: the decision stands, but its summary was not written: {error}")
    return replace(made, lines=tuple(lines), additions=(), files=())


def _add(path: Path, text: str, most: int | None) -> None:
    """Append a text; a summary that is too long is cut to the room that is left."""

    def fitted(size: int) -> bytes:
        made = text if most is None else cut(text, most - size)
        if text and not made:
            raise OutputError(f"{path} holds {size} bytes already, and there is no room left")
        return made.encode()

    append(path, fitted)


def news(
    decision: Decision, written: WrittenRecord, context: ReportContext, request: Request, *, nonce: str
) -> News:
    """A decision as news. Pure: the same for the same decision and ``nonce``."""
    verdict = decision.verdict.value
    return News(
        passed=decision.verdict is Verdict.PASSED,
        headline=plain(f"gatepass {verdict}: {words.tally(decision)}"),
        notes=tuple(_notes(decision)),
        outputs=(
            ("verdict", verdict),
            ("record", _inside(written.path, request.root)),
            ("record-digest", f"sha256:{written.file_digest}"),
            ("sarif", _report(request, "sarif", "sarif-github")),
            ("summary", _report(request, "markdown")),
            ("failed-rules", ",".join(outputs.failed_rules(decision))),
            ("overrides", ",".join(outputs.overrides_in_force(decision))),
        ),
        summary=markdown.REPORT.render(decision, context),
        at=decision.at,
        nonce=nonce,
    )


def _inside(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _report(request: Request, *formats: str) -> str:
    """Where the first report of a format went, empty when none did."""
    return next((path for name, path in request.reports if name in formats and path != "-"), "")


def _notes(decision: Decision) -> Iterator[Note]:
    """What weakens the decision, then what blocks, warns and is overridden, each by severity.

    A failure without a finding is a note too: nobody has to open the log to see that it failed.
    """
    for word, sentence in words.loud(decision):
        level = Level.ERROR if decision.nothing_judged and sentence == words.NOTHING_JUDGED else Level.WARNING
        yield Note(level, f"gatepass {plain(word)}", plain(sentence))
    labels = words.labels(decision)
    found = [
        (level, finding, result)
        for result in decision.results
        for level, findings in _by_level(result).items()
        for finding in findings
    ]
    for level, finding, result in sorted(found, key=_worst):
        yield _note(finding, result, labels[result.rule.code], level)


def _by_level(result: RuleResult) -> dict[Level, tuple[Finding, ...]]:
    observed = result.rule.enforcement is Enforcement.OBSERVE
    return {
        Level.ERROR: result.blocking,
        Level.WARNING: () if observed else result.warning,
        Level.NOTICE: (*(result.warning if observed else ()), *result.overridden),
    }


def _worst(each: tuple[Level, Finding, RuleResult]) -> tuple[int, int]:
    level, finding, _ = each
    return list(Level).index(level), -finding.severity.rank if finding.severity else 1


def _note(finding: Finding, result: RuleResult, label: str, level: Level) -> Note:
    """A finding at its place, or at its rule's where that is no file of the repository."""
    place = next((each for each in (finding.place, result.rule.place) if places.is_inside(each)), None)
    said = finding.message if place is finding.place else f"{finding.place}: {finding.message}"
    if finding.override is not None:
        said = f"{said}; {words.override(finding.override)}"
    if finding.fix:
        said = f"{said}; fix: {finding.fix}"
    at = places.lines(place) if place else None
    message = plain(said)
    return Note(
        level=level,
        title=plain(label),
        message=message if len(message) <= MAXIMUM_MESSAGE else message[: MAXIMUM_MESSAGE - 1] + "…",
        path=plain(places.relative(place)) if place else None,
        line=at[0] if at else None,
        column=places.column(place) if place else None,
    )
