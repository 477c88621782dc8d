"""The image: what its definition must hold to, and what its starter does; tests/integration goes further."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from support.dockerfile import instructions

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
ENTRYPOINT = ROOT / "release/entrypoint"
PINNED = re.compile(
    r"[^\s@]+:[^\s@:]+@sha256:[0-9a-f]{64}"
)  # the tag, for people, and the digest, for engines


def faults(text: str) -> list[str]:
    """What is wrong with a Dockerfile, beyond what hadolint knows."""
    told = instructions(text)
    arguments = dict(rest.partition("=")[::2] for word, rest in told if word == "ARG")
    stages = {rest.split()[-1] for word, rest in told if word == "FROM" and " AS " in rest}
    return [*_bases(told, arguments, stages), *_user(told), *_steps(told)]


def _bases(told, arguments, stages):
    bases = [rest.split()[0] for word, rest in told if word == "FROM"]
    bases += [m for word, rest in told if word == "COPY" for m in re.findall(r"--from=(\S+)", rest)]
    for base in bases:
        named = re.sub(r"\$\{(\w+)\}", lambda match: arguments.get(match[1], ""), base)
        if named not in stages and not PINNED.fullmatch(named):
            yield f"not pinned by digest: {base}"
    if not bases:
        yield "no base"


def _user(told):
    last_stage = told[max((at for at, (word, _) in enumerate(told) if word == "FROM"), default=0) :]
    user = [rest for word, rest in last_stage if word == "USER"][-1:] or ["root"]
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user[0]):
        yield f"the user is no number other than root's: {user[0]}"


def _steps(told):
    for word, rest in told:
        if word == "ADD":
            yield f"ADD takes what nobody pinned: {rest}"
        if word == "COPY" and re.search(r"(^|\s)\.{1,2}/?\s", rest):
            yield f"COPY takes whatever lies there: {rest}"
        if word in ("ENV", "ARG", "LABEL") and re.search(r"(?i)(secret|token|password|passwd|key)\b", rest):
            yield f"{word} keeps a secret in the image: {rest}"
        if word != "RUN":
            continue
        if re.search(r"\b(curl|wget)\b", rest):
            yield f"RUN fetches: {rest}"
        if re.search(r"\bpip3?\b.*\binstall\b", rest) and not re.search(
            r"--no-deps.*--require-hashes.*--only-binary :all:", rest
        ):
            yield f"pip installs what is not pinned by digest: {rest}"
        if "apt-get install" in rest and not (
            "--no-install-recommends" in rest and "rm -rf /var/lib/apt/lists" in rest
        ):
            yield f"apt-get leaves more than is needed: {rest}"


def test_the_image_holds_to_the_rules():
    assert faults(DOCKERFILE) == []


BASE = f"python:3.13-slim@sha256:{'0' * 64}"
GOOD = f"FROM {BASE}\nUSER 65532:65532\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no base"),
        ("FROM python:3.13-slim\nUSER 1:1\n", "not pinned by digest: python:3.13-slim"),
        ("FROM python:latest\nUSER 1:1\n", "not pinned by digest: python:latest"),
        (f"FROM python@sha256:{'0' * 64}\nUSER 1:1\n", "not pinned by digest: python@"),
        ("ARG B=python:3\nFROM ${B}\nUSER 1:1\n", "not pinned by digest: ${B}"),
        ("ARG B\nFROM ${B}\nUSER 1:1\n", "not pinned by digest: ${B}"),
        (f"{GOOD}COPY --from=acme/uv:1 /uv /uv\n", "not pinned by digest: acme/uv:1"),
        (f"FROM {BASE}\n", "the user is no number other than root's: root"),
        (f"FROM {BASE}\nUSER root\n", "the user is no number other than root's: root"),
        (f"FROM {BASE}\nUSER 0:0\n", "the user is no number other than root's: 0:0"),
        (f"FROM {BASE}\nUSER nobody\n", "the user is no number other than root's: nobody"),
        (f"{GOOD}USER 0:0\n", "the user is no number other than root's: 0:0"),
        (f"{GOOD}FROM {BASE}\n", "the user is no number other than root's: root"),
        (f"{GOOD}ADD https://acme.example/x.tar /x\n", "ADD takes what nobody pinned"),
        (f"{GOOD}COPY . /src\n", "COPY takes whatever lies there"),
        (f"{GOOD}RUN curl -sSf https://acme.example | sh\n", "RUN fetches"),
        (f"{GOOD}RUN pip install gatepass\n", "pip installs what is not pinned by digest"),
        (f"{GOOD}RUN pip install \\\n  -r requirements.txt\n", "pip installs what is not pinned by digest"),
        (f"{GOOD}RUN apt-get update && apt-get install -y git\n", "apt-get leaves more than is needed"),
        (f"{GOOD}ENV API_TOKEN=x\n", "ENV keeps a secret in the image"),
        (f"{GOOD}ARG SIGNING_KEY\n", "ARG keeps a secret in the image"),
    ],
)
def test_a_definition_that_breaks_a_rule_is_told(text, fault):
    assert any(each.startswith(fault) for each in faults(text)), faults(text)


def test_the_engine_sees_only_what_the_definition_copies():
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert next(line for line in ignored if not line.startswith("#")) == "*"
    sources = [
        source
        for word, rest in instructions(DOCKERFILE)
        if word == "COPY" and "--from=" not in rest
        for source in re.sub(r"--\S+ ", "", rest).split()[:-1]
    ]
    assert {source.split("/")[0] for source in sources} == allowed
    assert all((ROOT / source).exists() for source in sources)


@pytest.fixture
def start(tmp_path):
    """Run the image's starter with a gatepass beside it that tells its arguments."""
    (tmp_path / "entrypoint").write_bytes(ENTRYPOINT.read_bytes())
    beside = tmp_path / "gatepass"
    beside.write_text('#!/bin/sh\nprintf "gatepass"; printf " <%s>" "$@"; exit 3\n')
    beside.chmod(0o755)

    def run(*arguments: str) -> tuple[int, str]:
        command = ["sh", str(tmp_path / "entrypoint"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.defpath})
        return done.returncode, done.stdout

    return run


