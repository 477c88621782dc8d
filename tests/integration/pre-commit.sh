#!/usr/bin/env bash
# Every hook of .pre-commit-hooks.yaml on good and on bad files, by the real pre-commit in a scratch repository.
#
#     tests/integration/pre-commit.sh [FOLDER]     needs git, Python 3.11 and a package index
#
# The program is $PRE_COMMIT, or is installed into a virtual environment in FOLDER (default: a temporary folder that
# is removed); it installs the project from this working tree as it would from a release. Exit 0: every hook did as it should.
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [[ $# -gt 0 ]]; then
  mkdir -p "$1" && scratch=$(cd "$1" && pwd)
else
  scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT
fi
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE CI GITHUB_ACTIONS GITLAB_CI
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 PRE_COMMIT_HOME="$scratch/cache" PRE_COMMIT_COLOR=never
export GIT_AUTHOR_NAME=Alice GIT_AUTHOR_EMAIL=alice@acme.example
export GIT_COMMITTER_NAME=Alice GIT_COMMITTER_EMAIL=alice@acme.example
failures=0

program=${PRE_COMMIT:-$scratch/venv/bin/pre-commit}
pre_commit() { "$program" "$@"; }

say() { printf '\n── %s\n' "$*"; }

# as WANTED WHAT COMMAND…: the command ends as it should (passes, fails); its output goes to $scratch/out
as() {
  local wanted=$1 what=$2 came=passes
  shift 2
  "$@" >"$scratch/out" 2>&1 || came=fails
  if [[ $came == "$wanted" ]]; then
    echo "ok   $what: $came"
  else
    echo "BAD  $what: $came, and should not"
    sed 's/^/     | /' "$scratch/out"
    failures=$((failures + 1))
  fi
}

# says WORDS…: the last output holds each of them
says() {
  local words
  for words in "$@"; do
    if grep -qF -- "$words" "$scratch/out"; then
      echo "ok     says: $words"
    else
      echo "BAD    does not say: $words"
      sed 's/^/     | /' "$scratch/out"
      failures=$((failures + 1))
    fi
  done
}

# became HOOK RESULT: what pre-commit reports of a hook of the last run
became() {
  local line
  line=$(grep -F "$1" "$scratch/out" | grep -E '\.(Passed|Failed)$' | head -1 || true)
  if [[ $line == *"$2" ]]; then
    echo "ok     $1: $2"
  else
    echo "BAD    $1: '$line', and not $2"
    sed 's/^/     | /' "$scratch/out"
    failures=$((failures + 1))
  fi
}

write() { mkdir -p "$(dirname "$1")" && cat >"$1"; }

say "the project as a repository of hooks, and pre-commit"
[[ -x $program ]] || {
  python3 -m venv "$scratch/venv"
  "$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check pre-commit
}
rm -rf "$scratch/hooks" "$scratch/work" "$scratch/cache" "$scratch/remote"
mkdir "$scratch/hooks"
git -C "$project" ls-files -co --exclude-standard -z |
  (cd "$project" && xargs -0 -r sh -c 'for each; do [ -e "$each" ] && printf "%s\0" "$each"; done; :' x) |
  tar -C "$project" --null -T - -c | tar -C "$scratch/hooks" -x
git -C "$scratch/hooks" init -q -b main
git -C "$scratch/hooks" add --all --force
git -C "$scratch/hooks" commit -qm hooks
pre_commit validate-manifest "$scratch/hooks/.pre-commit-hooks.yaml"

say "good files"
git init -q -b main "$scratch/work"
cd "$scratch/work"
write gatepass.yaml <<'YAML'
apiVersion: gatepass/v1
kind: Config
policies:
  - policies/release.yaml
evidence:
  - reports/*.xml
YAML
write policies/release.yaml <<'YAML'
apiVersion: gatepass/v1
kind: Policy
metadata: {name: release}
rules:
  - {id: tests, check: tests, minimum-run: 1}
  - {id: commits, check: commits, ticket: "PAY-[0-9]+", sign-off: true, on-missing: warn}
YAML
write policies/tests/release.yaml <<'YAML'
apiVersion: gatepass/v1
kind: PolicyTest
policies: [../release.yaml]
now: 2026-11-22
cases:
  - name: A build whose tests ran passes
    evidence:
      junit.xml: <testsuite name="s"><testcase classname="c" name="a" time="1"/></testsuite>
    expect:
      verdict: PASSED
      rules: {tests: pass}
YAML
write overrides/OVR-1.yaml <<'YAML'
apiVersion: gatepass/v1
kind: Override
id: OVR-1
rule: tests
match: {whole-rule: true}
reason: mitigated
justification: The suite is being moved.
requested-by: bob
approved-by: [dana]
created: 2026-11-20
expires: 9998-12-10
YAML
write reports/junit.xml <<'XML'
<testsuite name="s"><testcase classname="c" name="a" time="1"/></testsuite>
XML
echo reports/ >.gitignore
printf 'PAY-1 refunds\n\nSigned-off-by: Alice <alice@acme.example>\n' >"$scratch/good-message"
printf 'Refunds\n' >"$scratch/bad-message"
git add --all
git commit -qm "PAY-1 begin"

as passes "all hooks on good files" \
  pre_commit try-repo "$scratch/hooks" --all-files --verbose --hook-stage manual
for hook in lint fmt test "gate (dry run)" overrides; do became "gatepass $hook" Passed; done
says "2 rules: fine" "in form" "all as expected" "DRY RUN" "none changed"
as passes "a good message" pre_commit try-repo "$scratch/hooks" gatepass-commit-msg \
  --hook-stage commit-msg --commit-msg-filename "$scratch/good-message"
as passes "nothing was written" test -z "$(git status --porcelain)"

say "bad files"
sed -i 's/minimum-run: 1/minimun-run: 1/' policies/release.yaml
sed -i 's/expires: 9998/expires: 9999/' overrides/OVR-1.yaml
sed -i 's/tests: pass/tests: fail/' policies/tests/release.yaml
write policies/untidy.yaml <<'YAML'
kind: Policy
apiVersion: gatepass/v1   # the form
metadata: {name: untidy}
rules:
- {check: tests, id: more}
YAML
git add --all
as fails "all hooks on bad files" \
  pre_commit try-repo "$scratch/hooks" --all-files --verbose --hook-stage manual
for hook in lint fmt test "gate (dry run)" overrides; do became "gatepass $hook" Failed; done
says "did you mean 'minimum-run'" "formatted policies/untidy.yaml" "expires is lengthened"
git reset -q --hard
as fails "a message without ticket and sign-off" pre_commit try-repo "$scratch/hooks" gatepass-commit-msg \
  --hook-stage commit-msg --commit-msg-filename "$scratch/bad-message"
says "names no ticket" "is not signed off"

say "installed, as developers have them"
write .pre-commit-config.yaml <<YAML
repos:
  - repo: $scratch/hooks
    rev: $(git -C "$scratch/hooks" rev-parse HEAD)
    hooks:
      - id: gatepass-lint
      - id: gatepass-fmt
      - id: gatepass-test
      - id: gatepass-overrides
      - id: gatepass-commit-msg
      - id: gatepass-gate
        stages: [pre-push]
YAML
git add .pre-commit-config.yaml
pre_commit install --install-hooks -t pre-commit -t commit-msg -t pre-push >/dev/null
as passes "a commit in order" git commit --signoff -qm "PAY-2 hooks"
as fails "a commit without a ticket" git commit --allow-empty --signoff -qm "hooks"
says "names no ticket"
as passes "a ticket after a hash, which no editor took for a comment" git commit --allow-empty --signoff -qm "#PAY-3"

sed -i 's/tests: pass/tests: fail/' policies/tests/release.yaml
as fails "a case that comes out otherwise" git commit --signoff -qam "PAY-4 cases"
says "expected fail, came out pass"
git reset -q --hard

git rm -q overrides/OVR-1.yaml
as fails "an override in force that is removed" git commit --signoff -qm "PAY-5 overrides"
says "is removed, and holds until"
git reset -q --hard

write overrides/OVR-1.revocation.yaml <<'YAML'
apiVersion: gatepass/v1
kind: OverrideRevocation
override: OVR-1
decision: revoked
by: bob
reason: The suite has moved.
at: 2026-11-25T09:30:00Z
YAML
git add overrides
as passes "an override that is revoked" git commit --signoff -qm "PAY-6 overrides"

git init -q --bare "$scratch/remote"
git remote add origin "$scratch/remote"
as passes "a push when the gate would pass" git push -q origin main
echo '<testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>' >reports/junit.xml
git commit --allow-empty --signoff -qm "PAY-7 more" >/dev/null 2>&1
as fails "a push when it would not" git push -q origin main
says "DRY RUN: exit code 1"
as passes "no record was written" test -z "$(git status --porcelain)" -a ! -e gatepass.intoto.jsonl

say "result"
if ((failures)); then
  echo "$failures things went otherwise"
  exit 1
fi
echo "every hook did as it should"
