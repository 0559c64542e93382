"""Which of several passages on one matter is shown first: own documents, newer editions.

What is covered: a passage of the user's own documents goes before the handbook where it holds
the question's words about as fully; the handbook before collected articles, those before
forums; of two editions of one title the newer, and the older says so; among otherwise equal
passages the later year. Own documents never fill all the places. What is not covered: whether
the newer guidance is the better one, and editions under different titles. It knows passages,
not how they were found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from elara_local.records import Passage
from elara_local.text import words

SHELF_WEIGHT = {"own": 1.0, "handbook": 1.0, "collection": 0.9, "forum": 0.6}
AS_FULLY = 0.85  # share of the fullest passage's coverage that is "about as fully"
AS_NEAR = 0.75  # share of the nearest passage's cosine that is "about as near"
OLDER_EDITION = 0.6
YEAR_STEP = 0.005  # for each year that a passage is older than the newest, up to YEARS
YEARS = 10
YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
EDITION_WORDS = frozenset(
    "edition ed version revised updated update final draft first second third fourth fifth "
    "sixth seventh eighth ninth tenth v rev".split()
)
PLACES = 2 / 3  # of the first passages are the user's own at most, where there are others
ORDINAL = re.compile(r"\b\d+(?:st|nd|rd|th)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Standing:
    """How a passage did in the search: its score and what it rests on, all in [0, 1]."""

    score: float
    share: float  # of the question's words, rare ones counting more
    cosine: float


def rank(passages: Sequence[Passage], found: Mapping[int, Standing]) -> dict[int, float]:
    """Return the score of each passage by id, in [0, 1], once precedence is given."""
    latest = _latest(passages)
    newest = max((year for p in passages if (year := year_of(p.edition))), default=0)
    scores = {}
    for passage in passages:
        age = newest - (year_of(passage.edition) or newest - YEARS // 2)
        factor = SHELF_WEIGHT.get(passage.shelf, 1.0) * (1 - YEAR_STEP * min(age, YEARS))
        factor *= OLDER_EDITION if _is_older(passage, latest) else 1.0
        scores[passage.id] = found[passage.id].score * factor
    first = [p.id for p in passages if _goes_first(p, found) and not _is_older(p, latest)]
    top = max((score for i, score in scores.items() if i not in first), default=0.0)
    return scores | {i: top + (1 - top) * scores[i] for i in first}


def _goes_first(passage: Passage, found: Mapping[int, Standing]) -> bool:
    """True for an own passage that holds the question about as well as any passage."""
    if passage.shelf != "own":
        return False
    fullest = max(standing.share for standing in found.values())
    nearest = max(standing.cosine for standing in found.values())
    own = found[passage.id]
    return own.share >= AS_FULLY * fullest and own.cosine >= AS_NEAR * nearest


def leave_room(passages: Sequence[Passage], top: int) -> list[Passage]:
    """Return the `top` first passages; of the user's own at most PLACES, where there are others.

    A long document of the user's would hide that the handbook warns, or says otherwise, or
    has the answer for this patient.
    """
    others = sum(p.shelf != "own" for p in passages)
    most = max(1, int(PLACES * top), top - others)
    kept: list[Passage] = []
    for passage in passages:
        if passage.shelf != "own" or sum(p.shelf == "own" for p in kept) < most:
            kept.append(passage)
    return kept[:top]


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
    return passage.shelf, _bare(passage.title)


@lru_cache(maxsize=4096)
def _bare(title: str) -> str:
    kept = [
        word
        for word in words(ORDINAL.sub(" ", title))
        if not (YEAR.fullmatch(word) or word in EDITION_WORDS)
    ]
    return " ".join(kept)


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
