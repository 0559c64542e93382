"""One run of a fetch: its client, ledger, files, count of what happened, and its locks.

Two runs never write one folder, and never ask one host, at the same time: a second would
break the host's limit. It knows no protocol.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from elara_local.errors import WrongUse
from elara_local.settings import read_settings
from index.fetch.ledger import Ledger
from index.fetch.options import Options
from index.fetch.politeness import HOSTS, WITH_KEY, GaveUp, PoliteClient, Refused, open_client
from index.fetch.store import Store

FAILURES = 3  # so many requests in a row without an answer end the run


@dataclass
class Tally:
    """What one run did; `refused` counts by reason."""

    asked: int = 0
    new: int = 0
    known: int = 0
    failed: int = 0
    unasked: int = 0  # records that came without having been asked for
    doubled: int = 0  # records that came twice in one answer
    uneven: list[str] = field(default_factory=list)  # searches whose counts never agreed
    refused: Counter[str] = field(default_factory=Counter)
    stopped: str = ""


class Progress:
    """One line that is written over itself; a line now and then where there is no terminal."""

    def __init__(self, name: str, every: float = 30.0) -> None:
        self._name = name
        self._terminal = sys.stderr.isatty()
        self._every = 0.2 if self._terminal else every
        self._began = self._shown = monotonic()
        self.done = 0
        self.left = 0

    def step(self, records: int, left: int) -> None:
        """Note records that are done and how many are left as far as is known."""
        self.done += records
        self.left = left
        if monotonic() - self._shown >= self._every:
            self._shown = monotonic()
            start, end = ("\r\x1b[K", "") if self._terminal else ("", "\n")
            sys.stderr.write(f"{start}{self.line()}{end}")
            sys.stderr.flush()

    def line(self) -> str:
        """Return the line: records, rate, time left."""
        rate = self.done / max(monotonic() - self._began, 0.001)
        left = f"{_tell_time(self.left / rate)} left" if rate and self.left else "time left unknown"
        return f"{self._name}: {self.done:,} done, {self.left:,} to go, {rate:.1f} a second, {left}"

    def end(self) -> None:
        """Close the line."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")


@dataclass
class Errand:
    """Everything one fetcher is handed."""

    collection: str
    options: Options
    client: PoliteClient
    ledger: Ledger
    store: Store
    say: Callable[[str], None]
    progress: Progress
    tally: Tally = field(default_factory=Tally)


@asynccontextmanager
async def open_errand(
    collection: str, hosts: Sequence[str], options: Options, say: Callable[[str], None]
) -> AsyncIterator[Errand]:
    """Open the folder, mend it, and open the client.

    Raises:
        WrongUse: the folder or a host is in use by another run; see also open_client.
        WrongFile: the ledger or a fetched file is damaged.
    """
    limits = {
        host: options.limits.get(host)
        or (WITH_KEY.get(host) if options.key else None)
        or HOSTS[host][1]
        for host in hosts
    }
    options.to.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_lock(options.to / ".lock", f"the folder {options.to}"))
        homes = read_settings().home / "fetch"
        for host in hosts:
            if host not in options.bases:
                stack.enter_context(_lock(homes / f"{host}.lock", f"'{host}'"))
        ledger = Ledger(options.to / "ledger.sqlite")
        stack.callback(ledger.close)
        store = Store(options.to, ledger)
        store.mend(collection)
        async with open_client(limits, options.manners, options.email, options.bases) as client:
            progress = Progress(collection)
            yield Errand(collection, options, client, ledger, store, say, progress)
            progress.end()


async def drain(
    errand: Errand,
    take: Callable[[set[str]], list[str]],
    handle: Callable[[list[str]], Awaitable[None]],
) -> None:
    """Let workers handle batches until `take` has none left; a failed batch stays wanted.

    `take` is given the ids that are under way or were given up in this run.

    Raises:
        GaveUp: `FAILURES` batches in a row had no answer.
    """
    busy: set[str] = set()
    in_a_row = 0

    async def work() -> None:
        nonlocal in_a_row
        while in_a_row < FAILURES and (ids := take(busy)):
            busy.update(ids)
            try:
                await handle(ids)
            except (GaveUp, Refused) as error:
                in_a_row += 1
                errand.tally.failed += len(ids)
                errand.say(f"{len(ids)} records were not given: {error}")
                if in_a_row >= FAILURES:
                    raise GaveUp(str(error)) from error
                continue  # stays in `busy`: not asked for again in this run
            in_a_row = 0
            busy.difference_update(ids)

    workers = [asyncio.create_task(work()) for _ in range(errand.options.reach.workers)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


@contextmanager
def _lock(path: Path, what: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout as error:
        raise WrongUse(f"Another fetch uses {what}.", "Wait until it has ended.") from error


def _tell_time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
