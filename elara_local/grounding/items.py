"""What a sentence is made of once it is read: facts, cues and words, in order.

An Item is one of these with its place; two items say the same when `kind` and `value` are
equal, whatever words were used. This module knows no medicine.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

# Kinds of item. Facts must agree exactly; cues carry negation, modality and conditions;
# words are covered as words; breaks are the commas and "and" between them.
FACTS = frozenset({"drug", "population", "route", "quantity", "frequency", "schedule"})


@dataclass(frozen=True)
class Item:
    """A piece of a sentence: characters start..end of the folded text."""

    kind: str  # one of FACTS, or "cue", "word", "break"
    value: Hashable
    start: int
    end: int
    text: str

    @property
    def key(self) -> tuple[str, Hashable]:
        """What the item says, without its place."""
        return (self.kind, self.value)


_SAME_LENGTH = {ord(char): "-" for char in "‐‑‒–—−"} | {
    ord("µ"): "u",
    ord("μ"): "u",
    ord("’"): "'",
    ord("‘"): "'",
    ord("·"): ".",
    ord("\u00a0"): " ",
    ord("\u2009"): " ",
    ord("\u202f"): " ",
    ord("\n"): " ",
    ord("\t"): " ",
    ord("⁄"): "/",
}


def fold(text: str) -> str:
    """Lower case with one dash, one apostrophe and plain spaces; every offset stays the same."""
    lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_SAME_LENGTH)


class Page:
    """A folded text from which facts are taken one kind at a time; what is taken is blanked."""

    def __init__(self, text: str) -> None:
        self.original = text
        self.text = fold(text)
        self.items: list[Item] = []

    def take(self, kind: str, value: Hashable, start: int, end: int) -> None:
        """Record an item and blank its characters, so that no later reader sees them."""
        self.items.append(Item(kind, value, start, end, self.original[start:end]))
        self.text = self.text[:start] + "\x00" * (end - start) + self.text[end:]
