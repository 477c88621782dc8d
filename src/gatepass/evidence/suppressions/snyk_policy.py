"""Snyk's policy file, ``.snyk``, given as it is: what it ignores, patches and excludes.

Read by `gatepass.suppressing.snyk_policy`. It tells nothing of comments in the code, and nothing of what is
new: `gatepass collect suppressions` does.
"""

from __future__ import annotations

import re

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._format import Format, Reading
from gatepass.evidence._head import Head
from gatepass.evidence._open import OpenReport
from gatepass.model.suppressions import Suppressions, SuppressionScope
from gatepass.suppressing import snyk_policy
from gatepass.suppressing.written import IgnoreFileError

_SAID = re.compile(r"""^(?:(?:ignore|patch|exclude)\s*:|version\s*:\s*["']?v\d)""", re.MULTILINE)


def _recognises(head: Head) -> bool:
    return head.xml is None and head.json is None and _SAID.search(head.text) is not None


def _read(report: OpenReport) -> Reading:
    try:
        found = snyk_policy.read(report.whole(), report.name)
    except IgnoreFileError as error:
        raise UnreadableEvidence(error.message, line=error.line) from None
    return Reading(
        Suppressions(report.source, SuppressionScope.FILE, (snyk_policy.SCANNER,), found),
    )


FORMAT = Format(
    name="snyk-policy",
    title="Snyk policy file (.snyk)",
    kind=Suppressions.KIND,
    recognises=_recognises,
    read=_read,
    page="https://docs.snyk.io/manage-risk/policies/the-.snyk-file",
)
