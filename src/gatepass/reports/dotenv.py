"""Report `dotenv`: the verdict as variables for later jobs, `KEY=value` lines.

For GitLab's ``artifacts:reports:dotenv``
(https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv): below 5 KiB, no quotes, spaces,
comments or empty lines. Jenkins' ``readProperties`` and a shell read the same lines. A list that is too
long is cut, and ends in ``,...``; how many there are stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatepass import outputs
from gatepass.model.decision import Decision
from gatepass.reports._report import Report, ReportContext

MAXIMUM_LIST = 2000  # characters, which are bytes here: two of them and a path stay below 5 KiB
MAXIMUM_PATH = 800


def render(decision: Decision, context: ReportContext) -> str:
    """The variables, always all of them; one without a value is empty."""
    failed, overrides = outputs.failed_rules(decision), outputs.overrides_in_force(decision)
    record = outputs.word(context.record.path) if context.record else ""
    variables = {
        "GATEPASS_VERDICT": decision.verdict.value,
        "GATEPASS_FAILED": str(len(failed)),
        "GATEPASS_FAILED_RULES": _listed(failed),
        "GATEPASS_OVERRIDDEN": str(len(overrides)),
        "GATEPASS_OVERRIDES": _listed(overrides),
        "GATEPASS_RECORD": record if len(record) <= MAXIMUM_PATH else "",
    }
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def _listed(words: Sequence[str]) -> str:
    text = ",".join(words)
    if len(text) <= MAXIMUM_LIST:
        return text
    head = text[: MAXIMUM_LIST - 4]
    return f"{head[: head.rfind(',')] if ',' in head else ''},..."


REPORT = Report("dotenv", "Variables for later jobs", render)