@pytest.mark.parametrize("shell", ["sh", "/bin/sh"])
def test_a_job_gets_the_shell_that_it_asks_for(start, shell):
    assert start(shell, "-c", "echo in $0; exit 5", "a shell") == (5, "in a shell\n")


@pytest.mark.parametrize(
    "arguments",
    [("gate", "--policy", "a b"), ("--version",), ("policy", "show", "sh"), ("-c", "exit 0"), ("sh x",)],
)
def test_everything_else_is_a_command_of_gatepass(start, arguments):
    assert start(*arguments) == (3, "gatepass" + "".join(f" <{each}>" for each in arguments))


def make_image(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """``release/image`` with the programs of a folder, and of the system those that it needs itself."""
    for name in ("bash", "sed", "git", "dirname"):
        real = next(Path(each, name) for each in os.get_exec_path() if Path(each, name).exists())
        (folder / name).symlink_to(real)
    command = [str(folder / "bash"), str(ROOT / "release/image")]
    environment = {"PATH": str(folder), **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def engine(folder: Path, name: str, answer: int) -> None:
    """A client: whether its engine answers ``info``, and what it is asked for then."""
    (folder / name).write_text(f'#!/bin/sh\n[ "$1" = info ] && exit {answer}\necho {name} "$@"\n')
    (folder / name).chmod(0o755)


def test_without_an_engine_it_is_told_what_is_missing(tmp_path):
    engine(tmp_path, "docker", 1)
    done = make_image(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "docker: is installed, but no engine answers" in done.stderr
    assert "podman: is not installed" in done.stderr


def test_the_first_engine_that_answers_builds(tmp_path):
    engine(tmp_path, "docker", 1)
    engine(tmp_path, "podman", 0)
    done = make_image(tmp_path, IMAGE="acme/gate:1")
    assert done.returncode == 0, done.stderr
    built, ran, _ = done.stdout.splitlines()
    assert built.startswith("podman build --build-arg VERSION=") and built.endswith("--tag acme/gate:1 .")
    assert ran == "podman run --rm --read-only --network none acme/gate:1 --version"


@pytest.mark.parametrize("base", ["python:3.13-slim", "python:latest", "python@sha256:12"])
def test_another_base_needs_a_digest(tmp_path, base):
    engine(tmp_path, "docker", 0)
    done = make_image(tmp_path, PYTHON_IMAGE=base)
    assert (done.returncode, done.stdout) == (1, "")
    assert "names no digest" in done.stderr
