"""From the lines of a PDF to blocks: paragraphs, items, rows and headings with their pages.

A paragraph goes on while the lines keep their size, their distance and their edge; over the
end of a column or a page it goes on where its last line is no end and the next line is no
beginning. Words that were divided are made whole. Footnotes at the foot of a page are read
before a paragraph that goes on overleaf. It knows lines only, not the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from index.documents.bands import LEADERS, Line, split_cells
from index.documents.blocks import Block, BlockKind
from index.documents.headings import Body, Found, find_heading, fold_title, rank_headings, style_of
from index.documents.hyphens import Vocabulary, ends_divided, join_lines, show_hyphens
from index.documents.tabulation import CAPTION, Table, are_alike, find_tables, is_group

BULLET = re.compile(r"[•▪◦‣●○■□☐✓➢➤►*·]\s*\S")
COUNTED = re.compile(r"(?:[-–—]|\(?(?:\d{1,2}|[A-Za-z]|[ivx]{1,4})[.)]|\[\d{1,3}\])\s+\S")
STOPS = re.compile(r"[.!?:;…][\"'”’)\]»⁰¹²³⁴⁵⁶⁷⁸⁹]*$")
NOTE = re.compile(r"(?:\d{1,2}|[*†‡§]{1,3}|[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[a-z])[.)]?\s*[A-ZÀ-Þ]")
ADDRESS = re.compile(r"(?:https?://|www\.)\S+$")
INDENT = 0.7  # of the font size
USUAL, ENOUGH = 1.2, 5  # the distance of lines where fewer than so many tell another
SHORT = 24  # characters: a shorter line before a capital is a line of its own
RAISED_STEP = 1.65  # of the font size: a raised figure pushes the lines of a sentence apart
SLACK = 1.2  # of the usual distance of lines: what is further apart is a new paragraph


@dataclass
class _Open:
    """A paragraph, item or heading while its lines are gathered."""

    kind: BlockKind
    lines: list[Line]
    rows: Block | None = None
    found: Found | None = None
    note: bool = False
    top: float = field(default=0.0)


def reflow_pages(
    pages: Sequence[Sequence[Line]], body: Body, outline: Mapping[int, Mapping[str, int]]
) -> list[Block]:
    """Return the blocks of a document; `outline` gives the folded headings of each page."""
    usual = _usual_distance(pages)
    vocabulary = Vocabulary(_inner_text(line) for page in pages for line in page)
    gathered: list[_Open] = []
    before: Table | None = None
    for number, page in enumerate(pages, 1):
        made, before = _gather(page, body, outline.get(number, {}), (usual, vocabulary), before)
        _link(gathered, made)
    levels = iter(rank_headings([part.found for part in gathered if part.found]))
    return [_close(part, vocabulary, levels) for part in gathered]


def _usual_distance(pages: Sequence[Sequence[Line]]) -> float:
    """Return the distance of lines that is most common, in font sizes."""
    steps: Counter[float] = Counter()
    for page in pages[:200]:
        for one, two in pairwise(page):
            if 0.8 * one.size < two.base - one.base < 2.5 * one.size:
                steps[round((two.base - one.base) / one.size, 1)] += 1
    step, count = steps.most_common(1)[0] if steps else (USUAL, 0)
    return step if count >= ENOUGH else USUAL


def _inner_text(line: Line) -> str:
    """Return a line without the word that its hyphen divides."""
    return line.text.rpartition(" ")[0] if ends_divided(line.text) else line.text


def _gather(
    lines: Sequence[Line],
    body: Body,
    listed: Mapping[str, int],
    known: tuple[float, Vocabulary],
    before: Table | None,
) -> tuple[list[_Open], Table | None]:
    """Return the parts of one page, and its table where the page ends in one."""
    made: list[_Open] = []
    usual, vocabulary = known
    tables = find_tables(lines, vocabulary)
    n, last = 0, None
    while n < len(lines):
        if n in tables:
            n, table = tables[n]
            last = _rows(*_name_table(table, made, before if not made else None), made)
            continue
        last = None
        count = 0 if _ends_caption(made, lines[n], usual) else find_heading(lines, n, body, listed)
        if count:
            part = list(lines[n : n + count])
            words = fold_title(" ".join(line.text for line in part))
            found = Found(part[0].text, style_of(part[0]), part[0].page, listed.get(words, 0))
            made.append(_Open("heading", part, found=found))
            n += count
            continue
        for line in split_cells(lines[n]):
            _add(line, made, usual, body)
        n += 1
    return made, last


def _ends_caption(made: Sequence[_Open], line: Line, usual: float) -> bool:
    """True for a further line of a table's caption, which may be set like a heading."""
    caption = bool(made) and made[-1].kind == "text" and CAPTION.match(made[-1].lines[0].text)
    return bool(caption) and _continues(made[-1], line, usual)


def _name_table(table: Table, made: Sequence[_Open], before: Table | None) -> tuple[Table, bool]:
    """Return a table with its caption, and whether it goes on from the page before.

    Then it keeps that page's caption, its heads and the group its last rows stood under.
    """
    if before is not None and are_alike(before.columns, table.columns):
        if not table.heads or table.heads == before.heads:
            known = before.heads, before.caption, before.group
            return table._replace(heads=known[0], caption=known[1], group=known[2]), True
        return table, True
    previous = made[-1] if made else None
    if previous is None or previous.kind not in ("text", "heading"):
        return table, False
    text = " ".join(line.text for line in previous.lines)
    named = CAPTION.match(text) and len(text) <= 240
    return table._replace(caption=show_hyphens(text) if named else ""), False


