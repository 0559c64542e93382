"""What kinds of answer a question wants, and which headings hold them.

What is covered: dose, first actions, treatment, signs, when to refer, what to avoid, by words
in five languages (content/intents.toml); a question may want several. What is not covered:
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
WEAK = frozenset({"action", "define"})  # said in passing when another kind is asked for too


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
    return {name: _pattern(words) for name, words in data["headings"].items()}


@cache
def read_intents(path: Path = INTENTS) -> Mapping[str, Intent]:
    """Read the kinds of question, in the order in which they are tried."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return {entry["id"]: _intent(entry) for entry in data["intent"]}


def _intent(entry: Mapping[str, Any]) -> Intent:
    return Intent(
        entry["id"], _pattern(entry["words"]), entry["sections"], frozenset({entry["id"]})
    )


def _pattern(words: str) -> re.Pattern[str]:
    listed = "|".join(re.escape(word.strip()) for word in words.split(";"))
    return re.compile(rf"\b(?:{listed})\b")
