"""Scores that add points: one table of lines makes fields, sum, worked lines and band.

Every line states when it gives how many points, so that the table can be read beside the paper
it was taken from. This module knows no score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from elara_local.clinical.basics import chosen, number, question, select, true
from elara_local.clinical.forms import Calculator, Facts, Field, Result


@dataclass(frozen=True)
class Line:
    """One line of a score: what it is called, what it reads, and what it adds."""

    label: str
    fields: tuple[Field, ...]
    count: Callable[[Facts], float]

    def write(self, facts: Facts, points: float) -> str:
        """Return the line as it is shown, with what was put in."""
        shown = [_show(field, facts) for field in self.fields if field.kind != "yes"]
        detail = f" {', '.join(shown)}" if shown else ""
        return f"{self.label}{detail}: {points:+g}" if points else f"{self.label}{detail}: 0"


@dataclass(frozen=True)
class Score:
    """A whole score. `bands` are (lowest total, what it means), lowest first."""

    lines: tuple[Line, ...]
    bands: tuple[tuple[float, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field once, in the order of the lines."""
        named = {field.name: field for line in self.lines for field in line.fields}
        return tuple(named.values())

    def __call__(self, facts: Facts) -> Result:
        """Add the points up; a line that only asks yes or no is shown where it counts."""
        counted = [(line, line.count(facts)) for line in self.lines]
        total = sum(points for _, points in counted)
        shown = [
            (line.write(facts, points), points)
            for line, points in counted
            if points or any(field.kind != "yes" for field in line.fields)
        ]
        adding = " ".join(f"{points:+g}" for _, points in shown if points).lstrip("+") or "0"
        worked = (*(text for text, _ in shown), f"Sum: {adding} = {total:g}")
        return Result(total, "points", worked, self.place(total), self.notes)

    def place(self, total: float) -> str:
        """Return the band that a total falls in, "" below the first."""
        return next((text for lowest, text in reversed(self.bands) if total >= lowest), "")


def yes(name: str, label: str, points: float = 1, words: tuple[str, ...] = ()) -> Line:
    """Return a line that adds its points when the answer is yes."""
    field = question(name, label, words)
    return Line(label, (field,), lambda facts: points if true(facts, name) else 0)


def either(label: str, points: float, *fields: Field) -> Line:
    """Return a line that adds its points once when any of the answers is yes."""
    return Line(label, fields, lambda facts: points * any(true(facts, f.name) for f in fields))


def pick(name: str, label: str, points: Mapping[str, float], words: tuple[str, ...] = ()) -> Line:
    """Return a line whose points stand with each answer."""
    field = select(name, label, tuple(points), words)
    return Line(label, (field,), lambda facts: points[chosen(facts, name)])


def steps(field: Field, *cuts: tuple[float, float], below: float = 0) -> Line:
    """Return a line for (lowest value, points), rising: the last that is reached counts."""

    def count(facts: Facts) -> float:
        value = number(facts, field.name)
        return next((points for low, points in reversed(cuts) if value >= low - 1e-9), below)

    return Line(field.label, (field,), count)


def over(field: Field, *cuts: tuple[float, float], below: float = 0) -> Line:
    """Return a line as `steps`, but a value must lie above the cut, not on it."""

    def count(facts: Facts) -> float:
        value = number(facts, field.name)
        return next((points for low, points in reversed(cuts) if value > low + 1e-9), below)

    return Line(field.label, (field,), count)


def make_score(
    id: str,
    name: str,
    group: str,
    score: Score,
    sources: tuple[str, ...],
    limits: str = "",
    also: tuple[str, ...] = (),
    formula: str = "The points of every line that holds are added.",
    digits: int = 0,
) -> Calculator:
    """Return the calculator of a score."""
    return Calculator(
        id, name, group, score.fields, formula, sources, score, limits, also, digits
    )  # fmt: skip


def _show(field: Field, facts: Facts) -> str:
    value = facts[field.name]
    if isinstance(value, float | int):
        return f"{value:g} {field.unit}".strip()
    return f"({value})"
