"""The union of all typed evidence."""

from __future__ import annotations

from gatepass.model.approvals import Approvals
from gatepass.model.commits import Commits
from gatepass.model.coverage import Coverage
from gatepass.model.facts import Facts
from gatepass.model.identity import Identity
from gatepass.model.pipeline import Pipeline
from gatepass.model.quality_gate import QualityGate
from gatepass.model.scan import Scan
from gatepass.model.suppressions import Suppressions
from gatepass.model.tests import TestRun
from gatepass.model.vulnerabilities import Vulnerabilities

Evidence = (
    Coverage
    | TestRun
    | Scan
    | Vulnerabilities
    | QualityGate
    | Approvals
    | Commits
    | Pipeline
    | Identity
    | Suppressions
    | Facts
)

EVIDENCE_TYPES: dict[str, type[Evidence]] = {
    each.KIND: each
    for each in (
        *(Coverage, TestRun, Scan, Vulnerabilities, QualityGate),
        *(Approvals, Commits, Pipeline, Identity, Suppressions, Facts),
    )
}
