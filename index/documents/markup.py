"""HTML to blocks: one walk over the tree for web pages, EPUB chapters, Markdown and posts.

What is covered: headings, paragraphs, numbered and nested lists, definition lists, tables
(grids.py), raised and lowered signs, formulas (MathML), notes, preformatted lines. What is
left out: scripts, forms, hidden elements, struck-out text (told), and of web pages the
navigation, header, footer and sidebars outside the article. What is not covered: elements
hidden or drawn by a style sheet or a script, pictures (a short sign in `alt` is read).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.documents.blocks import Block, BlockKind
from index.documents.cells import is_layout, read_rows
from index.documents.grids import Cell, table_blocks
from index.documents.lines import OBJECT, Line, whole_number
from index.documents.listing import Lists
from index.documents.mathml import read_math
from index.documents.visibility import (
    SKIPPED,
    Attributes,
    is_lowered,
    is_note,
    is_raised,
    why_left_out,
)

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

HEADINGS = {f"h{n}": n for n in range(1, 7)}
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form header hgroup hr html legend li main menu ol p pre "
    "section summary table tbody td tfoot th thead tr ul optgroup option".split()
)
INLINE = frozenset(
    "a abbr acronym b bdi bdo big blink br cite code data del dfn em font i img ins kbd label link "
    "mark marquee math meta nobr output picture q rb rtc ruby s samp slot small source span strike "
    "strong sub sup time tt u var wbr xmp".split()
)
KNOWN = BLOCKS | INLINE | SKIPPED | frozenset(HEADINGS)
ARTICLES = ("article", "main")
# What a picture of a sign says; other pictures are not read.
SIGNS = frozenset(
    "less than|greater than|less than or equal to|greater than or equal to|plus or minus|"
    "micro|degree|degrees|one half|one quarter|times".split("|")
)
LONGEST_SIGN = 3
DEEPEST_CELL = 4  # tables inside cells of tables; deeper ones are read as running text
DEEPEST_LAYOUT = 20  # tables that lay out a page inside each other
STRUCK_NOTE = "struck-out text was left out"


@dataclass
class Reading:
    """What was read: blocks with heading levels as in the file, and what was left out."""

    blocks: list[Block] = field(default_factory=list)
    struck: bool = False

    @property
    def lacking(self) -> str:
        """One line on what was left out, or ""."""
        return STRUCK_NOTE if self.struck else ""

    @property
    def length(self) -> int:
        """Characters of text."""
        return sum(len(block.text) for block in self.blocks)


def read_markup(tree: LexborHTMLParser, web: bool = True) -> Reading:
    """Return the blocks of a page; of a web page (`web`) those of the article alone."""
    body = tree.body or tree.root
    if body is None:
        return Reading()
    whole = Walk(body, web).reading
    if not web:
        return whole
    if not whole.blocks:
        return Walk(body, web=False).reading
    mains = tree.css("main, [role=main]")
    if len(mains) == 1:
        main = Walk(mains[0], web).reading
        return main if 2 * main.length >= whole.length else whole
    return whole


def read_fragment(html: str) -> Reading:
    """Return the blocks of a piece of HTML that is all content."""
    from selectolax.lexbor import LexborHTMLParser

    return read_markup(LexborHTMLParser(html), web=False)


class Walk:
    """One walk over a tree, without recursion: 10,000 nested elements are no matter."""

    def __init__(self, root: LexborNode, web: bool, depth: int = 0) -> None:
        self.reading = Reading()
        self._web, self._depth = web, depth
        self._line = Line()
        self._heading = 0
        self._inside = int(root.tag in ARTICLES)
        self._preformatted = self._layouts = 0
        self._lists = Lists()
        for node, leaving in _steps(root, self._enter):
            if leaving:
                self._leave(node)
            elif node.is_text_node:
                self._say(node.text_content or "")
        self._flush()

    def _say(self, text: str) -> None:
        if not self._preformatted or self._heading:
            self._line.add(text)
            return
        for number, part in enumerate(text.split("\n")):
            if number:
                self._flush()
            self._line.add(part)

    def _flush(self) -> None:
        """End a block."""
        text = self._line.text
        if self._heading and text:
            self.reading.blocks.append(Block(text, "heading", self._heading))
        elif text:
            kind: BlockKind = "item" if self._lists.items else "text"
            self.reading.blocks.append(Block(self._lists.marker + text, kind))
            self._lists.marker = ""
        self._line = Line()

    def _enter(self, node: LexborNode) -> bool:
        """Act on an element; True when its children are to be read."""
        tag = node.tag or ""
        attributes = node.attributes
        reason = why_left_out(tag, attributes)
        if reason == "outside":
            reason = reason if self._web and not self._inside else ""
        if reason:
            self.reading.struck |= reason == "struck"
            return tag == "button" and self._heading > 0
        if tag in HEADINGS or attributes.get("role") == "heading":
            self._flush()
            self._heading = HEADINGS.get(tag) or _level(attributes.get("aria-level"))
            return True
        if tag == "table":
            return self._enter_table(node)
        if tag in BLOCKS:
            self._enter_block(tag, attributes)
            return True
        return self._enter_inline(node, tag, attributes)

    def _enter_block(self, tag: str, attributes: Attributes) -> None:
        if self._heading:
            self._line.add(" ")
            return
        self._flush()
        self._lists.enter(tag, attributes)
        self._preformatted += tag == "pre"
        self._inside += tag in ARTICLES

    def _enter_inline(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        note = is_note(attributes)
        if note or is_raised(tag, attributes):
            self._raise(node, note)
            return False
        if is_lowered(tag, attributes):
            self._line.add_lowered(self._inner(node))
            return False
        if tag == "math":
            self._line.add(f" {read_math(node)} ")
            return False
        if tag not in KNOWN and attributes and not any(attributes.values()):
            self._line.add(OBJECT)  # "age <five years old": the words went into a tag
        if tag == "br":
            self._say("\n")
        elif tag == "q":
            self._line.add('"')
        elif tag == "img":
            self._line.add(_sign(attributes.get("alt") or ""))
        return True

    def _raise(self, node: LexborNode, note: bool) -> None:
        text = self._inner(node)
        if note or node.css_first("a[href^='#']") is not None:
            text = text if text[:1] in "[(" else f"[{text}]"
        self._line.add_raised(text)

    def _inner(self, node: LexborNode) -> str:
        """The text inside an element, on one line."""
        if self._depth > DEEPEST_CELL:
            return node.text(deep=True)
        walk = Walk(node, False, self._depth + 1)
        self.reading.struck |= walk.reading.struck
        return ", ".join(
            f"({block.text})" if block.kind == "row" else block.text
            for block in walk.reading.blocks
        )

    def _enter_table(self, node: LexborNode) -> bool:
        """Read a table of data as rows; one that only lays out a page is walked through."""
        self._flush()
        deep = self._depth >= DEEPEST_CELL or self._layouts >= DEEPEST_LAYOUT
        if self._heading or deep or is_layout(node):
            self._layouts += 1
            return True
        rows, named, heads = read_rows(node)
        cells = [[Cell(self._inner(c.node), c.across, c.down, c.head) for c in row] for row in rows]
        caption = self._inner(named) if named is not None else ""
        blocks = list(table_blocks(cells, caption, heads))
        if caption and not blocks:
            blocks = [Block(caption)]
        self.reading.blocks += blocks
        return False

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in HEADINGS or node.attributes.get("role") == "heading":
            self._flush()
            self._heading = 0
        elif tag == "q":
            self._line.add('"')
        elif tag in BLOCKS:
            self._leave_block(tag)

    def _leave_block(self, tag: str) -> None:
        if self._heading:
            self._line.add(" ")
            return
        if tag == "dt" and self._lists.keep_term(self._line.text):
            self._line = Line()
        self._flush()
        if term := self._lists.leave(tag):
            self.reading.blocks.append(Block(term, "item"))
        self._preformatted -= tag == "pre"
        self._inside -= tag in ARTICLES
        self._layouts -= tag == "table"


def _steps(
    root: LexborNode, enter: Callable[[LexborNode], bool]
) -> Iterator[tuple[LexborNode, bool]]:
    """Yield (node, leaving) for texts and for the ends of elements that were entered."""
    work = [(root.first_child, False)]
    while work:
        node, leaving = work.pop()
        if node is None:
            continue
        if leaving:
            yield node, True
            continue
        work.append((node.next, False))
        if node.is_text_node:
            yield node, False
        elif node.is_element_node and enter(node):
            work.append((node, True))
            work.append((node.first_child, False))


def _sign(alt: str) -> str:
    said = " ".join(alt.split())
    return f" {said} " if len(said) <= LONGEST_SIGN or said.casefold() in SIGNS else ""


def _level(text: str | None) -> int:
    level = whole_number(text)
    return level if level is not None and 0 < level < 10 else 2
