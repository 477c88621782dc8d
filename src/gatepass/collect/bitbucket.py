"""Bitbucket Cloud: a pull request with all that was done to it, and the pipeline that the gate runs in.

Commit ids are short in many answers; the whole ids are asked for. What a token may not read (permissions,
branch restrictions, members) is written down as the 403 that it is: not known, and never "nothing".

https://developer.atlassian.com/cloud/bitbucket/rest/intro/
"""

from __future__ import annotations

from urllib.parse import quote

from gatepass.collect._asking import Asking
from gatepass.collect._bitbucket import NOT_FOR_US, asking, repository, values
from gatepass.collect._collector import Asked, Collected, Collector
from gatepass.errors import CollectionError, UsageError
from gatepass.forges.answers import text_at, within
from gatepass.model.approvals import Approvals
from gatepass.model.facts import Json
from gatepass.model.pipeline import Pipeline

_WHOLE = (40, 64)
_MOST_COMMITS = 50
_MOST_DIFFS = 12
_TOO_LONG = 555  # Bitbucket's own: the diff took too long to make


def _collect(asked: Asked, kind: str) -> Collected:
    made = asking(asked, kind)
    if asked.options.get("names", "nickname") not in ("nickname", "uuid"):
        raise UsageError("the option names of bitbucket is nickname or uuid")
    made.about["names"] = asked.options.get("names", "nickname")
    if kind == Approvals.KIND:
        _approvals(made, asked)
    else:
        _pipeline(made, asked)
    return Collected(made.collection().text(), made.client.base)


def _approvals(made: Asking, asked: Asked) -> None:
    workspace, slug = repository(asked)
    root = f"repositories/{workspace}/{slug}"
    number = asked.build.change_request.number if asked.build.change_request else ""
    if not number.isdecimal():
        raise CollectionError(
            "this build is of no pull request, so nobody can have approved it",
            hint="run it in a pipeline of pull-requests, or give --build change-request=NUMBER",
        )
    made.about |= {"repository": f"{workspace}/{slug}", "change-request": number}
    path = f"{root}/pullrequests/{number}"
    pull = made.one("pull-request", path)
    activity = values(made, "activity", f"{path}/activity?pagelen=50")
    values(made, "commits", f"{path}/commits?pagelen=100")
    values(made, "diffstat", f"{path}/diffstat?pagelen=100")
    heads = _heads(made, root, pull, activity)
    _diffs(made, root, heads, text_at(pull, "destination", "commit", "hash"))
    values(made, "default-reviewers", f"{root}/effective-default-reviewers?pagelen=100", also=NOT_FOR_US)
    values(made, "branch-restrictions", f"{root}/branch-restrictions?pagelen=100", also=NOT_FOR_US)
    made.one("branching-model", f"{root}/effective-branching-model", also=NOT_FOR_US)
    for uuid in _deciding(pull):
        asks = f"workspaces/{workspace}/permissions/repositories/{slug}"
        query = quote(f'user.uuid="{uuid}"', safe="")
        values(made, "permission", f"{asks}?q={query}", about=uuid, also=NOT_FOR_US)
    values(made, "members", f"workspaces/{workspace}/members?pagelen=100", also=NOT_FOR_US)
    # last: a token of a repository is nobody's, and is refused here although it was accepted above
    made.one("gate", "user", also=(401, *NOT_FOR_US))


def _heads(made: Asking, root: str, pull: Json, activity: list[dict[str, Json]]) -> list[str]:
    """The commits that the source branch was at, whole where they can be had, newest first."""
    source = text_at(pull, "source", "repository", "full_name")
    theirs = f"repositories/{quote(source)}" if source else root
    heads = [text_at(pull, "source", "commit", "hash")]
    heads += [text_at(each, "update", "source", "commit", "hash") for each in activity]
    heads = list(dict.fromkeys(filter(None, heads)))[:_MOST_COMMITS]
    whole = [_whole(made, theirs, each) for each in heads]
    for end in ("destination", "merge_commit"):
        short = text_at(pull, end, "commit", "hash") if end == "destination" else text_at(pull, end, "hash")
        if short and short not in heads:
            _whole(made, root, short)
    return [each for each in whole if each]


def _whole(made: Asking, root: str, short: str) -> str:
    if len(short) in _WHOLE:
        return short
    found = made.one("commit", f"{root}/commit/{quote(short, safe='')}", about=short, also=(404,))
    return text_at(found, "hash")


def _diffs(made: Asking, root: str, heads: list[str], destination: str) -> None:
    """What the change does at each of its heads, when there is more than one to compare."""
    heads = list(dict.fromkeys(heads))[:_MOST_DIFFS]
    if len(heads) < 2 or not destination:
        return
    for head in heads:
        spec = quote(f"{head}..{destination}", safe=".")
        path = f"{root}/diff/{spec}?topic=true"
        try:
            made.text("diff", path, about=head, accept="text/plain", also=(*NOT_FOR_US, _TOO_LONG))
        except CollectionError as error:  # of a file that is no UTF-8, for one: such heads do not compare
            made.client.say(f"the change at {head[:12]} cannot be compared: {error.message}")


def _deciding(pull: Json) -> list[str]:
    """The accounts that approve or ask for changes."""
    participants = within(pull, "participants")
    if not isinstance(participants, list):
        raise CollectionError("Bitbucket's pull request lists no participants")
    deciding = [each for each in participants if within(each, "approved") or within(each, "state")]
    return list(dict.fromkeys(uuid for each in deciding if (uuid := text_at(each, "user", "uuid"))))


def _pipeline(made: Asking, asked: Asked) -> None:
    workspace, slug = repository(asked)
    root = f"repositories/{workspace}/{slug}"
    run = asked.build.run.id
    if not run:
        raise CollectionError("nothing tells which pipeline this is", hint="run it in Bitbucket Pipelines")
    made.about |= {"repository": f"{workspace}/{slug}", "run": run}
    if step := asked.environment.get("BITBUCKET_STEP_UUID"):
        made.about["step"] = step
    path = f"{root}/pipelines/{quote(run, safe='')}"
    pipeline = made.one("pipeline", path)
    values(made, "steps", f"{path}/steps/?pagelen=100")
    commit = text_at(pipeline, "target", "commit", "hash")
    if len(commit) not in _WHOLE:
        raise CollectionError("Bitbucket's pipeline does not tell the whole id of its commit")
    values(made, "pipelines", f"{root}/pipelines/?target.commit.hash={commit}&sort=created_on&pagelen=100")
    values(made, "statuses", f"{root}/commit/{commit}/statuses?pagelen=100")
    change = asked.build.change_request
    if change is not None and change.number.isdecimal():
        made.about["change-request"] = change.number
        values(made, "diffstat", f"{root}/pullrequests/{change.number}/diffstat?pagelen=100")


COLLECTOR = Collector(
    name="bitbucket",
    title="Bitbucket Cloud",
    kinds=(Approvals.KIND, Pipeline.KIND),
    collect=_collect,
    options={"names": "nickname (where only one member has it), or uuid: what people are called in policies"},
    scopes=(
        "read:repository, read:pullrequest, read:pipeline: what every rule needs",
        "admin:repository: branch restrictions, default reviewers and permissions; else they are not known",
        "read:workspace, read:user: nicknames, and whose token it is; else people are called by uuid",
    ),
    page="https://developer.atlassian.com/cloud/bitbucket/rest/intro/",
)
