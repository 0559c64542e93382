"""One window at a time: a lock of the operating system and a note of where the window is.

The note (address and token) can be read by this user alone. A lock that nobody holds means
that nobody runs, whatever an old note says. It knows no page and no model.
"""

from __future__ import annotations

import http.client
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from elara_local.ui.guard import HEALTH

LOCK = "elara.lock"
NOTE = "window.json"
PATIENCE = 15.0  # seconds that a second start waits for a first one that is still loading


@dataclass(frozen=True)
class Window:
    """Where a running window is."""

    port: int
    token: str
    pid: int

    @property
    def address(self) -> str:
        """The full address, with the token that the guard swaps for a cookie."""
        return f"http://127.0.0.1:{self.port}/?t={self.token}"


class Instance:
    """The right to be the one window of a user's folder."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._note = home / NOTE
        self._lock = FileLock(str(home / LOCK))

    def take(self) -> bool:
        """Take the lock; False when another window holds it."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        self._note.unlink(missing_ok=True)
        return True

    def tell(self, port: int, token: str) -> Window:
        """Write down where this window is, for this user's eyes only."""
        window = Window(port, token, os.getpid())
        self._note.unlink(missing_ok=True)
        descriptor = os.open(self._note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as note:
            json.dump(asdict(window), note)
        return window

    def leave(self) -> None:
        """Remove the note and give the lock back."""
        self._note.unlink(missing_ok=True)
        self._lock.release()

    def find(self, patience: float = PATIENCE) -> Window | None:
        """Return the running window once it answers; None if it does not in `patience` seconds."""
        end = time.monotonic() + patience
        while True:
            window = self._read()
            if window and is_alive(window):
                return window
            if time.monotonic() >= end:
                return None
            time.sleep(0.2)

    def _read(self) -> Window | None:
        try:
            told = json.loads(self._note.read_text(encoding="utf-8"))
            return Window(int(told["port"]), str(told["token"]), int(told["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def is_alive(window: Window) -> bool:
    """Tell whether a window answers at its address and takes its token."""
    connection = http.client.HTTPConnection("127.0.0.1", window.port, timeout=1)
    try:
        connection.request("GET", HEALTH, headers={"Authorization": f"Bearer {window.token}"})
        answer = connection.getresponse()
        return answer.status == 200 and json.loads(answer.read()).get("name") == "elara"
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
