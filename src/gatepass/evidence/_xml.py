"""XML from a stranger: streamed through expat, without entities and without fetching a DTD."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from gatepass.errors import UnreadableEvidence
from gatepass.evidence._open import OpenReport

Start = Callable[[str, list[str]], object]
End = Callable[[str], object]
Text = Callable[[str], object]


def parse_xml(report: OpenReport, start: Start, end: End | None = None, text: Text | None = None) -> None:
    """Stream a report through handlers.

    ``start`` gets the tag with its prefix and the attributes as a flat list (name, value, name, …): the
    fastest form that expat has. A DOCTYPE is legal and left unread; an entity declaration is refused.
    Raises `UnreadableEvidence` with line and column.
    """
    stream_xml(report, lambda parser: _attach(parser, start, end, text))


def stream_xml(
    report: OpenReport,
    attach: Callable[[expat.XMLParserType], None],
    after_chunk: Callable[[], object] | None = None,
) -> None:
    """Stream a report through a guarded parser whose handlers ``attach`` sets, for readers that swap them.

    ``after_chunk`` is called after each piece of up to 1 MiB, for readers that must not let things pile up.
    """
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True

    def refuse(name: str, *_: object) -> None:
        raise UnreadableEvidence(
            f"declares the entity {name!r}; entities are not expanded, so the report cannot be trusted",
            line=parser.CurrentLineNumber,
            column=parser.CurrentColumnNumber + 1,
        )

    parser.EntityDeclHandler = refuse
    parser.SkippedEntityHandler = refuse
    attach(parser)
    try:
        for chunk in report.chunks():
            parser.Parse(chunk, False)
            if after_chunk:
                after_chunk()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "is not XML")
        hint = "; was the tool interrupted?" if error.code in _CUT_OFF else ""
        raise UnreadableEvidence(
            f"is not well-formed XML: {what}{hint}", line=error.lineno, column=error.offset + 1
        ) from None
    except (LookupError, ValueError) as error:
        raise UnreadableEvidence(f"is not readable XML: {error}", line=parser.CurrentLineNumber) from None


def attributes_of(flat: list[str]) -> dict[str, str]:
    """The flat list of attributes as a mapping."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def local(tag: str) -> str:
    """A tag without its prefix."""
    return tag.rpartition(":")[2]


def _attach(parser: expat.XMLParserType, start: Start, end: End | None, text: Text | None) -> None:
    parser.StartElementHandler = start
    if end:
        parser.EndElementHandler = end
    if text:
        parser.CharacterDataHandler = text


_CUT_OFF = {
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
}
