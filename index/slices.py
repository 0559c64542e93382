"""From a parsed document to the text that is stored and the passages that are searched.

The stored text has the title, each heading and each block on a line of its own. A passage is
a verbatim run of blocks under one heading; a heading that forbids ("Do not give orally") stands
in the passage too, so that it is found and shown. Its section is the heading path, to which a line
that leads into a list ("Do not give to:") and a table's heads are added, so that no item and
no row is read without them. It knows no file format and no embedding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from elara_local.grounding.alone import COLUMNS, ROWS, are_rows, is_named_row
from elara_local.grounding.populations import populations_in
from elara_local.grounding.source import forbids
from elara_local.passages.store import Document
from elara_local.records import Passage
from elara_local.text import sentence_spans
from index.documents.blocks import Block, Parsed

PASSAGE_WORDS = 150  # about 200 tokens: with title and headings under the 256 of the starter
LEAST_WORDS = 40  # a paragraph is only divided where the passage before it is this long
LEAST_WARNING = 3  # words: "Contraindications" alone says nothing, "Do not cut" does
LONGEST_LEAD = 240  # characters of a line ending in ":" that still leads into a list
LONGEST_SENTENCE = 4_000  # characters; what is longer has no full stops: a dump, no prose
STARTER_TOKENS = 256  # what the starter embedder reads of a passage
MOST_WORDS = 300  # of any passage: a few of them must fit into one prompt
JOIN = " › "


def passage_words(max_tokens: int) -> int:
    """Return how many words a passage may have for an embedder that reads so many tokens.

    Measured with the starter's tokenizer, title and headings included, on 329 passages of six
    articles, 1,040 of PubMedQA and 8,005 of MedQuAD: at 150 words 18 %, 7 % and 2 % are longer
    than 256 tokens and lose their end in the embedding (never in the text); at 300 words 7 %,
    1 % and 1 % are longer than 512. A long abstract is cut into two passages, not cut off.
    """
    return max(LEAST_WORDS, min(MOST_WORDS, PASSAGE_WORDS * max_tokens // STARTER_TOKENS))


@dataclass(frozen=True)
class _Piece:
    """A block, or some sentences of a long one, as it lies in the stored text."""

    start: int
    end: int
    words: int
    path: tuple[str, ...]
    section: int  # how many headings stand before it: two may have the same words
    breaks: tuple[tuple[int, int], ...]  # (offset, page): where pages begin, from its start on


def slice_document(
    parsed: Parsed,
    document: str,
    first_id: int = 0,
    words: int = PASSAGE_WORDS,
    review: str = "unreviewed",
) -> tuple[Document, list[Passage]]:
    """Return a document as it is stored and its passages, numbered from `first_id`.

    Args:
        parsed: what a reader made of the file.
        document: its id in the index.
        first_id: the id of its first passage.
        words: most words of a passage; one sentence may be longer.
        review: its review state ("unreviewed", "own", "reviewed ...").
    """
    text, pieces = _lay_out(parsed, words)
    passages = [
        _passage(parsed, document, text, group, first_id + n, review)
        for n, group in enumerate(_group(pieces, words))
    ]
    stored = Document(
        id=document,
        title=parsed.title,
        text=text,
        edition=parsed.edition,
        review=review,
        licence=parsed.licence,
        sources=(parsed.source,) if parsed.source else (),
        keywords=parsed.keywords,
        notice=parsed.notice,
        identifier=parsed.identifier,
        version=parsed.version,
    )
    return stored, passages


def embedding_text(passage: Passage) -> str:
    """Return what is embedded for a passage: title and heading first, then its words."""
    return f"{passage.title}. {passage.section}. {passage.text}"


def _passage(
    parsed: Parsed, document: str, text: str, group: Sequence[_Piece], number: int, review: str
) -> Passage:
    start, end = group[0].start, group[-1].end
    pages: list[tuple[int, int]] = []
    for offset, page in (mark for piece in group for mark in piece.breaks):
        if not pages or pages[-1][1] != page:
            pages.append((offset, page))
    return Passage(
        id=number,
        document=document,
        title=parsed.title,
        section=JOIN.join(group[0].path),
        text=text[start:end],
        start=start,
        end=end,
        page_from=pages[0][1] if pages else None,
        page_to=pages[-1][1] if pages else None,
        edition=parsed.edition,
        review=review,
        licence=parsed.licence,
        source=parsed.source,
        populations=tuple(sorted(populations_in(" ".join(group[0].path)))),
        breaks=tuple(pages[1:]),
        notice=parsed.notice,
    )


def _lay_out(parsed: Parsed, words: int) -> tuple[str, list[_Piece]]:
    """Return the stored text and its pieces in order; of headings only warnings are pieces."""
    parts = [parsed.title]
    length = len(parsed.title)
    pieces: list[_Piece] = []
    section = 0
    for block, path in _with_paths(parsed.blocks, parsed.title):
        section += block.kind == "heading"
        gap = "\n\n" if block.kind == "heading" else "\n"
        start = length + len(gap)
        parts += [gap, block.text]
        length = start + len(block.text)
        if block.text and (block.kind != "heading" or _is_warning(block.text)):
            pieces += _cut(block, start, (path, section), words)
    return "".join(parts), pieces


def _is_warning(heading: str) -> bool:
    """True for a heading that says in words of its own what not to do."""
    return len(heading.split()) >= LEAST_WARNING and heading[-1] not in "?:" and forbids(heading)


def _with_paths(blocks: Sequence[Block], title: str) -> Iterator[tuple[Block, tuple[str, ...]]]:
    """Yield each block on one line, with the headings and lead-in above it.

    A heading that is the title once more says nothing: every passage has its title.
    """
    headings: list[tuple[int, str]] = []
    lead = ""
    for n, found in enumerate(blocks):
        block = replace(found, text=found.text.replace("\n", " "))
        following = blocks[n + 1].kind if n + 1 < len(blocks) else ""
        if block.kind == "heading":
            level = max(block.level, 1)
            headings = [(at, text) for at, text in headings if at < level]
            headings.append((level, " ".join(block.text.split())))
            lead = ""
        elif block.kind == "text":
            leads = following == "item" and block.text.rstrip().endswith(":")
            lead = block.text.strip() if leads and len(block.text) <= LONGEST_LEAD else ""
        elif block.kind == "row":
            lead = ""
        path = tuple(text for _, text in headings if text.casefold() != title.casefold())
        extra = _name_rows(block) if block.kind == "row" else lead
        yield block, (*path, extra) if extra else path


def _name_rows(block: Block) -> str:
    """What a row's passage is headed: caption and column heads; it must be known for a row."""
    if are_rows(block.table) or is_named_row(block.text):
        return block.table
    return COLUMNS.join(part for part in (ROWS, block.table) if part)


