"""`gatepass override check`: what a change may do to overrides, compared in a real repository."""

from __future__ import annotations

import subprocess

import pytest

from support.cli import gatepass
from support.repositories import a_repository, needs_git

pytestmark = needs_git

OVERRIDE = """\
apiVersion: gatepass/v1
kind: Override
id: OVR-1
rule: snyk
match:
  vulnerabilities: [CVE-2020-8203]
  packages: [lodash]
reason: mitigated
justification: Parsed by the server.
requested-by: alice
approved-by: [dana, erin]
created: 2026-11-20
expires: 9999-12-10
"""
REQUEST = OVERRIDE.replace("kind: Override", "kind: OverrideRequest").replace(
    "approved-by: [dana, erin]\n", ""
)
GLASS = """\
apiVersion: gatepass/v1
kind: BreakGlass
id: OVR-1
rule: snyk
match: {whole-rule: true}
justification: Payments are down.
incident: INC-1
requested-by: alice
created: 2026-11-22T10:00:00Z
expires: 2026-11-22T18:00:00Z
"""
REVOCATION = """\
apiVersion: gatepass/v1
kind: OverrideRevocation
override: OVR-1
decision: revoked
by: bob
reason: The parser moves.
at: 2026-11-25T09:30:00Z
"""
FILE = "overrides/OVR-1.yaml"


class Tried:
    """A repository whose work tree differs from its newest commit."""

    def __init__(self, folder):
        self.repository = a_repository(folder)
        self.root = self.repository.root

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, newline="")

    def commit(self, files, message="change"):
        self.write(files)
        self.repository.git("add", "--all")
        self.repository.git("commit", "-qm", message)

    def check(self, *arguments):
        return gatepass("override", "check", *arguments, cwd=self.root)


@pytest.fixture
def tried(tmp_path):
    return Tried(tmp_path)


