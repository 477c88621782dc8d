"""How the action installs itself: nothing that an earlier step left has a say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[1] / ".github" / "action" / "install.sh"
# stands in for Python: notes how it is called, and makes an environment with itself in it
PYTHON = """\
#!/bin/sh
echo "python $*" >>"$CALLED"
case "$*" in
  *"-m venv "*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
esac
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for Python")
def test_what_is_installed_is_chosen_by_no_variable_and_no_file_of_the_user(tmp_path):
    python, called = tmp_path / "python", tmp_path / "called"
    python.write_text(PYTHON)
    python.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"],
        "CALLED": str(called),
        "GATEPASS_PYTHON": str(python),
        "GATEPASS_ACTION": str(INSTALL.parents[2]),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    subprocess.run(["bash", str(INSTALL)], env=environment, check=True, timeout=60)
    lines = [line for line in called.read_text().splitlines() if line.startswith("python ")]
    assert not [line for line in lines if not line.startswith("python -I ")]
    [pip] = [line for line in lines if "-m pip" in line]
    assert pip.startswith("python -I -m pip --isolated install ")
    assert "--require-hashes" in pip
