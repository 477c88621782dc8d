"""Writes the reference pages again from the code: `make docs`. With `--check` it only says what is stale.

    docs/checks/NAME.md     one page for each check: its module's text, its example, its keys
    docs/checks/README.md   what there is, and the keys that all rules have
    docs/formats.md         the report formats by kind
    docs/collect/README.md  who can be asked, for what, and what a token must be allowed
    docs/cli.md             the help of every command

Exit codes: 0 all pages are as the code says · 1 (`--check`) some are not.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import typer.main

import gatepass.cli
from gatepass import seam
from gatepass.checks import Check
from gatepass.cli._app import app
from gatepass.collect import Collector
from gatepass.collecting import collectors
from gatepass.explaining import page
from gatepass.gathering import formats
from gatepass.parameters import DIRECTIONS, Parameter, Schema, parameters_of
from gatepass.policy.schema import COMMON_RULE_KEYS

WIDTH = 100
MADE = "<!-- Made by docs/reference.py from the code; `make docs` writes it again. -->"


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` compare them; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; name the pages that are stale")
    parser.add_argument("--docs", type=Path, default=Path(__file__).parent, help="the folder of the pages")
    given = parser.parse_args(arguments)
    wanted = reference()
    leftover = sorted(_generated(given.docs) - set(wanted))
    if given.check:
        stale = [name for name, text in sorted(wanted.items()) if _text(given.docs / name) != text]
        said = [*(f"stale: {name}" for name in stale), *(f"leftover: {name}" for name in leftover)]
        sys.stdout.write("".join(f"{line}\n" for line in said))
        return 1 if said else 0
    for name, text in wanted.items():
        (given.docs / name).parent.mkdir(parents=True, exist_ok=True)
        (given.docs / name).write_text(text, "utf-8")
    for name in leftover:
        (given.docs / name).unlink()
    sys.stdout.write(f"{len(wanted)} pages\n")
    return 0


def _generated(docs: Path) -> set[str]:
    return {path.relative_to(docs).as_posix() for path in (docs / "checks").glob("*.md")}


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def reference() -> dict[str, str]:
    """All pages by their paths below ``docs``."""
    checks = seam.members("gatepass.checks", Check)
    texts = {name: page(name) for name in checks}
    made = {f"checks/{name}.md": check_page(check, texts[name]) for name, check in checks.items()}
    made["checks/README.md"] = _index(checks, texts)
    made["formats.md"] = _formats()
    made["collect/README.md"] = _collectors()
    made["cli.md"] = _cli()
    return dict(sorted(made.items()))


def check_page(check: Check, text: str) -> str:
    """The page of one check."""
    example = check.example.strip("\n")
    if not example.startswith("- "):
        example = "- " + textwrap.indent(example, "  ").lstrip()
    evidence = f"Evidence: `{check.evidence}`." if check.evidence else "Evidence: what `evidence` names."
    if check.reads:
        evidence += f" Where it is there, it reads {_codes(check.reads)} as well."
    return _page(
        f"# `{check.name}`: {check.title}",
        f"{evidence} Reports that hold it: [formats](../formats.md).",
        text.strip(),
        "## Example",
        f"```yaml\nrules:\n{textwrap.indent(example, '  ')}\n```",
        "## Keys",
        *_needs(check.parameters),
        _table(parameters_of(check.parameters)),
        "*Stricter* is the way in which a policy that extends another may change the key. The keys that all "
        "rules have are on [the page of all checks](README.md).",
    )


def _needs(schema: Schema) -> Iterator[str]:
    required = schema.get("required")
    if isinstance(required, list) and required:
        yield f"Must be written: {_codes(required)}."
    for word, words in (("anyOf", "At least one of"), ("oneOf", "Exactly one of")):
        choices = schema.get(word)
        keys = [key for each in choices for key in each["required"]] if isinstance(choices, list) else []
        if keys:
            yield f"{words} {_codes(keys)} must be written."


def _codes(keys: Iterable[object]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _table(parameters: Iterable[Parameter]) -> str:
    rows = ["| key | type | default | stricter | |", "|---|---|---|---|---|"]
    for each in parameters:
        default = f"`{each.default}`" if each.default is not None else ""
        stricter = DIRECTIONS[each.stricter] if each.stricter else ""
        rows.append(_row(f"`{each.path}`", each.type, default, stricter, each.description))
    return "\n".join(rows)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in cells) + " |"


def _index(known: Mapping[str, Check], texts: Mapping[str, str]) -> str:
    listed = [
        f"- [`{name}`]({name}.md): {check.title}. {_opening(texts[name])}" for name, check in known.items()
    ]
    common = ["| key | type | default | |", "|---|---|---|---|"]
    for each in parameters_of({"properties": COMMON_RULE_KEYS}):
        default = f"`{each.default}`" if each.default is not None else ""
        common.append(_row(f"`{each.path}`", each.type, default, each.description))
    return _page(
        "# Checks",
        "A rule names its kind with `check:`; its other keys are that check's own, or common to all rules. "
        "`gatepass explain RULE` says what a rule wants, `gatepass policy schema` prints it all for editors.",
        "\n".join(listed),
        "## Keys of every rule",
        "\n".join(common),
    )


def _opening(text: str) -> str:
    """The first sentence of a page."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".") + "."


