"""A question of your own, in [JMESPath](https://jmespath.org), over typed evidence.

Use it where no other kind of rule asks what you need. `evidence` says what is looked at; `gatepass evidence
show --json FILE` prints the very document that the expression sees, with all its names.

- `forbid` must answer a list: each element is a finding. Or true or false: true is a finding.
- `require` must answer `true`. Anything else, null too, breaks the rule.

Names are checked when the policy loads: a name that the evidence does not have is an error with its line,
never a rule that lets everything pass. So is a word outside a closed list (`severity == 'Critical'` where the
words are `critical`, `high`…) and an ordering of what is no number. A value may still be null where a report
does not say: write what that means, for instance ``cvss == `null` || cvss >= `7.0` ``.

Beside JMESPath's own functions there are `matches(text, 'regex')`, `glob(text, 'src/**')`,
`age_days(published)` and `version_at_least(version, '2.17.1')`.

Of a run the expression sees what the check [`pipeline`](pipeline.md) would judge: answers about another run
or attempt, or about one that is over, are missing evidence here too. So are answers about another change than
the one that is built, tokens that this run did not ask for itself or that do not verify, and lists that the
expression names and that are empty only because nobody looked (`uses`, `workflow_changed`, `deployments`,
`attempts`, `reviews`, `committers`, `changed_paths`, …).

`message` is a template: `{name}` is a field of the element that was found.

`evidence: facts` judges a document of your own. The policy names it with its JSON Schema under `facts`, the
pipeline gives it with `--fact NAME=FILE`; a document that does not satisfy the schema counts as missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import cast

from gatepass import expressions, views
from gatepass.checks._check import Check, Judgement, Mistake, Question
from gatepass.checks._expression_gaps import gaps
from gatepass.expressions import ExpressionFailure, ExpressionMistake
from gatepass.model.decision import Finding, Subject
from gatepass.model.facts import Facts, Json
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.model.scan import Severity
from gatepass.views import Fields, Items, Leaf, Shape, Unknown

MAXIMUM_FINDINGS = 500
_FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


def judge(question: Question) -> Judgement:
    """Evaluate the rule's expression over the evidence."""
    rule = question.rule
    kind = str(rule.parameters["evidence"])
    if kind == "facts" and (broken := _broken_fact(question)):
        return Judgement("the fact does not satisfy its schema", (broken,))
    word = "forbid" if "forbid" in rule.parameters else "require"
    expression = str(rule.parameters[word])
    if missing := tuple(gaps(question, expression)):
        return Judgement("cannot be judged", missing)
    document = views.document(kind, question.evidence, question.build)
    try:
        answer = expressions.evaluate(expression, document, question.now)
    except ExpressionFailure as failure:
        why = question.missing(f"the expression cannot be evaluated: {failure}", identity=("evaluation",))
        return Judgement("cannot be evaluated", (why,))
    return _required(question, answer) if word == "require" else _forbidden(question, answer)


def _required(question: Question, answer: Json) -> Judgement:
    if answer is True:
        return Judgement("as required")
    message = _message(question.rule, answer) or "what is required does not hold"
    if not isinstance(answer, bool):
        message += f" (the expression answers {json.dumps(answer)[:100]}, not true)"
    return Judgement(message, (question.finding(message, identity=("require",)),))


def _forbidden(question: Question, answer: Json) -> Judgement:
    if answer is False or answer == []:
        return Judgement("nothing that is forbidden")
    if answer is True:
        message = _message(question.rule, None) or "what is forbidden is there"
        return Judgement(message, (question.finding(message, identity=("forbid",)),))
    if not isinstance(answer, list):
        shown = json.dumps(answer)[:100]
        text = f"the expression answers {shown}, neither a list nor true or false"
        return Judgement("cannot be judged", (question.missing(text, identity=("answer",)),))
    found = [_element(question, element) for element in answer[:MAXIMUM_FINDINGS]]
    if len(answer) > MAXIMUM_FINDINGS:
        found.append(question.finding(f"and {len(answer) - MAXIMUM_FINDINGS} more", identity=("more",)))
    return Judgement(f"{len(answer)} forbidden", tuple(found), (("forbidden", len(answer)),))


def _element(question: Question, element: Json) -> Finding:
    message = _message(question.rule, element) or f"forbidden: {json.dumps(element, sort_keys=True)[:300]}"
    fields = element if isinstance(element, dict) else {}
    severity = fields.get("severity")
    return question.finding(
        message,
        identity=("element", _identity(element)),
        place=_place(fields),
        severity=Severity(str(severity)) if severity in list(Severity) else None,
        subject=Subject(path=_path(fields)),
    )


