"""The check `approvals`: its parameters, and what holds for all reviews."""

from __future__ import annotations

import random
from dataclasses import replace

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepass.checks.approvals import CHECK
from gatepass.errors import PolicyError
from gatepass.model.approvals import Person, ReviewState
from gatepass.model.place import Place
from gatepass.model.policy import Rule
from gatepass.policy.layer import tighten
from support.reviews import (
    ALICE,
    BOB,
    CAROL,
    COMMITS,
    DAVE,
    GHOST,
    HEAD,
    OLD,
    PULL,
    RENOVATE,
    judge,
    on_github,
    reviewed,
    reviews,
)

# --- what holds for all reviews

PEOPLE = st.sampled_from([ALICE, BOB, CAROL, DAVE, RENOVATE, GHOST, Person("bob"), replace(CAROL, login="c")])
REVIEWS = st.builds(
    reviewed,
    PEOPLE,
    st.sampled_from([state.value for state in ReviewState]),
    commit=st.sampled_from([HEAD, OLD, None]),
    minute=st.integers(0, 5),
)
RULES = st.fixed_dictionaries(
    {"minimum": st.integers(1, 2)},
    optional={
        "_from": st.sampled_from([{"users": ["bob"]}, [{"users": ["bob", "carol"], "minimum": 2}]]),
        "except": st.lists(st.sampled_from(["author", "committers", "bots"]), unique=True),
        "on": st.sampled_from(["head-commit", "any-commit"]),
        "changes_requested": st.sampled_from(["block", "ignore"]),
    },
)
LISTS = st.lists(REVIEWS, max_size=6).map(
    lambda found: [replace(review, id=str(index)) for index, review in enumerate(found)]
)


@settings(deadline=None, max_examples=150)
@given(LISTS, RULES, st.data())
def test_taking_an_approval_away_never_satisfies_a_rule(found, rule, data):
    approvals = [review for review in found if review.state is ReviewState.APPROVED]
    if not approvals or not on_github(*found, **rule).findings:
        return
    gone = data.draw(st.sampled_from(approvals))
    assert on_github(*(review for review in found if review is not gone), **rule).findings


@settings(deadline=None, max_examples=150)
@given(LISTS, RULES, PEOPLE, st.integers(-1, 6))
def test_a_further_request_for_changes_never_satisfies_a_rule(found, rule, person, minute):
    if not on_github(*found, **rule).findings:
        return
    further = reviewed(person, "changes-requested", minute=minute, number="99")
    assert on_github(*found, further, **rule).findings


@settings(deadline=None, max_examples=150)
@given(LISTS, RULES, st.lists(st.lists(st.sampled_from(["alice", "bob", "carol", "dave"])), min_size=1))
def test_that_accounts_are_one_person_never_satisfies_a_rule(found, rule, same):
    if on_github(*found, **rule).findings:
        assert on_github(*found, same_person=same, **rule).findings


@settings(deadline=None, max_examples=150)
@given(LISTS, RULES, st.randoms(use_true_random=False))
def test_neither_the_order_of_answers_nor_of_reviews_matters(found, rule, chance: random.Random):
    halves = [reviews(*found[:3]), reviews(*found[3:], name="page-2.json"), PULL, COMMITS]
    before = judge(*halves, **rule)
    chance.shuffle(found)
    shuffled = [reviews(*found[:2]), reviews(*found[2:], name="page-2.json"), PULL, COMMITS]
    chance.shuffle(shuffled)
    assert judge(*shuffled, **rule) == before


# --- the policy's side


