"""Which elements of HTML are read: not what is hidden, struck out, or no text at all.

It knows tags and attributes; rules of style sheets it does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

SKIPPED = frozenset(
    "script style template noscript head title nav button select textarea input iframe object "
    "embed svg canvas audio video map rp rt datalist progress meter annotation col colgroup".split()
)
STRUCK = frozenset(("del", "s", "strike"))
OUTSIDE = frozenset(("header", "footer", "aside"))  # boilerplate, where not part of an article
ROLES = frozenset("navigation banner contentinfo search dialog alertdialog complementary".split())
HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)"
    r"|(?<![-\w])color\s*:\s*transparent|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
STRIKING = re.compile(r"text-decoration[^;]*line-through", re.IGNORECASE)
RAISING = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)
LOWERING = re.compile(r"vertical-align\s*:\s*sub", re.IGNORECASE)

Attributes = Mapping[str, str | None]
Reason = Literal["", "struck", "hidden", "outside"]


def why_left_out(tag: str, attributes: Attributes) -> Reason:
    """Return why an element is not read, or ""; "outside" only counts outside an article."""
    if tag in SKIPPED:
        return "hidden"
    style = attributes.get("style") or ""
    if tag in STRUCK or (style and STRIKING.search(style)):
        return "struck"
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return "hidden"
    if (style and HIDING.search(style)) or (tag == "dialog" and "open" not in attributes):
        return "hidden"
    return "outside" if tag in OUTSIDE or attributes.get("role") in ROLES else ""


def is_note(attributes: Attributes) -> bool:
    """True for the mark of a footnote."""
    return attributes.get("role") == "doc-noteref" or attributes.get("epub:type") == "noteref"


def is_raised(tag: str, attributes: Attributes) -> bool:
    """True for a superscript."""
    return tag == "sup" or bool(RAISING.search(attributes.get("style") or ""))


def is_lowered(tag: str, attributes: Attributes) -> bool:
    """True for a subscript."""
    return tag == "sub" or bool(LOWERING.search(attributes.get("style") or ""))
