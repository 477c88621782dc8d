"""What git knows of the file of an override: who committed it, and whether the commit has it as it is."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime

import pytest

from gatepass import approved
from gatepass.again import Given, differences_today
from gatepass.approved import Recorded
from gatepass.errors import OverrideError
from gatepass.model.decision import Verdict
from gatepass.model.override import Approval, ApprovalHow, OverrideStatus
from gatepass.overriding import by_policies
from gatepass.policy.load import load
from gatepass.signers import keys
from support.gate import Workspace
from support.repositories import ENVIRONMENT, Repository, needs_git, needs_ssh_keygen
from support.values import write

pytestmark = [needs_git, needs_ssh_keygen]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REF = "refs/remotes/origin/main"
POLICY = """\
apiVersion: gatepass/v1
kind: Policy
metadata: {name: release}
rules:
  - id: tested
    check: tests
overrides:
  - rules: [tested]
    approvers: {users: [dana]}
    maximum-days: 30
    reasons: [mitigated]
"""
COMMITS = f"    accept: [commit]\n    signers: signers\n    protected-ref: {REF}\n"
REQUEST = """\
apiVersion: gatepass/v1
kind: OverrideRequest
id: OVR-1
rule: tested
match: {whole-rule: true}
reason: mitigated
justification: It is safe.
requested-by: alice
created: 2026-11-20
expires: 2026-12-10
"""
DANA = ("Dana", "dana@acme.example")


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "clone"
    root.mkdir()
    made = Repository(root)
    made.git("init", "-q", "-b", "main")
    (root / "overrides").mkdir()
    return made


@pytest.fixture
def trust(tmp_path):
    """A folder with the policy, and beside it the signers; keys of dana and of a stranger."""
    folder = tmp_path / "trusted"
    folder.mkdir()
    for name in ("dana", "mallory"):
        path = folder / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    public = (folder / "dana.pub").read_text()
    write(folder, {"policy.yaml": POLICY + COMMITS, "signers": f'dana namespaces="git" {public}'})
    return folder


def signed(key):
    return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")


def commit(repository, message, key=None, author="Alice <alice@acme.example>", **files):
    """A commit by dana of what alice wrote, as `git cherry-pick -S` makes one."""
    write(repository.root, files)
    repository.git("add", "--all")
    options = (*signed(key), "commit", "-S") if key else ("commit",)
    repository.git(*options, "-q", "--allow-empty", "--author", author, "-m", message, who=DANA)
    return repository.git("rev-parse", "HEAD")


def publish(repository):
    repository.git("update-ref", REF, "HEAD")


def standing(repository, trust, **more):
    policies = load(["policy.yaml"], trust)
    environment = {**ENVIRONMENT, "HOME": str(trust)}
    [override] = approved.load(["overrides"], repository.root, policies, NOW, environment, **more)
    [(_, status, message)] = by_policies(override, policies, NOW)
    return status, message


FILE = {"overrides/OVR-1.yaml": REQUEST}


def test_a_signed_commit_by_an_approver_on_the_protected_ref_approves_what_it_brought(repository, trust):
    commit(repository, "Let it through", trust / "dana", **FILE)
    publish(repository)
    commit(repository, "Something else", None, **{"a.txt": "a"})
    publish(repository)
    assert standing(repository, trust)[0] is OverrideStatus.IN_FORCE


@pytest.mark.parametrize(
    ("key", "published", "after", "said"),
    [
        (None, True, None, "is not signed"),
        ("mallory", True, None, "nobody is known by the key"),
        ("dana", False, None, f"the clone has no {REF}"),
        ("dana", True, REQUEST + "drop-if-fixable: true\n", f"the file is another on {REF}"),
    ],
)
def test_any_other_commit_approves_nothing_and_says_why(repository, trust, key, published, after, said):
    commit(repository, "Let it through", trust / key if key else None, **FILE)
    if published:
        publish(repository)
    if after:
        write(repository.root, {"overrides/OVR-1.yaml": after})
    status, message = standing(repository, trust)
    assert status is OverrideStatus.REQUESTED
    assert said in message


def test_a_later_commit_by_somebody_else_to_the_file_takes_the_approval_away(repository, trust):
    commit(repository, "Let it through", trust / "dana", **FILE)
    longer = REQUEST.replace("2026-12-10", "2026-12-15")
    commit(repository, "Let it through for longer", trust / "mallory", **{"overrides/OVR-1.yaml": longer})
    publish(repository)
    status, message = standing(repository, trust)
    assert (status, "nobody is known by the key" in message) == (OverrideStatus.REQUESTED, True)


def test_a_shallow_clone_cannot_tell_who_brought_the_file(repository, trust, tmp_path):
    commit(repository, "Let it through", None, **FILE)
    commit(repository, "Something else", trust / "dana", **{"a.txt": "a"})
    shallow = Repository(tmp_path / "shallow")
    shallow.root.mkdir()
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.root}", str(shallow.root))
    assert shallow.git("rev-parse", REF) == repository.git("rev-parse", "HEAD")
    status, message = standing(shallow, trust)
    assert (status, "the clone is shallow" in message) == (OverrideStatus.REQUESTED, True)


def test_outside_of_a_repository_no_commit_approves(repository, trust, tmp_path):
    plain = tmp_path / "plain"
    write(plain, FILE)
    status, message = standing(Repository(plain), trust)
    assert (status, "no commit approves it: git" in message) == (OverrideStatus.REQUESTED, True)


def test_a_link_lends_an_override_no_approvals_of_what_it_leads_to(repository, trust):
    """An approver who committed an example, or a test's file, has let nothing through."""
    commit(repository, "An example", trust / "dana", **{"elsewhere/OVR-1.yaml": REQUEST})
    publish(repository)
    (repository.root / "overrides/OVR-1.yaml").symlink_to("../elsewhere/OVR-1.yaml")
    status, message = standing(repository, trust)
    assert (status, "the file is not on" in message) == (OverrideStatus.REQUESTED, True)
    (repository.root / "overrides/OVR-1.yaml").unlink()
    (repository.root / "overrides").rmdir()
    (repository.root / "overrides").symlink_to("elsewhere")
    assert standing(repository, trust)[0] is OverrideStatus.REQUESTED


