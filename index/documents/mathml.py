"""MathML on one line (formulas.py says how it is written).

It knows the elements of MathML's presentation; content markup and annotations are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.documents.formulas import fraction, join, root, script

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

# (element, number of its parts) -> how it is written.
WRITTEN: dict[tuple[str, int], Callable[[list[str]], str]] = {
    ("mfrac", 2): lambda parts: fraction(*parts),
    ("msup", 2): lambda parts: script(parts[0], above=parts[1]),
    ("msub", 2): lambda parts: script(parts[0], below=parts[1]),
    ("msubsup", 3): lambda parts: script(*parts),
    ("mroot", 2): lambda parts: root(*parts),
}
DEEPEST = 60  # elements inside each other; what is deeper is written without its structure


def read_math(node: LexborNode, depth: int = 0) -> str:
    """Return the formula of an element."""
    if node.is_text_node:
        return " ".join((node.text_content or "").split())
    tag = (node.tag or "").lower().rpartition(":")[2]
    if not node.is_element_node or tag in ("annotation", "annotation-xml", "mphantom"):
        return ""
    if depth > DEEPEST:
        return join(node.text(deep=True, separator=" ").split())
    parts = _children(node, depth)
    write = WRITTEN.get((tag, len(parts)))
    if write is not None:
        return write(parts)
    if tag == "semantics":
        return parts[0] if parts else ""
    return root(join(parts)) if tag == "msqrt" else join([" "] if tag == "mspace" else parts)


def _children(node: LexborNode, depth: int) -> list[str]:
    parts: list[str] = []
    child = node.first_child
    while child is not None:
        structural = child.is_element_node
        text = read_math(child, depth + 1)
        if structural or text:
            parts.append(text)
        child = child.next
    return parts
