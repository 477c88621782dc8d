"""Runs the gate for action.yml.

Inputs come as environment variables (``GATEPASS_IN_…``) and are handed on as ``--option=value``, one argument
each: whatever they hold, none is taken for an option, and no shell ever sees one. What the gate tells the
runner (outputs, summary, annotations) it writes itself; that no decision could be made is told here, whatever
the reason is: no older word may stand on the forge as if it were about this run.

Exit codes are the gate's: 0 passed · 1 failed · 2 no decision could be made.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections import deque
from pathlib import Path

from gatepass.cli import NO_DECISION
from gatepass.cli._errors import lines as lines_of
from gatepass.cli._errors import tell as tell_error
from gatepass.cli._posting import check_name
from gatepass.errors import GatepassError, UsageError
from gatepass.markdown_text import escaped
from gatepass.plain import plain
from gatepass.platforms import Level, Note
from gatepass.platforms._github_announcement import command
from gatepass.policy import shipped
from gatepass.record import record_name

PASSED, FAILED = 0, 1

ONE_A_LINE = ("evidence", "fact", "collect", "artifact", "build", "report")
SWITCHES = {"unsigned": "--unsafe-unsigned", "exit-zero": "--exit-zero"}
RECORD = "gatepass.intoto.jsonl"
LINES, MOST = 200, 500  # what is kept of what the gate says, and the characters of a reason
NO_STATUS = ("", "false")
PLATFORM = "--platform=github"  # whatever variables of other systems an earlier step has set


def run() -> int:
    """Judge, and say on the forge what came out; the exit code."""
    try:
        comments = switched("comment")  # a word that means nothing is refused before anything is said
        named()
        enter(given("working-directory"))
        code, why = judged(*arguments())
        record = Path(record_name(given("record") or RECORD))
        if code not in (PASSED, FAILED) or not record.is_file():
            return undecided(why)
        predicate(record)
    except Exception as error:  # noqa: BLE001  (the rim: whatever comes here ends without a decision)
        tell_error(error)
        return undecided(reason(lines_of(error) if isinstance(error, GatepassError) else []))
    return max([code, *posts(f"--record={record}", *facts(), *key(), comments=comments)])


def undecided(why: str) -> int:
    """End without a decision, and say so and ``why`` in the place of an older word.

    A fact about the build that is none would keep that from being said: then it is said where the platform
    alone tells.
    """
    comments = given("comment") == "true"
    about = ("--undecided", f"--why={why}")
    if any(posts(*about, *facts(), comments=comments)) and facts():
        posts(*about, comments=comments)
    tell(verdict="NONE")
    show(why)
    return NO_DECISION


def show(why: str) -> None:
    """What a person sees who opens the run: an annotation, and the summary of the job."""
    said = f"no decision could be made, so nothing has passed: {why}"
    sys.stdout.write(f"{command(Note(Level.ERROR, 'gatepass', said))}\n")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"## ❗ gatepass could not decide\n\n{escaped(said)}\n")


def reason(said: list[str]) -> str:
    """Why nothing was decided, in one line: the first error among what was said, and the next step."""
    for number, line in enumerate(said):
        if line.startswith("error: "):
            step = said[number + 1].strip() if said[number + 1 :] else ""
            words = f"{line.removeprefix('error: ')}{f'; {step}' if step.startswith('next: ') else ''}"
            return plain(words)[:MOST]
    return "the log of the step says why"


def enter(folder: str) -> None:
    """Make the workspace, or a folder in it, the working directory."""
    try:
        os.chdir(Path(os.environ["GITHUB_WORKSPACE"], folder))
    except (OSError, ValueError):
        raise UsageError(f"the input working-directory is {folder!r}, which is no folder here") from None


def given(name: str) -> str:
    """An input, empty when it is not given."""
    return os.environ.get(f"GATEPASS_IN_{name.upper().replace('-', '_')}", "").strip()


def named() -> list[str]:
    """The name of the status, as an option; the default stands where none is given.

    Raises `UsageError` where the input is no name.
    """
    name = given("status")
    if name in ("", "true", "false"):
        return []
    check_name(name)
    return [f"--name={name}"]


def arguments() -> list[str]:
    """What the inputs mean on gatepass's command line."""
    made = [f"--{name}={line}" for name in ONE_A_LINE for line in lines(name)]
    made += [f"--policy={line if ships(line) else beside(line)}" for line in lines("policy")]
    made += [f"--overrides={beside(line)}" for line in lines("overrides")]
    made.append(f"--record={given('record') or RECORD}")  # whatever gatepass.yaml says: it is read again here
    made += [f"--config={path}" for path in configuration()]
    if sarif := given("sarif"):
        made.append(f"--report=sarif-github={sarif}")
    if results := given("job-results"):
        made.append(f"--evidence={job_results(results)}")
    made += [option for name, option in SWITCHES.items() if switched(name)]
    return ["gate", *made, *key(), PLATFORM]


