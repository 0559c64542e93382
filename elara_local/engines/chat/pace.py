"""Chooses how many threads compute the next step, by what the last ones cost.

llama.cpp's threads wait for each other by spinning. When another program wants a core, two
threads can be ten times slower than one (measured on two busy cores: 2 to 12 tokens a
second with two threads, 46 to 72 with one), and no fixed number is right for both an idle
and a busy laptop. So the other numbers are tried for a step now and then, rarely while they
lose by far. It knows no model; costs are milliseconds for one token.
"""

from __future__ import annotations

CLEARLY = 1.1  # a number of threads that costs this much more is tried half as often
SUDDENLY = 2.0  # a step that costs this much more than the last ones brings a trial forward
FIRST_GAP = 16  # steps between two trials, at first
LONGEST_GAP = 256


class Pace:
    """The number of threads for one kind of step (prompt pieces, or single tokens)."""

    def __init__(self, threads: int) -> None:
        self.choices = sorted({threads, (threads + 1) // 2, 1}, reverse=True)
        self.best = threads
        self._costs: dict[int, float] = {}
        self._gap = FIRST_GAP
        self._since = 0
        self._trials: list[int] = []

    def pick(self) -> int:
        """Return the number of threads for the next step."""
        self._since += 1
        if not self._trials and self._since >= self._gap and len(self.choices) > 1:
            self._since = 0
            self._trials = [choice for choice in self.choices if choice != self.best]
        return self._trials[0] if self._trials else self.best

    def record(self, threads: int, cost: float) -> None:
        """Take note of what a step with so many threads cost, for each token."""
        before = self._costs.get(threads, cost) if threads == self.best else cost
        if cost > SUDDENLY * before:
            self._since = self._gap
        self._costs[threads] = 0.7 * before + 0.3 * cost
        if self._trials and self._trials[0] == threads:
            self._trials.pop(0)
            if not self._trials:
                self._decide()

    def _decide(self) -> None:
        old = self.best
        self.best = min(self._costs, key=lambda choice: self._costs[choice])
        others = [cost for choice, cost in self._costs.items() if choice != self.best]
        far = bool(others) and min(others) > CLEARLY * self._costs[self.best]
        self._gap = min(LONGEST_GAP, self._gap * 2) if far and old == self.best else FIRST_GAP
