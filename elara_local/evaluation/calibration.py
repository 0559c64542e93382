"""The calibration suite: how often an answer is right at each level of confidence.

Right is an answer to a golden question that shows every word it must hold. The bars of
`confidence` were set on the dev half; test is only reported. It can't show whether the sources
are right, nor how people other than the questions' authors ask.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

from elara_local.assistant import QUOTING, Assistant
from elara_local.evaluation.golden import Golden, ask, is_complete, read_golden
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite


def _read(bench: Bench) -> Iterator[Item]:
    assistant = bench.elara().assistant
    for golden in read_golden():
        if bench.half in ("all", golden.half):
            digest = hashlib.sha256(golden.text.encode()).hexdigest()
            yield Item(digest[:12], partial(_judge, assistant, golden))


def _judge(assistant: Assistant, golden: Golden) -> Case:
    """Return, of the answer's own level, whether it was right, and how often "high" is said."""
    answer = ask(assistant, golden.text, QUOTING)
    level = answer.confidence.level
    if not golden.topic:
        values = {"unanswerable_high": float(level == "high")}
        return Case(values, (golden.half,), f"high: {golden.text}" if level == "high" else "")
    if level == "none":
        return Case({"said_high": 0.0}, (golden.half,))
    right = is_complete(golden, answer)
    values = {f"{level}_right": float(right), "said_high": float(level == "high")}
    return Case(values, (golden.half,), "" if right else f"{level}, not complete: {golden.text}")


SUITE = Suite(
    "calibration",
    "Confidence in words",
    "Golden questions answered in exact quotes: the share that is complete at each level of "
    "confidence, and how often each answer is called high. The bars were set on the dev half.",
    _read,
    {"high_right": Goal(0.95), "unanswerable_high": Goal(0.0, most=True)},
)
