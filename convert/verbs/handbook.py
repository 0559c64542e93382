"""Passages of the handbook taken evenly from all its documents: what verbs measure on."""

from __future__ import annotations

from pathlib import Path

from convert.dialogues import read_passages
from elara_local.settings import HANDBOOK


def spread_passages(count: int, handbook: Path = HANDBOOK) -> list[str]:
    """Return the texts of `count` passages, in the order of the handbook."""
    every = [passage.text for passages in read_passages(handbook).values() for passage in passages]
    return every[:: max(1, len(every) // count)][:count]


def spread_lines(count: int, handbook: Path = HANDBOOK) -> list[str]:
    """Return `count` single lines, about a sentence each."""
    lines = [line.lstrip("- ").strip() for text in spread_passages(2 * count, handbook)
             for line in text.splitlines()]  # fmt: skip
    long = [line for line in lines if len(line) > 20]
    return long[:: max(1, len(long) // count)][:count]
