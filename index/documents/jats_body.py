"""The body of a JATS article as blocks: sections, paragraphs, lists, tables, captions, notes.

What is covered: nested sections, lists and definition lists, tables with merged cells, notes
of tables, captions, boxes, quotations, formulas in MathML, footnotes where they are called.
Numbers that point to references are left out, so that "5 mg" and a raised 12 never read
"5 mg^12"; names of authors stay. What is not covered: pictures of tables and formulas (told),
references, acknowledgements, answers to reviewers.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from index.documents.blocks import Block, BlockKind
from index.documents.jats_tables import read_table
from index.documents.lines import Line, tidy
from index.documents.trees import LOWERED, MATH, RAISED, flatten, write_math

MORE_DEEP = 9
SKIPPED = frozenset(
    "ref-list ack bio object-id graphic alt-text long-desc tex-math permissions "
    "attrib sec-meta kwd-group index-term contrib-group".split()
)
ASIDE = frozenset(
    "list def-list table-wrap table-wrap-group fig fig-group boxed-text disp-quote verse-group "
    "preformat supplementary-material media speech statement sec glossary chem-struct-wrap code "
    "app app-group fn-group notes table floats-group p disp-formula-group".split()
)
CONTAINERS = ASIDE | {"body", "back", "abstract", "trans-abstract", "floats-wrap"}
NUMBERS = re.compile(r"[\s\d,;.*()\[\]\u2010-\u2015-]+")
MARK = "\U000f0000"  # private: stands where a number of a reference stood, until the line is whole
LEFT = r"[\s,;.\u2010-\u2015-]*"
IN_BRACKETS = re.compile(rf"\s*[\[(]{LEFT}(?:{MARK}{LEFT}(?:and{LEFT})?)+[\])]")
IN_A_ROW = re.compile(rf"\s*{MARK}(?:[\s,;\u2010-\u2015-]*{MARK})*")
NO_SIGN = "[picture]"  # of a formula or a sign: the reader sees that something stood there


class Body:
    """Reads elements into blocks; `pictured` counts tables and formulas that are pictures."""

    def __init__(self) -> None:
        self.pictured = 0

    def read(self, element: ET.Element, level: int) -> Iterator[Block]:
        """Yield the blocks of an element; `level` is that of the next heading inside it."""
        tag = element.tag
        if tag in SKIPPED or not isinstance(tag, str):
            return
        if tag == "p":
            yield from self._read_mixed(element, level, "text")
        elif tag in READERS:
            yield from READERS[tag](self, element, level)
        elif tag in CONTAINERS and not (element.text or "").strip():
            for child in element:
                yield from self.read(child, level)
        else:
            yield from _block(self._line_of(element), "text")

    def _read_section(self, element: ET.Element, level: int) -> Iterator[Block]:
        title = element.find("title")
        label = element.find("label")
        text = " ".join(filter(None, (flatten(label), self._line_of(title))))
        if text:
            yield Block(text, "heading", min(level, MORE_DEEP))
        for child in element:
            if child is not title and child is not label:
                yield from self.read(child, level + bool(text))

    def _read_mixed(self, element: ET.Element, level: int, kind: BlockKind) -> Iterator[Block]:
        """A paragraph; lists and tables inside it are blocks of their own, between its parts."""
        line = Line()
        line.add(element.text or "")
        for child in element:
            if child.tag in ASIDE:
                yield from _block(_finish(line), kind)
                line = Line()
                yield from self.read(child, level)
            else:
                self._write_one(line, child)
            line.add(child.tail or "")
        yield from _block(_finish(line), kind)

    def _read_list(self, element: ET.Element, level: int) -> Iterator[Block]:
        ordered = element.get("list-type", "") == "order"
        for number, item in enumerate(element.findall("list-item"), 1):
            mark = flatten(item.find("label")) or (f"{number}." if ordered else "")
            for block in self._read_item(item, level):
                first = mark and block.kind == "item"
                yield Block(f"{mark} {block.text}", "item") if first else block
                mark = "" if first else mark

    def _read_item(self, item: ET.Element, level: int) -> Iterator[Block]:
        for part in item:
            if part.tag == "p":
                yield from self._read_mixed(part, level, "item")
            elif part.tag != "label":
                yield from self.read(part, level)

    def _read_terms(self, element: ET.Element, level: int) -> Iterator[Block]:
        yield from _block(self._line_of(element.find("title")), "text")
        for item in element.findall("def-item"):
            term = self._line_of(item.find("term"))
            meaning = " ".join(self._line_of(part) for part in item.findall("def"))
            yield from _block(": ".join(filter(None, (term, meaning))), "item")
        for inner in element.findall("def-list"):
            yield from self._read_terms(inner, level)

    def _read_table(self, element: ET.Element, level: int) -> Iterator[Block]:
        caption = self._caption_of(element)
        if next(element.iter("table"), None) is None:
            self.pictured += 1
            yield from _block(caption, "text")
        yield from read_table(element, caption, self._line_of)

    def _read_captioned(self, element: ET.Element, level: int) -> Iterator[Block]:
        """A figure or a supplement: its label and caption; what it shows is not read."""
        yield from _block(self._caption_of(element), "text")
        for child in element:
            if child.tag in ("fig", "table-wrap", "media", "p"):
                yield from self.read(child, level)

    def _read_formula(self, element: ET.Element, level: int) -> Iterator[Block]:
        line = Line()
        self._write_formula(line, element)
        yield from _block(_finish(line), "text")

    def _read_note(self, element: ET.Element, level: int) -> Iterator[Block]:
        yield from _block(self._line_of(element), "text")

    def _caption_of(self, element: ET.Element) -> str:
        label = flatten(element.find("label"))
        if label and label[-1].isalnum():
            label += "."
        parts = element.find("caption")
        texts = [self._line_of(part) for part in parts] if parts is not None else []
        return " ".join(filter(None, (label, *texts)))

    def _line_of(self, element: ET.Element | None) -> str:
        """The text of an element on one line, whatever stands in it."""
        line = Line()
        if element is not None:
            self._write(line, element)
        return _finish(line)

    def _write(self, line: Line, element: ET.Element) -> None:
        line.add(element.text or "")
        for child in element:
            if child.tag in ASIDE or child.tag in ("label", "title", "break", "term", "def"):
                line.add(" ")
            self._write_one(line, child)
            if child.tag in ASIDE or child.tag in ("label", "title"):
                line.add(" ")
            line.add(child.tail or "")

    def _write_one(self, line: Line, child: ET.Element) -> None:
        if child.tag in WRITERS:
            WRITERS[child.tag](self, line, child)
        elif child.tag not in SKIPPED:
            self._write(line, child)

    def _write_math(self, line: Line, child: ET.Element) -> None:
        line.add(write_math(child))

    def _write_alternatives(self, line: Line, child: ET.Element) -> None:
        """One of several forms of the same: MathML where there is some."""
        math = child.find(MATH)
        if math is not None:
            line.add(write_math(math))
        else:
            self._write(line, child)

    def _write_note(self, line: Line, child: ET.Element) -> None:
        line.add(f" [{self._line_of(child)}]")

    def _write_picture(self, line: Line, child: ET.Element) -> None:
        self.pictured += 1
        line.add(f" {NO_SIGN} ")

    def _write_script(self, line: Line, child: ET.Element) -> None:
        """Write raised or lowered signs; raised numbers of references become marks."""
        inner = Line()
        self._write(inner, child)
        text = inner.text
        if MARK in text and NUMBERS.fullmatch(text.replace(MARK, "0")):
            line.add(MARK)
        elif MARK in text or child.find("xref") is not None:
            line.add(f" {text}")  # the mark of a note, in brackets already
        elif child.tag in RAISED:
            line.add_raised(text)
        else:
            line.add_lowered(text)

    def _write_reference(self, line: Line, child: ET.Element) -> None:
        kind, text = child.get("ref-type", ""), "".join(child.itertext()).strip()
        if kind == "bibr" and NUMBERS.fullmatch(text):
            line.add(MARK)
        elif kind in ("table-fn", "fn") and text:
            line.add(f" [{tidy(text)}]")
        else:
            self._write(line, child)

    def _write_formula(self, line: Line, child: ET.Element) -> None:
        inner = Line()
        self._write(inner, child)
        if not inner and (child.find(".//graphic") is not None or len(child)):
            self.pictured += 1
            inner.add(NO_SIGN)
        line.add(f" {inner.text} ")


READERS = {
    "sec": Body._read_section,
    "app": Body._read_section,
    "notes": Body._read_section,
    "glossary": Body._read_section,
    "fn-group": Body._read_section,
    "boxed-text": Body._read_section,
    "list": Body._read_list,
    "def-list": Body._read_terms,
    "table-wrap": Body._read_table,
    "table": Body._read_table,
    "disp-formula": Body._read_formula,
    "fig": Body._read_captioned,
    "fig-group": Body._read_captioned,
    "table-wrap-group": Body._read_captioned,
    "supplementary-material": Body._read_captioned,
    "media": Body._read_captioned,
    "fn": Body._read_note,
}

WRITERS = {
    **dict.fromkeys((*RAISED, *LOWERED), Body._write_script),
    "xref": Body._write_reference,
    MATH: Body._write_math,
    "disp-formula": Body._write_formula,
    "inline-formula": Body._write_formula,
    "alternatives": Body._write_alternatives,
    "fn": Body._write_note,
    "inline-graphic": Body._write_picture,
    "private-char": Body._write_picture,
}


def _block(text: str, kind: BlockKind) -> Iterator[Block]:
    if text:
        yield Block(text, kind)


def _finish(line: Line) -> str:
    """The line without the marks of references, and without the brackets that held them."""
    text = line.text
    if MARK in text:
        text = IN_A_ROW.sub("", IN_BRACKETS.sub("", text))
    return tidy(text)
