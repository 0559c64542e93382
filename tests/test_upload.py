"""Attacks on the one way in for files, against the real server over real sockets."""

import http.client
import json
import socket
from pathlib import Path

import httpx
import pytest

from elara_local.ui import bodies
from tests.scripted import open_window, wait_until

BOUNDARY = "elaraboundary"
ROUTE = "/gradio_api/upload"


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    with open_window(tmp_path_factory.mktemp("upload") / "temp") as opened:
        opened.temp = opened.library.room._folder.parent
        yield opened


def part(name, content=b"words", field="files"):
    head = f'Content-Disposition: form-data; name="{field}"; filename="'.encode() + name + b'"'
    start = b"--" + BOUNDARY.encode() + b"\r\n" + head + b"\r\n\r\n"
    return start + content + b"\r\n"


def body(*parts):
    return b"".join(parts) + b"--" + BOUNDARY.encode() + b"--\r\n"


def send(window, content, path=ROUTE, method="POST", **changes):
    headers = {
        "Authorization": f"Bearer {window.token}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    } | changes
    kept = {key: value for key, value in headers.items() if value is not None}
    return httpx.request(method, window.origin + path, content=content, headers=kept, timeout=60)


def files_in(window):
    return {p.name for p in window.temp.rglob("*") if p.is_file() and p.stat().st_size}


def test_a_file_with_the_token_lands_in_the_private_folder(window):
    answer = send(window, body(part(b"guide one.pdf", b"some words")))
    assert answer.status_code == 200
    [path] = answer.json()
    assert path.startswith(str(window.temp)) and path.endswith("guide one.pdf")
    assert window.temp.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": None, "Cookie": "elara_80=x"}, 401),
        ({"Origin": "https://other.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 400),
    ],
)
def test_without_a_good_token_and_origin_nothing_is_written(window, changes, status):
    assert send(window, body(part(b"attack.pdf", b"evil" * 99)), **changes).status_code == status
    assert "attack.pdf" not in files_in(window)


def test_the_cookie_needs_a_sign_of_our_own_page(window):
    cookie = {"Authorization": None, "Cookie": f"elara_{window.port}={window.token}"}
    assert send(window, body(part(b"c.pdf")), **cookie).status_code == 403
    ours = send(window, body(part(b"c.pdf")), **cookie, Origin=window.origin)
    assert ours.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ROUTE),
        ("PUT", ROUTE),
        ("POST", "/upload"),
        ("POST", "//gradio_api/upload"),
        ("POST", "/gradio_api/upload/"),
        ("POST", "/gradio_api/upload_progress"),
        ("POST", "/gradio_api/uploadx"),
    ],
)
def test_only_the_one_route_is_open(window, method, path):
    assert send(window, body(part(b"x.pdf")), path, method).status_code == 404


