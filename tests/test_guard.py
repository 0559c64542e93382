"""Attacks on the guard: every route of the real application, over http and websocket."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from elara_local.ui.app import make_private, mount, quieten
from elara_local.ui.guard import CLOSED, SECURITY_HEADERS, Guard

PORT = 7861
TOKEN = "t" * 43
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"
COOKIE = f"elara_{PORT}={TOKEN}"


class Counter:
    """Stands between the guard and the application and counts what got through."""

    def __init__(self, app):
        self.app, self.calls = app, 0

    async def __call__(self, scope, receive, send):
        self.calls += 1
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def guard(tmp_path_factory) -> Guard:
    temp = tmp_path_factory.mktemp("window")
    make_private(temp)
    quieten(temp)
    import gradio as gr

    with gr.Blocks(analytics_enabled=False) as page:
        box = gr.Textbox()
        gr.Button().click(lambda text: text, box, box, api_name="say")
    made = mount(page, PORT, TOKEN, [Path(__file__).parent])
    made.app = Counter(made.app)
    return made


def routes(app) -> list[tuple[str, str]]:
    """Return (method, path) of every route below `app`, mounted and included ones too."""
    found: list[tuple[str, str]] = []

    def walk(items, prefix):
        for route in items:
            inner = getattr(route, "original_router", None)
            path = prefix + getattr(route, "path", "")
            if inner is not None:
                walk(inner.routes, prefix + getattr(route.include_context, "prefix", ""))
            elif getattr(route, "routes", None):
                walk(route.routes, path)
            else:
                filled = re.sub(r"\{[^}]*\}", "x", path) or "/"
                found.extend(
                    (method, filled) for method in getattr(route, "methods", None) or ["GET"]
                )

    walk(app.routes, "")
    return sorted(set(found))


def ask(guard, path="/", method="GET", kind="http", query=b"", body=b"", **headers):
    """Send one request; return (status or close code, headers, body). `_` in a name is `-`."""
    given = {"host": HOST} | headers
    pairs = [
        (name.replace("_", "-").encode(), text.encode("latin-1"))
        for name, value in given.items()
        if value is not None
        for text in (value if isinstance(value, list) else [value])
    ]
    scope = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": pairs,
        "server": ("127.0.0.1", PORT),
        "client": ("127.0.0.1", 5),
        "root_path": "",
        "subprotocols": [],
        "state": {},
    }
    if kind == "http":
        scope["method"] = method
    sent = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    if kind == "websocket":
        waiting = [{"type": "websocket.connect"}]

    async def receive():
        return waiting.pop(0) if waiting else {"type": f"{kind}.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    first = sent[0]
    if kind == "websocket":
        return first.get("code"), {}, first["type"].encode()
    return (
        first["status"],
        {k.decode().lower(): v.decode() for k, v in first["headers"]},
        b"".join(m.get("body", b"") for m in sent[1:]),
    )


ATTACKS = {
    "rebound host": {"host": "evil.example"},
    "rebound host with its origin": {
        "host": f"evil.example:{PORT}",
        "origin": "http://evil.example",
    },
    "localhost instead of the address": {"host": f"localhost:{PORT}"},
    "another port": {"host": "127.0.0.1:80"},
    "no port": {"host": "127.0.0.1"},
    "trailing dot": {"host": f"127.0.0.1.:{PORT}"},
    "no host": {"host": None},
    "two hosts": {"host": [HOST, "evil.example"]},
    "host in capitals with a user": {"host": f"user@{HOST}"},
    "origin of another site": {"origin": "https://other.example"},
    "null origin": {"origin": "null"},
    "empty origin": {"origin": ""},
    "origin over https": {"origin": f"https://{HOST}"},
    "origin of another port": {"origin": "http://127.0.0.1:9999"},
    "origin that begins like ours": {"origin": ORIGIN + ".evil.example"},
    "two origins": {"origin": [ORIGIN, "https://other.example"]},
    "cross-site": {"sec_fetch_site": "cross-site"},
    "same site, another port": {"sec_fetch_site": "same-site"},
    "unknown site": {"sec_fetch_site": "elsewhere"},
}
NO_TOKEN = {
    "nothing": {},
    "empty cookie": {"cookie": f"elara_{PORT}="},
    "wrong cookie": {"cookie": f"elara_{PORT}=wrong"},
    "cookie of another port": {"cookie": f"elara_80={TOKEN}"},
    "two cookies": {"cookie": f"{COOKIE}; elara_{PORT}=wrong"},
    "half the token": {"cookie": f"elara_{PORT}={TOKEN[:-1]}"},
    "wrong bearer beside a good cookie": {"authorization": "Bearer wrong", "cookie": COOKIE},
    "basic": {"authorization": "Basic dDp0"},
    "two bearers": {"authorization": [f"Bearer {TOKEN}", "Bearer wrong"]},
    "letters outside ASCII": {"authorization": "Bearer \xe9\xe9"},
}


def test_the_list_of_routes_is_the_real_one(guard):
    paths = {path for _, path in routes(guard.app.app)}
    assert {"/", "/health", "/config", "/gradio_api/queue/join", "/gradio_api/upload"} <= paths
    assert len(paths) > 30


def test_no_route_opens_without_the_token(guard):
    guard.app.calls = 0
    for method, path in routes(guard.app.app):
        for name, headers in NO_TOKEN.items():
            if path == "/health" and "authorization" not in headers:
                continue
            status, _, _ = ask(guard, path, method, sec_fetch_site="same-origin", **headers)
            assert status == 401, (method, path, name)
    assert guard.app.calls == 0


@pytest.mark.parametrize("name", ATTACKS)
def test_no_route_answers_an_attack_that_has_the_token(guard, name):
    guard.app.calls = 0
    for method, path in routes(guard.app.app):
        for proof in ({"cookie": COOKIE}, {"authorization": f"Bearer {TOKEN}"}):
            status, headers, _ = ask(guard, path, method, **(proof | ATTACKS[name]))
            assert status == (400 if "host" in ATTACKS[name] else 403), (method, path)
            assert not [key for key in headers if key.startswith("access-control")]
    assert guard.app.calls == 0


@pytest.mark.parametrize("name", [*ATTACKS, *NO_TOKEN])
def test_no_websocket_opens_under_attack(guard, name):
    guard.app.calls = 0
    headers = ATTACKS.get(name)
    headers = {"cookie": COOKIE} | headers if headers else NO_TOKEN[name]
    for path in sorted({path for _, path in routes(guard.app.app)}):
        code, _, event = ask(guard, path, kind="websocket", **headers)
        assert (code, event) == (1008, b"websocket.close"), path
    assert guard.app.calls == 0


def test_a_websocket_of_our_page_reaches_the_application(guard):
    guard.app.calls = 0
    ask(guard, "/nowhere", kind="websocket", origin=ORIGIN, cookie=COOKIE)
    assert guard.app.calls == 1


def test_an_unknown_kind_of_connection_is_refused(guard):
    guard.app.calls = 0
    assert guard.rule({"type": "webtransport", "headers": []}).status == 400


def test_the_token_in_the_address_becomes_a_cookie(guard):
    status, headers, body = ask(guard, query=b"t=" + TOKEN.encode(), sec_fetch_site="none")
    assert (status, headers["location"], body) == (303, "/", b"")
    parts = {part.strip() for part in headers["set-cookie"].split(";")}
    assert {COOKIE, "HttpOnly", "SameSite=Strict", "Path=/"} == parts
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    [b"t=wrong", b"t=", b"t=%00", b"t=a&t=" + TOKEN.encode(), b"T=x", b"t=%E2%80%BA", b"t=\xff"],
)
def test_a_wrong_token_in_the_address_opens_nothing(guard, query):
    status, headers, body = ask(guard, query=query)
    assert status == 401 and "set-cookie" not in headers
    assert b"Start Elara again" in body and TOKEN.encode() not in body


def test_the_token_in_the_address_of_another_route_opens_nothing(guard):
    assert ask(guard, "/config", query=b"t=" + TOKEN.encode())[0] == 401


@pytest.mark.parametrize("query", [b"x=%E2%80%BA", b"x=\xff", b"%", b"&&==", b"x=%00"])
def test_any_query_of_our_page_reaches_the_application(guard, query):
    guard.app.calls = 0
    assert ask(guard, "/nowhere", query=query, cookie=COOKIE)[0] == 404
    assert guard.app.calls == 1


def test_a_cookie_alone_can_not_post_without_a_sign_of_our_page(guard):
    assert ask(guard, "/gradio_api/queue/join", "POST", cookie=COOKIE)[0] == 403
    ours = ask(guard, "/gradio_api/queue/join", "POST", cookie=COOKIE, origin=ORIGIN)
    assert ours[0] == 422  # it got through, and Gradio misses the body


def test_health_says_only_that_it_is_ready(guard):
    status, _, body = ask(guard, "/health")
    assert (status, body) == (200, b'{"name":"elara","state":"ready"}')
    assert ask(guard, "/health", authorization="Bearer wrong")[0] == 401


def test_every_answer_carries_the_security_headers(guard):
    refused = ask(guard)
    page = ask(guard, cookie=COOKIE)
    lost = ask(guard, "/nowhere", cookie=COOKIE)
    assert [r[0] for r in (refused, page, lost)] == [401, 200, 404]
    for _, headers, _ in (refused, page, lost):
        for name, value in SECURITY_HEADERS.items():
            assert headers[name.decode()] == value.decode()
        assert headers["cache-control"] == "no-store"
    assert "unsafe-eval" not in page[1]["content-security-policy"]


def test_the_documentation_and_the_monitor_are_closed(guard):
    for path in ("/docs", "/redoc", "/openapi.json", "/monitoring", "/gradio_api/runs"):
        status, _, _ = ask(guard, path, cookie=COOKIE)
        assert status in (403, 404, 405), path


TRAVERSALS = [
    "/etc/passwd",
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "//etc/passwd",
    "C:\\windows\\win.ini",
    "/windows/win.ini",
    "\\\\server\\share\\file",
    "http://127.0.0.1:1/x",
    "file:///etc/passwd",
    "/etc/passwd\x00.png",
    str(Path(__file__).resolve()),
    str(Path(__file__).resolve().parent.parent / "pyproject.toml"),
]


@pytest.mark.parametrize(
    "prefix", ["/gradio_api/file=", "/file=", "/static/", "/assets/", "/svelte/"]
)
def test_no_file_outside_the_window_can_be_read(guard, prefix):
    for path in TRAVERSALS:
        status, _, body = ask(guard, prefix + path, cookie=COOKIE)
        assert status in (400, 403, 404), path
        assert b"root:" not in body and b"ruff" not in body


@pytest.mark.parametrize("path", CLOSED)
def test_what_the_window_has_no_use_for_is_closed(guard, path):
    guard.app.calls = 0
    for prefix in ("/", "/gradio_api/", "//", "//gradio_api/"):
        for method in ("GET", "POST"):
            given = ask(guard, f"{prefix}{path}=x", method, cookie=COOKIE, origin=ORIGIN)
            assert given[0] == 404
    assert guard.app.calls == 0


def test_the_theme_names_no_font_of_another_host(guard):
    status, _, body = ask(guard, "/theme.css", cookie=COOKIE)
    assert status == 200
    assert [url for url in re.findall(rb"url\(([^)]*)\)", body) if b"http" in url[:8]] == []
    assert b"googleapis" not in body
