"""Pages drawn in a process of their own, so that no file can hold up or end the window.

One child draws for one file and stays for its next page; another file, a failure, a page that
takes longer than SECONDS or needs more than MEMORY gets a new one. Both sides of the pipe
are here: `Drawing` is the window's, `main` the child's.

What is covered: a page that draws without end, one that fills the memory, a crash of pdfium;
the child reaches no network and writes no file through Python, and ends with its parent.
What is not covered: what pdfium does once a crafted file has taken it over; it may then do
what this user may do. Between two looks (TICK) memory may pass MEMORY outside Linux. It
knows no question and no document but the path it is given.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from elara_local import pages
from elara_local.errors import WrongFile
from elara_local.offline import guard

SECONDS = 10.0  # of one page, which takes a tenth of a second as a rule
MEMORY = 1024 * 1024**2  # bytes
LONGEST = 64 * 1024**2  # bytes of an answer; a picture of pages.MOST_PIXELS has at most 18 MB
TICK = 0.05  # seconds between two looks at the child
ROOT = Path(__file__).resolve().parent.parent
START = "import sys; sys.path.insert(0, sys.argv[1]); from elara_local.drawing import main; main()"


class Drawing:
    """Draws pages as `elara_local.pages` does, in a child; safe to use from several threads."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._limits = (seconds, memory)
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._path: Path | None = None
        self._closed = False

    def page_count(self, path: Path) -> int:
        """Return how many pages a PDF has. Raises WrongFile as `pages.page_count` does."""
        return int(self._ask("page_count", path))

    def render_page(self, path: Path, page: int, quote: str, width: int) -> bytes:
        """Return a page as PNG with the words of `quote` marked. Raises WrongFile."""
        drawn = self._ask("render_page", path, page, quote, width)
        return drawn if isinstance(drawn, bytes) else b""

    def find_boxes(self, path: Path, page: int, quote: str) -> Sequence[object]:
        """Return where the words stand on a page, [] where they do not. Raises WrongFile."""
        return list(self._ask("find_boxes", path, page, quote))

    def close(self) -> None:
        """End the child at once, and whatever it draws; nothing is drawn afterwards."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()
        with self._lock:
            self._end()

    def _ask(self, verb: str, path: Path, *rest: Any) -> Any:
        with self._lock:
            if self._closed:
                raise WrongFile("The window is closing.", "Open it again.")
            if path != self._path or self._child is None or self._child.poll() is not None:
                self._end()
                self._child, self._path = _start(), path
            try:
                with _watched(self._child, *self._limits):
                    told, picture = _talk(self._child, [verb, str(path), *rest])
            except (OSError, ValueError) as error:
                self._end()
                raise WrongFile(
                    f"A page of {path.name} can't be shown.", "Open the file in another program."
                ) from error
        if "refused" in told:
            raise WrongFile(str(told["refused"]), str(told.get("hint", "")))
        return picture if picture else told.get("value")

    def _end(self) -> None:
        """End the child, if there is one, and wait for its end."""
        child, self._child, self._path = self._child, None, None
        if child is None:
            return
        child.kill()
        for end in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                _pipe(end).close()
        child.wait()


def main() -> None:
    """Answer every request until the parent closes its end or dies."""
    guard()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes nowhere
    _bind()
    for line in sys.stdin.buffer:
        verb, path, *rest = json.loads(line)
        picture = b""
        told: dict[str, Any] = {}
        try:
            value = getattr(pages, verb)(Path(path), *rest)
            told, picture = ({}, value) if isinstance(value, bytes) else ({"value": value}, b"")
        except WrongFile as error:
            told = {"refused": error.message, "hint": error.hint}
        answers.write(json.dumps({**told, "size": len(picture)}).encode() + b"\n" + picture)
        answers.flush()


def _bind() -> None:
    """Take from the child what no drawing needs, and end it with its parent, where that works."""
    if sys.platform == "win32":
        return
    import resource

    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 64)]
    if sys.platform == "linux":
        limits.append((resource.RLIMIT_AS, MEMORY))
    for kind, most in limits:
        resource.setrlimit(kind, (most, most))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, even in the middle of a page."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-c", START, str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _talk(child: subprocess.Popen[bytes], request: Sequence[Any]) -> tuple[dict[str, Any], bytes]:
    """Send a request and return the answer and the picture in it.

    Raises:
        OSError: the child ended.
        ValueError: the answer is not one.
    """
    questions, answers = _pipe(child.stdin), _pipe(child.stdout)
    questions.write(json.dumps(request).encode() + b"\n")
    questions.flush()
    told = json.loads(answers.readline(LONGEST))
    size = told.get("size") if isinstance(told, dict) else None
    if type(size) is not int or not 0 <= size <= LONGEST:
        raise ValueError("not an answer")
    picture = answers.read(size)
    if len(picture) != size:
        raise ValueError("a part of an answer")
    return told, picture


@contextmanager
def _watched(child: subprocess.Popen[bytes], seconds: float, memory: int) -> Iterator[None]:
    """Kill the child once it took too long or too much, so that the wait for it ends."""
    done = threading.Event()

    def watch() -> None:
        until = time.monotonic() + seconds
        while not done.wait(TICK):
            if time.monotonic() > until or _memory(child.pid) > memory:
                child.kill()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _memory(pid: int) -> int:
    """The bytes that a process holds in memory; 0 when it has ended."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise ValueError("no pipe")
    return end
