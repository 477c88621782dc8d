"""`gatepass evidence`: what reports say, as the gate reads them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gatepass.model.evidence import Evidence
    from gatepass.model.source import Source

app = typer.Typer(help="What reports say, as the gate reads them.", no_args_is_help=True)


@app.command()
def show(
    files: Annotated[list[str], typer.Argument(help="Reports, or globs of them.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the documents that expressions are evaluated over.")
    ] = False,
) -> None:
    """Say what was recognised, with the figures: exit 0 when all can be used, 1 otherwise."""
    from gatepass.detecting import build_of
    from gatepass.gathering import gather

    root = Path.cwd()
    build = build_of(os.environ, root, {})
    found = gather(files, {}, root, None)
    if as_json:
        from gatepass import views

        kinds = sorted({each.KIND for each in found.evidence})
        documents = {
            kind: views.document(kind, [e for e in found.evidence if kind == e.KIND], build) for kind in kinds
        }
        json.dump(documents, sys.stdout, indent=2, ensure_ascii=True)
        print()
    else:
        by_name = {each.source.name: each for each in found.evidence}
        for source in found.sources:
            print("\n".join(_lines(source, by_name.get(source.name))))
    raise typer.Exit(0 if all(source.problem is None for source in found.sources) else 1)


@app.command()
def formats() -> None:
    """List the report formats that are recognised."""
    from gatepass.gathering import formats as known

    for name, each in sorted(known().items(), key=lambda pair: (pair[1].kind, pair[0])):
        print(f"{each.kind:16} {name:24} {each.title}")


def _lines(source: Source, evidence: Evidence | None) -> list[str]:
    from gatepass.cli._figures import figures
    from gatepass.plain import plain

    made = [plain(source.name)]
    if source.format:
        made.append(
            f"  {source.kind} · {source.format}" + (f" · {plain(source.producer)}" if source.producer else "")
        )
    if source.sha256:
        made.append(f"  sha256:{source.sha256} · {source.size:,} bytes")
    said = [f"commit {plain(source.commit)}"] if source.commit else []
    if source.created:
        said.append(f"made {source.created:%Y-%m-%dT%H:%M:%SZ}")
    if said:
        made.append("  " + " · ".join(said))
    if source.same_as:
        made.append(f"  the same bytes as {plain(source.same_as)}: counted once")
    if evidence is not None:
        made.extend(f"  {plain(figure)}" for figure in figures(evidence))
    made.extend(f"  note: {plain(note)}" for note in source.notes)
    if source.problem:
        where = f" (line {source.problem.line})" if source.problem.line else ""
        made.append(f"  cannot be used: {plain(source.problem.message)}{where}")
    return made
