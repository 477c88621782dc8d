"""What git remembers of overrides: broken glass that is gone, and who added which file."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime

import pytest

from gatepass import approved
from gatepass.again import Given, differences_today
from gatepass.model.decision import Verdict
from gatepass.model.override import OverrideStatus
from gatepass.overriding import by_policies
from gatepass.policy.load import load
from gatepass.signers import keys
from support.gate import Workspace
from support.repositories import ENVIRONMENT, Repository, needs_git, needs_ssh_keygen, signing
from support.values import write

pytestmark = [needs_git, needs_ssh_keygen]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REF = "refs/remotes/origin/main"
POLICY = f"""\
apiVersion: gatepass/v1
kind: Policy
metadata: {{name: release}}
rules:
  - {{id: tested, check: tests}}
overrides:
  - rules: [tested]
    approvers: {{users: [dana]}}
    maximum-days: 30
    reasons: [mitigated]
    accept: [stated, commit]
    signers: signers
    protected-ref: {REF}
    break-glass: {{users: [alice], maximum-hours: 8, confirm-within-hours: 2}}
"""
GLASS = """\
apiVersion: gatepass/v1
kind: BreakGlass
id: BG-1
rule: tested
match: {whole-rule: true}
justification: Payments are down.
incident: INC-1
requested-by: alice
created: 2026-11-22T08:00:00Z
expires: 2026-11-22T15:00:00Z
"""
AGAIN = GLASS.replace("BG-1", "BG-2").replace("T08:", "T11:")
OVERRIDE = """\
apiVersion: gatepass/v1
kind: Override
id: OVR-1
rule: tested
match: {whole-rule: true}
reason: mitigated
justification: It is safe.
requested-by: alice
approved-by: [dana]
created: 2026-11-20
expires: 2026-12-10
"""
ONE, TWO, THREE = "overrides/BG-1.yaml", "overrides/BG-2.yaml", "overrides/OVR-1.yaml"
ALICE, DANA = ("Alice", "1+alice@users.noreply.github.com"), ("Dana", "4+dana@users.noreply.github.com")
BLOCKED, IN_FORCE = OverrideStatus.BLOCKED, OverrideStatus.IN_FORCE


class Clone:
    """A clone below a folder with the policy, in a subfolder of its work tree where one is given."""

    def __init__(self, folder, inner="."):
        self.folder, self.top = folder, folder / "clone"
        self.root = self.top / inner
        self.root.mkdir(parents=True)
        self.repository = Repository(self.top)
        self.git("init", "-q", "-b", "main")
        self.git("commit", "-q", "--allow-empty", "-m", "Begin")
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder / "dana"], check=True
        )
        public = (folder / "dana.pub").read_text()
        write(folder, {"policy.yaml": POLICY, "signers": f"dana {public}"})

    def git(self, *arguments, who=ALICE):
        return self.repository.git(*arguments, who=who)

    def write(self, files):
        for name, text in files.items():
            if text is None:
                (self.root / name).unlink()
            else:
                write(self.root, {name: text})

    def commit(self, files, who=ALICE, *options, key=None, publish=False):
        self.write(files)
        self.git("add", "--all")
        before = (*signing(self.folder / key), "commit", "-S") if key else ("commit",)
        self.git(*before, "-q", "--allow-empty", "-m", "Change", *options, who=who)
        if publish:
            self.git("update-ref", REF, "HEAD")
        return self.git("rev-parse", "HEAD")

    def load(self, *references, root=None, **more):
        policies = load(["policy.yaml"], self.folder)
        environment = {**ENVIRONMENT, "HOME": str(self.folder)}
        given = references or ("overrides",)
        made = approved.load(given, root or self.root, policies, NOW, environment, **more)
        return made, policies

    def standings(self, *references, **more):
        """Status and message of each that is here, by id."""
        made, policies = self.load(*references, **more)
        here = [each for each in made if each.trace is None]
        return {each.id: by_policies(each, policies, NOW, made)[0][1:] for each in here}


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path)


def test_with_nothing_behind_it_the_glass_holds(clone):
    clone.commit({TWO: AGAIN}, publish=True)
    assert clone.standings()["BG-2"][0] is IN_FORCE


# --- where it is remembered


def on_main(clone):
    clone.commit({ONE: GLASS}, publish=True)
    clone.commit({ONE: None})
    return {}


def taken_away_on_main(clone):
    clone.commit({ONE: GLASS})
    clone.commit({ONE: None}, publish=True)
    return {}


def where_the_change_goes(clone):
    clone.commit({ONE: GLASS})
    base = clone.commit({ONE: None})
    clone.git("checkout", "-q", "--orphan", "elsewhere")
    return {"into": base}


def in_the_change(clone):
    clone.commit({ONE: GLASS})
    return {"commits": (clone.commit({ONE: None}),)}


def on_a_branch_that_was_merged(clone):
    clone.git("checkout", "-q", "-b", "side")
    clone.commit({ONE: GLASS})
    clone.commit({ONE: None})
    clone.git("checkout", "-q", "main")
    clone.commit({"a.txt": "a"})
    clone.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    clone.git("update-ref", REF, "HEAD")
    return {}


def gone_by_a_merge(clone):
    clone.git("checkout", "-q", "-b", "side")
    clone.commit({"a.txt": "a"})
    clone.git("checkout", "-q", "main")
    clone.commit({ONE: GLASS})
    clone.git("checkout", "-q", "side")
    clone.git("merge", "-q", "-s", "ours", "-m", "Merge", "main")
    clone.git("update-ref", REF, "HEAD")
    return {}


def edited(text):
    def edit(clone):
        clone.commit({ONE: GLASS})
        clone.commit({ONE: text}, publish=True)
        return {}

    return edit


def under(name, text=GLASS):
    def hide(clone):
        clone.commit({ONE: text})
        clone.commit({ONE: None, name: text}, publish=True)
        return {}

    return hide


@pytest.mark.parametrize(
    "happens",
    [
        on_main,
        taken_away_on_main,
        where_the_change_goes,
        in_the_change,
        on_a_branch_that_was_merged,
        gone_by_a_merge,
        edited(GLASS.replace("T15:", "T09:")),
        edited(GLASS.replace("alice", "mallory")),
        edited(GLASS.replace("T08:", "T09:")),
        edited(GLASS.replace("whole-rule: true", "packages: [express]")),
        edited(OVERRIDE.replace("OVR-1", "BG-1")),
        edited("\t- {\n"),
        under("overrides/BG-1.txt"),
        under("overrides/deeper/notes.md"),
        under("overrides/BG-1.txt", GLASS.replace("BreakGlass", '"\\x42reakGlass"')),
    ],
)
def test_a_glass_that_is_gone_blocks_where_git_knows_of_it(clone, happens):
    more = happens(clone)
    if (clone.root / ONE).exists():
        clone.commit({ONE: None})
    clone.write({TWO: AGAIN})
    status, message = clone.standings(**more)["BG-2"]
    assert (status, "BG-1 by alice for INC-1" in message) == (BLOCKED, True), message


def test_the_bytes_that_it_names_are_those_that_were_there(clone):
    clone.commit({ONE: GLASS})
    clone.commit({ONE: None}, publish=True)
    clone.write({TWO: AGAIN})
    [trace] = [each for each in clone.load()[0] if each.trace]
    assert trace.trace.ref == REF
    assert clone.git("cat-file", "blob", trace.trace.blob) == GLASS.strip()
    clone.write({ONE: GLASS})
    made, _ = clone.load()
    assert [each.id for each in made if each.trace] == []
    assert clone.standings()["BG-2"][0] is BLOCKED


@pytest.mark.parametrize("inner", ["a/b", "."])
@pytest.mark.parametrize("folder", ["overrides", "."])
def test_it_is_remembered_wherever_the_folder_is(tmp_path, inner, folder):
    clone = Clone(tmp_path, inner)
    one, two = (f"{folder}/{each}.yaml" for each in ("BG-1", "BG-2"))
    clone.commit({one: GLASS, "else/BG-9.yaml": GLASS.replace("BG-1", "BG-9")})
    clone.commit({one: None}, publish=True)
    clone.write({two: AGAIN})
    made, _ = clone.load(two)
    found = [each for each in made if each.trace]
    assert [(each.id, each.place.path) for each in found] == [("BG-1", one.removeprefix("./"))]


@pytest.mark.parametrize("text", [GLASS.replace("kind: BreakGlass", "kind: Another"), "BreakGlass", OVERRIDE])
def test_what_was_no_broken_glass_blocks_nothing(clone, text):
    clone.commit({ONE: text})
    clone.commit({ONE: None}, publish=True)
    clone.write({TWO: AGAIN})
    assert clone.standings()["BG-2"][0] is IN_FORCE


def test_another_form_of_the_same_is_the_same(clone):
    clone.commit({ONE: GLASS})
    clone.commit({ONE: f"# why\n{GLASS}"}, publish=True)
    assert [each for each in clone.load()[0] if each.trace] == []


def test_where_nothing_is_broken_git_is_not_asked_for_it(clone):
    clone.commit({ONE: GLASS})
    clone.commit({ONE: None, THREE: OVERRIDE}, publish=True)
    assert [each.id for each in clone.load()[0]] == ["OVR-1"]


def shallow_clone(clone):
    made = clone.folder / "shallow"
    clone.git("clone", "-q", "--depth", "1", f"file://{clone.top}", str(made))
    clone.repository = Repository(made)
    clone.git("update-ref", REF, "HEAD")
    return made


def test_a_shallow_clone_remembers_what_it_holds(clone):
    """Said in docs/overrides.md: what is cut off cannot be known."""
    clone.commit({ONE: GLASS})
    clone.commit({ONE: None, TWO: AGAIN})
    assert clone.standings(commits=(clone.git("rev-parse", "HEAD"),))["BG-2"][0] is BLOCKED
    assert clone.standings(root=shallow_clone(clone))["BG-2"][0] is IN_FORCE


@pytest.mark.parametrize("references", [("../outside",), ("overrides", "../outside")])
def test_a_folder_outside_of_the_clone_has_no_history(clone, references):
    write(clone.folder, {"outside/BG-2.yaml": AGAIN})
    clone.commit({ONE: GLASS})
    clone.commit({ONE: None}, publish=True)
    (clone.root / "overrides").mkdir(exist_ok=True)
    expected = BLOCKED if "overrides" in references else IN_FORCE
    assert clone.standings(*references)["BG-2"][0] is expected


# --- what clears the way


def test_put_back_by_a_commit_of_who_may_confirm_it_clears_the_way(clone):
    clone.commit({ONE: GLASS})
    clone.commit({ONE: None}, publish=True)
    clone.commit({ONE: GLASS}, ALICE, key=None, publish=True)
    clone.write({TWO: AGAIN})
    assert clone.standings()["BG-2"][0] is BLOCKED
    clone.commit({ONE: None})
    alice = f"--author={ALICE[0]} <{ALICE[1]}>"
    clone.commit({ONE: GLASS}, DANA, alice, key="dana", publish=True)
    assert clone.standings()["BG-2"][0] is IN_FORCE


def test_who_may_confirm_it_may_put_it_back(clone):
    clone.commit({ONE: GLASS})
    clone.commit({ONE: None})
    clone.commit({ONE: GLASS}, DANA, publish=True)
    [one] = clone.load()[0]
    assert [each.by for each in one.brought_by] == ["alice"]
    clone.write({TWO: AGAIN})
    clone.commit({ONE: None, TWO: None})
    clone.commit({ONE: GLASS}, DANA, key="dana", publish=True)
    clone.write({TWO: AGAIN})
    assert clone.standings()["BG-2"][0] is IN_FORCE


@pytest.mark.parametrize(
    "before",
    [GLASS.replace("INC-1", "INC-0"), OVERRIDE, GLASS.replace("T15:", "T14:")],
    ids=["another incident", "an override", "another term"],
)
def test_what_was_in_its_place_before_hides_nobody_who_brings_it(clone, before):
    clone.commit({ONE: before})
    clone.commit({ONE: None})
    clone.commit({ONE: GLASS}, DANA, key="dana", publish=True)
    [one] = [each for each in clone.load()[0] if each.trace is None]
    assert "dana" in [each.by for each in one.brought_by]
    policy = load(["policy.yaml"], clone.folder)
    assert "confirmed by dana" not in by_policies(one, policy, NOW)[0][2]


def test_what_another_branch_brought_as_well_is_not_put_back(clone):
    clone.git("checkout", "-q", "-b", "side")
    clone.commit({ONE: GLASS})
    clone.git("checkout", "-q", "main")
    clone.commit({ONE: GLASS}, DANA)
    clone.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    assert sorted(each.by for each in clone.load()[0][0].brought_by) == ["alice", "dana"]


def test_an_override_that_is_put_back_is_brought_by_who_does_that(clone):
    """It would hold again by that."""
    clone.commit({THREE: OVERRIDE})
    clone.commit({THREE: None})
    clone.commit({THREE: OVERRIDE}, DANA)
    assert clone.standings()["OVR-1"][0] is OverrideStatus.UNAUTHORISED


def test_who_broke_it_in_another_name_does_not_clear_the_way(clone):
    clone.commit({ONE: GLASS}, DANA, key="dana", publish=True)
    clone.write({TWO: AGAIN})
    status, message = clone.standings()["BG-2"]
    assert (status, "nobody has: dana added it (commit" in message) == (BLOCKED, True)


# --- who added it


def added(clone, **more):
    return [(each.by, each.said.partition(", ")[2]) for each in clone.load(**more)[0][0].brought_by]


@pytest.mark.parametrize(
    ("key", "said"), [(None, "as it says itself"), ("dana", "signed")], ids=["unsigned", "signed"]
)
def test_who_wrote_the_commit_that_added_it_does_not_approve_it(clone, key, said):
    clone.commit({THREE: OVERRIDE}, DANA, key=key)
    assert added(clone) == [("dana", said)]
    status, message = clone.standings()["OVR-1"]
    assert status is OverrideStatus.UNAUTHORISED
    assert "dana added it (commit" in message


def test_who_takes_a_commit_over_did_not_write_it(clone):
    alice = f"--author={ALICE[0]} <{ALICE[1]}>"
    clone.commit({THREE: OVERRIDE}, DANA, alice, key="dana", publish=True)
    assert added(clone) == [("alice", "as it says itself")]
    assert clone.standings()["OVR-1"][0] is IN_FORCE


def test_a_key_tells_whose_a_commit_is_whatever_it_calls_itself(clone):
    nobody = ("Somebody", "somebody@acme.example")
    clone.commit({THREE: OVERRIDE}, nobody, key="dana")
    assert added(clone) == [("dana", "signed")]
    assert clone.standings()["OVR-1"][0] is OverrideStatus.UNAUTHORISED


def test_an_address_that_is_no_account_is_nobody(clone):
    clone.commit({THREE: OVERRIDE}, ("Somebody", "somebody@acme.example"))
    status, message = clone.standings()["OVR-1"]
    assert (status, "added by" in message) == (IN_FORCE, False)


def test_who_adds_it_for_somebody_else_is_told_of(clone):
    clone.commit({THREE: OVERRIDE}, ("Carol", "7+carol@users.noreply.github.com"))
    status, message = clone.standings()["OVR-1"]
    assert status is IN_FORCE
    assert "; added by carol (commit" in message
    assert message.endswith("asked for by alice as the file says")


def test_who_edits_or_moves_it_has_not_added_it(clone):
    request = OVERRIDE.replace("approved-by: [dana]\n", "").replace("Override", "OverrideRequest")
    clone.commit({THREE: request})
    clone.commit({THREE: OVERRIDE}, DANA)
    clone.commit({THREE: None, "overrides/old/OVR-1.yaml": OVERRIDE}, DANA)
    assert clone.standings()["OVR-1"][0] is IN_FORCE


@pytest.mark.parametrize("name", ["overrides/OVR.yaml", "elsewhere/draft.txt"])
def test_who_moves_it_into_its_place_has_not_become_another(clone, name):
    clone.commit({name: OVERRIDE}, DANA)
    clone.commit({name: None, "overrides/b.yaml": OVERRIDE})
    clone.commit({"overrides/b.yaml": None, THREE: OVERRIDE})
    assert [by for by, _ in added(clone)] == ["dana"]
    assert clone.standings()["OVR-1"][0] is OverrideStatus.UNAUTHORISED


def test_a_name_that_is_no_text_hides_nobody(clone):
    odd = os.fsdecode(b"overrides/\xff.yaml")
    try:
        clone.commit({odd: OVERRIDE}, DANA)
    except OSError:
        pytest.skip("this file system has no such names")
    clone.commit({odd: None, THREE: OVERRIDE})
    assert [by for by, _ in added(clone)] == ["dana"]


def test_who_takes_it_away_and_adds_it_again_has_added_it(clone):
    clone.commit({THREE: OVERRIDE})
    clone.commit({THREE: None})
    clone.commit({THREE: OVERRIDE}, DANA)
    assert sorted(by for by, _ in added(clone)) == ["alice", "dana"]
    assert clone.standings()["OVR-1"][0] is OverrideStatus.UNAUTHORISED


def test_who_adds_it_by_a_merge_has_added_it(clone):
    clone.git("checkout", "-q", "-b", "side")
    clone.commit({"a.txt": "a"})
    clone.git("checkout", "-q", "main")
    clone.commit({"b.txt": "b"})
    clone.git("merge", "-q", "--no-ff", "--no-commit", "side", who=DANA)
    clone.commit({THREE: OVERRIDE}, DANA)
    assert [by for by, _ in added(clone)] == ["dana"]


def test_of_the_oldest_commit_of_a_shallow_clone_nobody_can_tell(clone):
    clone.commit({THREE: OVERRIDE})
    clone.commit({"a.txt": "a"}, DANA)
    assert added(clone, root=shallow_clone(clone)) == []


def test_a_file_that_is_called_like_a_commit_leads_nobody_astray(clone):
    sha = clone.commit({"a.yaml": OVERRIDE.replace("OVR-1", "OVR-9")})
    clone.commit({f"{sha}": "x", "b.yaml": OVERRIDE}, DANA)
    [_, file] = clone.load("a.yaml", "b.yaml")[0][::-1]
    assert [each.by for each in file.brought_by] == ["dana"]


def test_what_was_there_before_the_change_is_known(clone):
    base = clone.commit({THREE: OVERRIDE})
    clone.commit({"overrides/OVR-2.yaml": OVERRIDE.replace("OVR-1", "OVR-2")})
    before = {each.id: each.there_before for each in clone.load(into=base)[0]}
    assert before == {"OVR-1": True, "OVR-2": False}
    clone.write({THREE: None, "overrides/moved.yaml": OVERRIDE})
    assert {each.id: each.there_before for each in clone.load(into=base)[0]} == before
    assert not any(each.there_before for each in clone.load(into="1" * 40)[0])


# --- judged again


@pytest.mark.parametrize("again", [AGAIN, OVERRIDE], ids=["blocked glass", "an override of somebody else's"])
def test_a_decision_is_judged_again_alike_where_there_is_no_git(clone, tmp_path, again):
    clone.commit({ONE: GLASS})
    clone.commit({ONE: None}, publish=True)
    red = '<testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>'
    signers = (clone.folder / "signers").read_text()
    clone.commit({"overrides/it.yaml": again, "junit.xml": red, "signers": signers}, DANA)
    pair = keys.generate(tmp_path / "key.pem")
    workspace = Workspace(clone.root, pair.path, pair.public_path)
    run = workspace.judge(POLICY, "junit.xml", overrides=("overrides",))
    assert run.decision.verdict is Verdict.FAILED
    assert {each.status for each in run.decision.overrides} == (
        {BLOCKED, OverrideStatus.UNCONFIRMED} if again is AGAIN else {OverrideStatus.UNAUTHORISED}
    )
    (clone.root / ".git").rename(tmp_path / "gone")
    given = Given(clone.root, clone.root, ["policy.yaml"], ["overrides"])
    assert differences_today(workspace.verified(), given) == ()
