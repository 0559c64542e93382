"""Text into HTML that can hold no markup of its own.

What is covered: every character that HTML reads as markup, control characters, bidirectional
overrides (isolated, so that they end with the text they came in), and line breaks, so that
the Markdown reader of the page takes each block as it stands and never as Markdown.
What is not covered: whether the text is right.

Every block begins with a block-level tag and holds no newline; blocks are joined by an empty
line, so that the page replaces only those that changed. It knows no answer and no source.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from elara_local.text import clean_text

LONGEST = 20_000  # characters of one text that are ever drawn
AROUND = 170  # characters of context shown on each side of the marked words
Span = tuple[int, int]


def escape(text: object) -> str:
    """Return `text` as HTML; line breaks become <br>, other control characters go."""
    return _raw(str(text)[:LONGEST].strip("\n"))


def escape_typed(text: str) -> str:
    """Return what a person typed, cleaned and isolated from the direction of what follows."""
    return f"<bdi>{escape(clean_text(text, 600))}</bdi>"


def tag(name: str, inner: str, kind: str = "", **attributes: str) -> str:
    """Return one element; `inner` is HTML already, attribute values are escaped here."""
    given = ({"class": kind} if kind else {}) | attributes
    written = "".join(f' {key}="{_raw(" ".join(value.split()))}"' for key, value in given.items())
    return f"<{name}{written}>{inner}</{name}>"


def quiet(text: str) -> str:
    """Return one line that steps back."""
    return tag("p", escape(text), "quiet")


def hidden(text: str) -> str:
    """Return text for a screen reader alone."""
    return tag("span", escape(text), "only-read")


def blocks(parts: Iterable[str]) -> str:
    """Join blocks so that each stands alone in the page."""
    return "\n\n".join(part for part in parts if part)


def mark(text: str, spans: Sequence[Span]) -> str:
    """Return `text` as HTML with the characters of each span inside <mark>.

    Spans are (start, end) offsets; those that overlap are joined, those outside are cut.
    """
    pieces, done = [], 0
    for start, end in _join(spans, len(text)):
        pieces.append(_raw(text[done:start]))
        pieces.append(tag("mark", _raw(text[start:end])))
        done = end
    return "".join([*pieces, _raw(text[done:])])


def clip(text: str, spans: Sequence[Span], around: int = AROUND) -> tuple[str, list[Span], bool]:
    """Cut `text` to the marked words and `around` characters on each side, at blanks.

    Returns (text, spans in it, whether something was cut). A cut end shows an ellipsis.
    """
    joined = _join(spans, len(text))
    if not joined:
        return text, [], False
    first, last = joined[0][0] - around, joined[-1][1] + around
    start = text.find(" ", first) + 1 if first > 0 else 0
    start = start if 0 < start <= joined[0][0] else max(first, 0)
    end = text.rfind(" ", joined[-1][1], last) if last < len(text) else len(text)
    end = end if end > 0 else min(last, len(text))
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    shift = len(before) - start
    return (
        before + text[start:end] + after,
        [(a + shift, b + shift) for a, b in joined],
        bool(before or after),
    )


def _raw(text: str) -> str:
    """Escape without trimming: a piece of a longer text."""
    kept = "".join(c for c in text if c == "\n" or c.isprintable() or c == "\u00a0")
    return html.escape(kept, quote=True).replace("\n", "<br>")


def _join(spans: Sequence[Span], length: int) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted((max(a, 0), min(b, length)) for a, b in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
