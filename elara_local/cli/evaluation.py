"""The verb `evaluate`: runs suites, lists what there is, or compares two runs.

Exit codes: 0 all was run and every goal is met, 1 a goal is missed, an item broke or it was
stopped, 2 wrong use, 3 nothing could be run. It prints; what a figure means it does not know.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path

from elara_local.assemble import Elara, assemble
from elara_local.evaluation.comparison import compare_runs
from elara_local.evaluation.execution import STOPPED, run_suites
from elara_local.evaluation.fingerprints import fingerprints
from elara_local.evaluation.plots import write_plots
from elara_local.evaluation.register import load_suites
from elara_local.evaluation.report import (
    PLOTS,
    as_object,
    describe,
    render_differences,
    render_table,
    write_report,
)
from elara_local.evaluation.runs import Asked, begin, find_run, list_runs
from elara_local.evaluation.suites import Bench
from elara_local.evaluation.summary import Result
from elara_local.offline import guard
from elara_local.settings import REPOSITORY, Settings

DATA = REPOSITORY.parent / "shared" / "data"


def print_evaluation(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run the suites asked for, or all, and print their figures."""
    guard()
    if arguments.list:
        return _list(arguments, settings)
    if arguments.compare:
        return _compare(arguments, settings)
    data = arguments.data or DATA
    settings = replace(settings, chat_model=arguments.model or settings.chat_model)
    return _run(arguments, settings, data if data.is_dir() else None)


def _run(arguments: argparse.Namespace, settings: Settings, data: Path | None) -> int:
    suites = load_suites(arguments.suite or ())
    opened = cache(partial(assemble, settings))
    bench = Bench(opened, data, arguments.half, arguments.seed, arguments.limit)
    asked = Asked(bench.half, bench.seed, bench.limit, fingerprints(settings, data))
    run = begin(settings.home, asked, arguments.fresh)
    _whisper(f"Run {run.id}")
    try:
        results = run_suites(suites, bench, run, _whisper)
    finally:
        _close(opened)
    for folder in filter(None, (run.folder, arguments.out)):
        write_report(run, results, folder)
        write_plots(results, folder / PLOTS)
    if arguments.json:
        told = {"run": describe(run), "results": [as_object(r) for r in results]}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(f"{render_table(results)}\n\nThe report is in {arguments.out or run.folder}")
    return exit_code(results)


def _close(opened: object) -> None:
    """Close the assistant if one was opened."""
    if opened.cache_info().currsize:  # type: ignore[attr-defined]
        elara: Elara = opened()  # type: ignore[operator]
        elara.close()


def exit_code(results: Sequence[Result]) -> int:
    """Return 3 where nothing could be run, 1 where a goal is missed or it broke, else 0."""
    if not any(result.judged or result.failed for result in results):
        return 3
    broken = any(not result.met or result.why == STOPPED for result in results)
    return int(broken)


def _list(arguments: argparse.Namespace, settings: Settings) -> int:
    suites, runs = load_suites(), list_runs(settings.home)
    if arguments.json:
        told = {
            "suites": [{"name": s.name, "title": s.title, "about": s.about} for s in suites],
            "runs": [describe(run) for run in runs],
        }
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for suite in suites:
        print(f"{suite.name:12} {suite.title}\n{'':12} {suite.about}")
    for run in runs:
        asked = run.asked
        print(f"{run.id}  {run.started}  half {asked.half}, seed {asked.seed}, "
              f"limit {asked.limit}, {asked.fingerprints.get('chat_model', '')}")  # fmt: skip
    return 0


def _compare(arguments: argparse.Namespace, settings: Settings) -> int:
    first, second = (find_run(settings.home, name) for name in arguments.compare)
    found = compare_runs(first, second)
    if arguments.json:
        rows = [
            {"suite": s, "metric": m, **asdict(d), "beyond_chance": d.beyond_chance}
            for s, m, d in found
        ]
        told = {"first": describe(first), "second": describe(second), "differences": rows}
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for name, value in first.asked.fingerprints.items():
        if (other := second.asked.fingerprints.get(name)) != value:
            print(f"{name}: {value} -> {other}")
    print(render_differences((first.id, second.id), found))
    return 0


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
