"""What an evaluation suite is: a list of items, each judged into numbers by name.

A suite says what it measures, which goals it was set and where its items come from. Running,
resuming, averaging and drawing are not its business (`evaluation.runs`). It knows no data set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elara_local.assemble import Elara


@dataclass(frozen=True)
class Case:
    """What was found for one item.

    `values` maps a metric to what this item adds to it: 1.0 or 0.0 for a share, any number for
    a mean. A metric that does not apply is left out. `groups` name classes that are also
    reported alone ("category-3"). `note` says in one line why it missed; "" where it did not.
    """

    values: Mapping[str, float]
    groups: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Item:
    """One item: an id that stays the same between runs, and the deed that judges it."""

    id: str
    judge: Callable[[], Case]


@dataclass(frozen=True)
class Goal:
    """What was asked of a metric: at least, or at most, this value."""

    value: float
    most: bool = False  # True: the metric must not be above the value


@dataclass(frozen=True)
class Bench:
    """What a suite may use.

    `data` is the folder of public test sets, None where there is none; `elara` opens the whole
    assistant once, and only where a suite needs it; `half` is "dev", "test" or "all"; `seed`
    chooses where a suite draws a sample; `limit` is the most items of a suite, 0 for all.
    """

    elara: Callable[[], Elara]
    data: Path | None = None
    half: str = "all"
    seed: int = 7
    limit: int = 0


@dataclass(frozen=True)
class Suite:
    """One suite. `read` raises `errors.Missing` where its data or a model is not there."""

    name: str
    title: str
    about: str  # what is measured, on what, and what that does not show
    read: Callable[[Bench], Iterable[Item]]
    goals: Mapping[str, Goal] = field(default_factory=dict)
