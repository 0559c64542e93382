"""A paragraph of a Word file as one line, with its notes and text boxes set aside.

What is covered: tracked changes (insertions are read, deletions are not), raised and lowered
runs, formulas, signs of symbol fonts, notes, text boxes, fields (their result). Left out:
hidden text, struck-out text (told), comments. What can't be read but may be part of a dose
(a formula as a picture or field) becomes U+FFFC, so that its paragraph is left out and told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from index.documents.formulas import fraction, join, root, script
from index.documents.lines import OBJECT, Line, whole_number
from index.documents.styles import Styles, attribute, child, is_on, local
from index.documents.symbols import translate

RAISED_BY = 4  # half points above the line from which a run counts as raised
SKIPPED = frozenset(
    "pPr rPr del moveFrom delText instrText delInstrText fldData sdtPr sdtEndPr rt "
    "commentReference annotationRef lastRenderedPageBreak softHyphen proofErr bookmarkStart "
    "smartTagPr customXmlPr Fallback".split()
)
SIGNS = {"tab": "\t", "ptab": "\t", "br": " ", "cr": " ", "noBreakHyphen": "-"}
NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}
PICTURES = frozenset(("drawing", "pict", "object"))


@dataclass
class Spoken:
    """What a paragraph holds. `bold` is True when all its text is bold."""

    line: Line = field(default_factory=Line)
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    pictures: int = 0
    struck: bool = False
    bold: bool = True


class Speaker:
    """Reads paragraphs with the styles of their file; `notes` counts the notes so far."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self.notes = 0

    def read(self, paragraph: Element) -> Spoken:
        """Return what a paragraph holds."""
        spoken = Spoken()
        for element in paragraph:
            self._read(element, spoken)
        return spoken

    def _read(self, element: Element, spoken: Spoken) -> None:
        name = local(element.tag)
        if name == "instrText" and (element.text or "").split()[:1] == ["EQ"]:
            spoken.line.add(OBJECT)
        elif name in SKIPPED:
            return
        elif name == "r":
            self._read_run(element, spoken)
        elif name == "oMath":
            spoken.line.add(f" {read_formula(element)} ")
        elif name in PICTURES:
            _set_aside(element, spoken)
        else:
            for inner in _inside(element, name):
                self._read(inner, spoken)

    def _read_run(self, run: Element, spoken: Spoken) -> None:
        find = self._styles.find
        if is_on(find(run, "vanish")):
            return
        if is_on(find(run, "strike")) or is_on(find(run, "dstrike")):
            spoken.struck = True
            return
        raised = attribute(find(run, "vertAlign"))
        height = whole_number(attribute(find(run, "position"))) or 0
        if not raised and height >= RAISED_BY:
            raised = "superscript"
        fonts = find(run, "rFonts")
        font = attribute(fonts, "ascii") or attribute(fonts, "hAnsi")
        text = ""
        for element in run:
            piece = self._read_piece(element, font, spoken)
            text += piece
        if text.strip():
            spoken.bold = spoken.bold and is_on(find(run, "b"))
        add = {"superscript": spoken.line.add_raised, "subscript": spoken.line.add_lowered}
        add.get(raised, spoken.line.add)(text)

    def _read_piece(self, element: Element, font: str, spoken: Spoken) -> str:
        """The text of one part of a run; what is not text is set aside."""
        name = local(element.tag)
        if name == "t":
            return translate(element.text or "", font)
        if name in SIGNS:
            return SIGNS[name]
        if name == "sym":
            return _sign(element)
        if name in NOTES:
            self.notes += 1
            spoken.notes.append((NOTES[name], attribute(element, "id")))
            return f" [note {self.notes}]"
        before = spoken.line
        spoken.line = Line()
        self._read(element, spoken)
        inside, spoken.line = spoken.line.text, before
        return inside


def read_formula(element: Element) -> str:
    """Return an Office formula on one line (formulas.py says how)."""
    name = local(element.tag)
    if name in ("t", "delText"):
        return (element.text or "") if name == "t" else ""
    if name in ("del", "moveFrom") or name.endswith("Pr"):
        return ""
    write = WRITTEN.get(name)
    if write is None:
        return join([read_formula(one) for one in element])
    parts = {local(one.tag): read_formula(one) for one in element}
    return write(element, parts)


def _delimited(element: Element, parts: dict[str, str]) -> str:
    properties = child(element, "dPr")
    begin, end = child(properties, "begChr"), child(properties, "endChr")
    inner = ", ".join(read_formula(one) for one in element if local(one.tag) == "e")
    left = attribute(begin) if begin is not None else "("
    right = attribute(end) if end is not None else ")"
    return f"{left}{inner}{right}"


WRITTEN: dict[str, Callable[[Element, dict[str, str]], str]] = {
    "f": lambda _, p: fraction(p.get("num", ""), p.get("den", "")),
    "sSup": lambda _, p: script(p.get("e", ""), above=p.get("sup", "")),
    "sSub": lambda _, p: script(p.get("e", ""), below=p.get("sub", "")),
    "sSubSup": lambda _, p: script(p.get("e", ""), p.get("sub", ""), p.get("sup", "")),
    "rad": lambda _, p: root(p.get("e", ""), p.get("deg", "")),
    "nary": lambda e, p: join(
        [
            script(attribute(child(e, "naryPr", "chr")) or "∫", p.get("sub", ""), p.get("sup", "")),
            f" {p.get('e', '')}",
        ]
    ),
    "d": _delimited,
}


def _inside(element: Element, name: str) -> list[Element]:
    """The children that count: of alternatives, only the first."""
    if name != "AlternateContent":
        return list(element)
    chosen = child(element, "Choice")
    chosen = chosen if chosen is not None else child(element, "Fallback")
    return list(chosen) if chosen is not None else []


def _set_aside(element: Element, spoken: Spoken) -> None:
    boxes = [one for one in element.iter() if local(one.tag) == "txbxContent"]
    inner = {id(one) for box in boxes for one in box.iter() if one is not box}
    spoken.boxes += [box for box in boxes if id(box) not in inner]
    if any(local(one.tag) == "OLEObject" for one in element.iter()):
        spoken.line.add(OBJECT)  # an equation of an old Word, or a sheet: it may be a dose
    elif any(local(one.tag) in ("blip", "imagedata", "chart") for one in element.iter()):
        spoken.pictures += 1


def _sign(element: Element) -> str:
    code, font = attribute(element, "char"), attribute(element, "font")
    try:
        sign = chr(int(code, 16))
    except (ValueError, OverflowError):
        return OBJECT
    shown = translate(sign, font)
    return OBJECT if 0xE000 <= ord(shown[0]) <= 0xF8FF else shown
