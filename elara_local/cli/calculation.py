"""`calculate`: a score or a formula from the facts in a text, or from facts given by name.

It knows the table of calculators and no formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from elara_local.clinical.asked import read_request
from elara_local.clinical.forms import Calculator, Field, Given, calculate
from elara_local.clinical.register import CALCULATORS
from elara_local.errors import WrongUse


def run_calculation(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return one calculation as an object.

    `entry` holds "text", or "calculator" (an id) and "given": field names with a value, or with
    [value, unit].

    Raises:
        WrongUse: no calculator is named, or facts are missing, in doubt or not plausible.
    """
    if entry.get("calculator"):
        calculator = _find(str(entry["calculator"]))
        given = _read_given(calculator, entry.get("given") or {})
    else:
        calculator, given = _read_text(str(entry["text"]))
    result = calculate(calculator, given)
    value = result.value.isoformat() if isinstance(result.value, date) else result.value
    return {
        "calculator": calculator.id,
        "name": calculator.name,
        "value": round(value, 6) if isinstance(value, float) else value,
        "unit": result.unit,
        "meaning": result.meaning,
        "worked": list(result.worked),
        "notes": list(result.notes),
        "limits": calculator.limits,
        "formula": calculator.formula,
        "sources": list(calculator.sources),
    }


def say_calculation(told: Mapping[str, Any]) -> str:
    """Return a calculation in lines for the terminal."""
    value = f"{told['value']:g}" if isinstance(told["value"], float) else str(told["value"])
    head = f"{told['name']}: {value} {told['unit']}".strip()
    lines = [head, told["meaning"], *told["worked"], *told["notes"], told["limits"]]
    return "\n".join([*(line for line in lines if line), *(f"- {s}" for s in told["sources"])])


def say_list() -> str:
    """Return every calculator with its id, the facts that it takes and its other names."""
    return "\n".join(
        f"{c.id}: {c.name} ({', '.join(field.name for field in c.fields)})"
        for c in CALCULATORS.values()
    )


def _find(name: str) -> Calculator:
    if name not in CALCULATORS:
        raise WrongUse(f"There is no calculator '{name}'.", "See: calculate --list.")
    return CALCULATORS[name]


def _read_text(text: str) -> tuple[Calculator, dict[str, Given]]:
    request = read_request(text, tuple(CALCULATORS.values()))
    if request is None:
        raise WrongUse(
            "No calculator with its facts is named.",
            'Write as "CrCl 72 y 60 kg creat 1.4 female"; see: calculate --list.',
        )
    if request.doubts:
        raise WrongUse(f"{request.calculator.name}: {' '.join(request.doubts)}")
    return request.calculator, dict(request.given)


def _read_given(calculator: Calculator, given: Any) -> dict[str, Given]:
    if not isinstance(given, Mapping):
        raise WrongUse("'given' is not an object.", 'Write {"age": [72, "years"], ...}.')
    known = {field.name: field for field in calculator.fields}
    return {name: _read_one(known.get(name), value) for name, value in given.items()}


def _read_one(field: Field | None, value: Any) -> Given:
    """A value as a batch line has it: a pair with its unit, a date in ISO order, or as it is."""
    if isinstance(value, list):
        if len(value) != 2 or not isinstance(value[1], str):
            raise WrongUse(f"{value!r} is not a value with its unit.", 'Write [72, "years"].')
        return value[0], value[1]
    if field and field.kind == "date" and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise WrongUse(f"{field.label} is '{value}'.", "Write 2026-11-21.") from error
    read: Given = value
    return read
