"""What a Word file's styles say of a paragraph or a run: heading level, list, hidden, raised.

It reads styles.xml by local names, so that both kinds of Office Open XML (transitional and
strict) are the same to it. It knows no body and no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

from index.documents.lines import whole_number

TITLE = 1  # level of the style "Title"; headings begin below it
HEADING = re.compile(r"heading (\d)")
CONTENTS = re.compile(r"toc (?:\d|heading)|table of figures|index \d")
LONGEST_CHAIN = 20  # styles based on each other; a cycle ends here
OFF = frozenset(("0", "false", "off", "none"))


@lru_cache(4096)
def local(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


def attribute(element: Element | None, name: str = "val") -> str:
    """The value of an attribute, whatever its namespace; "" where it is not there."""
    if element is not None:
        for key, value in element.attrib.items():
            if local(key) == name:
                return value
    return ""


def child(element: Element | None, *names: str) -> Element | None:
    """The element at a path of local names, or None."""
    for name in names:
        if element is None:
            return None
        element = next((one for one in element if local(one.tag) == name), None)
    return element


def is_on(element: Element | None) -> bool:
    """True for a switch that is there and not turned off."""
    return element is not None and attribute(element) not in OFF


class Styles:
    """The styles of a file, by their id."""

    def __init__(self, root: Element | None) -> None:
        styles = [one for one in (root if root is not None else ()) if local(one.tag) == "style"]
        self._styles = {attribute(one, "styleId"): one for one in styles}

    def name(self, style: str) -> str:
        """The name of a style in small letters; names are the same in every language."""
        return attribute(child(self._styles.get(style), "name")).casefold()

    def level(self, paragraph: Element) -> int:
        """Return TITLE, 2 for "heading 1" and so on; 0 for what is no heading."""
        properties = child(paragraph, "pPr")
        own = attribute(child(properties, "outlineLvl"))
        for style in self._chain(attribute(child(properties, "pStyle"))):
            name = attribute(child(style, "name")).casefold()
            if name == "title":
                return TITLE
            if found := HEADING.fullmatch(name):
                return int(found[1]) + TITLE
            own = own or attribute(child(style, "pPr", "outlineLvl"))
        # 9 stands for running text.
        level = whole_number(own)
        return level + 1 + TITLE if level is not None and 0 <= level < 9 else 0

    def is_contents(self, paragraph: Element) -> bool:
        """True for a line of a table of contents."""
        return bool(CONTENTS.fullmatch(self.name(attribute(child(paragraph, "pPr", "pStyle")))))

    def list_of(self, paragraph: Element) -> tuple[str, int]:
        """Return the list of a paragraph and its depth in it; ("", 0) for none."""
        own = child(paragraph, "pPr", "numPr")
        number, depth = attribute(child(own, "numId")), attribute(child(own, "ilvl"))
        for style in self._chain(attribute(child(paragraph, "pPr", "pStyle"))):
            found = child(style, "pPr", "numPr")
            number = number or attribute(child(found, "numId"))
            depth = depth or attribute(child(found, "ilvl"))
        return ("", 0) if number in ("", "0") else (number, whole_number(depth) or 0)

    def find(self, run: Element, name: str) -> Element | None:
        """Return a property of a run, its own or that of its character style."""
        properties = child(run, "rPr")
        found = child(properties, name)
        if found is not None:
            return found
        for style in self._chain(attribute(child(properties, "rStyle"))):
            found = child(style, "rPr", name)
            if found is not None:
                return found
        return None

    def _chain(self, style: str) -> Iterator[Element]:
        """A style and those it is based on."""
        for _ in range(LONGEST_CHAIN):
            element = self._styles.get(style)
            if element is None:
                return
            yield element
            style = attribute(child(element, "basedOn"))
