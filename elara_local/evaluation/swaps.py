"""Pairs of words that turn a sentence false, from content/evaluation/mutations.toml.

Reads the lists and puts one word in the place of another, keeping a capital. It knows neither
numbers nor medicines.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent.parent / "content" / "evaluation" / "mutations.toml"
WHOLE = r"(?<![\w/-])"  # nothing of a longer word before it
ENDS = r"(?![\w/-])"  # nothing of a longer word after it

Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def read_pairs(kind: str) -> Pairs:
    """Return (old, new) of one class; words that change places stand in it both ways."""
    parts = [part.strip() for line in _read()[kind].splitlines() for part in line.split(" | ")]
    return tuple(pair for part in parts if part for pair in _pairs(part))


def _pairs(part: str) -> Pairs:
    if " <> " in part:
        one, other = part.split(" <> ")
        return (one, other), (other, one)
    old, _, new = f"{part} ".partition(" > ")
    return ((old, new.strip()),)


@lru_cache(maxsize=1)
def read_frequencies() -> tuple[tuple[str, ...], ...]:
    """Return how often things are done; the words of one group mean the same."""
    return tuple(tuple(line.split("|")) for line in _read()["frequency"]["groups"])


def replace_words(
    text: str, old: str, new: str, left: str = WHOLE, after: str = "", right: str = ENDS
) -> Iterator[str]:
    """Yield the text with one `old` made `new`, for each place where it stands as whole words.

    `left`, `right` and `after` are patterns without width that must hold there. Capitals count
    only in words that are all capitals (IV).
    """
    left = left if old[0].isalnum() else r"(?<![<>=])"
    right = right if old[-1].isalnum() else r"(?![=<>])"
    for found in re.finditer(f"{left}{re.escape(old)}{right}{after}", text, re.IGNORECASE):
        word = found.group()
        if old.isupper() and word != old:
            continue
        put = new[:1].upper() + new[1:] if word[0].isupper() and not old.isupper() else new
        yield f"{text[: found.start()]}{put}{text[found.end() :]}"
