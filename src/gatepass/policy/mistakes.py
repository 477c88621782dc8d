"""What a JSON Schema objects to, in words a policy writer can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, cast

from gatepass.model.facts import Json
from gatepass.model.place import Place
from gatepass.strict_yaml import Document

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError


def mistakes(document: Document, schema: Mapping[str, Json]) -> list[tuple[Place, str]]:
    """Everything that is wrong with a document, in order of lines: place and message."""
    validator = _strict()(schema)
    found: dict[tuple[Place, str], None] = {}
    for error in validator.iter_errors(document.value):
        for path, message in _in_words(error, document.value):
            found[document.place(path), message] = None
    return sorted(found, key=lambda each: (each[0].line or 0, each[0].column or 0, each[1]))


@cache
def _strict() -> type[Draft202012Validator]:
    """Made once: making it takes longer than reading a file of a few keys with it."""
    import jsonschema  # slow to import

    # the stubs leave `extend` untyped
    return jsonschema.validators.extend(  # type: ignore[no-any-return, no-untyped-call]
        jsonschema.Draft202012Validator, {"pattern": _pattern}
    )


def _pattern(_: object, pattern: str, instance: Json, __: object) -> Iterator[ValidationError]:
    """As JSON Schema has it, where ``$`` is the very end: Python's also fits before a last line feed."""
    import jsonschema

    form = pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and not re.search(form, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def close_to(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'minimum'?`` or nothing."""
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'minimum'?`` or the list of what there is, or nothing."""
    choices = sorted(known)
    if close := close_to(word, choices):
        return close
    return f"; there is {', '.join(choices)}" if 0 < len(choices) <= 25 else ""


def _in_words(error: ValidationError, value: Json) -> Iterable[tuple[str, str]]:
    path = _path(error.absolute_path)
    subject = _subject(list(error.absolute_path), value)
    handler = _HANDLERS.get(str(error.validator))
    if handler is None:
        yield path, f"{subject}: {error.message}"
        return
    for extra, message in handler(error):
        yield (f"{path}.{extra}" if path and extra else path or extra), f"{subject} {message}"


def _path(parts: Iterable[str | int]) -> str:
    made = ""
    for part in parts:
        made += f"[{part}]" if isinstance(part, int) else (f".{part}" if made else str(part))
    return made


def _subject(parts: list[str | int], value: Json) -> str:
    """What the sentence is about: the file, the rule by its id, or the key."""
    if not parts:
        return "the file"
    if parts[0] != "rules" or len(parts) < 2 or not isinstance(value, dict):
        return _path(parts)
    rules, number = value["rules"], parts[1]
    rule = rules[number] if isinstance(rules, list) and isinstance(number, int) else None
    name = rule.get("id") if isinstance(rule, dict) else None
    inner = _path(parts[2:])
    return (name if isinstance(name, str) else f"rule {int(number) + 1}") + (f": {inner}" if inner else "")


def _unknown_key(error: ValidationError) -> Iterable[tuple[str, str]]:
    known = (
        cast("Mapping[str, Json]", error.schema.get("properties", {}))
        if isinstance(error.schema, dict)
        else {}
    )
    # a schema may be true or false, but such a one has no additionalProperties to object to
    if error.schema.get("additionalProperties") is not False:  # type: ignore[union-attr]
        return
    for key in cast("Mapping[str, Json]", error.instance):
        if key not in known:
            yield (
                key,
                f"has no '{key}'{close_to(key, known) or _of_a_rule(key, error) or suggestion(key, known)}",
            )


def _of_a_rule(key: str, error: ValidationError) -> str:
    """That a key which stands at the top of a policy is meant for its rules, if it is."""
    kinds = cast("Mapping[str, Mapping[str, Mapping[str, Mapping[str, Json]]]]", error.schema).get(
        "$defs", {}
    )
    names = {name for kind in kinds.values() for name in kind.get("properties", {})}
    close = get_close_matches(key, sorted(names), n=1)
    return f"; '{close[0]}' is a key of a rule" if close else ""


def _missing_key(error: ValidationError) -> Iterable[tuple[str, str]]:
    there = cast("Mapping[str, Json]", error.instance)
    for key in cast("list[str]", error.validator_value):
        if key not in there:
            close = get_close_matches(key, there, n=1)
            yield "", f"needs '{key}'" + (f"; is '{close[0]}' meant to be it?" if close else "")


def _wrong_type(error: ValidationError) -> Iterable[tuple[str, str]]:
    wanted = error.validator_value
    names = [wanted] if isinstance(wanted, str) else list(cast("list[str]", wanted))
    said = " or ".join(_TYPE_WORDS.get(name, name) for name in names)
    hint = ""
    if "boolean" in names and isinstance(error.instance, str) and error.instance in _YAML_11_WORDS:
        hint = f"; in YAML 1.2 '{error.instance}' is a word: write true or false"
    yield "", f"must be {said}, not {_shown(error.instance)}{hint}"


def _wrong_word(error: ValidationError) -> Iterable[tuple[str, str]]:
    words = [str(each) for each in cast("list[Json]", error.validator_value)]
    yield "", f"cannot be {_shown(error.instance)}{suggestion(str(error.instance), words)}"


def _wrong_constant(error: ValidationError) -> Iterable[tuple[str, str]]:
    yield "", f"must be {_shown(error.validator_value)}, not {_shown(error.instance)}"


def _nothing_of(error: ValidationError) -> Iterable[tuple[str, str]]:
    wanted = [
        " and ".join(f"'{key}'" for key in each["required"])
        for each in cast("list[dict[str, list[str]]]", error.validator_value)
        if isinstance(each, dict) and "required" in each
    ]
    if wanted and isinstance(error.instance, dict):
        yield "", f"needs {' or '.join(wanted)}"
        return
    forms = filter(None, map(_form, cast("list[Json]", error.validator_value)))
    said = ", or ".join(dict.fromkeys(forms)) or "something of another form"
    yield "", f"is {_shown(error.instance)}; it may be {said}"


def _form(schema: Json) -> str:
    """One of the forms that a value may have, in words."""
    if not isinstance(schema, dict):
        return ""
    if "enum" in schema:
        return "one of " + ", ".join(str(each) for each in cast("list[Json]", schema["enum"]))
    if "pattern" in schema:
        return _form_in_words(str(schema["pattern"])).removeprefix("write ")
    word = _TYPE_WORDS.get(str(schema.get("type")), "")
    ranged = ((name, schema.get(key)) for name, key in (("at least", "minimum"), ("at most", "maximum")))
    limits = " and ".join(f"{name} {limit}" for name, limit in ranged if limit is not None)
    required = schema.get("required")
    keys = " and ".join(f"'{each}'" for each in required) if isinstance(required, list) else ""
    return f"{word}{f' of {limits}' if limits else ''}{f' with {keys}' if keys else ''}"


def _out_of_range(error: ValidationError) -> Iterable[tuple[str, str]]:
    side = "at least" if "inimum" in str(error.validator) else "at most"
    yield "", f"must be {side} {error.validator_value}, not {_shown(error.instance)}"


def _too_few(error: ValidationError) -> Iterable[tuple[str, str]]:
    length = len(cast("str | list[Json]", error.instance))
    yield "", f"must have at least {_entries(error)}; it {f'has {length}' if length else 'is empty'}"


def _too_many(error: ValidationError) -> Iterable[tuple[str, str]]:
    length = len(cast("str | list[Json]", error.instance))
    yield "", f"may have at most {_entries(error)}; it has {length}"


def _entries(error: ValidationError) -> str:
    """``1 entry``, ``64 characters``."""
    what = str(error.validator)
    one, many = next(words for end, words in _COUNTED.items() if what.endswith(end))
    return f"{error.validator_value} {one if error.validator_value == 1 else many}"


def _not_unique(_: ValidationError) -> Iterable[tuple[str, str]]:
    yield "", "says one thing twice"


def _wrong_form(error: ValidationError) -> Iterable[tuple[str, str]]:
    yield "", f"is {_shown(error.instance)}; {_form_in_words(str(error.validator_value))}"


def _form_in_words(pattern: str) -> str:
    if r"\d{4}-\d{2}-\d{2}" in pattern:
        return "write a day (2026-12-31) or an instant with its zone (2026-12-31T18:00:00Z)"
    if pattern.endswith("%$"):
        return "write a share of at most 100%, such as 5%"
    if "(m|h|d)" in pattern:
        return "write a term: 90m, 24h or 7d"
    if "[a-z0-9]" in pattern and "._-" in pattern:
        return "write small letters, digits, '.', '_' and '-', at most 64"
    return f"it must look like {re.sub(r'^[^]|[$]$', '', pattern)}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


_YAML_11_WORDS = {
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Yes",
    "No",
    "On",
    "Off",
    "True",
    "False",
    "TRUE",
    "FALSE",
}
_COUNTED = {
    "Items": ("entry", "entries"),
    "Properties": ("key", "keys"),
    "Length": ("character", "characters"),
}
_TYPE_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_HANDLERS = {
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "type": _wrong_type,
    "enum": _wrong_word,
    "const": _wrong_constant,
    "anyOf": _nothing_of,
    "oneOf": _nothing_of,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "exclusiveMinimum": _out_of_range,
    "exclusiveMaximum": _out_of_range,
    "minItems": _too_few,
    "minProperties": _too_few,
    "minLength": _too_few,
    "maxItems": _too_many,
    "maxProperties": _too_many,
    "maxLength": _too_many,
    "uniqueItems": _not_unique,
    "pattern": _wrong_form,
}
