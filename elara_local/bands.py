"""Bands of weight and age as a sentence states them: "under 20 kg", "2 months to 5 years".

What is covered: bands in words and signs, the weight or age of a table's row ("Weight (kg): 10")
and of a line ("10 kg: 150 mg"); the small words in French, Spanish and Portuguese too. What is
not covered: bands told in words ("school age"), an age in a row without its unit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = r"(\d+(?:\.\d+)?)"
_UNIT = r"(kg|months?|years?|weeks? old|days? old|weeks? of age|days? of age)"
_LOW = r"(?:over|above|from|at least|more than|older than|aged?)"
_HIGH = r"(?:under|below|less than|up to|younger than|lighter than)"
_AFTER = r"(?:and|or) (?:over|above|more|older|heavier)"
RANGE = re.compile(
    rf"{NUMBER}\s*{_UNIT}?\s*(?:to|-|–|up to)\s*({_HIGH} |<\s*)?{NUMBER}\s*{_UNIT}\b"
)
HIGH = re.compile(
    rf"\b{_HIGH} {NUMBER}\s*{_UNIT}\b|\b{NUMBER}\s*{_UNIT} (?:or|and) (?:under|less|younger)"
)
LOW = re.compile(rf"\b{_LOW} {NUMBER}\s*{_UNIT}\b|\b{NUMBER}\s*{_UNIT} {_AFTER}")
FIRST = re.compile(r"\b(after )?the first (\d+ )?(days?|weeks?|months?|years?) of life")
SPAN = re.compile(r"\b(?:for|within|every|after|lasting|last|past|in) $")  # time, no age
UNIT_MONTHS = {"m": 1.0, "y": 12.0, "w": 12 / 52.2, "d": 12 / 365}
# "Weight (kg): 10-14; Dose: 1": what a row is for. "10 kg: 150 mg": what a line is for.
CELL = re.compile(
    r"(?:^|[:;,] )(?P<head>[^:;]*\b(?:weight|kg|age|poids|[âa]ge|peso|edad|idade)\b[^:;]*): "
    r"(?P<cell>[^;]+)"
)
NO_BAND = re.compile(r"\d|\b(?:mg|mcg|ml|g|dose|per)\b")  # in a head: it is of an amount
HEAD_UNIT = re.compile(r"\b(kg|months?|years?|weeks?|days?)\b")
LINE = re.compile(rf"^\W*(?:child |infant |weight |age )?{NUMBER}\s*{_UNIT}\s*(?::|=|[–-]\s)")
TWO = re.compile(rf"{NUMBER}\D{{0,12}}?(?:to|-|–)\s*(<|under |below )?\D{{0,3}}{NUMBER}")
UNDER, OVER = re.compile(r"^\W*(?:<|≤|under|below|up to)"), re.compile(r"[>≥+]|over|above|more")
ENGLISH = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\b(?:moins de|menos de)\b", "under"),
        (r"\b(?:et|y|e) (?:plus|más|mais)\b", "and over"),
        (r"\b(?:plus de|más de|mais de|à partir de|a partir de)\b", "over"),
        (r"\b(?:ans|años?|anos?)\b", "years"),
        (r"\b(?:mois|mes(?:es)?)\b", "months"),
        (r"(?<=\d) (?:à|a) (?=\d)|(?<=s) à (?=\d)", " to "),
        (r"(?<=\d),(?=\d)", "."),
        (r"\bbetween (\d[\d.]*(?: \w+)?) and (?=\d)", r"\1 to "),
    )
)


@dataclass(frozen=True)
class Band:
    """A stretch of weights in kg or ages in months, both ends included."""

    kind: str  # "kg" or "months"
    low: float
    high: float


def read_bands(sentence: str) -> list[Band]:
    """Return the weight and age bands that a sentence states."""
    text = _in_english(sentence.casefold())
    if rows := list(_read_cells(text)):
        return rows
    bands = [_alone(found) for found in LINE.finditer(text)]
    for found in FIRST.finditer(text):
        kind, value = _convert(float(found[2] or 1), found[3])
        bands.append(Band(kind, value, math.inf) if found[1] else Band(kind, 0.0, value))
    for found in RANGE.finditer(text):
        if not found[2] and found[5] != "kg" and SPAN.search(text[: found.start()]):
            continue
        kind, high = _convert(float(found[4]), found[5])
        high = math.nextafter(high, 0) if found[3] else high
        bands.append(Band(kind, _convert(float(found[1]), found[2] or found[5])[1], high))
    text = RANGE.sub(" ", text)
    for found in LOW.finditer(text):
        kind, value = _convert(float(found[1] or found[3]), found[2] or found[4])
        bands.append(Band(kind, value, math.inf))
    for found in HIGH.finditer(text):
        kind, value = _convert(float(found[1] or found[3]), found[2] or found[4])
        high = value if "up to" in found[0] else math.nextafter(value, 0)
        bands.append(Band(kind, 0.0, high))
    return bands


def _convert(value: float, unit: str) -> tuple[str, float]:
    """Return ("kg", value) or ("months", value in months)."""
    return ("kg", value) if unit == "kg" else ("months", value * UNIT_MONTHS[unit[0]])


def _in_english(text: str) -> str:
    for pattern, word in ENGLISH:
        text = pattern.sub(word, text)
    return text


def _alone(found: re.Match[str]) -> Band:
    kind, value = _convert(float(found[1]), found[2])
    return Band(kind, value, value)


def _read_cells(text: str) -> Iterator[Band]:
    """Yield the weights and ages that the cells of a row are for; a unit may be in the head."""
    for found in CELL.finditer(text):
        cell = found["cell"].strip()
        unit = HEAD_UNIT.search(cell) or HEAD_UNIT.search(found["head"])
        is_weight = re.search(r"weight|kg|poids|peso", found["head"]) is not None
        name = unit[1] if unit else "kg" if is_weight else ""
        numbers = re.findall(NUMBER, cell)
        if not name or not numbers or NO_BAND.search(found["head"]):
            continue
        yield _band(cell, float(numbers[0]), name)


def _band(cell: str, number: float, name: str) -> Band:
    """Return the band of a cell: "10", "10-14", "< 5 kg", "2 months - 5 years", "60 +"."""
    kind, low = _convert(number, name)
    if two := TWO.search(cell):
        first, last = HEAD_UNIT.search(cell[: two.start(3)]), HEAD_UNIT.search(cell[two.end(3) :])
        high = _convert(float(two[3]), last[1] if last else name)[1]
        low = _convert(float(two[1]), first[1] if first else last[1] if last else name)[1]
        return Band(kind, low, math.nextafter(high, 0) if two[2] else high)
    if UNDER.search(cell):
        return Band(kind, 0.0, math.nextafter(low, 0))
    return Band(kind, low, math.inf if OVER.search(cell) else low)
