#!/usr/bin/env bash
# Puts gatepass into an environment of its own for action.yml: what it needs by digest, itself from the
# action's own commit. Output: `python`, the interpreter of that environment.
set -euo pipefail

die() {
  printf '::error title=gatepass::%s\n' "$1"
  exit 2
}

found=
for candidate in ${GATEPASS_PYTHON:+"$GATEPASS_PYTHON"} python3 python; do
  if "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    found=$candidate
    break
  fi
  # a Python that was asked for by name is never replaced by another
  [ -z "${GATEPASS_PYTHON:-}" ] || die "the input python names no Python of 3.11 or newer"
done
[ -n "$found" ] || die "no Python of 3.11 or newer is here; add actions/setup-python before this step"

home=$(mktemp -d "${RUNNER_TEMP:?}/gatepass.XXXXXX")
"$found" -I -m venv "$home"
python=$home/bin/python
[ -x "$python" ] || python=$home/Scripts/python.exe

# --isolated: no PIP_… variable of an earlier step and no file of the user's decides what is fetched from where
"$python" -I -m pip --isolated install --quiet --disable-pip-version-check --no-input --no-deps \
  --require-hashes --only-binary :all: -r "$GATEPASS_ACTION/requirements.txt"

# the action's own source beside them: the commit that `uses:` names is what runs
"$python" -I -c '
import pathlib, sys, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "gatepass.pth").write_text(sys.argv[1] + "\n", "utf-8")
' "$GATEPASS_ACTION/src"

printf 'python=%s\n' "$python" >>"$GITHUB_OUTPUT"
