"""Which forge a build is at, and whose account the addresses are that forges make up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gatepass.humans import forges, of_signatory
from gatepass.model.approvals import Approvals, PersonKind
from gatepass.model.build import ChangeRequest, Run
from gatepass.model.commits import Signatory
from gatepass.model.scan import Scan
from gatepass.model.source import Source
from support.values import BUILD

GITHUB = frozenset(("github.com",))


def asked(url):
    return Approvals(Source("answers.json", collected_from=url))


@pytest.mark.parametrize(
    ("server", "host"),
    [
        ("https://api.github.com", "github.com"),
        ("https://api.acme.ghe.com", "acme.ghe.com"),
        ("https://git.acme.example/api/v3", "git.acme.example"),
        ("https://GitLab.acme.example:8443/api/v4", "gitlab.acme.example"),
        ("http://[::1", None),
        ("no address", None),
    ],
)
def test_the_forge_is_whom_the_gate_asked(server, host):
    assert forges(BUILD, [asked(server)]) == ({host} if host else set())


def test_the_forge_is_where_the_run_and_the_change_request_are():
    run = Run("7", url="https://git.acme.example/acme/payments/actions/runs/7")
    assert forges(replace(BUILD, platform="github", run=run), []) == {"git.acme.example"}
    change = ChangeRequest("482", url="https://github.com/acme/payments/pull/482")
    assert forges(replace(BUILD, platform="buildkite", change_request=change), []) == {"github.com"}


def test_what_only_runs_jobs_or_scans_code_is_no_forge():
    jenkins = replace(BUILD, platform="jenkins", run=Run("7", url="https://jenkins.acme.example/job/7"))
    scan = Scan(Source("scan.json", collected_from="https://sonar.acme.example"), ())
    assert forges(jenkins, [scan, asked(None)]) == frozenset()


@pytest.mark.parametrize(
    ("address", "at", "login"),
    [
        ("2+bob@users.noreply.github.com", GITHUB, "bob"),
        ("bob@users.noreply.github.com", GITHUB, "bob"),
        ("bob@users.noreply.git.acme.example", frozenset(("git.acme.example",)), "bob"),
        ("2-bob@users.noreply.gitlab.com", frozenset(("gitlab.com",)), "bob"),
        ("2-bob@users.noreply.github.com", GITHUB, "2-bob"),  # a login at GitHub may begin so
        ("2+bob@users.noreply.evil.example", GITHUB, None),
        ("2+bob@users.noreply.github.com.evil.example", GITHUB, None),
        ("2+bob@users.noreply.github.com@evil.example", GITHUB, None),
        ("2+bob@users.noreply.github.com\n", GITHUB, None),
        ("2+bob@users.noreply.gіthub.com", GITHUB, None),  # a Cyrillic i
        ("2+bob@users.noreply.", GITHUB, None),
        ("2+bob@users.noreply.github.com", frozenset(("git.acme.example",)), None),
        ("2-bob@users.noreply.evil.example", frozenset(("gitlab.com",)), None),
    ],
)
def test_an_address_names_an_account_of_the_host_that_made_it_up(address, at, login):
    (who,) = of_signatory(Signatory("Bob", address), at)
    assert (who.login or None) == login
    assert (who.kind is PersonKind.GHOST) is (login is None)


def test_where_nothing_tells_the_forge_it_may_be_the_account_or_anybody():
    account, anybody = of_signatory(Signatory("Bob", "2+bob@users.noreply.evil.example"), frozenset())
    assert (account.login, anybody.login, anybody.kind) == ("bob", "", PersonKind.GHOST)
