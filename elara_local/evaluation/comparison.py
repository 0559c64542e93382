"""Two runs side by side: the difference of every figure on the items that both judged.

It reads the items of the runs, not their summaries, so that runs with different limits are
compared on what they share. What differs between the runs (model, program) is theirs to say.
"""

from __future__ import annotations

from elara_local.evaluation.runs import Run
from elara_local.evaluation.statistics import Difference, compare
from elara_local.evaluation.summary import columns_of


def compare_runs(first: Run, second: Run) -> list[tuple[str, str, Difference]]:
    """Return (suite, metric, difference) of every metric over all items that both runs have."""
    found = []
    for suite in (name for name in first.suites if name in second.suites):
        before, after = columns_of(first.cases(suite)), columns_of(second.cases(suite))
        for group, metric in before:
            if not group:
                difference = compare(before["", metric], after.get(("", metric), {}))
                found += [(suite, metric, difference)] if difference else []
    return found
