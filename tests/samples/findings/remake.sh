#!/usr/bin/env bash
# Makes the reports of real analysers in tests/evidence/findings/sarif again. Needs python3, npm and a network.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
good="$here/../../evidence/findings/sarif/good"
broken="$here/../../evidence/findings/sarif/broken"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$good" "$broken" "$work/shop"
cp -r "$here/src" "$here/.github" "$here/semgrep.yml" "$here/eslint.config.js" "$work/shop/"

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'bandit[sarif]==1.9.*' ruff zizmor semgrep
npm --prefix "$work/node" install --silent --no-fund --no-audit --ignore-scripts \
  eslint@9 @microsoft/eslint-formatter-sarif@3
export PATH="$work/venv/bin:$work/node/node_modules/.bin:$PATH"

cd "$work/shop"
# analysers answer with a failure when they find something
bandit -q -r src -f sarif -o "$work/bandit.sarif" || true
ruff check --isolated --select S,F,E src --output-format sarif > "$work/ruff.sarif" || true
ruff check --isolated --select F src --output-format sarif > "$work/ruff-clean.sarif" || true
semgrep scan --metrics off --disable-version-check --config semgrep.yml --sarif --quiet src > "$work/semgrep.sarif" || true
zizmor --offline --no-progress --format sarif .github > "$work/zizmor.sarif" || true
eslint --format "$work/node/node_modules/@microsoft/eslint-formatter-sarif/sarif.js" \
  --output-file "$work/eslint.sarif" src/cart.js || true
eslint --format "$work/node/node_modules/@microsoft/eslint-formatter-sarif/sarif.js" \
  --output-file "$work/eslint-crash.sarif" src || true

scrub() { # no path of the machine that made them, pretty enough to be read in a diff
  python3 - "$1" "$work/shop" <<'PYTHON' > "$2"
import json, sys
text = open(sys.argv[1], encoding="utf-8").read().replace(sys.argv[2], "/build/shop")
print(json.dumps(json.loads(text), indent=1))
PYTHON
}
for report in bandit ruff ruff-clean semgrep zizmor eslint; do
  scrub "$work/$report.sarif" "$good/$report.sarif"
done
scrub "$work/eslint-crash.sarif" "$broken/eslint-crash.sarif"
