"""From judged items to the figures of a suite: means with intervals, goals, the worst misses.

It knows no run and no picture; every figure follows from the items alone, so that a run that
was broken off and gone on with gives the same as one in one go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from elara_local.evaluation.statistics import estimate
from elara_local.evaluation.suites import Case, Suite

MISSES = 25  # that a report lists


@dataclass(frozen=True)
class Row:
    """One figure: a metric over all items (`group` "") or over one group, with its goal if any."""

    metric: str
    group: str
    n: int
    value: float
    low: float
    high: float
    goal: float | None = None
    most: bool = False  # True: the goal is an upper bound

    @property
    def met(self) -> bool | None:
        """Whether the value reaches the goal; None where there is none."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.most else self.value >= self.goal


@dataclass(frozen=True)
class Result:
    """What a suite gave. `why` says why it was not run, or not wholly; "" where it was."""

    suite: str
    title: str
    about: str
    items: int = 0
    judged: int = 0
    failed: int = 0  # items whose judging broke: they are in no figure
    why: str = ""
    rows: tuple[Row, ...] = ()
    misses: tuple[tuple[str, str], ...] = ()  # (item id, note), the worst first

    @property
    def met(self) -> bool:
        """True when every goal is met and nothing broke."""
        return not self.failed and all(row.met is not False for row in self.rows)


def summarise(
    suite: Suite, cases: Mapping[str, Case], items: int, failed: int = 0, why: str = ""
) -> Result:
    """Return the figures of a suite from its judged items."""
    rows = []
    for (group, metric), values in columns_of(cases).items():
        found = estimate(list(values.values()))
        goal = suite.goals.get(f"{group}: {metric}" if group else metric)
        wanted = (goal.value, goal.most) if goal else (None, False)
        rows.append(Row(metric, group, found.n, found.value, found.low, found.high, *wanted))
    rows.sort(key=lambda row: bool(row.group))  # stable: those over all items first
    ordered = sorted(cases, key=lambda item: (_merit(cases[item], suite), item))
    misses = [(item, cases[item].note) for item in ordered if cases[item].note]
    return Result(
        suite.name,
        suite.title,
        suite.about,
        items,
        len(cases),
        failed,
        why,
        tuple(rows),
        tuple(misses[:MISSES]),
    )


def columns_of(cases: Mapping[str, Case]) -> dict[tuple[str, str], dict[str, float]]:
    """Return the values by item id for each (group, metric); group "" is all items."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for item in sorted(cases):
        case = cases[item]
        for metric, value in case.values.items():
            for group in ("", *case.groups):
                found.setdefault((group, metric), {})[item] = value
    return dict(sorted(found.items(), key=lambda pair: pair[0][0]))


def _merit(case: Case, suite: Suite) -> float:
    """The mean of an item's shares, those that should be low turned round."""
    return sum(_merits(case, suite)) / max(1, len(case.values))


def _merits(case: Case, suite: Suite) -> Iterator[float]:
    for metric, value in case.values.items():
        if 0 <= value <= 1:
            goal = suite.goals.get(metric)
            yield 1 - value if goal is not None and goal.most else value
