"""Readers that do what a parser does when a crafted file has taken it over; see test_isolation."""

import ctypes
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from index.documents.blocks import Block, Parsed


def recognise(path):
    return path.suffix.lstrip(".")


def document(*texts):
    return Parsed(title="A title", blocks=tuple(Block(text) for text in texts))


def read_plain(path, hints):
    yield Parsed(hints.title, tuple(Block(t) for t in path.read_text("utf-8").split("\n") if t))


def read_crash(path, hints):
    yield document("before the crash")
    ctypes.string_at(0)


def read_exit(path, hints):
    yield document("before the exit")
    os._exit(0)


def read_raise(path, hints):
    yield document("before the error")
    raise KeyError("words of the patient Amina")


def read_hang(path, hints):
    yield document("before the wait")
    time.sleep(3600)


def read_spin(path, hints):
    while True:
        hints = hints


def read_memory(path, hints):
    held = []
    while True:
        held.append(b"x" * 10_000_000)
    yield document("never")


def read_endless(path, hints):
    while True:
        yield document("the same words again " * 1000)


def read_one_endless_line(path, hints):
    yield document("a" * 400_000_000)


def read_print(path, hints):
    sys.stdout.write('{"end": true}\n')
    sys.stdout.flush()
    os.write(1, b'{"document": {}}\n')
    sys.stderr.write("loud\n" * 100_000)
    yield document("printed nothing that counts")


def read_nested(path, hints):
    def descend(depth):
        return descend(depth + 1)

    yield document(descend(0))


def read_wrong(path, hints):
    yield Parsed(title="A title", blocks=(Block("fine", kind="picture"),))


def read_fork(path, hints):
    while True:
        os.fork()
    yield document("never")


def read_start(path, hints):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    yield document("never")


def read_daemon(path, hints):
    """Fork beneath the interpreter, twice, and hold the pipe open."""
    libc = ctypes.CDLL(None)
    if libc.fork() == 0:
        libc.fork()
        time.sleep(3600)
    yield document("the parent of a process that stays")
    time.sleep(3600)


def read_network(path, hints):
    socket.create_connection(("192.0.2.1", 80), timeout=1)
    yield document("never")


def read_write(path, hints):
    Path(path).write_text("gone", encoding="utf-8")
    yield document("never")


def read_change(path, hints):
    """Wait until the test has changed the file."""
    before = path.stat().st_mtime_ns
    yield document("as it was")
    while path.stat().st_mtime_ns == before:
        time.sleep(0.01)


def read_vanish(path, hints):
    yield document("as it was")
    while path.exists():
        time.sleep(0.01)


FORMATS = {
    name.removeprefix("read_"): f"tests.hostile_readers:{name}"
    for name in dir()
    if name.startswith("read_")
}
