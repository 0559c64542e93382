"""PDF files through pdfium: text with pages, headings, tables and divided words made whole.

One file per process: pdfium is not thread-safe, and a hostile file may crash it; the child
process of index.reading holds the limits on time and memory. What is refused: encrypted
files that ask for a password, broken files, scans, text that can't be read (fonts without a
map to letters). What is not seen: text drawn as pictures beside real text, annotations, form
fields, attachments, and a font whose map is wrong but made of real letters.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile
from index.documents.bands import read_lines
from index.documents.blocks import Block, Hints, Parsed
from index.documents.headings import fold_title, measure_body
from index.documents.imprint import find_edition, find_title
from index.documents.margins import PageLines, drop_running
from index.documents.outlines import say_notice
from index.documents.pieces import ODD, PageText, Piece, read_main
from index.documents.reflow import reflow_pages
from index.documents.ruling import read_rules

MOST_PAGES = 5_000  # the largest formularies have about 3,000 pages
MOST_CHARACTERS = 20_000_000  # three textbooks of 789,000 words hold 5 million
MOST_ON_PAGE = 100_000  # a page of the smallest print holds about 20,000
MOST_PIECES = 10_000  # of a page; the densest tables have about 1,000 cells
MOST_ENTRIES = 20_000  # of the outline
SCANNED = 25  # characters: a page with a picture and fewer is a scan (a stamp, a page number)
GARBLED = 0.3  # of a page's characters without a meaning: the fonts have no map to letters
LETTERS = 0.4  # least share of letters and figures on a page of text
MEANINGLESS = frozenset({"Cc", "Co", "Cn", "Cs"})
LEADERS = frozenset("._…·-–—• ")
PASSWORD = 4  # pdfium's error code FPDF_ERR_PASSWORD


@dataclass
class _Pages:
    """The pages of a file while they are read; the lists hold page numbers."""

    texts: list[PageLines] = field(default_factory=list)
    asides: defaultdict[int, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    scanned: list[int] = field(default_factory=list)
    garbled: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)


def read_pdf(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield the one document of a PDF file.

    Raises:
        WrongFile: it is broken, encrypted, a scan, without readable text, or too long.
    """
    import pypdfium2

    try:
        with closing(pypdfium2.PdfDocument(path)) as document:
            pages = _read_pages(document, path.name)
            metadata = document.get_metadata_dict()
            outline = _read_outline(document)
    except pypdfium2.PdfiumError as error:
        raise _refuse(path.name, error) from None
    _demand_text(pages, path.name)
    yield _parse(pages, metadata, outline, path, hints)


def _parse(
    pages: _Pages,
    metadata: dict[str, str],
    outline: dict[int, dict[str, int]],
    path: Path,
    hints: Hints,
) -> Parsed:
    kept = drop_running(pages.texts)
    rules = [page.rules for page in pages.texts]
    lines = [read_lines(*page, n) for n, page in enumerate(zip(kept, rules, strict=True), 1)]
    flowed = reflow_pages(lines, measure_body(line for page in lines for line in page), outline)
    blocks = tuple(_with_asides(flowed, pages.asides))
    title = find_title(hints, metadata, lines[0], path.stem)
    return Parsed(
        title=title,
        blocks=blocks,
        edition=find_edition(hints, metadata, lines, (path.stem, title)),
        notice=say_notice(title, blocks),
        licence=hints.licence,
        source=hints.source,
        pages=len(lines),
        lacking=_lacking(pages),
    )


def _read_pages(document: Any, name: str) -> _Pages:
    import pypdfium2.raw as pdfium

    count = len(document)
    if not count:
        raise WrongFile(f"{name} has no pages.", "Export it again from its source.")
    if count > MOST_PAGES:
        raise WrongFile(
            f"{name} has {count:,} pages; at most {MOST_PAGES:,} are read.",
            "Divide it into parts and add each.",
        )
    pages, total = _Pages(), 0
    for number in range(1, count + 1):
        page = pdfium.FPDF_LoadPage(document.raw, number - 1)
        if not page:
            pages.unread.append(number)
            pages.texts.append(PageLines([], 0.0, 1.0))
            continue
        total += _read_page(page, number, pages)
        pdfium.FPDF_ClosePage(page)
        if total > MOST_CHARACTERS:
            raise WrongFile(
                f"{name} holds more than {MOST_CHARACTERS:,} characters.",
                "Divide it into parts and add each.",
            )
    return pages


def _read_page(page: Any, number: int, pages: _Pages) -> int:
    """Read one page into `pages` and return how many characters it has."""
    pieces: list[Piece] = []
    count = 0
    try:
        with closing(PageText(page, MOST_ON_PAGE)) as text:
            count = len(text.text)
            if is_garbled(text.text):
                pages.garbled.append(number)
            else:
                pieces = list(islice(text.pieces(), MOST_PIECES + 1))
            if len(pieces) > MOST_PIECES:
                raise ValueError(len(pieces))
    except ValueError:
        pages.unread.append(number)
        pieces = []
    if count < 4 * SCANNED and sum(len(p.text) for p in pieces) < SCANNED and _has_picture(page):
        pages.scanned.append(number)
    main, others = read_main(pieces)
    if others:
        pages.asides[number] = others
    pages.texts.append(PageLines(main, *_edges(page, main), read_rules(page, main)))
    return count


