#!/bin/sh
# Makes the JUnit reports in tests/evidence/tests/junit/good again, by the real tools.
# Needs python3, node with npm, go, java with mvn, and g++ with cmake and the sources of GoogleTest.
# usage: remake.sh [FOLDER FOR THE TOOLS]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../evidence/tests/junit/good
work=${1:-$(mktemp -d)}
mkdir -p "$work" "$out"

keep() { # keep REPORT NAME: no path and no name of this machine stays in it
  sed -e "s#$work#/build#g" -e "s#$(hostname)#builder#g" \
    -e "s#$HOME#/home/builder#g" -e 's#/[^ "&]*/site-packages/#/site-packages/#g' "$1" >"$out/$2"
}

# pytest, in both of its families
python3 -m venv "$work/python"
"$work/python/bin/pip" -q install pytest==9.2.0 pytest-rerunfailures==16.1
mkdir -p "$work/pytest" && cp "$here/pytest/sample.py" "$work/pytest/"
for family in xunit1 xunit2; do
  (cd "$work/pytest" && "$work/python/bin/pytest" -q -p no:cacheprovider --tb=line \
    -o junit_family=$family --junitxml=$family.xml sample.py) || true
  keep "$work/pytest/$family.xml" pytest-$family.xml
done

# Jest with jest-junit, and the test runner of Node
mkdir -p "$work/js" && cp "$here"/jest/* "$work/js/"
(cd "$work/js" && echo '{"private":true}' >package.json &&
  npm install --silent --no-audit --no-fund jest@29 jest-junit@16 &&
  npx jest --ci --reporters=jest-junit; JEST_JUNIT_ADD_FILE_ATTRIBUTE=true JEST_JUNIT_REPORT_TEST_SUITE_ERRORS=true \
    JEST_JUNIT_OUTPUT_NAME=errors.xml npx jest --ci --reporters=jest-junit) || true
keep "$work/js/junit.xml" jest-junit.xml
keep "$work/js/errors.xml" jest-junit-suite-errors.xml
(cd "$work/js" && node --test --test-reporter=junit --test-reporter-destination=node.xml node.mjs) || true
keep "$work/js/node.xml" node-test.xml

# go test through gotestsum
GOBIN=$work/bin go install gotest.tools/gotestsum@v1.13.0
mkdir -p "$work/go" && cp -r "$here"/go/* "$work/go/"
rm -f "${TMPDIR:-/tmp}/sample-has-run"
(cd "$work/go" && "$work/bin/gotestsum" --junitfile go.xml -- . ./panics ./unbuilt) || true
rm -f "${TMPDIR:-/tmp}/sample-has-run"
(cd "$work/go" && "$work/bin/gotestsum" --rerun-fails=2 --packages=. --junitfile rerun.xml) || true
keep "$work/go/go.xml" gotestsum.xml
keep "$work/go/rerun.xml" gotestsum-reruns.xml

# Surefire with rerunFailingTestsCount; its properties describe the machine and are left out
mkdir -p "$work/maven" && cp -r "$here"/surefire/* "$work/maven/"
(cd "$work/maven" && mvn -q -B test) || true
sed -i '/<properties>/,/<\/properties>/d' "$work/maven/target/surefire-reports/TEST-sample.RefundTest.xml"
keep "$work/maven/target/surefire-reports/TEST-sample.RefundTest.xml" surefire-reruns.xml

# GoogleTest
gtest=${GTEST_SOURCES:-/usr/src/googletest}/googletest
mkdir -p "$work/gtest" && cp "$here/gtest/sample.cc" "$work/gtest/"
(cd "$work/gtest" &&
  g++ -std=c++14 -I"$gtest" -I"$gtest/include" sample.cc "$gtest/src/gtest-all.cc" "$gtest/src/gtest_main.cc" -pthread -o sample)
(cd "$work/gtest" && ./sample --gtest_output=xml:gtest.xml) || true
keep "$work/gtest/gtest.xml" googletest.xml
