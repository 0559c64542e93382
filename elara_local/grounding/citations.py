"""Reads the draft of an answer as it arrives: whole sentences with the passages they cite.

What is covered: [1], [1, 2], [1-3], [s1], [[1]], 【1】 and `[1]`, in any chunking; a citation
after the full stop belongs to the sentence before it, one at the start of a line to the
sentence it opens; numbers of passages that were not given are taken out and named.
What is not covered: (1) is not a citation, nor is a bracket with other words in it.
Nothing here says that a passage supports a sentence: that is check.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from elara_local.text import clean_text, sentence_spans

LONGEST_SENTENCE = 4000  # characters kept of one sentence

ITEM = r"[sS]?\d{1,3}"
JOINT = r"\s{0,2}[,;–-]\s{0,2}"
MARK = re.compile(
    rf"`?(?:\[{{1,2}}|【)\s{{0,2}}{ITEM}(?:{JOINT}{ITEM})*\s{{0,2}}(?:\]{{1,2}}|】)`?"
)
MARK_BEGUN = re.compile(
    rf"`?(?:(?:\[{{1,2}}|【)\s{{0,2}}(?:{ITEM}{JOINT})*(?:[sS]|{ITEM}(?:{JOINT}|\s{{0,2}}))?)?"
)
OPENER = re.compile(r"[`\[【]")
NUMBER_OR_RANGE = re.compile(r"[sS]?(\d+)(?:\s*[–-]\s*[sS]?(\d+))?")


@dataclass(frozen=True)
class Draft:
    """One sentence as drafted, without its citation marks.

    `citations` are the ids of passages it points at, each once, in order; `unknown` the
    numbers that no passage has, which were taken out.
    """

    text: str
    citations: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class _Mark(NamedTuple):
    numbers: tuple[int, ...]
    raw: int  # where it begins in the draft
    clean: int  # where it stood in the text without marks
    opens: bool  # it stands at the start of a line, before its sentence


class Assembler:
    """Collects pieces of a draft and hands out each sentence once it is complete.

    `ids` are the passage ids in the order of their numbers: [1] is ids[0].
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = tuple(ids)
        self._raw = ""

    def feed(self, text: str) -> list[Draft]:
        """Add a piece of the draft; return the sentences that are complete now."""
        self._raw += text
        clean, offsets, marks = _read(self._raw, _safe_end(self._raw))
        spans = sentence_spans(clean)
        if len(spans) < 2:
            return []
        drafts = self._drafts(clean, spans, marks, len(spans) - 1)
        rest = spans[-1][0]
        cut = min([offsets[rest], *(m.raw for m in marks if _owner(m, spans) == len(spans) - 1)])
        self._raw = self._raw[cut:]
        return drafts

    def close(self) -> list[Draft]:
        """Return what is left; a citation that was begun and never closed is dropped."""
        clean, _, marks = _read(self._raw, _safe_end(self._raw, closing=True))
        spans = sentence_spans(clean)
        self._raw = ""
        return self._drafts(clean, spans, marks, len(spans))

    def _drafts(
        self, clean: str, spans: list[tuple[int, int]], marks: list[_Mark], count: int
    ) -> list[Draft]:
        drafts = []
        for index, (start, end) in enumerate(spans[:count]):
            numbers = [n for m in marks if _owner(m, spans) == index for n in m.numbers]
            known = [self._ids[n - 1] for n in numbers if 1 <= n <= len(self._ids)]
            unknown = [f"[{n}]" for n in numbers if not 1 <= n <= len(self._ids)]
            text = clean_text(clean[start:end], LONGEST_SENTENCE)
            if text or known or unknown:
                drafts.append(Draft(text, _once(known), _once(unknown)))
        return drafts


def _once(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _safe_end(raw: str, closing: bool = False) -> int:
    """Where a mark may have begun that the text does not close; else the end of the text."""
    for found in OPENER.finditer(raw, max(0, len(raw) - 200)):
        tail = raw[found.start() :]
        if MARK_BEGUN.fullmatch(tail):
            begun = any(char.isdigit() for char in tail) or not closing
            return found.start() if begun else len(raw)
        whole = MARK.match(raw, found.start())
        if whole and whole.end() == len(raw) and not closing:
            return found.start()
    return len(raw)


def _read(raw: str, end: int) -> tuple[str, list[int], list[_Mark]]:
    """Take the marks out of raw[:end]: the text, its offsets into raw, the marks."""
    clean: list[str] = []
    offsets: list[int] = []
    marks: list[_Mark] = []
    position = 0
    while position < end:
        mark = MARK.match(raw, position, end) if OPENER.match(raw[position]) else None
        if mark is None:
            clean.append(raw[position])
            offsets.append(position)
            position += 1
            continue
        position = mark.end()
        _drop_spaces(clean, offsets)
        opens = (not clean or clean[-1] == "\n") and _text_follows(raw, position, end)
        marks.append(_Mark(_numbers(mark.group()), mark.start(), len(clean), opens))
        if clean and not opens and position < end and (raw[position].isalnum()):
            clean.append(" ")
            offsets.append(mark.start())
    return "".join(clean), offsets, marks


def _drop_spaces(clean: list[str], offsets: list[int]) -> None:
    while clean and clean[-1] in " \t\u00a0":
        clean.pop()
        offsets.pop()


def _text_follows(raw: str, position: int, end: int) -> bool:
    """True when words stand after the mark on its own line (other marks do not count)."""
    line = MARK.sub("", raw[position:end]).lstrip(" \t")
    return bool(line) and line[0] not in "\r\n"


def _numbers(mark: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for first, last in NUMBER_OR_RANGE.findall(mark):
        low, high = int(first), int(last or first)
        numbers.extend(range(low, high + 1) if low <= high <= low + 20 else (low, high))
    return tuple(numbers)


def _owner(mark: _Mark, spans: list[tuple[int, int]]) -> int:
    """The index of the sentence that a mark belongs to, -1 where there is no sentence."""
    if mark.opens:
        return next((i for i, span in enumerate(spans) if span[0] >= mark.clean), len(spans) - 1)
    before = [i for i, span in enumerate(spans) if span[0] < mark.clean]
    return before[-1] if before else (0 if spans else -1)
