"""What may be overridden, from the `overrides:` of a policy to the values of the model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from gatepass.model.build import Assurance
from gatepass.model.facts import Json
from gatepass.model.override import ApprovalHow
from gatepass.model.place import Place
from gatepass.model.policy import Allowance, AllowedSigner, BreakGlass, Group, Trust
from gatepass.policy._signers import SignersError, allowed_signers
from gatepass.strict_yaml import Document

Object = dict[str, Json]
Mistaken = tuple[Place, str]

MAXIMUM_BYTES = 1 << 20
_WAYS: dict[str, tuple[ApprovalHow, ...]] = {
    "signature": (ApprovalHow.SSH_SIGNATURE, ApprovalHow.DSSE),
    "change-request": (ApprovalHow.CHANGE_REQUEST,),
    "commit": (ApprovalHow.COMMIT,),
    "stated": (ApprovalHow.STATED,),
}
_OTHERWISE = "otherwise"
_PEM = "-----BEGIN PUBLIC KEY-----"


def allowances(
    document: Document, policy: Object, folder: Path
) -> tuple[tuple[Allowance, ...], list[Mistaken]]:
    """The allowances of a policy that its schema finds sound, and what the schema cannot say against them.

    ``folder`` is the policy's own, beside which files of keys lie.
    """
    teams = cast("Object", policy.get("teams", {}))
    found: list[Mistaken] = []
    made: list[Allowance] = []
    for index, value in enumerate(cast("list[Object]", policy.get("overrides", []))):
        reader = _Reader(document, value, f"overrides[{index}]", teams, folder, found)
        made.append(reader.allowance())
    return tuple(made), found


@dataclass(slots=True)
class _Reader:
    """Reads one allowance; its mistakes go to ``found``."""

    document: Document
    value: Object
    at: str
    teams: Object
    folder: Path
    found: list[Mistaken] = field(default_factory=list)

    def allowance(self) -> Allowance:
        approvers = cast("Object", self.value["approvers"])
        users, teams = self._group(approvers, "approvers")
        days, by_severity = _days(self.value["maximum-days"])
        accept = self._accept()
        return Allowance(
            rules=_strings(self.value["rules"]),
            place=self.document.place(self.at),
            users=users,
            teams=teams,
            minimum=cast("int", approvers.get("minimum", 1)),
            maximum_days=days,
            by_severity=by_severity,
            reasons=_strings(self.value["reasons"]),
            require=_strings(self.value.get("require")),
            severities=_strings(self.value.get("severities")),
            accept=accept,
            minimum_assurance=self._minimum_assurance(accept),
            trust=self._trust(),
            break_glass=self._break_glass((users, teams), accept),
        )

    def _group(self, value: Object, path: str) -> Group:
        named = _strings(value.get("teams"))
        for team in (team for team in named if team not in self.teams):
            said = f"the team '{team}' has no members: list them under 'teams' at the top"
            self._mistake(f"{path}.teams", said)
        return _strings(value.get("users")), tuple((team, _strings(self.teams.get(team))) for team in named)

    def _break_glass(self, approvers: Group, accept: Sequence[ApprovalHow]) -> BreakGlass | None:
        value = self.value.get("break-glass")
        if not isinstance(value, dict):
            return None
        if set(accept) == {ApprovalHow.STATED}:
            said = "nobody could confirm it: accept a signature, a change-request or a commit beside 'stated'"
            self._mistake("break-glass", said)
        confirmed = value.get("confirmed-by")
        by, minimum = approvers, 1
        if isinstance(confirmed, dict):
            by = self._group(confirmed, "break-glass.confirmed-by")
            minimum = cast("int", confirmed.get("minimum", 1))
        return BreakGlass(
            self._group(value, "break-glass"),
            cast("int", value["maximum-hours"]),
            cast("int", value["confirm-within-hours"]),
            by,
            minimum,
        )

    def _accept(self) -> tuple[ApprovalHow, ...]:
        keys = "signers" in self.value or "keys" in self.value
        written = _strings(self.value.get("accept"))
        if not written:
            written = (
                *(("signature",) if keys else ()),
                *(("commit",) if "protected-ref" in self.value else ()),
            )
        written = written or ("stated",)
        if "signature" in written and not keys:
            self._mistake("accept", "a signature cannot be verified without 'signers' or 'keys'")
        if "commit" in written and not {"signers", "protected-ref"} <= set(self.value):
            self._mistake("accept", "a commit cannot be verified without 'signers' and 'protected-ref'")
        idle = {
            "signers": ("signature", "commit"),
            "keys": ("signature",),
            "protected-ref": ("commit",),
        }
        if "break-glass" in self.value:
            del idle["protected-ref"]  # it remembers glass that was broken before
        for key, ways in idle.items():
            if key in self.value and not set(ways) & set(written):
                self._mistake(key, f"nothing is verified by it: 'accept' names no {' and no '.join(ways)}")
        if "principals" in self.value and "signers" not in self.value:
            self._mistake("principals", "they are those of 'signers', which is not there")
        return tuple(how for way in written for how in _WAYS[way])

    def _minimum_assurance(self, accept: Sequence[ApprovalHow]) -> Assurance:
        least = Assurance(str(self.value.get("minimum-assurance", "self-asserted")))
        order = list(Assurance)
        if all(order.index(how.assurance) > order.index(least) for how in accept):
            self._mistake("minimum-assurance", f"no way of approving that is accepted is as good as {least}")
        return least

    def _trust(self) -> Trust | None:
        ref = self.value.get("protected-ref")
        signers, sha256 = self._signers()
        keys = tuple(sorted(self._keys().items()))
        if not signers and not keys and ref is None:
            return None
        path = cast("str | None", self.value.get("signers"))
        parts = [sha256, self.value.get("principals"), [list[Json](each) for each in keys], ref]
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        return Trust(digest, path, sha256, signers, keys, cast("str | None", ref))

    def _signers(self) -> tuple[tuple[AllowedSigner, ...], str | None]:
        name = self.value.get("signers")
        if not isinstance(name, str):
            return (), None
        data = self._file(name, "signers")
        if data is None:
            return (), None
        logins = cast("dict[str, str]", self.value.get("principals", {}))
        try:
            return allowed_signers(data, logins), hashlib.sha256(data).hexdigest()
        except SignersError as mistake:
            self._mistake("signers", f"{name}, {mistake}")
            return (), None

    def _keys(self) -> dict[str, str]:
        made: dict[str, str] = {}
        for login, value in cast("dict[str, str]", self.value.get("keys", {})).items():
            path = f"keys.{login}"
            data = value.encode() if _PEM in value else self._file(value, path)
            text = data.decode("utf-8", "replace") if data is not None else ""
            if data is not None and _PEM not in text:
                self._mistake(path, f"the key of {login} is no public key in PEM ({_PEM})")
            if login.casefold() in made:
                self._mistake(path, f"{login} has a key already; case makes nobody another")
            made[login.casefold()] = text
        return made

    def _file(self, name: str, path: str) -> bytes | None:
        try:
            with (self.folder / name).open("rb") as file:
                data = file.read(MAXIMUM_BYTES + 1)
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or "it is no name of a file"
            self._mistake(path, f"the file {name} cannot be read: {said}")
            return None
        if len(data) > MAXIMUM_BYTES:
            self._mistake(path, f"the file {name} is larger than 1 MiB")
            return None
        return data

    def _mistake(self, path: str, said: str) -> None:
        self.found.append((self.document.place(f"{self.at}.{path}"), said))


def _days(value: Json) -> tuple[int, tuple[tuple[str, int], ...]]:
    """The term of what has no severity of its own in the list, and those of the severities."""
    if not isinstance(value, dict):
        return cast("int", value), ()
    terms = cast("dict[str, int]", value)
    by_severity = tuple((name, days) for name, days in terms.items() if name != _OTHERWISE)
    return terms.get(_OTHERWISE, min(terms.values())), by_severity


def _strings(value: Json) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
