"""What SonarQube answers about an analysis, after its documentation; and the file that its scanner leaves."""

from __future__ import annotations

import copy

from support.loopback import Reply

HEAD, OTHER = "9fceb02d0ae598e95dc970b74767f19372d61af8", "3f2c1aa07e2b5f4f0c9c0c7d6c7d4b4f1b0e9a51"
PROJECT = "acme_payments"
TASK, ANALYSIS = "AZtask-1", "AZanalysis-1"
ANALYSES = "/api/project_analyses/search"
PULLS = "/api/project_pull_requests/list"


def report_task(url, **changes):
    """The lines of a report-task.txt."""
    values = {
        "projectKey": PROJECT,
        "serverUrl": url,
        "serverVersion": "10.7.0.96327",
        "dashboardUrl": f"{url}/dashboard?id={PROJECT}",
        "ceTaskId": TASK,
        "ceTaskUrl": f"{url}/api/ce/task?id={TASK}",
        **changes,
    }
    return "".join(f"{key}={value}\n" for key, value in values.items() if value is not None)


def task(status="SUCCESS", **changes):
    made = {
        "id": TASK,
        "type": "REPORT",
        "componentKey": PROJECT,
        "componentQualifier": "TRK",
        "analysisId": ANALYSIS,
        "status": status,
        "submittedAt": "2026-11-22T11:40:10+0000",
        "executedAt": "2026-11-22T11:40:20+0000",
        **changes,
    }
    return {"task": {key: value for key, value in made.items() if value is not None}}


def analysis(key=ANALYSIS, revision=HEAD, minute=40, **changes):
    date = f"2026-11-22T11:{minute:02}:00+0000"
    return {"key": key, "date": date, "events": [], "revision": revision, **changes}


def paging(total, page=1, size=100):
    return {"pageIndex": page, "pageSize": size, "total": total}


def listed(key, *entries, **more):
    return {"paging": paging(len(entries)), key: list(entries), **more}


def condition(metric="new_coverage", status="OK", actual="91.5", comparator="LT", threshold="80"):
    return {
        "status": status,
        "metricKey": metric,
        "comparator": comparator,
        "errorThreshold": threshold,
        "actualValue": actual,
    }


def status(word="OK", *conditions, **changes):
    return {
        "projectStatus": {
            "status": word,
            "conditions": list(conditions) or [condition()],
            "ignoredConditions": False,
            "period": {"mode": "PREVIOUS_VERSION", "date": "2026-11-01T10:00:00+0000", "parameter": "1.4.0"},
            **changes,
        }
    }


def issue(key="I1", severity="CRITICAL", kind="BUG", path="src/refund.py", **changes):
    return {
        "key": key,
        "rule": "python:S930",
        "severity": severity,
        "component": f"{PROJECT}:{path}",
        "project": PROJECT,
        "line": 14,
        "hash": f"hash-of-{key}",
        "textRange": {"startLine": 14, "endLine": 15, "startOffset": 4, "endOffset": 9},
        "status": "OPEN",
        "issueStatus": "OPEN",
        "message": "Add 1 missing argument.",
        "type": kind,
        "tags": ["cwe"],
        **changes,
    }


def hotspot(key="H1", probability="HIGH", **changes):
    return {
        "key": key,
        "component": f"{PROJECT}:src/token.py",
        "project": PROJECT,
        "securityCategory": "weak-cryptography",
        "vulnerabilityProbability": probability,
        "status": "TO_REVIEW",
        "line": 7,
        "message": "Make sure that this random is safe.",
        "ruleKey": "python:S2245",
        "textRange": {"startLine": 7, "endLine": 7, "startOffset": 0, "endOffset": 6},
        **changes,
    }


def in_pages(key, entries, **more):
    """A list in pages as long as it is asked for; ``entries`` may be a function of the query."""

    def answer(heard):
        found = entries(heard.query) if callable(entries) else entries
        size, page = int(heard.query.get("ps", 100)), int(heard.query.get("p", 1))
        if page * size > 10_000:
            words = f"Can return only the first 10000 results. {page * size}th result asked."
            return Reply({"errors": [{"msg": words}]}, 400)
        shown = found[(page - 1) * size : page * size]
        return Reply({"paging": paging(len(found), page, size), key: shown, **more})

    return answer


def by_query(name, answers, otherwise):
    """One answer for each value of a parameter."""

    def answer(heard):
        made = answers.get(heard.query.get(name), otherwise)
        return made(heard) if callable(made) else made if isinstance(made, Reply) else Reply(made)

    return answer


def routes(*, issues=(), let_through=(), hotspots=(), reviewed=(), **changes):
    """All answers by path; ``changes`` put others in their place, by a short name."""
    components = [{"key": f"{PROJECT}:src/refund.py", "path": "src/refund.py", "qualifier": "FIL"}]
    more = {"components": components, "rules": [{"key": "python:S930", "name": "Arguments should fit"}]}
    measured = [
        {"metric": "coverage", "value": "84.2"},
        {"metric": "new_coverage", "period": {"index": 1, "value": "91.5"}},
    ]
    made = {
        "version": ("/api/server/version", Reply("10.7.0.96327")),
        "task": ("/api/ce/task", task()),
        "analyses": (ANALYSES, in_pages("analyses", [analysis(), analysis("AZolder", OTHER, 10)])),
        "pulls": (PULLS, {"pullRequests": []}),
        "branches": ("/api/project_branches/list", {"branches": [{"name": "main", "isMain": True}]}),
        "status": ("/api/qualitygates/project_status", status()),
        "metrics": (
            "/api/metrics/search",
            {
                "metrics": [
                    {"key": "coverage", "type": "PERCENT"},
                    {"key": "new_coverage", "type": "PERCENT"},
                    {"key": "ncloc_language_distribution", "type": "DATA"},
                ],
                "total": 3,
                "p": 1,
                "ps": 500,
            },
        ),
        "measures": (
            "/api/measures/component",
            {"component": {"key": PROJECT, "qualifier": "TRK", "measures": measured}},
        ),
        "issues": (
            "/api/issues/search",
            by_query("resolved", {"false": in_pages("issues", list(issues), **more)},
                     in_pages("issues", list(let_through), **more)),
        ),
        "changelog": ("/api/issues/changelog", {"changelog": []}),
        "hotspots": (
            "/api/hotspots/search",
            by_query("status", {"TO_REVIEW": in_pages("hotspots", list(hotspots))},
                     in_pages("hotspots", list(reviewed))),
        ),
        "hotspot": ("/api/hotspots/show", {"changelog": [], "comment": []}),
    }  # fmt: skip
    return {path: changes.get(name, copy.copy(answer)) for name, (path, answer) in made.items()}
