"""Reading vital signs, age and weight out of free text, in five languages.

"BP 82/54", "SpO2 86 %", "heart_rate: 132", "T 39,8", "GCS E2V2M5", "AVPU: P", "sats eighty six",
"8-month-old", "miaka 3". Values outside what a living body or a device can show are left out
rather than guessed at, and a threshold in a question ("if SpO2 < 90") is marked as such. What is
not covered: values in tables without a label beside them, ranges, waveforms, a unit that
contradicts the number. This module knows no rule; the expressions are `vital_patterns`'.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from elara_local.numerals import write_digits
from elara_local.vital_patterns import AGES, RANGES, TWELFTHS, VITALS, WEIGHT

MONTHS = {"day": 1 / 30.4, "week": 12 / 52.2, "month": 1.0, "year": 12.0}
# The coma score that stands for a letter of AVPU (NEWS2 counts anything below "alert").
AVPU = {"v": 13.0, "p": 8.0, "u": 3.0}
MOST_MMOL = 33.3  # a glucose without a unit above this is mg/dL ...
MOST_EITHER = 60.0  # ... or, up to this, may still be mmol/L (meters read so in coma)
_AS_SPACES = str.maketrans("_\"|\t{}'", "       ")
_VITAL_NAMES = tuple(VITALS.items())


@dataclass(frozen=True, slots=True)
class Vital:
    """A value read: its name, value in the usual unit, where it stands, and "<" or ">" if given.

    Units: sbp mmHg, spo2 %, hr and rr per minute, temperature °C, gcs points, crt seconds,
    glucose mmol/L, muac mm.
    """

    name: str
    value: float
    start: int
    end: int
    comparator: str = ""


def read_vitals(text: str) -> list[Vital]:
    """Return every vital sign in the text, in the order of the text, none twice."""
    plain = _plain(text)
    if not any(char.isdigit() for char in plain) and "avpu" not in plain.lower():
        return []
    found: dict[tuple[str, int, float], Vital] = {}
    for name, patterns in _VITAL_NAMES:
        low, high = RANGES[name]
        for pattern in patterns:
            for hit in pattern.finditer(plain):
                for value in _readings(name, hit):
                    if low <= value <= high:
                        vital = Vital(name, value, *hit.span(), _comparator(hit))
                        found.setdefault((name, _end(hit), value), vital)
    return sorted(found.values(), key=lambda vital: vital.start)


def read_age(text: str) -> float | None:
    """Return the first age in months, None where no age is given."""
    text = _plain(text)
    first: tuple[int, float] | None = None
    for pattern in AGES:
        for hit in pattern.finditer(text):
            groups = hit.groupdict()
            unit = next((u for u in MONTHS if groups.get(u)), "year")
            months = int(hit["n"]) * MONTHS[unit]
            if months <= 125 * 12 and (first is None or hit.start() < first[0]):
                first = (hit.start(), months)
    if first is not None:
        return first[1]
    twelfths = TWELFTHS.search(text)
    return float(twelfths["n"]) if twelfths else None


def mentions_weight(text: str) -> bool:
    """True when a body weight such as "15 kg" stands in the text (not "5 mg/kg")."""
    return WEIGHT.search(text) is not None


def _plain(text: str) -> str:
    """The text of the same length without accents, quotes and table lines, numbers as digits."""
    if not text.isascii():
        text = "".join(char if char.isascii() else _letter(char) for char in text)
    return write_digits(text.translate(_AS_SPACES))


def _letter(char: str) -> str:
    if char in "ºª":
        return "°"
    flat = unicodedata.normalize("NFKD", char)
    return flat[0] if flat[0].isalnum() and all(map(unicodedata.combining, flat[1:])) else char


def _end(hit: re.Match[str]) -> int:
    groups = hit.groupdict()
    return hit.end("value") if groups.get("value") else hit.end()


def _comparator(hit: re.Match[str]) -> str:
    sign = (hit.groupdict().get("cmp") or "").lower()
    if not sign:
        return ""
    more = ("above", "over", "more than", "plus de", "mas de", "mais de", "zaidi ya")
    return ">" if sign[0] in ">≥" or sign in more else "<"


def _readings(name: str, hit: re.Match[str]) -> set[float]:
    """The value in its usual unit; both values where a glucose without a unit may be either."""
    value = _convert(name, hit)
    if name == "glucose" and not hit["unit"]:
        typed = float(hit["value"].replace(",", "."))
        if MOST_MMOL < typed <= MOST_EITHER:
            return {value, typed}
    return {value}


def _convert(name: str, hit: re.Match[str]) -> float:
    """Bring a value to its usual unit; 0 where it cannot be one."""
    groups = hit.groupdict()
    if groups.get("avpu"):
        return AVPU[groups["avpu"].lower()]
    value = float(hit["value"].replace(",", "."))
    unit = (groups.get("unit") or "").lower()
    if name == "sbp":
        return _pressure(value, groups)
    if name == "gcs" and groups.get("motor"):
        verbal = 1 if groups["verbal"] in "tT" else int(groups["verbal"])
        return value + verbal + int(groups["motor"])
    if name == "temperature" and value >= 90:
        return round((value - 32) / 1.8, 1)
    if name == "glucose":
        return _glucose(value, unit)
    if name == "muac" and (unit == "cm" or value < 40):
        return value * 10
    return value


def _pressure(value: float, groups: dict[str, str | None]) -> float:
    """Systolic mmHg; "8/5" and "TA à 8" are centimetres of mercury."""
    lower = groups.get("dia") or ""
    if lower.isdigit() and int(lower) >= value:
        return 0
    small = lower.isdigit() and int(lower) <= 16 or groups.get("tens") is not None
    return value * 10 if value <= 25 and small else value


def _glucose(value: float, unit: str) -> float:
    """Glucose in mmol/L; 0 for a percentage, which is a glycated haemoglobin or a solution."""
    if unit == "%":
        return 0
    if unit == "g/l":
        return value * 5.55
    return value / 18 if unit == "mg" or (not unit and value > MOST_MMOL) else value
