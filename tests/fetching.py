"""A local web server for the fetch tests: it keeps a log, and troubles whoever asks.

`Site` is the part that all protocols share. A trouble befalls one and the same request at
most `MOST_IN_A_ROW` times, so that a patient client gets through in the end.
"""

import gzip
import json
import random
import socket
import struct
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from urllib.parse import parse_qsl, urlsplit

from index.fetch.errand import open_errand
from index.fetch.options import Options, Reach
from index.fetch.pace import Limit
from index.fetch.politeness import Manners

MOST_IN_A_ROW = 3
SLOW = 2.5  # seconds; the client's time-out below is shorter
FAST = Limit(6, 0.06)  # 100 a second
# The time-out is far above what a busy machine needs to note an arrival in the log: a request
# that the client gave up before it was noted would count in a later window than it was sent in.
QUICK = Manners(
    attempts=9, first_wait=0.01, longest_wait=0.05, timeout=2.0, patience=6.0, longest_rest=30.0
)
STILL = 0.2  # seconds without a new arrival, after which nothing is thought to be under way
SMALL = Reach(search=60, page=25, batch=10, workers=3)
TROUBLES = ("500", "503", "429", "reset", "slow", "cut gzip", "cut body", "cut text", "html")
PAGE = b"<!DOCTYPE html><html><body><h1>Server maintenance</h1></body></html>"


@dataclass
class Reply:
    """What a protocol answers, before any trouble."""

    body: bytes
    kind: str = "application/json"
    status: int = 200
    headers: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Arrival:
    """One request as the server saw it."""

    at: float
    path: str
    params: dict
    agent: str
    trouble: str


class Site:
    """A server on 127.0.0.1; `answer(path, params)` is the protocol."""

    def __init__(self, answer, troubles=(), share=0.3, seed=1):
        self.answer = answer
        self.log = []
        self.retry_after = "0"
        self._troubles, self._share = list(troubles), share
        self._random, self._lock = random.Random(seed), threading.Lock()
        self._befallen = Counter()
        site = self

        class Conversation(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                site.reply(self, b"")

            def do_POST(self):
                site.reply(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_):
                return

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except OSError:  # the client has gone, or we have cut it off
                    self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Conversation)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def choose(self, path, params):
        key = (path, tuple(sorted(params.items())))
        with self._lock:
            if not self._troubles or self._random.random() > self._share:
                return ""
            self._befallen[key] += 1
            return (
                self._random.choice(self._troubles) if self._befallen[key] <= MOST_IN_A_ROW else ""
            )

    def reply(self, ask, body):
        parts = urlsplit(ask.path)
        params = dict(parse_qsl(parts.query)) | dict(parse_qsl(body.decode()))
        path = parts.path.lstrip("/")
        trouble = self.choose(path, params)
        with self._lock:
            self.log.append(
                Arrival(monotonic(), path, params, ask.headers.get("User-Agent", ""), trouble)
            )
        befall(ask, self.answer(path, params), trouble, self.retry_after)

    def settle(self):
        """Wait until what a killed client has sent stands in the log."""
        seen = -1
        while seen != len(self.log):
            seen = len(self.log)
            sleep(STILL)

    def worst(self, seconds):
        """The most requests that arrived in any stretch of so many seconds."""
        times = sorted(arrival.at for arrival in self.log)
        return max(
            (sum(t <= u < t + seconds for u in times[i:]) for i, t in enumerate(times)), default=0
        )


def befall(ask, reply, trouble, retry_after):
    """Send a reply, or what the trouble makes of it."""
    if trouble == "reset":
        ask.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ask.connection.close()
        ask.close_connection = True
        return
    if trouble == "slow":
        sleep(SLOW)
    reply = spoil(reply, trouble, retry_after)
    ask.send_response(reply.status)
    ask.send_header("Content-Type", reply.kind)
    ask.send_header("Content-Length", str(len(reply.body)))
    for name, value in reply.headers.items():
        ask.send_header(name, value)
    ask.end_headers()
    cut = trouble == "cut body"
    ask.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
    ask.close_connection = ask.close_connection or cut


def spoil(reply, trouble, retry_after):
    """Return another reply in the place of a right one."""
    if trouble in ("500", "503", "429"):
        headers = {} if trouble == "500" else {"Retry-After": retry_after}
        return Reply(b'{"error":"API rate limit exceeded"}', status=int(trouble), headers=headers)
    if trouble == "html":
        return Reply(PAGE, "text/html")
    if trouble == "cut text":
        return Reply(reply.body[: len(reply.body) // 2], reply.kind)
    if trouble == "cut gzip":
        packed = gzip.compress(reply.body)
        return Reply(packed[: len(packed) // 2], reply.kind, headers={"Content-Encoding": "gzip"})
    return reply


@contextmanager
def serve(answer, troubles=(), share=0.3, seed=1):
    """Yield a running Site."""
    site = Site(answer, troubles, share, seed)
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()


def make_options(folder, sites, **changes):
    """Options that ask the local sites, quickly; `sites` is host name -> Site."""
    values = {
        "to": folder,
        "email": "test@example.org",
        "bases": {host: site.address for host, site in sites.items()},
        "limits": dict.fromkeys(sites, FAST),
        "manners": QUICK,
        "reach": SMALL,
    }
    return Options(**(values | changes))


async def fetch(collection, sites, options, fetcher):
    """Run one fetcher against the local sites and return its errand."""
    async with open_errand(collection, list(sites), options, lambda line: None) as errand:
        await fetcher(errand)
        return errand


def as_json(value):
    """A Reply of JSON."""
    return Reply(json.dumps(value).encode())
