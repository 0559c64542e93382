"""The desk: one question at a time, each in its turn, each stoppable at once.

A sitting is one open page. Two sittings may ask together: the second waits for the first,
in the order they came, and may be stopped while it waits. Nothing is kept here once an
answer is out: questions and answers live with the page that asked.

This module knows events and threads, and nothing of HTML or Gradio.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from elara_local.errors import Stopped
from elara_local.events import Event
from elara_local.records import Question

GLANCE = 0.5  # seconds between looks at the queue while waiting; a change is seen at once


class Answering(Protocol):
    """What the desk asks; `assistant.Assistant` fits."""

    def answer(self, question: Question, stop: threading.Event | None = None) -> Iterator[Event]:
        """Yield the events of one answer."""
        ...


@dataclass(frozen=True)
class Waiting:
    """The question waits: so many are before it."""

    before: int


class Desk:
    """Takes questions from sittings and hands them to the assistant one by one."""

    def __init__(self, assistant: Answering) -> None:
        self._assistant = assistant
        self._changed = threading.Condition()
        self._line: deque[threading.Event] = deque()
        self._running: dict[str, list[threading.Event]] = {}

    def ask(self, sitting: str, question: Question) -> Generator[Event | Waiting, None, None]:
        """Yield Waiting while others are before, then the events of the answer.

        Raises:
            Stopped: it was stopped while it waited.
            ElaraError: whatever the assistant raises.
        """
        stop = threading.Event()
        with self._changed:
            self._line.append(stop)
            self._running.setdefault(sitting, []).append(stop)
        try:
            yield from self._wait(stop)
            yield from self._assistant.answer(question, stop)
        finally:
            stop.set()  # a page that went away ends its answer too
            self._leave(sitting, stop)

    def stop(self, sitting: str) -> int:
        """Stop all that a sitting has asked, running or waiting; return how many that was."""
        with self._changed:
            stops = list(self._running.get(sitting, ()))
            for stop in stops:
                stop.set()
            self._changed.notify_all()
        return len(stops)

    def stop_all(self) -> None:
        """Stop every answer; the window is closing."""
        for sitting in list(self._running):
            self.stop(sitting)

    def is_stopping(self, sitting: str) -> bool:
        """Tell whether a sitting has an answer that was told to stop and has not ended yet."""
        with self._changed:
            return any(stop.is_set() for stop in self._running.get(sitting, ()))

    def _wait(self, stop: threading.Event) -> Iterator[Waiting]:
        told = 0
        while True:
            with self._changed:
                before = self._line.index(stop)
                if stop.is_set():
                    raise Stopped()
                if before == 0:
                    return
                if before == told:
                    self._changed.wait(GLANCE)
                    continue
            told = before
            yield Waiting(before)

    def _leave(self, sitting: str, stop: threading.Event) -> None:
        with self._changed:
            self._line.remove(stop)
            left = [other for other in self._running[sitting] if other is not stop]
            if left:
                self._running[sitting] = left
            else:
                del self._running[sitting]
            self._changed.notify_all()
