"""Checks the snippets of this folder by the vendors' own schemas, with check-jsonschema and yamllint.

    github.yaml azure.yaml …    yamllint, then the schema that check-jsonschema has built in
    tekton.yaml                 yamllint; there is no schema among them
    Jenkinsfile                 nothing: it is Groovy

Exit codes: 0 all are valid · 1 some are not · 2 a tool is not on the PATH, or a snippet is in no list.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TOOLS = ("check-jsonschema", "yamllint")
SCHEMAS = {
    "azure.yaml": "vendor.azure-pipelines",
    "bitbucket.yaml": "vendor.bitbucket-pipelines",
    "buildkite.yaml": "vendor.buildkite",
    "circleci.yaml": "vendor.circle-ci",
    "drone.yaml": "vendor.drone-ci",
    "github.yaml": "vendor.github-workflows",
    "gitlab.yaml": "vendor.gitlab-ci",
    "tekton.yaml": None,
    "woodpecker.yaml": "vendor.woodpecker-ci",
}
MORE = {
    # the schema has a pattern that is none in Unicode mode
    "azure.yaml": ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"),
    "gitlab.yaml": ("--data-transform", "gitlab-ci"),
}
STYLE = """
extends: default
rules:
  document-start: disable
  line-length: {max: 110}
  truthy: {check-keys: false}
  comments: {min-spaces-from-content: 1}
"""


def main() -> int:
    """Run the tools; the exit code."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    unlisted = sorted({path.name for path in HERE.glob("*.yaml")} ^ set(SCHEMAS))
    if missing or unlisted:
        sys.stderr.write(
            f"not installed: {', '.join(missing)}; listed or there alone: {', '.join(unlisted)}\n"
        )
        return 2
    snippets = [str(HERE / name) for name in SCHEMAS]
    failed = subprocess.run(["yamllint", "--strict", "-d", STYLE, *snippets], check=False).returncode
    for name, schema in SCHEMAS.items():
        if schema is None:
            continue
        command = ["check-jsonschema", "--builtin-schema", schema, *MORE.get(name, ()), str(HERE / name)]
        failed |= subprocess.run(command, check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
