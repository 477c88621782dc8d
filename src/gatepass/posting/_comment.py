"""The comment on a change request: one, and always the newest word; pure.

Verdict first, what blocks and how to put it right, what changed since the last run, who let what through. The
last line is not shown: by it the comment is found again, and it holds how the rules came out. It stays under
30,000 characters, since Bitbucket takes 32,768 and the others more.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from gatepass.markdown_text import code, escaped
from gatepass.plain import plain
from gatepass.posting._news import BLOCKING, News, Rule

MAXIMUM = 30_000
_RULES, _FINDINGS, _OTHERS = 20, 3, 10
_STATE = 8_000  # characters of what is remembered
_OF_ADDRESSES = ":/?#@&+,;=%~"  # without brackets and quotes: a branch may be named so, and end the link
_HIDDEN = re.compile(r"^\[//\]: # \(gatepass ([A-Za-z0-9_-]+)\)\s*\Z", re.MULTILINE)
_MARKS = {"PASSED": "✅", "FAILED": "❌"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How foreign text is shown in a forge's Markdown: as prose, and in the letters of code."""

    text: Callable[[str], str] = escaped
    code: Callable[[str], str] = code


def spans(text: str) -> str:
    """Foreign text for Markdown that knows no entities: in a code span, where nothing has a meaning."""
    shown = plain(text)[:400].replace("`", "'").strip()
    return f"`{shown}`" if shown else ""


SPANS = Dialect(spans, spans)


@dataclass(frozen=True, slots=True)
class Last:
    """What the comment that stands there said: the commit, and the rules that did not simply pass."""

    commit: str
    outcomes: Mapping[str, str]


def is_ours(text: str, name: str) -> bool:
    """Whether a comment is one of gatepass's under that name; who wrote it, the forge must tell."""
    return _state(text).get("name") == name


def last(text: str | None) -> Last | None:
    """What a comment of ours said; None when it says nothing that can be read."""
    state = _state(text or "")
    outcomes = state.get("rules")
    if not isinstance(outcomes, dict):
        return None
    return Last(str(state.get("commit", "")), {str(rule): str(said) for rule, said in outcomes.items()})


def comment(news: News, before: Last | None, dialect: Dialect = Dialect()) -> str:
    """The text of the comment, in a forge's Markdown."""
    lines = [*_lines(news, before, dialect)]
    hidden = _hidden(news, before)
    room = MAXIMUM - len(hidden) - 80
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            kept += ["", "_Shortened; the record has everything._"]
            break
        kept.append(line)
    return "\n".join([*kept, "", hidden]) + "\n"


def _lines(news: News, before: Last | None, dialect: Dialect) -> Iterator[str]:
    verdict = news.verdict.value if news.verdict else None
    said = verdict or "could not decide"
    named = "" if news.name == "gatepass" else f" · {dialect.text(news.name)}"
    yield f"## {_MARKS.get(said, '❗')} gatepass {said}{named}"
    yield ""
    head = (news.build.head or "")[:12]
    known = news.run if news.run and re.fullmatch(r"[!-~]+", news.run) else None
    run = f" · [pipeline]({quote(known, safe=_OF_ADDRESSES)})" if known else ""
    yield f"For {dialect.code(head)}{run}" if head else f"For this build{run}"
    if news.verdict is None:
        yield ""
        why = f": {dialect.text(news.why)}" if news.why else ". The log of the pipeline says why."
        yield f"No decision could be made, so nothing has passed{why}"
    for each in news.loud:
        yield ""
        yield f"⚠️ {dialect.text(each)}"
    for rule in news.failing[:_RULES]:
        yield from _failing(rule, dialect)
    if (more := len(news.failing) - _RULES) > 0:
        yield ""
        yield f"… and {more} more rules that fail."
    yield from _since(news, before, dialect)
    yield from _listed("Let through", news.overrides, dialect)
    warned = [f"{rule.code}: {rule.summary}" for rule in news.rules if rule.outcome == "warn"]
    yield from _listed("Warned about", warned, dialect)
    yield from _account(news, dialect)


