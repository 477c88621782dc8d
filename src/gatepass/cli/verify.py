"""`gatepass verify`: is a record what it claims to be, and did it say yes?"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatepass.cli import _terminal
from gatepass.cli._pairs import pairs

if TYPE_CHECKING:
    from gatepass.errors import GatepassError
    from gatepass.model.facts import Json
    from gatepass.record.verify import Verification
    from gatepass.signers.keys import PublicKey

VERIFIED, NOT_VERIFIED = 0, 1

Strings = list[str] | None


def verify(
    record: Annotated[str, typer.Argument(help="The record: NAME.intoto.jsonl or NAME.sigstore.json.")],
    key: Annotated[
        str | None, typer.Option(help="The public key that must have signed it.", metavar="PATH")
    ] = None,
    trusted_keys: Annotated[
        str | None, typer.Option(help="Public keys, any of which may have signed it.", metavar="PATH")
    ] = None,
    evidence: Annotated[
        str | None, typer.Option(help="The folder with the reports, to compare digests.", metavar="DIR")
    ] = None,
    policy: Annotated[
        Strings, typer.Option(help="A policy that must have made the decision.", metavar="PATH")
    ] = None,
    overrides: Annotated[
        Strings, typer.Option(help="The overrides, for --re-evaluate.", metavar="PATH")
    ] = None,
    fact: Annotated[Strings, typer.Option(help="A fact, for --re-evaluate.", metavar="NAME=PATH")] = None,
    artifact: Annotated[
        Strings, typer.Option(help="A file that the record must be about.", metavar="PATH")
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option(
            help="The platform's token for this record; by default NAME.identity.json, if it is there.",
            metavar="PATH",
        ),
    ] = None,
    jwks: Annotated[
        str | None,
        typer.Option(help="The keys of the token's issuer, from a place that you trust.", metavar="PATH"),
    ] = None,
    re_evaluate: Annotated[
        bool,
        typer.Option("--re-evaluate", help="Judge the evidence again by the policies, and compare."),
    ] = False,
    any_verdict: Annotated[
        bool, typer.Option("--any-verdict", help="Exit 0 for a genuine record of a FAILED decision, too.")
    ] = False,
    unsafe_unsigned: Annotated[
        bool,
        typer.Option("--unsafe-unsigned", help="Look at a record that nobody signed; it proves nothing."),
    ] = False,
) -> None:
    """Check a record offline: exit 0 genuine and PASSED, 1 refused or FAILED, 2 it could not be checked."""
    from datetime import UTC, datetime

    from gatepass.errors import UsageError, VerificationError
    from gatepass.record.verify import verify_record

    if re_evaluate and not (evidence and policy):
        raise UsageError(
            "--re-evaluate needs --evidence and --policy", hint="and --overrides if there were any"
        )
    if not Path(record).is_file():
        raise UsageError(f"there is no record {record}")
    keys = _keys(key, trusted_keys, unsigned=unsafe_unsigned)
    try:
        verification = verify_record(
            Path(record),
            keys,
            evidence=Path(evidence) if evidence else None,
            policies=[_policy_path(each) for each in policy or ()],
            artifacts=[Path(each) for each in artifact or ()],
            identity=Path(identity) if identity else None,
            jwks=Path(jwks) if jwks else None,
            now=datetime.now(UTC),
            allow_unsigned=unsafe_unsigned,
        )
        told = _again(verification, evidence, policy, overrides, fact) if re_evaluate else None
    except VerificationError as error:
        _refused(record, error)
        raise typer.Exit(NOT_VERIFIED) from None
    genuine = (verification.ok or (unsafe_unsigned and not verification.failed)) and not told
    _print(verification, told, genuine=genuine)
    passed = verification.predicate["verdict"] == "PASSED"
    raise typer.Exit(VERIFIED if genuine and (passed or any_verdict) else NOT_VERIFIED)


def _keys(key: str | None, trusted: str | None, *, unsigned: bool) -> list[PublicKey]:
    from gatepass.errors import UsageError
    from gatepass.platforms import in_ci
    from gatepass.signers import keys

    found: list[PublicKey] = []
    if key:
        found.append(keys.public_key_of(key, os.environ, _terminal.passphrase_if_asked()))
    if trusted:
        found.extend(keys.trusted_keys(Path(trusted)))
    if found or unsigned:
        return found
    personal = keys.public_path_of(keys.config_folder(os.environ) / "key.pem")
    if personal.is_file() and not in_ci(os.environ):
        print(f"by the personal key of this user, {personal}; --key names another", file=sys.stderr)
        return [keys.public_key_of(str(personal), os.environ)]
    raise UsageError("without a key nothing can be verified", hint="--key PUBLIC.pem, or --trusted-keys FILE")


def _policy_path(reference: str) -> Path:
    from gatepass.policy import shipped

    return (shipped.find(reference) if "/" not in reference else None) or Path(reference)


def _again(
    verification: Verification, evidence: str | None, policy: Strings, overrides: Strings, fact: Strings
) -> tuple[str, ...]:
    from gatepass.again import Given, differences_today

    given = Given(
        root=Path.cwd(),
        evidence=Path(evidence or "."),
        policies=policy or (),
        overrides=overrides or (),
        facts=pairs("--fact", fact),
    )
    return differences_today(verification, given)


def _refused(record: str, error: GatepassError) -> None:
    from gatepass.plain import plain

    print(f"gatepass verify  REFUSED   {plain(record)}\n\n  ✗ {plain(str(error))}")
    if error.hint:
        print(f"  next: {plain(error.hint)}")


def _print(verification: Verification, told: tuple[str, ...] | None, *, genuine: bool) -> None:
    from gatepass.plain import plain
    from gatepass.record.files import State

    signs = {State.OK: "✓", State.FAILED: "✗", State.NOT_DONE: "–"}
    verdict, at = (plain(str(verification.predicate[name])) for name in ("verdict", "evaluatedAt"))
    word = "GENUINE" if genuine and verification.signed else "UNSIGNED" if genuine else "NOT VERIFIED"
    print(f"gatepass verify  {word}   verdict {verdict} at {at}\n")
    for line in _weakened(verification.predicate):
        print(f"  ! {plain(line)}")
    for check in verification.checks:
        print(f"  {signs[check.state]} {plain(check.name)}: {plain(check.message)}")
    if told is not None:
        print(f"  {'✗' if told else '✓'} judged again: {'it says otherwise' if told else 'it says the same'}")
        for line in told[:50]:
            print(f"      {plain(line)}")
        if len(told) > 50:
            print(f"      and {len(told) - 50} more")


def _weakened(predicate: dict[str, Json]) -> list[str]:
    """What whoever relies on the decision must know of it."""

    def listed(name: str) -> list[dict[str, Json]]:
        value = predicate.get(name)
        return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []

    relaxations = predicate.get("relaxations")
    flags = [str(each) for each in relaxations] if isinstance(relaxations, list) else []
    in_force = [str(each["id"]) for each in listed("overrides") if each.get("status") == "in-force"]
    with_rules = {str(each["policy"]) for each in listed("rules")}
    policies = {str(each["name"]): each.get("applied") for each in listed("policies")}
    unapplied = [name for name, applied in policies.items() if applied is False and name in with_rules]
    said = [("this run was weakened by", flags), ("overrides let findings through:", in_force)]
    said.append(("policies that were not applied:", unapplied))
    return [f"{sentence} {', '.join(names)}" for sentence, names in said if names]