def revised(text, **fields):
    for key, value in fields.items():
        name = key.replace("_", "-")
        row = next(row for row in text.splitlines() if row.startswith(f"{name}:"))
        text = text.replace(row, f"{name}: {value}")
    return text


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {FILE: OVERRIDE}, "Override is added: snyk until 9999-12-11T00:00:00Z"),
        ({}, {FILE: REQUEST}, "OverrideRequest is added"),
        ({}, {FILE: GLASS}, "BreakGlass is added"),
        ({FILE: OVERRIDE}, {}, "1 override or request, none changed"),
        (
            {FILE: OVERRIDE},
            {"overrides/OVR-1.revocation.yaml": REVOCATION},
            "is revoked by bob: The parser moves.",
        ),
        ({FILE: REQUEST}, {FILE: OVERRIDE}, "the request is approved by dana, erin, as the file states it"),
        ({FILE: REQUEST}, {FILE: revised(REQUEST, expires="9999-12-12")}, "is edited: expires"),
        ({FILE: REQUEST}, {FILE: None}, "a request that nobody has signed is withdrawn"),
        ({FILE: REQUEST}, {f"{FILE}.dana.sig": "sig"}, "none changed"),
        ({FILE: OVERRIDE}, {FILE: f"# why\n{OVERRIDE}"}, "its form changes"),
        ({FILE: OVERRIDE}, {FILE: OVERRIDE.replace("[dana, erin]", "[erin, dana]")}, "its form changes"),
        ({FILE: OVERRIDE}, {FILE: OVERRIDE.replace("\n", "\r\n")}, "none changed"),
        ({FILE: OVERRIDE}, {FILE: None, "overrides/old/OVR-1.yaml": OVERRIDE}, f"is moved from {FILE}"),
        ({FILE: revised(OVERRIDE, expires="2026-11-21")}, {FILE: None}, "is removed: it had expired"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_in_order_passes_and_is_said(tried, before, after, words):
    if before:
        tried.commit(before)
    tried.write(after)
    ran = tried.check()
    assert (ran.code, ran.err) == (0, "")
    assert words in ran.out
    assert "✗" not in ran.out


def edits(**fields):
    return {FILE: revised(OVERRIDE, **fields)}


WIDER = OVERRIDE.replace("  packages: [lodash]\n", "")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            OVERRIDE,
            edits(expires="9999-12-11"),
            f'{FILE}:13:1: OVR-1 expires is lengthened from "9999-12-10" to "9999-12-11"',
        ),
        (OVERRIDE, edits(expires="9999-12-09"), 'expires is shortened from "9999-12-10"'),
        (OVERRIDE, edits(created="2026-11-21"), 'created from "2026-11-20" to "2026-11-21"'),
        (OVERRIDE, edits(approved_by="[dana]"), 'approved-by from ["dana", "erin"] to ["dana"]'),
        (OVERRIDE, edits(approved_by="[dana, erin, bob]"), "approved-by from"),
        (OVERRIDE, edits(requested_by="bob"), 'requested-by from "alice" to "bob"'),
        (OVERRIDE, edits(rule="tests"), f'{FILE}:4:1: OVR-1 rule from "snyk" to "tests"'),
        (OVERRIDE, edits(reason="accepted"), 'reason from "mitigated"'),
        (OVERRIDE, edits(justification="Well."), "justification from"),
        (OVERRIDE, {FILE: f"{OVERRIDE}ticket: SEC-1\n"}, 'ticket from nothing to "SEC-1"'),
        (OVERRIDE, {FILE: f"{OVERRIDE}drop-if-fixable: true\n"}, "drop-if-fixable from nothing to true"),
        (OVERRIDE, {FILE: WIDER}, f'{FILE}:5:1: OVR-1 match.packages from ["lodash"] to nothing'),
        (
            OVERRIDE,
            {FILE: OVERRIDE.replace("lodash", "lo-dash")},
            f'{FILE}:7:3: OVR-1 match.packages from ["lodash"] to ["lo-dash"]',
        ),
        (OVERRIDE, {FILE: REQUEST}, 'kind from "Override" to "OverrideRequest"'),
        (OVERRIDE, {FILE: None}, "is removed, and holds until 9999-12-11T00:00:00Z"),
        (
            OVERRIDE,
            {FILE: revised(OVERRIDE, id="OVR-2", expires="9999-12-12")},
            "OVR-1 is removed, and holds",
        ),
        (OVERRIDE, {FILE: None, "else/OVR-1.yaml": OVERRIDE}, "OVR-1 is removed, and holds"),
        (REQUEST, edits(expires="9999-12-11"), "expires is lengthened"),
        (GLASS, {FILE: revised(GLASS, expires="2026-11-22T19:00:00Z")}, "expires is lengthened"),
        (GLASS, {FILE: None}, "broken glass is removed: its file is the account of it"),
        (revised(OVERRIDE, expires="2026-11-21"), {FILE: OVERRIDE}, "expires is lengthened"),
    ],
    ids=lambda each: each if isinstance(each, str) and len(each) < 100 else "",
)
def test_an_edit_is_refused_with_what_was_and_what_becomes(tried, before, after, words):
    tried.commit({FILE: before})
    tried.write(after)
    ran = tried.check()
    assert ran.code == 1
    assert words in " ".join(ran.out.split())
    assert "refused" in ran.out
    assert "next: put it back" in ran.out


@pytest.mark.parametrize("text", [OVERRIDE, REQUEST])
@pytest.mark.parametrize("approval", [f"{FILE}.sig", f"{FILE}.dana.dsse.json"])
def test_the_bytes_of_a_signed_file_stay(tried, text, approval):
    tried.commit({FILE: text, approval: "signed"})
    tried.write({FILE: f"# only a comment\n{text}"})
    ran = tried.check()
    assert ran.code == 1
    assert "its bytes change, and" in ran.out
    assert "is over them" in ran.out
    tried.write({FILE: text.replace("lodash", "lo-dash"), approval: None})
    ran = tried.check()
    assert ran.code == 1
    assert 'match.packages from ["lodash"] to ["lo-dash"]' in " ".join(ran.out.split())


def test_a_signed_request_is_not_withdrawn(tried):
    tried.commit({FILE: REQUEST, f"{FILE}.dana.sig": "signed"})
    tried.write({FILE: None, f"{FILE}.dana.sig": None})
    assert tried.check().code == 1


SIG = f"{FILE}.alice.sig"


