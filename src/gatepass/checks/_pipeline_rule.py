"""What a rule of the kind ``pipeline`` may ask, and reading it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gatepass.checks._breaches import globs
from gatepass.checks._check import Mistake
from gatepass.errors import PolicyError
from gatepass.globs import matches, matches_any
from gatepass.model.facts import Json
from gatepass.model.pipeline import Use
from gatepass.model.policy import Rule

UNKNOWN_APP = "unknown"
_LIST: Mapping[str, Json] = {
    "type": "array",
    # no glob begins with "!": taking an entry away, or adding one, would not do what the layers think it does
    "items": {"type": "string", "minLength": 1, "pattern": "^[^!]"},
    "minItems": 1,
    "uniqueItems": True,
}
_SWITCH: Mapping[str, Json] = {"type": "boolean", "default": False, "x-stricter": "true"}
_ASKING = (
    "required-jobs",
    "required-checks",
    "no-failed-jobs",
    "no-skipped-jobs",
    "maximum-attempts",
    "no-re-run-until-green",
    "manual-jobs-attributed",
    "workflow-unchanged",
    "pinned",
    "events",
)
# each relaxes one of the keys behind it; a name that any glob which fits everything fits
_RELAXING = {
    "may-fail": (("no-failed-jobs", "no-re-run-until-green"), ("anything",)),
    "may-be-skipped": (("no-skipped-jobs",), ("anything",)),
    "trusted": (("pinned",), ("anybody/anything@v1", "anybody/anything/at/all@v1")),
}

PARAMETERS: Mapping[str, Json] = {
    "properties": {
        "required-jobs": {
            **_LIST,
            "description": "Globs of job names: each must fit a job of this run, and each job that it fits "
            "must have succeeded.",
            "x-stricter": "superset",
        },
        "required-checks": {
            "type": "object",
            "minProperties": 1,
            "description": "What other programs must have reported of the commit: by the program's name, "
            "globs of check runs and commit statuses.",
            "propertyNames": {"minLength": 1},
            "additionalProperties": {
                **_LIST,
                "description": "What this program must have reported, and reported as a success.",
                "x-stricter": "superset",
            },
        },
        "no-failed-jobs": {
            **_SWITCH,
            "description": "Whether every job that ended must have succeeded or been skipped.",
        },
        "may-fail": {
            **_LIST,
            "description": "Globs of jobs whose failure does not matter here; they may still be required.",
            "x-stricter": "subset",
        },
        "no-skipped-jobs": {**_SWITCH, "description": "Whether no job may have been skipped."},
        "may-be-skipped": {
            **_LIST,
            "description": "Globs of jobs and stages that may be skipped.",
            "x-stricter": "subset",
        },
        "maximum-attempts": {
            "type": "integer",
            "minimum": 1,
            "description": "The most attempts at the workflow for one commit, those of earlier runs too.",
            "x-stricter": "lower",
        },
        "no-re-run-until-green": {
            **_SWITCH,
            "description": "Whether no earlier attempt for the commit may have failed.",
        },
        "manual-jobs-attributed": {
            **_SWITCH,
            "description": "Whether each manual job that ran must have been started by a known human being.",
        },
        "workflow-unchanged": {
            **_SWITCH,
            "description": "Whether the change must leave the files alone that define the pipeline.",
        },
        "pinned": {
            **_SWITCH,
            "description": "Whether actions, images and includes must be named by commit id or digest.",
        },
        "trusted": {
            **_LIST,
            "description": "Globs of foreign code that need not be pinned; capitals make no difference.",
            "x-stricter": "subset",
        },
        "events": {
            **_LIST,
            "description": "Globs of events in the forge's own words; one of them must have set off the run.",
            "x-stricter": "subset",
        },
    },
    "anyOf": [{"required": [key]} for key in _ASKING],
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a rule; ``required_checks`` are programs and what each must have reported."""

    required_jobs: tuple[str, ...]
    required_checks: tuple[tuple[str, tuple[str, ...]], ...]
    no_failed_jobs: bool
    may_fail: tuple[str, ...]
    no_skipped_jobs: bool
    may_be_skipped: tuple[str, ...]
    maximum_attempts: int | None
    no_re_run_until_green: bool
    manual_jobs_attributed: bool
    workflow_unchanged: bool
    pinned: bool
    trusted: tuple[str, ...]
    events: tuple[str, ...]

    @classmethod
    def of(cls, rule: Rule) -> Asked:
        """The parameters of this rule, valid by the schema."""
        own = rule.parameters
        checks, most = own.get("required-checks"), own.get("maximum-attempts")
        return cls(
            required_jobs=globs(own.get("required-jobs")),
            required_checks=tuple((app, globs(names)) for app, names in checks.items())
            if isinstance(checks, dict)
            else (),
            no_failed_jobs=own.get("no-failed-jobs") is True,
            may_fail=globs(own.get("may-fail")),
            no_skipped_jobs=own.get("no-skipped-jobs") is True,
            may_be_skipped=globs(own.get("may-be-skipped")),
            maximum_attempts=int(most) if isinstance(most, int | float) else None,
            no_re_run_until_green=own.get("no-re-run-until-green") is True,
            manual_jobs_attributed=own.get("manual-jobs-attributed") is True,
            workflow_unchanged=own.get("workflow-unchanged") is True,
            pinned=own.get("pinned") is True,
            trusted=globs(own.get("trusted")),
            events=globs(own.get("events")),
        )

    def trusts(self, use: Use) -> bool:
        """Whether foreign code may be named without its digest; ``..`` might lead to anybody's."""
        bare = use.name.partition("@")[0]
        inside = ".." not in use.name.split("/")
        return inside and any(matches_any(each, self.trusted, ignore_case=True) for each in (use.name, bare))


def mistakes(rule: Rule) -> Iterator[Mistake]:
    """A rule that asks for nothing, globs that are none, and relaxations of nothing or of everything."""
    own = rule.parameters
    if all(own.get(key) in (None, False) for key in _ASKING):
        yield Mistake("check", "the rule asks for nothing", f"write one of {', '.join(_ASKING)}")
    broken = dict(_broken_globs(own))
    yield from (Mistake(path, message) for path, message in broken.items())
    for key, (relaxed, names) in _RELAXING.items():
        if key in own and all(own.get(each) in (None, False) for each in relaxed):
            yield Mistake(key, "relaxes what the rule does not ask for", f"add {' or '.join(relaxed)}: true")
        for index, pattern in enumerate(globs(own.get(key))):
            path = f"{key}[{index}]"
            if path not in broken and any(matches(name, pattern) for name in names):
                yield Mistake(
                    path, f"'{pattern}' fits everything", f"drop {relaxed[0]}, or name what you mean"
                )
    for pattern in globs(own.get("required-jobs")):
        if pattern in globs(own.get("may-be-skipped")):
            yield Mistake("may-be-skipped", f"'{pattern}' is required as well", "drop one of the two")
    checks = own.get("required-checks")
    for app in checks if isinstance(checks, dict) else ():
        if app.casefold() == UNKNOWN_APP:
            yield Mistake(
                f"required-checks.{app}",
                "is what evidence says where nobody tells who reported",
                "name the program, as `gatepass evidence show --json` does",
            )


def _broken_globs(own: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    checks = own.get("required-checks")
    lists = (
        {**own, **{f"required-checks.{app}": names for app, names in checks.items()}}
        if isinstance(checks, dict)
        else own
    )
    for key, patterns in lists.items():
        for index, pattern in enumerate(globs(patterns)):
            try:
                matches("", pattern)
            except PolicyError as error:
                yield f"{key}[{index}]", error.message
