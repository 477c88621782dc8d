"""The policies that ship with gatepass, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """Where they lie: in the installed package, in the zip that runs, else at the top of a checkout.

    Nowhere else: what lies beside a zip belongs to whoever that was put among.
    """
    package = Path(__file__).resolve().parent.parent
    archive: str | None = getattr(__spec__.loader, "archive", None)  # a zipimporter has one
    if archive is not None:
        return _unpacked(Path(archive), package.name)
    return package / "policies" if (package / "policies").is_dir() else package.parents[1] / "policies"


def names() -> tuple[str, ...]:
    """The names, in order."""
    return tuple(sorted(path.stem for path in folder().glob("*.yaml")))


def find(name: str) -> Path | None:
    """The file of a shipped policy, or None. A name with a slash or an ending is never a shipped one."""
    return folder() / f"{name}.yaml" if name in names() else None


def _unpacked(archive: Path, package: str) -> Path:
    """A folder of this process alone with the policies of a zip; it goes when the process ends."""
    import atexit
    import shutil
    import tempfile
    import zipfile

    folder = Path(tempfile.mkdtemp(prefix="gatepass-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    inside = f"{package}/policies/"
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.startswith(inside) and not name.endswith("/"):
                target = folder / name.removeprefix(inside)
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(opened.read(name))
    return folder
