"""Whether the platform says who this run is (OpenID Connect), and whose word that would be.

A token in a variable is taken apart and its claims are named; one that must be asked for is asked for only
when somebody said so. No token, and no value of a claim but issuer and audience, is ever shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from gatepass.collect import Asked
from gatepass.collect.oidc import NOT_BOUND, Setting, keys, setting, token
from gatepass.errors import CollectionError, RefusedToken, UsageError
from gatepass.examining._asking import Asking, Outcome
from gatepass.examining._clock import Reading
from gatepass.examining._lines import Line, missing, note, ok, warning
from gatepass.https import Client
from gatepass.tokens import Token

_URL, _BEARER = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_FORK = "permissions: {id-token: write} in the workflow; a pull request from a fork never gets one"
_FIXES = {
    "github": _FORK,
    "gitlab": "id_tokens: {GATEPASS_ID_TOKEN: {aud: gatepass}} in the job",
    "bitbucket": "oidc: true in the step",
    "circleci": "a context with the variable, or circleci run oidc get",
}
_MOST_CLAIMS = 60


@dataclass(slots=True)
class Identity:
    """The examination of the run's own token; ``trouble`` is why there is none, empty when there may be.

    ``required`` is whether something here needs it, ``request`` whether one may be asked for, ``vouches``
    whether one must name the record.
    """

    asked: Asked
    required: bool
    request: bool
    clock: Callable[[], datetime]
    offline: bool = False
    vouches: bool = False
    setting: Setting | None = None
    trouble: str = ""
    hint: str | None = None
    claims: Token | None = None
    asking: Asking | None = None
    issuer_trouble: str = ""

    @property
    def readings(self) -> list[Reading]:
        """What the issuer told of the time."""
        return list(self.asking.readings) if self.asking else []

    def look(self) -> None:
        """Look at the variables; nobody is asked."""
        environment, platform = self.asked.environment, self.asked.build.platform
        named = self.asked.options.get("token-variable")
        if platform == "github" and not named and not (environment.get(_URL) and environment.get(_BEARER)):
            self.trouble, self.hint = "this job may not ask GitHub for a token", _FORK
            return
        try:
            self.setting = setting(self.asked)
        except (CollectionError, UsageError) as error:
            self.trouble, self.hint = error.message, error.hint
            return
        if self.setting.variable is not None:
            self._take()
        if {"jwks", "jwks-sha256"} & set(self.asked.options):
            self._read_keys(self.setting.issuer)

    def go(self) -> None:
        """Ask the issuer where its keys are and, where that may be, for a token."""
        if self.setting is None or self.trouble:
            return
        if self.setting.variable is None and self.request:
            self._take()
        if self.asked.options.get("jwks"):
            return  # the keys are in a file, and nobody is asked for them
        issuer = self.setting.issuer
        parts = urlsplit(issuer)
        headers = {"User-Agent": self.asked.producer.replace(" ", "/")}
        base = f"{parts.scheme}://{parts.netloc}" if parts.netloc else issuer
        client = Client(base, headers, self.asked.sleep, self.asked.say, environment=self.asked.environment)
        self.asking = Asking(client, self.clock)
        try:
            found = self.asking.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        except (CollectionError, UsageError) as error:
            self.issuer_trouble = error.message
            return
        if found.outcome is not Outcome.ALLOWED:
            self.issuer_trouble = found.why
        elif found.document.get("issuer") != issuer:
            self.issuer_trouble = "it calls itself otherwise, or does not say"

    def _read_keys(self, issuer: str) -> None:
        """The file of keys that the options pin: nobody is asked for those."""
        try:
            keys(self.asked, issuer)
        except (CollectionError, UsageError) as error:
            self.issuer_trouble = error.message

    def _take(self) -> None:
        """The token, taken apart; the text is let go at once."""
        assert self.setting is not None
        impatient = replace(self.asked, sleep=_no_waiting)
        try:
            self.claims = Token.read(token(impatient, self.setting).body)
        except (CollectionError, UsageError) as error:
            self.trouble, self.hint = error.message, error.hint
        except RefusedToken as refused:
            self.trouble = f"what should be a token is none: {refused.message}"


def _no_waiting(_: float) -> None:
    raise CollectionError("the platform does not hand out a token, or not at once")


def lines(identity: Identity, now: datetime) -> Iterator[Line]:
    """What is known of the run's token."""
    bad = missing if identity.required else note
    platform = identity.asked.build.platform
    if identity.vouches and (platform != "github" or identity.asked.options.get("token-variable")):
        yield missing(
            "identity.record", "token of the record", f"one is required (--identity), and {NOT_BOUND}"
        )
    if identity.trouble:
        unnamed = identity.hint if identity.setting is None else None  # an issuer or an audience, not a token
        fix = (
            unnamed
            or _FIXES.get(platform)
            or identity.hint
            or "docs/collect/oidc.md says which platforms have one"
        )
        yield bad("identity", "token of the run", identity.trouble, fix)
        return
    if identity.setting is None:
        return
    facts = {"issuer": identity.setting.issuer, "variable": identity.setting.variable}
    if identity.claims is not None:
        yield from _claims(identity, identity.claims, bad, now)
    elif identity.offline or not identity.request:
        said = f"the platform hands one out when it is asked ({identity.setting.issuer})"
        yield ok("identity", "token of the run", said, **facts)
    if identity.issuer_trouble:
        said = f"{identity.setting.issuer}: {identity.issuer_trouble}"
        yield bad("identity.issuer", "its issuer", said, "let the job reach it: it has the keys")
    elif identity.asking and identity.asking.answers:
        yield ok(
            "identity.issuer", "its issuer", f"{identity.setting.issuer} tells where its keys are", **facts
        )


def _claims(identity: Identity, found: Token, bad: Callable[..., Line], now: datetime) -> Iterator[Line]:
    assert identity.setting is not None
    names = sorted(found.claims)
    try:
        issuer, audience, expires = found.issuer, found.audience, found.expires
    except RefusedToken as refused:
        yield bad("identity", "token of the run", refused.message)
        return
    facts = {"issuer": issuer, "audience": " ".join(audience), "expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}
    said = f"of {issuer} for {', '.join(audience)}"
    if issuer != identity.setting.issuer:
        fix = f"{identity.setting.issuer} is expected; name another (collect: {{oidc: {{issuer: …}}}})"
        yield bad("identity", "token of the run", f"{said}: that is another issuer", fix, **facts)
    elif identity.setting.audience not in audience:
        fix = f"{identity.setting.audience} is expected; name another (collect: {{oidc: {{audience: …}}}})"
        yield bad("identity", "token of the run", f"{said}: that is another audience", fix, **facts)
    elif expires <= now:
        said = f"{said}, expired {expires:%Y-%m-%dT%H:%M:%SZ}"
        yield warning(
            "identity", "token of the run", said, "collect early in the job, or let it live longer", **facts
        )
    else:
        yield ok("identity", "token of the run", said, **facts)
    shown = ", ".join(names[:_MOST_CLAIMS]) + (" …" if len(names) > _MOST_CLAIMS else "")
    yield note("identity.claims", "its claims", shown)
