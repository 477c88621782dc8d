"""What a scanner found, in a sentence each: ``CVE-2020-8203 in lodash 4.17.15, high, fixed in 4.17.21``."""

from __future__ import annotations

import json
import re

REPORT = "snyk.json"
_FORM = re.compile(
    r"(?P<id>[\w-]+) in (?P<name>[\w@/.-]+) (?P<version>[\w.-]+), (?P<severity>critical|high|medium|low)"
    r"(?:, fixed in (?P<fixed>[\w.-]+))?"
)


def report(found: list[str]) -> str:
    """The JSON of ``snyk test`` that tells of them. Raises ``ValueError`` for a sentence of another form."""
    issues = [_issue(each) for each in found]
    return json.dumps(
        {
            "ok": not issues,
            "vulnerabilities": issues,
            "dependencyCount": 40,
            "packageManager": "npm",
            "projectName": "payments",
            "uniqueCount": len(issues),
        }
    )


def _issue(sentence: str) -> dict[str, object]:
    match = _FORM.fullmatch(sentence)
    if not match:
        raise ValueError(
            f"nobody found that: {sentence!r}; write ID in PACKAGE VERSION, high, fixed in VERSION"
        )
    fixed = [match["fixed"]] if match["fixed"] else []
    return {
        "id": match["id"],
        "title": "A hole",
        "severity": match["severity"],
        "packageName": match["name"],
        "version": match["version"],
        "packageManager": "npm",
        "identifiers": {"CVE": [match["id"]] if match["id"].startswith("CVE-") else [], "CWE": []},
        "fixedIn": fixed,
        "isUpgradable": bool(fixed),
        "isPatchable": False,
        "upgradePath": [],
        "from": ["payments@1.0.0", f"{match['name']}@{match['version']}"],
    }
