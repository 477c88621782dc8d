"""A server on loopback that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Heard:
    """A question as it arrived; the names of ``headers`` are in lower case, ``target`` has the query."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    target: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: ``body`` is text, bytes, or what is written as JSON. ``cut`` closes half-way through it;
    ``seconds`` waits before it."""

    body: object = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    seconds: float = 0.0

    @property
    def data(self) -> bytes:
        """What goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


Answering = Callable[[Heard], Reply]
Routes = Mapping[str, object]
"""Path to a `Reply`, to a list of them (one for each question, the last one for good), to a function of
`Heard`, or to anything else: the JSON of a 200."""


@dataclass(slots=True)
class Server:
    """A running server: ``url`` is its address, ``heard`` every question in order."""

    url: str
    heard: list[Heard] = field(default_factory=list)
    waiting: threading.Event = field(default_factory=threading.Event)

    def paths(self) -> list[str]:
        """The paths that were asked, in order."""
        return [each.path for each in self.heard]


def paged(items: Sequence[object], size: int) -> Answering:
    """A list in pages of at most ``size``, with ``Link`` headers as GitHub and GitLab write them."""

    def answer(heard: Heard) -> Reply:
        each = min(size, int(heard.query.get("per_page", size)))
        page = int(heard.query.get("page", 1))
        shown = items[(page - 1) * each : page * each]
        headers = {}
        if page * each < len(items):
            base = f"http://{heard.headers['host']}{heard.path}"
            headers["Link"] = f'<{base}?per_page={each}&page={page + 1}>; rel="next"'
        return Reply(list(shown), headers=headers)

    return answer


Tampering = Callable[[Heard, Reply], Reply]
_tampering: list[Tampering] = []


@contextmanager
def tampered(how: Tampering) -> Iterator[None]:
    """While it lasts, every server answers what ``how`` makes of its answer."""
    _tampering.append(how)
    try:
        yield
    finally:
        _tampering.remove(how)


@contextmanager
def serving(routes: Routes | Answering) -> Iterator[Server]:
    """A server on a free port of 127.0.0.1; a path that is not in ``routes`` is a 404."""
    turns: dict[str, int] = {}
    lock = threading.Lock()

    def reply(heard: Heard) -> Reply:
        if callable(routes):
            return routes(heard)
        route = routes.get(heard.target, routes.get(heard.path, Reply({"message": "Not Found"}, 404)))
        if isinstance(route, list) and route and all(isinstance(each, Reply) for each in route):
            with lock:
                turn = turns.get(heard.path, 0)
                turns[heard.path] = turn + 1
            return route[min(turn, len(route) - 1)]
        if callable(route):
            return route(heard)
        return route if isinstance(route, Reply) else Reply(route)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else every answer waits 40 ms for an acknowledgement

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            heard = Heard(self.command, parts.path, query, headers, self.rfile.read(length), self.path)
            server.heard.append(heard)
            made = reply(heard)
            for each in _tampering:
                made = each(heard, made)
            if made.seconds:
                server.waiting.wait(made.seconds)
            data = made.data
            own_clock = "Date" not in made.headers
            (self.send_response if own_clock else self.send_response_only)(made.status)
            for name, value in {"Content-Type": "application/json", **made.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with suppress(OSError):  # whoever asked may have had enough
                self.wfile.write(data[: len(data) // 2] if made.cut else data)
            if made.cut:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = _answer  # noqa: N815  (the names that http.server looks for)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.waiting.set()
        http.shutdown()
        http.server_close()
        thread.join()
