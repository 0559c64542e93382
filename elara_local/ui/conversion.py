"""The conversion: making a model in a child process, watched from the window.

The child is `python -m convert merge` (or `gguf`, without an adapter), which merges, quantizes
and proves; the window never imports it, so that asking goes on while it works and ending it
leaves nothing behind under a model's name. One conversion at a time. Its progress comes as
lines, its end as one JSON object. This module knows no component and no file format.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal

from elara_local.errors import ElaraError
from elara_local.proofs import Proof, read_proof
from elara_local.settings import REPOSITORY

COMMAND = (sys.executable, "-m", "convert")
GLANCE = 0.25  # seconds between two looks of a page
LONGEST_LINE = 4000  # characters of one line of progress
LONGEST_WHY = 400  # characters of an error that are shown
PATIENCE = 10  # seconds that a child told to end gets
NOT_PROVEN = 1  # exit code: it was made and is not equal to what it was made from
KNOWN_CODES = (1, 2, 3)  # exit codes whose words are written for people

State = Literal["idle", "running", "done", "refused", "stopped", "failed"]


@dataclass(frozen=True)
class Order:
    """What is to be made: `base` a GGUF file or a folder, `adapter` a folder or None."""

    base: Path
    adapter: Path | None
    kind: str  # "F16", "Q8_0", "Q4_K_M", ...
    out: Path


@dataclass(frozen=True)
class Making:
    """How far it is, or how it ended."""

    state: State = "idle"
    line: str = ""  # the child's last line of progress
    out: Path | None = None
    proof: Proof | None = None  # the report of the finished file
    why: str = ""  # of a failure, written for people


class Conversion:
    """Makes one model at a time and tells every page how far it is."""

    def __init__(
        self, environment: Mapping[str, str] | None = None, command: Sequence[str] = COMMAND
    ) -> None:
        self._environment = dict(environment) if environment is not None else None
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._now = Making()
        self._child: subprocess.Popen[str] | None = None
        self._told_to_stop = False

    @property
    def now(self) -> Making:
        """How far it is, or how the last one ended."""
        with self._lock:
            return self._now

    def begin(self, order: Order) -> bool:
        """Begin; False while another conversion is going on."""
        with self._lock:
            if self._now.state == "running":
                return False
            self._told_to_stop = False
            self._now = Making("running", out=order.out)
        threading.Thread(target=self._work, args=(order,), daemon=True).start()
        return True

    def stop(self) -> None:
        """Tell it to end; what was there before stays."""
        with self._lock:
            if self._now.state == "running":
                self._told_to_stop = True
                if self._child is not None:
                    self._child.terminate()

    def close(self) -> None:
        """End it and wait; the window is closing."""
        self.stop()
        with self._lock:
            child = self._child
        if child is None:
            return
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()

    def watch(self) -> Iterator[Making]:
        """Yield how far it is until it has ended, the end included."""
        seen: Making | None = None
        while True:
            now = self.now
            if now is not seen:
                yield now
            if now.state != "running":
                return
            seen = now
            time.sleep(GLANCE)

    def _work(self, order: Order) -> None:
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
            try:
                code = self._run([*self._command, *_arguments(order)], printed)
                end = self._judge(code, printed)
            except OSError as error:
                end = replace(self.now, state="failed", why=str(error.strerror or ""))
        with self._lock:
            self._child = None
            self._now = end

    def _run(self, command: Sequence[str], printed: IO[str]) -> int:
        with subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as child:
            with self._lock:
                self._child = child
                if self._told_to_stop:  # before there was a child to tell
                    child.terminate()
            while line := child.stderr.readline(LONGEST_LINE) if child.stderr else "":
                if line.strip():
                    with self._lock:
                        self._now = replace(self._now, line=line.strip())
            return child.wait()

    def _judge(self, code: int, printed: IO[str]) -> Making:
        """Return how it ended; a finished model is done, whatever was pressed meanwhile."""
        now = self.now
        printed.seek(0)
        told = _read_object(printed.read())
        if code == 0 and now.out is not None:
            return self._read_proof(now, now.out)
        if self._told_to_stop:
            return replace(now, state="stopped")
        words = f"{told.get('error', '')} {told.get('hint', '')}".strip() or now.line
        why = words[:LONGEST_WHY] if code in KNOWN_CODES else ""
        return replace(now, state="refused" if code == NOT_PROVEN else "failed", why=why)

    @staticmethod
    def _read_proof(now: Making, out: Path) -> Making:
        try:
            return replace(now, state="done", proof=read_proof(out))
        except ElaraError as error:
            return replace(now, state="failed", why=str(error))


def _arguments(order: Order) -> list[str]:
    """Return the child's arguments; "=" keeps a path that begins with a dash a path."""
    verb = "merge" if order.adapter else "gguf"
    given = {"base": order.base, "out": order.out, "quantize": order.kind}
    if order.adapter:
        given["adapter"] = order.adapter
    return [verb, "--json", *(f"--{name}={value}" for name, value in given.items())]


def _read_object(text: str) -> dict[str, Any]:
    """Return the last line that is a JSON object, {} where there is none."""
    for line in reversed(text.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}
