"""A visit to a server: who opens, whose the token is, which questions are answered; and what that means."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gatepass.collect import Asked
from gatepass.errors import CollectionError, UsageError
from gatepass.examining._asking import Answered, Asking, Outcome
from gatepass.examining._lines import Line, Mark, missing, note, ok, warning
from gatepass.examining._server import Holder, Read, Server

_SOON = timedelta(days=7)
Needed = Mapping[str, Sequence[str]]
"""For each kind of evidence, the rules that cannot be judged without it."""


@dataclass(slots=True)
class Visit:
    """What is asked of a server for ``kinds`` of evidence, none where it is only told how a build stands.

    It fills while it goes on, so that whoever waits no longer sees what was answered by then.
    """

    server: Server
    asked: Asked
    kinds: tuple[str, ...]
    asking: Asking | None = None
    trouble: str = ""
    hint: str | None = None
    holder: Holder | None = None
    reads: list[tuple[Read, Answered]] = field(default_factory=list)
    begun: bool = False
    ended: bool = False

    def open(self, clock: Callable[[], datetime]) -> None:
        """Find address and token; nobody is asked yet."""
        try:
            self.asking = Asking(self.server.open(self.asked), clock)
        except (CollectionError, UsageError) as error:
            self.trouble, self.hint = error.message, error.hint

    def go(self) -> None:
        """Ask, until all is answered or the server answers no more."""
        if self.asking is None:
            return
        self.begun = True
        try:
            self.holder = self.server.holder(self.asking, self.asked)
            for read in self._questions() if self.holder.accepted is not False else ():
                answered = self.asking.get(read.path, accept=read.accept)
                self.reads.append((read, answered))
                if answered.response is None:
                    break  # it would take its time over the others as well
        except (CollectionError, UsageError) as error:
            self.trouble, self.hint = error.message, error.hint
        self.ended = True

    def _questions(self) -> list[Read]:
        if not self.kinds or (self.asking and any(each.response is None for each in self.asking.answers)):
            return []
        return [each for each in self.server.reads(self.asked) if set(each.kinds) & set(self.kinds)]

    def refused(self, kind: str) -> str:
        """Why evidence of a kind cannot be had from it, in words; empty when nothing speaks against it."""
        if self.trouble:
            return self.trouble
        if kind in (lacks := self.server.lacks(self.asked)):
            return lacks[kind]
        if self.asking is None or not self.begun:
            return ""
        if self.asking.answers and self.asking.answers[0].response is None:
            return self.asking.answers[0].why
        if not self.ended:
            return f"{self.asking.host} did not answer in time"
        if self.holder is not None and self.holder.accepted is False:
            return f"{self.asking.host} does not accept the token"
        for read, answered in self.reads:
            if read.required and kind in read.kinds and not _had(read, answered):
                return f"{read.name}: {answered.why}"
        return ""


def go(visits: Sequence[Visit], patience: float, more: Sequence[Callable[[], None]] = ()) -> None:
    """Make all visits, and what ``more`` there is to do, at the same time, for at most ``patience`` seconds.

    Threads that are left over are daemons: no server, and no name that is looked up for ever, holds the
    program up. What goes wrong in one on our side is raised here.
    """
    bugs: list[Exception] = []

    def attempt(each: Callable[[], None]) -> None:
        try:
            each()
        except Exception as bug:  # noqa: BLE001  (carried over to the caller's thread, which raises it)
            bugs.append(bug)

    work = [*(each.go for each in visits if each.asking), *more]
    threads = [threading.Thread(target=attempt, args=(each,), daemon=True) for each in work]
    end = time.monotonic() + patience
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    if bugs:
        raise bugs[0]


def lines(visit: Visit, needed: Needed, now: datetime, patience: float, *, offline: bool) -> Iterator[Line]:
    """What a visit showed."""
    wanted = bool(visit.kinds)
    name = visit.server.name
    bad = missing if wanted and any(needed.get(kind) for kind in visit.kinds) else warning if wanted else note
    asking = visit.asking
    if asking is None:
        yield bad(f"{name}.token", name, visit.trouble, visit.hint)
        return
    variable = visit.server.token_in(visit.asked)
    facts = {"server": asking.client.base, "variable": variable}
    if offline:
        yield note(
            f"{name}.token", name, f"{variable} is set; {asking.host} is not asked (--offline)", **facts
        )
        return
    answers = list(asking.answers)
    if answers and answers[0].response is None:
        yield bad(f"{name}.server", name, answers[0].why, _reaching(answers[0].hint), **facts)
        return
    if not answers:
        yield bad(
            f"{name}.server", name, f"{asking.host} did not answer within {patience:g} s", _reaching(None)
        )
        return
    milliseconds = round(answers[0].seconds * 1000)
    yield ok(
        f"{name}.server",
        name,
        f"{asking.host} answers in {milliseconds} ms",
        latency_ms=milliseconds,
        **facts,
    )
    yield from _token(visit, variable, bad, now)
    yield from _reads(visit, needed)
    if not visit.ended:
        said = f"{asking.host} did not answer everything within {patience:g} s"
        yield bad(f"{name}.slow", name, said, "run it again, or with more --patience")
    if visit.trouble:
        yield bad(f"{name}.trouble", name, visit.trouble, visit.hint)
    for kind, why in visit.server.lacks(visit.asked).items():
        if kind in visit.kinds:
            how = missing if needed.get(kind) else warning
            yield how(f"{name}.lacks", f"{name} {kind}", why)
    if visit.holder and visit.holder.accepted:
        yield from _posting(visit, visit.holder)


def _reaching(hint: str | None) -> str:
    known = hint if hint and "run the step again" not in hint else None
    return known or "is the address right, and does a proxy stand between (HTTPS_PROXY, NO_PROXY)?"


def _token(visit: Visit, variable: str, bad: Callable[..., Line], now: datetime) -> Iterator[Line]:
    holder, name = visit.holder, f"{visit.server.name} token"
    id_ = f"{visit.server.name}.token"
    if holder is None:
        return
    expires = f"{holder.expires:%Y-%m-%dT%H:%M:%SZ}" if holder.expires else None
    facts = {"variable": variable, "login": holder.login or None, "expires": expires}
    facts |= {"scopes": " ".join(holder.scopes) if holder.scopes is not None else None}
    if holder.accepted is None:
        yield bad(id_, name, f"nothing tells whether {variable} is accepted: {holder.why}", **facts)
        return
    if not holder.accepted:
        said = f"the server does not accept {variable}" + "".join(f"; {each}" for each in holder.said)
        yield bad(
            id_, name, said, "it has expired, was revoked or is another server's: make a new one", **facts
        )
        return
    said = f"{variable} is that of {holder.login}" if holder.login else f"{variable} is accepted"
    if holder.scopes is not None:
        said += f" · scopes {', '.join(holder.scopes) or 'none'}"
    said += "".join(f" · {each}" for each in holder.said)
    if holder.expires is None:
        yield ok(id_, name, said, **facts)
    elif holder.expires <= now:
        said = f"{said} · expired {holder.expires:%Y-%m-%d}"
        yield bad(id_, name, said, "make a new one", **facts)
    elif holder.expires - now < _SOON:
        said = f"{said} · expires {holder.expires:%Y-%m-%d}"
        yield warning(id_, name, said, "make a new one before that day", **facts)
    else:
        yield ok(id_, name, f"{said} · expires {holder.expires:%Y-%m-%d}", **facts)


def _had(read: Read, answered: Answered) -> bool:
    absent = read.may_be_absent and answered.outcome is Outcome.NOT_FOUND
    return answered.outcome is Outcome.ALLOWED or absent


def _reads(visit: Visit, needed: Needed) -> Iterator[Line]:
    name = visit.server.name
    reads = list(visit.reads)
    had = [read for read, answered in reads if _had(read, answered)]
    if had:
        names = ", ".join(each.name for each in had)
        yield ok(f"{name}.reads", f"{name} may read", names, outcome=Outcome.ALLOWED.value)
    refused: dict[tuple[Mark, str, str, str], list[str]] = {}
    for read, answered in reads:
        if read not in had:
            refused.setdefault(_refusal(visit, read, answered, needed), []).append(read.name)
    for (mark, said, fix, outcome), names_ in refused.items():
        shown = ", ".join(names_)
        facts = (("reads", shown), ("outcome", outcome))
        yield Line(f"{name}.read", mark, f"{name} may not read", f"{shown}: {said}", fix or None, facts)


def _refusal(visit: Visit, read: Read, answered: Answered, needed: Needed) -> tuple[Mark, str, str, str]:
    """What it means that a read was refused: the mark, the words, the fix, the outcome."""
    outcome = answered.outcome.value
    if not read.required:
        said = f"{answered.why}, so it is not known: {read.unknown}"
        return Mark.NOTE, said, f"{read.least}, if a rule is about it", outcome
    kinds = [kind for kind in read.kinds if kind in visit.kinds]
    rules = list(dict.fromkeys(rule for kind in kinds for rule in needed.get(kind, ())))
    said = answered.why
    said += f"; needed by {', '.join(rules)}" if rules else f"; no rule needs {' or '.join(kinds)} evidence"
    fix = f"give the token {read.least}" if answered.outcome is not Outcome.UNANSWERED else ""
    return Mark.MISSING if rules else Mark.WARNING, said, fix, outcome


def _posting(visit: Visit, holder: Holder) -> Iterator[Line]:
    id_, what = f"{visit.server.name}.posting", "status, comment"
    if holder.posts is True:
        yield ok(id_, what, "the token may say how the build stands", allowed=True)
    elif holder.posts is False:
        yield note(id_, what, f"the token may not say how the build stands: {holder.posting}", allowed=False)
    elif holder.posting:
        yield note(id_, what, f"needs {holder.posting}", allowed=None)
