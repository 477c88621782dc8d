"""What is hidden in an examination, and what is not."""

from __future__ import annotations

import base64

import pytest

from gatepass.examining import Examination, Line, Mark, Section
from gatepass.examining._secrets import HIDDEN, Secrets
from support.examined import a_token


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN",
        "my_secret",
        "DB_PASSWORD",
        "RELEASE_KEY",
        "KEY",
        "APIKEY",
        "HTTP_AUTH",
        "AWS_CREDENTIALS",
    ],
)
def test_values_of_names_that_sound_secret_are_hidden(name):
    value = a_token()
    assert Secrets.of({name: value}).hidden_in(f"<{value}>") == f"<{HIDDEN}>"


@pytest.mark.parametrize("name", ["CI_COMMIT_AUTHOR", "GITHUB_ACTOR", "KEYBOARD", "MONKEY_NAME"])
def test_what_is_no_secret_is_shown(name):
    assert Secrets.of({name: "alice-of-acme"}).hidden_in("alice-of-acme") == "alice-of-acme"


def test_what_somebody_names_is_hidden_whatever_it_is_called():
    value = a_token()
    assert value not in Secrets.of({"RELEASE": value}, ["RELEASE"]).hidden_in(value)


def test_each_line_of_a_key_is_hidden():
    first, second = a_token(), a_token()
    hidden = Secrets.of({"A_KEY": f"{first}\n{second}\n"}).hidden_in(f"{second} {first}")
    assert hidden == f"{HIDDEN} {HIDDEN}"


def test_the_longer_of_two_goes_first_so_that_nothing_is_left_over():
    short = a_token()
    assert Secrets.of({"A_TOKEN": short, "B_TOKEN": f"{short}-more"}).hidden_in(f"{short}-more") == HIDDEN


@pytest.mark.parametrize("sent", ["{t}:", ":{t}", "alice:{t}"])
def test_a_secret_is_hidden_as_it_is_sent_as_well(sent):
    token = a_token()
    text = base64.b64encode(sent.format(t=token).encode()).decode()
    environment = {"BITBUCKET_APP_PASSWORD": token, "BITBUCKET_USERNAME": "alice"}
    assert Secrets.of(environment).hidden_in(text) == HIDDEN


def test_short_values_leave_texts_readable():
    assert Secrets.of({"USE_TOKEN": "true"}).hidden_in("true") == "true"


def test_every_text_of_an_examination_is_searched():
    token = a_token()
    line = Line(token, Mark.OK, token, token, token, (("a", token), ("b", 7), ("c", None)))
    made = Secrets((token,)).without(Examination(token, (Section("s", "S", (line,)),)))
    assert token not in repr(made)
    assert dict(made.sections[0].lines[0].facts) == {"a": HIDDEN, "b": 7, "c": None}


def test_an_examination_of_nothing_is_not_complete():
    assert not Examination("x", ()).complete
