"""Files in which scanners are told what to leave out, by their names.

A file that cannot be understood is a mistake with its line, never one that ignores nothing: nobody knows
what its scanner makes of it.
"""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import cast

from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.model.suppressions import SuppressionKind, WrittenSuppression
from gatepass.strict_yaml import Document, YamlMistake, parse
from gatepass.suppressing import snyk_policy
from gatepass.suppressing.written import IgnoreFileError, date_in, decoded, shown, text_in

Found = Iterator[WrittenSuppression]
IGNORED, EXCLUDED = SuppressionKind.IGNORED, SuppressionKind.EXCLUDED


def read(data: bytes, path: str) -> tuple[WrittenSuppression, ...] | None:
    """What a file leaves out; None when no scanner reads a file of that name. Raises `IgnoreFileError`."""
    known = READERS.get(path.rpartition("/")[2])
    return None if known is None else tuple(known[1](data, path))


def is_known(path: str) -> bool:
    """Whether a scanner reads a file of that name."""
    return path.rpartition("/")[2] in READERS


def _trivy_lines(data: bytes, path: str) -> Found:
    """``.trivyignore``: an id a line, perhaps with ``exp:2026-12-31``. https://trivy.dev/latest/docs/configuration/filtering/"""
    for number, line, comment in _lines(data):
        id_, *terms = line.split()
        expiry = next((each.removeprefix("exp:") for each in terms if each.startswith("exp:")), None)
        expires = date_in(expiry, "exp", number)
        yield WrittenSuppression(
            "trivy", IGNORED, Place(path, number), (id_,), reason=comment, expires=expires
        )


def _gitleaks(data: bytes, path: str) -> Found:
    """``.gitleaksignore``: a fingerprint a line. https://github.com/gitleaks/gitleaks#gitleaksignore"""
    for number, line, comment in _lines(data):
        yield WrittenSuppression("gitleaks", IGNORED, Place(path, number), (line[:500],), reason=comment)


def _semgrep(data: bytes, path: str) -> Found:
    """``.semgrepignore``: a glob of files a line. https://semgrep.dev/docs/ignoring-files-folders-code"""
    for number, line, comment in _lines(data):
        yield WrittenSuppression("semgrep", EXCLUDED, Place(path, number), covers=line[:500], reason=comment)


def _lines(data: bytes) -> Iterator[tuple[int, str, str]]:
    """The lines that say something, with their numbers and the comment above or behind them."""
    above = ""
    for number, line in enumerate(decoded(data).splitlines(), 1):
        said, _, behind = line.partition(" #") if not line.lstrip().startswith("#") else ("", "", "")
        if said.strip():
            yield number, said.strip(), (behind.strip(" #") or above)[:500]
        above = line.strip(" #\t") if line.lstrip().startswith("#") else ""


def _trivy_yaml(data: bytes, path: str) -> Found:
    """``.trivyignore.yaml``. https://trivy.dev/latest/docs/configuration/filtering/#trivyignoreyaml"""
    document = _yaml(data, path)
    for section, listed in _mapping(document.value, "the file", 1).items():
        if section not in ("vulnerabilities", "misconfigurations", "secrets", "licenses"):
            raise IgnoreFileError(f"has '{section[:60]}', which is not known", document.place(section).line)
        for index, value in enumerate(_list(listed, section, document.place(section).line)):
            at = f"{section}[{index}]"
            line = document.place(at).line
            entry = _mapping(value, at, line)
            if strange := sorted(set(entry) - {"id", "paths", "purls", "statement", "expired_at"}):
                raise IgnoreFileError(f"{at} has '{strange[0][:60]}', which is not known", line)
            covers = [*_list(entry.get("paths"), "paths", line), *_list(entry.get("purls"), "purls", line)]
            yield WrittenSuppression(
                "trivy",
                IGNORED,
                Place(path, line),
                (_id(entry.get("id"), at, line),),
                covers=", ".join(text_in(each, at, line) for each in covers)[:500],
                reason=text_in(entry.get("statement"), "statement", line),
                expires=date_in(entry.get("expired_at"), "expired_at", line),
            )


