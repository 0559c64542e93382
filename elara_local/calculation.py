"""A calculator asked for in a question, as sentences of its answer.

What is covered: the calculators of `clinical.register`, where every fact is stated; else a note
says what is missing or in doubt, and nothing is calculated. The sentence cites the formula,
which stands among the sources as a passage of its own. No search can hold it: it is code that
tests hold to its paper. This module knows no formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from elara_local.clinical.asked import Request, read_request
from elara_local.clinical.forms import Calculator, Result, calculate
from elara_local.clinical.register import CALCULATORS
from elara_local.errors import WrongUse
from elara_local.records import CALCULATED, FORMULA, Confidence, Passage, Sentence
from elara_local.turn import Turn

ALL = tuple(CALCULATORS.values())
SECTION = "Formula"
SURE = Confidence("moderate", ("Worked out by code from what was stated.",))


def calculate_asked(turn: Turn) -> Iterator[Sentence]:
    """Yield what the question asks to be calculated; say in a note what is missing or in doubt."""
    request = read_request(turn.english, ALL)
    if request is None:
        return
    if not request.ready:
        turn.notes.append(say_open(request))
        return
    calculator = request.calculator
    try:
        result = calculate(calculator, request.given)
    except WrongUse as error:
        turn.notes.append(f"{calculator.name} was not worked out: {error}")
        return
    source = turn.cite(make_passage(calculator), calculator.formula)
    text = f"{calculator.name}: {say_value(calculator, result)}"
    lines = [f"{text} ({result.meaning}), by code." if result.meaning else f"{text}, by code."]
    lines += [f"{line.rstrip('.')}." for line in result.worked]
    for line in lines:
        yield Sentence(line, (source,), "supported", (CALCULATED,))
    turn.confidence = SURE
    turn.notes += [note for note in (calculator.limits, *result.notes) if note]


def make_passage(calculator: Calculator) -> Passage:
    """Return the formula of a calculator as a passage, with the papers it was taken from."""
    text = calculator.formula
    return Passage(
        id=-1,
        document=f"{FORMULA}{calculator.id}",
        title=calculator.name,
        section=SECTION,
        text=text,
        start=0,
        end=len(text),
        source="; ".join(calculator.sources),
    )


def say_value(calculator: Calculator, result: Result) -> str:
    """Return a value with its unit as it is shown: so many decimals, a date as 2026-11-21."""
    value = result.value
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str):
        value = f"{value:.{calculator.digits}f}" if value % 1 else f"{value:g}"
    return f"{value} {result.unit}".strip()


def say_open(request: Request) -> str:
    """Return in one line what must still be given before it can be calculated."""
    lacking = [f.label for f in request.lacking if not any(f.label in d for d in request.doubts)]
    needs = f" Give: {', '.join(lacking)}." if lacking else ""
    doubts = f" {' '.join(request.doubts)}" if request.doubts else ""
    return f"{request.calculator.name} was not worked out.{needs}{doubts}"