def errors(**parameters):
    return list(
        jsonschema.Draft202012Validator({"type": "object", **CHECK.parameters}).iter_errors(parameters)
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"minimum": 1},
        {"from": {"teams": ["a"], "minimum": 1}},
        {"minimum": 2, "from": [{"users": ["a"]}, {"teams": ["b"]}], "except": [], "on": "any-commit"},
        {"minimum": 1, "except": ["co-authors", "last-pusher", "gate"], "permission": "write"},
        {"minimum": 1, "rebased": "drop", "edited": "ignore", "same-person": [["a", "b"]]},
        {"minimum": 1, "code-owners": True},
        {"minimum": 1, "code-owners": "if-any"},
    ],
)
def test_the_schema_accepts_what_the_page_describes(parameters):
    assert errors(**parameters) == []


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"minimum": 0},
        {"minimum": 1.5},
        {"from": []},
        {"from": {}},
        {"from": {"minimum": 1}},
        {"from": [{"users": []}]},
        {"from": [{"users": ["a"], "minimun": 1}]},
        {"from": "acme/appsec"},
        {"minimum": 1, "except": ["owner"]},
        {"minimum": 1, "on": "head"},
        {"minimum": 1, "changes-requested": "warn"},
        {"minimum": 1, "rebased": True},
        {"minimum": 1, "edited": "drop"},
        {"minimum": 1, "permission": "none"},
        {"minimum": 1, "permission": "owner"},
        {"minimum": 1, "same-person": []},
        {"minimum": 1, "same-person": ["a", "b"]},
        {"minimum": 1, "same-person": [["a"]]},
        {"minimum": 1, "code-owners": "all"},
        {"minimum": 1, "code-owners": 1},
    ],
)
def test_the_schema_refuses_what_would_ask_nothing(parameters):
    assert errors(**parameters)


def leaves(schema, name=""):
    for key, each in schema.get("properties", {}).items():
        if "properties" in each:
            yield from leaves(each, key)
            yield from leaves(each.get("items", {}), key)
        else:
            yield f"{name}.{key}", each


def test_every_parameter_is_described_and_says_which_way_is_stricter():
    for name, leaf in leaves(CHECK.parameters):
        assert leaf.get("description"), name
        assert leaf.get("x-stricter") in ("higher", "superset", "subset", "equal", "later"), name


def test_the_example_is_valid():
    (rule,) = yaml.safe_load(CHECK.example)
    assert rule["check"] == CHECK.name
    known = CHECK.parameters["properties"]
    assert errors(**{key: value for key, value in rule.items() if key in known}) == []


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"from": {"users": ["bob"], "minimum": 2}}, "from.minimum"),
        ({"from": [{"users": ["bob", "BOB"], "minimum": 2}]}, "from[0].minimum"),
        ({"from": {"users": ["bob", "carol"]}, "except-users": ["Bob"]}, "from.users"),
    ],
)
def test_what_can_never_be_satisfied_is_a_mistake(parameters, path):
    rule = Rule("reviewed", "release", "approvals", Place("release.yaml"), parameters=parameters)
    assert [mistake.path for mistake in CHECK.validate(rule)] == [path]


def test_a_team_may_have_any_number_of_members():
    parameters = {"from": {"teams": ["appsec"], "users": ["bob"], "minimum": 5}}
    rule = Rule("reviewed", "release", "approvals", Place("release.yaml"), parameters=parameters)
    assert list(CHECK.validate(rule)) == []


# --- layers only tighten


def tightened(parent, child):
    one, two = (
        Rule("reviewed", name, "approvals", Place(f"{name}.yaml"), parameters=parameters)
        for name, parameters in (("organisation", parent), ("repository", child))
    )
    return tighten(one, two).parameters


@pytest.mark.parametrize(
    "child",
    [
        {"code-owners": True},
        {"same-person": [["alice", "alice-admin"]]},
        {"except": ["author", "committers", "bots", "last-pusher"]},
        {"rebased": "keep", "edited": "refuse"},
    ],
)
def test_a_layer_may_ask_for_more(child):
    assert tightened({"minimum": 1}, child) == {"minimum": 1, **child}


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        ({"code-owners": True}, {"code-owners": False}),
        ({"code-owners": True}, {"code-owners": "if-any"}),
        ({"same-person": [["alice", "alice-admin"]]}, {"same-person": [["bob", "bobby"]]}),
        ({"permission": "write"}, {"permission": "read"}),
        ({}, {"edited": "ignore"}),
        ({"rebased": "drop"}, {"rebased": "keep"}),
        ({}, {"except": ["author", "co-authors", "bots"]}),
    ],
)
def test_a_layer_may_not_ask_for_less(parent, child):
    with pytest.raises(PolicyError, match="would loosen"):
        tightened({"minimum": 1, **parent}, child)
