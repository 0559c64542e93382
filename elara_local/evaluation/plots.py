"""Plots of a run as SVG, the same bytes for the same figures.

One picture for each suite: every share (a figure between 0 and 1) over all items as a dot with
its interval, the goal as an upright stroke; and, where a suite has groups, the figure that has
a goal, or the first one, for each group. Fonts are those of whoever looks; no date and no name
of a machine is inside. matplotlib is imported only here, and only when drawing.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from elara_local.evaluation.summary import Result, Row

SETTINGS = {
    "svg.hashsalt": "elara",
    "svg.fonttype": "none",  # text stays text: it can be read aloud and searched
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
WIDTH = 6.4  # inches
HEIGHT = 0.28  # inches for each line
GROUPS = 40  # lines of one picture
INK, GOAL, MISSED = "#0f5c63", "#5b6470", "#a81c14"


def write_plots(results: Sequence[Result], folder: Path) -> list[Path]:
    """Write <suite>.svg for each suite that has figures; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for result in results:
        if picture := draw(result):
            path = folder / f"{result.suite}.svg"
            path.write_text(picture, encoding="utf-8", newline="\n")
            written.append(path)
    return written


def draw(result: Result) -> str:
    """Return the picture of a suite as SVG; "" where it has no share to show."""
    shares = [row for row in result.rows if 0 <= row.low and row.high <= 1 and row.value <= 1]
    whole = [row for row in shares if not row.group]
    if not whole:
        return ""
    parts = [("", [(row.metric, row) for row in whole])]
    if grouped := _grouped(shares):
        parts.append((grouped[0].metric, [(row.group, row) for row in grouped]))
    return _render(result.title, parts)


def _grouped(shares: Sequence[Row]) -> list[Row]:
    """Return one figure for each group: that of the first goal, else the first there is."""
    rows = [row for row in shares if row.group]
    aimed = [row.metric for row in shares if row.goal is not None]
    metric = next((m for m in aimed if any(row.metric == m for row in rows)), "")
    metric = metric or (rows[0].metric if rows else "")
    return [row for row in rows if row.metric == metric][:GROUPS]


def _render(title: str, parts: Sequence[tuple[str, Sequence[tuple[str, Row]]]]) -> str:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    sizes = [len(lines) for _, lines in parts]
    with rc_context(SETTINGS):
        height = HEIGHT * sum(sizes) + 0.9 * len(parts) + 0.2
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(len(parts), 1, height_ratios=sizes, squeeze=False)[:, 0]
        for number, (axis, (name, lines)) in enumerate(zip(axes, parts, strict=True)):
            _draw_lines(axis, lines)
            axis.set_title(title if number == 0 else name, loc="left", fontsize=10)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    return out.getvalue()


def _draw_lines(axis: Any, lines: Sequence[tuple[str, Row]]) -> None:
    for place, (_, row) in enumerate(lines):
        colour = MISSED if row.met is False else INK
        axis.plot([row.low, row.high], [place, place], color=colour, linewidth=1.6)
        axis.plot([row.value], [place], "o", color=colour, markersize=4)
        if row.goal is not None:
            axis.plot([row.goal] * 2, [place - 0.35, place + 0.35], color=GOAL, linewidth=1.4)
    axis.set_yticks(range(len(lines)), [f"{name} ({row.n})" for name, row in lines])
    axis.set_ylim(len(lines) - 0.4, -0.6)
    axis.set_xlim(-0.02, 1.02)
    axis.grid(axis="x", color="#d5d9de", linewidth=0.6)
