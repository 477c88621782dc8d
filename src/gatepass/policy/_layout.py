"""From nodes to lines: each key and each item takes its comments along.

lead      comments and empty lines above an entry that are no deeper than it: they go where it goes
trail     comments below it that are deeper than what follows: they stay behind it
foot      what is left at the end of a block
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatepass.model.place import Place
from gatepass.policy._written import BLOCK_SCALARS, Node, block_lines
from gatepass.policy.key_order import Schema, below, item, rank

_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "="})
_TYPED = frozenset({"true", "false", "null"})
_INDENTED_BY = re.compile(r"\S*[|>][+-]?[1-9]")


class Unformattable(Exception):  # noqa: N818  (`formatting` makes an error of it)
    """A text that is written in a way that this does not know."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key with its value, or an item, from ``line`` to ``upto`` (not included) behind its trail."""

    key: Node | None
    value: Node
    line: int
    upto: int
    lead: Sequence[str]
    trail: Sequence[str]


@dataclass(frozen=True, slots=True)
class Layout:
    """Lays out one text: its lines, and whether keys may change places."""

    text: str
    name: str
    lines: Sequence[str]
    sorts: bool

    @classmethod
    def of(cls, text: str, name: str, root: Node) -> Layout:
        """Of a text and its nodes. Where there are anchors no key moves: one might come behind its alias."""
        return cls(text, name, text.split("\n"), not _anchored(root))

    def document(self, root: Node, schema: Schema) -> str:
        """The whole text anew. Raises `Unformattable`."""
        if not root.block or not root.mapping:
            raise self._unknown("it is written in one line, as JSON is", root.begin.line)
        above, body = self._block(root, schema, 0, len(self.lines))
        # what stands above the first key is about the file, and stays there whichever key is the first
        head = _tidy([*self.lines[: root.begin.line], *above], 0)
        return "\n".join([*_without_gap(head), *body]).rstrip("\n") + "\n"

    def _block(self, node: Node, schema: Schema, indent: int, upto: int) -> tuple[list[str], list[str]]:
        """What goes above a block that ends before the line ``upto``, and its lines."""
        entries, foot = self._entries(node, upto)
        if node.mapping and self.sorts:
            order = rank(schema)
            entries.sort(key=lambda each: order.get(_name(each), len(order)))
        above: list[str] = []
        made: list[str] = []
        for entry in entries:
            make = self._item if entry.key is None else self._member
            more, body = make(entry, node.begin.column, schema, indent)
            lead = [*_tidy(entry.lead, indent), *more]
            if made:
                made += lead
            else:
                above = _without_gap(lead)
            made += body
        return above, [*made, *_tidy(foot, indent)]

    def _entries(self, node: Node, upto: int) -> tuple[list[_Entry], list[str]]:
        """The entries of a block in their order, and its foot."""
        made: list[_Entry] = []
        lead: list[str] = []
        line = node.begin.line
        following = list(node.entries[1:])
        for key, value in node.entries:
            if key is not None and key.begin.column != node.begin.column:
                raise self._unknown("a key is written with '? '", key.begin.line)
            end = max(line, self._last_line(value)) + 1
            after = following.pop(0) if following else None
            start = upto if after is None else self._start(after, end)
            trail, next_lead = _parted(self._gap(end, start), node.begin.column)
            made.append(_Entry(key, value, line, end + len(trail), lead, trail))
            lead, line = next_lead, start
        return made, lead

    def _start(self, entry: tuple[Node | None, Node], at: int) -> int:
        """The line in which an entry begins, at or behind the line ``at``."""
        key, value = entry
        if key is not None:
            return key.begin.line
        return next(n for n in range(at, value.begin.line + 1) if not _is_gap(self.lines[n]))

    def _last_line(self, node: Node) -> int:
        if node.block:
            return self._last_line(node.entries[-1][1])
        if node.style in BLOCK_SCALARS:
            return max(node.begin.line, block_lines(node, self.lines).stop - 1)
        return node.end.line

    def _gap(self, begin: int, end: int) -> list[str]:
        for number in range(begin, end):
            if not _is_gap(self.lines[number]):
                raise self._unknown("what stands here is in nobody's place", number)
        return list(self.lines[begin:end])

    def _member(self, entry: _Entry, column: int, schema: Schema, indent: int) -> tuple[list[str], list[str]]:
        """A key and its value; nothing goes above it."""
        key, value = entry.key, entry.value
        assert key is not None
        pad = " " * indent
        head = f"{pad}{self._raw(key)}:"
        behind = self.lines[key.end.line][key.end.column :].lstrip()[1:].rstrip()
        inner = below(schema, key.text)
        if value.block:
            between = _tidy(self._gap(key.end.line + 1, value.begin.line), indent + 2)
            above, body = self._block(value, inner, indent + 2, entry.upto)
            return [], [head + behind, *_without_gap([*between, *above]), *body]
        if value.begin.line == key.end.line:
            return [], self._after(head, entry, column, inner, indent)
        between = _without_gap(_tidy(self._gap(key.end.line + 1, value.begin.line), indent + 2))
        if not between and not behind:
            return [], self._after(head, entry, column, inner, indent)
        below_it = self._after(f"{pad} ", entry, column, inner, indent)
        return [], [head + behind, *between, *below_it]

    def _item(self, entry: _Entry, column: int, schema: Schema, indent: int) -> tuple[list[str], list[str]]:
        """An item behind its dash, and what goes above it."""
        value, pad = entry.value, " " * indent
        inner = item(schema, value)
        behind = self.lines[entry.line][column + 1 :].strip()
        apart = value.begin.line > entry.line
        if apart and behind and not behind.startswith("#"):  # an anchor
            raise self._unknown("an anchor stands in a line of its own", entry.line)
        more = [behind] if apart and behind else []
        between = self._gap(entry.line + 1, value.begin.line) if apart else []
        above = _without_gap(_tidy([*more, *between], indent))
        if not value.block:
            return above, self._after(f"{pad}-", entry, column, inner, indent)
        if value.anchor:
            raise self._unknown("an item of several keys has an anchor", entry.line)
        higher, body = self._block(value, inner, indent + 2, entry.upto)
        return [*above, *_tidy(higher, indent)], [f"{pad}- {body[0].lstrip()}", *body[1:]]

    def _after(self, head: str, entry: _Entry, column: int, schema: Schema, indent: int) -> list[str]:
        """A value behind its key or dash, what stands behind it in its line, and its trail."""
        value = entry.value
        first, *rest = self._value(value, column, schema, indent)
        made = [f"{head} {first}" if first else head, *rest]
        if value.style in BLOCK_SCALARS:
            return [*made, *_tidy(entry.trail, indent)]
        behind = self.lines[value.end.line][value.end.column :].rstrip()
        if behind and not behind.lstrip().startswith("#"):
            raise self._unknown("what stands here is in nobody's place", value.end.line)
        made[-1] += behind
        return [*made, *_tidy(entry.trail, indent + 2)]

    def _value(self, node: Node, column: int, schema: Schema, indent: int) -> list[str]:
        """The lines of a value that is no block of keys or items; the first without its indent."""
        if node.begin.line == node.end.line:
            return [self._flow(node, schema)]
        if node.style in BLOCK_SCALARS:
            return self._block_scalar(node, column, indent)
        first, *rest = self._raw(node).split("\n")
        if node.style == "flow":  # over several lines, as somebody laid it out
            return [first.rstrip(), *(_moved(each, indent - column).rstrip() for each in rest)]
        pad = " " * (indent + 2)
        return [first, *(f"{pad}{each.lstrip()}" if each.strip() else "" for each in rest)]

    def _block_scalar(self, node: Node, column: int, indent: int) -> list[str]:
        header = self.lines[node.begin.line][node.begin.column :].rstrip()
        content = [self.lines[number] for number in block_lines(node, self.lines)]
        if _INDENTED_BY.match(header.partition(" ")[0]):
            return [header, *(_moved(each, indent - column) for each in content)]
        deep = min((len(each) - len(each.lstrip(" ")) for each in content if each.strip()), default=0)
        pad = " " * (indent + 2)
        return [header, *(f"{pad}{each[deep:]}" if each[deep:] else "" for each in content)]

    def _flow(self, node: Node, schema: Schema) -> str:
        """A value in one line."""
        if node.scalar:
            raw = self._raw(node)
            plain = not node.style and not node.anchor
            return f'"{raw}"' if plain and raw not in _TYPED and raw.casefold() in _WORDS else raw
        entries = list(node.entries)
        if node.mapping and self.sorts:
            order = rank(schema)
            entries.sort(key=lambda each: order.get(each[0].text if each[0] else "", len(order)))
        parts = [
            self._flow(value, item(schema, value))
            if key is None
            else f"{self._raw(key)}: {self._flow(value, below(schema, key.text))}".removesuffix(": ")
            for key, value in entries
        ]
        inside = ", ".join(parts)
        anchor = f"&{node.anchor} " if node.anchor else ""
        return f"{anchor}{{{inside}}}" if node.mapping else f"{anchor}[{inside}]"

    def _raw(self, node: Node) -> str:
        return self.text[node.begin.index : node.end.index]

    def _unknown(self, message: str, line: int) -> Unformattable:
        return Unformattable(message, Place(self.name, line + 1))


