"""Overrides of a story, as files in a clone, with all that is done to them.

The signatures are real, by keys that are made for the story. The workspace is a clone of the trial merge that
the pipeline works in: what the story says of overrides is in it, and ``origin/main`` has what was committed
there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatepass.approving import dsse
from gatepass.signers import keys, open_signer
from support.repositories import Repository, an_ssh_key, signing
from support.ssh_signing import NAMESPACE, SshKey
from support.stage import Act, Stage

FOLDER = "overrides"
SIGNERS = "keys/signers"
MAIN = "refs/remotes/origin/main"
USUAL: dict[str, Any] = {
    "match": {"whole-rule": True},
    "justification": "Forms are parsed by the server.",
    "requested-by": "alice",
    "created": "2026-11-20",
    "expires": "2026-12-10",
}


def write(overrides: dict[str, Any], stage: Stage, root: Path, folder: Path) -> tuple[str, ...]:
    """Write the overrides and do what is done to them; what the gate is to be given.

    ``root`` is the workspace, ``folder`` where keys are made. The stage's trial merge is the clone's.
    """
    if not overrides:
        return ()
    desk = _Desk(root, folder)
    for name, fields in overrides.items():
        desk.file(name).write_text(json.dumps(_whole(name, fields, root), indent=1))
    desk.write_signers(stage.known_keys)
    for act in stage.acts:
        desk.do(act)
    stage.merge = desk.commit("Merge", "alice")
    return (FOLDER,)


def _whole(name: str, fields: dict[str, Any], root: Path) -> dict[str, Any]:
    """What stands in a file: what the story says, and the usual for the rest."""
    kind = (
        "BreakGlass" if "incident" in fields else "Override" if "approved-by" in fields else "OverrideRequest"
    )
    reason = {} if kind == "BreakGlass" else {"reason": "mitigated"}
    whole = {"apiVersion": "gatepass/v1", "kind": kind, "id": name, **USUAL, **reason, **fields}
    if artifacts := whole["match"].get("artifacts"):
        whole["match"] = {**whole["match"], "artifacts": [_digest(root / each) for each in artifacts]}
    return whole


def _digest(path: Path) -> str:
    """Of what the build made; of what it did not make, some other."""
    made = path.read_bytes() if path.is_file() else path.name.encode()
    return f"sha256:{hashlib.sha256(made).hexdigest()}"


@dataclass
class _Desk:
    """Where overrides lie, with the keys of everybody."""

    root: Path
    folder: Path
    ssh: dict[str, SshKey] = field(default_factory=dict)
    git_keys: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.root / FOLDER).mkdir()
        self.repository = Repository(self.root)
        self.repository.git("init", "-q", "-b", "main")
        self.repository.git("commit", "-q", "--allow-empty", "-m", "main")
        self.repository.git("update-ref", MAIN, "HEAD")

    def file(self, override: str) -> Path:
        return self.root / FOLDER / f"{override}.yaml"

    def do(self, act: Act) -> None:
        acts: dict[str, Callable[[Act], object]] = {
            "signs": self.sign,
            "rewrites": self.rewrite,
            "lays": self.lay,
            "commits": self.commit_to_main,
            "commits here": self.commit_to_the_change,
            "removes": self.remove,
            "edits": self.edit,
            "puts back": self.put_back,
            "revoked": self.end,
            "rejected": self.end,
        }
        acts[act.what](act)

    def key(self, who: str) -> SshKey:
        return self.ssh.setdefault(who, SshKey())

    def git_key(self, who: str) -> Path:
        if who not in self.git_keys:
            self.git_keys[who] = an_ssh_key(self.folder, f"key-of-{who}")
        return self.git_keys[who]

    def write_signers(self, known: list[tuple[str, str]]) -> None:
        """The file of allowed signers; a person has one key for files and one for commits."""
        rows = []
        for who, options in known:
            rows.append(self.key(who).line(who, options))
            public = " ".join(self.git_key(who).with_suffix(".pub").read_text().split()[:2])
            rows.append(f"{who} {options} {public}\n".replace("  ", " "))
        (self.root / SIGNERS).parent.mkdir(exist_ok=True)
        (self.root / SIGNERS).write_text("".join(rows))
        for who, _ in known:
            pair = keys.generate(self.folder / f"{who}.pem")
            (self.root / "keys" / f"{who}.pub").write_bytes(pair.public_path.read_bytes())

    def sign(self, act: Act) -> None:
        path = self.file(act.override)
        data, which = path.read_bytes(), act.more.get("key")
        if which == "gatepass":
            signer = open_signer(str(self.folder / f"{act.who}.pem"), {}, None)
            path.with_name(f"{path.name}.{act.who}.dsse.json").write_bytes(dsse.approve(data, signer))
            return
        key = SshKey() if which == "unknown" else self.key(act.who)
        signature = key.sign(data, act.more.get("namespace", NAMESPACE))
        path.with_name(f"{path.name}.{act.who}.sig").write_bytes(signature)

    def rewrite(self, act: Act) -> None:
        path = self.file(act.override)
        said = {**json.loads(path.read_text()), "justification": "Another one than before."}
        path.write_text(json.dumps(said, indent=1))

    def lay(self, act: Act) -> None:
        one, two = self.file(act.override), self.file(act.more["another"])
        ending = f".{act.more['whom']}.sig"
        two.with_name(two.name + ending).write_bytes(one.with_name(one.name + ending).read_bytes())

    def end(self, act: Act) -> None:
        said = {
            "apiVersion": "gatepass/v1",
            "kind": "OverrideRevocation",
            "override": act.override,
            "decision": act.what,
            "by": act.who,
            "reason": "The parser moves to the browser.",
            "at": f"{act.at:%Y-%m-%dT%H:%M:%SZ}",
        }
        self.file(f"{act.override}.revocation").write_text(json.dumps(said, indent=1))

    def commit_to_main(self, act: Act) -> None:
        signed = signing(self.git_key(act.who)) if "key" in act.more else ()
        author = act.more.get("author", act.who)
        what = f":(glob){FOLDER}/{act.override}.*"
        self.commit(f"Change {act.override}", act.who, *signed, act=act, what=what, author=author)
        self.repository.git("update-ref", MAIN, "HEAD")

    def commit_to_the_change(self, act: Act) -> None:
        what = f":(glob){FOLDER}/{act.override}.*"
        self.commit(f"Change {act.override}", act.who, act=act, what=what)

    def all_of(self, override: str) -> tuple[Path, ...]:
        """The file with what lies beside it."""
        return tuple(sorted((self.root / FOLDER).glob(f"{override}.*")))

    def remove(self, act: Act) -> None:
        for each in self.all_of(act.override):
            each.unlink()

    def edit(self, act: Act) -> None:
        """Another value for a field, and none of the approvals, which are over other bytes."""
        path = self.file(act.override)
        said = {**json.loads(path.read_text()), act.more["field"]: act.more["value"]}
        self.remove(act)
        path.write_text(json.dumps(said, indent=1))

    def put_back(self, act: Act) -> None:
        """As main has it or had it, without what lay beside."""
        git, name = self.repository.git, self.file(act.override).relative_to(self.root).as_posix()
        sha = git("log", "-1", "--format=%H", "--diff-filter=AM", MAIN, "--", name)
        git("checkout", "-q", sha, "--", name)

    def commit(
        self,
        subject: str,
        who: str,
        *options: str,
        act: Act | None = None,
        what: str = FOLDER,
        author: str | None = None,
    ) -> str:
        """A commit of some files, else of all overrides; its id."""
        git = self.repository.git
        git("add", "--all", "--", what)
        flags = ("-S",) if options else ()
        person = (who.capitalize(), f"{who}@acme.example")
        at = act.at if act else None
        wrote = author or who
        by = f"--author={wrote.capitalize()} <{wrote}@acme.example>"
        git(*options, "commit", "-q", "--allow-empty", *flags, by, "-m", subject, who=person, at=at)
        return git("rev-parse", "HEAD")
