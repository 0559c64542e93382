"""What a calculator is: its fields, what it needs, what it returns, and where it comes from.

A calculator never guesses: a fact that is missing is asked for by name, a value outside what a
living body shows is refused with the value, and a unit that is not listed is refused. What is
not covered: whether a score suits the patient; `limits` says for whom it was made. This module
knows no formula and no text of a question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from elara_local.clinical.units import convert
from elara_local.errors import WrongUse

Kind = Literal["number", "yes", "choice", "date"]
Value = float | bool | str | date
Given = Value | tuple[float, str]  # a number may come with its unit


@dataclass(frozen=True)
class Field:
    """One fact that a calculator takes.

    `units` are those that may be given, the calculator's own first; `substance` is what the
    conversion needs to know ("creatinine": µmol/L to mg/dL differs for each); `low` and `high`
    are the plausible limits in its own unit. A field with an `otherwise` may be left out; so may
    an `optional` one, and `compute` then gets nothing for it.
    """

    name: str
    label: str
    kind: Kind = "number"
    units: tuple[str, ...] = ()
    substance: str = ""
    low: float = 0.0
    high: float = float("inf")
    choices: tuple[str, ...] = ()
    otherwise: Value | None = None
    optional: bool = False
    words: tuple[str, ...] = ()  # how a question names it: "creat", "creatinine"

    @property
    def unit(self) -> str:
        """The calculator's own unit, "" for a count or a ratio."""
        return self.units[0] if self.units else ""


@dataclass(frozen=True)
class Result:
    """What was calculated, and how.

    `worked` are the lines that show the sum with the numbers put in; `meaning` is the band
    that the value falls in, as the source words it; `notes` what the reader must know of it.
    """

    value: float | str | date
    unit: str
    worked: tuple[str, ...]
    meaning: str = ""
    notes: tuple[str, ...] = ()


Facts = Mapping[str, Value]


@dataclass(frozen=True)
class Calculator:
    """One calculator. `compute` gets every field by name, numbers in the fields' own units."""

    id: str
    name: str
    group: str  # "kidney", "heart", "lungs", ...: how the page sorts them
    fields: tuple[Field, ...]
    formula: str  # as it is shown
    sources: tuple[str, ...]  # author, title, year: where formula and bands stand
    compute: Callable[[Facts], Result]
    limits: str = ""  # for whom it was not made
    also: tuple[str, ...] = ()  # other names and abbreviations, lower case: "crcl"
    digits: int = 1  # decimals shown


def missing(calculator: Calculator, given: Mapping[str, Given]) -> tuple[Field, ...]:
    """Return the fields that must still be given, in the order of the form."""
    return tuple(
        f
        for f in calculator.fields
        if f.name not in given and f.otherwise is None and not f.optional
    )


def calculate(calculator: Calculator, given: Mapping[str, Given]) -> Result:
    """Read what was given and calculate.

    Raises:
        WrongUse: a fact is missing, unknown, of the wrong kind, in a unit that is not listed,
            or outside its plausible limits. The message names the field and the value.
    """
    lacking = missing(calculator, given)
    if lacking:
        names = ", ".join(field.label for field in lacking)
        raise WrongUse(f"{calculator.name} needs: {names}.", "Give what is missing.")
    known = {field.name: field for field in calculator.fields}
    for name in given:
        if name not in known:
            raise WrongUse(f"{calculator.name} has no field '{name}'.", "Leave it out.")
    facts = {
        name: read_value(field, given[name]) if name in given else field.otherwise
        for name, field in known.items()
    }
    return calculator.compute({name: value for name, value in facts.items() if value is not None})


def read_value(field: Field, given: Given) -> Value:
    """Return one given value as the calculator takes it.

    Raises:
        WrongUse: as `calculate`.
    """
    if field.kind == "number":
        return _read_number(field, given)
    kinds = {"yes": bool, "choice": str, "date": date}
    if isinstance(given, tuple) or not isinstance(given, kinds[field.kind]):
        raise WrongUse(f"{field.label} is {given!r}, not a {field.kind}.", "Correct it.")
    if field.kind == "choice" and given not in field.choices:
        raise WrongUse(
            f"{field.label} is '{given}'.", f"Choose one of: {', '.join(field.choices)}."
        )
    return given


def _read_number(field: Field, given: Given) -> float:
    value, unit = given if isinstance(given, tuple) else (given, field.unit)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongUse(f"{field.label} is {value!r}, not a number.", "Correct it.")
    # Nine digits: 79 mmHg written in kPa is 79 again, and not a hair above it.
    own = float(f"{convert(float(value), unit, field.unit, field.substance):.9g}")
    if not field.low <= own <= field.high:  # also refuses NaN
        raise WrongUse(
            f"{field.label} is {value:g} {unit}".strip() + ".",
            f"It must lie from {field.low:g} to {field.high:g} {field.unit}".strip() + ".",
        )
    return own