def _failing(rule: Rule, dialect: Dialect) -> Iterator[str]:
    yield ""
    yield f"**❌ {dialect.code(rule.code)}** {dialect.text(rule.summary)}"
    yield ""
    for finding in rule.findings[:_FINDINGS]:
        if finding != rule.summary:
            yield f"- {dialect.text(finding)}"
    if (more := rule.blocking - _FINDINGS) > 0:
        yield f"- … and {more} more"
    for fix in rule.fixes[:_FINDINGS]:
        yield f"- **Fix:** {dialect.text(fix)}"


def _since(news: News, before: Last | None, dialect: Dialect) -> Iterator[str]:
    if before is None or news.verdict is None:
        return
    failed = {rule for rule, outcome in before.outcomes.items() if outcome in BLOCKING}
    fails = {rule.code for rule in news.failing}
    judged = {rule.code for rule in news.rules}
    changes = (
        ("fails now", sorted(fails - failed)),
        ("no longer fails", sorted((failed - fails) & judged)),
        ("is no longer judged", sorted(failed - judged)),
        ("still fails", sorted(fails & failed)),
    )
    said = [f"{words}: {', '.join(map(dialect.code, rules[:_RULES]))}" for words, rules in changes if rules]
    yield ""
    since = f" ({dialect.code(before.commit)})" if before.commit else ""
    yield f"Since the last run{since}: {'; '.join(said) or 'nothing changed'}."


def _listed(title: str, sentences: list[str] | tuple[str, ...], dialect: Dialect) -> Iterator[str]:
    if sentences:
        yield ""
        yield f"**{title}**"
        yield ""
        yield from (f"- {dialect.text(each)}" for each in sentences[:_OTHERS])
        if (more := len(sentences) - _OTHERS) > 0:
            yield f"- … and {more} more"


def _account(news: News, dialect: Dialect) -> Iterator[str]:
    if news.verdict is None:
        return
    counted = [(word, len([r for r in news.rules if r.outcome == outcome])) for outcome, word in _TALLY]
    said = ", ".join(f"{number} {word}" for word, number in counted if number)
    yield ""
    rules = f"{len(news.rules)} rule{'' if len(news.rules) == 1 else 's'}"
    yield f"{rules}: {said} · record {dialect.code(f'sha256:{news.digest[:16]}…')}"


_TALLY = (
    ("pass", "passed"),
    ("fail", "failed"),
    ("error", "in error"),
    ("warn", "warned"),
    ("overridden", "overridden"),
    ("not-applicable", "not applicable"),
)


def _hidden(news: News, before: Last | None) -> str:
    """A link definition that no page shows; it holds no text of a stranger's but ids of rules.

    A run without a decision hands on what the last decision said, or that there was none.
    """
    found = {rule.code: rule.outcome for rule in news.rules}
    said = Last((news.build.head or "")[:12], found) if news.verdict else before
    state: dict[str, object] = {"name": news.name}
    if said is not None:
        state |= {"commit": said.commit[:12], "rules": _remembered(said.outcomes)}
    data = json.dumps(state, separators=(",", ":")).encode()
    return f"[//]: # (gatepass {base64.urlsafe_b64encode(data).rstrip(b'=').decode()})"


def _remembered(found: Mapping[str, str]) -> dict[str, str]:
    """The rules that did not simply pass, as many as there is room for."""
    outcomes = {}
    room = _STATE
    for code_, outcome in found.items():
        if outcome not in ("pass", "not-applicable"):
            room -= len(code_) + len(outcome) + 6
            if room < 0:
                break
            outcomes[code_] = outcome
    return outcomes


def _state(text: str) -> dict[str, object]:
    found = _HIDDEN.search(text.rstrip() + "\n")
    if found is None:
        return {}
    try:
        value = json.loads(base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