def _anchored(node: Node) -> bool:
    return bool(node.anchor) or any(_anchored(part) for part in _parts(node))


def _parts(node: Node) -> Iterator[Node]:
    return (part for entry in node.entries for part in entry if part is not None)


def _name(entry: _Entry) -> str:
    return entry.key.text if entry.key else ""


def _is_gap(line: str) -> bool:
    """Whether a line is empty, a comment, or the mark of the text's end."""
    return line.strip().startswith("#") or line.strip() in ("", "...")


def _parted(gap: list[str], column: int) -> tuple[list[str], list[str]]:
    """What of a gap belongs to the entry above it, and what to the one below, which stands in a column."""
    at = len(gap)
    while at and (not gap[at - 1].strip() or len(gap[at - 1]) - len(gap[at - 1].lstrip()) <= column):
        at -= 1
    return gap[:at], gap[at:]


def _tidy(lines: Sequence[str], indent: int) -> list[str]:
    """Comments in a column, and no two empty lines in a row."""
    made: list[str] = []
    for line in lines:
        if line.strip() or not made or made[-1]:
            made.append(f"{' ' * indent}{line.strip()}" if line.strip() else "")
    return made


def _without_gap(lines: list[str]) -> list[str]:
    return lines[1:] if lines and not lines[0] else lines


def _moved(line: str, by: int) -> str:
    """A line with as many spaces more, or as many as it has less."""
    if not line.strip():
        return ""
    return " " * by + line if by >= 0 else line[min(-by, len(line) - len(line.lstrip(" "))) :]
