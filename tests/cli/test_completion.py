"""Completion: a script for each shell, and what it is answered."""

from __future__ import annotations

import pytest

from support.cli import gatepass

# without it the script is for the shell that runs the tests
NAMED_SHELL = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "complete -o default -F _gatepass_completion gatepass"),
        ("zsh", "compdef _gatepass_completion gatepass"),
        ("fish", "complete --command gatepass"),
    ],
)
def test_there_is_a_script_for_each_shell(tmp_path, shell, line):
    ran = gatepass("--show-completion", shell, cwd=tmp_path, env=NAMED_SHELL)
    assert (ran.code, ran.err) == (0, "")
    assert line in ran.out
    assert f"_GATEPASS_COMPLETE=complete_{shell}" in ran.out


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ("gatepass pol", ["policy"]),
        ("gatepass policy li", ["lint", "list"]),
        ("gatepass gate --unsafe", ["--unsafe-unsigned"]),
        ("gatepass nothing-like-it", []),
    ],
)
def test_a_word_that_was_begun_is_completed(tmp_path, words, answers):
    asked = {
        "_GATEPASS_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    assert gatepass(cwd=tmp_path, env=asked).out.split() == answers


@pytest.mark.parametrize(
    ("shell", "sign"),
    [("bash", "complete -o"), ("zsh", "#compdef gatepass"), ("fish", "complete --command gatepass")],
)
def test_the_script_of_each_shell_can_be_asked_for(tmp_path, shell, sign):
    ran = gatepass("completion", shell, cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert sign in ran.out
    assert "_GATEPASS_COMPLETE" in ran.out
