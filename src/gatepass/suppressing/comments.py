"""Comments that scanners obey: a row for each, with the page that describes it.

A row fits where its mark stands. Everything is looked at in windows of a thousand signs, so that a line of
ten megabytes costs no more than a short one; what a window cuts off counts for the worse (a list of rules
whose end is not seen is taken for all rules).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gatepass.model.place import Place
from gatepass.model.suppressions import SuppressionKind, WrittenSuppression

WINDOW = 1000
LONGEST_REASON = 500
MOST_MARKS = 20_000

_PYTHON = (".py", ".pyi", ".pyw")
_JAVASCRIPT = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte", ".astro")
_LIST = r"[^\s,]+(?:\s*,\s*[^\s,]+)*"
_TERMS = r"(?P<terms>(?::(?:exp|ws):[^\s:]*)*)"
_EXPIRY = re.compile(r":exp:([^\s:]*)")


def _bandit_rules(rules: list[str]) -> list[str] | None:
    """Of rules of flake8 those that are bandit's; None when it is about others alone."""
    return [each for each in rules if re.fullmatch(r"S\d+", each)] or (None if rules else [])


_SECURE = re.compile(
    r"(?:security|no-unsanitized|no-secrets|xss|sonarjs|@microsoft/sdl|react-security)/.+"
    r"|(?:@typescript-eslint/)?no-(?:eval|implied-eval|new-func|script-url)"
    r"|react/no-danger(?:-with-children)?|react/jsx-no-(?:target-blank|script-url)|vue/no-v-html|svelte/no-at-html-tags"
)


def _secure_rules(rules: list[str]) -> list[str] | None:
    """Of rules of ESLint those that are about security; None when it is about others alone."""
    return [each for each in rules if _SECURE.fullmatch(each)] or (None if rules else [])


def _gosec_rules(linters: list[str]) -> list[str] | None:
    """Of linters the one that is about security; all for all of them; None when it is about others alone."""
    named = [each.casefold() for each in linters]
    return (
        ["gosec"]
        if "gosec" in named and "all" not in named
        else (None if named and "all" not in named else [])
    )


@dataclass(frozen=True, slots=True)
class Form:
    """A comment that a scanner obeys.

    ``mark`` is a word of it in lower case. ``pattern`` must fit from the mark on; its groups are ``rules``,
    ``reason`` and ``terms``, where there are any. ``after`` are signs of which one must stand before it,
    white space aside; without any it counts wherever it stands. ``endings`` are those of the names of the
    files that the scanner looks at, all when there are none. ``about`` picks the rules that count.
    """

    scanner: str
    mark: str
    pattern: str
    page: str
    endings: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    exact: bool = False
    about: Callable[[list[str]], list[str] | None] = list

    @property
    def compiled(self) -> re.Pattern[str]:
        """The pattern; capitals make a difference only where they do for the scanner."""
        return re.compile(self.pattern, 0 if self.exact else re.IGNORECASE)


