"""How much of a real formulation a worked-out dose is: millilitres, or tablets.

What is covered: strengths of a card's forms that are one substance in a volume ("125 mg in
5 mL", "10 mg/mL", "2%") or in a piece ("250 mg"), for routes that such a form is for; tablets
in halves only where the card says that they are scored. Capsules and modified-release forms
are never parted. What is not covered: combined strengths, powders without the volume of their
solvent, a dose as a salt or a base other than the form's: then nothing is said. The measure
never lies above the maximum and never far from the dose (rounding.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from elara_local.cards import Card, Dose, Form, Route
from elara_local.clinical.dosing import Worked
from elara_local.clinical.rounding import MOST_ML, count_pieces, measure_volume, say_range
from elara_local.grounding.units import UNITS

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_UNIT = r"(?P<unit>mg|g|micrograms?|units|mmol)"
LIQUID = re.compile(
    rf"(?P<amount>{_NUMBER}) {_UNIT}(?: in |/)(?:(?P<volume>\d+(?:\.\d+)?) )?mL(?: \([^)]*\))?"
)
PERCENT = re.compile(r"(?P<amount>\d+(?:\.\d+)?)%")
PIECE = re.compile(rf"(?P<amount>{_NUMBER}) {_UNIT}(?P<scored> scored)?(?: dispersible)?")
STATED = re.compile(
    rf"(?<![\w./])(?P<amount>{_NUMBER}) ?(?P<unit>mg|g|micrograms?|mcg|units?|mmol) ?"
    r"(?:in|/|per) ?(?:(?P<volume>\d+(?:\.\d+)?) ?)?mL\b",
    re.IGNORECASE,
)
RATIO = re.compile(r"(?<![\w.:/])1 ?(?::|in) ?(?P<parts>1000|10000|100000)(?!\d)")  # g in mL
BY_MOUTH = re.compile(r"\boral (?:liquid|drops|solution)\b")
BY_NEEDLE = re.compile(
    r"\b(?:solution|suspension|injection)\b.*\b(?:injection|infusion)\b|^injection"
)
PIECES = re.compile(r"\b(?:tablet|capsule)\b")
RECTAL = re.compile(r"\b(?:suppository|rectal capsule)\b")
QUALIFIED = re.compile(r"\b(?:as|with|combined|of)\b|\(")
FILLING = frozenset("the component salt solution tablet of".split())
HANDY = Fraction(10)  # mL: below it the weaker strength is taken, because a slip weighs less
Cost = tuple[Fraction, Fraction, Fraction]
NEEDLE: frozenset[Route] = frozenset({"IV", "IM", "IO", "SC"})
ONLY: tuple[tuple[re.Pattern[str], frozenset[Route]], ...] = (
    (re.compile(r"\b(?:IM|intramuscular|oily)\b"), frozenset({"IM"})),
    (re.compile(r"\bSC\b"), frozenset({"SC"})),
    (re.compile(r"\bspinal\b"), frozenset({"SPINAL"})),
    (re.compile(r"\bsublingual\b"), frozenset({"SL"})),
    (re.compile(r"\bvaginal\b"), frozenset({"PV"})),
)
MOUTH: frozenset[Route] = frozenset({"PO", "NG"})


@dataclass(frozen=True)
class Measure:
    """A dose as something that can be measured; `form` is the card's that it was made from."""

    text: str
    form: Form


def measure(card: Card, worked: Worked, stated: str = "") -> tuple[Measure, ...]:
    """Return the dose as one liquid and one solid of the card's forms, where it fits them.

    Where a question states a strength, no liquid of another one: its volume would be taken.
    """
    if worked.per != "dose" or "kcal" in worked.unit:
        return ()
    found: dict[str, tuple[Cost, Measure]] = {}
    for form in card.forms:
        for kind, cost, text in _measures(form, worked, stated):
            if kind not in found or cost < found[kind][0]:
                found[kind] = (cost, Measure(text, form))
    return tuple(made for _, made in found.values())


def read_concentration(text: str) -> tuple[Fraction, str] | None:
    """Return what one mL of a strength holds in the first unit of its dimension, and which.

    None for a strength that is no amount in a volume.
    """
    if found := LIQUID.fullmatch(text):
        unit = UNITS[found["unit"].casefold()]
        volume = Fraction(found["volume"] or 1)
        return _value(found["amount"]) * unit.factor / volume, unit.dimension
    found = PERCENT.fullmatch(text)
    return (_value(found["amount"]) / 100, "mass") if found else None


def stated_concentration(question: str) -> str:
    """Return the one strength in a volume that a question states, as a card writes it.

    "1:1000" is 1 g in 1000 mL.
    """
    found = {
        f"{f['amount']} {_card_unit(f['unit'])} in {f['volume'] or 1} mL"
        for f in STATED.finditer(question)
    }
    plain = re.sub(r"(?<=\d),(?=000)", "", question.casefold())
    found |= {f"1 g in {f['parts']} mL" for f in RATIO.finditer(plain)}
    return found.pop() if len(found) == 1 else ""