@pytest.mark.parametrize(("after", "word"), [(None, "is removed"), ("another", "is edited")])
def test_what_lies_beside_broken_glass_stays(tried, after, word):
    tried.commit({FILE: GLASS, SIG: "signed"})
    tried.write({SIG: after})
    ran = tried.check()
    assert ran.code == 1
    assert f"OVR-1.yaml.alice.sig {word}: it tells who broke or confirmed it" in " ".join(ran.out.split())


@pytest.mark.parametrize(
    "after",
    [
        {f"{FILE}.dana.sig": "confirmed"},
        {SIG: "signed\r\n"},
        {FILE: None, SIG: None, "overrides/BG.yaml": GLASS, "overrides/BG.yaml.alice.sig": "signed\n"},
    ],
    ids=["confirmed", "ends of lines", "moved with it"],
)
def test_broken_glass_may_be_confirmed_and_moved_with_what_lies_beside_it(tried, after):
    tried.commit({FILE: GLASS, SIG: "signed\n"})
    tried.write(after)
    assert tried.check().code == 0


def test_an_approval_of_any_other_override_may_be_taken_back(tried):
    tried.commit({FILE: OVERRIDE, SIG: "signed"})
    tried.write({SIG: None})
    assert tried.check().code == 0


@pytest.mark.parametrize("beside", [{}, {SIG: "signed"}, {"overrides/OVR-1.revocation.yaml": REVOCATION}])
@pytest.mark.parametrize("created", ["2026-11-22T10:00:00Z", "2020-01-01T10:00:00Z"])
def test_broken_glass_is_not_removed_whether_it_is_over_signed_or_revoked(tried, beside, created):
    tried.commit({FILE: revised(GLASS, created=created), **beside})
    tried.write(dict.fromkeys([FILE, *beside]))
    ran = tried.check()
    assert ran.code == 1
    assert "while nobody has confirmed it it blocks further glass" in " ".join(ran.out.split())


def test_broken_glass_does_not_become_something_else_or_lie_where_nobody_looks(tried):
    tried.commit({FILE: GLASS})
    for after in (
        {FILE: OVERRIDE},
        {FILE: REQUEST},
        {FILE: revised(GLASS, id="BG-2")},
        {FILE: None, "elsewhere/OVR-1.yaml": GLASS},
        {FILE: None, "overrides/OVR-1.txt": GLASS},
    ):
        tried.write(after)
        assert tried.check().code == 1, after
        tried.write({**dict.fromkeys(set(after) - {FILE}), FILE: GLASS})


def test_a_revocation_is_neither_taken_away_nor_edited(tried):
    name = "overrides/OVR-1.revocation.yaml"
    tried.commit({FILE: OVERRIDE, name: REVOCATION})
    tried.write({name: None})
    ran = tried.check()
    assert ran.code == 1
    assert "taken away, so it would hold again" in ran.out
    tried.write({name: REVOCATION.replace("bob", "eve")})
    assert "its revocation is edited" in tried.check().out
    tried.write(
        {
            name: REVOCATION.replace("OVR-1", "OVR-2"),
            "overrides/OVR-2.yaml": OVERRIDE.replace("OVR-1", "OVR-2"),
        }
    )
    assert tried.check().code == 1
    tried.write({name: None, FILE: None})
    assert tried.check().code == 0


def test_it_is_compared_with_the_commit_that_is_named(tried):
    tried.commit({FILE: OVERRIDE})
    tried.repository.git("branch", "agreed")
    tried.commit({FILE: OVERRIDE.replace("9999-12-10", "9999-12-11")})
    assert tried.check().code == 0
    ran = tried.check("--base", "agreed")
    assert ran.code == 1
    assert "expires is lengthened" in ran.out
    assert tried.check("--base", "gone").code == 2
    assert tried.check("--base", "").code == 2
    assert tried.check("--base", "--help").code == 2


def test_a_base_whose_name_two_things_have_is_refused(tried):
    tried.commit({FILE: OVERRIDE})
    tried.repository.git("branch", "agreed")
    tried.repository.git("tag", "agreed", "base")
    ran = tried.check("--base", "agreed")
    assert ran.code == 2
    assert "more than one thing" in ran.err


