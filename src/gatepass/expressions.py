"""JMESPath made strict.

JMESPath answers null for a name that does not exist, so a misspelt `forbid` would let every build pass.
Here an expression is walked with the shape of its evidence when the policy loads: a name the evidence does
not have, a word that is not in a closed list (`severity == 'Critical'`), an ordering of something that is
no number, and a name asked of a list or of a function's answer are mistakes.

Functions beside JMESPath's own (https://jmespath.org/specification.html): `matches(text, regex)`,
`glob(text, pattern)`, `age_days(instant)` (days from that instant to the decision's), and
`version_at_least(version, least)` (numbers compared part by part, a pre-release before its release).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from gatepass import globs
from gatepass.model.facts import Json
from gatepass.views import Fields, Items, Leaf, Shape, Unknown

if TYPE_CHECKING:
    from jmespath.functions import Functions
    from jmespath.parser import ParsedResult

Node = Mapping[str, Any]


class ExpressionMistake(Exception):  # noqa: N818  (callers turn it into a mistake of the rule)
    """The expression cannot be used."""


class ExpressionFailure(Exception):  # noqa: N818  (callers turn it into missing evidence)
    """The expression could not be evaluated over this document."""


@cache
def compiled(text: str) -> ParsedResult:
    """The parsed expression. Raises `ExpressionMistake` with the position."""
    import jmespath  # slow to import
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.compile(text)
    except JMESPathError as error:
        raise ExpressionMistake(" ".join(str(error).split())) from None


def result_shape(text: str, shape: Shape) -> Shape:
    """The shape of what an expression answers. Raises `ExpressionMistake` for names that cannot be."""
    return _walk(compiled(text).parsed, shape)


def names(text: str) -> frozenset[str]:
    """All names that an expression asks for, wherever in the document."""
    waiting: list[Node] = [compiled(text).parsed]
    found: set[str] = set()
    while waiting:
        node = waiting.pop()
        if node["type"] == "field":
            found.add(str(node["value"]))
        waiting.extend(each for each in node["children"] if isinstance(each, dict))
    return frozenset(found)


def evaluate(text: str, document: Json, now: datetime) -> Json:
    """What the expression answers over a document. Raises `ExpressionFailure` with the reason."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    options = jmespath.Options(custom_functions=_functions(now))
    try:
        return cast("Json", compiled(text).search(document, options=options))
    # infinity is no whole number, and merge() takes what it is given for objects
    except (JMESPathError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
        raise ExpressionFailure(" ".join(str(error).split())) from None


def _walk(node: Node, shape: Shape) -> Shape:
    return _WALKERS.get(node["type"], _walk_children)(node, shape)


def _walk_children(node: Node, shape: Shape) -> Shape:
    for child in node["children"]:
        _walk(child, shape)
    return Leaf("any")


def _field(node: Node, shape: Shape) -> Shape:
    name = str(node["value"])
    if isinstance(shape, Unknown):
        return shape
    if isinstance(shape, Fields):
        if name in shape.named:
            return shape.named[name]
        if shape.more is not None:
            return shape.more
        if name in ("null", "true", "false"):
            raise ExpressionMistake(f"{name} is a name here; write `{name}` in backticks for the value")
        close = get_close_matches(name, shape.named, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else f"; there is {', '.join(sorted(shape.named))}"
        raise ExpressionMistake(f"the evidence has no '{name}' here{hint}")
    if isinstance(shape, Items):
        raise ExpressionMistake(f"'{name}' is asked of a list; write [].{name} or [?…]")
    raise ExpressionMistake(f"'{name}' is asked of something that has no fields")


def _chain(node: Node, shape: Shape) -> Shape:
    for child in node["children"]:
        shape = _walk(child, shape)
    return shape


def _projection(node: Node, shape: Shape) -> Shape:
    left, right = node["children"]
    return Items(_walk(right, _element(_walk(left, shape))))


def _value_projection(node: Node, shape: Shape) -> Shape:
    left, right = node["children"]
    owner = _walk(left, shape)
    if isinstance(owner, Fields):
        inner = owner.more or next(iter(owner.named.values()), Unknown())
        return Items(_walk(right, inner if owner.more else Unknown()))
    return Items(_walk(right, Unknown() if isinstance(owner, Unknown) else Leaf("any")))


def _filter(node: Node, shape: Shape) -> Shape:
    left, right, condition = node["children"]
    element = _element(_walk(left, shape))
    _walk(condition, element)
    return Items(_walk(right, element))


def _flatten(node: Node, shape: Shape) -> Shape:
    inner = _walk(node["children"][0], shape)
    element = _element(inner)
    return Items(element.of if isinstance(element, Items) else element)


def _element(shape: Shape) -> Shape:
    if isinstance(shape, Items):
        return shape.of
    if isinstance(shape, Unknown):
        return shape
    raise ExpressionMistake("a list is expected before '[…]', and this is none")


def _index(_: Node, shape: Shape) -> Shape:
    return _element(shape)


def _same(_: Node, shape: Shape) -> Shape:
    return shape


def _literal(node: Node, _: Shape) -> Shape:
    value = node["value"]
    if isinstance(value, bool):
        return Leaf("boolean")
    if isinstance(value, int | float):
        return Leaf("number")
    return Leaf("string") if isinstance(value, str) else (Leaf("null") if value is None else Unknown())


def _comparison(node: Node, shape: Shape) -> Shape:
    left, right = node["children"]
    shapes = (_walk(left, shape), _walk(right, shape))
    for mine, other, literal in ((shapes[0], shapes[1], right), (shapes[1], shapes[0], left)):
        if not isinstance(mine, Leaf):
            continue
        value = literal.get("value") if literal["type"] == "literal" else None
        if mine.words and isinstance(value, str) and value not in mine.words:
            raise ExpressionMistake(f"'{value}' never occurs here; the words are {', '.join(mine.words)}")
        if node["value"] in ("lt", "lte", "gt", "gte") and mine.type not in ("number", "any"):
            raise ExpressionMistake(
                "'<', '<=', '>' and '>=' compare numbers alone; anything else answers null"
            )
        if value is not None and {mine.type, cast("Leaf", other).type} == {"number", "string"}:
            raise ExpressionMistake(f"a number is compared with the string {value!r}; write `{value}`")
    return Leaf("boolean")


def _boolean(node: Node, shape: Shape) -> Shape:
    _walk_children(node, shape)
    return Leaf("boolean")


def _or(node: Node, shape: Shape) -> Shape:
    shapes = [_walk(child, shape) for child in node["children"]]
    return shapes[0] if shapes[0] == shapes[1] else Leaf("any")


def _multi_list(node: Node, shape: Shape) -> Shape:
    for child in node["children"]:
        _walk(child, shape)
    return Items(Leaf("any"))


def _multi_dict(node: Node, shape: Shape) -> Shape:
    return Fields({str(pair["value"]): _walk(pair["children"][0], shape) for pair in node["children"]})


def _function(node: Node, shape: Shape) -> Shape:
    name = node["value"]
    if name not in _RESULTS:
        close = get_close_matches(name, _RESULTS, n=1)
        raise ExpressionMistake(
            f"there is no function {name}()" + (f"; did you mean {close[0]}()?" if close else "")
        )
    by_element: Shape = Leaf("any")
    shapes: list[Shape] = []
    for child in node["children"]:
        if child["type"] == "expref":
            lists = [each for each in shapes if isinstance(each, Items | Unknown)]
            # map(&expression, list) has its list second; the others first
            source = lists[0] if lists else _walk(node["children"][-1], shape)
            by_element = _walk(child["children"][0], _element(source))
            shapes.append(Leaf("expression"))
        else:
            shapes.append(_walk(child, shape))
    if name == "matches":
        _refuse_bad_regex(node)
    result = _RESULTS[name]
    if result == "first":
        return shapes[0] if shapes else Leaf("any")
    if result == "element":
        return _element(shapes[0])
    if result == "mapped":
        return Items(by_element)
    return Items(Leaf("any")) if result == "list" else Leaf(result)


def _refuse_bad_regex(node: Node) -> None:
    pattern = node["children"][1] if len(node["children"]) > 1 else {"type": ""}
    if pattern["type"] != "literal":
        raise ExpressionMistake("matches() needs its pattern written out, so that it can be checked")
    try:
        re.compile(str(pattern["value"]))
    except re.error as error:
        raise ExpressionMistake(f"{pattern['value']!r} is no regular expression: {error}") from None


_WALKERS = {
    "field": _field,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "index": _index,
    "slice": _same,
    "projection": _projection,
    "value_projection": _value_projection,
    "filter_projection": _filter,
    "flatten": _flatten,
    "identity": _same,
    "current": _same,
    "literal": _literal,
    "comparator": _comparison,
    "and_expression": _boolean,
    "not_expression": _boolean,
    "or_expression": _or,
    "multi_select_list": _multi_list,
    "multi_select_dict": _multi_dict,
    "function_expression": _function,
}

_RESULTS = {
    **dict.fromkeys(
        ("abs", "avg", "ceil", "floor", "length", "max", "min", "sum", "to_number", "age_days"), "number"
    ),
    **dict.fromkeys(
        ("contains", "ends_with", "starts_with", "matches", "glob", "version_at_least"), "boolean"
    ),
    **dict.fromkeys(("join", "to_string", "type"), "string"),
    **dict.fromkeys(("reverse", "sort", "sort_by", "not_null"), "first"),
    **dict.fromkeys(("max_by", "min_by"), "element"),
    **dict.fromkeys(("keys", "values", "to_array"), "list"),
    "map": "mapped",
}


@cache
def _functions(now: datetime) -> Functions:
    from jmespath import functions

    class OurFunctions(functions.Functions):
        """JMESPath's functions and ours; a null argument answers null where the standard's would raise."""

        @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})
        def _func_matches(self, text: str | None, pattern: str) -> bool:
            return text is not None and re.search(pattern, text[:10_000]) is not None

        @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})
        def _func_glob(self, text: str | None, pattern: str) -> bool:
            return text is not None and globs.matches(text, pattern)

        @functions.signature({"types": ["string", "null"]})
        def _func_age_days(self, text: str | None) -> float | None:
            if text is None:
                return None
            then = datetime.fromisoformat(text)
            if then.tzinfo is None:
                raise ValueError(f"age_days() needs an instant with its zone, not {text!r}")
            return (now - then).total_seconds() / 86400

        @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})
        def _func_version_at_least(self, version: str | None, least: str) -> bool:
            return version is not None and version_key(version) >= version_key(least)

    return OurFunctions()


def version_key(version: str) -> tuple[tuple[int, ...], tuple[tuple[int, int | str], ...]]:
    """A key that orders versions: numbers part by part, then a pre-release before its release.

    Follows Semantic Versioning 2.0 section 11; build metadata after ``+`` and a leading ``v`` do not count.
    Raises ``ValueError`` when there is no number at the start.
    """
    match = re.match(r"v?(\d+(?:\.\d+)*)(?:[-.]?([0-9A-Za-z][0-9A-Za-z.-]*))?(?:\+.*)?\Z", version.strip())
    if not match:
        raise ValueError(f"{version!r} is no version")
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    if match[2] is None:
        return tuple(numbers), ((2, ""),)
    parts: Iterable[str] = re.split(r"[.-]", match[2])
    return tuple(numbers), tuple((0, int(part)) if part.isdigit() else (1, part) for part in parts)
