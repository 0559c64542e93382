"""The numbers that Word writes before paragraphs: "3.", "2.1", "b)", counted as Word counts.

What is covered: numbers of several levels, restarts, the usual ways of writing them. What is
not covered: lists that take their numbering from a style of lists, numbers in words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from index.documents.lines import whole_number
from index.documents.listing import write_number
from index.documents.styles import attribute, child, is_on, local

PART = re.compile(r"%(\d)")


@dataclass(frozen=True)
class _Level:
    """How one level of a list is numbered; `text` is like "%1.%2"."""

    style: str
    text: str
    start: int
    restarts: bool
    figures: bool


@dataclass(frozen=True)
class _Pattern:
    """The list that a number in the text stands for."""

    name: str
    levels: dict[int, _Level]
    starts: dict[int, int]


class Numbering:
    """The lists of a file while it is read."""

    def __init__(self, root: Element | None) -> None:
        parts = list(root) if root is not None else []
        shapes = {
            attribute(one, "abstractNumId"): {
                whole_number(attribute(level, "ilvl")) or 0: _read_level(level)
                for level in one
                if local(level.tag) == "lvl"
            }
            for one in parts
            if local(one.tag) == "abstractNum"
        }
        self._patterns = {
            attribute(one, "numId"): _read_pattern(one, shapes)
            for one in parts
            if local(one.tag) == "num"
        }
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[str] = set()

    def mark(self, number: str, depth: int) -> str:
        """Count a paragraph of a list; return what stands before it, "" for a bullet."""
        pattern = self._patterns.get(number)
        level = pattern.levels.get(depth) if pattern else None
        if pattern is None or level is None:
            return ""
        counts = self._counts.setdefault(pattern.name, {})
        if number not in self._begun:
            self._begun.add(number)
            for at, start in pattern.starts.items():
                counts[at] = start - 1
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [at for at in counts if at > depth]:
            below = pattern.levels.get(deeper)
            if below is None or below.restarts:
                del counts[deeper]
        return _write(level, pattern, counts)


def _write(level: _Level, pattern: _Pattern, counts: dict[int, int]) -> str:
    if level.style == "bullet":
        return ""

    def part(found: re.Match[str]) -> str:
        at = int(found[1]) - 1
        other = pattern.levels.get(at, level)
        number = counts.get(at, other.start)
        if other.style == "decimalZero":
            return f"{number:02d}"
        return str(number) if level.figures else write_number(number, other.style)

    return PART.sub(part, level.text).strip() if level.style != "none" else ""


def _read_pattern(num: Element, shapes: dict[str, dict[int, _Level]]) -> _Pattern:
    name = attribute(child(num, "abstractNumId"))
    levels = dict(shapes.get(name, {}))
    starts: dict[int, int] = {}
    for override in num:
        at = whole_number(attribute(override, "ilvl"))
        if local(override.tag) != "lvlOverride" or at is None:
            continue
        if (own := child(override, "lvl")) is not None:
            levels[at] = _read_level(own)
        start = whole_number(attribute(child(override, "startOverride")))
        if start is not None:
            starts[at] = start
    return _Pattern(name, levels, starts)


def _read_level(level: Element) -> _Level:
    start = whole_number(attribute(child(level, "start")))
    return _Level(
        style=attribute(child(level, "numFmt")) or "decimal",
        text=attribute(child(level, "lvlText")),
        start=1 if start is None else start,
        restarts=attribute(child(level, "lvlRestart")) != "0",
        figures=is_on(child(level, "isLgl")),
    )