FORMS: tuple[Form, ...] = (
    Form(
        "bandit",
        "nosec",
        r"nosec\b:?(?P<rules>(?:[\s,]*\b(?:B\d{3}|[a-z]+(?:_[a-z0-9]+)+)\b)*)(?P<reason>.*)",
        "https://bandit.readthedocs.io/en/latest/config.html#suppressing-individual-lines",
        _PYTHON,
        ("#",),
    ),
    Form(
        "gosec",
        "nosec",
        r"nosec\b:?(?P<rules>(?:[\s,]*\bG\d{3}\b)*)(?P<reason>.*)",
        "https://github.com/securego/gosec#annotating-code",
        (".go",),
        ("#",),
    ),
    Form(
        "gosec",
        "gosec:disable",
        r"gosec:disable\b(?P<rules>(?:[\s,]*\bG\d{3}\b)*)(?P<reason>.*)",
        "https://github.com/securego/gosec#annotating-code",
        (".go",),
    ),
    Form(
        "golangci-lint",
        "nolint",
        r"nolint\b(?:\s*:\s*(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*))?(?P<reason>.*)",
        "https://golangci-lint.run/docs/linters/false-positives/#nolint-directive",
        (".go",),
        ("//",),
        about=_gosec_rules,
    ),
    Form(
        "ruff",
        "noqa",
        r"noqa\b(?:\s*:\s*(?P<rules>[A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*))?(?P<reason>.*)",
        "https://docs.astral.sh/ruff/linter/#error-suppression",
        _PYTHON,
        ("#", "# ruff:", "# flake8:", "#ruff:", "#flake8:"),
        about=_bandit_rules,
    ),
    Form(
        "sonarqube",
        "nosonar",
        r"NOSONAR(?:\s*\((?P<rules>[^()]*)\))?(?P<reason>.*)",
        "https://docs.sonarsource.com/sonarqube-server/user-guide/issues/managing/",
        exact=True,
    ),
    Form(
        "semgrep",
        "nosem",
        rf"(?<!\w)nosem(?:grep)?\b(?:\s?[:=]\s?(?P<rules>{_LIST}))?(?P<reason>.*)",
        "https://semgrep.dev/docs/ignoring-files-folders-code",
    ),
    Form(
        "eslint",
        "eslint-disable",
        r"eslint-disable(?:-next-line|-line)?(?P<rules>[^*-]*(?:(?!--|\*/)[*-][^*-]*)*)(?:--)?(?P<reason>.*)",
        "https://eslint.org/docs/latest/use/configure/rules#disabling-rules",
        _JAVASCRIPT,
        about=_secure_rules,
    ),
    Form(
        "checkov",
        "checkov:skip=",
        r"checkov:skip=\s*(?P<rules>[\w-]+(?:,[\w-]+)*)?:?(?P<reason>.*)",
        "https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html",
    ),
    Form(
        "checkov",
        "bridgecrew:skip=",
        r"bridgecrew:skip=\s*(?P<rules>[\w-]+(?:,[\w-]+)*)?:?(?P<reason>.*)",
        "https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html",
    ),
    Form(
        "tfsec",
        "tfsec:ignore:",
        rf"tfsec:ignore:(?P<rules>[\w.*-]*)(?:\[[^\]]*\])?{_TERMS}(?P<reason>.*)",
        "https://aquasecurity.github.io/tfsec/latest/guides/configuration/ignores/",
    ),
    Form(
        "trivy",
        "trivy:ignore:",
        rf"trivy:ignore:(?P<rules>[\w.*-]*)(?:\[[^\]]*\])?{_TERMS}(?P<reason>.*)",
        "https://trivy.dev/latest/docs/scanner/misconfiguration/config/config/#skipping-resources-by-inline-comments",
    ),
    Form(
        "kics",
        "kics-scan",
        r"kics-scan\s+(?:ignore(?:-line|-block)?|disable=(?P<rules>[\w,-]+))(?P<reason>.*)",
        "https://docs.kics.io/latest/running-kics/#using_commands_on_scanned_files_as_comments",
    ),
    Form(
        "gitleaks",
        "gitleaks:allow",
        r"gitleaks:allow(?P<reason>.*)",
        "https://github.com/gitleaks/gitleaks#gitleaksallow",
    ),
    Form(
        "trufflehog",
        "trufflehog:ignore",
        r"trufflehog:ignore(?P<reason>.*)",
        "https://docs.trufflesecurity.com/ignore-findings",
    ),
    Form(
        "detect-secrets",
        "pragma",
        r"pragma\s?:\s?(?:allow|white)list(?:[ -]nextline)?[ -]secret(?P<reason>.*)",
        "https://github.com/Yelp/detect-secrets#inline-allowlisting",
    ),
    Form(
        "codeql",
        "codeql",
        r"(?<!\w)codeql\s?\[(?P<rules>[^\]]*)\]?(?P<reason>.*)",
        "https://docs.github.com/en/code-security/code-scanning/managing-code-scanning-alerts",
    ),
    Form(
        "codeql",
        "lgtm",
        r"(?<!\w)lgtm\s?\[(?P<rules>[^\]]*)\]?(?P<reason>.*)",
        "https://docs.github.com/en/code-security/code-scanning/managing-code-scanning-alerts",
    ),
    Form(
        "codeql",
        "lgtm",
        r"lgtm\b(?!\s?\[)(?P<reason>.*)",
        "https://docs.github.com/en/code-security/code-scanning/managing-code-scanning-alerts",
        after=("//", "#", "/*", "--"),
    ),
    Form(
        "snyk",
        "deepcode",
        r"deepcode\s+ignore\s+(?P<rules>[\w~/.-]+(?:\s*,\s*[\w~/.-]+)*)(?P<reason>.*)",
        "https://docs.snyk.io/manage-risk/prioritize-issues-for-fixing/ignore-issues",
    ),
    Form(
        "zizmor",
        "zizmor",
        r"zizmor:\s?ignore\[(?P<rules>[^\]]*)\]?(?P<reason>.*)",
        "https://docs.zizmor.sh/usage/#with-comments",
        (".yml", ".yaml"),
    ),
    Form(
        "flawfinder",
        "flawfinder",
        r"flawfinder:\s*ignore(?P<reason>.*)",
        "https://dwheeler.com/flawfinder/",
    ),
)
SCANNERS = tuple(dict.fromkeys(form.scanner for form in FORMS))

