"""Which analysis the evidence is about: that of the scanner's task, else the newest one of this commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked
from gatepass.collect._sonarqube import Entry, document, numbered, path_of
from gatepass.collect._sonarqube_task import finished, pointer
from gatepass.errors import CollectionError, UsageError
from gatepass.forges.answers import text_at

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Analysis:
    """``branch`` and ``pull_request`` are None for the main branch; ``listed`` in the list of analyses."""

    id: str
    project: str
    branch: str | None
    pull_request: str | None
    listed: bool = True

    @property
    def where(self) -> dict[str, str | None]:
        """The parameters that say which branch or pull request is asked about."""
        return {"branch": self.branch, "pullRequest": self.pull_request}


def analysis_of(made: Asking, asked: Asked) -> Analysis:
    """The analysis of this build. Raises `CollectionError` when there is none, or it does not fit."""
    found = pointer(asked, made.client.base)
    wanted = asked.options.get("project")
    if found is None and not wanted:
        raise CollectionError(
            "there is no report-task.txt, so nothing tells which analysis to ask about",
            hint="analyse before the gate in the same workspace, or give the option project",
        )
    if found is not None and wanted and found.project != wanted:
        raise CollectionError(f"{found.name} is of the project {found.project[:200]}, not of {wanted}")
    if found is not None:
        analysis = _of_task(made, asked, finished(made, asked, found))
    else:
        analysis = _of_commit(made, asked, str(wanted))
    facts = {"project": analysis.project, "analysis": analysis.id}
    facts |= {"branch": analysis.branch or "", "pull-request": analysis.pull_request or ""}
    made.about.update({name: value for name, value in facts.items() if value})
    return analysis


def ask_newest(made: Asking, analysis: Analysis) -> None:
    """Which analysis is the newest; asked last, since all but the gate is that one's."""
    if analysis.listed:
        path = path_of("project_analyses/search", project=analysis.project, **analysis.where, ps=1)
        document(made, "newest", path)
    else:
        path = path_of("project_pull_requests/list", project=analysis.project)
        document(made, "newest-pull-requests", path)


def _of_task(made: Asking, asked: Asked, task: Entry) -> Analysis:
    project, branch, pull_request = (text_at(task, key) for key in ("componentKey", "branch", "pullRequest"))
    _refuse_another(made, asked, project, branch, pull_request)
    found = Analysis(text_at(task, "analysisId"), project, branch or None, pull_request or None)
    if _first(made, found, lambda each: each.get("key") == found.id):
        return found
    if not pull_request:
        raise CollectionError(
            f"SonarQube does not list the analysis {found.id}, so its commit is not known",
            hint="is it of a branch that was deleted?",
        )
    # some servers know no pull requests there, and answer about the main branch
    document(made, "pull-requests", path_of("project_pull_requests/list", project=project))
    return Analysis(found.id, project, None, pull_request, listed=False)


def _refuse_another(made: Asking, asked: Asked, project: str, branch: str, pull_request: str) -> None:
    """Refuse the analysis of a branch or pull request that is not this build's."""
    wanted_branch, wanted_pull = _wanted(asked)
    if pull_request != wanted_pull:
        change = asked.build.change_request
        source = change.source_branch if change and "pull-request" not in asked.options else None
        if pull_request or not source or branch != source:
            raise CollectionError(
                f"SonarQube's analysis is of {_named(branch, pull_request)}, and this build is of "
                f"{_named(wanted_branch or '', wanted_pull)}",
                hint="tell the scanner the pull request (sonar.pullrequest.key), or give the option branch "
                "and the rule `same-branch: false`",
            )
    elif not pull_request and wanted_branch is not None:
        told = branch or _main_branch(made, project)
        if told != wanted_branch:
            raise CollectionError(
                f"SonarQube's analysis is of {_named(told, '')}, and this build is of "
                f"{_named(wanted_branch, '')}",
                hint="tell the scanner the branch (sonar.branch.name), or give the option branch and the "
                "rule `same-branch: false`",
            )


def _named(branch: str, pull_request: str) -> str:
    if pull_request:
        return f"pull request {pull_request[:100]}"
    return f"the branch {branch[:200]}" if branch else "the main branch"


def _wanted(asked: Asked) -> tuple[str | None, str]:
    """The branch, where one is known, and the pull request that the analysis must be of."""
    branch, pull_request = asked.options.get("branch"), asked.options.get("pull-request", "")
    if branch and pull_request:
        raise UsageError("an analysis is of a branch or of a pull request; give one of the two options")
    if branch or pull_request:
        return branch, pull_request
    change = asked.build.change_request
    return (None, change.number) if change else (asked.build.branch, "")


def _main_branch(made: Asking, project: str) -> str:
    branches = document(made, "branches", path_of("project_branches/list", project=project)).get("branches")
    listed = branches if isinstance(branches, list) else []
    named = [
        text_at(each, "name") for each in listed if isinstance(each, dict) and each.get("isMain") is True
    ]
    if len(named) != 1 or not named[0]:
        raise CollectionError("SonarQube does not tell which the main branch of the project is")
    return named[0]


def _of_commit(made: Asking, asked: Asked, project: str) -> Analysis:
    """The newest analysis of the commit that is built."""
    branch, pull_request = _wanted(asked)
    commits = {each.casefold() for each in asked.build.commits}
    if not commits:
        raise CollectionError("the commit of this build is not known", hint="give --build commit=…")
    about = Analysis("", project, branch, pull_request or None)
    found = _first(made, about, lambda each: text_at(each, "revision").casefold() in commits)
    if found is None or not text_at(found, "key"):
        raise CollectionError(
            f"SonarQube has no analysis of {min(commits)[:12]} in {project}, "
            f"{_named(branch or '', pull_request)}",
            hint="analyse this commit first, and keep the scanner's report-task.txt",
        )
    if pull_request:
        document(made, "pull-requests", path_of("project_pull_requests/list", project=project))
    return Analysis(text_at(found, "key"), project, branch, pull_request or None)


def _first(made: Asking, about: Analysis, fits: Callable[[Entry], bool]) -> Entry | None:
    """The first analysis that fits, of a list that begins with the newest."""
    path = path_of("project_analyses/search", project=about.project, **about.where)
    for entries, _ in numbered(made, "analyses", path, "analyses", size=_PAGE):
        for each in entries:
            if fits(each):
                return each
    return None
