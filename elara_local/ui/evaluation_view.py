"""The stored runs of the evaluation as the reader sees them: tables, pictures, differences.

The pictures are SVG files of ours, shown as images from inside the page (a `data:` address), in
which no script can run. Titles, metrics and notes are escaped like any other words; they are in
English, the headings in the reader's language. It knows no suite.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path

from elara_local.evaluation.report import PLOTS, number
from elara_local.evaluation.runs import Run
from elara_local.evaluation.statistics import Difference
from elara_local.evaluation.summary import Result, Row
from elara_local.ui.markup import blocks, escape, quiet, tag
from elara_local.ui.words import Words

COMMAND = "python3 launcher.py evaluate"
PICTURE = re.compile(r"[a-z_]{1,40}")  # what a suite's file may be called
LARGEST = 400_000  # bytes of one picture
COLUMNS = ("metric", "items", "value", "interval", "goal", "met")
COMPARED = ("metric", "items", "first", "second", "difference", "interval", "chance")


def paint_lead(runs: Sequence[Run], words: Words) -> str:
    """Return what the page is for, and how a run is started."""
    parts = [quiet(words.say("evaluation.lead"))]
    if not runs:
        parts.append(tag("p", escape(words.say("evaluation.none"))))
    parts.append(tag("p", f"{escape(words.say('evaluation.start'))} {tag('code', COMMAND)}"))
    return blocks(parts)


def say_run(run: Run) -> str:
    """Return one line that tells a run from another: when, of what, with which model."""
    asked = run.asked
    limit = f" · {asked.limit}" if asked.limit else ""
    model = asked.fingerprints.get("chat_model", "")
    return f"{run.started[:16].replace('T', ' ')} · {asked.half}{limit} · {model}"


def paint_run(run: Run, results: Sequence[Result], words: Words) -> str:
    """Return a run: for each suite its table, its picture, its groups and what it missed."""
    asked = ", ".join(f"{name} {value}" for name, value in run.asked.fingerprints.items())
    parts = [quiet(f"{run.id} · {asked}")]
    for result in results:
        parts += _paint_result(run.folder / PLOTS, result, words)
    return blocks([*parts, quiet(words.say("evaluation.intervals"))])


def _paint_result(folder: Path, result: Result, words: Words) -> list[str]:
    parts = [tag("h2", escape(result.title)), quiet(result.about)]
    if result.why:
        parts.append(tag("p", escape(result.why), "notice"))
    whole = [row for row in result.rows if not row.group or row.goal is not None]
    if whole:
        parts.append(_table(COLUMNS, [_cells(row, words) for row in whole], words))
    parts.append(paint_picture(folder, result, words))
    groups = [row for row in result.rows if row.group and row.goal is None]
    if groups:
        table = _table(COLUMNS, [_cells(row, words) for row in groups], words)
        parts.append(_folded("evaluation.groups", table, words))
    if result.misses:
        lines = "".join(tag("li", escape(note)) for _, note in result.misses)
        parts.append(_folded("evaluation.misses", tag("ul", lines), words))
    return parts


def paint_picture(folder: Path, result: Result, words: Words) -> str:
    """Return the picture of a suite, "" where there is none or it is not one of ours."""
    path = folder / f"{result.suite}.svg"
    if not PICTURE.fullmatch(result.suite) or not path.is_file():
        return ""
    if path.stat().st_size > LARGEST:
        return ""
    data = b64encode(path.read_bytes()).decode("ascii")
    told = words.say("evaluation.picture", title=result.title)
    return tag("p", f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(told)}">', "plot")


def paint_differences(
    first: Run,
    second: Run,
    found: Sequence[tuple[str, str, Difference]],
    words: Words,
) -> str:
    """Return two runs side by side, on the items that both judged."""
    parts = [tag("h2", escape(words.say("evaluation.compared")))]
    parts.append(quiet(f"1: {say_run(first)} ({first.id})"))
    parts.append(quiet(f"2: {say_run(second)} ({second.id})"))
    if not found:
        return blocks([*parts, tag("p", escape(words.say("evaluation.nothing_shared")))])
    if changed := _changed(first.asked.fingerprints, second.asked.fingerprints):
        parts.append(tag("p", escape(words.say("evaluation.changed", names=changed))))
    rows = [_compared(f"{suite}: {metric}", d, words) for suite, metric, d in found]
    return blocks([*parts, _table(COMPARED, rows, words)])


def _changed(first: Mapping[str, str], second: Mapping[str, str]) -> str:
    return ", ".join(name for name in first if first[name] != second.get(name))


def _compared(name: str, d: Difference, words: Words) -> list[str]:
    span = f"{d.low:+.3f} – {d.high:+.3f}"
    chance = words.say("evaluation.yes" if d.beyond_chance else "evaluation.no")
    return [name, f"{d.n}", number(d.first), number(d.second), f"{d.value:+.3f}", span, chance]


def _cells(row: Row, words: Words) -> list[str]:
    name = f"{row.group}: {row.metric}" if row.group else row.metric
    goal = "" if row.goal is None else f"{'≤' if row.most else '≥'} {number(row.goal)}"
    met = {None: "", True: words.say("evaluation.yes"), False: words.say("evaluation.no")}[row.met]
    span = f"{number(row.low)} – {number(row.high)}"
    return [name, f"{row.n}", number(row.value), span, goal, met]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], words: Words) -> str:
    head = "".join(tag("th", escape(words.say(f"evaluation.{n}")), scope="col") for n in columns)
    body = "".join(_line(columns, row, words) for row in rows)
    table = tag("table", tag("thead", tag("tr", head)) + tag("tbody", body))
    return tag("section", tag("div", table, "scroll", tabindex="0", role="presentation"), "shelf")


def _line(columns: Sequence[str], row: Sequence[str], words: Words) -> str:
    """Return a line; on a narrow screen, where there are no columns, each cell names itself."""
    cells = [tag("th", escape(row[0]), scope="row")]
    for name, text in zip(columns[1:], row[1:], strict=True):
        label = tag("span", escape(words.say(f"evaluation.{name}")) + ": ", "column")
        cells.append(tag("td", label + escape(text) if text else ""))
    return tag("tr", "".join(cells))


def _folded(key: str, inner: str, words: Words) -> str:
    return tag("details", tag("summary", escape(words.say(key))) + inner, "shelf")
