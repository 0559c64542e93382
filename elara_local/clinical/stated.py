"""What a question states of a calculator's facts: numbers, yes and no, choices, dates.

A number without a unit is taken only where one of the field's units makes it plausible; else the
unit is asked for. A unit alone tells a weight, a height, an age or a volume, never a medicine. It
knows no calculator by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from elara_local.clinical.forms import Calculator, Field, Given, read_value
from elara_local.clinical.units import read_unit
from elara_local.errors import WrongUse

NUMBER = r"(?<![\d.,/])(?<!\d-)(?<!\d- )(\d{1,6}(?:[.,]\d{1,4})?)(?![\d]|[.,]\d|\s?-\s?\d)"
LINK = r"\s*(?:is|was|of|at|=|:|-)?\s*"
UNIT = r"\s*([^\s\d,;.?()]+(?:\s?/\s?[^\s\d,;.?()]+){0,2}(?:\^?\d+/[a-z]+)?)?"
PRESSURE = re.compile(r"(?<![\d/])(\d{2,3})\s*/\s*(\d{2,3})(?![\d/])")
DENIED = re.compile(r"\b(?:no|not|without|denies|never|nor|absent|negative)\b[^.;,]{0,24}$")
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DATES = re.compile(rf"\b(\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}} (?:{MONTHS})[a-z]* \d{{4}})\b")
SEXES = {
    "female": re.compile(r"\b(?:female|woman|girl|lady|(?<!\d )f)\b|(?<![\d.])[1-9]\df\b"),
    "male": re.compile(r"\b(?:male|man|boy|gentleman|(?<!\d )m)\b|(?<![\d.])[1-9]\dm\b"),
}
# Facts that a unit alone tells: "60 kg" is a weight, "40 mg/day" could be any medicine.
BY_UNIT = {"age", "weight", "height", "volume", "time", "drop_factor", "since", "burnt"}
AGES = re.compile(r"(?:years?|yrs?|y/?o?|months?|mo|weeks?|wks?|days?)(?:[\s-]old)?")
IN_YEARS = {"y", "yo", "y/o", "yr", "yrs", "f"}
Span = tuple[int, int]


def read_field(
    text: str, field: Field, calculator: Calculator, taken: list[Span], by_unit: bool
) -> list[Given]:
    """Return what a plain text says of one field; a number that is taken by one is no other's.

    `by_unit` reads numbers by their unit alone, once all fields were read by their words.

    Raises:
        WrongUse: a number can't be taken as it stands; the message says what to give.
    """
    if field.kind == "number":
        told = _by_unit if by_unit else _by_word
        return list(told(_hide_longer(text, field, calculator), field, calculator, taken))
    if by_unit:
        return []
    if field.kind == "yes":
        return list(_answers(text, field))
    if field.kind == "choice":
        return list(_choices(text, field))
    alone = sum(other.kind == "date" for other in calculator.fields) == 1
    return list(_dates(text, field, alone))


def _hide_longer(text: str, field: Field, calculator: Calculator) -> str:
    """The text without other fields' words that hold one of this field's: "urine na" is no "na"."""
    own = {word for word in (*field.words, field.label.casefold()) if word}
    longer = {
        word
        for other in calculator.fields
        if other is not field
        for word in other.words
        if any(word != mine and re.search(_whole(mine), word) for mine in own)
    }
    for word in sorted(longer, key=len, reverse=True):
        text = re.sub(_whole(word), ";" * len(word), text)
    return text


def _whole(word: str) -> str:
    return rf"(?<![\w-]){re.escape(word)}(?![\w-])"


def _by_word(text: str, field: Field, calculator: Calculator, taken: list[Span]) -> Iterator[Given]:
    """Numbers behind a word of the field, blood pressure as 120/80, and ages: "72 y"."""
    if field.name in ("systolic", "diastolic"):
        for pressure in PRESSURE.finditer(text):
            yield float(pressure[1 if field.name == "systolic" else 2])
        text = PRESSURE.sub(lambda found: ";" * len(found[0]), text)
    before, after = _split_words(field)
    for found in re.finditer(rf"(?<![\w-])(?:{before}){LINK}{NUMBER}{UNIT}", text):
        taken.append(found.span(1))
        unit = "" if _is_word(found[2], calculator) else found[2]
        yield _measure(field, found[1], unit)
    for found in re.finditer(rf"{NUMBER}[\s-]?({after})(?![\w-])", text):
        if not _is_taken(found, taken):
            taken.append(found.span(1))
            yield _measure(field, found[1], "years" if found[2] in IN_YEARS else found[2])


def _by_unit(text: str, field: Field, calculator: Calculator, taken: list[Span]) -> Iterator[Given]:
    """Numbers with a unit that this field takes and no other field does."""
    if field.name not in BY_UNIT:
        return
    for found in re.finditer(rf"{NUMBER}{UNIT}", text):
        if not _is_taken(found, taken) and _is_own(found[2] or "", field, calculator):
            taken.append(found.span(1))
            yield _measure(field, found[1], found[2])


def _is_taken(found: re.Match[str], taken: Sequence[Span]) -> bool:
    return any(low <= found.start(1) < high for low, high in taken)


def _split_words(field: Field) -> tuple[str, str]:
    """The words of a field as patterns: those that stand before a number, and an age's behind."""
    words = {w for w in (*field.words, field.label.casefold()) if w}
    before = {w for w in words if not _measures(w, field) and not w.endswith("old")} - IN_YEARS
    ordered = sorted(before, key=len, reverse=True)
    pattern = "|".join(re.escape(word) for word in ordered) or "(?!)"
    return pattern, rf"{AGES.pattern}|f" if field.name == "age" else "(?!)"


