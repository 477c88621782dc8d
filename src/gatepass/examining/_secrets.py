"""What must not be shown, whoever says it: a server may answer with the very token that it was asked with."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gatepass.examining._lines import Examination, Fact, Line

HIDDEN = "[secret]"
_SECRET = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|_KEY\b|\bKEY\b|_KEY_|APIKEY|AUTH(?!OR)"
)
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Secrets:
    """Texts to be hidden, the longest first, so that no part of one is left over."""

    texts: tuple[str, ...]

    @staticmethod
    def of(environment: Mapping[str, str], more: Iterable[str] = ()) -> Secrets:
        """The values of all variables whose names sound secret, of those in ``more``, and as they are sent.

        Of a value in several lines (a key) each line is one. Values of fewer than eight characters are not
        hidden: nobody's token is that short, and half of every text would be gone.
        """
        named = set(more)
        values = {
            part
            for name, value in environment.items()
            if name in named or _SECRET.search(name.upper())
            for part in (value.strip(), *value.split())
            if len(part) >= _SHORTEST
        }
        users = {environment.get("BITBUCKET_USERNAME", "")}
        pairs = {
            pair for value in values for pair in (f"{value}:", f":{value}", *(f"{u}:{value}" for u in users))
        }
        sent = {base64.b64encode(pair.encode()).decode() for pair in pairs}
        return Secrets(tuple(sorted(values | sent, key=lambda each: (-len(each), each))))

    def hidden_in(self, text: str) -> str:
        """The text without them."""
        for secret in self.texts:
            text = text.replace(secret, HIDDEN)
        return text

    def without(self, examination: Examination) -> Examination:
        """The same examination without them."""
        sections = tuple(
            replace(each, lines=tuple(self._line(line) for line in each.lines))
            for each in examination.sections
        )
        return Examination(self.hidden_in(examination.subject), sections)

    def _line(self, line: Line) -> Line:
        return replace(
            line,
            id=self.hidden_in(line.id),
            what=self.hidden_in(line.what),
            said=self.hidden_in(line.said),
            fix=self.hidden_in(line.fix) if line.fix else None,
            facts=tuple((name, self._fact(value)) for name, value in line.facts),
        )

    def _fact(self, value: Fact) -> Fact:
        return self.hidden_in(value) if isinstance(value, str) else value
