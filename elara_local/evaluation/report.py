"""The report of a run: JSON, and Markdown with a table for each suite, its goals and misses.

It is made from results alone and holds nothing of a user's: the questions in it are Elara's
own or public. The plots beside it are drawn by `evaluation.plots`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile
from elara_local.evaluation.runs import Run
from elara_local.evaluation.statistics import Difference
from elara_local.evaluation.summary import Result, Row

RESULTS = "results.json"
REPORT = "report.md"
PLOTS = "plots"  # the folder of the pictures, beside the report
LONGEST_NOTE = 240  # characters
HEADS = ("Suite", "Metric", "n", "Value", "95 % interval", "Goal", "Met")
INTERVALS = (
    "Intervals: Wilson's for shares, percentile bootstrap over items for other means. They say how "
    "far another sample of like items could differ, not how a clinic's questions would."
)


def write_report(run: Run, results: Sequence[Result], folder: Path) -> None:
    """Write results.json and report.md; suites of the run that were not asked now stay in."""
    kept = {result.suite: result for result in read_results(folder)}
    kept |= {result.suite: result for result in results}
    folder.mkdir(parents=True, exist_ok=True)
    told = {"run": describe(run), "results": [as_object(r) for r in kept.values()]}
    _replace(folder / RESULTS, json.dumps(told, ensure_ascii=False, indent=1))
    _replace(folder / REPORT, render(run, list(kept.values())))


def _replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(".part")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def describe(run: Run) -> dict[str, Any]:
    """Return what a run was, for JSON."""
    return {"id": run.id, "started": run.started, **asdict(run.asked)}


def as_object(result: Result) -> dict[str, Any]:
    """Return a result for JSON."""
    rows = [{**asdict(row), "met": row.met} for row in result.rows]
    return {**asdict(result), "rows": rows, "met": result.met}


def read_results(folder: Path) -> list[Result]:
    """Return the results written in a run's folder; none where none were written.

    Raises:
        WrongFile: the file is not what was written.
    """
    path = folder / RESULTS
    if not path.is_file():
        return []
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["results"]
        return [_result(entry) for entry in told]
    except (ValueError, KeyError, TypeError) as error:
        raise WrongFile(f"{path.name} of a run can't be read.", "Run it again.") from error


def _result(entry: dict[str, Any]) -> Result:
    entry = dict(entry)
    del entry["met"]
    rows = tuple(Row(**{k: v for k, v in row.items() if k != "met"}) for row in entry.pop("rows"))
    misses = tuple((item, note) for item, note in entry.pop("misses"))
    return Result(**entry, rows=rows, misses=misses)


def render(run: Run, results: Sequence[Result]) -> str:
    """Return the report as Markdown."""
    asked = run.asked
    limit = f", at most {asked.limit} items of a suite" if asked.limit else ""
    lines = [f"# Evaluation {run.id}", "", f"Half: {asked.half}. Seed: {asked.seed}{limit}.", ""]
    lines += [f"- {name}: {value}" for name, value in asked.fingerprints.items()]
    lines += ["", render_table(results), "", INTERVALS]
    for result in results:
        lines += ["", *_render_suite(result)]
    return "\n".join(lines) + "\n"


def render_table(results: Sequence[Result]) -> str:
    """Return one table: the figures over all items, and every figure that has a goal."""
    chosen = [
        (result.title, row)
        for result in results
        for row in result.rows
        if not row.group or row.goal is not None
    ]
    lines = [_line(HEADS), _line(["---"] * len(HEADS))]
    lines += [_line(cells(title, row)) for title, row in chosen]
    lines += [_line([r.title, r.why, *[""] * 5]) for r in results if r.why]
    return "\n".join(lines)


def cells(title: str, row: Row) -> list[str]:
    """Return the cells of one figure, in the order of HEADS."""
    name = f"{row.group}: {row.metric}" if row.group else row.metric
    goal = "" if row.goal is None else f"{'<=' if row.most else '>='} {number(row.goal)}"
    met = {None: "", True: "yes", False: "NO"}[row.met]
    span = f"{number(row.low)} to {number(row.high)}"
    return [title, name, f"{row.n}", number(row.value), span, goal, met]


def number(value: float) -> str:
    """Return a figure with as many digits as mean something."""
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.0f}"


def _render_suite(result: Result) -> Iterator[str]:
    yield f"## {result.title} (`{result.suite}`)"
    yield ""
    yield result.about
    yield ""
    broke = f", {result.failed} broke and are in no figure" if result.failed else ""
    yield f"{result.judged} of {result.items} items judged{broke}. {result.why}".strip()
    if any(not row.group for row in result.rows):
        yield from ("", f"![{result.title}]({PLOTS}/{result.suite}.svg)")
    if any(row.group for row in result.rows):
        yield ""
        yield _render_groups(result)
    if result.misses:
        yield from ("", "Worst misses:", "")
        for item, note in result.misses:
            yield f"- `{item}` {' '.join(note.split())[:LONGEST_NOTE]}"


def _render_groups(result: Result) -> str:
    """Return the groups as lines, the metrics as columns."""
    metrics = list(dict.fromkeys(row.metric for row in result.rows if row.group))
    found = {(row.group, row.metric): row for row in result.rows if row.group}
    lines = [_line(["Group", "n", *metrics]), _line(["---"] * (len(metrics) + 2))]
    for group in dict.fromkeys(row.group for row in result.rows if row.group):
        rows = [found.get((group, metric)) for metric in metrics]
        most = max(row.n for row in rows if row)
        lines.append(_line([group, f"{most}", *(number(r.value) if r else "" for r in rows)]))
    return "\n".join(lines)


def render_differences(names: tuple[str, str], found: Sequence[tuple[str, str, Difference]]) -> str:
    """Return two runs side by side; `found` are (suite, metric, difference)."""
    heads = ("Suite", "Metric", "n", *names, "Difference", "95 % interval", "Beyond chance")
    lines = [_line(heads), _line(["---"] * len(heads))]
    for suite, metric, d in found:
        span = f"{d.low:+.3f} to {d.high:+.3f}"
        sides = (number(d.first), number(d.second), f"{d.value:+.3f}")
        chance = "yes" if d.beyond_chance else "no"
        lines.append(_line([suite, metric, f"{d.n}", *sides, span, chance]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
