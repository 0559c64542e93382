"""XML of the standard library, made safe: whole trees, or the records of a long file in turn.

What is covered: a file that declares any entity is refused, so nothing expands and nothing
outside is read (an external DTD never is); names of signs that HTML knows (&mu;) are read as
such; one record is held at a time. What is not covered: memory and time of one huge record,
which `index.isolation` bounds. It knows no format.
"""

from __future__ import annotations

import html.entities
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import BinaryIO
from xml.parsers import expat

from elara_local.errors import WrongFile
from index.documents.lines import Line, tidy

CHUNK = 1 << 16
LONGEST_PROLOG = 1 << 20  # bytes before the first element
SIGNS = {n[:-1]: sign for n, sign in html.entities.html5.items() if n.endswith(";")}
RAISED = frozenset(("sup", "superscript"))
LOWERED = frozenset(("sub", "inf", "subscript"))
MATH = "{http://www.w3.org/1998/Math/MathML}math"


def read_records(stream: BinaryIO) -> Iterator[tuple[str, ET.Element]]:
    """Yield (name of the root, child) for every child of the root, as soon as it is whole.

    The builder is asked for its tree between two pieces of the file: an event for each of
    the 130 elements of a PubMed record would cost a third of the time.

    Raises:
        WrongFile: it is not well-formed XML, or declares an entity.
    """
    builder = ET.TreeBuilder()
    parser = _parser(builder)
    prolog = _Prolog()
    try:
        while chunk := stream.read(CHUNK):
            prolog.check(chunk)
            parser.feed(chunk)
            root: ET.Element | None = builder.close()
            if root is not None and len(root) > 1:
                yield from _take(root, len(root) - 1)
        yield from _take(root := parser.close(), len(root))
    except ET.ParseError as error:
        raise not_xml(error.position[0]) from error


def read_tree(data: bytes) -> ET.Element:
    """Return the root element of an XML file.

    Raises:
        WrongFile: it is not well-formed XML, or declares an entity.
    """
    parser = _parser(ET.TreeBuilder())
    _Prolog().check(data)
    try:
        parser.feed(data)
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        raise not_xml(error.position[0]) from error
    return root


def flatten(element: ET.Element | None, skipped: frozenset[str] = frozenset()) -> str:
    """Return the text of an element on one line: 10<sup>3</sup> is 10^3, formulas are written.

    The elements named in `skipped` are left out, the text after them is not.
    """
    if element is None:
        return ""
    if not len(element):
        text = element.text or ""
        plain = text.isprintable() and "  " not in text  # most texts; tidy takes five times as long
        return text.strip(" ") if plain else tidy(text)
    line = Line()
    write_into(line, element, skipped)
    return line.text


def below(element: ET.Element | None, *names: str) -> Sequence[ET.Element]:
    """Return the children of the first element at a path; () where there is none.

    Quicker than a path given to `find`, which is read anew by Python code.
    """
    for name in names:
        element = element.find(name) if element is not None else None
    return list(element) if element is not None else ()


def write_into(line: Line, element: ET.Element, skipped: frozenset[str] = frozenset()) -> None:
    """Add what is inside an element to a line."""
    line.add(element.text or "")
    for child in element:
        if child.tag in RAISED:
            line.add_raised(flatten(child, skipped))
        elif child.tag in LOWERED:
            line.add_lowered(flatten(child, skipped))
        elif child.tag == MATH:
            line.add(write_math(child))
        elif child.tag not in skipped:
            write_into(line, child, skipped)
        line.add(child.tail or "")


def write_math(element: ET.Element) -> str:
    """Return a formula on one line."""
    from selectolax.lexbor import LexborHTMLParser

    from index.documents.mathml import read_math

    tail, element.tail = element.tail, None
    text = ET.tostring(element, encoding="unicode", short_empty_elements=False)
    element.tail = tail
    body = LexborHTMLParser(text).body
    return read_math(body.first_child) if body is not None and body.first_child else ""


def not_xml(line: int) -> WrongFile:
    """The error of a file that is not well-formed."""
    return WrongFile(f"its XML is broken at line {line:,}.", "Fetch or copy it again.")


def _take(root: ET.Element, count: int) -> Iterator[tuple[str, ET.Element]]:
    """Hand out the first children and forget them."""
    whole = root[:count]
    del root[:count]
    for child in whole:
        yield root.tag, child


def _parser(builder: ET.TreeBuilder) -> ET.XMLParser:
    parser = ET.XMLParser(target=builder)
    parser.entity.update(SIGNS)
    return parser


class _Begun(Exception):
    """The first element was reached."""


class _Prolog:
    """Looks at what stands before the first element; entities can be declared nowhere else."""

    def __init__(self) -> None:
        self._over = False
        self._size = 0
        self._parser = expat.ParserCreate()
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._begin

    def check(self, chunk: bytes) -> None:
        """Look at the next bytes of the file."""
        if self._over:
            return
        self._size += len(chunk)
        try:
            self._parser.Parse(chunk)
        except _Begun:
            self._over = True
        except expat.ExpatError as error:
            raise not_xml(error.lineno) from error
        except (LookupError, ValueError) as error:
            raise WrongFile("its encoding is not known.", "Save it as UTF-8.") from error
        if not self._over and self._size > LONGEST_PROLOG:
            raise WrongFile("its XML has no content.", "Fetch or copy it again.")

    def _refuse(self, *_: object) -> None:
        raise WrongFile("its XML declares entities, as hostile files do.", "Save it without them.")

    def _begin(self, *_: object) -> None:
        raise _Begun
