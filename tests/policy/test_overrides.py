"""An override file says everything, or is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gatepass.errors import OverrideError
from gatepass.policy.overrides import load
from support.values import write

GOOD = """\
apiVersion: gatepass/v1
kind: Override
id: OVR-2026-014
rule: release/snyk
match: {vulnerabilities: [CVE-2020-8203], packages: [lodash]}
reason: risk-accepted
justification: Not reachable.
ticket: SEC-123
requested-by: alice
approved-by: [dana]
created: 2026-11-01
expires: 2026-12-01
"""


def test_an_override_is_read_and_a_day_lasts_to_its_end(tmp_path):
    write(tmp_path, {"overrides/a.yaml": GOOD})
    [override] = load(["overrides"], tmp_path)
    assert override.created == datetime(2026, 11, 1, tzinfo=UTC)
    assert override.expires == datetime(2026, 12, 2, tzinfo=UTC)
    assert (override.requested_by, override.approved_by, override.ticket) == ("alice", ("dana",), "SEC-123")
    assert str(override.place) == "overrides/a.yaml:3:1"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("expires: 2026-12-01\n", "", 1, "needs 'expires'"),
        ("expires: 2026-12-01", "expires: never", 12, "write a day"),
        ("expires: 2026-12-01", "expires: 2026-10-01", 12, "expires before it was created"),
        ("expires: 2026-12-01", "expires: 2026-13-01", 12, "month must be in 1..12"),
        ("approved-by: [dana]\n", "", 1, "needs 'approved-by'"),
        ("approved-by: [dana]", "approved-by: []", 10, "approved-by must have at least 1"),
        ("match: {vulnerabilities: [CVE-2020-8203], packages: [lodash]}", "match: {}", 5, "match"),
        (
            "match: {vulnerabilities: [CVE-2020-8203], packages: [lodash]}",
            "match: {missing-evidence: true}",
            5,
            "match needs 'fingerprints' or",
        ),
        ("match: {vulnerabilities", "match: {vulnerabilites", 5, "did you mean 'vulnerabilities'"),
        ("reason: risk-accepted\n", "", 1, "needs 'reason'"),
        ("justification: Not reachable.", "justification: ''", 7, "justification"),
        (
            "requested-by: alice",
            "requested-by: alice\nrequested-by: bob",
            10,
            "has the key 'requested-by' twice",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, old, new, line, message):
    assert old in GOOD
    write(tmp_path, {"a.yaml": GOOD.replace(old, new)})
    with pytest.raises(OverrideError, match=message) as caught:
        load(["a.yaml"], tmp_path)
    assert caught.value.place.line == line


REQUEST = GOOD.replace("kind: Override", "kind: OverrideRequest").replace("approved-by: [dana]\n", "")


def test_a_request_is_read_as_what_nobody_has_approved(tmp_path):
    write(tmp_path, {"a.yaml": REQUEST})
    [request] = load(["a.yaml"], tmp_path)
    assert request.is_request
    assert request.approved_by == ()


@pytest.mark.parametrize("approvers", ["approved-by: [dana]", "approved-by: []"])
def test_a_request_cannot_say_that_somebody_approved_it(tmp_path, approvers):
    write(tmp_path, {"a.yaml": REQUEST + approvers + "\n"})
    with pytest.raises(OverrideError, match="has no 'approved-by'") as caught:
        load(["a.yaml"], tmp_path)
    assert caught.value.hint == "whoever approves sets kind: Override, too"


def test_an_override_that_nobody_approved_is_no_request(tmp_path):
    write(tmp_path, {"a.yaml": REQUEST.replace("OverrideRequest", "Override")})
    with pytest.raises(OverrideError, match="needs 'approved-by'"):
        load(["a.yaml"], tmp_path)


def test_two_overrides_of_one_id_are_an_error(tmp_path):
    write(tmp_path, {"a.yaml": GOOD, "b.yaml": GOOD + "# copied\n"})
    with pytest.raises(OverrideError, match="the id OVR-2026-014 is taken by a"):
        load(["a.yaml", "b.yaml"], tmp_path)


def test_a_folder_that_is_not_there_is_an_error_and_an_empty_one_is_not(tmp_path):
    (tmp_path / "overrides").mkdir()
    assert load(["overrides"], tmp_path) == ()
    with pytest.raises(OverrideError):
        load(["gone"], tmp_path)
