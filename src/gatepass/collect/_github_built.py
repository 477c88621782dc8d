"""Whether what is built is GitHub's own trial merge of the pull request's head.

On a pull request ``GITHUB_SHA`` is a commit that GitHub made of the head and the target branch, and a
variable of the step: who writes the pipeline can name another one there, whose reports are better. GitHub
makes the merge anew when the target branch moves, so that ``merge_commit_sha`` is often a newer one than
what is built, and null until it is made. What binds is whose child the commit is.
https://docs.github.com/en/rest/git/commits#get-a-commit-object
"""

from __future__ import annotations

from gatepass.collect._asking import Asking
from gatepass.collect._collector import Asked
from gatepass.collect._github import an_object
from gatepass.forges.answers import segment
from gatepass.model.build import Event
from gatepass.model.facts import Json

_GONE = (404, 409, 422)  # no commit of the repository, or of none


def ask_built(asking: Asking, asked: Asked, repo: str, pull: dict[str, Json]) -> None:
    """What GitHub knows of the commit that is built, where it is neither the head nor the newest trial merge.

    A head that has moved on is another matter, which the checks tell. Others than GitHub Actions make trial
    merges of their own, of which GitHub knows nothing.
    """
    build = asked.build
    change, commit = build.change_request, build.commit
    if build.platform != "github" or build.event is not Event.CHANGE_REQUEST or change is None or not commit:
        return
    head = an_object(pull.get("head"), "head").get("sha")
    if change.head != head or commit == head:
        return
    asking.about["built"] = commit
    if commit != pull.get("merge_commit_sha"):
        asking.one("built", f"{repo}/git/commits/{segment(commit)}", about=commit, also=_GONE)
