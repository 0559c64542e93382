"""Figures of merit for ranked lists. Pure arithmetic; it knows no index and no question.

Definitions: nDCG with gains rel/log2(rank+1) (Järvelin and Kekäläinen 2002), normalised by
the best order of the judged documents; recall@k, hit@k and reciprocal rank as usual.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

Id = TypeVar("Id", bound=object)


def ndcg(ranked: Sequence[Id], gains: Mapping[Id, float], k: int = 10) -> float:
    """Return nDCG@k in [0, 1] of a ranking, best first; 0 when nothing is relevant."""
    best = sorted(gains.values(), reverse=True)[:k]
    ideal = sum(gain / math.log2(rank + 2) for rank, gain in enumerate(best))
    found = sum(gains.get(item, 0.0) / math.log2(rank + 2) for rank, item in enumerate(ranked[:k]))
    return found / ideal if ideal else 0.0


def recall(ranked: Sequence[Id], relevant: Collection[Id], k: int = 10) -> float:
    """Return the share of the relevant items among the first k."""
    return len(set(ranked[:k]) & set(relevant)) / len(set(relevant)) if relevant else 0.0


def hit(ranked: Sequence[Id], relevant: Collection[Id], k: int = 1) -> float:
    """Return 1 when a relevant item is among the first k, else 0."""
    return float(any(item in relevant for item in ranked[:k]))


def reciprocal_rank(ranked: Sequence[Id], relevant: Collection[Id], k: int = 10) -> float:
    """Return 1/rank of the first relevant item within k, else 0."""
    for rank, item in enumerate(ranked[:k]):
        if item in relevant:
            return 1.0 / (rank + 1)
    return 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0..1) of the values lie, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]
