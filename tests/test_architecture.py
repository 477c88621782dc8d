"""The house keeps its shape: who may import whom, what is pure, one declaration in each module of a seam."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gatepass import seam
from gatepass.checks import Check
from gatepass.collect import Collector
from gatepass.evidence import Format
from gatepass.examining import Server
from gatepass.platforms import Platform
from gatepass.posting import Forge
from gatepass.reports import Report
from gatepass.signers import Scheme

SOURCE = Path(__file__).resolve().parent.parent / "src" / "gatepass"
MODULES = sorted(SOURCE.rglob("*.py"))

# A part may import itself, `model`, `errors`, and what stands here; nothing else of ours.
MAY_IMPORT = {
    "model": set(),
    "errors": set(),
    "seam": set(),
    "globs": set(),
    "strict_yaml": set(),
    "files": set(),
    "https": set(),
    "forges": {"https"},
    "posting": {"forges", "https", "markdown_text", "plain"},
    "plain": set(),
    "nesting": set(),
    "markdown_text": {"plain"},
    "terminal": {"plain"},
    "words": {"plain"},
    "outputs": {"plain", "words"},
    "sarif_places": {"plain"},
    "ssh_keygen": set(),
    "request": set(),
    "artifacts": set(),
    "views": set(),
    "expressions": {"globs", "views"},
    "suppressing": {"strict_yaml"},
    "evidence": {"globs", "nesting", "strict_yaml", "suppressing", "tokens"},
    "gathering": {"seam", "evidence", "strict_yaml"},
    "tokens": {"nesting"},
    "collect": {"files", "https", "forges", "suppressing", "tokens"},
    "collecting": {"seam", "collect", "files"},
    "attribution": set(),
    "humans": set(),
    "codeowners": {"globs"},
    "checks": {"globs", "views", "expressions", "codeowners", "humans", "attribution"},
    "platforms": set(),
    "detecting": {"seam", "platforms"},
    "policy": {"seam", "globs", "strict_yaml", "checks"},
    "config": {"strict_yaml", "policy"},
    "overriding": {"globs", "approving"},
    "approving": {"globs", "signers", "record", "humans"},
    "approved": {"approving", "collect", "humans", "policy"},
    "own_rules": {"checks"},
    "evaluate": {"globs", "checks", "views", "overriding", "own_rules", "approving", "policy.scope"},
    "reports": {"terminal", "markdown_text", "outputs", "plain", "sarif_places", "words"},
    "signers": {"seam", "files"},
    "record": {"signers", "files", "nesting", "tokens"},
    "announcing": {
        *("files", "outputs", "plain", "platforms", "record", "reports", "request", "sarif_places", "words"),
    },
    "binding": {"collect", "record", "request"},
    "examining": {
        *(
            "seam",
            "artifacts",
            "checks",
            "collect",
            "collecting",
            "detecting",
            "evaluate",
            "evidence",
            "forges",
        ),
        *("gathering", "globs", "https", "platforms", "policy", "request", "signers", "tokens"),
    },
    "gate": {
        *("seam", "announcing", "approved", "artifacts", "attribution", "binding", "checks", "collecting"),
        *("detecting", "evaluate", "files", "gathering", "platforms", "policy", "record", "reports"),
        *("request", "signers"),
    },
}
PURE = (
    *(
        "model",
        "evaluate",
        "own_rules",
        "approving",
        "overriding",
        "attribution",
        "codeowners",
        "checks",
        "views",
    ),
    *(
        "expressions",
        "globs",
        "humans",
        "markdown_text",
        "nesting",
        "outputs",
        "plain",
        "reports",
        "sarif_places",
    ),
    *("suppressing", "tokens", "words"),
    "terminal",
)
EFFECTS = {
    "os",
    "socket",
    "subprocess",
    "urllib",
    "http",
    "requests",
    "time",
    "random",
    "secrets",
    "tempfile",
    "io",
}


def part(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module == "gatepass":
                found.update(f"gatepass.{alias.name}" for alias in node.names)
    return found


def identity(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) in MAY_IMPORT], ids=identity)
def test_imports_point_downwards(path):
    mine = part(path)
    allowed = {mine, "model", "errors", *MAY_IMPORT[mine]} - ({"errors"} if mine == "model" else set())
    for name in imports(path):
        if not name.startswith("gatepass."):
            continue
        inner = name.removeprefix("gatepass.")
        top = inner.split(".")[0]
        known = top in {part(p) for p in MODULES}
        assert not known or top in allowed or inner in allowed, f"{identity(path)} imports {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) not in MAY_IMPORT], ids=identity)
def test_only_the_rim_is_free_to_import(path):
    assert part(path) in {
        "cli",
        "__init__",
        "__main__",
        "again",
        "starter",
        "starter_rules",
        "explaining",
        "parameters",
        "rehearsal",
    }


@pytest.mark.parametrize("path", MODULES, ids=identity)
def test_nobody_reaches_into_the_machinery_of_another_package(path):
    """A name with ``_`` in front is its own package's; others use what the package gives."""
    module = ("gatepass", *path.relative_to(SOURCE).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("gatepass"):
            continue
        for alias in node.names:
            named = (*str(node.module).split("."), alias.name)
            private = next((i for i, each in enumerate(named) if each[0] == "_" and each[1] != "_"), None)
            owner = named[:private] if private is not None else ()
            assert module[: len(owner)] == owner, f"{identity(path)} imports {'.'.join(named)}"


def test_only_what_asks_git_runs_programs():
    starting = {identity(path) for path in MODULES if "subprocess" in imports(path)}
    assert starting == {"collect/_process.py", "platforms/_git.py", "ssh_keygen.py"}


def test_a_kind_of_evidence_never_imports_another():
    for path in MODULES:
        parts = path.relative_to(SOURCE).parts
        if parts[0] != "evidence" or len(parts) < 3:
            continue
        for name in imports(path):
            if name.startswith("gatepass.evidence.") and not name.split(".")[2].startswith("_"):
                assert name.split(".")[2] == parts[1], f"{identity(path)} imports {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) in PURE], ids=identity)
def test_what_judges_touches_no_file_clock_environment_or_network(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert not {name.split(".")[0] for name in imports(path) if name != "urllib.parse"} & EFFECTS
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("open", "print", "input", "exec", "eval", "datetime.now", "datetime.utcnow")
            assert not called.endswith((".read_text", ".read_bytes", ".write_text", ".write_bytes", ".today"))


@pytest.mark.parametrize("path", [p for p in MODULES if part(p) != "cli"], ids=identity)
def test_only_the_command_line_prints_and_exits(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("print", "sys.exit", "exit", "quit")


@pytest.mark.parametrize(
    ("package", "kind"),
    [
        ("gatepass.evidence", Format),
        ("gatepass.checks", Check),
        ("gatepass.reports", Report),
        ("gatepass.platforms", Platform),
        ("gatepass.collect", Collector),
        ("gatepass.posting", Forge),
        ("gatepass.examining", Server),
    ],
)
def test_every_module_of_a_seam_declares_exactly_one_member(package, kind):
    assert len(seam.members(package, kind)) == len(seam.names(package)) > 1


@pytest.mark.parametrize(("package", "kind"), [("gatepass.checks", Check), ("gatepass.reports", Report)])
def test_a_member_is_called_as_its_file_is_so_that_it_is_found_alone(package, kind):
    everyone = seam.members(package, kind)
    assert sorted(seam.called(package)) == sorted(everyone)
    assert all(seam.member(package, kind, name) is one for name, one in everyone.items())
    with pytest.raises(KeyError):
        seam.member(package, kind, "nobody")


def test_every_signer_scheme_is_declared_once():
    modules = [name for name in seam.names("gatepass.signers") if not name.split(".")[2].startswith("keys")]
    assert len(modules) > 1
    from importlib import import_module

    assert len({seam.declared(import_module(name), Scheme).name for name in modules}) == len(modules)


def test_a_module_with_none_or_two_members_is_refused():
    from types import ModuleType

    empty, double = ModuleType("empty"), ModuleType("double")
    check = next(iter(seam.members("gatepass.checks", Check).values()))
    double.A = double.B = check  # type: ignore[attr-defined]
    for module in (empty, double):
        with pytest.raises(TypeError, match="must declare one Check"):
            seam.declared(module, Check)


@pytest.mark.parametrize("path", MODULES, ids=identity)
def test_no_file_is_longer_than_an_afternoon(path):
    assert len(path.read_text("utf-8").splitlines()) <= 400