def test_before_the_first_commit_everything_is_added(tmp_path):
    tried = Tried.__new__(Tried)
    tried.root = tmp_path / "new"
    tried.root.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=tried.root, check=True)
    tried.write({FILE: OVERRIDE})
    ran = tried.check()
    assert ran.code == 0
    assert "before the first commit" in ran.out


def test_outside_of_a_repository_nobody_can_tell(tmp_path):
    folder = tmp_path / "plain"
    (folder / "overrides").mkdir(parents=True)
    (folder / FILE).write_text(OVERRIDE)
    assert gatepass("override", "check", cwd=folder).code == 2


def test_a_repository_without_overrides_is_in_order_unless_they_were_named(tried):
    assert tried.check().code == 0
    ran = tried.check("--overrides", "exceptions")
    assert ran.code == 2
    assert "no override in exceptions" in ran.err
    assert tried.check("--overrides", "../elsewhere").code == 2


def test_a_whole_folder_that_is_gone_is_missed(tried):
    tried.commit({FILE: OVERRIDE})
    tried.write({FILE: None})
    (tried.root / "overrides").rmdir()
    assert tried.check().code == 1
    assert tried.check("--overrides", "overrides").code == 1
    assert tried.check("--overrides", FILE).code == 1


def test_a_file_that_is_named_has_its_revocation_and_its_approvals_with_it(tried):
    tried.commit(
        {FILE: OVERRIDE, f"{FILE}.sig": "signed", "overrides/OVR-9.yaml": OVERRIDE.replace("OVR-1", "OVR-9")}
    )
    tried.write({FILE: f"# x\n{OVERRIDE}", "overrides/OVR-9.yaml": None})
    ran = tried.check("--overrides", FILE)
    assert ran.code == 1
    assert "OVR-1.yaml.sig is over them" in ran.out
    assert "OVR-9" not in ran.out


@pytest.mark.parametrize("broken", ["kind: [", OVERRIDE.replace("rule: snyk\n", ""), ""])
def test_what_cannot_be_read_here_or_there_is_no_answer(tried, broken):
    tried.commit({FILE: OVERRIDE})
    tried.write({FILE: broken})
    assert tried.check().code == 2
    tried.commit({FILE: broken})
    tried.write({FILE: OVERRIDE})
    ran = tried.check()
    assert ran.code == 2
    assert "nobody can tell whether it was edited" in ran.err


def test_a_link_in_the_base_is_no_answer(tried):
    tried.commit({"real.yaml": OVERRIDE})
    (tried.root / "overrides").mkdir()
    (tried.root / FILE).symlink_to("../real.yaml")
    tried.commit({})
    assert tried.check().code == 2


@pytest.mark.parametrize("what", ["overrides", FILE])
def test_a_link_in_the_place_of_what_was_there_hides_no_edit(tried, what):
    tried.commit({FILE: OVERRIDE})
    edited = OVERRIDE.replace("9999-12-10", "9999-12-11")
    tried.write({"elsewhere/OVR-1.yaml": edited, FILE: None})
    if what == "overrides":
        (tried.root / "overrides").rmdir()
        (tried.root / "overrides").symlink_to("elsewhere")
    else:
        (tried.root / FILE).symlink_to("../elsewhere/OVR-1.yaml")
    ran = tried.check()
    assert ran.code == 1
    assert "expires is lengthened" in ran.out


def test_a_tree_that_leads_out_of_its_folder_is_no_answer(tried):
    git = tried.repository.git
    blob = git("hash-object", "-w", "--stdin", given=OVERRIDE.encode())
    inner = bytes.fromhex(blob)
    tree = git(
        "hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=b"100644 OVR-1.yaml\0" + inner
    )
    for name in (b"..",):
        up = git(
            "hash-object",
            "-t",
            "tree",
            "-w",
            "--literally",
            "--stdin",
            given=b"40000 " + name + b"\0" + bytes.fromhex(tree),
        )
        outer = git(
            "hash-object",
            "-t",
            "tree",
            "-w",
            "--literally",
            "--stdin",
            given=b"40000 overrides\0" + bytes.fromhex(up),
        )
        commit = git("commit-tree", outer, "-m", "odd")
        ran = tried.check("--base", commit)
        assert ran.code == 2, ran.out
        assert "leads out of its folder" in ran.err
    assert not (tried.root.parent / "OVR-1.yaml").exists()


