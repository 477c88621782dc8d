"""Report `junit`: JUnit XML, a suite for each policy and a case for each rule.

Valid by the schemas of Apache Ant (https://github.com/windyroad/JUnit-Schema) and of Jenkins' xUnit plugin,
as GitLab, Jenkins, CircleCI, Azure and Buildkite read it. The format knows passed, failed, in error and
skipped alone: a rule that warns, is overridden or was not applied is skipped with the reason, so that it is
never counted as passed. Times are zero; a decision has one instant. It is no evidence of tests: the gate
knows it by the name of its package, and refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gatepass import words
from gatepass.model.decision import Decision, Finding, Outcome, RuleResult
from gatepass.plain import plain, uncommanded
from gatepass.reports._report import Report, ReportContext

FINDINGS_OF_A_RULE = 100
DETAILS_OF_A_FINDING = 3
MAXIMUM_TEXT = 1000

# all that is no character of XML 1.0; most of it `plain` has written out already
_ILLEGAL = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_TAGS = {Outcome.FAIL: "failure", Outcome.ERROR: "error", Outcome.PASS: None}


def render(decision: Decision, context: ReportContext) -> str:
    """The decision as a document in UTF-8."""
    root = Element("testsuites")
    for policy in dict.fromkeys(result.rule.policy for result in decision.results):
        results = [result for result in decision.results if result.rule.policy == policy]
        _suite(root, decision, context, policy, [_case(result) for result in results])
    if decision.nothing_judged:
        case = Element("testcase", name="nothing-judged", classname="gatepass", time="0")
        _verdict(case, "failure", words.NOTHING_JUDGED, words.NOTHING_JUDGED)
        _suite(root, decision, context, "gatepass", [case])
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(
    root: Element, decision: Decision, context: ReportContext, name: str, cases: list[Element]
) -> None:
    suite = SubElement(
        root,
        "testsuite",
        name=_text(name),
        package="gatepass",
        id=str(len(root)),
        timestamp=f"{decision.at:%Y-%m-%dT%H:%M:%S}",
        hostname="localhost",
        tests=str(len(cases)),
        time="0",
    )
    for attribute, tag in _COUNTED.items():
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    properties = SubElement(suite, "properties")
    for key, value in _properties(decision, context):
        SubElement(properties, "property", name=key, value=_text(value))
    suite.extend(cases)
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _properties(decision: Decision, context: ReportContext) -> Iterator[tuple[str, str]]:
    yield "verdict", decision.verdict.value
    yield "subject", words.subject(decision)
    if context.record:
        yield "record", context.record.path
    for word, sentence in words.loud(decision):
        yield "attention", f"{word}: {sentence}"


def _case(result: RuleResult) -> Element:
    rule = result.rule
    case = Element("testcase", name=_text(rule.id), classname=_text(rule.policy), time="0")
    tag = _TAGS.get(result.outcome, "skipped")
    if tag:
        said = words.summary(result) if result.not_applicable is None else result.not_applicable
        message = f"{words.OUTCOMES[result.outcome]}: {said}"
        _verdict(case, tag, message, "\n".join(_lines(result)))
    return case


def _verdict(case: Element, tag: str, message: str, text: str) -> None:
    made = SubElement(case, tag, message=_text(message))
    if tag != "skipped":
        made.set("type", "gatepass")
    # GitLab and others show the text alone, and not the attribute
    made.text = f"{_text(message)}\n{text}" if text and text != message else _text(message)


def _lines(result: RuleResult) -> Iterator[str]:
    """What there is to say of a rule, each thing on a line that starts with a mark of ours."""
    findings = (*words.worst_first(result.blocking), *words.worst_first(result.warning))
    for finding in findings[:FINDINGS_OF_A_RULE]:
        yield f"- {_finding(finding)}"
        yield from (uncommanded(f"    {_text(detail)}") for detail in finding.details[:DETAILS_OF_A_FINDING])
    if len(findings) > FINDINGS_OF_A_RULE:
        yield f"- and {len(findings) - FINDINGS_OF_A_RULE:,} more (see the JSON report)"
    for used, covered in words.overrides(result.overridden):
        yield f"~ {_text(words.override(used))} ({words.count(covered, 'finding')})"
    for fix in dict.fromkeys(finding.fix for finding in findings if finding.fix):
        yield f"fix: {_text(fix)}"


def _finding(finding: Finding) -> str:
    severity = f" ({finding.severity.value})" if finding.severity else ""
    return _text(f"{finding.place}: {finding.message}{severity}")


def _text(text: str) -> str:
    text = re.sub(_ILLEGAL, "\ufffd", plain(text))
    return text if len(text) <= MAXIMUM_TEXT else text[: MAXIMUM_TEXT - 1] + "…"


REPORT = Report("junit", "JUnit XML: a case for each rule", render, "application/xml")
