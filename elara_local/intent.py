"""What kinds of answer a question wants, and which headings hold them.

What is covered: dose, first actions, treatment, signs, when to refer, what to avoid, by words
in five languages (content/intents.toml); a question may want several. For documents other than
the handbook: whether a heading is of a kind that was asked for, in English. What is not covered:
anything subtler; a question without such words wants the first actions and the treatment. It
knows words and headings only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

INTENTS = Path(__file__).resolve().parent / "content" / "intents.toml"
DEFAULT = "action"
WEAK = frozenset(
    {"whether", "action", "define"}
)  # said in passing when another kind is asked for too
IN_PASSING = "meaning"  # "what are the signs of": the signs are asked for
NOT_ASKED = -0.8  # fit of a heading of a kind that is not asked for (docs/decisions.md)
NONE_ASKED = -0.4  # ... where the question asks for no kind that is known
JOINT = "›"  # between the headings of a path (index/slices.py)


@dataclass(frozen=True)
class Intent:
    """A kind of question, or several. `sections` maps a heading to how well it fits, -1 to 1."""

    id: str  # of several kinds the one that is tried first
    words: re.Pattern[str]
    sections: Mapping[str, float]
    kinds: frozenset[str]

    def fit(self, section: str) -> float:
        """Return how well a heading or heading path fits; 0 where no heading is known."""
        if section in self.sections:
            return self.sections[section]
        return max((self.sections.get(name, 0.0) for name in known_headings(section)), default=0.0)


@lru_cache(maxsize=4096)
def known_headings(section: str) -> tuple[str, ...]:
    """Return the handbook's headings whose words stand in the headings of another document."""
    text = section.casefold()
    return tuple(name for name, words in read_headings().items() if words.search(text))


def read_intent(question: str) -> Intent:
    """Return the kinds whose words stand in the question as one, else the default kind.

    Of several kinds a heading fits as well as it fits the best of them.
    """
    intents = read_intents()
    text = question.casefold()
    said = [i for i in intents.values() if i.words.search(text)]
    found = [i for i in said if i.id not in WEAK] or said[:1]
    found = found or [intents[DEFAULT]]
    headings = {heading for intent in found for heading in intent.sections}
    return Intent(
        found[0].id,
        found[0].words,
        {heading: max(intent.fit(heading) for intent in found) for heading in headings},
        frozenset(intent.id for intent in found),
    )


@cache
def read_headings(path: Path = INTENTS) -> Mapping[str, re.Pattern[str]]:
    """Read the words that stand for each heading of the handbook elsewhere."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: word_pattern(words) for name, words in data["headings"].items()}


class Kinds:
    """The kinds of heading that a question asks for, in documents other than the handbook."""

    def __init__(self, question: str) -> None:
        text = question.casefold()
        said = {name for name, pattern in _read_kinds().items() if pattern.search(text)}
        self.asked = frozenset(said - {IN_PASSING} or said)

    def fit(self, section: str) -> float:
        """Return 0 for a heading that is asked for or not known, else less, down to -1.

        The last part of a path of headings counts; further words ("Treatment of cholera")
        make it a heading that is not known.
        """
        kind = _read_headings().get(section.casefold().rpartition(JOINT)[2].strip(" :"))
        if kind is None or kind in self.asked:
            return 0.0
        return NOT_ASKED if self.asked else NONE_ASKED


@cache
def _read_kinds() -> Mapping[str, re.Pattern[str]]:
    return {entry["id"]: word_pattern(entry["words"]) for entry in _read(INTENTS)["heading"]}


@cache
def _read_headings() -> Mapping[str, str]:
    return {
        heading.strip(): entry["id"]
        for entry in _read(INTENTS)["heading"]
        for heading in entry["headings"].split(";")
    }


@cache
def read_intents(path: Path = INTENTS) -> Mapping[str, Intent]:
    """Read the kinds of question, in the order in which they are tried."""
    return {entry["id"]: _intent(entry) for entry in _read(path)["intent"]}


def _intent(entry: Mapping[str, Any]) -> Intent:
    return Intent(
        entry["id"], word_pattern(entry["words"]), entry["sections"], frozenset({entry["id"]})
    )


def word_pattern(words: str) -> re.Pattern[str]:
    """Return what finds any of these words or phrases, told apart by semicolons."""
    listed = "|".join(re.escape(word.strip()) for word in words.split(";"))
    return re.compile(rf"\b(?:{listed})\b")


def _read(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
