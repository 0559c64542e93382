"""How far a long step is: bytes or counts in, one line with pace and time left out.

It knows no step by name; who prints decides where the lines go.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Say = Callable[[str], None]
PAUSE = 1.0  # seconds between two lines


def silent(line: str) -> None:
    """Say nothing."""


@dataclass
class Meter:
    """Counts what is done of a known total and says so at most once a second.

    `unit` is "B" for bytes, shown in MB, or a word such as "tensors" or "steps".
    """

    title: str
    total: int
    say: Say = silent
    unit: str = "B"
    done: int = 0
    _began: float = field(default_factory=time.monotonic)
    _said: float = 0.0

    def add(self, count: int) -> None:
        """Count what was done; say it when a second has passed or all is done."""
        self.done += count
        now = time.monotonic()
        if now - self._said >= PAUSE or self.done >= self.total:
            self._said = now
            self.say(self.line(now - self._began))

    def line(self, seconds: float) -> str:
        """Return one line: share, amount, pace, time left."""
        pace = self.done / seconds if seconds > 0 else 0.0
        left = (self.total - self.done) / pace if pace else 0.0
        share = 100 * self.done // self.total if self.total else 100
        return (
            f"{self.title}: {share} %, {self._amount(self.done)} of {self._amount(self.total)}, "
            f"{self._amount(pace)}/s, {left:.0f} s left"
        )

    def _amount(self, count: float) -> str:
        if self.unit == "B":
            return f"{count / 1e6:,.1f} MB"
        return f"{count:,.0f} {self.unit}" if count >= 10 else f"{count:,.1f} {self.unit}"
