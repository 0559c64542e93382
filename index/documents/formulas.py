"""Formulas on one line: 1/2, (a + b)/c, 10^3, x_1, √(2).

Two figures that stand beside each other keep a space, so that 1 and 1/2 never become 11/2.
It knows no format: `markup` and `paragraphs` bring the parts.
"""

from __future__ import annotations

from collections.abc import Sequence

INVISIBLE = "\u2061\u2062\u2063\u2064"  # function, times, comma, plus: signs that are not drawn


def join(parts: Sequence[str]) -> str:
    """Write parts in a row."""
    line = ""
    for part in parts:
        part = " " if part and part in INVISIBLE else part
        if line[-1:].isalnum() and part[:1].isalnum():
            line += " "
        line += part
    return " ".join(line.split())


def fraction(above: str, below: str) -> str:
    """Write a fraction."""
    return f"{_whole(above)}/{_whole(below)}"


def script(base: str, below: str = "", above: str = "") -> str:
    """Write a base with what is lowered and raised."""
    lowered = f"_{_whole(below)}" if below else ""
    return base + lowered + (f"^{_whole(above)}" if above else "")


def root(inner: str, degree: str = "") -> str:
    """Write a root."""
    return f"{_whole(degree)}√({inner})" if degree else f"√({inner})"


def _whole(part: str) -> str:
    return part if part.replace(".", "").replace("-", "", 1).isalnum() else f"({part})"
