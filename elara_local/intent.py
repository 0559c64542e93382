"""What kind of answer a question wants, and which headings hold that kind.

What is covered: dose, what to do, signs, when to refer, what to avoid, by words in five
languages (content/intents.toml). What is not covered: anything subtler; a question without
such words wants the first actions and the treatment. It knows words and headings only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

INTENTS = Path(__file__).resolve().parent / "content" / "intents.toml"
DEFAULT = "action"


@dataclass(frozen=True)
class Intent:
    """A kind of question. `sections` maps a heading to how well it fits, -1 to 1."""

    id: str
    words: re.Pattern[str]
    sections: Mapping[str, float]

    def fit(self, section: str) -> float:
        """Return how well a heading fits; 0 for headings that are not listed."""
        return self.sections.get(section, 0.0)


def read_intent(question: str) -> Intent:
    """Return the first kind whose words stand in the question, else the default one."""
    intents = read_intents()
    text = question.casefold()
    return next((i for i in intents.values() if i.words.search(text)), intents[DEFAULT])


@cache
def read_intents(path: Path = INTENTS) -> Mapping[str, Intent]:
    """Read the kinds of question, in the order in which they are tried."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return {entry["id"]: _intent(entry) for entry in data["intent"]}


def _intent(entry: Mapping[str, Any]) -> Intent:
    words = "|".join(re.escape(word.strip()) for word in entry["words"].split(";"))
    return Intent(entry["id"], re.compile(rf"\b(?:{words})\b"), entry["sections"])
