"""The hooks of pre-commit, by the real pre-commit: every one on good and on bad files."""

from __future__ import annotations

from integration.conftest import HERE, PROJECT, ran, tool


def test_every_hook_does_as_it_should(tmp_path):
    script = HERE / "pre-commit.sh"
    done = ran("bash", script, tmp_path, cwd=PROJECT, env={"PRE_COMMIT": tool("pre-commit")}, timeout=900)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("ok ") > 20
    assert "BAD" not in done.stdout