def _rows(table: Table, again: bool, made: list[_Open]) -> Table:
    """Add the rows of a table; a head that stands again is left out. Return it with its group."""
    group, first = table.group, table.rows[0]
    for row in table.rows:
        text = " ".join(row.cells)
        is_head = row is first and table.heads == " | ".join(row.cells)
        if is_head and again:
            continue
        parts = [table.caption, "" if is_head else table.heads]
        if len(row.cells) > 1 and not is_head:
            parts.append(group)
        elif len(row.cells) == 1 and is_group(row, table):
            group = text
        block = Block(text, "row", page=row.line.page, table=" | ".join(filter(None, parts)))
        made.append(_Open("row", [row.line], rows=block))
    return table._replace(group=group)


def _add(line: Line, made: list[_Open], usual: float, body: Body) -> None:
    """Put a line of text into the part it continues, or begin a new part."""
    last = made[-1] if made else None
    if last is not None and last.kind in ("text", "item") and _continues(last, line, usual):
        last.lines.append(line)
        return
    marked = line.marked or BULLET.match(line.text) or COUNTED.match(line.text)
    small = line.size < 0.92 * body.size and NOTE.match(line.text) is not None
    after_note = last is not None and last.note and line.size < 0.92 * body.size
    made.append(_Open("item" if marked else "text", [line], note=small or after_note))


def _continues(part: _Open, line: Line, usual: float) -> bool:
    """True when the line belongs to the part on the same page."""
    last = part.lines[-1]
    if abs(line.size - last.size) > 0.15 * last.size or BULLET.match(line.text):
        return False
    step = line.base - last.base
    apart = line.left > max(one.right for one in part.lines) or line.right < last.left
    if step <= 0 or apart:
        beyond = step < -line.size and line.left > last.right
        goes_on = not line.beside or line.text[:1].islower()
        return beyond and goes_on and _goes_over(part, line)
    open_end = line.text[:1].islower() and not STOPS.search(last.text)
    if step > max(SLACK * usual, RAISED_STEP if open_end else 1.35) * line.size:
        return False
    if ends_divided(last.text):
        return True
    return not (_begins(part, line) or _is_end(last, line))


def _begins(part: _Open, line: Line) -> bool:
    """True when the line begins a part of its own, by its look or its mark."""
    last = part.lines[-1]
    ended = STOPS.search(last.text) is not None
    if line.marked or LEADERS.search(last.text) or (line.bold != last.bold and ended):
        return True
    if part.note and NOTE.match(line.text):
        return True
    if COUNTED.match(line.text) and (part.kind == "item" or ended or _is_end(last, line)):
        return True
    hanging = part.kind == "item" and len(part.lines) == 1
    if line.left - last.left > INDENT * line.size and not hanging:
        return ended
    return part.kind == "item" and line.left < part.lines[0].left - INDENT * line.size


def _is_end(line: Line, following: Line) -> bool:
    """True when the next line's first word had room on this line: the paragraph ended here."""
    word = following.text.partition(" ")[0]
    room = line.reach - line.right
    if len(line.text) <= SHORT and following.text[:1].isupper():
        return True
    if room < (0.6 * len(word) + 0.5) * line.size:
        return False
    if STOPS.search(line.text):
        return True
    width = line.reach - line.left
    return room > 0.3 * width and not following.text[:1].islower()


def _goes_over(part: _Open, line: Line) -> bool:
    """True when the part goes on in this line, at the top of the next column or page."""
    last = part.lines[-1]
    if abs(line.size - last.size) > 0.08 * last.size or line.bold != last.bold:
        return False
    if line.marked or BULLET.match(line.text):
        return False
    if ends_divided(last.text):
        return True
    if STOPS.search(last.text) or COUNTED.match(line.text) or ADDRESS.search(last.text):
        return False
    return line.text[:1].islower() or not _is_end(last, line)


def _link(gathered: list[_Open], made: list[_Open]) -> None:
    """Add a page's parts; its first may continue the last paragraph of the page before."""
    at = len(gathered) - 1
    while at >= 0 and gathered[at].note:
        at -= 1
    first = made[0] if made else None
    if first is not None and at >= 0 and first.kind == "text" and not first.note:
        part = gathered[at]
        if part.kind in ("text", "item") and _goes_over(part, first.lines[0]):
            part.lines += first.lines
            gathered.append(gathered.pop(at))
            made = made[1:]
    gathered += made


def _close(part: _Open, vocabulary: Vocabulary, levels: Iterator[int]) -> Block:
    if part.rows is not None:
        return part.rows
    first = part.lines[0]
    text, page = first.text, first.page
    breaks: list[tuple[int, int]] = []
    for line in part.lines[1:]:
        text, start = join_lines(text, line.text, vocabulary)
        if line.page != page:
            page = line.page
            breaks.append((start, page))
    block = Block(show_hyphens(text), part.kind, page=first.page, breaks=tuple(breaks))
    return replace(block, level=next(levels)) if part.found else block