def key() -> list[str]:
    """The key that signs, by which what is said of the record is checked as well."""
    return ["--key=env://GATEPASS_KEY"] if os.environ.get("GATEPASS_KEY", "").strip() else []


def facts() -> list[str]:
    """What the inputs tell of the build."""
    return [f"--build={line}" for line in lines("build")]


def lines(name: str) -> list[str]:
    """The lines of an input that are not empty; no sign that a name may hold ends one."""
    return [line.strip() for line in given(name).split("\n") if line.strip()]


def ships(policy: str) -> bool:
    """Whether it is the name of a policy that ships with gatepass, which no folder can take the place of."""
    return "/" not in policy and shipped.find(policy) is not None


def beside(path: str) -> str:
    """A path as seen from the workspace, where it is relative to the folder of the policies."""
    root = given("policy-root")
    return os.path.relpath(Path(os.environ["GITHUB_WORKSPACE"], root, path)) if root else path


def configuration() -> list[str]:
    """The configuration, where it is not the gatepass.yaml of the workspace.

    Beside policies that are not the change's, nothing of the change configures the gate: it could bring
    overrides of its own, or name another project to ask about.
    """
    if config := given("config"):
        return [beside(config)]
    if not given("policy-root"):
        return []
    path = temporary() / "gatepass.yaml"
    path.write_text("apiVersion: gatepass/v1\nkind: Config\n", "utf-8")
    return [str(path)]


def switched(name: str) -> bool:
    """Whether a switch is on; anything but true, false and nothing ends the step."""
    value = given(name)
    if value not in ("", "true", "false"):
        raise UsageError(f"the input {name} is {value!r}; it may be true or false")
    return value == "true"


def job_results(text: str) -> Path:
    """The results of the jobs before, written down as a report about this run."""
    try:
        jobs = json.loads(text)
    except ValueError:
        raise UsageError(
            "the input job-results is no JSON", hint="write job-results: ${{ toJSON(needs) }}"
        ) from None
    report = {
        "schema": "gatepass/job-results/v1",
        "repository": os.environ.get("GITHUB_REPOSITORY", ""),
        "run": os.environ.get("GITHUB_RUN_ID", ""),
        "attempt": int(os.environ.get("GITHUB_RUN_ATTEMPT") or 0),
        "commit": os.environ.get("GITHUB_SHA", ""),
        "job": os.environ.get("GITHUB_JOB", ""),
        "jobs": jobs,
    }
    path = temporary() / "job-results.json"
    path.write_text(json.dumps(report, indent=1), "utf-8")
    return path


def temporary() -> Path:
    """A folder of the runner's that lasts as long as the job, outside the checkout."""
    folder = Path(os.environ["RUNNER_TEMP"]) / "gatepass"
    folder.mkdir(exist_ok=True)
    return folder


def tell(**outputs: str) -> None:
    """Outputs of the step; the values are the action's own, and hold no line break."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.writelines(f"{name.replace('_', '-')}={value}\n" for name, value in outputs.items())


def predicate(record: Path) -> None:
    """What the platform attests beside the record: the predicate of its statement, as a file."""
    statement = json.loads(base64.b64decode(json.loads(record.read_bytes().splitlines()[0])["payload"]))
    path = temporary() / "predicate.json"
    path.write_text(json.dumps(statement["predicate"]), "utf-8")
    tell(predicate=str(path), predicate_type=statement["predicateType"])


def posts(*about: str, comments: bool) -> list[int]:
    """Say on the forge what came out; the exit codes. Where one is not 0, an old verdict may stand there."""
    codes = []
    if given("status") not in NO_STATUS:
        try:
            name = named()
        except UsageError:  # that nothing was decided is said under the default
            name = []
        codes.append(gatepass("status", *about, *name, PLATFORM))
    if comments:
        codes.append(gatepass("comment", *about, PLATFORM))
    return codes


def gatepass(*words: str) -> int:
    """Run one of gatepass's commands, isolated as this is; its exit code, 2 for an end of another kind."""
    return judged(*words)[0]


def judged(*words: str) -> tuple[int, str]:
    """Run one of gatepass's commands as `gatepass` does, and the reason where nothing was decided."""
    ours = [sys.executable, "-I", "-X", "utf8", "-m", "gatepass", *words]  # no shell: each word stays one
    heard: deque[str] = deque(maxlen=LINES)
    with subprocess.Popen(  # noqa: S603  (words of ours, no shell)
        ours, stderr=subprocess.PIPE, encoding="utf-8", errors="backslashreplace"
    ) as process:
        try:
            for line in process.stderr or ():
                sys.stderr.write(line)
                sys.stderr.flush()
                heard.append(line.rstrip())
            code = process.wait()
        except KeyboardInterrupt:  # the run is cancelled; the runner leaves seconds to say so
            process.kill()
            return NO_DECISION, "the run was cancelled"
    return (code, "") if code in (PASSED, FAILED) else (NO_DECISION, reason([*heard]))


if __name__ == "__main__":
    sys.exit(run())
