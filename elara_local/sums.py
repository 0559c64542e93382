"""A calculation that a question asks for, as sentences of an answer.

What is covered: a request that names a calculator and states all its facts. A fact that lacks
or is in doubt is asked for in a note and nothing is calculated: the search then goes on, as it
does where the question asks more than the sum, which is then a note. The
sentences cite a source of their own, the formula, with where it stands. What is not covered: what
the score means for this patient beyond the band that the source words. It knows no index; doses
are the business of reckoning.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from elara_local.clinical.asked import Request, read_request
from elara_local.clinical.forms import Calculator, Result, calculate
from elara_local.clinical.register import CALCULATORS
from elara_local.errors import WrongUse
from elara_local.records import CALCULATED, Confidence, Sentence, Source
from elara_local.turn import Turn

DOCUMENT = "calculator-"  # begins the id of a calculator's source, which no index holds
# What asks for more than the value: what to do about it.
MORE = re.compile(
    r"\b(?:treat\w*|antibiotics?|manag\w+|refer\w*|admit\w*|which (?:drug|medicine|fluid)"
    r"|what (?:to|do|next|should|now)|how (?:do|to) (?:i )?(?:treat|manage|give))\b"
)
SURE = Confidence(
    "moderate", ("Calculated by code from the facts stated.", "Not clinically reviewed.")
)


def calculate_asked(turn: Turn) -> list[Sentence]:
    """Return what a question asks to be calculated, and take its formula among the sources.

    Nothing where no calculation is asked for, and where a note says what it still needs, or
    tells the sum of a question that asks more.
    """
    request = read_request(turn.english, list(CALCULATORS.values()))
    if request is None:
        return []
    told = _needs(request)
    if not told:
        try:
            result = calculate(request.calculator, request.given)
        except WrongUse as error:
            told = [str(error)]
    if not told and MORE.search(turn.english.casefold()):
        sum_ = say_result(request.calculator, result, "")
        told = [" ".join(sentence.text for sentence in sum_)]
    if told:
        turn.notes += told
        return []
    source = cite_formula(request.calculator, f"s{len(turn.sources) + 1}")
    turn.sources += (source,)
    turn.confidence = SURE
    return say_result(request.calculator, result, source.id)


def cite_formula(calculator: Calculator, id: str) -> Source:
    """Return the source that a calculator is: its formula, and the papers it is from."""
    return Source(
        id=id,
        title=calculator.name,
        section="Formula",
        page=None,
        edition="",
        review="unreviewed",
        document=f"{DOCUMENT}{calculator.id}",
        quote=calculator.formula,
        start=0,
        end=len(calculator.formula),
        score=1.0,
        context=calculator.formula,
        origin="; ".join(calculator.sources),
    )


def say_result(calculator: Calculator, result: Result, source: str) -> list[Sentence]:
    """Return the value with its sum, the band it falls in, and what must be known of it."""
    first = f"{calculator.name}: {say_value(calculator, result)}"
    band = f": {result.meaning}" if result.meaning else ""
    lines = [f"{first}{band}, by code", *result.worked, *_stops(result.notes)]
    lines += _stops([calculator.limits])
    return [Sentence(f"{text}.", (source,), "supported", (CALCULATED,)) for text in lines]


def say_value(calculator: Calculator, result: Result) -> str:
    """Return a value with its unit as it is shown: so many decimals, a date as 2026-11-21."""
    value = result.value
    if isinstance(value, float):
        shown = f"{value:.{calculator.digits}f}" if value % 1 else f"{value:g}"
    else:
        shown = value.isoformat() if isinstance(value, date) else str(value)
    return f"{shown} {result.unit}".strip()


def _needs(request: Request) -> list[str]:
    lacking = ", ".join(field.label for field in request.lacking)
    asked = [f"{request.calculator.name} needs: {lacking}."] if lacking else []
    return [*request.doubts, *asked]


def _stops(texts: Iterable[str]) -> list[str]:
    return [text.strip().removesuffix(".") for text in texts if text.strip()]