REVOCATION = """\
apiVersion: gatepass/v1
kind: OverrideRevocation
override: OVR-1
decision: revoked
by: bob
reason: It is not safe.
at: 2026-11-21T09:30:00Z
"""


@pytest.mark.parametrize("name", ["OVR-1.revocation.yaml", "ended/anything.YML"])
def test_a_change_that_takes_a_revocation_away_ends_nothing(repository, trust, name):
    commit(repository, "Let it through", trust / "dana", **FILE)
    base = commit(repository, "End it", None, **{f"overrides/{name}": REVOCATION})
    publish(repository)
    assert standing(repository, trust)[0] is OverrideStatus.REVOKED
    (repository.root / "overrides" / name).unlink()
    commit(repository, "Nothing to see", None)
    status, message = standing(repository, trust)
    assert (status, "it was taken away here" in message) == (OverrideStatus.REVOKED, True)
    repository.git("update-ref", "-d", REF)
    assert standing(repository, trust, into=base)[0] is OverrideStatus.REVOKED


@pytest.mark.parametrize("text", ["kind: OverrideRevocation\n", REVOCATION.replace("by: bob\n", ""), "\t- {"])
def test_a_revocation_that_cannot_be_read_is_an_error_where_the_change_comes_from_as_well(
    repository, trust, text
):
    commit(repository, "Let it through", trust / "dana", **FILE)
    commit(repository, "End it", None, **{"overrides/OVR-1.revocation.yaml": text})
    publish(repository)
    (repository.root / "overrides/OVR-1.revocation.yaml").unlink()
    with pytest.raises(OverrideError):
        standing(repository, trust)


def test_a_file_that_is_no_revocation_on_the_ref_ends_nothing(repository, trust):
    others = {"overrides/broken.yaml": "\t- {", "overrides/other.yaml": "kind: Another\n"}
    commit(repository, "Let it through", trust / "dana", **FILE, **others)
    publish(repository)
    for each in others:
        (repository.root / each).unlink()
    assert standing(repository, trust)[0] is OverrideStatus.IN_FORCE


