"""A run that asks for its own evidence: what it got it vouches for, what it did not get fails the rules."""

from __future__ import annotations

import hashlib
import json

import pytest

from gatepass.collect import Collected, Collector
from gatepass.collecting import FOLDER, collect
from gatepass.errors import CollectionError, UsageError
from gatepass.gathering import Vouching, gather
from gatepass.model.build import Assurance
from gatepass.model.source import ProblemCode
from support.values import BUILD, NOW

PULL = {
    "url": "https://api.forge.example/repos/acme/payments/pulls/482",
    "number": 482,
    "diff_url": "d",
    "patch_url": "p",
    "user": {"login": "alice", "id": 1, "type": "User"},
    "head": {"sha": BUILD.commit},
    "base": {"sha": "b" * 40},
    "state": "open",
}


def answering(data=b"", *, error=None, kinds=("approvals",), heard=None):
    def ask(asked, kind):
        if heard is not None:
            heard.append((kind, dict(asked.options)))
        if error:
            raise CollectionError(error, hint="the token needs more")
        return Collected(data or json.dumps(PULL).encode(), "https://api.forge.example")

    return {"forge": Collector("forge", "Forge", kinds, ask, options={"project": "Which."})}


def asked(root, wanted=None, **how):
    known = answering(**how)
    return collect({"forge": {}} if wanted is None else wanted, BUILD, {}, root, NOW, print, known=known)


def vouched(taken):
    return {each.name: Vouching(each.sha256, each.server) for each in taken.reports}


def test_what_was_asked_for_is_written_down_and_read_as_the_platforms_word(tmp_path):
    taken = asked(tmp_path)
    found = gather([], {}, tmp_path, BUILD, vouched(taken))
    [source], [evidence] = found.sources, found.evidence
    assert source.name == f"{FOLDER}/forge-approvals.json"
    assert source.collected_from == "https://api.forge.example"
    assert source.sha256 == hashlib.sha256((tmp_path / source.name).read_bytes()).hexdigest()
    assert evidence.assurance is Assurance.PLATFORM_API
    assert evidence.source == source


def test_the_same_bytes_given_as_a_file_are_anybodys_word(tmp_path):
    [report] = asked(tmp_path).reports
    [evidence] = gather([report.name], {}, tmp_path, BUILD).evidence
    assert evidence.assurance is Assurance.SELF_ASSERTED
    assert evidence.source.collected_from is None


def test_a_copy_of_the_answer_takes_nothing_from_the_answer(tmp_path):
    taken = asked(tmp_path)
    copy = tmp_path / "a-copy.json"
    copy.write_bytes((tmp_path / taken.reports[0].name).read_bytes())
    found = gather(["a-copy.json"], {}, tmp_path, BUILD, vouched(taken))
    [evidence] = found.evidence
    assert evidence.assurance is Assurance.PLATFORM_API
    assert {source.same_as for source in found.sources} == {None, taken.reports[0].name}


def test_an_answer_that_somebody_changed_before_it_was_read_is_not_read(tmp_path):
    taken = asked(tmp_path)
    (tmp_path / taken.reports[0].name).write_text(json.dumps({**PULL, "state": "closed"}))
    found = gather([], {}, tmp_path, BUILD, vouched(taken))
    assert found.evidence == ()
    assert found.sources[0].problem.code is ProblemCode.UNREADABLE


def test_an_answer_of_an_earlier_run_is_gone_when_nobody_answers(tmp_path):
    name = asked(tmp_path).reports[0].name
    taken = asked(tmp_path, error="the forge answered 503")
    assert not (tmp_path / name).exists()
    [source] = taken.failed
    assert (source.name, source.kind) == (name, "approvals")
    assert source.problem.code is ProblemCode.UNCOLLECTED
    assert "answered 503" in source.problem.message
    assert "the token needs more" in source.problem.message


def test_each_kind_is_asked_for_on_its_own_and_those_that_are_named_alone(tmp_path):
    heard = []
    asked(tmp_path, kinds=("approvals", "pipeline"), heard=heard)
    asked(
        tmp_path,
        {"forge": {"kinds": "pipeline", "project": "7"}},
        kinds=("approvals", "pipeline"),
        heard=heard,
    )
    assert heard == [("approvals", {}), ("pipeline", {}), ("pipeline", {"project": "7"})]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"forget": {}}, "no collector 'forget'"),
        ({"forge": {"projct": "1"}}, "no option 'projct'"),
        ({"forge": {"kinds": "approval"}}, "cannot ask for 'approval'"),
    ],
)
def test_a_collector_an_option_or_a_kind_that_is_not_there_is_our_mistake(tmp_path, wanted, said):
    with pytest.raises(UsageError, match=said):
        asked(tmp_path, wanted)


def test_a_change_cannot_lead_the_answers_out_of_the_workspace(tmp_path):
    workspace, elsewhere = tmp_path / "workspace", tmp_path / "elsewhere"
    (workspace / ".gatepass").mkdir(parents=True)
    elsewhere.mkdir()
    (workspace / FOLDER).symlink_to(elsewhere)
    with pytest.raises(UsageError, match="leads out of the workspace"):
        asked(workspace)
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_the_place_of_an_answer_is_replaced_and_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    workspace = tmp_path / "workspace"
    (workspace / FOLDER).mkdir(parents=True)
    (workspace / FOLDER / "forge-approvals.json").symlink_to(victim)
    taken = asked(workspace)
    assert victim.read_text() == "precious"
    assert gather([], {}, workspace, BUILD, vouched(taken)).sources[0].usable


def test_a_file_beside_what_was_asked_of_the_forge_is_refused_and_fails_its_rule(tmp_path):
    taken = asked(tmp_path)
    (tmp_path / "forged.json").write_text(json.dumps({**PULL, "title": "another"}))
    found = gather(["forged.json"], {}, tmp_path, BUILD, vouched(taken))
    assert [each.source.name for each in found.evidence] == [taken.reports[0].name]
    forged = next(each for each in found.sources if each.name == "forged.json")
    assert forged.problem.code is ProblemCode.TWO_ORIGINS
    assert forged.kind == "approvals"