def _is_word(unit: str | None, calculator: Calculator) -> bool:
    """True where what follows a number is no unit, or names the next fact: "QT 330 hr 48"."""
    if not unit or read_unit(unit) is None:
        return True
    return any(unit in _split_words(field)[0].split("|") for field in calculator.fields)


def _is_own(unit: str, field: Field, calculator: Calculator) -> bool:
    """True for a unit that this field of the calculator takes, and no other one."""
    if not _measures(unit, field) or (field.name == "age" and not AGES.fullmatch(unit)):
        return False
    return not any(_measures(unit, other) for other in calculator.fields if other is not field)


def _measures(unit: str, field: Field) -> bool:
    """True where a unit measures what the field's own units measure."""
    read = read_unit(unit) if unit else None
    if field.kind != "number" or read is None:
        return False
    own = [read_unit(known) for known in field.units]
    return any(known and known.dimensions == read.dimensions for known in own)


def _measure(field: Field, number: str, unit: str) -> Given:
    """Return a number with its unit; without one, with the only unit that makes it plausible.

    Raises:
        WrongUse: no unit or several make it plausible, or the unit measures something else.
    """
    value = float(number)
    if _measures(unit, field):
        return value, unit
    if _is_foreign(unit, field):
        raise WrongUse(
            f"{field.label} is {number} {unit}.", f"Give it in: {' or '.join(field.units)}."
        )
    plausible = [own for own in field.units or ("",) if _is_plausible(field, value, own)]
    if field.name == "age":
        plausible = [unit for unit in plausible if unit == "years"]
    if len(plausible) == 1:
        return (value, plausible[0]) if plausible[0] else value
    same = {_convert(field, value, own) for own in plausible}
    if len(same) == 1 and plausible:
        return value, plausible[0]
    raise WrongUse(f"{field.label} is {number}.", f"Give the unit: {' or '.join(field.units)}.")


def _is_foreign(unit: str, field: Field) -> bool:
    """True for a unit that begins as none of the field's does: 500 ft is no pressure of the air.

    A letter alone is left out: "creat 1.4 f" tells the sex.
    """
    read = read_unit(unit) if len(unit) > 1 else None
    own = [known for known in map(read_unit, field.units) if known]
    if read is None or not own:
        return False
    return all(known.dimensions[0] != read.dimensions[0] for known in own)


def _is_plausible(field: Field, value: float, unit: str) -> bool:
    try:
        read_value(field, (value, unit))
    except WrongUse:
        return False
    return True


def _convert(field: Field, value: float, unit: str) -> float:
    return round(float(read_value(field, (value, unit))), 9)  # type: ignore[arg-type]


def _answers(text: str, field: Field) -> Iterator[Given]:
    for word in {*field.words, field.label.casefold()}:
        for found in re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text):
            after = text[found.end() :]
            said = re.match(r"\s*[:=]?\s*(yes|no|none|absent|present)\b", after)
            if said:
                yield said[1] in ("yes", "present")
            else:
                yield not DENIED.search(text[: found.start()])


def _choices(text: str, field: Field) -> Iterator[Given]:
    if set(field.choices) == set(SEXES):
        yield from (sex for sex, words in SEXES.items() if words.search(text))
        return
    words = "|".join(re.escape(w) for w in (*field.words, field.label.casefold()) if w)
    yield from _grades(text, field)
    for choice in field.choices:
        plain = re.escape(choice.casefold())
        near = rf"(?:{words}){LINK}{plain}(?!\w)|(?<!\w){plain} (?:{words})(?!\w)"
        if re.search(near, text):
            yield choice


def _grades(text: str, field: Field) -> Iterator[Given]:
    """A part of a coma scale as a letter and its points, "e3"; the form has the best one first."""
    graded = [choice for choice in field.choices if choice != "not testable"]
    for letter in (word for word in field.words if len(word) == 1):
        for found in re.finditer(rf"(?<![a-z]){letter}\s?([1-6])(?!\d)", text):
            if int(found[1]) <= len(graded):
                yield graded[len(graded) - int(found[1])]


def _dates(text: str, field: Field, alone: bool) -> Iterator[Given]:
    """Dates behind a word of the field; any date, where the calculator takes one alone."""
    words = "|".join(re.escape(w) for w in (*field.words, field.label.casefold()) if w)
    for found in DATES.finditer(text):
        named = re.search(rf"(?<!\w)(?:{words})\W{{1,3}}(?:\w+\W+){{0,2}}$", text[: found.start()])
        if not (alone or named):
            continue
        for form in ("%Y-%m-%d", "%d %b %Y", "%d %B %Y"):
            try:
                yield datetime.strptime(found[1], form).date()
            except ValueError:
                continue
            break
