"""Asking and telling over HTTPS: one budget of patience for a whole run, and no way round the rules.

    no redirect to another host · no plain HTTP but on loopback · at most 64 MiB an answer · time-outs
    429, 5xx, cut connections and GitHub's and GitLab's limits: asked again while the budget lasts;
    what must not be done twice is tried again only where the server says that it did nothing

A secret stands in headers alone, and no header is ever part of a message.
Limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api,
https://docs.gitlab.com/administration/settings/rate_limits_on_raw_endpoints/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import urljoin, urlsplit

from gatepass.errors import CollectionError, UsageError
from gatepass.model.facts import Json

if TYPE_CHECKING:
    from urllib3 import PoolManager
    from urllib3.response import BaseHTTPResponse

MAXIMUM_BYTES = 64 << 20
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_MOST_OF_REASON = 300  # characters
_TRY_AGAIN = (409, 425, 429, 500, 502, 503, 504)
_JSON = {"Accept": "application/json", "Content-Type": "application/json"}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(slots=True)
class Budget:
    """What all questions of a run together may cost: ``seconds`` of waiting, ``retries`` in number."""

    seconds: float = 120.0
    retries: int = 12

    def take(self, seconds: float) -> bool:
        """Whether one more retry after such a wait is within it; if so, it is taken."""
        if self.retries < 1 or seconds > self.seconds:
            return False
        self.retries -= 1
        self.seconds -= seconds
        return True


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; the names of ``headers`` are in lower case, ``url`` is where it came from."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Json:
        """The body as JSON. Raises `CollectionError` when it is none, or holds half of a character.

        What is half a character (a lone surrogate, which JSON can escape) can be neither asked for nor kept.
        """
        try:
            document = cast("Json", json.loads(self.body))
            if _SURROGATE.search(self.body):
                json.dumps(document, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise CollectionError(f"{_shown(self.url)} answered with half of a character") from None
        except (ValueError, RecursionError):
            raise CollectionError(f"{_shown(self.url)} answered with something that is no JSON") from None
        return document

    def next_page(self) -> str | None:
        """The address in the ``Link`` header with ``rel="next"`` (RFC 8288), None on the last page."""
        for link in self.headers.get("link", "").split(","):
            address, _, parameters = link.partition(";")
            if 'rel="next"' in parameters.replace(" ", ""):
                return address.strip().removeprefix("<").removesuffix(">")
        return None


@dataclass(slots=True)
class Client:
    """Questions to one server.

    ``base`` is the URL of its API; paths are relative to it. ``headers`` go with every question (the token
    among them). ``needs`` says what a token must be allowed, for people whose token is not, and ``variable``
    where it was taken from. ``environment`` may name a proxy (``HTTPS_PROXY``, ``NO_PROXY``). ``most_bytes``
    is the size of the largest answer.
    """

    base: str
    headers: Mapping[str, str]
    sleep: Callable[[float], None]
    say: Callable[[str], None]
    needs: str = ""
    variable: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    read_seconds: float = READ_SECONDS
    most_bytes: int = MAXIMUM_BYTES
    _pool: PoolManager | None = None

    def get(self, path: str, *, accept: str = "application/json", also: tuple[int, ...] = ()) -> Response:
        """The answer to GET; ``also`` are statuses besides 2xx that are answers.

        Raises `CollectionError` for every other status, and when the server does not answer in time.
        """
        return self._ask(_Question("GET", _whole(self.base, path), {"Accept": accept}), also)

    def post(self, path: str, body: Json, *, also: tuple[int, ...] = ()) -> Response:
        """The answer to POST with JSON; for questions alone (GraphQL), which change nothing."""
        return self._ask(_Question("POST", _whole(self.base, path), _JSON, json.dumps(body).encode()), also)

    def tell(
        self, method: str, path: str, body: Json, *, repeatable: bool, also: tuple[int, ...] = ()
    ) -> Response:
        """The answer to POST, PUT or PATCH of something that the server is to keep.

        Unless it is ``repeatable``, a connection that is cut is not tried again: nobody knows whether the
        server did it. Raises `CollectionError` as `get` does.
        """
        data = json.dumps(body).encode()
        told = _Question(method, _whole(self.base, path), _JSON, data, asks=False, repeatable=repeatable)
        return self._ask(told, also)

    def _ask(self, question: _Question, also: tuple[int, ...]) -> Response:
        url = question.url
        tries = 0
        while True:
            failed = ""
            response = None
            try:
                response = self._redirected(question)
            except _Cut as cut:
                failed = str(cut)
                if not question.repeatable:
                    raise CollectionError(
                        f"{_shown(url)} {failed}, and nobody knows what it did",
                        hint="look there, then run the step again",
                    ) from None
            if response is not None:
                if 200 <= response.status < 300 or (response.status in also and not _limited(response)):
                    return response
                again = response.status in _TRY_AGAIN and question.repeatable
                failed = self._words(response, question)
                if not again and not _limited(response):
                    reason = self._reason(response)
                    raise CollectionError(
                        f"{_shown(url)} {failed}{reason}", hint=self._hint(response, question)
                    )
            wait = _wait(response, tries)
            tries += 1
            if not self.budget.take(wait):
                raise CollectionError(
                    f"{_shown(url)} {failed}, and there is no patience left to ask again",
                    hint="run the step again later; nothing was taken for an answer",
                )
            self.say(f"{urlsplit(url).hostname} {failed}; asking again in {wait:.0f} s")
            self.sleep(wait)

    def _redirected(self, question: _Question) -> Response:
        url = question.url
        for _ in range(_MOST_REDIRECTS):
            response = self._once(question, url)
            if response.status not in _REDIRECTS:
                return response
            target = _target(url, response.headers.get("location", ""))
            if _origin(target) != _origin(url) or question.method != "GET":
                raise CollectionError(
                    f"{_shown(url)} points to another host, {urlsplit(target).hostname}; it is not asked",
                    hint="name the server itself as the address of the API",
                )
            url = target
        raise CollectionError(f"{_shown(url)} points to one address after another")

    def _once(self, question: _Question, url: str) -> Response:
        import urllib3  # slow to import

        if self._pool is None:
            self._pool = _pool(url, self.environment, self.read_seconds)
        try:
            answer = self._pool.request(
                question.method,
                url,
                headers={**self.headers, **question.headers},
                body=question.body,
                redirect=False,
                retries=False,
                preload_content=False,
            )
            try:
                data = _limited_read(answer, url, self.most_bytes)
            finally:
                answer.release_conn()
        except urllib3.exceptions.SSLError as error:
            raise CollectionError(
                f"{_shown(url)} cannot be trusted: {_reason(error)}",
                hint="SSL_CERT_FILE names the certificates of your own authority",
            ) from None
        except urllib3.exceptions.NewConnectionError:
            raise _Cut("cannot be reached") from None
        except urllib3.exceptions.TimeoutError:
            raise _Cut("did not answer in time") from None
        except urllib3.exceptions.HTTPError as error:
            raise _Cut(f"cannot be reached ({type(error).__name__})") from None
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise CollectionError(f"{_shown(url)} answered with something that is no UTF-8") from None
        received = {name.lower(): value for name, value in answer.headers.items()}
        return Response(url, answer.status, received, text)

    def _words(self, response: Response, question: _Question) -> str:
        if _limited(response):
            return "says that too much was asked"
        said = {
            401: "does not accept the token",
            403: f"does not let the token {'read' if question.asks else 'write'} this",
            404: "is not there, or the token may not see it",
        }
        return said.get(response.status, f"answered {response.status}")

    def _hint(self, response: Response, question: _Question) -> str | None:
        if response.status == 401:
            where = f" in {self.variable}" if self.variable else ""
            return f"the token{where} is wrong, expired, revoked or of another server: set a new one"
        if response.status in (403, 404):
            return self.needs or None
        refused = 400 <= response.status < 500 and not question.asks
        return "nothing was kept there: is the commit pushed, and the change open?" if refused else None

    def _reason(self, response: Response) -> str:
        """What a server says of a refusal that its status does not explain; nothing that repeats a secret."""
        if response.status in (401, 403, 404):
            return ""
        said = "; ".join(_said(response))[:_MOST_OF_REASON]
        secrets = (word for value in self.headers.values() for word in value.split() if len(word) > 5)
        return "" if not said or any(word in said for word in secrets) else f": {said}"


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    asks: bool = True
    repeatable: bool = True


class _Cut(Exception):  # noqa: N818  (a signal that the question may be asked again)
    pass


def _whole(base: str, path: str) -> str:
    url = path if "://" in path else f"{base.rstrip('/')}/{path.lstrip('/')}"
    if not _readable(base):
        raise UsageError("what should be the address of an API is none", hint="https://api.example.com")
    if not _readable(url):
        raise CollectionError(f"{_shown(base)} names a next page that is no address")
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("https", "http") or parts.username or parts.password:
        raise UsageError(f"'{_shown(base)}' is no address of an API", hint="https://api.example.com")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise UsageError(f"{_shown(url)} is asked over https alone: a token would go out in the clear")
    if _origin(url) != _origin(base):
        raise CollectionError(f"{_shown(base)} names a next page on another host; it is not asked")
    return url


def _target(url: str, location: str) -> str:
    """Where a redirect leads."""
    try:
        target = urljoin(url, location)
    except ValueError:
        target = location
    if not _readable(target):
        raise CollectionError(f"{_shown(url)} points to something that is no address")
    return target


def _readable(url: str) -> bool:
    """Whether an address has parts: one with a bracket that stays open or an odd port has none."""
    try:
        _origin(url)
    except ValueError:
        return False
    return True


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme, (parts.hostname or "").casefold(), parts.port or default


def _shown(url: str) -> str:
    """The address for people, without query and what may be secret in it."""
    parts = urlsplit(url)
    host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    return f"{parts.scheme}://{host}{parts.path}"


def _pool(url: str, environment: Mapping[str, str], read_seconds: float) -> PoolManager:
    import urllib3  # slow to import

    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds)
    proxy = environment.get("HTTPS_PROXY") or environment.get("https_proxy")
    host = (urlsplit(url).hostname or "").casefold()
    if not proxy or host in _LOOPBACK or _spared(host, environment):
        return urllib3.PoolManager(timeout=timeout)
    return urllib3.ProxyManager(proxy, timeout=timeout)


def _spared(host: str, environment: Mapping[str, str]) -> bool:
    listed = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    names = (each.strip().casefold().removeprefix("*").lstrip(".") for each in listed.split(","))
    return any(name and (host == name or host.endswith(f".{name}")) for name in names)


def _limited_read(answer: BaseHTTPResponse, url: str, most: int) -> bytes:
    """The body, decompressed; one that promises more than it gives is cut, not short."""
    found = bytearray()
    for chunk in answer.stream(1 << 16, decode_content=True):
        found += chunk
        if len(found) > most:
            raise CollectionError(f"{_shown(url)} answered with more than {most >> 20} MiB")
    return bytes(found)


def _limited(response: Response | None) -> bool:
    """Whether the server says that it was asked too much, not that the token may not."""
    if response is None or response.status not in (403, 429):
        return False
    headers = response.headers
    return (
        response.status == 429
        or "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or "secondary rate limit" in response.body[:2000].lower()
    )


def _wait(response: Response | None, tries: int) -> float:
    """Seconds to wait, as the server says; else 1, 2, 4, … 60, and a minute for limits it does not time."""
    headers = response.headers if response else {}
    if after := headers.get("retry-after"):
        return max(0.0, _seconds(after))
    reset = headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset") or ""
    if _limited(response):
        if reset.isdecimal():
            return max(1.0, float(reset) - datetime.now(UTC).timestamp() + 1)
        return 60.0
    return float(min(60, 2**tries))


def _seconds(after: str) -> float:
    if after.strip().isdecimal():
        return float(after)
    try:
        from email.utils import parsedate_to_datetime  # slow to import

        at = parsedate_to_datetime(after)
    except (TypeError, ValueError):
        return 60.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - datetime.now(UTC)).total_seconds()


def _said(response: Response) -> list[str]:
    """The messages in a refusal, as the forges write them."""
    try:
        body: Json = json.loads(response.body)
    except (ValueError, RecursionError):
        return []
    found: list[str] = []
    for name in ("message", "error", "errors"):
        value = body.get(name) if isinstance(body, dict) else None
        for each in value if isinstance(value, list) else [value]:
            told = each.get("message") if isinstance(each, dict) else each
            if isinstance(told, str) and told and told not in found:
                found.append(told)
    return found[:5]


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
