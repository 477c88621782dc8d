"""`gatepass explain`: what a rule wants, and why it came out as it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatepass.cli._sections import say, show

if TYPE_CHECKING:
    from gatepass.model.facts import Json
    from gatepass.model.policy import Policy, Rule

Strings = list[str] | None


def explain(
    rule: Annotated[
        str | None, typer.Argument(help="A rule: its id, or policy/id. Absent: a list of all rules.")
    ] = None,
    policy: Annotated[
        Strings,
        typer.Option(help="A policy: a file, a folder, or the name of one that ships.", metavar="PATH"),
    ] = None,
    record: Annotated[
        str | None, typer.Option(help="A record; says why the rule came out as it did.", metavar="RECORD")
    ] = None,
    config: Annotated[
        str | None, typer.Option(help="The configuration; default gatepass.yaml.", metavar="PATH")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print every finding.")] = False,
) -> None:
    """Say what a rule wants, who may override it and, with a record, why it came out as it did."""
    known = _Known(_policies(policy, config, needed=record is None), _predicate(record))
    codes = known.codes if rule is None else known.named(rule)
    if record:
        _not_verified(record)
    if rule is None:
        _list(known, codes)
        return
    for number, code in enumerate(codes):
        if number:
            print()
        _explain(known, code, verbose=verbose)


@dataclass(frozen=True, slots=True)
class _Known:
    """The rules of the policies, and those of a record where one was given."""

    policies: tuple[Policy, ...]
    predicate: dict[str, Json] | None

    @property
    def rules(self) -> dict[str, tuple[Rule, Policy]]:
        return {rule.code: (rule, policy) for policy in self.policies for rule in policy.rules}

    @property
    def recorded(self) -> Mapping[str, dict[str, Json]]:
        from gatepass.record.unverified import codes

        return codes(self.predicate) if self.predicate is not None else {}

    @property
    def codes(self) -> list[str]:
        return list(dict.fromkeys((*self.rules, *self.recorded)))

    def named(self, rule: str) -> list[str]:
        """The rules that a name means. Raises `UsageError` when it means none."""
        from gatepass.errors import UsageError
        from gatepass.policy.mistakes import suggestion

        found = [code for code in self.codes if rule in (code, code.partition("/")[2])]
        if not found:
            names = self.codes if "/" in rule else [code.partition("/")[2] for code in self.codes]
            raise UsageError(
                f"there is no rule '{rule}'{suggestion(rule, set(names))}",
                hint="gatepass explain lists the rules of the policies",
            )
        return found


def _policies(given: Strings, config: str | None, *, needed: bool) -> tuple[Policy, ...]:
    from gatepass import config as configuration
    from gatepass.policy.load import load

    settings = configuration.read(Path(config or configuration.NAME), required=config is not None)
    listed = settings.get("policies")
    references = given or [str(each) for each in listed or ()] if isinstance(listed, list) else given or []
    return load(references, Path.cwd()) if references or needed else ()


def _predicate(record: str | None) -> dict[str, Json] | None:
    from gatepass.record.unverified import read_unverified

    return read_unverified(Path(record)) if record else None


def _not_verified(record: str) -> None:
    from gatepass.words import verify_command

    say("", f"NOT VERIFIED: whoever wrote {record} may have written anything. First:")
    say("  ", verify_command(record))
    print()


def _list(known: _Known, codes: Sequence[str]) -> None:
    from gatepass import explaining
    from gatepass.cli._recorded import in_one_line
    from gatepass.policy.schema import check_called

    rules, recorded = known.rules, known.recorded
    for code in codes:
        if code in rules:
            rule, _ = rules[code]
            say("", _headline(code, rule.title))
            say("    ", f"{rule.check}: {explaining.in_one_line(rule, check_called(rule.check))}")
        else:
            say("", _headline(code, recorded[code].get("title")))
            say("    ", "of no policy that was given")
        if code in recorded:
            say("    ", in_one_line(recorded[code]))
    print()
    say("", "gatepass explain RULE says everything about one of them.")


def _explain(known: _Known, code: str, *, verbose: bool) -> None:
    from gatepass import explaining
    from gatepass.cli import _recorded
    from gatepass.policy.schema import check_called

    if code in known.rules:
        rule, policy = known.rules[code]
        say("", _headline(code, rule.title), bold=True)
        show(explaining.sections(rule, policy, check_called(rule.check), explaining.page(rule.check)))
    else:
        say("", _headline(code, known.recorded[code].get("title")), bold=True)
        say("  ", "No policy that was given has this rule; --policy PATH names the one that it comes from.")
    if known.predicate is None:
        return
    if code not in known.recorded:
        print()
        say("", "The record has no such rule: it was made by other policies.")
        return
    _warn_of_another_policy(known, code)
    show(_recorded.sections(known.predicate, code, every_finding=verbose))


def _warn_of_another_policy(known: _Known, code: str) -> None:
    from gatepass.record.unverified import policy_digest

    if known.predicate is None or code not in known.rules:
        return
    _, policy = known.rules[code]
    if policy_digest(known.predicate, policy.name) != policy.sha256:
        print()
        say(
            "",
            f"The record was made by another version of {policy.source}: the rule may have been otherwise.",
        )


def _headline(code: str, title: Json) -> str:
    return f"{code} · {title}" if title else code
