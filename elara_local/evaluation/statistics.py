"""Means with 95 % intervals, and differences of two runs on the same items.

A share (every value 0 or 1) gets Wilson's score interval (Wilson 1927), which is right near 0
and 1 and for few items; any other mean gets the percentile bootstrap (Efron 1979) over items.
Both say how far another sample of like items could differ; neither knows of a wrong label or
of a sample that is not like the field. Pure arithmetic; it knows no suite.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z = 1.959963984540054  # of the standard normal, two-sided 95 %
ROUNDS = 2_000  # bootstrap samples; the ends of the interval move by about 0.02 of its width
BLOCK = 4_000_000  # drawn indices held in memory at once


@dataclass(frozen=True)
class Estimate:
    """A mean over n items and its 95 % interval."""

    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """Second run less first, over the n items that both judged, with its 95 % interval."""

    n: int
    first: float
    second: float
    value: float
    low: float
    high: float

    @property
    def beyond_chance(self) -> bool:
        """True when the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def estimate(values: Sequence[float], seed: int = 7) -> Estimate:
    """Return the mean of values with its interval.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("a mean needs at least one value")
    mean = math.fsum(values) / len(values)
    if all(value in (0, 1) for value in values):
        low, high = wilson(sum(value == 1 for value in values), len(values))
    else:
        low, high = bootstrap(values, seed)
    return Estimate(len(values), mean, low, high)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share of `hits` in `n`; both in [0, 1]."""
    share, square = hits / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (0.0 if hits == 0 else max(0.0, middle - half)), (
        1.0 if hits == n else min(1.0, middle + half)
    )


def bootstrap(values: Sequence[float], seed: int) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of the mean of resampled values."""
    import numpy as np

    means = _resample(np.asarray(values, dtype=np.float64), seed)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def compare(
    first: Mapping[str, float], second: Mapping[str, float], seed: int = 7
) -> Difference | None:
    """Compare two runs on the items (by id) that both have; None when they share none.

    The items are resampled in pairs: an item that is hard for both does not blur the difference.
    """
    import numpy as np

    shared = sorted(first.keys() & second.keys())
    if not shared:
        return None
    before = np.array([first[i] for i in shared], dtype=np.float64)
    after = np.array([second[i] for i in shared], dtype=np.float64)
    low, high = np.percentile(_resample(after - before, seed), (2.5, 97.5))
    return Difference(
        len(shared),
        float(before.mean()),
        float(after.mean()),
        float((after - before).mean()),
        float(low),
        float(high),
    )


def _resample(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the means, float64 (ROUNDS,), of samples drawn with replacement."""
    import numpy as np

    random = np.random.default_rng(seed)
    size = len(values)
    step = max(1, BLOCK // size)
    rounds = [min(step, ROUNDS - start) for start in range(0, ROUNDS, step)]
    return np.concatenate([values[random.integers(0, size, (n, size))].mean(1) for n in rounds])
