"""How long single queries take, one thread, other programs counting as little as can be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from elara_local.metrics import percentile

Query = TypeVar("Query")
Found = TypeVar("Found")
ROUNDS = 3


def time_queries(
    search: Callable[[Query], Found], queries: Iterable[Query], rounds: int = ROUNDS
) -> tuple[list[Found], float, float]:
    """Return what was found, and the p50 and p95 in milliseconds; the best of `rounds` counts."""
    asked: Sequence[Query] = list(queries)
    spent = [float("inf")] * len(asked)
    found: list[Found] = []
    for _ in range(rounds):
        found = []
        for n, query in enumerate(asked):
            begin = time.perf_counter()
            found.append(search(query))
            spent[n] = min(spent[n], (time.perf_counter() - begin) * 1000)
    return found, round(percentile(spent, 0.5), 3), round(percentile(spent, 0.95), 3)
