"""Words that say nothing about what a question is about, read from content/common_words.toml.

Used to judge whether passages cover a question, never to drop words from a search: "no",
"not" and "without" carry meaning there. It knows the file and nothing else.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from elara_local.text import words

CAPITALS = re.compile(r"\b[A-Z]{2,5}\b")
COMMON_WORDS = Path(__file__).resolve().parent / "content" / "common_words.toml"


@cache
def read_common_words(path: Path = COMMON_WORDS) -> frozenset[str]:
    """Return the common words of every language in the file, casefolded."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    lists = (value for key, value in data.items() if key not in ("version", "source"))
    return frozenset(word for text in lists for word in text.split())


@cache
def read_english(path: Path = COMMON_WORDS) -> frozenset[str]:
    """Return the common words of English alone."""
    return frozenset(tomllib.loads(path.read_text(encoding="utf-8"))["en"].split())


def topic_words(text: str) -> list[str]:
    """Return the distinct words of a text that may say what it is about, in order.

    A word in capitals amid others is an abbreviation: "AL" is artemether-lumefantrine, not the
    Spanish "al".
    """
    common = read_common_words()
    if not text.isupper():
        common -= {w.casefold() for w in CAPITALS.findall(text)} - read_english()
    return [w for w in dict.fromkeys(words(text)) if w not in common and not w[0].isdigit()]
