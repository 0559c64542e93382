"""How much of what a question asks about a text holds, rare words counting more.

A word counts as held in any of its ways: as typed, or as what it means elsewhere
("PPH", "postpartum haemorrhage"). It knows index terms, not how they are searched.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from elara_local.common_words import topic_words
from elara_local.text import words


class Terms(Protocol):
    """The words of an index: its terms of a text, and how many passages hold a term."""

    def terms(self, text: str) -> list[str]:
        """Return the distinct index terms of a text."""

    def frequency(self, term: str) -> int:
        """Return how many passages hold a term."""


@dataclass(frozen=True)
class Unit:
    """One word asked about: its ways as index terms, each weighing what it weighs."""

    word: str
    ways: tuple[Mapping[str, float], ...]
    known: bool  # some passage of the index holds it, in one of its ways
    meant: str = ""  # what it stands for, where it stands for something else

    @cached_property
    def weight(self) -> float:
        """What the unit counts: its heaviest way, all terms together."""
        return max(sum(way.values()) for way in self.ways)

    def held_by(self, held: Collection[str]) -> float:
        """Return the share of the unit that these terms hold, by its best way."""
        return max(_share(way, held) for way in self.ways)


def read_units(text: str, meant: Mapping[str, str], index: Terms, passages: int) -> list[Unit]:
    """Return what a question of these topic words asks about.

    Args:
        text: the question, misspellings mended.
        meant: what is said in it to what that means as well.
        index: the terms of the index.
        passages: how many passages it holds.
    """
    inside = {word: said for said in meant for word in words(said)}
    units = []
    for word in dict.fromkeys(inside.get(word, word) for word in topic_words(text)):
        ways = [index.terms(said) for said in (word, meant.get(word, ""))]
        known = word in meant or any(
            terms and all(index.frequency(term) for term in terms) for terms in ways
        )
        weighed = tuple(
            {t: math.log(1 + passages / (1 + index.frequency(t))) for t in terms}
            for terms in ways
            if terms
        )
        if weighed:
            units.append(Unit(word, weighed, known, meant.get(word, "")))
    return units


def share_held(units: Sequence[Unit], held: Collection[str]) -> float:
    """Return the share of all units, by weight, that a text of these terms holds; 0 for none."""
    total = sum(unit.weight for unit in units)
    return sum(unit.weight * unit.held_by(held) for unit in units) / total if total else 0.0


def _share(way: Mapping[str, float], held: Collection[str]) -> float:
    return sum(weight for term, weight in way.items() if term in held) / sum(way.values())
