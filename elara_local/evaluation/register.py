"""The table of evaluation suites: a name and the module that holds its `SUITE`.

A suite is one file beside this one and one line here. Its module is imported when the suite is
asked for, so that the command line knows the names at no cost. This module knows no data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from elara_local.errors import WrongUse
from elara_local.evaluation.suites import Suite

ROOM = "elara_local.evaluation"
SUITES = {  # in the order in which they are run: the quick ones first
    "golden": "golden",
    "calculators": "calculators",
    "triage": "triage",
    "second_look": "second_look",
    "calibration": "calibration",
    "messages": "messages",
    "abstention": "abstention",
    "safety": "safety",
    "grounding": "checking",
    "retrieval": "retrieval",
    "quality": "quality",
    "choice": "choice",
    "adapters": "adapters",
}
OTHER_NAMES = {"answers": "golden"}  # what a suite was called before
NAMES = (*SUITES, *OTHER_NAMES)


def load_suite(name: str) -> Suite:
    """Import a suite by its name or its older name.

    Raises:
        WrongUse: there is no such suite.
    """
    known = OTHER_NAMES.get(name, name)
    if known not in SUITES:
        raise WrongUse(f"There is no suite '{name}'.", f"Choose from: {', '.join(SUITES)}.")
    suite: Suite = import_module(f"{ROOM}.{SUITES[known]}").SUITE
    return suite


def load_suites(names: Sequence[str] = ()) -> list[Suite]:
    """Import the suites of these names, or all, each once and in the table's order.

    Raises:
        WrongUse: there is no suite of one of the names.
    """
    wanted = [load_suite(name) for name in dict.fromkeys(names or SUITES)]
    order = list(SUITES)
    return sorted({s.name: s for s in wanted}.values(), key=lambda s: order.index(s.name))