def test_no_program_that_the_clone_names_is_run(tried):
    tried.commit({FILE: OVERRIDE, ".gitattributes": "*.yaml filter=evil diff=evil\n"})
    mark = tried.root.parent / "ran"
    for name in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "diff.evil.textconv",
        "core.fsmonitor",
        "core.pager",
    ):
        tried.repository.git("config", name, f"touch {mark}; cat")
    tried.write({FILE: OVERRIDE.replace("lodash", "lo-dash")})
    assert tried.check().code == 1
    assert not mark.exists()


def kept_in(*folders):
    return f"apiVersion: gatepass/v1\nkind: Config\noverrides: [{', '.join(folders)}]\n"


LONGER = OVERRIDE.replace("9999-12-10", "9999-12-11")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({FILE: OVERRIDE}, {FILE: None, "x/OVR-1.yaml": LONGER, "gatepass.yaml": kept_in("x")}),
        ({FILE: OVERRIDE}, {FILE: LONGER, "gatepass.yaml": kept_in("x"), "x/OVR-2.yaml": ""}),
        (
            {"kept/OVR-1.yaml": OVERRIDE, "gatepass.yaml": kept_in("kept")},
            {"kept/OVR-1.yaml": None, FILE: LONGER, "gatepass.yaml": None},
        ),
        (
            {"kept/OVR-1.yaml": OVERRIDE, "gatepass.yaml": kept_in("kept", "kept/b")},
            {
                "kept/OVR-1.yaml": None,
                "kept/b/OVR-1.yaml": LONGER,
                "gatepass.yaml": kept_in("kept/b/OVR-1.yaml"),
            },
        ),
        ({FILE: OVERRIDE}, {FILE: None, "gatepass.yaml": kept_in("x"), "x/OVR-2.yaml": ""}),
    ],
)
def test_a_change_of_the_configuration_takes_no_override_out_of_sight(tried, before, after):
    other = OVERRIDE.replace("OVR-1", "OVR-2")
    tried.commit(before)
    tried.write({name: other if text == "" else text for name, text in after.items()})
    ran = tried.check()
    assert ran.code == 1
    assert "next: put it back" in ran.out


def test_a_longer_one_elsewhere_beside_the_old_one_is_refused(tried):
    tried.commit({FILE: OVERRIDE})
    tried.write({"elsewhere/OVR-1.yaml": LONGER, "gatepass.yaml": kept_in("elsewhere")})
    ran = tried.check()
    assert ran.code == 2
    assert "OVR-1" in ran.err


def test_overrides_may_move_with_the_configuration(tried):
    tried.commit({FILE: OVERRIDE})
    tried.write({FILE: None, "x/OVR-1.yaml": OVERRIDE, "gatepass.yaml": kept_in("x")})
    ran = tried.check()
    assert (ran.code, ran.err) == (0, "")
    assert "is moved from" in ran.out


def test_a_configuration_that_the_base_has_under_another_name_counts_too(tried):
    tried.commit({"kept/OVR-1.yaml": OVERRIDE, "ci/gate.yaml": kept_in("kept")})
    tried.write({"kept/OVR-1.yaml": None, "b/OVR-1.yaml": LONGER, "ci/gate.yaml": kept_in("b")})
    assert tried.check("--config", "ci/gate.yaml").code == 1


def test_a_configuration_of_the_base_that_cannot_be_read_is_no_answer(tried):
    tried.commit({FILE: OVERRIDE, "gatepass.yaml": "overrides: ["})
    tried.write({FILE: None, "x/OVR-1.yaml": LONGER, "gatepass.yaml": kept_in("x")})
    ran = tried.check()
    assert ran.code == 2
    assert "nobody can tell where overrides were kept" in ran.err
    assert tried.check("--overrides", "overrides").code == 1


def test_one_is_one(tried):
    tried.commit({FILE: OVERRIDE})
    assert "1 override or request, none changed since" in tried.check().out
    tried.write({"overrides/OVR-2.yaml": OVERRIDE.replace("OVR-1", "OVR-2")})
    assert "1 change since" in tried.check().out
    tried.write({FILE: LONGER})
    assert "1 of 2 changes since" in tried.check().out
