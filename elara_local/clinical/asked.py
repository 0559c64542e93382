"""A calculator asked for in a question: "CrCl 72 y 60 kg creat 1.4 female".

A request is one that names a calculator and states at least one of its facts; "what is CURB-65"
is a question on a topic and is left to the search. What is covered: numbers with or without a
unit, blood pressure as 120/80, ages, sex, yes and no by the words of the field, choices, dates
as 2026-03-12 or 12 March 2026. A number without a unit is taken only where one of the field's
units makes it plausible; else the unit is asked for. A fact that is said twice differently, or
a date that can be read two ways, is asked for as well: nothing is guessed. What is not covered:
numbers as words, other languages than English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from elara_local.clinical.forms import Calculator, Field, Given, missing, read_value
from elara_local.clinical.renal_dosing import read_clearance
from elara_local.clinical.stated import Span, read_field
from elara_local.errors import WrongUse

# "Urea 40 mg/dL" is urea itself in much of the world, and 2.14 times its nitrogen (BUN).
UREA = re.compile(r"\burea(?! nitrogen)[\s:=]*(?:is|was|of)?\s*\d+(?:\.\d+)?\s*mg")
UREA_DOUBT = "Urea in mg/dL may be urea or its nitrogen. Give BUN in mg/dL, or urea in mmol/L."
# 5 ft 7, 5'7", 5 feet 7.5 inches
FEET = re.compile(
    r"(?<![\d.])([3-7]) ?(?:ft|feet|foot|['’′]) ?(1[01]|\d(?:\.5)?)(?![\d.]| ?(?:kg|lb|m|y))"
    r" ?(?:inch(?:es)?\b|ins?\b|''|[\"”″])?"
)
CLEARED = frozenset({"crcl", "crcl_by_bmi", "ckd_epi", "mdrd", "schwartz"})
ENOUGH = 1 / 3  # of the facts that a calculator needs, where its name stands further in


@dataclass(frozen=True)
class Request:
    """What a question asks to be calculated.

    `doubts` name what was said and can't be taken as it stands, each with the way out.
    """

    calculator: Calculator
    given: Mapping[str, Given]
    doubts: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """True when it can be calculated: nothing lacks and nothing is in doubt."""
        return not self.lacking and not self.doubts

    @property
    def lacking(self) -> tuple[Field, ...]:
        """The facts that must still be given."""
        return missing(self.calculator, self.given)


def read_request(question: str, calculators: Sequence[Calculator]) -> Request | None:
    """Return the calculation that a question asks for, None where it asks for none."""
    text = _plain(question)
    found = [_read(text, calculator) for calculator in _named(text, calculators)]
    meant = [request for request in found if _is_meant(request, text)]
    return min(meant, key=lambda r: (len(r.lacking), len(r.doubts)), default=None)


def _is_meant(request: Request, text: str) -> bool:
    """True when enough is stated, or the question begins with the name and states something.

    A clearance whose value is stated ("CrCl 25") is a fact of another question.
    """
    if request.lacking and read_clearance(text) is not None and request.calculator.id in CLEARED:
        return False
    stated = len(request.given) + len(request.doubts)
    stated -= "today" in request.given
    calculator = request.calculator
    needed = sum(f.otherwise is None and not f.optional for f in calculator.fields)
    opens = text.startswith((calculator.name.casefold(), *calculator.also))
    return stated > 0 and (opens or stated >= ENOUGH * needed)


def _plain(question: str) -> str:
    """Lower case, decimal commas as points, signs as one kind, feet and inches as inches."""
    text = question.casefold().replace("μ", "µ").replace("–", "-").replace("−", "-")
    text = FEET.sub(lambda told: f"{int(told[1]) * 12 + float(told[2]):g} in ", text)
    return re.sub(r"(?<=\d),(?=\d{1,2}(?!\d))", ".", text)


def _named(text: str, calculators: Sequence[Calculator]) -> list[Calculator]:
    """The calculators with the longest name that the text holds.

    A form of which much may be left out, as IMCI's, is filled in on the page.
    """
    named: list[tuple[int, Calculator]] = []
    for calculator in calculators:
        if any(field.optional for field in calculator.fields):
            continue
        names = (calculator.name.casefold(), *calculator.also)  # an id may be a word: "steroids"
        lengths = [len(name) for name in names if _find(name, text)]
        if lengths:
            named.append((max(lengths), calculator))
    longest = max((length for length, _ in named), default=0)
    return [calculator for length, calculator in named if length == longest]


def _find(words: str, text: str) -> re.Match[str] | None:
    return re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text)


def _read(text: str, calculator: Calculator) -> Request:
    """Read every field of one calculator: numbers by their words first, then by their units."""
    text = _forget_name(text, calculator)
    taken: list[Span] = []
    told: dict[str, list[Given]] = {field.name: [] for field in calculator.fields}
    doubts: list[str] = []
    for by_unit in (False, True):
        for field in calculator.fields:
            try:
                told[field.name] += read_field(text, field, calculator, taken, by_unit)
            except WrongUse as doubt:
                doubts.append(str(doubt))
    if UREA.search(text) and any(f.substance == "urea nitrogen" for f in calculator.fields):
        doubts.append(UREA_DOUBT)
    given: dict[str, Given] = {}
    for field in calculator.fields:
        try:
            given |= _choose(field, list(dict.fromkeys(told[field.name])))
        except WrongUse as doubt:
            doubts.append(str(doubt))
    return Request(calculator, given, tuple(dict.fromkeys(doubts)))


def _choose(field: Field, found: list[Given]) -> dict[str, Given]:
    """Return the one plausible value of a field, nothing where none was stated.

    Raises:
        WrongUse: several were stated, or the one is not plausible.
    """
    if field.name == "today" and not found:
        return {field.name: date.today()}
    if len(found) > 1:
        values = " and ".join(_show(value) for value in found)
        raise WrongUse(f"{field.label} is given as {values}.", "Give one of them.")
    for value in found:
        read_value(field, value)
        return {field.name: value}
    return {}


def _forget_name(text: str, calculator: Calculator) -> str:
    """The text without the calculator's own name, where that names no fact: "CURB-65"."""
    names = {calculator.name.casefold(), *calculator.also}
    facts = {word for field in calculator.fields for word in field.words}
    for name in sorted(names, key=len, reverse=True):
        if any(c.isdigit() for c in name) or not facts & set(name.split()):
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", " ; ", text)
    return text


def _show(value: Given) -> str:
    return " ".join(str(part) for part in value).strip() if isinstance(value, tuple) else str(value)