def pump_rate(worked: Worked, strength: str) -> str:
    """Return a rate in mL per hour at a stated strength, "" where it can't be said."""
    held, unit = read_concentration(strength), UNITS.get(worked.unit.casefold())
    if held is None or unit is None or held[1] != unit.dimension or not held[0]:
        return ""
    if worked.per not in ("hour", "minute"):
        return ""
    an_hour = (60 if worked.per == "minute" else 1) * unit.factor / held[0]
    return f"{say_range(worked.low * an_hour, worked.high * an_hour)} mL per hour of {strength}"


def _measures(form: Form, worked: Worked, stated: str) -> Iterator[tuple[str, Cost, str]]:
    """Yield (kind, what the measure costs in accuracy and pieces, text)."""
    routes, unit = set(worked.dose.routes), UNITS.get(worked.unit.casefold())
    if unit is None or not _is_of_form(form, worked.dose.form) or not _is_by(form, worked.dose):
        return
    low, high = worked.low * unit.factor, worked.high * unit.factor
    most = min((m * unit.factor for m in (worked.most, worked.room) if m is not None), default=None)
    for strength in form.strengths:
        if _is_other(strength, stated):
            continue
        liquid = routes & MOUTH and BY_MOUTH.search(form.form)
        if liquid or (routes & NEEDLE and BY_NEEDLE.search(form.form)):
            yield from _as_liquid(form, strength, worked, (low, high, most), unit.dimension)
        elif (routes & MOUTH and PIECES.search(form.form)) or (
            "PR" in routes and RECTAL.search(form.form)
        ):
            yield from _as_pieces(form, strength, worked, (low, high, most), unit.dimension)


def _is_other(strength: str, stated: str) -> bool:
    """True for the strength of a liquid where another one was stated."""
    held = read_concentration(strength)
    return bool(stated) and held is not None and held != read_concentration(stated)


def _as_liquid(
    form: Form,
    strength: str,
    worked: Worked,
    dose: tuple[Fraction, Fraction, Fraction | None],
    dimension: str,
) -> Iterator[tuple[str, Cost, str]]:
    held = read_concentration(strength)
    if held is None or held[1] != dimension or not held[0]:
        return
    low, high, most = dose
    exact = (low / held[0], high / held[0])
    drawn = measure_volume(*exact, most / held[0] if most is not None else None)
    if drawn is None or drawn[1] > MOST_ML:
        return
    factor = UNITS[worked.unit.casefold()].factor
    said = f"{say_range(*drawn)} mL of the {strength} {form.form}"
    much = drawn[1] > HANDY
    cost = (Fraction(much), Fraction(exact != drawn), drawn[1] if much else -drawn[1])
    yield "liquid", cost, _say(said, exact, drawn, held[0] / factor, worked.unit)


def _as_pieces(
    form: Form,
    strength: str,
    worked: Worked,
    dose: tuple[Fraction, Fraction, Fraction | None],
    dimension: str,
) -> Iterator[tuple[str, Cost, str]]:
    found = PIECE.fullmatch(strength)
    if found is None or UNITS[found["unit"].casefold()].dimension != dimension:
        return
    piece = _value(found["amount"]) * UNITS[found["unit"].casefold()].factor
    low, high, most = dose
    exact = (low / piece, high / piece)
    whole = "capsule" in form.form or "modified" in form.form or "release" in form.form
    scored = bool(found["scored"]) and not whole
    taken = count_pieces(*exact, most / piece if most is not None else None, scored)
    if taken is None:
        return
    factor = UNITS[worked.unit.casefold()].factor
    said = f"{say_range(*taken)} × {strength} {form.form}"
    cost = (_error(exact, taken), taken[1], Fraction(0))
    yield "solid", cost, _say(said, exact, taken, piece / factor, worked.unit)


def _say(
    said: str,
    exact: tuple[Fraction, Fraction],
    taken: tuple[Fraction, Fraction],
    each: Fraction,
    unit: str,
) -> str:
    """Say a measure, and what it holds where that is not the dose itself."""
    if exact == taken:
        return f"= {said}"
    holds = f"{say_range(taken[0] * each, taken[1] * each)} {unit}"
    return f"nearest measure {said} ({holds})"


def _error(exact: tuple[Fraction, Fraction], taken: tuple[Fraction, Fraction]) -> Fraction:
    return max(abs(a - b) / b for a, b in zip(taken, exact, strict=True))


def _is_of_form(form: Form, given: str) -> bool:
    """True when a form is what the dose is given as: a base, a salt or an element counts."""
    if not given:
        return not QUALIFIED.search(form.form)
    wanted = set(re.findall(r"[\w-]+", given.casefold())) - FILLING
    return bool(wanted) and wanted <= set(re.findall(r"[\w-]+", form.form.casefold()))


def _is_by(form: Form, dose: Dose) -> bool:
    """False for a form that is only for another way than the dose's: an IM solution for a vein."""
    return all(set(dose.routes) & ways for words, ways in ONLY if words.search(form.form))


def _value(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def _card_unit(text: str) -> str:
    plain = text.casefold()
    return {"mcg": "micrograms", "microgram": "micrograms", "unit": "units"}.get(plain, plain)
