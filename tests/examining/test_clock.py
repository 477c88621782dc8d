"""The local clock against those of servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from gatepass.examining import Mark
from gatepass.examining._clock import Reading, reading, section
from support.examined import REVIEWED, a_policy, examined, github
from support.loopback import Reply

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COLLECTED = {"collect": {"github": {}}}


def told(date, asked=NOON, answered=None, **headers):
    return reading("forge.example", {"date": date, **headers}, asked, answered or asked)


def test_a_date_is_a_second_long_and_half_of_it_has_gone_by():
    assert told(format_datetime(NOON, usegmt=True)).skew == -0.5


def test_an_answer_that_took_long_is_dated_in_its_middle():
    late = told(format_datetime(NOON + timedelta(seconds=5), usegmt=True), NOON, NOON + timedelta(seconds=10))
    assert late.skew == -0.5


def test_what_lay_in_a_cache_is_as_much_older():
    assert told(format_datetime(NOON - timedelta(hours=1), usegmt=True), age="3600").skew == -0.5


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 2026 12:00:00 GMT", "\x1b[2J", "9" * 5000])
def test_what_is_no_date_tells_nothing(date):
    assert told(date) is None


@pytest.mark.parametrize("age", ["-1", "x", "9" * 30, "", "²"])
def test_what_is_no_age_counts_as_none(age):
    assert told(format_datetime(NOON, usegmt=True), age=age).skew == -0.5


def test_a_date_at_the_end_of_time_breaks_nothing():
    assert told("Fri, 31 Dec 9999 23:59:59 GMT", age="99999999") is None


@pytest.mark.parametrize(
    ("seconds", "mark", "said"),
    [
        (0.2, Mark.OK, "within 1 s of"),
        (30, Mark.OK, "within 30 s of"),
        (31, Mark.WARNING, "31 s ahead of"),
        (-200, Mark.WARNING, "3 min behind"),
        (300, Mark.WARNING, "5 min ahead of"),
        (301, Mark.MISSING, "5 min ahead of"),
        (-7200, Mark.MISSING, "2 h behind"),
        (-864000, Mark.MISSING, "10 days behind"),
    ],
)
def test_half_a_minute_is_warned_of_and_five_minutes_are_too_much(seconds, mark, said):
    (line,) = section([Reading("forge.example", seconds)], offline=False).lines
    assert line.mark is mark
    assert line.said.startswith(said)
    assert dict(line.facts) == {"server": "forge.example", "skew-seconds": seconds}


def test_of_several_answers_of_a_server_the_nearest_counts():
    (line,) = section([Reading("a", 400), Reading("a", 2), Reading("a", -9)], offline=False).lines
    assert dict(line.facts)["skew-seconds"] == 2


def test_each_server_that_is_far_off_is_told():
    lines = section([Reading("a", 0), Reading("b", 400)], offline=False).lines
    assert [each.mark for each in lines] == [Mark.OK, Mark.MISSING]


def test_a_clock_that_nobody_compared_is_no_good_clock():
    (line,) = section([], offline=False).lines
    assert line.mark is Mark.NOTE


@pytest.mark.parametrize(("ahead", "mark"), [(0, Mark.OK), (120, Mark.WARNING), (900, Mark.MISSING)])
def test_a_clock_that_is_ahead_of_the_forge_is_seen(tmp_path, ahead, mark):
    with github(tmp_path) as (_, environment):
        ahead = timedelta(seconds=ahead)
        made = examined(tmp_path / "w", a_policy(REVIEWED), environment, ahead=ahead, **COLLECTED)
    assert made.line("clock").mark is mark
    assert made.examination.complete is (mark is not Mark.MISSING)


def test_a_server_of_another_year_is_seen(tmp_path):
    old = Reply({"login": "alice"}, headers={"Date": "Sun, 22 Nov 2015 12:00:00 GMT"})
    with github(tmp_path, {"/user": old}) as (_, environment):
        made = examined(tmp_path / "w", a_policy("{id: tests, check: tests}"), environment)
    assert made.line("clock").mark is Mark.MISSING
