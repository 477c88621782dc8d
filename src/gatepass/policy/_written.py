"""A YAML text as it is written: its values with where each begins and ends, and its comments.

`strict_yaml` says what a text means; this says how it stands there, for `formatting`. Read from PyYAML's
events, whose marks count characters, lines and columns from 0, after `strict_yaml` has read the text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yaml import Event, Mark
    from yaml._yaml import Mark as CMark

BLOCK_SCALARS = ("|", ">")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place between two characters."""

    index: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """A value: ``style`` is ``''`` for plain scalars and for collections.

    ``begin`` of a collection in block style is its first key or dash; ``anchor`` is what stands before it.
    ``entries`` are keys and values; the items of a sequence have no key.
    """

    begin: Spot
    end: Spot
    style: str = ""
    text: str = ""
    anchor: str = ""
    block: bool = False
    mapping: bool = False
    entries: tuple[tuple[Node | None, Node], ...] = field(default=())

    @property
    def scalar(self) -> bool:
        """Whether it is a scalar, an alias, or nothing at all."""
        return not self.block and not self.entries and self.style != "flow"

    def value_of(self, name: str) -> Node | None:
        """The value of a key, None where there is none."""
        return next((value for key, value in self.entries if key is not None and key.text == name), None)


def nodes_of(text: str) -> Node:
    """The one value in a text that `strict_yaml.parse` takes."""
    events = _events(text)
    for event in events:
        if type(event).__name__ == "DocumentStartEvent":
            break
    return _node(next(events), events)


def comments_of(text: str) -> list[str]:
    """All comments, in order, without the spaces behind them."""
    made: list[str] = []
    at = 0
    for begin, end in [*_scalars(nodes_of(text), text), (len(text), len(text))]:
        between = text[at:begin]
        for line in between.split("\n"):
            _, sign, comment = line.partition("#")
            if sign:
                made.append(f"#{comment}".rstrip())
        at = end
    return made


def block_lines(node: Node, lines: Sequence[str]) -> range:
    """The lines of a block scalar's content; empty lines behind it belong to it only where it keeps them."""
    header = lines[node.begin.line][node.begin.column :]
    last = node.end.line
    if "+" not in header.split("#")[0]:
        while last > node.begin.line + 1 and not lines[last - 1].strip():
            last -= 1
    return range(node.begin.line + 1, last)


def _scalars(node: Node, text: str) -> Iterator[tuple[int, int]]:
    """Where scalars begin and end; of one in block style the header may carry a comment, so it is outside."""
    for each in (part for entry in node.entries for part in entry if part is not None):
        yield from _scalars(each, text)
    if node.scalar:
        header = text.find("\n", node.begin.index) + 1
        yield header if node.style in BLOCK_SCALARS else node.begin.index, node.end.index


def _events(text: str) -> Iterator[Event]:
    import yaml  # slow to import

    yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    raise AssertionError("the text ends within a value")


def _node(event: Event, events: Iterator[Event]) -> Node:
    from yaml import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

    begin, end = _spot(event.start_mark), _spot(event.end_mark)
    if isinstance(event, AliasEvent):
        return Node(begin, end, style="alias")
    if isinstance(event, ScalarEvent):
        return Node(begin, end, event.style or "", str(event.value), event.anchor or "")
    assert isinstance(event, MappingStartEvent | SequenceStartEvent)
    mapping = isinstance(event, MappingStartEvent)
    entries: list[tuple[Node | None, Node]] = []
    while not type(following := next(events)).__name__.endswith("EndEvent"):
        key = _node(following, events) if mapping else None
        entries.append((key, _node(next(events) if mapping else following, events)))
    whole = tuple(entries)
    if event.flow_style:
        return Node(begin, _spot(following.end_mark), "flow", "", event.anchor or "", False, mapping, whole)
    return Node(end, end, "", "", event.anchor or "", True, mapping, whole)


def _spot(mark: Mark | CMark | None) -> Spot:
    assert mark is not None
    return Spot(mark.index, mark.line, mark.column)
