"""The JSON Schema of a policy, composed from the checks: one source for `policy lint`, editors and docs."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import cast

from gatepass import seam
from gatepass.checks import Check
from gatepass.model.build import Event
from gatepass.model.facts import Json
from gatepass.model.policy import Enforcement, OnMissing, Policy
from gatepass.policy.dates import DAY_OR_INSTANT, TERM

API_VERSION = "gatepass/v1"
SCHEMA_ID = "https://gatepass.dev/schema/policy-v1.json"
RESERVED = "gatepass"  # the policy of our own rules
IDENTIFIER = r"^[a-z0-9][a-z0-9._-]{0,63}$"

_GLOBS: Json = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "minItems": 1,
    "uniqueItems": True,
}
_NAMES: Json = {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}
_TEXT: Json = {"type": "string", "minLength": 1, "maxLength": 4000}


def _described(schema: Json, description: str, **more: Json) -> Json:
    return {**cast("dict[str, Json]", schema), "description": description, **more}


COMMON_RULE_KEYS: dict[str, Json] = {
    "id": {
        "type": "string",
        "pattern": IDENTIFIER,
        "description": "Names the rule in reports, overrides and records; stays the same for ever.",
    },
    "check": {"type": "string", "description": "The kind of rule; the page of each kind lists its keys."},
    "title": _described(_TEXT, "One line for people."),
    "enforcement": {
        "enum": [e.value for e in Enforcement],
        "default": "block",
        "description": "Whether a broken rule fails the pipeline, warns, or is only recorded.",
    },
    "effective-on": {
        "type": "string",
        "pattern": DAY_OR_INSTANT,
        "description": "The day (UTC) or instant from which the rule blocks; a warning before.",
    },
    "on-missing": {
        "enum": [o.value for o in OnMissing],
        "default": "fail",
        "description": "What happens when there is no evidence: fail, warn, or skip the rule aloud.",
    },
    "max-age": {
        "type": "string",
        "pattern": TERM,
        "description": "Evidence older than this (90m, 24h, 7d), or of unknown age, counts as not there.",
    },
    "collected": {
        "type": ["boolean", "array"],
        "items": {"type": "string", "minLength": 1},
        "minItems": 1,
        "default": False,
        "description": "Count only evidence that this run of the gate asked a forge, a server or git for "
        "itself (--collect): a file may have been written by anybody. As a list: asked of these addresses "
        "alone, since whoever writes the pipeline can name another.",
    },
    "reports": _described(_GLOBS, "Globs of report names; the rule looks at these alone."),
    "controls": _described(_NAMES, "What the rule serves: soc2:CC8.1, nist-ssdf:PW.8.2."),
    "fix": _described(_TEXT, "What a developer does when the rule is broken."),
}


def is_check(name: str) -> bool:
    """Whether there is a check of that name."""
    return name in seam.called("gatepass.checks")


def check_called(name: str) -> Check:
    """The check of that name; raises ``KeyError`` when there is none."""
    return seam.member("gatepass.checks", Check, name)


def checks_of(policies: Iterable[Policy]) -> dict[str, Check]:
    """The checks that rules of the policies name, by their names; no other is imported."""
    named = {rule.check for policy in policies for rule in policy.rules}
    return {name: check_called(name) for name in sorted(named)}


def rule_schema(check: Check) -> dict[str, Json]:
    """The schema of a rule of one kind: the common keys and the check's own."""
    own = dict(check.parameters)
    properties = cast("Mapping[str, Json]", own.pop("properties", {}))
    required = cast("list[Json]", own.pop("required", []))
    return {
        "title": check.title,
        "type": "object",
        "properties": {**COMMON_RULE_KEYS, "check": {"const": check.name}, **properties},
        "required": ["id", "check", *required],
        "additionalProperties": False,
        **own,
    }


def policy_schema(of: Container[str] | None = None) -> dict[str, Json]:
    """The schema of a policy, JSON Schema 2020-12: the whole, or with the rules of some checks alone.

    A policy that names no other check is judged by the part as by the whole, and the modules of the others
    need not be imported. The part knows the names of all.
    """
    names = seam.called("gatepass.checks")
    described = [name for name in names if of is None or name in of]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "gatepass policy",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "rules"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": "Policy"},
            "metadata": _METADATA,
            "extends": _EXTENDS,
            "scope": _SCOPE,
            "facts": _FACTS,
            "forbid-now": {"type": "boolean", "description": "Refuse decisions that are made with --now."},
            "rules": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["id", "check"],
                    "properties": {"check": {"enum": list[Json](names)}},
                    "allOf": [
                        {
                            "if": {"properties": {"check": {"const": name}}, "required": ["check"]},
                            "then": {"$ref": f"#/$defs/{name}"},
                        }
                        for name in described
                    ],
                },
            },
            "teams": _TEAMS,
            "overrides": _ALLOWANCES,
        },
        "$defs": {name: rule_schema(check_called(name)) for name in described},
    }


_METADATA: Json = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {
            "type": "string",
            "pattern": IDENTIFIER,
            "description": "Unique among the policies of a run.",
        },
        "title": _described(_TEXT, "One line for people."),
        "description": _described(_TEXT, "What the policy is for."),
        "owner": _described(_TEXT, "Whom to ask."),
        "version": {
            "type": "string",
            "pattern": r"^[0-9A-Za-z.+-]{1,64}$",
            "description": "Of the policy itself.",
        },
    },
}

