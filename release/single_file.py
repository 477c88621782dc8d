"""Builds gatepass as one file for runners without a network: ``make single-file``.

The file holds gatepass and everything that it runs on, from the wheels that requirements.txt names by digest.
It is for the kind of Python that builds it, and says so in its name. Two builds by one Python give the same
bytes: no time, path or order of this machine goes in. docs/decisions/0011-one-file.md tells why it is neither
a pex nor a shiv.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.machinery
import importlib.util
import marshal
import os
import platform
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
LOCK = PROJECT / "requirements.txt"

# sarif-om asks for pbr, and pbr for setuptools; neither is ever imported, and setuptools brings much along
UNUSED = ("pbr", "setuptools")
# the oldest glibc that the wheels are made for, whatever the machine that builds has
GLIBC = ("manylinux2014", "manylinux_2_17")

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date that a zip can tell
_UNCHECKED_HASH = 0b01  # PEP 552: what is compiled is taken as it is, and names its source by hash
_WITHOUT_REFERENCES = 2  # marshal's later formats depend on what else the process holds
_MODE = 0o100644 << 16
_SHEBANG = b"#!/usr/bin/env -S python3 -I\n"


def main() -> None:
    """Build into ``--out`` and print where the file and its digest lie."""
    parser = argparse.ArgumentParser(description="Build gatepass as one file.")
    parser.add_argument("--out", type=Path, default=PROJECT / "dist", help="the folder that it goes to")
    built = build(parser.parse_args().out)
    shown = os.path.relpath(built)
    sys.stdout.write(f"{shown}\n{shown}.sha256\n")


def build(out: Path) -> Path:
    """The file, written into the folder ``out`` with ``NAME.sha256`` beside it.

    Raises ``SystemExit`` with what is wrong: a Python that is not built for, a wheel that does not fit.
    """
    if sys.implementation.name != "cpython" or platform.libc_ver()[0] != "glibc":
        sys.exit("the single file is built by CPython on Linux with glibc")
    with tempfile.TemporaryDirectory() as folder:
        members = dict(_from_wheels(_wheels(Path(folder))))
    members.update(_own())
    members.update(dict(_started(members)))
    members.update(dict(_compiled(members)))

    out.mkdir(parents=True, exist_ok=True)
    path = out / f"gatepass-{_version()}-{_for()}.pyz"
    with path.open("wb") as file:
        file.write(_SHEBANG)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name in sorted(members):
                info = zipfile.ZipInfo(name, _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = _MODE
                info.create_system = 3  # Unix
                archive.writestr(info, members[name])
    path.chmod(0o755)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n", "utf-8")
    return path


def _wheels(folder: Path) -> list[Path]:
    """The wheels of the lock, each by one of its digests, as this kind of Python takes them."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]
    command += ["--require-hashes", "--only-binary", ":all:", "--no-deps"]
    for glibc in GLIBC:
        command += ["--platform", f"{glibc}_{platform.machine()}"]
    subprocess.run([*command, "-r", str(LOCK), "-d", str(folder)], check=True)  # noqa: S603  (pip)
    return sorted(folder.iterdir())


def _from_wheels(wheels: list[Path]) -> Iterator[tuple[str, bytes]]:
    for wheel in wheels:
        if wheel.name.split("-")[0] in UNUSED:
            continue
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                top = name.split("/")[0]
                if top.endswith(".data"):
                    if not name.startswith(f"{top}/scripts/"):
                        sys.exit(f"{wheel.name} installs {name}, which a single file cannot hold")
                elif not name.endswith("/"):
                    yield name, archive.read(name)


def _own() -> Iterator[tuple[str, bytes]]:
    """gatepass itself, with the policies that ship: what its wheel holds."""
    for root, inside in ((PROJECT / "src", "gatepass"), (PROJECT, "policies")):
        for path in (root / inside).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(root).as_posix()
                yield (name if inside == "gatepass" else f"gatepass/{name}"), path.read_bytes()
    yield "LICENSE", (PROJECT / "LICENSE").read_bytes()


def _started(members: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """What runs first, and what it has to know."""
    compiled: dict[str, str] = {}
    for name in members:
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            if name.endswith(suffix):
                compiled.setdefault(name.removesuffix(suffix).replace("/", "."), name)
    known = {
        "PYTHON": "{}.{}".format(*sys.version_info),
        "SUFFIX": importlib.machinery.EXTENSION_SUFFIXES[0],
        "COMPILED": dict(sorted(compiled.items())),
    }
    lines = "".join(f"{name} = {value!r}\n" for name, value in known.items())
    yield "_single_file.py", f'"""What this file is made for."""\n\n{lines}'.encode()
    yield "__main__.py", (HERE / "start.py").read_bytes()


def _compiled(members: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Bytecode beside each module: compiling is most of what a first start would do.

    What runs first stays source, since another Python has to read it.
    """
    for name, source in members.items():
        if not name.endswith(".py") or name in ("__main__.py", "_single_file.py"):
            continue
        code = compile(source, name, "exec", dont_inherit=True, optimize=0)
        flags = _UNCHECKED_HASH.to_bytes(4, "little")
        header = importlib.util.MAGIC_NUMBER + flags + importlib.util.source_hash(source)
        yield f"{name}c", header + marshal.dumps(code, _WITHOUT_REFERENCES)


def _version() -> str:
    text = (PROJECT / "src" / "gatepass" / "__init__.py").read_text("utf-8")
    [version] = re.findall(r'^__version__ = "([0-9a-z.+]+)"$', text, re.MULTILINE)
    return str(version)


def _for() -> str:
    return "cp{}{}-linux_{}".format(*sys.version_info[:2], platform.machine())


if __name__ == "__main__":
    main()