def test_a_decision_on_what_was_revoked_elsewhere_is_judged_again_alike(repository, trust, tmp_path):
    commit(repository, "Let it through", trust / "dana", **FILE)
    commit(repository, "End it", None, **{"overrides/OVR-1.revocation.yaml": REVOCATION})
    publish(repository)
    (repository.root / "overrides/OVR-1.revocation.yaml").unlink()
    red = '<testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>'
    public = (trust / "dana.pub").read_text()
    write(repository.root, {"junit.xml": red, "signers": f'dana namespaces="git" {public}'})
    pair = keys.generate(tmp_path / "key.pem")
    workspace = Workspace(repository.root, pair.path, pair.public_path)
    run = workspace.judge(POLICY + COMMITS, "junit.xml", overrides=("overrides",))
    assert run.decision.verdict is Verdict.FAILED
    (repository.root / ".git").rename(tmp_path / "gone")
    given = Given(repository.root, repository.root, ["policy.yaml"], ["overrides"])
    assert differences_today(workspace.verified(), given) == ()


def reviewed(trust):
    write(trust, {"policy.yaml": POLICY + "    accept: [change-request]\n"})
    return load(["policy.yaml"], trust)


def test_only_a_file_that_the_judged_commit_holds_as_it_is_can_have_been_reviewed(repository, trust):
    head = commit(repository, "Ask", None, **FILE)
    policies, environment = reviewed(trust), {**ENVIRONMENT, "HOME": str(trust)}

    def committed_in(*commits):
        given = (["overrides"], repository.root, policies, NOW, environment)
        [override] = approved.load(*given, commits=commits)
        return override.committed_in

    assert committed_in(head, "1" * 40, "HEAD", "--help") == (head,)
    assert committed_in() == ()
    write(repository.root, {"overrides/OVR-1.yaml": REQUEST + "drop-if-fixable: true\n"})
    assert committed_in(head) == ()


def test_what_a_record_vouches_for_is_taken_for_the_very_file_alone(repository, trust):
    write(repository.root, FILE)
    policies = load(["policy.yaml"], trust)
    [policy] = policies
    digest = policy.allowances[0].trust.digest
    approval = Approval("dana", ApprovalHow.COMMIT, "SHA256:abc", digest, ("dana",), REF)
    [plain] = approved.load(["overrides"], repository.root, policies, NOW, {})
    told = {("OVR-1", plain.sha256): Recorded(("c" * 40,), (approval,))}
    [override] = approved.load(["overrides"], repository.root, policies, NOW, {}, recorded=told)
    assert (override.committed_in, override.approved_by) == (("c" * 40,), ("dana",))
    write(repository.root, {"overrides/OVR-1.yaml": REQUEST + "drop-if-fixable: true\n"})
    [changed] = approved.load(["overrides"], repository.root, policies, NOW, {}, recorded=told)
    assert (changed.committed_in, changed.approved_by) == ((), ())


def test_a_decision_on_a_commit_is_judged_again_alike_where_there_is_no_git(repository, trust, tmp_path):
    commit(repository, "Let it through", trust / "dana", **FILE)
    publish(repository)
    red = '<testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>'
    public = (trust / "dana.pub").read_text()
    write(repository.root, {"junit.xml": red, "signers": f'dana namespaces="git" {public}'})
    pair = keys.generate(tmp_path / "key.pem")
    workspace = Workspace(repository.root, pair.path, pair.public_path)
    run = workspace.judge(POLICY + COMMITS, "junit.xml", overrides=("overrides",))
    assert run.decision.verdict is Verdict.PASSED
    [recorded] = workspace.verified().predicate["overrides"]
    [approval] = recorded["approvals"]
    assert (approval["how"], approval["ref"]) == ("commit", REF)
    (repository.root / ".git").rename(tmp_path / "gone")
    given = Given(repository.root, repository.root, ["policy.yaml"], ["overrides"])
    assert differences_today(workspace.verified(), given) == ()
