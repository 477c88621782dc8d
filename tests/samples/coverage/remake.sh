#!/bin/sh
# Makes the fixtures that real tools write again, out of the samples beside this script.
# Needs python3, npm, gcc and mvn with their registries; everything is installed into a temporary folder.
# The `.expected.json` files beside the fixtures are written by hand and checked by the tests.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
fixtures=$(cd "$here/../../evidence/coverage" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Paths of this machine become /build; session names and host names become build-host.
scrubbed() {
    mkdir -p "$(dirname "$2")"
    sed -e "s#$work#/build#g" -e 's#<sessioninfo id="[^"]*"#<sessioninfo id="build-host"#' "$1" > "$2"
}

cp -R "$here/python" "$here/javascript" "$here/c" "$here/java" "$work"

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q coverage pytest gcovr

cd "$work/python"
for branch in "" --branch; do
    name=real${branch:+-branches}
    "$work/venv/bin/coverage" run $branch --source=shop -m pytest -q
    "$work/venv/bin/coverage" xml -o out.xml
    "$work/venv/bin/coverage" json -o out.json --pretty-print
    "$work/venv/bin/coverage" lcov -o out.info
    scrubbed out.xml "$fixtures/cobertura/good/coverage-py-$name.xml"
    scrubbed out.json "$fixtures/coverage-py/good/$name.json"
    scrubbed out.info "$fixtures/lcov/good/coverage-py-$name.info"
done

cd "$work/javascript"
npm install --silent --no-fund --no-audit --no-save c8 nyc
npx nyc --reporter=lcovonly --reporter=cobertura node test.js
scrubbed coverage/lcov.info "$fixtures/lcov/good/nyc.info"
scrubbed coverage/cobertura-coverage.xml "$fixtures/cobertura/good/nyc.xml"
rm -rf coverage
npx c8 --reporter=lcovonly node test.js
scrubbed coverage/lcov.info "$fixtures/lcov/good/c8.info"

cd "$work/c"
gcc --coverage -O0 -o price price.c
./price
"$work/venv/bin/gcovr" --cobertura out.xml --lcov out.info
scrubbed out.xml "$fixtures/cobertura/good/gcovr.xml"
scrubbed out.info "$fixtures/lcov/good/gcovr.info"

cd "$work/java"
mvn -q -B test
scrubbed target/site/jacoco/jacoco.xml "$fixtures/jacoco/good/maven.xml"
