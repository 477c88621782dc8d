"""Stories that happen in a clone: sentences about commits, played with the real git.

Everybody has a key that is made for the story. Those who are said to be known are allowed signers, those whom
the keyring trusts have an OpenPGP key that is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from support import openpgp
from support.repositories import Repository, a_repository, an_ssh_key, signing

FORMS = {
    "commits": r"(?P<who>\w+) commits(?P<unsigned> without a key)?(?: under the address of (?P<name>\w+))?"
    r"(?: with the subject (?P<subject>.+))?",
    "writes": r"(?P<who>\w+) writes the line (?P<line>.+) into (?P<path>[\w./-]+)",
    "before": r"that was before the change",
    "signs off": r"(?P<who>\w+) commits and signs off",
    "merges": r"(?P<who>\w+) merges a side branch",
    "knows": r"the organisation knows (?P<who>\w+)",
    "openpgp": r"(?P<who>\w+) commits with an OpenPGP key",
    "trusts": r"the keyring trusts (?P<who>\w+)",
    "has one": r"there is a submodule at (?P<path>\S+) from (?P<url>\S+)",
    "moves it": r"(?P<who>\w+) moves the submodule (?P<path>\S+)",
    "redirects it": r"(?P<who>\w+) lets the submodule (?P<path>\S+) come from (?P<url>\S+)",
    "submodule": r"(?P<who>\w+) adds a submodule",
    "shallow": r"the clone is shallow",
}


@dataclass
class CloneStage:
    """A repository, the keys of everybody, and the file of allowed signers."""

    folder: Path
    repository: Repository
    keys: dict[str, Path] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    count: int = 0

    def key(self, who: str) -> Path:
        """Somebody's key; made when it is first asked for."""
        if who not in self.keys:
            self.keys[who] = an_ssh_key(self.folder, f"key-of-{who}")
        return self.keys[who]

    def commit(self, who: str, name: str | None = None, subject: str | None = None, *, signed: bool) -> None:
        """A commit of a line more."""
        self.count += 1
        login = name or who
        person = (login.capitalize(), f"{login}@acme.example")
        options = signing(self.key(who)) if signed else ()
        (self.repository.root / "a").write_text(f"line {self.count}\n")
        self.repository.git("add", "--all", who=person)
        message = subject or f"PAY-{self.count} A line more"
        flags = ("-S",) if signed else ()
        self.repository.git(*options, "commit", "-q", *flags, "-m", message, who=person)

    def write(self, who: str, path: str, line: str) -> None:
        """A signed commit of a line more in a file."""
        file = self.repository.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((file.read_text() if file.exists() else "") + f"{line}\n")
        self.commit(who, signed=True)

    @property
    def allowed_signers(self) -> Path:
        """The file that says whose keys are known (``ssh-keygen(1)``, ALLOWED SIGNERS)."""
        path = self.folder / "allowed_signers"
        rows = [f"{who}@acme.example {_public(self.key(who))}" for who in self.known]
        path.write_text(
            "".join(f"{row}\n" for row in rows) or f"nobody@acme.example {_public(self.key('nobody'))}\n"
        )
        return path


def play(sentences: list[str], folder: Path) -> CloneStage:
    """The clone after all sentences; ``base`` is where the change begins."""
    stage = CloneStage(folder, a_repository(folder, "clone"))
    for each in sentences:
        for name, form in FORMS.items():
            if match := re.fullmatch(form, each):
                _act(stage, name, match)
                break
        else:
            raise ValueError(f"nobody knows how to play: {each!r}; there is\n" + "\n".join(FORMS.values()))
    return stage


def _act(stage: CloneStage, name: str, match: re.Match[str]) -> None:
    said = match.groupdict()
    git = stage.repository.git
    match name:
        case "commits":
            signed = said["unsigned"] is None
            stage.commit(said["who"], said["name"], said["subject"], signed=signed)
        case "writes":
            stage.write(said["who"], said["path"], said["line"])
        case "before":
            git("branch", "-f", "base")
        case "signs off":
            who = said["who"]
            stage.commit(
                who, subject=f"PAY-1 A line\n\nSigned-off-by: {who} <{who}@acme.example>", signed=True
            )
        case "merges":
            git("checkout", "-q", "-b", "side", "base")
            (stage.repository.root / "b").write_text("aside\n")
            git("add", "--all")
            git(*signing(stage.key(said["who"])), "commit", "-q", "-S", "-m", "PAY-9 Aside")
            git("checkout", "-q", "main")
            git(*signing(stage.key(said["who"])), "merge", "-q", "-S", "--no-ff", "-m", "PAY-9 Merge", "side")
        case "knows":
            stage.known.append(said["who"])
        case "shallow":
            deep, shallow = stage.repository.root, stage.folder / "shallow"
            git("clone", "-q", "--depth", "2", f"file://{deep}", str(shallow))
            stage.repository = Repository(shallow)
        case _:
            _act_on_links_and_keys(stage, name, said)


def _act_on_links_and_keys(stage: CloneStage, name: str, said: dict[str, str]) -> None:
    git = stage.repository.git
    match name:
        case "submodule":
            sha = git("rev-parse", "base")
            git("update-index", "--add", "--cacheinfo", f"160000,{sha},vendor/library")
            git(*signing(stage.key(said["who"])), "commit", "-q", "-S", "-m", "PAY-8 A library")
        case "openpgp":
            stage.count += 1
            (stage.repository.root / "a").write_text(f"line {stage.count}\n")
            git("add", "a")
            program = openpgp.signing(stage.folder, said["who"])
            git(*program, "commit", "-q", "-S", "-m", f"PAY-{stage.count} A line more")
        case "trusts":
            openpgp.trust(stage.folder, said["who"])
        case "has one":
            _link(stage, said["path"], "base", said["url"])
            git("commit", "-q", "-m", "PAY-8 A library")
            git("branch", "-f", "base")
        case "moves it":
            _link(stage, said["path"], "HEAD")
            git(*signing(stage.key(said["who"])), "commit", "-q", "-S", "-m", "PAY-8 The library moves on")
        case "redirects it":
            _link(stage, said["path"], "base~1", said["url"])
            git(*signing(stage.key(said["who"])), "commit", "-q", "-S", "-m", "PAY-8 Another library")


def _link(stage: CloneStage, path: str, ref: str, url: str = "") -> None:
    """The submodule stands for the commit that a ref names; with an address, also where it comes from."""
    git = stage.repository.git
    git("update-index", "--add", "--cacheinfo", f"160000,{git('rev-parse', ref)},{path}")
    if url:
        text = f'[submodule "{path}"]\n\tpath = {path}\n\turl = {url}\n'
        (stage.repository.root / ".gitmodules").write_text(text)
        git("add", ".gitmodules")


def _public(key: Path) -> str:
    return " ".join(key.with_suffix(".pub").read_text().split()[:2])