def _osv(data: bytes, path: str) -> Found:
    """``osv-scanner.toml``. https://google.github.io/osv-scanner/configuration/"""
    text = decoded(data)
    try:
        whole = cast("dict[str, Json]", tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise IgnoreFileError(f"is not TOML: {str(error)[:200]}") from None
    places = _Places(text)
    for value in _list(whole.get("IgnoredVulns"), "IgnoredVulns", None):
        entry = _mapping(value, "IgnoredVulns", None)
        id_ = _id(entry.get("id"), "an entry of IgnoredVulns", None)
        yield _of_osv(entry, places.next(id_), path, (id_,), "", "ignoreUntil")
    for value in _list(whole.get("PackageOverrides"), "PackageOverrides", None):
        entry = _mapping(value, "PackageOverrides", None)
        inner = _mapping(entry.get("vulnerability"), "vulnerability", None)
        name = text_in(entry.get("name"), "name", None)
        if entry.get("ignore") is True or inner.get("ignore") is True:
            yield _of_osv(entry, places.next(name), path, (), name or "every package", "effectiveUntil")


def _of_osv(
    entry: dict[str, Json], line: int | None, path: str, rules: tuple[str, ...], covers: str, until: str
) -> WrittenSuppression:
    ends: object = entry.get(until)
    written = ends.isoformat() if isinstance(ends, date) else cast("Json", ends)
    return WrittenSuppression(
        "osv-scanner",
        IGNORED,
        Place(path, line),
        rules,
        covers=covers,
        reason=text_in(entry.get("reason"), "reason", line),
        expires=date_in(written, until, line),
    )


def _bandit(data: bytes, path: str) -> Found:
    """``.bandit``, as INI or YAML. https://bandit.readthedocs.io/en/latest/config.html"""
    text = decoded(data)
    said: Mapping[str, Json]
    if re.search(r"^\s*\[", text, re.MULTILINE) and not re.search(r"^\w+\s*:\s*\[", text, re.MULTILINE):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error as error:
            raise IgnoreFileError(f"is not INI: {error.message.splitlines()[0][:200]}") from None
        said = dict(parser["bandit"]) if parser.has_section("bandit") else {}
    else:
        said = _mapping(_yaml(data, path).value, "the file", 1) if text.strip() else {}
    for key in ("skips", "exclude", "exclude_dirs"):
        written = re.search(rf"^[ \t]*{key}\b", text, re.MULTILINE)
        line = text.count("\n", 0, written.start()) + 1 if written else None
        for each in _words(said.get(key), key, line):
            if key == "skips":
                yield WrittenSuppression("bandit", IGNORED, Place(path, line), (each,))
            else:
                yield WrittenSuppression("bandit", EXCLUDED, Place(path, line), covers=each)


def _words(value: Json, what: str, line: int | None) -> list[str]:
    if isinstance(value, str):
        return [each for each in re.split(r"[\s,\[\]'\"]+", value) if each]
    return [text_in(each, what, line) for each in _list(value, what, line)]


def _nsprc(data: bytes, path: str) -> Found:
    """``.nsprc``: ids with notes. https://www.npmjs.com/package/better-npm-audit"""
    text = decoded(data)
    places = _Places(text)
    whole = _mapping(_json(text), "the file", 1)
    for id_, value in whole.items():
        if id_ == "exceptions" and isinstance(value, list):
            for each in value:
                url = text_in(each, id_, None)
                yield WrittenSuppression("npm-audit", IGNORED, Place(path, places.next(url)), (url,))
            continue
        yield from _of_npm(id_, value, path, places.next(id_))


def _audit_ci(data: bytes, path: str) -> Found:
    """``audit-ci.json(c)``: an allowlist. https://github.com/IBM/audit-ci#config-file-specification"""
    text = decoded(data)
    places = _Places(text)
    whole = _mapping(_json(text), "the file", 1)
    for value in _list(whole.get("allowlist"), "allowlist", None):
        if isinstance(value, str):
            yield from _of_npm(value, None, path, places.next(value))
            continue
        for id_, terms in _mapping(value, "an entry of the allowlist", None).items():
            yield from _of_npm(id_, terms, path, places.next(id_))


def _of_npm(id_: str, value: Json, path: str, line: int | None) -> Found:
    terms = {"notes": value} if value is None or isinstance(value, str) else _mapping(value, id_[:60], line)
    if terms.get("active", True) is False:
        return
    expiry = terms.get("expiry")
    if isinstance(expiry, int) and not isinstance(expiry, bool) and 0 < expiry < 10**14:
        expiry = datetime.fromtimestamp(expiry / 1000, UTC).isoformat()
    yield WrittenSuppression(
        "npm-audit",
        IGNORED,
        Place(path, line),
        (id_[:500],),
        reason=text_in(terms.get("notes"), "notes", line),
        expires=date_in(expiry, "expiry", line),
    )


class _Places:
    """The lines on which texts stand, each looked for behind the one before."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def next(self, wanted: str) -> int | None:
        """The line on which a text stands next, None when it does not stand there in these letters."""
        found = self.text.find(wanted, self.at) if wanted else -1
        if found < 0:
            return None
        self.at = found + len(wanted)
        return self.text.count("\n", 0, found) + 1


_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*+")|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/')


def _json(text: str) -> Json:
    try:
        return cast("Json", json.loads(_COMMENT.sub(lambda match: match[1] or " ", text)))
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise IgnoreFileError("is not JSON", line) from None


def _yaml(data: bytes, path: str) -> Document:
    try:
        return parse(data, path)
    except YamlMistake as mistake:
        raise IgnoreFileError(mistake.message, mistake.place.line if mistake.place else None) from None


def _mapping(value: Json, what: str, line: int | None) -> dict[str, Json]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise IgnoreFileError(f"{what} is no mapping: {shown(value)}", line)
    return value


def _list(value: Json, what: str, line: int | None) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise IgnoreFileError(f"{what} is no list: {shown(value)}", line)
    return value


def _id(value: Json, what: str, line: int | None) -> str:
    id_ = text_in(value, what, line)
    if not id_:
        raise IgnoreFileError(f"{what} has no id", line)
    return id_


Reader = Callable[[bytes, str], "Found | tuple[WrittenSuppression, ...]"]
READERS: Mapping[str, tuple[str, Reader]] = {
    ".snyk": (snyk_policy.SCANNER, snyk_policy.read),
    ".trivyignore": ("trivy", _trivy_lines),
    ".trivyignore.yaml": ("trivy", _trivy_yaml),
    ".trivyignore.yml": ("trivy", _trivy_yaml),
    "osv-scanner.toml": ("osv-scanner", _osv),
    ".gitleaksignore": ("gitleaks", _gitleaks),
    ".semgrepignore": ("semgrep", _semgrep),
    ".bandit": ("bandit", _bandit),
    ".nsprc": ("npm-audit", _nsprc),
    "audit-ci.json": ("npm-audit", _audit_ci),
    "audit-ci.jsonc": ("npm-audit", _audit_ci),
}
"""By the name of the file: the scanner that reads it, and how it is read here."""
SCANNERS = tuple(dict.fromkeys(scanner for scanner, _ in READERS.values()))
