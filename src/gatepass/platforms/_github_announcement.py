"""What GitHub Actions shows: annotations, the job summary, outputs of the step.

Workflow commands and environment files:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. The runner shows ten
annotations of each level a step and fifty a job, and takes a summary of 1 MiB a step. Values are escaped as
@actions/core does. An output stands between two lines that no text of the build can know, so that a line
feed in it makes no second output.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatepass.platforms._announcement import Addition, Announcement, Level, News, Note, within

ANNOTATIONS_OF_A_LEVEL = 10
MAXIMUM_SUMMARY = 1 << 20  # bytes, of all that the step adds


def announce(news: News, _: Mapping[str, str]) -> Announcement:
    """Annotations for the log, the summary and the outputs for the files that the runner names."""
    shown = [note for level in Level for note in within(news.of_level(level), ANNOTATIONS_OF_A_LEVEL)]
    return Announcement(
        lines=tuple(map(command, shown)),
        additions=(
            Addition("GITHUB_STEP_SUMMARY", news.summary, MAXIMUM_SUMMARY),
            Addition("GITHUB_OUTPUT", "".join(output(*each, news.nonce) for each in news.outputs)),
        ),
    )


def command(note: Note) -> str:
    """``::error file=src/a.py,line=3,title=coverage::…``."""
    properties = {"file": note.path, "line": note.line, "col": note.column, "title": note.title}
    if note.path is None or note.line is None:
        del properties["line"], properties["col"]
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    return f"::{note.level.value} {given}::{_data(note.message)}"


def output(name: str, value: str, nonce: str) -> str:
    """A value of any text for ``GITHUB_OUTPUT``."""
    delimiter = f"gatepass-{nonce}"
    while delimiter in value:
        delimiter += "-"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
