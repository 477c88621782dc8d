"""What Snyk's REST interface answers about the projects of a repository, after its documentation."""

from __future__ import annotations

from support.loopback import Reply

ORG = "00000000-0000-4000-8000-000000000001"
TARGET = "00000000-0000-4000-8000-0000000000aa"
MAVEN, CODE, OLD = (f"00000000-0000-4000-8000-0000000000b{number}" for number in (1, 2, 3))
ROOT = f"/rest/orgs/{ORG}"
ISSUES = f"{ROOT}/issues"


def data(*entries, **links):
    """A page as JSON:API has it."""
    return {"jsonapi": {"version": "1.0"}, "data": list(entries), "links": links}


def target(name="acme/payments", identity=TARGET):
    return {"id": identity, "type": "target", "attributes": {"display_name": name}}


def project(identity=MAVEN, kind="maven", reference="main", *, counts=None, total=120, meta=None, **changes):
    tested = "2026-11-22T09:00:00.000Z"
    counted = {"critical": 0, "high": 0, "medium": 0, "low": 0, "updated_at": tested, **(counts or {})}
    made = {"latest_issue_counts": counted, "latest_dependency_total": {"total": total, "updated_at": tested}}
    return {
        "id": identity,
        "type": "project",
        "attributes": {
            "name": f"acme/payments:{kind}",
            "type": kind,
            "target_file": "pom.xml",
            "target_reference": reference,
            "status": "active",
            "tags": [],
            **changes,
        },
        "meta": made if meta is None else meta,
        "relationships": {"organization": {"data": {"id": ORG, "type": "org"}}},
    }


def issue(identity="i1", project=MAVEN, severity="high", kind="package_vulnerability", **changes):
    dependency = {"dependency": {"package_name": "org.acme:json", "package_version": "1.2.0"}}
    return {
        "id": identity,
        "type": "issue",
        "attributes": {
            "key": "SNYK-JAVA-ORGACME-101",
            "title": "Deserialization of Untrusted Data",
            "type": kind,
            "status": "open",
            "ignored": False,
            "effective_severity_level": severity,
            "problems": [
                {"id": "SNYK-JAVA-ORGACME-101", "source": "SNYK", "disclosed_at": "2026-10-01T00:00:00Z"},
                {"id": "CVE-2026-1001", "source": "NVD"},
            ],
            "coordinates": [{"is_upgradeable": True, "representations": [dependency]}],
            **changes,
        },
        "relationships": {"scan_item": {"data": {"id": project, "type": "project"}}},
    }


def code_issue(identity="c1", severity="high", **changes):
    region = {"start": {"line": 65, "column": 9}, "end": {"line": 71, "column": 22}}
    spot = {"sourceLocation": {"file": "src/refund.py", "commit_id": "5ab4" * 10, "region": region}}
    return issue(
        identity,
        CODE,
        severity,
        "code",
        **{
            "key": f"key-of-{identity}",
            "key_asset": f"asset-of-{identity}",
            "title": "SQL Injection",
            "classes": [{"id": "CWE-89", "source": "CWE", "type": "weakness"}],
            "problems": [{"id": f"key-of-{identity}", "source": "SNYK"}],
            "coordinates": [{"representations": [spot]}],
            **changes,
        },
    )


def in_pages(entries, size, prefix="/rest"):
    """Issues by cursor; ``prefix`` is how the next page is named."""

    def answer(heard):
        shown = [each for each in entries if _project(each) == heard.query["scan_item.id"]]
        start = int(heard.query.get("starting_after", 0))
        links = {"self": f"{heard.path}?limit={size}"}
        if start + size < len(shown):
            query = f"scan_item.id={heard.query['scan_item.id']}&starting_after={start + size}"
            links["next"] = f"{prefix}/orgs/{ORG}/issues?{query}"
        return Reply(data(*shown[start : start + size], **links))

    return answer


def _project(entry):
    return entry["relationships"]["scan_item"]["data"]["id"]


def policy(asset="asset-of-c1", **changes):
    return {
        "id": "p1",
        "type": "policy",
        "attributes": {
            "action_type": "ignore",
            "action": {
                "data": {"ignore_type": "wont-fix", "reason": "internal", "expires": "2026-12-31T00:00:00Z"}
            },
            "conditions_group": {
                "logical_operator": "and",
                "conditions": [{"field": "snyk/asset/finding/v1", "operator": "includes", "value": asset}],
            },
            "created_by": {"id": "u1", "name": "Dana", "email": "dana@acme.example"},
            **changes,
        },
    }


def ignores(key="SNYK-JAVA-ORGACME-101", **changes):
    entry = {
        "reason": "not reachable",
        "reasonType": "temporary-ignore",
        "created": "2026-11-01T00:00:00.000Z",
        "expires": "2026-12-10T15:39:38.099Z",
        "ignoredBy": {"id": "u1", "name": "Dana", "email": "dana@acme.example"},
        "disregardIfFixable": False,
        **changes,
    }
    return {key: [{"*": entry}]}


def routes(*, issues=(), code=(), projects=None, **changes):
    """All answers by path; ``changes`` put others in their place, by a short name."""
    listed = [project(), project(CODE, "sast")] if projects is None else projects
    made = {
        "targets": (f"{ROOT}/targets", data(target("acme/payments-old", OLD), target())),
        "projects": (f"{ROOT}/projects", data(*listed)),
        "issues": (ISSUES, in_pages([*issues, *code], 100)),
        "ignores": (f"/v1/org/{ORG}/project/{MAVEN}/ignores", ignores()),
        "code_ignores": (f"/v1/org/{ORG}/project/{CODE}/ignores", {}),
        "policies": (f"{ROOT}/policies", data(policy())),
        **{each["id"]: (f"{ROOT}/projects/{each['id']}", {"data": each}) for each in listed},
    }
    return {path: changes.get(name, answer) for name, (path, answer) in made.items()}
