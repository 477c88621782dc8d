"""Reports of any size, the same bytes every time: no clock, no chance, only counters.

Each shape is after a producer that writes such files: Surefire, coverage.py, JaCoCo, geninfo, CodeQL,
Semgrep, the Snyk command line. A generator yields text until the size is reached; `write` makes the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

_LINES_OF_A_FILE = 400
_FRAME = "    at com.acme.payments.Refund.apply(Refund.java:{line})\n"


def junit(size: int) -> Iterator[str]:
    """Suites of 200 cases: some skipped, a few failed with a stack trace, output now and then."""
    written, suite = 0, 0
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="acme">\n'
    while written < size:
        text = "".join(_junit_suite(suite))
        written += len(text)
        suite += 1
        yield text
    yield "</testsuites>\n"


def _junit_suite(number: int) -> Iterator[str]:
    name = f"com.acme.payments.module{number % 97}.Suite{number}Test"
    fails = number % 50 == 7
    yield (
        f'<testsuite name="{name}" tests="200" failures="{2 if fails else 0}" errors="0" skipped="4" '
        f'time="2.0" timestamp="2026-11-22T20:00:00Z">\n'
    )
    for case in range(200):
        head = f'  <testcase classname="{name}" name="refunds_case_{case}_of_{number}" time="0.01"'
        if fails and case % 100 == 99:
            trace = "".join(_FRAME.format(line=line) for line in range(30))
            yield f'{head}><failure message="expected 3 but was 4" type="AssertionError">{trace}</failure>'
            yield "</testcase>\n"
        elif case % 50 == 49:
            yield f'{head}><skipped message="needs a database"/></testcase>\n'
        elif case % 20 == 19:
            yield f"{head}>\n    <system-out><![CDATA[{'connected to the ledger; ' * 8}]]></system-out>\n"
            yield "  </testcase>\n"
        else:
            yield f"{head}/>\n"
    yield "</testsuite>\n"


def passing_junit(size: int) -> Iterator[str]:
    """Plain passes alone, as pytest writes them for most builds."""
    yield '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">'
    yield '<testsuite name="pytest" errors="0" failures="0" skipped="0" time="9.0">'
    written, case = 0, 0
    while written < size:
        text = f'<testcase classname="tests.module_{case // 25}" name="test_case_{case}" time="0.02" />\n'
        written += len(text)
        case += 1
        yield text
    yield "</testsuite></testsuites>\n"


def cobertura(size: int) -> Iterator[str]:
    """Classes of 400 lines, one line in eight a branch, four lines in five run."""
    written, number = 0, 0
    yield '<?xml version="1.0" ?>\n<coverage version="7.6.1" line-rate="0.8" branch-rate="0.75" '
    yield 'timestamp="1795377600000">\n<sources><source>src</source></sources>\n<packages>'
    yield '<package name="acme" line-rate="0.8" branch-rate="0.75" complexity="0"><classes>\n'
    while written < size:
        text = "".join(_cobertura_class(number))
        written += len(text)
        number += 1
        yield text
    yield "</classes></package></packages>\n</coverage>\n"


def _cobertura_class(number: int) -> Iterator[str]:
    yield f'<class name="m{number}.py" filename="acme/p{number % 211}/m{number}.py" complexity="0" '
    yield 'line-rate="0.8" branch-rate="0.75">\n<methods/>\n<lines>\n'
    for line in range(1, _LINES_OF_A_FILE + 1):
        hits = 0 if line % 5 == 3 else (line * 7 + number) % 1000 + 1
        if line % 8 == 0:
            rate = '"50% (1/2)" missing-branches="exit"' if line % 16 else '"100% (2/2)"'
            yield f'  <line number="{line}" hits="{hits}" branch="true" condition-coverage={rate}/>\n'
        else:
            yield f'  <line number="{line}" hits="{hits}"/>\n'
    yield "</lines>\n</class>\n"


def jacoco(size: int) -> Iterator[str]:
    """Packages of one class and its source file of 400 lines."""
    written, number = 0, 0
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<report name="acme">'
    yield '<sessioninfo id="build-1" start="1795377600000" dump="1795377660000"/>\n'
    while written < size:
        text = "".join(_jacoco_package(number))
        written += len(text)
        number += 1
        yield text
    yield "</report>\n"


def _jacoco_package(number: int) -> Iterator[str]:
    missed = _LINES_OF_A_FILE // 5
    counters = (
        f'<counter type="LINE" missed="{missed}" covered="{_LINES_OF_A_FILE - missed}"/>'
        '<counter type="METHOD" missed="0" covered="1"/>'
    )
    yield f'<package name="com/acme/p{number}"><class name="com/acme/p{number}/C" sourcefilename="C.java">'
    yield f'<method name="run" desc="()V" line="1">{counters}</method>{counters}</class>'
    yield '<sourcefile name="C.java">\n'
    for line in range(1, _LINES_OF_A_FILE + 1):
        run = line % 5 != 3
        mb, cb = (1, 1) if line % 8 == 0 and run else (0, 0)
        yield f'<line nr="{line}" mi="{0 if run else 3}" ci="{3 if run else 0}" mb="{mb}" cb="{cb}"/>\n'
    yield f"{counters}</sourcefile>{counters}</package>\n"


def lcov(size: int) -> Iterator[str]:
    """Records of 400 lines, twenty functions and ten branches."""
    written, number = 0, 0
    while written < size:
        text = "".join(_lcov_record(number))
        written += len(text)
        number += 1
        yield text


def _lcov_record(number: int) -> Iterator[str]:
    yield f"TN:\nSF:src/p{number % 211}/m{number}.c\n"
    for function in range(20):
        yield f"FN:{function * 20 + 1},m{number}_f{function}\nFNDA:{function % 3},m{number}_f{function}\n"
    yield "FNF:20\nFNH:13\n"
    for branch in range(5):
        line = branch * 40 + 9
        yield f"BRDA:{line},0,0,{number % 7}\nBRDA:{line},0,1,-\n"
    run = 0
    for line in range(1, _LINES_OF_A_FILE + 1):
        hits = 0 if line % 5 == 3 else (line * 7 + number) % 1000 + 1
        run += hits > 0
        yield f"DA:{line},{hits}\n"
    yield f"LF:{_LINES_OF_A_FILE}\nLH:{run}\nend_of_record\n"


def coverage_py(size: int) -> Iterator[str]:
    """Files of 400 lines in the JSON that ``coverage json`` writes."""
    lines = range(1, _LINES_OF_A_FILE + 1)
    executed, missing = [n for n in lines if n % 5 != 3], [n for n in lines if n % 5 == 3]
    percent = 100 * len(executed) / _LINES_OF_A_FILE
    summary = {
        "covered_lines": len(executed),
        "num_statements": _LINES_OF_A_FILE,
        "percent_covered": percent,
        "missing_lines": len(missing),
        "excluded_lines": 0,
    }
    body = {"executed_lines": executed, "summary": summary, "missing_lines": missing, "excluded_lines": []}
    text = json.dumps(body)
    files = max(1, size // (len(text) + 40))
    yield '{"meta": {"format": 3, "version": "7.6.1", "timestamp": "2026-11-22T20:00:00", '
    yield '"branch_coverage": false, "show_contexts": false}, "files": {'
    yield ", ".join(f'"src/p{number % 211}/m{number}.py": {text}' for number in range(files))
    totals = {key: value * files for key, value in summary.items()} | {"percent_covered": percent}
    yield f'}}, "totals": {json.dumps(totals)}}}\n'


def sarif(size: int) -> Iterator[str]:
    """Two runs of as many results each: as CodeQL writes them, and as Semgrep does; about 520 bytes each."""
    results = max(2, size // 520)
    yield '{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": ['
    yield from _sarif_run("CodeQL", "2.20.0", _codeql_result, results // 2)
    yield ", "
    yield from _sarif_run("Semgrep OSS", "1.99.0", _semgrep_result, results - results // 2)
    yield "]}\n"


def _sarif_run(tool: str, version: str, result: Callable[[int], object], count: int) -> Iterator[str]:
    rules = [
        {
            "id": f"acme/rule-{number}",
            "name": f"acme/rule-{number}",
            "shortDescription": {"text": f"Rule {number} of many"},
            "defaultConfiguration": {"level": ("note", "warning")[number % 2]},
            "properties": {"tags": ["security"], "security-severity": f"{1 + number % 3}.5"},
        }
        for number in range(100)
    ]
    driver = {"name": tool, "semanticVersion": version, "rules": rules}
    yield f'{{"tool": {{"driver": {json.dumps(driver)}}}, "invocations": [{{"executionSuccessful": true}}], '
    yield '"columnKind": "utf16CodeUnits", "results": ['
    for number in range(count):
        yield (",\n" if number else "") + json.dumps(result(number))
    yield "]}"


def _location(number: int) -> list[object]:
    region = {"startLine": number % 900 + 1, "startColumn": number % 80 + 1, "endColumn": number % 80 + 12}
    file = number // 4 % 2000
    artifact = {"uri": f"src/p{file % 40}/m{file}.py", "uriBaseId": "%SRCROOT%", "index": file}
    return [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]


def _codeql_result(number: int) -> object:
    return {
        "ruleId": f"acme/rule-{number % 100}",
        "ruleIndex": number % 100,
        "rule": {"id": f"acme/rule-{number % 100}", "index": number % 100},
        "message": {"text": f"This value depends on a user-provided value; it flows into call {number}."},
        "locations": _location(number),
        "partialFingerprints": {
            "primaryLocationLineHash": f"{number * 2654435761 % (1 << 64):016x}:1",
            "primaryLocationStartColumnFingerprint": str(number % 80),
        },
    }


def _semgrep_result(number: int) -> object:
    return {
        "fingerprints": {"matchBasedId/v1": f"{number * 40503 % (1 << 128):0128x}_0"},
        "locations": _location(number),
        "message": {"text": f"Detected a call that may take its argument from a request, number {number}."},
        "properties": {},
        "ruleId": f"acme/rule-{number % 100}",
    }


def snyk(size: int) -> Iterator[str]:
    """One npm project with many paths to forty issues, as ``snyk test --json`` writes it."""
    rows = max(1, size // 1900)
    yield '{"vulnerabilities": ['
    for number in range(rows):
        yield (",\n" if number else "") + json.dumps(_snyk_row(number))
    end = {
        "ok": False,
        "dependencyCount": 812,
        "org": "acme",
        "policy": "",
        "isPrivate": True,
        "licensesPolicy": {"severities": {}, "orgLicenseRules": {}},
        "packageManager": "npm",
        "summary": f"{rows} vulnerable dependency paths",
        "filesystemPolicy": False,
        "uniqueCount": min(rows, 40),
        "projectName": "payments",
        "displayTargetFile": "package-lock.json",
        "path": "/build/payments",
    }
    yield f"], {json.dumps(end)[1:]}\n"


def _snyk_row(number: int) -> object:
    issue = number % 40
    package = f"package-{issue}"
    return {
        "id": f"SNYK-JS-PACKAGE{issue}-{1000 + issue}",
        "title": "Prototype Pollution",
        "CVSSv3": "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
        "cvssScore": 3.7,
        "creationTime": "2026-01-15T10:00:00.000000Z",
        "publicationTime": "2026-01-16T10:00:00.000000Z",
        "description": "## Overview\n\nAffected versions of this package can be made to change objects. "
        * 12,
        "identifiers": {"CVE": [f"CVE-2026-{10000 + issue}"], "CWE": ["CWE-1321"]},
        "language": "js",
        "packageManager": "npm",
        "packageName": package,
        "moduleName": package,
        "name": package,
        "version": "1.2.3",
        "severity": "low",
        "fixedIn": ["1.2.4"],
        "semver": {"vulnerable": ["<1.2.4"]},
        "from": [
            "payments@1.0.0",
            f"express-{number % 17}@4.0.0",
            f"middle-{number}@2.0.0",
            f"{package}@1.2.3",
        ],
        "upgradePath": [False, f"express-{number % 17}@4.1.0", f"middle-{number}@2.1.0", f"{package}@1.2.4"],
        "isUpgradable": True,
        "isPatchable": False,
    }


def write(path: Path, texts: Iterator[str]) -> Path:
    """Write a file by way of a neighbour, unless it is there; its path is returned."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.part")
    with half.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(texts)
    return half.replace(path)
