"""The SARIF log around a profile's results, in sarif-om's objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from gatepass import sarif_places as places
from gatepass.model.decision import Decision, Finding, RuleResult
from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.reports import _sarif_run as words
from gatepass.reports._sarif_run import NO_LIMITS, Limits, Notice
from gatepass.reports._sarif_serialiser import SCHEMA_URI
from gatepass.words import approvers


def log(
    decision: Decision,
    results: Sequence[object],
    limits: Limits = NO_LIMITS,
    properties: Mapping[str, Json] = MappingProxyType({}),
    notices: Sequence[Notice] = (),
) -> object:
    """A ``sarif_om.SarifLog`` of one run with these results.

    ``properties`` and ``notices`` (kind, level, words) join the run's own.
    """
    import sarif_om as om  # slow to import

    run = om.Run(
        tool=om.Tool(driver=_driver(decision, limits)),
        automation_details=om.RunAutomationDetails(id=words.category(decision)),
        version_control_provenance=_provenance(decision),
        original_uri_base_ids={
            places.ROOT: om.ArtifactLocation(description=om.Message(text="The root of the repository"))
        },
        invocations=[_invocation(decision, notices)],
        column_kind="unicodeCodePoints",
        results=list(results),
        properties={**words.run_properties(decision), **properties},
    )
    return om.SarifLog(version="2.1.0", schema_uri=SCHEMA_URI, runs=[run])


def result(
    of: RuleResult,
    index: int,
    text: str,
    place: Place,
    *,
    kind: str = "fail",
    level: str = "none",
    finding: Finding | None = None,
    every_column: bool = False,
) -> object:
    """A ``sarif_om.Result`` with exactly one location; ``index`` is the rule's in the driver."""
    import sarif_om as om  # slow to import

    return om.Result(
        rule_id=of.rule.code,
        rule_index=index,
        kind=kind,
        level=level,
        message=om.Message(text=text),
        locations=[location(place, every_column=every_column)],
        partial_fingerprints={"gatepass/v1": finding.fingerprint} if finding else None,
        suppressions=_suppressions(finding) if finding else None,
        properties=_result_properties(finding) if finding else None,
    )


def nothing_judged(decision: Decision) -> object:
    """A result that says that no rule was applied: a run without one would look like a clean bill."""
    import sarif_om as om  # slow to import

    from gatepass.words import NOTHING_JUDGED

    source = next(
        (r.rule.place for r in decision.results if places.is_inside(r.rule.place)), places.SOMEWHERE
    )
    return om.Result(
        rule_id=words.NOTHING_JUDGED,
        rule_index=len(decision.results),
        kind="fail",
        level="error",
        message=om.Message(text=NOTHING_JUDGED),
        locations=[location(source, every_column=True)],
        partial_fingerprints={"gatepass/v1": "0" * 32},
    )


def location(place: Place, *, every_column: bool) -> object:
    """A ``sarif_om.Location``; with ``every_column`` all four ends of the region that GitHub asks for."""
    import sarif_om as om  # slow to import

    lines, column = places.lines(place), places.column(place)
    region = None
    if every_column:
        first, last = lines or (1, 1)
        start = column or 1
        region = om.Region(start_line=first, start_column=start, end_line=last, end_column=start + 1)
    elif lines:
        region = om.Region(start_line=lines[0], start_column=column, end_line=lines[1])
    base = places.ROOT if places.is_inside(place) else None
    artifact = om.ArtifactLocation(uri=places.uri(place), uri_base_id=base)
    return om.Location(physical_location=om.PhysicalLocation(artifact_location=artifact, region=region))


def _suppressions(finding: Finding) -> list[object]:
    import sarif_om as om  # slow to import

    used = finding.override
    if used is None:
        return []  # "looked at, none", which is not the same as absent (section 3.27.23)
    expires = utc(used.expires)
    how = "broken glass" if used.break_glass else used.reason
    approved = f"approved by {approvers(used)}"
    justification = f"{used.id}: {how}, {approved}, until {expires}. {used.justification}"
    return [
        om.Suppression(
            kind="external",
            state="accepted",
            justification=justification.strip(),
            location=location(used.place, every_column=False),
            properties={
                "id": used.id,
                "reason": used.reason,
                "approvedBy": list(used.approved_by),
                "requestedBy": used.requested_by,
                "createdUtc": utc(used.created),
                "expiryUtc": expires,
                "ticket": used.ticket,
                "sha256": used.sha256,
                "approvals": [
                    {"by": each.by, "how": each.how.value, "assurance": each.assurance.value, "key": each.key}
                    for each in used.every_approval
                ],
                **({"breakGlass": True, "incident": used.incident} if used.break_glass else {}),
            },
        )
    ]


