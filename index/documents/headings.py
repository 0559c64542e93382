"""Which lines of a PDF are headings, and of what level.

A heading is short and bigger than the body's letters, or bold where the body is not, or has a
number of several parts ("2.1"), or stands in the file's outline. Levels follow the outline
where there is one, else the size, then the depth of the number. A sentence, ending in a full
stop, is never a heading, however bold: a warning must stay in the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from index.documents.bands import LEADERS, Line

BIGGER = 1.12  # of the body's size: a heading by its size alone
LONGEST = 160  # characters
MOST_LINES = 3
DEEPEST = 6
NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s+\S")
SECTION = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,4}\.?\s+[A-ZÀ-Þ]")
CAPTION = re.compile(r"(?:table|tableau|tabla|tabela|jedwali|fig(?:ure|ura)?)\W+\d", re.IGNORECASE)
ENDED = re.compile(r"[.!?:;][\"'”’)\]»]*$")
ENDS = re.compile(r"[.;,!]$")
LETTERS = re.compile(r"[^\W\d_]{2}")
Style = tuple[float, bool]


class Body(NamedTuple):
    """The letters of the running text: their size, whether they are bold."""

    size: float
    bold: bool


class Found(NamedTuple):
    """A heading as found: its words, style and first page; `listed` is its outline level."""

    text: str
    style: Style
    page: int
    listed: int = 0


def measure_body(lines: Iterable[Line]) -> Body:
    """Return the size and weight in which most characters are set."""
    styles: Counter[Style] = Counter()
    for line in lines:
        styles[style_of(line)] += len(line.text)
    return Body(*styles.most_common(1)[0][0]) if styles else Body(10.0, False)


def style_of(line: Line) -> Style:
    """Return the size to half a point and the weight of a line."""
    return round(line.size * 2) / 2, line.bold


def fold_title(text: str) -> str:
    """Return the letters and digits of a heading, casefolded, to compare it with an outline."""
    return re.sub(r"[\W_]+", "", text.casefold())


def find_heading(lines: Sequence[Line], start: int, body: Body, listed: Mapping[str, int]) -> int:
    """Return how many lines from `start` on are one heading, 0 where none begins.

    `listed` are the outline's entries for this page, folded, with their levels.
    """
    first = lines[start]
    stands_out = listed or _stands_out(first, body)
    if len(first.cells) > 1 or not stands_out or _ends_sentence(lines, start):
        return 0
    count = 1
    for line, following in pairwise(lines[start : start + MOST_LINES + 1]):
        if not _is_same(line, following):
            break
        count += 1
    size = _listed(lines[start : start + min(count, MOST_LINES)], listed)
    if size or not _may_be_title(" ".join(line.text for line in lines[start : start + count])):
        return size
    if count > MOST_LINES:
        return 0
    if first.size >= BIGGER * body.size:
        return count
    if not _stands_out(first, body) or _runs_on(lines, start + count - 1):
        return 0
    return count if first.bold or count == 1 else 0


def _may_be_title(text: str) -> bool:
    """True for a short text that is no sentence, no caption, no line of a table of contents."""
    short = len(text) <= LONGEST and LETTERS.search(text) is not None
    caption = CAPTION.match(text) is not None
    return short and not caption and not ENDS.search(text) and not LEADERS.search(text)


def _stands_out(line: Line, body: Body) -> bool:
    """True when a line is bigger or bolder than the body, or has a number of several parts."""
    if line.size >= BIGGER * body.size:
        return True
    bold = line.bold and not body.bold
    return line.size >= 0.97 * body.size and (bold or SECTION.match(line.text) is not None)


def _listed(lines: Sequence[Line], listed: Mapping[str, int]) -> int:
    """Return how many of the lines make an entry of the outline, 0 where they make none."""
    for size in range(1, len(lines) + 1 if listed else 1):
        text = " ".join(line.text for line in lines[:size])
        if fold_title(text) in listed and not ENDS.search(text) and not text[0].islower():
            return size
    return 0


def _is_same(line: Line, following: Line) -> bool:
    """True when a heading may go on in the next line."""
    near = 0 < following.base - line.base <= 1.5 * line.size
    alike = style_of(line) == style_of(following) and len(following.cells) == 1
    return near and alike and not NUMBERED.match(following.text)


def _runs_on(lines: Sequence[Line], last: int) -> bool:
    """True when the text below begins in small letters: bold or numbered words of a sentence."""
    if last + 1 >= len(lines):
        return False
    following = lines[last + 1]
    return following.text[:1].islower() and following.base - lines[last].base <= 2 * following.size


def _ends_sentence(lines: Sequence[Line], start: int) -> bool:
    """True for the bold end of a sentence that begins in the line above."""
    return start > 0 and _runs_on(lines, start - 1) and not ENDED.search(lines[start - 1].text)


def rank_headings(found: Sequence[Found]) -> list[int]:
    """Return the level of every heading, 1 for the top."""
    styles = _rank_styles(found)
    depths = [_depth(heading.text) for heading in found]
    least: dict[Style, int] = {}
    for heading, depth in zip(found, depths, strict=True):
        if depth:
            least[heading.style] = min(least.get(heading.style, depth), depth)
    levels = []
    for heading, depth in zip(found, depths, strict=True):
        deeper = max(depth - least.get(heading.style, depth), 0) if depth else 0
        level = heading.listed or styles[heading.style] + deeper
        levels.append(min(max(level, 1), DEEPEST))
    return levels


def _rank_styles(found: Sequence[Found]) -> dict[Style, int]:
    ordered = sorted({heading.style for heading in found}, reverse=True)
    listed: defaultdict[Style, Counter[int]] = defaultdict(Counter)
    for heading in found:
        if heading.listed:
            listed[heading.style][heading.listed] += 1
    if listed:
        levels: dict[Style, int] = {}
        deepest = 0
        for style in ordered:
            known = listed[style].most_common(1)[0][0] if listed[style] else deepest + 1
            levels[style] = known
            deepest = max(deepest, known)
        return levels
    biggest = [heading for heading in found if ordered and heading.style == ordered[0]]
    title = len(ordered) > 1 and len(biggest) == 1 and biggest[0].page == 1
    return {style: max(n + 1 - title, 1) for n, style in enumerate(ordered)}


def _depth(text: str) -> int:
    numbered = NUMBERED.match(text)
    return numbered.group(1).count(".") + 1 if numbered else 0
