"""The workshop: adding and removing documents in a child process, watched from the window.

The child is `python -m index add|remove|list --json`, which prints one JSON object a line;
the window never imports it, so that asking goes on while it works and ending it leaves the
old library. One change at a time. When a change has succeeded, `after` opens the new library.
When the window is killed, the child ends at its next line of progress, which no one reads; one
that is already writing ends with the new library or the old.
This module knows no component, no word of the window and no file format.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal

from elara_local.errors import ElaraError
from elara_local.settings import REPOSITORY

COMMAND = (sys.executable, "-m", "index")
GLANCE = 0.25  # seconds between two looks of a page; a change in between is not shown
LONGEST_LINE = 4 * 1024**2  # characters of one line of the child
LONGEST_WHY = 300  # characters of an error that are shown
PATIENCE = 10  # seconds that a child told to end gets
LISTING = 120  # seconds that a listing may take
KNOWN_CODES = (2, 3)  # exit codes whose words are written for people (elara_local.errors)

State = Literal["idle", "running", "done", "stopped", "failed"]


@dataclass(frozen=True)
class Progress:
    """How far a change is. `done` of `of` counts what the stage counts (passages)."""

    state: State = "idle"
    verb: str = ""  # "add" or "remove"
    stage: str = "starting"
    file: int = 0
    files: int = 0
    done: int = 0
    of: int = 0
    left: float | None = None  # seconds
    report: tuple[str, ...] = ()  # one line for every file
    added: int = 0
    replaced: int = 0
    refused: int = 0
    why: str = ""  # of a failure, written for people; "" when nothing is known
    unopened: str = ""  # why the new library could not be opened


class Workshop:
    """Runs one change at a time and tells every page how far it is."""

    def __init__(
        self,
        after: Callable[[], None],
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._after = after
        self._environment = dict(environment) if environment is not None else None
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._progress = Progress()
        self._child: subprocess.Popen[str] | None = None
        self.lacking: tuple[str, ...] = ()
        self._listed: list[dict[str, Any]] | None = None
        self._told_to_stop = False
        self._stage_began = (0.0, 0)

    @property
    def progress(self) -> Progress:
        """How far the change is, or how the last one ended."""
        with self._lock:
            return self._progress

    def add(
        self, paths: Sequence[Path], hints: Mapping[str, str], then: Callable[[], None]
    ) -> bool:
        """Begin to add files; False when another change is going on.

        `hints` holds what is printed on the documents under "edition", "licence" and
        "source"; `then` is called when the files are no longer needed.
        """
        options = [f"--{name}={text}" for name, text in hints.items() if text]
        arguments = ["--progress", "--json", *options, *map(str, paths)]
        return self._begin("add", arguments, len(paths), then)

    def remove(self, ids: Sequence[str]) -> bool:
        """Begin to remove documents by id; False when another change is going on."""
        return self._begin("remove", ["--json", *ids], 0, lambda: None)

    def shelves(self, again: bool = True) -> list[dict[str, Any]]:
        """Return what is installed, shelf by shelf, as `index list --json` tells it.

        Without `again` it is what was last told, where something was. What could not be opened
        is in `lacking` afterwards.

        Raises:
            ElaraError: it can't be told.
        """
        if self._listed is not None and not again:
            return self._listed
        try:
            done = subprocess.run(
                [*self._command, "list", "--json"],
                cwd=REPOSITORY,
                env=self._environment,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=LISTING,
            )
            told = json.loads(done.stdout)
            self._listed = list(told["shelves"])
            self.lacking = tuple(str(line) for line in told.get("lacking", ()))
            return self._listed
        except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
            raise ElaraError(f"The library can't be listed ({type(error).__name__}).") from error

    def stop(self) -> None:
        """Tell a change to end; the library stays as it was."""
        with self._lock:
            if self._progress.state != "running" or self._progress.verb != "add":
                return
            self._told_to_stop = True
            if self._child is not None:
                self._child.terminate()

    def close(self) -> None:
        """End a change and wait for it; the window is closing."""
        with self._lock:
            child = self._child
        if child is None:
            return
        self._told_to_stop = True
        child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()

    def watch(self) -> Iterator[Progress]:
        """Yield how far the change is until it has ended, the end included."""
        seen: Progress | None = None
        while True:
            now = self.progress
            if now is not seen:
                yield now
            if now.state != "running":
                return
            seen = now
            time.sleep(GLANCE)

    def _begin(
        self, verb: str, arguments: Sequence[str], files: int, then: Callable[[], None]
    ) -> bool:
        with self._lock:
            if self._progress.state == "running":
                return False
            self._told_to_stop = False
            self._progress = Progress("running", verb, files=files)
        threading.Thread(target=self._work, args=(verb, arguments, then), daemon=True).start()
        return True

    def _work(self, verb: str, arguments: Sequence[str], then: Callable[[], None]) -> None:
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
            try:
                code = self._run([*self._command, verb, *arguments], errors)
                end = self._judge(code, errors)
            except OSError as error:
                end = replace(self._progress, state="failed", why=str(error.strerror or ""))
        then()
        if end.state in ("done", "stopped"):
            end = replace(end, unopened=self._open())
        with self._lock:
            self._child = None
            self._progress = end

    def _run(self, command: Sequence[str], errors: IO[str]) -> int:
        with subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as child:
            with self._lock:
                self._child = child
                if self._told_to_stop:  # before there was a child to tell
                    child.terminate()
            while line := child.stdout.readline(LONGEST_LINE) if child.stdout else "":
                self._read(line)
            return child.wait()

    def _read(self, line: str) -> None:
        """Take one line of the child; what is not one of its objects is passed over."""
        try:
            told = json.loads(line)
        except ValueError:
            return
        if not isinstance(told, dict):
            return
        with self._lock:
            now = replace(self._progress, **_known(told))
            self._progress = replace(now, left=self._estimate(now))

    def _estimate(self, now: Progress) -> float | None:
        """Return the seconds that the stage still needs at its rate so far."""
        if now.stage != self._progress.stage or now.done < self._progress.done:
            self._stage_began = (time.monotonic(), now.done)
        began, first = self._stage_began
        passed = time.monotonic() - began
        if passed < 1 or now.done <= first or not now.of:
            return None
        return passed / (now.done - first) * max(now.of - now.done, 0)

    def _judge(self, code: int, errors: IO[str]) -> Progress:
        """Return how it ended. A finished change is done, whatever was pressed meanwhile."""
        now = self.progress
        finished = now.stage == "done" or (now.verb == "remove" and code == 0)
        if finished and code in (0, 1):
            return replace(now, state="done", left=None)
        if self._told_to_stop:
            return replace(now, state="stopped", report=(), left=None)
        errors.seek(0)
        lines = [line.strip() for line in errors.read().splitlines() if line.strip()]
        why = lines[-1][:LONGEST_WHY] if lines and code in KNOWN_CODES else ""
        return replace(now, state="failed", report=(), why=why, left=None)

    def _open(self) -> str:
        """Open the new library; return "" or why that failed."""
        try:
            self._after()
        except ElaraError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - told to the reader by its kind alone
            return f"({type(error).__name__})"
        return ""


def _known(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a line of the child says, where it has the right kind."""
    counts = ("file", "files", "done", "of", "added", "replaced", "refused")
    known: dict[str, Any] = {k: told[k] for k in counts if isinstance(told.get(k), int)}
    if isinstance(told.get("stage"), str):
        known["stage"] = told["stage"]
        known.setdefault("done", 0)
        known.setdefault("of", 0)
    if isinstance(told.get("report"), list):
        known["report"] = tuple(str(line) for line in told["report"])
    return known
