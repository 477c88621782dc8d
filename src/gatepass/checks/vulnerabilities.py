"""No more known vulnerabilities than allowed, and no licence that is not.

```yaml
- id: snyk
  check: vulnerabilities
  tools: [snyk]
  maximum: {critical: 0, high: 0, medium: 10}
  grace-days: {high: 14}
```

`maximum` says how many distinct issues of each severity may stand.

An issue counts once for each version of a package, however many dependency paths, manifests and reports
tell of it. Two reports tell of the same issue when package, version and id are the same; a CVE goes
before a GHSA, and that before a tool's own id; of several CVEs the first stands for the issue. Where
reports differ, the worse holds.

- A severity that you leave out takes the limit of the next milder one that you name: `{medium: 0}` allows
  neither high nor critical issues. What is milder than all you name is counted and not limited.
- `unknown` is an issue that no report has judged. Left out, it takes the smallest limit that you name.
- When there are more issues of a severity than its limit, each of them is a finding.

**Grace.** `grace-days: {high: 14}` gives fourteen days from the day on which an issue was first
published. Until then it does not count against the limit. A rule with `maximum: {high: 2}`, two old issues
and one in grace therefore warns, and blocks from the instant at which the grace of the third ends. An
issue without a date of publication, or with one in the future, has no grace.

**Narrowing.** `fixable-only` counts only what can be fixed, `direct-only` only direct dependencies (and
those of which nobody knows), `packages` and `excluded-packages` choose by name or purl (`*` stays within one
part of a name, `**` crosses `/`: `@acme/*`, `pkg:npm/**`). What is left out is named in the summary.

**Ignores of the scanner.** A developer can hide an issue in the scanner's own file. By default
(`scanner-ignores: refuse`) it counts as if it were not hidden; exceptions are overrides of the policy.
With `accept` it is counted apart, until the day on which the ignore ends.

**Licences.** Scanners list only licences that their own settings object to. `maximum` limits these by
severity, `forbidden` refuses by name, `allowed` is a closed list: any other licence that is listed is a
finding, and those on it do not count. Of a compound licence each part must be allowed.

**The project.** Which projects Snyk is asked about stands in gatepass.yaml, which the change may write.
`projects` says which they must be, each by its id, by its name (a glob), or as `ID/NAME` with the id of the
organisation. Whoever may make projects may call one as they like, so an id holds best. Each entry must be
met, and a report with any other project in it counts as not there; so does one that names none. Use it with
`collected: true`, because anybody can write a file. A project that names the branch or version at which it
is tested (its target reference) must name this build's branch, unless `same-branch: false`.

**Missing evidence.** Every glob of `tools` must fit the tool of at least one report. A report whose scanner
was told to leave out a severity that the rule limits proves nothing, and the rule fails.

**Artifacts.** Where an image was scanned by its digest (`NAME@sha256:…`) and is one that the build made
(`--artifact`), a finding is about that one, and an override that names it under `artifacts` covers it. What
was found in two images, or in a manifest, is about all that the build made.

A finding is identified by its id and the name of the package, so that an override outlives an upgrade to
another affected version; versions with the same issue share one finding. Past 500 findings, one more
stands for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gatepass.checks._breaches import (
    COUNTED,
    JUDGED,
    artifact_of,
    at_most,
    breaching,
    end_of_grace,
    globs,
    limit_of,
    manifest_of,
    matches,
    numbers,
    place_of,
    selected,
)
from gatepass.checks._check import Check, Judgement, Question
from gatepass.checks._known_issues import Known, known_issues
from gatepass.checks._licence_issues import licence_findings
from gatepass.checks._projects import counting
from gatepass.checks._vulnerability_parameters import PARAMETERS, mistakes
from gatepass.model.decision import Finding, Subject
from gatepass.model.policy import Rule
from gatepass.model.scan import Severity
from gatepass.model.vulnerabilities import Vulnerabilities

_DETAILS = 10


def _judge(question: Question) -> Judgement:
    of_tools, missing = _reports(question)
    if not of_tools:
        return Judgement("no report of the tools that the rule names", tuple(missing))
    reports, others = counting(question, of_tools)
    missing += others
    if not reports:
        return Judgement("no report that counts", tuple(missing))
    missing += _cut_short(question, reports)
    judged, left_out = _judged(question, reports)
    found = _findings(question, reports, judged)
    accept = _accepts_ignores(question.rule)
    licences, licence_count = licence_findings(question, reports, accept_ignores=accept)
    counts = {
        severity: sum(known.severity is severity for known in judged)
        for severity in (*COUNTED, Severity.NONE)
    }
    figures = [(str(severity), counts[severity]) for severity in COUNTED]
    figures += [(name, number) for name, number in left_out.items() if number]
    if "licences" in question.rule.parameters:
        figures.append(("licence issues", licence_count))
    return Judgement(
        _summary(question, found, counts, left_out, licences),
        (*missing, *at_most(question, found + licences)),
        tuple(figures),
    )


def _reports(question: Question) -> tuple[list[Vulnerabilities], list[Finding]]:
    """The reports of the tools that the rule names, and a finding for each name that none fits."""
    given = [each for each in question.evidence if isinstance(each, Vulnerabilities)]
    wanted = globs(question.rule.parameters.get("tools"))
    if not wanted:
        return given, []
    absent = [
        question.missing(
            f"no report of {pattern} was given",
            identity=("tool", pattern),
            fix=f"run {pattern} and hand its report to the gate",
        )
        for pattern in wanted
        if not any(matches((pattern,), each.tool) for each in given)
    ]
    return [each for each in given if matches(wanted, each.tool)], absent


def _cut_short(question: Question, reports: Sequence[Vulnerabilities]) -> list[Finding]:
    """Findings for reports whose scanner was told to leave out what the rule limits."""
    parameters = question.rule.parameters
    licences = parameters.get("licences")
    both = [parameters.get("maximum"), licences.get("maximum") if isinstance(licences, dict) else None]
    limited = {severity for value in both for severity in numbers(value) if severity in JUDGED}
    by_name = isinstance(licences, dict) and ("forbidden" in licences or "allowed" in licences)
    found: list[Finding] = []
    for report in reports:
        threshold = report.severity_threshold
        if threshold is None:
            continue
        unseen = [each for each in JUDGED if each.rank < threshold.rank and (each in limited or by_name)]
        if unseen:
            found.append(
                question.missing(
                    f"{report.source.name}: the scanner was told to leave out "
                    f"{', '.join(unseen)} issues, which this rule judges",
                    identity=("severity-threshold", report.source.name),
                    fix=f"run {report.tool} without a severity threshold",
                )
            )
    return found


def _judged(question: Question, reports: Sequence[Vulnerabilities]) -> tuple[list[Known], dict[str, int]]:
    """The distinct issues that the rule is about, and how many it leaves out, by reason."""
    parameters = question.rule.parameters
    left_out = dict.fromkeys(("other packages", "ignored by the scanner", "without a fix", "indirect"), 0)
    judged: list[Known] = []
    if "maximum" not in parameters:
        return judged, left_out
    for known in known_issues(issue for report in reports for issue in report.issues):
        if not selected(known.package, parameters):
            left_out["other packages"] += 1
        elif _accepts_ignores(question.rule) and known.ignored_at(question.now):
            left_out["ignored by the scanner"] += 1
        elif parameters.get("fixable-only") is True and not known.fixable:
            left_out["without a fix"] += 1
        elif parameters.get("direct-only") is True and not known.direct:
            left_out["indirect"] += 1
        else:
            judged.append(known)
    return judged, left_out


def _accepts_ignores(rule: Rule) -> bool:
    return rule.parameters.get("scanner-ignores") == "accept"


def _findings(question: Question, reports: Sequence[Vulnerabilities], judged: list[Known]) -> list[Finding]:
    limits = numbers(question.rule.parameters.get("maximum"))
    grace = numbers(question.rule.parameters.get("grace-days"))
    groups: dict[tuple[str, str], list[tuple[Known, datetime | None]]] = {}
    for severity in COUNTED:
        issues = [
            (known, end_of_grace(known.published_by(question.now), grace.get(severity)))
            for known in judged
            if known.severity is severity
        ]
        for known, until in breaching(issues, limit_of(limits, severity), question.now):
            groups.setdefault((known.id, known.package.name), []).append((known, until))
    return [_finding(question, reports, group) for group in groups.values()]


def _finding(
    question: Question, reports: Sequence[Vulnerabilities], group: list[tuple[Known, datetime | None]]
) -> Finding:
    issues = [known for known, _ in group]
    first, package = issues[0], issues[0].package
    ids = tuple(dict.fromkeys(name for known in issues for name in known.ids))
    ends = [until for _, until in group if until]
    targets = tuple(dict.fromkeys(target for known in issues for target in known.targets))
    path = manifest_of(targets, reports)
    return question.finding(
        _message(issues, ids),
        identity=(first.id, package.name),
        place=place_of(path),
        severity=max((known.severity for known in issues), key=lambda severity: severity.rank),
        subject=Subject(
            path=path,
            vulnerabilities=ids,
            package=package.name,
            artifact=artifact_of((told.artifact for known in issues for told in known.told), question.build),
            fixable=any(known.fixable for known in issues),
        ),
        details=_details(issues, targets),
        fix=_fix(issues),
        warns_until=min(ends) if len(ends) == len(group) else None,
    )


def _message(issues: list[Known], ids: tuple[str, ...]) -> str:
    versions = [known.package.version for known in issues if known.package.version]
    name = f"{issues[0].package.name} {', '.join(versions)}".strip()
    # a tool's own id leads to its page, so it goes first
    shown = sorted(ids, key=lambda each: each.startswith(("CVE-", "GHSA-")))
    title = issues[0].title
    text = f"{name}: {title} ({', '.join(shown[:6])})" if title else f"{name}: {', '.join(shown[:6])}"
    fixed_in = _fixed_in(issues)
    return f"{text}, fixed in {', '.join(fixed_in[:6])}" if fixed_in else text


def _fix(issues: list[Known]) -> str | None:
    fixed_in = _fixed_in(issues)
    return f"upgrade {issues[0].package.name} to {' or '.join(fixed_in[:6])}" if fixed_in else None


def _fixed_in(issues: list[Known]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(version for known in issues for version in known.fixed_in))


def _details(issues: list[Known], targets: tuple[str, ...]) -> tuple[str, ...]:
    paths = dict.fromkeys(" > ".join(map(_without_version, path)) for each in issues for path in each.paths)
    lines = list(paths)[:_DETAILS]
    if len(targets) > 1:
        lines.append(f"in {', '.join(targets[:_DETAILS])}")
    for known in issues:
        for each in dict.fromkeys(known.ignores):
            why = f": {each.reason}" if each.reason else ""
            by = f" by {each.by}" if each.by else ""
            lines.append(
                f"the scanner's own configuration ignores it{by}{why}; this rule does not accept that"
            )
    return tuple(lines)


def _without_version(step: str) -> str:
    return step.rpartition("@")[0] or step


def _summary(
    question: Question,
    found: list[Finding],
    counts: dict[Severity, int],
    left_out: dict[str, int],
    licences: list[Finding],
) -> str:
    parameters = question.rule.parameters
    limits = numbers(parameters.get("maximum"))
    parts: list[str] = []
    for severity in COUNTED if limits else ():
        limit = limit_of(limits, severity)
        if counts[severity] or (limit is not None and severity is not Severity.UNKNOWN):
            allowed = f" of {limit}" if limit else ""
            parts.append(f"{counts[severity]}{allowed} {severity}{_in_grace(severity, found)}")
    parts += [f"{number} {name}" for name, number in left_out.items() if number]
    if "licences" in parameters:
        many = len(licences)
        parts.append(f"{many or 'no'} {'licence' if many <= 1 else 'licences'} refused")
    return ", ".join(parts)


def _in_grace(severity: Severity, found: list[Finding]) -> str:
    ours = [each for each in found if each.severity is severity]
    ends = [each.warns_until for each in ours if each.warns_until]
    if not ends:
        return ""
    number = "" if len(ends) == len(ours) else f"{len(ends)} "
    return f" ({number}in grace until {min(ends).date().isoformat()})"


CHECK = Check(
    name="vulnerabilities",
    title="Known vulnerabilities and licences of dependencies",
    evidence="vulnerabilities",
    parameters=PARAMETERS,
    judge=_judge,
    validate=mistakes,
    example="""\
- id: snyk
  title: No serious issue older than two weeks in what we ship
  check: vulnerabilities
  tools: [snyk]
  maximum: {critical: 0, high: 0, medium: 10}
  grace-days: {high: 14}
  licences:
    forbidden: ["AGPL-*", "GPL-*"]
""",
)