def _edges(page: Any, pieces: list[Piece]) -> tuple[float, float]:
    """Return where the page begins and ends along the direction in which its lines follow."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    turn = pieces[0].turn if pieces else 0
    ends = (
        (-box.top, -box.bottom),
        (box.left, box.right),
        (box.bottom, box.top),
        (-box.right, -box.left),
    )
    return ends[max(turn, 0)]


def _has_picture(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    objects = (
        pdfium.FPDFPage_GetObject(page, n) for n in range(pdfium.FPDFPage_CountObjects(page))
    )
    kinds = {pdfium.FPDFPageObj_GetType(found) for found in objects}
    return bool(kinds & {pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM})


def is_garbled(text: str) -> bool:
    """True when most of a page's characters can't be letters: its fonts have no map to them."""
    counts = Counter(text)
    visible = {char: n for char, n in counts.items() if not char.isspace() and char not in LEADERS}
    total = sum(visible.values())
    if total < SCANNED:
        return False
    meaningless = sum(
        n
        for char, n in visible.items()
        if char == "\ufffd" or (unicodedata.category(char) in MEANINGLESS and ord(char) not in ODD)
    )
    known = sum(n for char, n in visible.items() if char.isalnum())
    return meaningless > GARBLED * total or (total > 100 and known < LETTERS * total)


def _read_outline(document: Any) -> dict[int, dict[str, int]]:
    """Return the bookmarks: page -> folded title -> level, 1 for the top."""
    entries = []
    for entry in document.get_toc(max_depth=8):
        target = entry.get_dest()
        page = target.get_index() if target else None
        entries.append((entry.level + 1, fold_title(entry.get_title()), page))
        if len(entries) >= MOST_ENTRIES:
            break
    roots = sum(level == 1 for level, _, _ in entries)
    deep = roots == 1 and len(entries) > 2
    outline: dict[int, dict[str, int]] = defaultdict(dict)
    for level, title, page in entries:
        if page is not None and title:
            outline[page + 1].setdefault(title, max(level - deep, 1))
    return outline


def _with_asides(blocks: list[Block], asides: dict[int, list[Piece]]) -> Iterator[Block]:
    """Yield the blocks, and text that runs another way at the end of its page.

    What stands on several pages (a stamp across each) is left out.
    """
    words = Counter(p.text for pieces in asides.values() for p in pieces)
    waiting = sorted(asides)
    for block in blocks:
        while waiting and block.page is not None and waiting[0] < block.page:
            yield from _aside(asides, waiting.pop(0), words)
        yield block
    for number in waiting:
        yield from _aside(asides, number, words)


def _aside(asides: dict[int, list[Piece]], number: int, words: Counter[str]) -> Iterator[Block]:
    for piece in asides[number]:
        if words[piece.text] < 3:
            yield Block(piece.text, page=number)


def _demand_text(pages: _Pages, name: str) -> None:
    """Refuse a file from which no page could be read.

    Raises:
        WrongFile: every page is a picture, garbled or empty.
    """
    if any(page.pieces for n, page in enumerate(pages.texts, 1) if n not in pages.scanned):
        return
    if pages.scanned:
        raise WrongFile(
            f"{name} is a scan: its pages are pictures without text.",
            "Run text recognition (OCR) on it elsewhere and add the result.",
        )
    if pages.garbled:
        raise WrongFile(
            f"The text of {name} can't be read: its fonts do not say which letters they draw.",
            "Export it again from its source, or run text recognition (OCR) on it.",
        )
    raise WrongFile(f"{name} holds no text.", "Export it again from its source.")


def _refuse(name: str, error: Any) -> WrongFile:
    if getattr(error, "err_code", None) == PASSWORD:
        return WrongFile(f"{name} is encrypted and asks for a password.", "Save it without one.")
    return WrongFile(f"{name} is broken or no PDF.", "Download it or export it again.")


def _lacking(pages: _Pages) -> str:
    reasons = (
        (pages.scanned, "pictures without text"),
        (pages.garbled, "in fonts that do not say their letters"),
        (pages.unread, "broken or too full"),
    )
    return "; ".join(_name_pages(numbers, why) for numbers, why in reasons if numbers)


def _name_pages(numbers: list[int], why: str) -> str:
    """Return "pages 3, 4 are pictures without text", at most twenty of them named."""
    named = ", ".join(map(str, numbers[:20])) + (" and others" if len(numbers) > 20 else "")
    return f"page {named} is {why}" if len(numbers) == 1 else f"pages {named} are {why}"
