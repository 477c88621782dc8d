"""`gatepass policy`: check policies, format and test them, print their schema."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Check, format and test policies, print their schema.", no_args_is_help=True)


@app.command()
def lint(
    policies: Annotated[list[str], typer.Argument(help="Files, folders, or names of policies that ship.")],
) -> None:
    """Say everything that is wrong with policies: exit 0 when nothing is, 2 otherwise."""
    from gatepass.policy.load import load

    loaded = load(policies, Path.cwd())
    for policy in loaded:
        rules = "1 rule" if len(policy.rules) == 1 else f"{len(policy.rules)} rules"
        print(f"{policy.source}: {policy.name} {policy.version or 'without a version'}, {rules}: fine")


@app.command()
def fmt(
    files: Annotated[
        list[str],
        typer.Argument(help="Files of policies, their tests, overrides or options; or folders of them."),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; show what would change, and exit 1 if something.")
    ] = False,
) -> None:
    """Bring files into the one form: keys in the order of the schema, comments kept, the meaning the same."""
    from gatepass.cli import _formatting

    raise typer.Exit(_formatting.run(files, Path.cwd(), check=check))


@app.command()
def test(
    tests: Annotated[
        list[str] | None, typer.Argument(help="Files of cases, or folders of them; default policies.")
    ] = None,
    every_rule: Annotated[
        bool, typer.Option("--every-rule", help="Exit 1 also when a rule is not shown passing and broken.")
    ] = False,
    junit: Annotated[str | None, typer.Option(help="Write JUnit XML as well.", metavar="PATH")] = None,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Print the whole report of a case that came out otherwise."),
    ] = False,
) -> None:
    """Judge cases that somebody thought of: exit 0 when all come out as expected, 1 when one does not."""
    from gatepass.cli import _testing

    code = _testing.run(
        tests or ["policies"], Path.cwd(), every_rule=every_rule, verbose=verbose, junit=junit
    )
    raise typer.Exit(code)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a policy, for editors."""
    import json

    from gatepass.policy.schema import policy_schema

    json.dump(policy_schema(), sys.stdout, indent=2, ensure_ascii=False)
    print()


@app.command("list")
def list_() -> None:
    """List the policies that ship."""
    from gatepass.policy import shipped
    from gatepass.policy.load import load_file

    for name in shipped.names():
        [*_, policy] = load_file(shipped.folder() / f"{name}.yaml", Path.cwd())
        print(f"{name:12} {policy.version:8} {policy.title}")


@app.command()
def show(name: Annotated[str, typer.Argument(help="The name of a policy that ships.")]) -> None:
    """Print a policy that ships, to copy and make your own."""
    from gatepass.errors import UsageError
    from gatepass.policy import shipped

    path = shipped.find(name)
    if path is None:
        raise UsageError(f"no policy '{name}' ships", hint=f"there is {', '.join(shipped.names())}")
    print(path.read_text("utf-8"), end="")
