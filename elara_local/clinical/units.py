"""Units of measurements and laboratory values, and how one becomes another.

What is covered: the units listed here and in `grounding.units`, alone or as a quotient
(mg/dL, mcg/kg/min); cell counts; mass to amount of substance and to charge (mg/dL, mmol/L,
mEq/L) only for the substances whose molar mass is listed. Anything else is refused, never
passed through: also "mU", which may mean a thousandth or a million units.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from elara_local.errors import WrongUse
from elara_local.grounding.units import UNITS


class Substance(NamedTuple):
    """Molar mass in g/mol, and mEq per mmol (0 where no charge is meant)."""

    molar_mass: float
    valence: int = 0


# Molar masses: IUPAC standard atomic weights 2021. Urea nitrogen is what "BUN" weighs: two
# nitrogen atoms for each urea. Triglycerides are counted as triolein, haemoglobin as one of its
# four chains: so the AMA Manual of Style's table of SI conversions has them.
SUBSTANCES: dict[str, Substance] = {
    "bicarbonate": Substance(61.017, 1),
    "bilirubin": Substance(584.67),
    "calcium": Substance(40.078, 2),
    "chloride": Substance(35.45, 1),
    "cholesterol": Substance(386.66),
    "creatinine": Substance(113.12),
    "glucose": Substance(180.156),
    "haemoglobin": Substance(16_114.0),
    "lactate": Substance(90.08),
    "magnesium": Substance(24.305, 2),
    "potassium": Substance(39.098, 1),
    "sodium": Substance(22.990, 1),
    "triglycerides": Substance(885.4),
    "urate": Substance(168.11),
    "urea": Substance(60.056),
    "urea nitrogen": Substance(28.014),
}

_MMHG_IN_KPA = 7.500617  # 101.325 kPa are 760 mmHg
_MORE = {
    "lb": ("mass", 453.59237),
    "oz": ("mass", 28.349523125),
    "stone": ("mass", 6350.29318),
    "in": ("length", 25.4),
    "ft": ("length", 304.8),
    "pmol": ("amount", 1e-9),
    "nmol": ("amount", 1e-6),
    "pg": ("mass", 1e-12),
    "fl": ("volume", 1e-12),
    "ms": ("time", 1 / 3_600_000),
    "s": ("time", 1 / 3600),
    "y": ("time", 8760.0),
    "mmhg": ("pressure", 1.0),
    "kpa": ("pressure", _MMHG_IN_KPA),
    "cmh2o": ("pressure", 0.735559),
    "bar": ("pressure", 100 * _MMHG_IN_KPA),
    "psi": ("pressure", 51.71493),
    "fraction": ("percent", 100.0),
    "l/l": ("percent", 100.0),
    "": ("count", 1.0),
    "cells": ("count", 1.0),
    "beats": ("count", 1.0),
    "breaths": ("count", 1.0),
    "drops": ("count", 1.0),
    "k": ("count", 1e3),
    "103": ("count", 1e3),
    "x103": ("count", 1e3),
    "109": ("count", 1e9),
    "x109": ("count", 1e9),
    "1012": ("count", 1e12),
    "x1012": ("count", 1e12),
}
_SPELT = {
    "pounds": "lb",
    "pound": "lb",
    "lbs": "lb",
    "ounces": "oz",
    "ounce": "oz",
    "inches": "in",
    "inch": "in",
    "feet": "ft",
    "foot": "ft",
    "milliseconds": "ms",
    "msec": "ms",
    "yo": "y",
    "bpm": "beats/min",
    "beat": "beats",
    "breath": "breaths",
    "drop": "drops",
    "gtt": "drops",
    "cell": "cells",
    "mm hg": "mmhg",
    "c": "celsius",
    "f": "fahrenheit",
}
_SIGNS = str.maketrans({"µ": "u", "μ": "u", "²": "2", "³": "3", "⁹": "9", "⁶": "6", "×": "x"})


class _Measure(NamedTuple):
    """What a unit measures, numerator first, and how many of the first units it is."""

    dimensions: tuple[str, ...]
    factor: float


def convert(value: float, unit: str, wanted: str, substance: str = "") -> float:
    """Return the value in the wanted unit.

    `substance` is a key of SUBSTANCES; without it mass never becomes amount.

    Raises:
        WrongUse: one of the units is not listed, or the two don't measure the same.
    """
    if unit.casefold() == wanted.casefold():
        return value
    given, asked = read_unit(unit), read_unit(wanted)
    heat = {"celsius", "fahrenheit"}
    if given and asked and {*given.dimensions, *asked.dimensions} <= heat:
        return _settle(_convert_temperature(value, given.dimensions[0], asked.dimensions[0]))
    scale = None
    if given and asked:
        scale = _bridge(given.dimensions, asked.dimensions, substance)
    if given is None or asked is None or scale is None:
        of = f" of {substance}" if substance else ""
        raise WrongUse(
            f"'{unit}' can't be read as {wanted or 'a plain number'}{of}.", "Give another unit."
        )
    return _settle(value * given.factor * scale / asked.factor)


def _settle(value: float) -> float:
    """Drop what only the arithmetic left, so that 100.4 °F is 38 and no more: bands end there."""
    return float(f"{value:.12g}")


def read_unit(text: str) -> _Measure | None:
    """Return what a unit measures, None where one of its parts is not listed."""
    plain = text.translate(_SIGNS).casefold().replace("^", "").replace("*", "").strip()
    plain = re.sub(r"\s*(?:\bper\b|/)\s*", "/", plain)
    plain = _SPELT.get(plain, plain)
    parts = [plain] if plain in _MORE else plain.split("/")
    dimensions, factor = [], 1.0
    for place, part in enumerate(parts):
        found = _read_part(part)
        if found is None or (place and not part):
            return None
        dimensions.append(found[0])
        factor = factor / found[1] if place else factor * found[1]
    return _Measure(tuple(dimensions), factor)


def _read_part(part: str) -> tuple[str, float] | None:
    name = part.strip()
    name = _SPELT.get(name, name)
    if name in _MORE:
        return _MORE[name]
    if name == "mu" or name not in UNITS:
        return None
    return UNITS[name].dimension, float(UNITS[name].factor)


def _convert_temperature(value: float, unit: str, wanted: str) -> float:
    if unit == wanted:
        return value
    return (value - 32) * 5 / 9 if wanted == "celsius" else value * 9 / 5 + 32


def _bridge(given: tuple[str, ...], asked: tuple[str, ...], substance: str) -> float | None:
    """The factor from one measure to the other: 1 where they are the same, None where none is."""
    if given == asked:
        return 1.0
    known = SUBSTANCES.get(substance)
    if known is None or given[1:] != asked[1:]:
        return None
    # One gram, one millimole, one milliequivalent, each in millimoles.
    amounts = {"mass": 1000 / known.molar_mass, "amount": 1.0}
    if known.valence:
        amounts["charge"] = 1 / known.valence
    if given[0] not in amounts or asked[0] not in amounts:
        return None
    return amounts[given[0]] / amounts[asked[0]]
