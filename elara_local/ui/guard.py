"""The door of the window: one raw ASGI guard in front of every route, over http and websocket.

A page on 127.0.0.1 is not safe by itself: any web site open in the same browser can send
requests to it, and a rebound name can read the answers. Each request therefore passes, in
this order, Host, Origin, Sec-Fetch-Site and the session's token.

What is covered: DNS rebinding, cross-site and same-site requests, null origins, requests
without the token, cross-origin readers (no CORS header ever leaves), framing, remote content
inside the page (Content-Security-Policy), caching of pages, bodies that are too long.
What is not covered: another program of the same user, which can read the token's file.

This module knows ASGI and nothing of Gradio, questions or answers.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs

from elara_local.ui.bodies import (
    LONGEST,
    LONGEST_UPLOAD,
    App,
    Measured,
    Message,
    Receive,
    Scope,
    Send,
    judge_length,
)

HEALTH = "/health"
POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1

# 'unsafe-eval' is absent on purpose: no event of the page uses js= and no gr.HTML is there.
# 'unsafe-inline' scripts stay: Gradio writes its settings into the page as an inline script.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' data: blob:; font-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS: dict[bytes, bytes] = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode("ascii"),
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"microphone=(self), camera=(), geolocation=()",
}
# The two routes by which a document comes in, each by its one method and exact path.
UPLOAD = "/gradio_api/upload"
OPEN = (("POST", UPLOAD), ("GET", "/gradio_api/upload_progress"))
# Routes of Gradio that this window has no use for: it gives no file away. Reading a file by
# an http address would even make Gradio ask a name server on the internet.
CLOSED = (
    "file",
    "proxy",
    "upload",
    "stream",
    "deep_link",
    "login",
    "logout",
    "monitoring",
    "runs",
    "vibe",
    "custom_component",
)
# The page's own scripts and styles hold no words of anyone and have a hash in their name.
FIXED_FOLDERS = ("/assets/", "/static/")
NO_TOKEN_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Elara Local</title>'
    '<meta name="viewport" content="width=device-width"><style>body{font:1.15rem/1.6 system-ui,'
    "sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;color-scheme:light dark}"
    "</style><h1>Elara Local</h1><p>This address is closed without this session's key.</p>"
    "<p>Start Elara again: it opens its window itself, and prints the full address.</p></html>"
)


@dataclass(frozen=True)
class Ruling:
    """A refusal: the HTTP status and one short reason (never a word of the request)."""

    status: int
    reason: str


class Guard:
    """Wraps an ASGI application; nothing reaches it that `rule` refuses."""

    def __init__(self, app: App, port: int, token: str) -> None:
        self.app = app
        self.host = f"127.0.0.1:{port}".encode("ascii")
        self.origin = b"http://" + self.host
        self.token = token.encode("utf-8")
        self.cookie = f"elara_{port}".encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse or pass on one connection; the start-up messages pass through."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        ruling = self.rule(scope)
        if scope["type"] == "websocket":
            if ruling:
                await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            else:
                await self.app(scope, receive, send)
            return
        dressed = _dress(send, scope["path"])
        if ruling:
            await _refuse(ruling, scope, dressed)
        elif scope["path"] == "/" and _ticket(scope):
            await self._swap(dressed)
        else:
            await Measured(self.app, _limit(scope)).run(scope, receive, dressed)

    def rule(self, scope: Scope) -> Ruling | None:
        """Return why this connection is refused, or None when it may pass."""
        if scope["type"] not in ("http", "websocket"):
            return Ruling(400, "unknown kind of connection")
        if _all(scope, b"host") != [self.host]:
            return Ruling(400, "wrong host")
        origins = _all(scope, b"origin")
        if origins not in ([], [self.origin]):
            return Ruling(403, "wrong origin")
        sites = _all(scope, b"sec-fetch-site")
        if sites not in ([], [b"same-origin"], [b"none"]):
            return Ruling(403, "another site asked")
        return self._rule_token(scope, proven=bool(origins or sites)) or self._rule_path(scope)

    def _rule_token(self, scope: Scope, proven: bool) -> Ruling | None:
        """Ask for the token. `proven`: a browser itself said that our own page is asking."""
        bearer = _all(scope, b"authorization")
        if bearer:
            good = len(bearer) == 1 and self._matches(bearer[0].removeprefix(b"Bearer "))
            return None if good else Ruling(401, "wrong token")
        if scope["type"] == "http" and scope["path"] == HEALTH:
            return None
        ticket = _ticket(scope)
        if ticket and scope["type"] == "http" and scope["path"] == "/":
            return None if self._matches(ticket) else Ruling(401, "wrong token")
        if not self._matches(_cookie(scope, self.cookie)):
            return Ruling(401, "no token")
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        return None if reads or proven else Ruling(403, "no origin")

    def _rule_path(self, scope: Scope) -> Ruling | None:
        inner = scope["path"].lstrip("/").removeprefix("gradio_api/")
        if inner.startswith(CLOSED) and (scope.get("method"), scope["path"]) not in OPEN:
            return Ruling(404, "not part of this window")
        status = judge_length(scope, _limit(scope))
        return Ruling(status, "wrong length") if status else None

    def _matches(self, offered: bytes) -> bool:
        return hmac.compare_digest(offered, self.token)  # bytes: equal time for any content

    async def _swap(self, send: Send) -> None:
        """Put the token in a cookie and take it out of the address."""
        cookie = self.cookie + b"=" + self.token + b"; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", b"/"), (b"set-cookie", cookie)]
        await _reply(send, 303, headers, b"")


def _limit(scope: Scope) -> int:
    """Return how many bytes the body of this request may have."""
    return LONGEST_UPLOAD if scope["path"] == UPLOAD else LONGEST


def _all(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]


def _ticket(scope: Scope) -> bytes:
    """Return the token in `/?t=...` of a GET, empty when there is none."""
    if scope["type"] != "http" or scope["method"] != "GET" or not scope.get("query_string"):
        return b""
    # As text: parse_qs on bytes fails on what is not ASCII.
    query = scope["query_string"].decode("latin-1")
    values = parse_qs(query, encoding="latin-1").get("t", [""])
    return values[0].encode("latin-1") if len(values) < 2 else b"\0"


def _cookie(scope: Scope, name: bytes) -> bytes:
    """Return the cookie's value; empty when it is absent or given twice (a tossed cookie)."""
    pairs = (
        part.strip().partition(b"=")
        for header in _all(scope, b"cookie")
        for part in header.split(b";")
    )
    found = [value for key, _, value in pairs if key == name]
    return found[0] if len(found) == 1 else b""


