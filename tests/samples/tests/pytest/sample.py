"""Every way in which a test of pytest can end; run by remake.sh, never with the project's own tests."""

import pytest

runs = {"flaky": 0}


def test_passes():
    assert True


def test_fails():
    assert 1 + 1 == 3, "one and one are two <not three>"


@pytest.fixture
def breaks_after():
    yield
    raise RuntimeError("the teardown broke")


def test_breaks_in_teardown(breaks_after):
    assert True


def test_fails_and_breaks_in_teardown(breaks_after):
    raise AssertionError("failed before the teardown broke")


@pytest.fixture
def breaks_before():
    raise RuntimeError("the set-up broke")


def test_breaks_in_setup(breaks_before):
    assert True


@pytest.mark.skip(reason="not on this machine")
def test_is_skipped():
    raise AssertionError


@pytest.mark.xfail(reason="known to be wrong", strict=False)
def test_fails_as_expected():
    raise AssertionError


@pytest.mark.xfail(reason="must fail", strict=True)
def test_passes_unexpectedly():
    assert True


@pytest.mark.parametrize("number", [1, 2, 3])
def test_is_parametrised(number):
    assert number < 3


@pytest.mark.flaky(reruns=2)
def test_passes_when_run_again():
    runs["flaky"] += 1
    assert runs["flaky"] == 2


@pytest.mark.flaky(reruns=2)
def test_fails_however_often_it_is_run():
    raise AssertionError