_EXTENDS: Json = {
    "description": "Policies that this one stands on. Their rules hold too; a rule here with the id of one "
    "there may only tighten it.",
    "type": "array",
    "minItems": 1,
    "items": {
        "oneOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "required": ["policy", "sha256"],
                "additionalProperties": False,
                "properties": {
                    "policy": {"type": "string", "minLength": 1},
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                },
            },
        ]
    },
}

_SCOPE: Json = {
    "description": "Which builds the policy is for; absent: all. What is not known of a build is in scope.",
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "repositories": _described(_GLOBS, "owner/name as the forge writes it."),
        "branches": _described(_GLOBS, "The target branch of a change request, else the branch."),
        "events": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"enum": [e.value for e in Event]},
            "description": "What made the pipeline run.",
        },
        "changed": _described(_GLOBS, "Paths; the policy is for changes that touch one of them."),
    },
}

_TEAMS: Json = {
    "description": "Members of the teams that `overrides` names, by login.",
    "type": "object",
    "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
}

_FACTS: Json = {
    "description": "Documents of the user's own that rules of the kind `expression` judge, each with the "
    "JSON Schema (a file beside the policy) that it must satisfy.",
    "type": "object",
    "propertyNames": {"pattern": IDENTIFIER},
    "additionalProperties": {
        "type": "object",
        "required": ["schema"],
        "additionalProperties": False,
        "properties": {"schema": {"type": "string", "minLength": 1}},
    },
}

_GROUP: dict[str, Json] = {
    "users": _described(_GLOBS, "Logins."),
    "teams": _described(_GLOBS, "Teams; `teams` lists their members."),
}
_ONE_OF_GROUP: Json = [{"required": ["users"]}, {"required": ["teams"]}]
_SEVERITIES: list[Json] = ["critical", "high", "medium", "low", "none", "unknown"]
_DAYS: dict[str, Json] = {"type": "integer", "minimum": 1, "maximum": 366}
_HOURS: dict[str, Json] = {"type": "integer", "minimum": 1, "maximum": 720}

_BREAK_GLASS: Json = {
    "description": "Who may let something through at once, to be confirmed afterwards by somebody else.",
    "type": "object",
    "required": ["maximum-hours", "confirm-within-hours"],
    "additionalProperties": False,
    "anyOf": _ONE_OF_GROUP,
    "properties": {
        **_GROUP,
        "maximum-hours": {**_HOURS, "description": "The longest term from `created` to `expires`."},
        "confirm-within-hours": {
            **_HOURS,
            "description": "The term, from `created`, in which it must be confirmed; then it ends.",
        },
        "confirmed-by": {
            "description": "Who confirms it; absent: the `approvers`.",
            "type": "object",
            "additionalProperties": False,
            "anyOf": _ONE_OF_GROUP,
            "properties": {**_GROUP, "minimum": {"type": "integer", "minimum": 1, "default": 1}},
        },
    },
}

_ALLOWANCES: Json = {
    "description": "What may be overridden, by whom and for how long. A rule not named here never may.",
    "type": "array",
    "items": {
        "type": "object",
        "required": ["rules", "approvers", "maximum-days", "reasons"],
        "additionalProperties": False,
        "properties": {
            "rules": _described(_GLOBS, "Globs of rule ids."),
            "approvers": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "anyOf": _ONE_OF_GROUP,
                "properties": {**_GROUP, "minimum": {"type": "integer", "minimum": 1, "default": 1}},
            },
            "maximum-days": {
                "description": "The longest term from `created` to `expires`: one number, or one for each "
                "severity of what is found. A severity that is not named, and what has none, has "
                "`otherwise`, else the shortest.",
                **_DAYS,
                "type": ["integer", "object"],
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {str(name): _DAYS for name in (*_SEVERITIES, "otherwise")},
            },
            "reasons": _described(_GLOBS, "The closed list of reasons."),
            "require": {
                "type": "array",
                "uniqueItems": True,
                "items": {"enum": ["ticket", "justification"]},
                "description": "Fields that an override must fill in.",
            },
            "severities": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": _SEVERITIES},
                "description": "Findings of these severities alone may be overridden.",
            },
            "accept": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": ["signature", "change-request", "commit", "stated"]},
                "description": "How an approval may be given. Absent: by signature where `signers` or `keys` "
                "are named, by a signed commit where `protected-ref` is; else as the file states it, which "
                "proves nothing.",
            },
            "minimum-assurance": {
                "enum": ["signature", "platform-api", "self-asserted"],
                "default": "self-asserted",
                "description": "How well an approver must be known at least.",
            },
            "signers": {
                "type": "string",
                "minLength": 1,
                "description": "A file of allowed signers (ssh-keygen), beside the policy's own.",
            },
            "principals": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {"type": "string", "minLength": 1},
                "description": "The login behind a principal of `signers` that is none, such as an address.",
            },
            "keys": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {"type": "string", "minLength": 1},
                "description": "For each login the public key (PEM, P-256) of `gatepass key generate`: a "
                "file beside the policy's own, or the text.",
            },
            "protected-ref": {
                "type": "string",
                "pattern": "^refs/[A-Za-z0-9._/-]+$",
                "description": "The ref on which a commit by an approver counts, and which tells of "
                "revocations and broken glass that a change takes away: refs/remotes/origin/main.",
            },
            "break-glass": _BREAK_GLASS,
        },
    },
}