def _identity(element: Json) -> str:
    """What names the element: its own fingerprint, id, name or path where it has one, else all of it."""
    if isinstance(element, dict):
        named = {key: element[key] for key in _NAMING if element.get(key)}
        if named:
            return json.dumps(named, sort_keys=True)
    return json.dumps(element, sort_keys=True)


_NAMING = ("fingerprint", "id", "name", "path", "tool", "rule_id", "package", "suite", "metric")


def _path(fields: Mapping[str, Json]) -> str | None:
    place = fields.get("place")
    path = place.get("path") if isinstance(place, dict) else fields.get("path")
    return path if isinstance(path, str) else None


def _place(fields: Mapping[str, Json]) -> Place | None:
    path = _path(fields)
    place = fields.get("place")
    line = place.get("line") if isinstance(place, dict) else None
    return Place(path, line if isinstance(line, int) else None) if path else None


def _message(rule: Rule, element: Json) -> str:
    template = str(rule.parameters.get("message", ""))
    return _FIELD.sub(lambda match: _shown(_at(element, match[1])), template)


def _at(value: Json, path: str) -> Json:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _broken_fact(question: Question) -> Finding | None:
    import jsonschema  # slow to import

    facts = [each for each in question.evidence if isinstance(each, Facts)]
    validator = jsonschema.Draft202012Validator(cast("Mapping[str, object]", question.rule.fact_schema or {}))
    for fact in facts:
        for error in validator.iter_errors(fact.value):
            message = (
                f"the fact '{fact.name}' does not satisfy its schema: {error.json_path}: {error.message}"
            )
            return question.missing(message, identity=("schema", fact.name))
    return None


def validate(rule: Rule) -> Iterable[Mistake]:
    """Names, words and functions that cannot be; an answer that could never be judged."""
    kind = str(rule.parameters["evidence"])
    if kind == "facts" and "fact" not in rule.parameters:
        yield Mistake("evidence", "needs 'fact', the name of the document")
        return
    if kind != "facts" and "fact" in rule.parameters:
        yield Mistake("fact", "is for 'evidence: facts' alone")
        return
    word = "forbid" if "forbid" in rule.parameters else "require"
    try:
        answer = expressions.result_shape(str(rule.parameters[word]), views.shape(kind, rule.fact_schema))
    except ExpressionMistake as mistake:
        yield Mistake(word, str(mistake))
        return
    if word == "forbid" and not _could_be(answer, Items, "boolean"):
        yield Mistake(word, "answers neither a list nor true or false", "filter a list: [?…]")
    if word == "require" and not _could_be(answer, None, "boolean"):
        yield Mistake(word, "does not answer true or false", "compare: length(…) == `0`")
    yield from _template_mistakes(rule, answer)


def _could_be(answer: Shape, listed: type[Items] | None, leaf: str) -> bool:
    if isinstance(answer, Unknown):
        return True
    if isinstance(answer, Leaf):
        return answer.type in (leaf, "any")
    return listed is not None and isinstance(answer, listed)


def _template_mistakes(rule: Rule, answer: Shape) -> Iterable[Mistake]:
    element = answer.of if isinstance(answer, Items) else answer
    for path in _FIELD.findall(str(rule.parameters.get("message", ""))):
        shape = element
        for name in path.split("."):
            if isinstance(shape, Unknown):
                break
            known = shape.named if isinstance(shape, Fields) else {}
            if name not in known:
                there = f"; there is {', '.join(sorted(known))}" if known else ""
                yield Mistake("message", f"what is found has no '{name}'{there}")
                break
            shape = known[name]


CHECK = Check(
    name="expression",
    title="A question of your own",
    evidence=None,
    parameters={
        "properties": {
            "evidence": {
                "enum": list[Json](views.KINDS),
                "description": "What the expression is evaluated over.",
                "x-stricter": "equal",
            },
            "fact": {
                "type": "string",
                "description": "The name of the document, for `evidence: facts`.",
                "x-stricter": "equal",
            },
            "forbid": {
                "type": "string",
                "minLength": 1,
                "description": "JMESPath: each element of the list that it answers is a finding.",
                "x-stricter": "equal",
            },
            "require": {
                "type": "string",
                "minLength": 1,
                "description": "JMESPath: must answer true.",
                "x-stricter": "equal",
            },
            "message": {
                "type": "string",
                "minLength": 1,
                "description": "What to say; `{name}` is a field of what was found.",
                "x-stricter": "equal",
            },
        },
        "required": ["evidence"],
        "oneOf": [{"required": ["forbid"]}, {"required": ["require"]}],
    },
    judge=judge,
    validate=validate,
    example="""\
id: no-debug-artifacts
title: Debug builds are not shipped
check: expression
evidence: artifacts
forbid: "[?contains(name, 'debug')]"
message: "{name} must not be shipped"
""",
)
