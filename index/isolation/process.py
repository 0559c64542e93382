"""The parent's side: a child that reads files one after the other, and is watched meanwhile.

One child reads many small files, since starting one costs some 60 ms. It is replaced after
any failure, after a file of a format whose reader is machine code (`ALONE`), after a large
file and after `FILES` files, so that what one file did to it reaches few others.
Nothing the child sends is trusted: its lines are counted, bounded and checked. It knows no
folder and no index.
"""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from elara_local.errors import WrongFile
from index.documents.blocks import Hints
from index.isolation.answers import AGAIN, Found, collect, explain, too_long, too_much, too_slow
from index.isolation.limits import MEGABYTE, ReadLimits

ROOT = Path(__file__).resolve().parents[2]
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from index.isolation.child import main; main()"
)
ALONE = frozenset({"pdf", "docx", "epub", "html"})
FILES = 64
LARGE = 4 * MEGABYTE  # bytes that came back
TICK = 0.1  # seconds between two looks at the child's memory
CHUNK = 64 * 1024
PATIENCE = 1.0  # seconds that a child that ends is given before it is killed


@dataclass(frozen=True)
class Readers:
    """What a child may call, each as "module:function"."""

    recognise: str
    formats: Mapping[str, str]


class Child:
    """A process that reads; started when first needed, ended by `close`."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._process: subprocess.Popen[bytes] | None = None
        self._chunks: queue.Queue[bytes] = queue.Queue()
        self._stopped = threading.Event()
        self._files = 0

    def read(self, path: Path, hints: Hints, limits: ReadLimits) -> Found:
        """Read one file; only a child that did it well is kept for the next.

        Raises:
            WrongFile: the file can't be read, or not within the limits.
        """
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._start()
        request: dict[str, Any] = {
            "path": str(path),
            "hints": asdict(hints),
            "seconds": limits.seconds,
            "memory_bytes": limits.memory_bytes,
            "file_bytes": limits.file_bytes,
            "recognise": self._readers.recognise,
            "readers": dict(self._readers.formats),
        }
        whole = False
        try:
            self._ask(request)
            answer = collect(self._lines(limits))
            if answer is None:
                self._await_end()
                raise WrongFile(explain(self.close(), limits), AGAIN)
            found, size = answer
            self._files += 1
            whole = found.kind not in ALONE and size < LARGE and self._files < FILES
            return found
        finally:
            if not whole:
                self.close()

    def close(self) -> int | None:
        """End the child and all that it may have started; returns its exit code."""
        process, self._process, self._files = self._process, None, 0
        if process is None:
            return None
        family = _family(process.pid)
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                _kill_group(process.pid)
        for member in family:
            _kill(member)
        with contextlib.suppress(OSError):
            process.kill()
        self._stopped.set()
        with contextlib.suppress(OSError):
            _end(process.stdin).close()
        return process.wait()

    def _await_end(self) -> None:
        """Give a child that has closed its end the time to say by its code why."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._process is not None:
                self._process.wait(PATIENCE)

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", START, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._chunks, self._stopped = queue.Queue(maxsize=16), threading.Event()
        arguments = (_end(self._process.stdout), self._chunks, self._stopped)
        threading.Thread(target=_pump, args=arguments, daemon=True).start()

    def _ask(self, request: Mapping[str, Any]) -> None:
        try:
            channel = _end(self._process.stdin if self._process else None)
            channel.write(json.dumps(request).encode() + b"\n")  # a name may hold any byte
            channel.flush()
        except OSError as error:
            raise WrongFile("the process that should read it ended.", "Try again.") from error

    def _lines(self, limits: ReadLimits) -> Iterator[bytes]:
        """Yield whole lines within the limits; ends where the child's output ends."""
        until = time.monotonic() + limits.seconds
        total = 0
        begun: list[bytes] = []
        while chunk := self._next_chunk(until, limits):
            total += len(chunk)
            if total > limits.output_bytes:
                raise too_long(limits)
            first, *rest = chunk.split(b"\n")
            begun.append(first)
            for part in rest:
                yield b"".join(begun)
                begun = [part]

    def _next_chunk(self, until: float, limits: ReadLimits) -> bytes:
        while time.monotonic() < until:
            try:
                return self._chunks.get(timeout=TICK)
            except queue.Empty:
                if self._process is None:  # closed meanwhile by whoever reads no further
                    return b""
                self._watch_memory(self._process.pid, limits)
        raise too_slow(limits)

    def _watch_memory(self, pid: int, limits: ReadLimits) -> None:
        import psutil

        with contextlib.suppress(psutil.Error):
            if psutil.Process(pid).memory_info().rss > limits.memory_bytes:
                raise too_much(limits)


def _pump(output: IO[bytes], chunks: queue.Queue[bytes], stopped: threading.Event) -> None:
    """Move what the child says into the queue, until it ends; an empty chunk is its end.

    A thread of its own, since only POSIX can wait for a pipe with a time limit. It alone
    closes the pipe: a process that the child left behind might hold the other end for ever.
    """
    with output:
        chunk = b"more"
        while chunk and not stopped.is_set():
            chunk = output.read1(CHUNK)  # type: ignore[attr-defined]
            _put(chunk, chunks, stopped)


def _put(chunk: bytes, chunks: queue.Queue[bytes], stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            return chunks.put(chunk, timeout=TICK)
        except queue.Full:
            continue


def _family(pid: int) -> list[Any]:
    import psutil

    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


def _kill(process: Any) -> None:
    import psutil

    with contextlib.suppress(psutil.Error):
        process.kill()


def _kill_group(pid: int) -> None:
    import os

    if sys.platform != "win32":
        os.killpg(pid, signal.SIGKILL)


def _end(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise WrongFile("the process that should read it ended.", "Try again.")
    return end
