"""What scanners were told to leave out by their own files: beside overrides, which a policy governs.

A comment in the code (``# nosec``, ``// NOSONAR``), a ``.snyk`` file, a suppression in SARIF: nobody has to
approve them. They are listed wherever overrides are; a rule refuses them by ``suppressions: refuse`` or
``scanner-ignores: refuse`` where the scanner's report tells of them, and by ``check: suppressions`` where
they were looked for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gatepass.model.evidence import Evidence
from gatepass.model.place import Place
from gatepass.model.scan import Scan, ScanResult
from gatepass.model.suppressions import Suppressions
from gatepass.model.vulnerabilities import Ignored, LicenceIssue, Vulnerabilities, Vulnerability


@dataclass(frozen=True, slots=True)
class ScannerSuppression:
    """One result that a scanner's own configuration, or a comment in the code, lets through.

    ``source`` is the report that tells of it, ``rule`` the scanner's rule or the vulnerability, ``subject``
    the file or the package. ``kind`` is ``inSource`` or ``external`` (SARIF), ``ignored``, or a
    `SuppressionKind`. ``expires`` is as it is written. Texts come from reports.
    """

    source: str
    tool: str
    rule: str
    subject: str
    kind: str
    reason: str = ""
    by: str | None = None
    expires: str | None = None
    place: Place | None = None


def scanner_suppressions(evidence: Iterable[Evidence]) -> tuple[ScannerSuppression, ...]:
    """All of them, in the order of the evidence; a line of a file that two reports tell of once."""
    told: dict[ScannerSuppression, None] = {}
    listed: list[ScannerSuppression] = []
    for read in evidence:
        for each in _of(read):
            line = replace(each, source="")
            if not isinstance(read, Suppressions) or line not in told:
                listed.append(each)
                told[line] = None
    return tuple(listed)


def _of(read: Evidence) -> Iterator[ScannerSuppression]:
    match read:
        case Scan():
            return _of_scan(read)
        case Vulnerabilities():
            return _of_issues(read)
        case Suppressions():
            return _of_files(read)
        case _:
            return iter(())


def _of_scan(scan: Scan) -> Iterator[ScannerSuppression]:
    for result in scan.results:
        if result.suppressions:
            yield from _of_result(scan, result)


def _of_result(scan: Scan, result: ScanResult) -> Iterator[ScannerSuppression]:
    for each in result.suppressions:
        yield ScannerSuppression(
            scan.source.name,
            result.tool,
            result.rule_id,
            str(result.place) if result.place else "",
            each.kind if each.status == "accepted" else f"{each.kind}, {each.status}",
            each.justification,
            each.by,
            each.expires,
            result.place,
        )


def _of_issues(scan: Vulnerabilities) -> Iterator[ScannerSuppression]:
    found: list[Vulnerability | LicenceIssue] = [*scan.issues, *scan.licences]
    for each in found:
        ignored: Ignored | None = each.ignored
        if ignored is not None:
            expires = f"{ignored.expires:%Y-%m-%dT%H:%M:%SZ}" if ignored.expires else None
            kind = "ignored" if ignored.source is None else f"ignored in {ignored.source}"
            subject = str(each.package)
            yield ScannerSuppression(
                scan.source.name, scan.tool, each.id, subject, kind, ignored.reason, ignored.by, expires
            )


def _of_files(found: Suppressions) -> Iterator[ScannerSuppression]:
    for each in found.suppressions:
        subject = f"{each.place} ({each.covers})" if each.covers else str(each.place)
        yield ScannerSuppression(
            found.source.name,
            each.scanner,
            ", ".join(each.rules) or "everything",
            subject,
            each.kind.value,
            each.reason,
            each.by,
            each.expires,
            each.place,
        )
