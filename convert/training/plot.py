"""The loss of a run as SVG, drawn anew while it runs; the style of the evaluation's plots.

It takes the log that transformers keeps and knows no model. matplotlib is imported only when
drawing.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from elara_local.evaluation.plots import GOAL, INK, SETTINGS, WIDTH

TITLE = "Loss for each token of an answer, nats"


def write_plot(log: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the losses of a log into a file, whole or not at all; nothing for an empty log."""
    learned = read_losses(log, "loss")
    if not learned:
        return
    part = path.with_name(f"{path.name}.part")
    part.write_text(_draw(learned, read_losses(log, "eval_loss")), encoding="utf-8", newline="\n")
    part.replace(path)


def read_losses(log: Sequence[Mapping[str, Any]], name: str) -> list[tuple[int, float]]:
    """Return (step, loss) for each line of the log that holds this loss."""
    return [(int(line["step"]), float(line[name])) for line in log if name in line]


def _draw(learned: list[tuple[int, float]], validated: list[tuple[int, float]]) -> str:
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
        FigureCanvasSVG(figure)
        axis = figure.subplots()
        axis.plot(*zip(*learned, strict=True), color=GOAL, linewidth=1, label="training")
        if validated:
            axis.plot(*zip(*validated, strict=True), "o-", color=INK, label="validation topics")
        axis.set_title(TITLE, loc="left", fontsize=10)
        axis.set_xlabel("step")
        axis.set_ylim(bottom=0)
        axis.grid(axis="y", color="#d5d9de", linewidth=0.6)
        axis.legend(frameon=False)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Title": TITLE})
    return out.getvalue()
