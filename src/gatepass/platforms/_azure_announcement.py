"""What Azure Pipelines shows: issues of the task, a summary, output variables.

Logging commands: https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands. Values are
escaped as the agent's own libraries do, a percent sign as ``%AZP25``
(https://github.com/microsoft/azure-pipelines-agent/blob/master/docs/design/percentEncoding.md). The summary
is a file in the agent's temporary folder, which the agent empties after the job.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gatepass.platforms._announcement import Announcement, Level, NewFile, News, Note, within

ISSUES_OF_A_LEVEL = 10
TEMPORARY = "AGENT_TEMPDIRECTORY"


def announce(news: News, environment: Mapping[str, str]) -> Announcement:
    """Issues and output variables for the log, the summary as a file beside the agent's own."""
    # an issue is an error or a warning; what was overridden stands in the summary
    shown = [
        note
        for level in (Level.ERROR, Level.WARNING)
        for note in within(news.of_level(level), ISSUES_OF_A_LEVEL)
    ]
    return Announcement(
        lines=(*map(issue, shown), *(variable(*each) for each in news.outputs)),
        files=_summary(news, environment),
    )


def _summary(news: News, environment: Mapping[str, str]) -> tuple[NewFile, ...]:
    folder = environment.get(TEMPORARY)
    if not folder:
        return ()
    path = str(Path(folder) / f"gatepass-{news.nonce}.md")
    return (NewFile(path, news.summary, f"##vso[task.uploadsummary]{_escaped(path)}"),)


def issue(note: Note) -> str:
    """``##vso[task.logissue type=error;sourcepath=src/a.py;linenumber=3;code=coverage;]…``."""
    properties = {"type": note.level.value, "sourcepath": note.path, "code": note.title}
    if note.path is not None and note.line is not None:
        properties |= {"linenumber": str(note.line)}
        properties |= {"columnnumber": str(note.column)} if note.column is not None else {}
    given = "".join(f"{key}={_escaped(value)};" for key, value in properties.items() if value)
    return f"##vso[task.logissue {given}]{_escaped(note.message)}"


def variable(name: str, value: str) -> str:
    """An output variable of the step, in camel case: ``recordDigest``."""
    first, *rest = name.split("-")
    camel = first + "".join(word.capitalize() for word in rest)
    return f"##vso[task.setvariable variable={camel};isoutput=true]{_escaped(value)}"


def _escaped(text: str) -> str:
    for sign, escape in (("%", "%AZP25"), (";", "%3B"), ("\r", "%0D"), ("\n", "%0A"), ("]", "%5D")):
        text = text.replace(sign, escape)
    return text
