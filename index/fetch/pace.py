"""The pace of requests to one host: at most so many in any stretch of so many seconds.

There are `count` places. A request takes one, and the place is free again only `seconds`
after its answer began to arrive (or after it failed), not after it was sent. The host has
counted a request before it answers it, so two requests in one place are always more than
`seconds` apart for the host too, however long either was under way: the limit can't be
broken by a slow line, by many workers, or by a start right after a stopped run (all places
rest once at the start). The price: `count / (seconds + delay)` requests a second at most.

It knows no protocol. Two processes are kept apart by a lock (index.fetch.errand).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True)
class Limit:
    """At most `count` requests in any `seconds`."""

    count: int
    seconds: float = 1.0


class Pace:
    """Hands out the places of one host; made and used inside one event loop."""

    def __init__(self, limit: Limit) -> None:
        self._seconds = limit.seconds
        self._free: asyncio.Queue[float] = asyncio.Queue()
        self._rest_until = 0.0
        for _ in range(limit.count):
            self._free.put_nowait(monotonic() + limit.seconds)

    def rest(self, seconds: float) -> None:
        """Send nothing for so many seconds: the host has asked for it."""
        self._rest_until = max(self._rest_until, monotonic() + seconds)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Callable[[], None]]:
        """Wait for a place; the block sends one request and calls what it gets on the answer."""
        free_at = await self._free.get()
        sent = returned = False

        def give_back() -> None:
            nonlocal returned
            if not returned:
                returned = True
                self._free.put_nowait(monotonic() + self._seconds if sent else free_at)

        try:
            while (wait := max(free_at, self._rest_until) - monotonic()) > 0:
                await asyncio.sleep(wait)
            sent = True
            yield give_back
        finally:
            give_back()
