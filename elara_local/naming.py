"""What the words of a question alone tell the gate: names, animals, people, its language.

What is covered: a word used as a name ("X syndrome", "dose of X"), an animal that is ill, a
person who is told of, a question without small words in another language; the words are
content/naming.toml and content/animals.toml. What is not: names in other places, animals and
people that are not listed. It knows no passage and no index.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from functools import cache
from pathlib import Path

from elara_local.common_words import topic_words
from elara_local.text import words

CONTENT = Path(__file__).resolve().parent / "content"
NAMING = CONTENT / "naming.toml"
ANIMALS = CONTENT / "animals.toml"
STORY = 6  # topic words from which a question is a story told at length
NAME_LETTERS = 5  # of a word that is a name
OTHER_LANGUAGES = ("fr", "es", "pt")  # Swahili has no list of how common its words are
COMMONER = 1.0  # Zipf frequency by which a word is more of one language than of another
FOREIGN = re.compile(r"[¿¡À-ÖØ-öø-ÿ]")
CLAUSE = re.compile(r"[,;:.?!()](?:\s|$)")


def is_used_as_name(told: str, word: str) -> bool:
    """True for "X syndrome", "maladie de X", "X 5 mg", "dose of X", "of X": however ordinary."""
    if len(word) < NAME_LETTERS:
        return False
    before, after = _read_naming()
    for clause in CLAUSE.split(told):
        said = [found.removesuffix("'s") for found in words(clause)]
        for place in (n for n, found in enumerate(said) if found == word):
            follows = next((w for w in said[place + 1 :] if not w[0].isdigit()), "")
            ahead = f" {' '.join(said[:place])}"
            if follows in after or ahead.endswith(before):
                return True
    return f" of {word.capitalize()}" in told


def is_of_animal(told: str) -> bool:
    """True when an animal is named and no word tells that a person is ill, or bitten by it."""
    said = set(words(told))
    return not said.isdisjoint(_listed("animals")) and said.isdisjoint(
        _listed("deeds") | _listed("people")
    )


def tells_of_person(told: str) -> bool:
    """True when a person is named by age, sex, kinship or work, or as he or she."""
    return not _listed("people").isdisjoint(words(told))


def is_story(text: str) -> bool:
    """True for a question with so many topic words that no passage can hold most of them."""
    return len(topic_words(text)) >= STORY


def is_foreign(text: str, spoken: Collection[str]) -> bool:
    """True for a question in another language; where small words don't tell, by the rest."""
    if "en" not in spoken or spoken == {"en"}:
        return "en" not in spoken
    if FOREIGN.search(text):
        return True
    from wordfreq import zipf_frequency

    said = topic_words(text)
    other = [
        word
        for word in said
        if any(
            zipf_frequency(word, code, "small") >= zipf_frequency(word, "en", "small") + COMMONER
            for code in OTHER_LANGUAGES
            if code in spoken
        )
    ]
    return len(other) * 2 > len(said)


@cache
def _listed(name: str, path: Path = ANIMALS) -> frozenset[str]:
    return frozenset(words(tomllib.loads(path.read_text(encoding="utf-8"))[name]))


@cache
def _read_naming(path: Path = NAMING) -> tuple[tuple[str, ...], frozenset[str]]:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    before = tuple(f" {part.strip()}" for part in data["before"].split(";"))
    return before, frozenset(data["after"].split())
