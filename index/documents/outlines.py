"""What every reader does last: title, heading levels, unreadable characters.

A lone top heading that opens a document is its title, and the headings below it become top
headings. A block with a character that can't be read is left out and counted: a dose with a
hole in it is worse than none. It knows no format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.documents.decoding import MOST_UNREADABLE, UNREADABLE
from index.documents.lines import OBJECT, tidy
from index.documents.notices import notice_of_banner, notice_of_title

GAP = re.compile(f"[{UNREADABLE}{OBJECT}]")
LONGEST_TITLE = 300  # characters; what is longer is a paragraph in large letters
FIRST_LINES = 3  # blocks in which a document may say that it is withdrawn
YEAR_LAST = re.compile(r"(?:^|[\W_])((?:19|20)\d\d)\W*$")
MORE_DEEP = 9  # heading levels kept apart


def settle(found: Parsed, hints: Hints, path: Path | None = None, titled: bool = True) -> Parsed:
    """Return the document with title, levels and notes on what was left out.

    Args:
        found: what a reader found; heading levels as in the file, 1 the highest there is.
        hints: what the user said; it wins.
        path: names the document when nothing else does.
        titled: a lone top heading may be the title; not so where headings are names of parts.

    Raises:
        WrongFile: there is no text in it, or more than one character in a thousand is lost.
    """
    blocks, lacking = leave_out(found.blocks, found.lacking)
    return _arrange(replace(found, blocks=blocks, lacking=lacking), hints, path, titled)


def settle_each(found: Iterable[Parsed], hints: Hints, path: Path) -> Iterator[Parsed]:
    """Settle the documents of a file that holds many; of the hints licence and source count.

    A document without a title has that of the file (`path`).
    A document without text is left out; one with unreadable characters lacks their blocks.

    Raises:
        WrongFile: none of them has a text.
    """
    shared = Hints(licence=hints.licence, source=hints.source)
    empty = True
    for one in found:
        blocks, lacking = leave_out(one.blocks, one.lacking, refuse=False)
        if any(block.kind != "heading" for block in blocks):
            empty = False
            yield _arrange(replace(one, blocks=blocks, lacking=lacking), shared, path, False)
    if empty:
        raise WrongFile("it holds no text.", "Look at the file.")


def _arrange(found: Parsed, hints: Hints, path: Path | None, titled: bool) -> Parsed:
    blocks = tuple(found.blocks)
    title = tidy(hints.title)
    top = _lone_top(blocks) if titled else None
    if top is not None:
        own = blocks[top].text
        if not title or title == own:
            title = own
            blocks = (*blocks[:top], *blocks[top + 1 :])
    blocks = _relative(blocks, top is not None)
    if not blocks:
        raise WrongFile("it holds no text.", "If it is a picture of text, add the text itself.")
    title = title or tidy(found.title) or (tidy(path.stem) if path else "")
    names = (path.stem, title) if path and titled else (title,)
    return replace(
        found,
        title=title,
        blocks=blocks,
        edition=tidy(hints.edition) or found.edition or edition_in(*names),
        notice=found.notice or say_notice(title, blocks),
        licence=tidy(hints.licence) or tidy(found.licence),
        source=tidy(hints.source) or tidy(found.source),
    )


def edition_in(*names: str) -> str:
    """Return the year at the end of a file's name or title: "malaria_2024", "Guide (2023)"."""
    found = (YEAR_LAST.search(name) for name in names)
    return next((year[1] for year in found if year), "")


def say_notice(title: str, blocks: Sequence[Block]) -> str:
    """Return what title or first lines say against a document: retracted, withdrawn, or ""."""
    return notice_of_title(title) or notice_of_banner([b.text for b in blocks[:FIRST_LINES]])


def add_lacking(*notes: str) -> str:
    """Join what is missing into one line."""
    return "; ".join(note for note in notes if note)


def leave_out(
    blocks: Sequence[Block], lacking: str, refuse: bool = True
) -> tuple[tuple[Block, ...], str]:
    """Return the blocks without those that hold an unreadable character, and what is lacking.

    A heading stays, with its gap: what stands below it must not move under another.

    Raises:
        WrongFile: more than one character in a thousand is lost.
    """
    length = sum(len(block.text) for block in blocks)
    lost = sum(block.text.count(UNREADABLE) + block.table.count(UNREADABLE) for block in blocks)
    if not lost and not any(OBJECT in block.text + block.table for block in blocks):
        return tuple(block for block in blocks if block.text), lacking
    if refuse and lost > max(MOST_UNREADABLE * length, 1):
        raise WrongFile(
            f"{lost} of its {length} characters can't be read.",
            "Save it again as UTF-8, or add the document it was made from.",
        )
    kept = tuple(b for b in blocks if b.kind == "heading" or not GAP.search(b.text + b.table))
    left = len(blocks) - len(kept)
    note = f"{left} paragraph{'s'[: left > 1]} left out, with signs or objects that can't be read"
    return kept, add_lacking(lacking, note if left else "")


def _lone_top(blocks: Sequence[Block]) -> int | None:
    """The place of the heading that is the title of the whole, if there is one."""
    levels = [(block.level, n) for n, block in enumerate(blocks) if block.kind == "heading"]
    tops = [n for level, n in levels if level == 1]
    first = levels[0][1] if levels else -1
    if len(tops) == 1 and tops[0] == first and len(blocks[first].text) <= LONGEST_TITLE:
        return first
    return None


def _relative(blocks: Sequence[Block], titled: bool) -> tuple[Block, ...]:
    """Headings counted from the highest there is; under a title, from its children."""
    levels = [block.level for block in blocks if block.kind == "heading"]
    under = [level for level in levels if level > 1] if titled else levels
    down = min(under, default=1) - 1
    return tuple(
        replace(block, level=min(max(block.level - down, 1), MORE_DEEP))
        if block.kind == "heading"
        else block
        for block in blocks
    )