def _result_properties(finding: Finding) -> dict[str, Json]:
    properties: dict[str, Json] = {"kind": finding.kind.value}
    if finding.severity:
        properties["severity"] = finding.severity.value
    if finding.warns_until:
        properties["warnsUntilUtc"] = utc(finding.warns_until)
    if finding.fix:
        properties["fix"] = finding.fix
    for key in ("path", "package", "artifact"):
        if value := getattr(finding.subject, key):
            properties[key] = value
    if finding.subject.vulnerabilities:
        properties["vulnerabilities"] = list[Json](finding.subject.vulnerabilities)
    return properties


def _driver(decision: Decision, limits: Limits) -> object:
    import sarif_om as om  # slow to import

    rules = [_descriptor(each, limits) for each in decision.results]
    if decision.nothing_judged:
        rules.append(_nothing_judged_descriptor())
    return om.ToolComponent(
        name="gatepass",
        full_name="gatepass, a policy-as-code compliance gate",
        version=decision.gate_version,
        semantic_version=decision.gate_version,
        rules=rules,
    )


def _descriptor(of: RuleResult, limits: Limits) -> object:
    import sarif_om as om  # slow to import

    return _rule_object(
        of.rule,
        short=words.short_description(of.rule, limits),
        full=words.full_description(of.rule, limits),
        configuration=om.ReportingConfiguration(level=words.rule_level(of.rule)),
        properties=words.rule_properties(of, limits),
    )


def _rule_object(
    rule: Rule, *, short: str, full: str, configuration: object, properties: dict[str, Json]
) -> object:
    import sarif_om as om  # slow to import

    from gatepass.markdown_text import escaped

    said = words.help_text(rule)
    paragraphs = "\n\n".join(escaped(paragraph) for paragraph in said.split("\n\n"))
    return om.ReportingDescriptor(
        id=rule.code,
        name=words.name(rule),
        short_description=om.MultiformatMessageString(text=short),
        full_description=om.MultiformatMessageString(text=full),
        help=om.MultiformatMessageString(text=said, markdown=paragraphs),
        default_configuration=configuration,
        properties=properties,
    )


def _nothing_judged_descriptor() -> object:
    import sarif_om as om  # slow to import

    policy, _, rule = words.NOTHING_JUDGED.partition("/")
    title = "At least one rule is applied"
    return _rule_object(
        Rule(
            rule,
            policy,
            "none",
            places.SOMEWHERE,
            title,
            fix="Mend the scope or the reports that rules need.",
        ),
        short=title,
        full="A decision in which no rule was applied says nothing about the build, so it fails.",
        configuration=om.ReportingConfiguration(level="error"),
        properties={"tags": ["compliance"], "problem.severity": "error", "precision": "very-high"},
    )


def _provenance(decision: Decision) -> list[object] | None:
    import sarif_om as om  # slow to import

    address = words.repository_uri(decision)
    if address is None:
        return None
    return [
        om.VersionControlDetails(
            repository_uri=address,
            revision_id=decision.build.commit,
            branch=decision.build.branch,
            revision_tag=decision.build.tag,
            mapped_to=om.ArtifactLocation(uri_base_id=places.ROOT),
        )
    ]


def _invocation(decision: Decision, notices: Sequence[Notice]) -> object:
    import sarif_om as om  # slow to import

    return om.Invocation(
        execution_successful=True,  # a decision was made; without one there is no report
        start_time_utc=utc(decision.at),
        tool_execution_notifications=[
            om.Notification(
                message=om.Message(text=words.plain_message(said)),
                level=level,
                descriptor=om.ReportingDescriptorReference(id=f"gatepass/{kind}"),
            )
            for kind, level, said in (*notices, *words.notices(decision))
        ],
        properties={"verdict": decision.verdict.value},
    )


def utc(at: datetime) -> str:
    """RFC 3339 with a Z."""
    return at.isoformat().replace("+00:00", "Z")
