"""A stage as GitLab would tell of it: the pipeline that the gate is a job of."""

from __future__ import annotations

from typing import Any

from support.gitlab_stage_people import PROJECT, Answers, at, user_of
from support.loopback import paged
from support.stage import NUMBER, Attempt, Job, Stage

RUN, PROJECT_ID = 7001, 77
REF = f"refs/merge-requests/{NUMBER}/head"
_STATUSES = {"failure": "failed", "cancelled": "canceled", "timed_out": "failed", None: "running"}


def attempts_of(stage: Stage) -> list[Attempt]:
    """Somebody always set off the pipeline that the gate is a job of."""
    return stage.attempts or [Attempt(stage.pushers[-1][0], stage.now, stage.head, [Job("build", "success")])]


def ids_of(stage: Stage) -> list[int]:
    """A number for each job of each attempt, the last one for the gate's own."""
    return list(range(100, 101 + sum(len(each.jobs) for each in attempts_of(stage))))


def _jobs(stage: Stage) -> list[dict[str, Any]]:
    attempts = attempts_of(stage)
    listed = [(each, job) for each in attempts for job in each.jobs] + [(attempts[0], Job("gate", None))]
    return [
        {
            "id": number,
            "name": job.name,
            "stage": "test",
            "status": _STATUSES.get(job.conclusion, job.conclusion),
            "allow_failure": False,
            "created_at": at(attempt.at),
            "user": user_of(stage.who(attempt.by)),
            "pipeline": {"id": RUN},
            "runner": {"is_shared": job.runner == "GitHub Actions"},
        }
        for number, (attempt, job) in zip(ids_of(stage), listed, strict=True)
    ]


def built(stage: Stage) -> str:
    """The head itself, or what a merge train made of it."""
    return "ce" * 20 if stage.queued else stage.head


def pipeline(stage: Stage) -> Answers:
    """Answers about the pipeline."""
    own = {
        "id": RUN,
        "iid": 12,
        "project_id": PROJECT_ID,
        "sha": built(stage),
        "ref": REF,
        "status": "running",
        "source": "merge_request_event",
        "user": user_of(stage.who(attempts_of(stage)[0].by)),
        "created_at": at(attempts_of(stage)[0].at),
    }
    deployments = [
        {"id": number, "deployable": {"pipeline": {"id": RUN}}, "environment": {"name": environment}}
        for number, (environment, _, _) in enumerate(stage.deployments)
    ]
    return {
        rf"{PROJECT}/pipelines/{RUN}": lambda _: own,
        rf"{PROJECT}/pipelines/{RUN}/jobs": paged(_jobs(stage), 20),
        rf"{PROJECT}/pipelines/{RUN}/bridges": lambda _: [],
        rf"{PROJECT}/pipelines": lambda _: [own],
        rf"{PROJECT}/repository/commits/\w+/statuses": lambda _: [],
        rf"{PROJECT}/deployments": lambda _: deployments,
        rf"{PROJECT}/deployments/(\d+)": lambda _, number: {
            **deployments[int(number)],
            "approvals": [
                {
                    "user": user_of(stage.who(stage.deployments[int(number)][2])),
                    "status": stage.deployments[int(number)][1],
                }
            ],
        },
    }
