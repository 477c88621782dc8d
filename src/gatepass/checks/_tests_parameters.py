"""The parameters of the check `tests`, as JSON Schema."""

from __future__ import annotations

from gatepass.model.facts import Json


def _maximum(description: str, **more: Json) -> dict[str, Json]:
    return {
        **more,
        "description": f"{description}: a number, or a share such as 5%.",
        "x-stricter": "lower",
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": r"^(100|[0-9]{1,2}(\.[0-9]{1,3})?)%$"},
        ],
    }


def _globs(description: str, stricter: str) -> dict[str, Json]:
    return {
        "description": description,
        "x-stricter": stricter,
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "minItems": 1,
        "uniqueItems": True,
    }


PARAMETERS: dict[str, Json] = {
    "properties": {
        "minimum-run": {
            "description": "The least number of tests that must have run: no test is no pass.",
            "default": 1,
            "x-stricter": "higher",
            "type": "integer",
            "minimum": 1,
        },
        "maximum-failed": _maximum("How many of the tests that ran may have failed", default=0),
        "maximum-errored": _maximum("How many of the tests that ran may have broken", default=0),
        "maximum-skipped": _maximum("How many of all tests may be skipped, any number if absent"),
        "maximum-flaky": _maximum(
            "How many of the tests that ran may have failed before they passed, any number if absent"
        ),
        "allowed-skips": _globs("Patterns of full names of tests that do not count as skipped.", "subset"),
        "repeated-names": {
            "description": "What it means that a name passed and failed in one report: `fail`, or "
            "`allow`, where failed tests are repeated and the failed runs count as flaky.",
            "x-stricter": "later",
            "enum": ["allow", "fail"],
            "default": "fail",
        },
        "required-suites": _globs(
            "Patterns of names of suites; each must match one that ran at least one test.", "superset"
        ),
        "maximum-duration": {
            "description": "The most seconds that all tests together may take.",
            "x-stricter": "lower",
            "type": "integer",
            "minimum": 1,
        },
    },
}
