"""Which of several passages on one matter is shown first: own documents, newer editions.

What is covered: a passage of the user's own documents goes before the handbook where it holds
the question's words about as fully; the handbook before collected articles, those before
forums; of two editions of one title the newer, and the older says so; among otherwise equal
passages the later year. What is not covered: whether the newer guidance is the better one,
and editions under different titles. It knows passages, not how they were found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from elara_local.records import Passage
from elara_local.text import words

SHELF_WEIGHT = {"own": 1.0, "handbook": 1.0, "collection": 0.9, "forum": 0.6}
OWN_LIFT = 1.6  # own passages that hold about as much of the question as any other
AS_FULLY = 0.85  # share of the fullest passage's coverage that is "about as fully"
OLDER_EDITION = 0.6
YEAR_STEP = 0.005  # for each year that a passage is older than the newest, up to YEARS
YEARS = 10
YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
EDITION_WORDS = frozenset(
    "edition ed version revised updated update final draft first second third fourth fifth "
    "sixth seventh eighth ninth tenth v rev".split()
)
ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)$")


def weigh(passages: Sequence[Passage], shares: Mapping[int, float]) -> dict[int, float]:
    """Return what each passage's score is multiplied by, the largest at most 1.

    `shares` says of each passage id which share of the question's words it holds, in [0, 1].
    """
    fullest = max(shares.values(), default=0.0)
    latest = _latest(passages)
    newest = max((year for p in passages if (year := year_of(p.edition))), default=0)
    factors = {}
    for passage in passages:
        factor = SHELF_WEIGHT.get(passage.shelf, 1.0)
        if passage.shelf == "own" and shares.get(passage.id, 0.0) >= AS_FULLY * fullest:
            factor *= OWN_LIFT
        if _is_older(passage, latest):
            factor *= OLDER_EDITION
        age = newest - (year_of(passage.edition) or newest - YEARS // 2)
        factors[passage.id] = factor * (1 - YEAR_STEP * min(age, YEARS))
    most = max(factors.values(), default=1.0)
    return {i: factor / most for i, factor in factors.items()}


def say_older(passages: Sequence[Passage]) -> list[Passage]:
    """Return the passages, those of an older edition with a notice of the newer one."""
    latest = _latest(passages)
    return [
        replace(p, notice=p.notice or f"superseded by edition {latest[family(p)]}")
        if _is_older(p, latest)
        else p
        for p in passages
    ]


def family(passage: Passage) -> tuple[str, str]:
    """Return what two editions of one document have in common: shelf and bare title."""
    kept = [
        word
        for word in words(passage.title)
        if not (YEAR.fullmatch(word) or word in EDITION_WORDS or ORDINAL.match(word))
    ]
    return passage.shelf, " ".join(kept)


def year_of(edition: str) -> int:
    """Return the year in an edition or date, 0 where it names none."""
    found = YEAR.search(edition)
    return int(found.group()) if found else 0


def _latest(passages: Sequence[Passage]) -> dict[tuple[str, str], str]:
    """Return the newest edition of each family that has several documents with a year."""
    editions: dict[tuple[str, str], set[str]] = {}
    for passage in passages:
        if year_of(passage.edition):
            editions.setdefault(family(passage), set()).add(passage.edition)
    return {key: max(found, key=_age) for key, found in editions.items() if len(found) > 1}


def _age(edition: str) -> tuple[int, str]:
    return year_of(edition), edition


def _is_older(passage: Passage, latest: Mapping[tuple[str, str], str]) -> bool:
    newer = latest.get(family(passage), "")
    return bool(newer and year_of(passage.edition)) and _age(passage.edition) < _age(newer)
