"""What the platform vouches for."""

from __future__ import annotations

from support.sentences import sentence
from support.stage import Stage


@sentence("the platform vouches for {who}")
def _vouches(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.token = who


@sentence("the token is of {what}")
def _flawed(stage: Stage, what: str) -> None:
    stage.token_flaw = what


@sentence("the job may ask for no token")
def _no_token(stage: Stage) -> None:
    stage.token_flaw = "nobody"


@sentence("{who} hands in a token of his own making")
def _hands_in(stage: Stage, who: str) -> None:
    stage.who(who)
    stage.token_handed_in = who


@sentence("the gate runs on a machine of our own")
def _self_hosted(stage: Stage) -> None:
    stage.claims["runner_environment"] = "self-hosted"


@sentence("the gate is a job of the workflow {what}")
def _reusable(stage: Stage, what: str) -> None:
    stage.claims["job_workflow_ref"] = what
    stage.claims["job_workflow_sha"] = "1c" * 20


@sentence("the gate is a job for the environment {what}")
def _environment(stage: Stage, what: str) -> None:
    stage.claims["environment"] = what