_COMPILED = tuple((form, form.compiled) for form in FORMS)
_MARKS = tuple(dict.fromkeys(form.mark.encode() for form in FORMS))
_ANY_MARK = re.compile(b"|".join(map(re.escape, sorted(_MARKS, key=len, reverse=True))))
_LEAD_IN = re.compile(r"[\s:;,.#/*-]*(?:--|–|—)?[\s:;,-]*")
_END = re.compile(r"\*/|-->|#\}|\]\]")


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in one file; ``marks`` counts the words that were looked at, which is what costs time.

    ``whole`` is false when there were more than 20,000 of them, and the rest was left.
    """

    suppressions: tuple[WrittenSuppression, ...] = ()
    marks: int = 0
    whole: bool = True


def look_through(data: bytes, path: str) -> Looked:
    """Find the comments of a file in UTF-8 that a scanner obeys, in order."""
    lowered = data.lower()
    if not any(mark in lowered for mark in _MARKS):
        return Looked()
    made: list[WrittenSuppression] = []
    line, counted, marks = 1, 0, 0
    for found in _ANY_MARK.finditer(lowered):
        marks += 1
        if marks > MOST_MARKS:
            return Looked(tuple(made), marks, whole=False)
        at = found.start()
        line += data.count(b"\n", counted, at)
        counted = at
        if one := _obeyed(data, at, found[0], Place(path, line)):
            made.append(one)
    return Looked(tuple(made), marks)


def _obeyed(data: bytes, at: int, mark: bytes, place: Place) -> WrittenSuppression | None:
    before, text, cut = _window(data, at)
    for form, pattern in _COMPILED:
        if form.mark.encode() != mark or not _is_for(form, place.path):
            continue
        match = pattern.match(before + text, len(before))
        if match and _stands_after(form, before):
            return _made(form, match, place, cut=cut)
    return None


def _window(data: bytes, at: int) -> tuple[str, str, bool]:
    """What stands before a mark in its line, and from it on; whether the line goes on past that."""
    begin = max(data.rfind(b"\n", max(0, at - WINDOW), at) + 1, at - WINDOW, 0)
    end = data.find(b"\n", at, at + WINDOW)
    cut = end < 0 and len(data) > at + WINDOW
    end = end if end >= 0 else min(len(data), at + WINDOW)
    text = data[at:end].decode("utf-8", "replace").rstrip("\r")
    return data[begin:at].decode("utf-8", "replace"), text, cut


def _is_for(form: Form, path: str) -> bool:
    return not form.endings or path.lower().endswith(form.endings)


def _stands_after(form: Form, before: str) -> bool:
    """Whether what must stand before a mark does; white space without an end may hide it, and so it does."""
    text = before.rstrip()
    return not form.after or text.lower().endswith(form.after) or (not text and len(before) >= WINDOW // 4)


def _made(form: Form, match: re.Match[str], place: Place, *, cut: bool) -> WrittenSuppression | None:
    groups = match.groupdict()
    listed = groups.get("rules") or ""
    given = [each for each in re.split(r"[\s,]+", listed.strip()) if each]
    rules = form.about(given)
    if rules is None:
        return None
    unseen_end = cut and bool(listed) and match.end("rules") == len(match.string)
    terms = _EXPIRY.search(groups.get("terms") or "")
    reason = _reason(groups.get("reason") or "")
    return WrittenSuppression(
        form.scanner,
        SuppressionKind.COMMENT,
        place,
        () if unseen_end or "*" in rules else tuple(dict.fromkeys(rules)),
        reason=reason[:LONGEST_REASON],
        expires=terms[1] if terms else None,
    )


def _reason(text: str) -> str:
    """What is said behind it, up to the next comment of the kind, without the signs around it."""
    if following := _ANY_MARK.search(text.lower().encode()):
        text = text.encode()[: following.start()].decode("utf-8", "replace")
    return _LEAD_IN.sub("", _END.split(text)[0], count=1).strip()
