"""What was judged, as the predicate says it."""

from __future__ import annotations

import re

from gatepass.model.build import Build, ChangeRequest, Run
from gatepass.record.signed_json import Object, canonical_line, filled, sha256, text

MAXIMUM_PATHS = 1000
_USER = re.compile(r"(?<=://)[^/@\s]*@")
_SECRET = re.compile(
    r"([?&#;][^=&#;]*(?:token|secret|passw|signature|credential|key)[^=&#;]*=)[^&#;]*", re.IGNORECASE
)


def build_object(build: Build) -> Object:
    """The build with its people; no more than 1,000 changed paths, but the number and digest of all."""
    changed: Object | None = None
    if build.changed_paths is not None:
        paths = sorted(text(each) for each in build.changed_paths)
        changed = {
            "count": len(paths),
            "digest": {"sha256": sha256(b"".join(canonical_line(each) for each in paths))},
            "items": [*paths[:MAXIMUM_PATHS]],
        }
    return filled(
        platform=text(build.platform),
        repository=text(build.repository or ""),
        repositoryId=text(build.repository_id or ""),
        commit=text(build.commit or ""),
        otherCommits=[text(each) for each in build.other_commits],
        ref=text(build.ref or ""),
        branch=text(build.branch or ""),
        tag=text(build.tag or ""),
        event=build.event.value,
        changeRequest=_change_request(build.change_request) if build.change_request else None,
        run=_run(build.run),
        actors=[
            filled(role=text(a.role), login=text(a.login), id=text(a.id or ""), assurance=a.assurance.value)
            for a in build.actors
        ],
        artifacts=[
            filled(name=text(a.name), digest={name: value.lower() for name, value in a.digest}, size=a.size)
            for a in build.artifacts
        ],
        changedPaths=changed,
    )


def _change_request(request: ChangeRequest) -> Object:
    return filled(
        number=text(request.number),
        head=text(request.head or ""),
        base=text(request.base or ""),
        sourceBranch=text(request.source_branch or ""),
        targetBranch=text(request.target_branch or ""),
        author=text(request.author or ""),
        url=text(without_credentials(request.url or "")),
    )


def _run(run: Run) -> Object:
    return filled(
        id=text(run.id or ""),
        attempt=run.attempt,
        url=text(without_credentials(run.url or "")),
        workflow=text(run.workflow or ""),
        job=text(run.job or ""),
    )


def without_credentials(url: str) -> str:
    """A URL without user, password and the values of parameters that are named like a secret."""
    return _SECRET.sub(r"\1REDACTED", _USER.sub("", url))