NAMES = [
    b"../../../../outside.txt",
    b"..",
    b"/etc/cron.d/outside",
    b"C:\\windows\\outside.ini",
    b"a\x00outside.pdf",
    b"%2e%2e%2foutside.pdf",
    "\u202efdp.outside \U0001f48a été.pdf".encode(),
    b"o" * 5_000 + b".pdf",
    b"CON.pdf",
    b".hidden",
    b"",
    b"a; filename*=utf-8''..%2foutside",
    b"\xff\xfe\xc3outside.pdf",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_out_of_the_private_folder(window, name):
    before = {p for p in window.temp.parent.rglob("*") if not p.is_relative_to(window.temp)}
    answer = send(window, body(part(name, b"from outside")))
    assert answer.status_code in (200, 400, 413)
    after = {p for p in window.temp.parent.rglob("*") if not p.is_relative_to(window.temp)}
    assert before == after
    for path in answer.json() if answer.status_code == 200 else ():
        assert path.startswith(str(window.temp)) and ".." not in Path(path).parts


def test_a_declared_length_above_the_limit_is_refused_at_once(window):
    connection = http.client.HTTPConnection("127.0.0.1", window.port, timeout=30)
    connection.putrequest("POST", ROUTE)
    connection.putheader("Authorization", f"Bearer {window.token}")
    connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    connection.putheader("Content-Length", str(bodies.LONGEST_UPLOAD + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def send_chunked(window, path, chunk, count):
    """Send chunks without a declared length; return what the server says, or b"" if it hangs up."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{window.port}\r\n"
        f"Authorization: Bearer {window.token}\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    said = b""
    with socket.create_connection(("127.0.0.1", window.port), timeout=30) as line:
        line.sendall(head.encode())
        first = part(b"endless.pdf", b"")[:-2]
        try:
            for piece in (first, *[chunk] * count):
                line.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            line.sendall(b"0\r\n\r\n")
        except OSError:
            said = b"cut "
        try:
            said += line.recv(2000)
        except OSError:
            said += b"cut "
    return said


def test_chunks_without_a_length_are_counted(window, monkeypatch):
    monkeypatch.setattr("elara_local.ui.guard.LONGEST_UPLOAD", 300_000)
    said = send_chunked(window, ROUTE, b"x" * 50_000, 40)
    assert b" 413 " in said or said.startswith(b"cut")
    assert send(window, body(part(b"after.pdf"))).status_code == 200
    assert "endless.pdf" not in files_in(window)


def test_an_upload_that_is_broken_off_leaves_nothing(window):
    before = files_in(window)
    head = (
        f"POST {ROUTE} HTTP/1.1\r\nHost: 127.0.0.1:{window.port}\r\n"
        f"Authorization: Bearer {window.token}\r\nContent-Length: 9000000\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    line = socket.create_connection(("127.0.0.1", window.port), timeout=30)
    line.sendall(head.encode() + part(b"half.pdf", b"x" * 1_000_000))
    wait_until(lambda: files_in(window) - before)
    line.close()
    wait_until(lambda: not files_in(window) - before)


def test_an_upload_that_is_cut_leaves_nothing(window, monkeypatch):
    monkeypatch.setattr("elara_local.ui.guard.LONGEST_UPLOAD", 300_000)
    before = files_in(window)
    send_chunked(window, ROUTE, b"x" * 50_000, 40)
    wait_until(lambda: not files_in(window) - before)


def test_a_long_body_on_any_other_route_is_cut(window):
    said = send_chunked(window, "/gradio_api/queue/join", b"x" * 1_000_000, 8)
    assert b" 413 " in said or said.startswith(b"cut")
    answer = send(window, b"x" * (bodies.LONGEST + 1), "/gradio_api/queue/join")
    assert answer.status_code == 413


def test_one_file_above_the_limit_is_refused_and_not_kept(window, monkeypatch):
    monkeypatch.setattr(window.page, "max_file_size", 1000)
    assert send(window, body(part(b"huge.pdf", b"x" * 2000))).status_code == 413
    assert "huge.pdf" not in files_in(window)


@pytest.mark.parametrize("content", [b"", b"no parts", part(b"cut.pdf")[:40], b"--" * 500])
def test_broken_forms_are_refused(window, content):
    assert send(window, content).status_code in (200, 400)
    assert send(window, body(part(b"after.pdf"))).status_code == 200


def test_what_was_uploaded_can_not_be_read_back(window):
    [path] = send(window, body(part(b"secret.txt", b"canary words"))).json()
    for prefix in ("/gradio_api/file=", "/file=", "/gradio_api/file/", "//gradio_api/file="):
        answer = send(window, b"", prefix + path, "GET")
        assert answer.status_code == 404 and b"canary" not in answer.content


def join(window, number, data, session="s1"):
    """Send data to an event of the page as the browser does; return all it answers."""
    headers = {"Authorization": f"Bearer {window.token}"}
    asked = {"data": data, "fn_index": number, "session_hash": session, "event_data": None}
    url = f"{window.origin}/gradio_api"
    answer = httpx.post(f"{url}/run/predict", json=asked, headers=headers, timeout=30)
    return answer.status_code, answer.text


def take_event(window):
    config = httpx.get(
        f"{window.origin}/config", headers={"Authorization": f"Bearer {window.token}"}
    ).json()
    files = next(c["id"] for c in config["components"] if c["type"] == "file")
    return next(
        d["id"]
        for d in config["dependencies"]
        if [files, "upload"] in [list(target) for target in d["targets"]]
    )


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "pyproject.toml", "../../etc/passwd", "//etc/passwd", __file__]
)
def test_a_path_that_was_not_uploaded_is_not_taken(window, path):
    payload = [{"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "x.txt"}]
    join(window, take_event(window), [payload, "en"], session="forger")
    chosen = window.library.room.peek("forger")
    assert chosen is None or chosen.files == []
    assert "passwd" not in files_in(window) and "test_upload.py" not in files_in(window)


def test_an_uploaded_file_is_taken(window):
    [path] = send(window, body(part(b"taken.pdf", b"these words"))).json()
    payload = [{"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "taken.pdf"}]
    status, text = join(window, take_event(window), [payload, "en"], session="owner")
    assert status == 200 and "taken.pdf" in json.loads(text)["data"][1]
    assert [p.name for p in window.library.room.peek("owner").files] == ["taken.pdf"]


def test_a_page_that_closes_takes_its_chosen_files_with_it(window):
    gradio_client = pytest.importorskip("gradio_client")
    headers = {"Authorization": f"Bearer {window.token}"}
    client = gradio_client.Client(window.origin, headers=headers, verbose=False)
    [path] = send(window, body(part(b"left.pdf", b"left words"))).json()
    payload = [{"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "left.pdf"}]
    join(window, take_event(window), [payload, "en"], session=client.session_hash)
    assert window.library.room.peek(client.session_hash).files
    client.predict("x", "en", api_name="/search")  # the page is known to be open
    client.close()
    wait_until(lambda: window.library.room.peek(client.session_hash) is None)
