"""The JSON Schema of a file of tests of policies."""

from __future__ import annotations

from gatepass.model.build import Event
from gatepass.model.decision import Outcome, Verdict
from gatepass.model.facts import Json
from gatepass.policy.dates import DAY_OR_INSTANT
from gatepass.policy.schema import API_VERSION

KIND = "PolicyTest"
NO_DECISION = "NO DECISION"

_TEXT: dict[str, Json] = {"type": "string", "minLength": 1, "maxLength": 4000}
_TEXTS: dict[str, Json] = {"type": "array", "items": _TEXT, "uniqueItems": True}
_COMMIT: dict[str, Json] = {"type": "string", "pattern": "^(?:[0-9a-f]{40}|[0-9a-f]{64})$"}
_INSTANT: dict[str, Json] = {"type": "string", "pattern": DAY_OR_INSTANT}


def _object(properties: dict[str, Json], *required: str, **more: Json) -> dict[str, Json]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list[Json](required),
        "properties": properties,
        **more,
    }


_BUILD = _object(
    {
        "platform": {**_TEXT, "description": "github, gitlab, …; local when absent."},
        "repository": {**_TEXT, "description": "owner/name as the forge writes it."},
        "commit": {**_COMMIT, "description": "The commit that the pipeline runs on, in full."},
        "branch": _TEXT,
        "tag": _TEXT,
        "event": {"enum": [each.value for each in Event], "description": "manual when absent."},
        "change-request": _object(
            {
                "number": {**_TEXT, "description": "In quotes."},
                "author": _TEXT,
                "head": {**_COMMIT, "description": "The commit under review."},
                "base": _COMMIT,
                "source-branch": _TEXT,
                "target-branch": _TEXT,
            },
            "number",
        ),
        "changed": {**_TEXTS, "description": "Paths that the change touches; absent: not known."},
        "actors": {
            "type": "array",
            "items": _object({"role": _TEXT, "login": _TEXT, "id": _TEXT}, "role", "login"),
            "description": "Whom the pipeline names: started-by, re-run-by, …",
        },
        "artifacts": {
            "type": "array",
            "items": _object(
                {"name": _TEXT, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}, "name", "sha256"
            ),
            "description": "What the build made.",
        },
    }
)
_GIVEN: dict[str, Json] = {
    "now": {**_INSTANT, "description": "The instant of the decision; a day is its first, UTC."},
    "build": {**_BUILD, "description": "The build; a case's keys take the place of those of the file."},
    "evidence": {
        "type": "object",
        "additionalProperties": {"type": ["string", "object", "array"]},
        "description": "Reports by the names that the gate would give them: a text as it is, anything else "
        "as JSON. A case adds to those of the file, and its own take their place.",
    },
    "files": {
        "type": "object",
        "additionalProperties": _TEXT,
        "description": "As `evidence`, from files: paths beside this file.",
    },
    "facts": {
        "type": "object",
        "additionalProperties": True,
        "description": "Documents by name, as --fact.",
    },
    "collected": {
        "type": "object",
        "additionalProperties": _TEXT,
        "description": "Reports that the gate asked for itself: the name, and the server that was asked.",
    },
    "overrides": {
        "type": "object",
        "additionalProperties": {"type": "object"},
        "description": "Overrides by their ids, without apiVersion; `kind: Override` when absent.",
    },
    "override-files": {
        **_TEXTS,
        "description": "Files or folders of overrides beside this file, with the approvals that lie there.",
    },
}
_EXPECT = _object(
    {
        "verdict": {
            "enum": [*(each.value for each in Verdict), NO_DECISION],
            "description": "NO DECISION: no policy is for such a build.",
        },
        "rules": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"enum": [each.value for each in Outcome]},
            "description": "Outcomes by the id of the rule, or policy/id; what is not named may be any.",
        },
        "says": {**_TEXTS, "description": "Words that the text report holds; spaces make no difference."},
    },
    "verdict",
)

SCHEMA: dict[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://gatepass.dev/schema/policy-test-v1.json",
    "title": "gatepass policy test",
    **_object(
        {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": KIND},
            "policies": {
                **_TEXTS,
                "minItems": 1,
                "description": "The policies that judge: paths beside this file, or names that ship.",
            },
            **_GIVEN,
            "cases": {
                "type": "array",
                "minItems": 1,
                "items": _object(
                    {
                        "name": {**_TEXT, "description": "A sentence that is true when the case holds."},
                        **_GIVEN,
                        "without": {
                            **_TEXTS,
                            "description": "Names of evidence of the file that this case does without.",
                        },
                        "expect": _EXPECT,
                    },
                    "name",
                    "expect",
                ),
            },
        },
        *("apiVersion", "kind", "policies", "now", "cases"),
    ),
}