def _dress(send: Send, path: str) -> Send:
    """Return a `send` that adds the security headers and drops what would undo them."""
    fixed = path.startswith(FIXED_FOLDERS)
    ours = SECURITY_HEADERS | {
        b"cache-control": b"private, max-age=86400" if fixed else b"no-store"
    }

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = _keep(message.get("headers", ()), ours)
            if message["status"] >= 400:
                kept = [(k, v) for k, v in kept if k != b"cache-control"]
                kept.append((b"cache-control", b"no-store"))
            message = {**message, "headers": kept}
        await send(message)

    return dressed


def _keep(
    theirs: Iterable[tuple[bytes, bytes]], ours: dict[bytes, bytes]
) -> list[tuple[bytes, bytes]]:
    kept = [
        (key, value)
        for key, value in theirs
        if key.lower() not in ours and not key.lower().startswith(b"access-control-")
    ]
    return kept + list(ours.items())


async def _refuse(ruling: Ruling, scope: Scope, send: Send) -> None:
    page = ruling.status == 401 and scope["path"] == "/"
    kind = b"text/html" if page else b"text/plain"
    body = NO_TOKEN_PAGE if page else f"Refused: {ruling.reason}."
    await _reply(send, ruling.status, [(b"content-type", kind + b"; charset=utf-8")], body.encode())


async def _reply(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode("ascii"))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
