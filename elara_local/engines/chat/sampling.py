"""Chooses the next token, and says when a model is going round in circles.

Pure functions of scores and tokens; they know no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from elara_local.errors import ElaraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOP = 40  # tokens that are drawn from when the temperature is not 0
LONGEST_PERIOD = 64  # tokens
REPEATED_TOKENS = 24  # tokens that must be covered by repeats of one period
REPEATS = 3


def choose(scores: NDArray[np.float32], temperature: float, random: np.random.Generator) -> int:
    """Return the token with the best score, or draw one of the best 40.

    Raises:
        ElaraError: the best score is not a number; the model or its memory is damaged.
    """
    best = int(scores.argmax())
    if not np.isfinite(scores[best]):
        raise ElaraError("The chat model's scores are not numbers.", "Reinstall the model.")
    if temperature <= 0:
        return best
    top = np.argpartition(scores, -TOP)[-TOP:] if scores.size > TOP else np.arange(scores.size)
    top.sort()
    weights = np.exp((scores[top].astype(np.float64) - scores[best]) / temperature)
    return int(random.choice(top, p=weights / weights.sum()))


def repeats(tokens: Sequence[int]) -> int:
    """Return how many last tokens only repeat what is before them; 0 when they do not.

    A period of up to 64 tokens must come at least 3 times and cover at least 24 tokens;
    what is returned leaves the first round standing.
    """
    for period in range(1, min(LONGEST_PERIOD, len(tokens) // REPEATS) + 1):
        rounds = max(REPEATS, -(-REPEATED_TOKENS // period))
        length = period * rounds
        if length > len(tokens) or tokens[-1] != tokens[-1 - period]:
            continue
        tail = tokens[-length:]
        if tail[period:] == tail[:-period]:
            return length - period
    return 0