def _formats() -> str:
    known = sorted(formats().values(), key=lambda each: (each.kind, each.name))
    rows = ["| kind | format | what it is | described at |", "|---|---|---|---|"]
    rows += [
        _row(each.kind, f"`{each.name}`", each.title, f"<{each.page}>" if each.page else "") for each in known
    ]
    return _page(
        "# Report formats",
        "A report is recognised by what it holds, never by its name. `gatepass evidence show FILE` says what "
        "was recognised and read.",
        "\n".join(rows),
    )


def _collectors() -> str:
    known = collectors()
    return _page(
        "# Collectors",
        "`gatepass gate --collect NAME` asks while it judges; the options stand in `gatepass.yaml` under "
        "`collect:`. What the gate asked for itself has the assurance of who answered "
        "(`platform-api`); the same answers given as a file are `self-asserted`, since anybody may "
        "have written it. `gatepass collect NAME` writes them down and judges nothing. The answers are kept "
        "whole in `.gatepass/collected/`, and the record holds their digests: keep the folder, and the "
        "decision can be made again from it.",
        "A server that does not answer, or not everything, makes the evidence broken: the rules that need it "
        "fail, whatever their `on-missing` says. Tokens are read from the environment alone.",
        *(part for each in known.values() for part in _collector(each)),
    )


def _collector(collector: Collector) -> Iterator[str]:
    yield f"## `{collector.name}`: {collector.title}"
    own = f" More: [{collector.name}.md]({collector.name}.md)." if _has_page(collector) else ""
    yield f"Kinds: {_codes(collector.kinds)}. Described at <{collector.page}>.{own}"
    options = {"kinds": "Which kinds to ask for, with commas between; all of them by default."}
    rows = [_row(f"`{name}`", text) for name, text in {**options, **collector.options}.items()]
    yield "\n".join(["| option | |", "|---|---|", *rows])
    if collector.scopes:
        yield "\n".join(f"- {each}" for each in collector.scopes)


def _has_page(collector: Collector) -> bool:
    return (Path(__file__).parent / "collect" / f"{collector.name}.md").is_file()


def _cli() -> str:
    command = typer.main.get_command(app)
    codes = (gatepass.cli.__doc__ or "").strip().split("\n\n")[-1]
    return _page(
        "# The command line",
        codes.replace("\n", " "),
        *(part for name, each in _commands("gatepass", command) for part in _command(name, each)),
    )


def _commands(name: str, command: object) -> Iterator[tuple[str, object]]:
    """A command and all below it, each with its whole name."""
    yield name, command
    for inner, each in getattr(command, "commands", {}).items():
        yield from _commands(f"{name} {inner}", each)


def _command(name: str, command: object) -> Iterator[str]:
    parameters = [each for each in command.params if not getattr(each, "hidden", False)]
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    options = [each for each in parameters if each.param_type_name == "option"]
    below = getattr(command, "commands", {})
    usage = [name, "[OPTIONS]" if options else "", *map(_argument, arguments), "COMMAND" if below else ""]
    rows = [(_argument(each), _help(each)) for each in arguments]
    rows += [(_option(each), _help(each)) for each in options]
    rows += [(inner, _summary(each)) for inner, each in below.items()]
    said = textwrap.fill(" ".join((command.help or "").split()), WIDTH)
    yield f"## {name}"
    yield "```text\n" + "\n".join([" ".join(filter(None, usage)), "", said, *_aligned(rows)]) + "\n```"


def _aligned(rows: list[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield ""
    column = min(max((len(term) for term, _ in rows), default=0), 34)
    for term, text in rows:
        lead = f"  {term:{column}}  "
        if len(term) > column:
            yield f"  {term}"
            lead = " " * (column + 4)
        yield from textwrap.wrap(text, WIDTH, initial_indent=lead, subsequent_indent=" " * (column + 4))


def _argument(parameter: object) -> str:
    name = parameter.metavar or parameter.name.upper()
    name = name if parameter.nargs == 1 else f"{name}..."
    return name if parameter.required else f"[{name}]"


def _option(parameter: object) -> str:
    names = ", ".join((*parameter.opts, *parameter.secondary_opts))
    if parameter.is_flag or parameter.name in ("install_completion", "show_completion"):
        return names
    return f"{names} {parameter.metavar or parameter.name.upper()}"


def _help(parameter: object) -> str:
    said = " ".join((parameter.help or "").split())
    default = parameter.default
    if getattr(parameter, "multiple", False):
        said += " Can be given more than once."
    if parameter.required and parameter.param_type_name == "option":
        said += " Must be given."
    return (
        f"{said} Default: {default}."
        if isinstance(default, str | int) and default not in (False, "")
        else said
    )


def _summary(command: object) -> str:
    return " ".join((command.help or "").split())


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((title, MADE, *parts)) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
