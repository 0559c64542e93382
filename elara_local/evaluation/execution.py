"""Runs suites: judges what is not yet judged, says how far it is, and sums up.

An item that breaks is counted and said, is in no figure, and is tried again next time. A
suite whose data or model is absent is listed with the reason while the others run. Ctrl-C
ends after the item at hand. It knows no suite by name and prints nothing itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from elara_local.errors import ElaraError, Missing
from elara_local.evaluation.runs import Run
from elara_local.evaluation.suites import Bench, Case, Item, Suite
from elara_local.evaluation.summary import Result, summarise

PAUSE = 5.0  # seconds between two lines of progress
Say = Callable[[str], None]
STOPPED = "stopped before its end; the same command goes on"
log = logging.getLogger(__name__)


@dataclass
class Progress:
    """Says how far a suite is, at most every PAUSE seconds."""

    name: str
    total: int
    say: Say
    done: int = 0
    begun: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)

    def step(self) -> None:
        """Count one more item."""
        self.done += 1
        now = time.monotonic()
        if now - self.told >= PAUSE or self.done == self.total:
            self.told = now
            left = (now - self.begun) / self.done * (self.total - self.done)
            self.say(f"{self.name}: {self.done} of {self.total}, about {_span(left)} left")


def run_suites(suites: Sequence[Suite], bench: Bench, run: Run, say: Say) -> list[Result]:
    """Run the suites in turn; after Ctrl-C the last result is of what was done until then."""
    results = []
    for suite in suites:
        result, stopped = run_suite(suite, bench, run, say)
        results.append(result)
        if stopped:
            break
    return results


def run_suite(suite: Suite, bench: Bench, run: Run, say: Say) -> tuple[Result, bool]:
    """Judge the items of a suite that the run has not; return the figures, and if stopped."""
    try:
        items = choose(suite.read(bench), bench)
    except Missing as error:
        say(f"{suite.name}: not run. {error}")
        return Result(suite.name, suite.title, suite.about, why=f"not run: {error}"), False
    except Exception as error:  # the other suites still run; this one is said to fail
        why = error if isinstance(error, ElaraError) else f"{type(error).__name__} while reading"
        say(f"{suite.name}: failed. {why}")
        log.debug("reading %s", suite.name, exc_info=True)
        return Result(suite.name, suite.title, suite.about, failed=1, why=f"failed: {why}"), False
    except KeyboardInterrupt:
        return Result(suite.name, suite.title, suite.about, why="not run: stopped"), True
    run.mend(suite.name)
    cases = {i: case for i, case in run.cases(suite.name).items() if i in items}
    todo = [item for item in items.values() if item.id not in cases]
    if cases:
        say(f"{suite.name}: {len(cases)} of {len(items)} were judged before")
    failed, end = _judge(todo, suite.name, run, cases, say)
    return summarise(suite, cases, len(items), failed, end), end == STOPPED


def choose(items: Iterable[Item], bench: Bench) -> Mapping[str, Item]:
    """Return items by id, once each; with a limit a sample that only the seed decides."""
    known = {item.id: item for item in reversed(list(items))}
    kept = dict(reversed(known.items()))
    if not bench.limit or len(kept) <= bench.limit:
        return kept
    drawn = set(sorted(kept, key=lambda i: _draw(bench.seed, i))[: bench.limit])
    return {i: item for i, item in kept.items() if i in drawn}


def _draw(seed: int, item: str) -> bytes:
    return sha256(f"{seed} {item}".encode()).digest()


def _judge(
    items: Sequence[Item], name: str, run: Run, cases: dict[str, Case], say: Say
) -> tuple[int, str]:
    """Judge items into `cases`; return how many broke, and why it ended early, if it did."""
    progress, failed = Progress(name, len(items), say), 0
    for item in items:
        try:
            case = item.judge()
            run.keep(name, item.id, case)
        except KeyboardInterrupt:
            return failed, STOPPED
        except Missing as error:
            return failed, f"not run: {error}"
        except Exception as error:  # counted and said, never a figure
            failed += 1
            say(f"{name}: item {item.id} broke ({type(error).__name__})")
            log.debug("judging %s", item.id, exc_info=True)
        else:
            cases[item.id] = case
        progress.step()
    return failed, ""


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
