"""A laboratory value in a question, and what it is called: "potassium 2.1" is low potassium.

What is covered: potassium and sodium in mmol/L, where a number stands right behind the name and
no dose is meant. Limits are where the handbook begins to treat, not where a laboratory's normal
range ends. What is not covered: other values, other units, whether the value is right. It knows
no index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = r"(?P<value>\d{1,3}(?:[.,]\d)?)(?![\d.,/])"
LINK = r"(?:\s*(?:is|of|=|:|level|at|was))?\s*"
AFTER = r"(?!\s*(?:mg|g|ml|l\b|mmol(?!\s*/)|meq(?!\s*/)|%|tab|amp|vial|units?))"


@dataclass(frozen=True)
class Measured:
    """One value: how it is written, what living people have, and what lies outside is called."""

    id: str
    names: str
    least: float
    most: float
    low: float
    high: float
    called_low: str
    called_high: str


VALUES = (
    Measured(
        "potassium", r"potassium|(?<!vitamin )k\+?", 1.0, 10.0, 3.5, 5.5,
        "low potassium hypokalaemia", "high potassium hyperkalaemia",
    ),
    Measured(
        "sodium", r"sodium|na\+?", 95.0, 200.0, 135.0, 145.0,
        "low sodium hyponatraemia", "high sodium hypernatraemia",
    ),
)  # fmt: skip


def name_values(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (id, the words as typed, what they are called) of each value outside its limits."""
    for value in VALUES:
        pattern = rf"(?<![\w-])(?:{value.names}){LINK}{NUMBER}{AFTER}"
        for found in re.finditer(pattern, text, re.IGNORECASE):
            number = float(found["value"].replace(",", "."))
            if not value.least <= number <= value.most:
                continue
            if number < value.low:
                yield f"value-{value.id}", found[0], value.called_low
            elif number > value.high:
                yield f"value-{value.id}", found[0], value.called_high