def _cut(
    block: Block, start: int, place: tuple[tuple[str, ...], int], words: int
) -> Iterator[_Piece]:
    """Yield a block whole, or sentence by sentence when it is longer than a passage."""
    pages = ((0, block.page), *block.breaks) if block.page is not None else ()
    whole = len(block.text.split()) <= words
    for left, right in [(0, len(block.text))] if whole else _sentences(block.text):
        here = [(offset, page) for offset, page in pages if offset < right]
        on = [(start + max(offset, left), page) for offset, page in here if offset >= left]
        before = [page for offset, page in here if offset < left]
        if before and (not on or on[0][0] > start + left):
            on.insert(0, (start + left, before[-1]))
        size = len(block.text[left:right].split())
        yield _Piece(start + left, start + right, size, *place, tuple(on))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences; one without end is cut at white space."""
    for start, end in sentence_spans(text):
        while end - start > LONGEST_SENTENCE:
            space = text.rfind(" ", start + 1, start + LONGEST_SENTENCE)
            cut = space if space > start else start + LONGEST_SENTENCE
            yield start, cut
            start = cut + (space > start)
        yield start, end


def _group(pieces: Sequence[_Piece], words: int) -> Iterator[list[_Piece]]:
    """Yield runs of pieces under one path, each of at most `words` words where it can be."""
    group: list[_Piece] = []
    size = 0
    for n, piece in enumerate(pieces):
        place = (piece.path, piece.section)
        other = bool(group) and (group[-1].path, group[-1].section) != place
        full = bool(group) and size + piece.words > words
        left = sum(p.words for p in pieces[n : n + 3] if (p.path, p.section) == place)
        if other or full or (size >= words - LEAST_WORDS and left > LEAST_WORDS):
            yield group
            group, size = [], 0
        group.append(piece)
        size += piece.words
    if group:
        yield group
