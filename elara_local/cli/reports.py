"""The verbs that report: models and evaluate. They print tables or JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from elara_local.assemble import Elara, assemble
from elara_local.evaluation.datasets import read_pools
from elara_local.evaluation.golden import evaluate_golden, read_golden
from elara_local.evaluation.messages import evaluate_messages, read_messages
from elara_local.evaluation.retrieval import evaluate_retrieval
from elara_local.events import as_json
from elara_local.offline import guard
from elara_local.provision import add_model, list_models, prepare, remove_model, verify_models
from elara_local.settings import REPOSITORY, STARTER_MODELS, Settings

DATA = REPOSITORY.parent / "shared" / "data"


def run_models(arguments: argparse.Namespace, settings: Settings) -> int:
    """List, verify, prepare, add or remove models."""
    return DEEDS[arguments.deed](arguments, settings)


def _list(arguments: argparse.Namespace, settings: Settings) -> int:
    guard()
    models = list_models(settings.model_folders)
    if arguments.json:
        print(json.dumps({"models": as_json(models)}, ensure_ascii=False))
        return 0
    for model in models:
        mark = "installed" if model.installed else "         "
        print(f"{mark}  {model.id:34} {model.kind:12} {model.size_mb:>6} MB  {model.licence}")
    return 0


def _verify(arguments: argparse.Namespace, settings: Settings) -> int:
    guard()
    checks = verify_models(settings.model_folders, progress=_whisper)
    if arguments.json:
        print(json.dumps({"checks": as_json(checks)}, ensure_ascii=False))
    else:
        for check in checks:
            print(f"{'ok    ' if check.passed else 'WRONG '} {check.id} {check.reason}".rstrip())
    return int(not all(check.passed for check in checks))


def _prepare(arguments: argparse.Namespace, settings: Settings) -> int:
    made = prepare(STARTER_MODELS, _whisper)  # fetches: the guard stays down
    if arguments.json:
        print(json.dumps({"made": made}))
    return 0


def _add(arguments: argparse.Namespace, settings: Settings) -> int:
    source = arguments.source or arguments.origin
    state = add_model(arguments.name, settings.home / "models", source, _whisper)
    if arguments.json:
        print(json.dumps({"added": as_json(state)}, ensure_ascii=False))
    else:
        print(f"{state.id} is installed in {state.folder}.")
    return 0


def _remove(arguments: argparse.Namespace, settings: Settings) -> int:
    state = remove_model(arguments.name, settings.model_folders)
    if arguments.json:
        print(json.dumps({"removed": as_json(state)}, ensure_ascii=False))
    else:
        print(f"{state.id} was removed.")
    return 0


def _ask_sets(elara: Elara, arguments: argparse.Namespace, settings: Settings) -> list[Any]:
    pools = read_pools(arguments.data or DATA)
    name = elara.index.manifest["embedding_sha256"]
    cache = settings.home / "evaluation"
    return list(evaluate_retrieval(pools, elara.retriever.embedder, name, cache, _whisper))


def _ask_golden(elara: Elara, arguments: argparse.Namespace, settings: Settings) -> list[Any]:
    golden = read_golden()
    return [
        row
        for generator in elara.assistant.generators
        for row in evaluate_golden(elara.assistant, generator, golden, _whisper)
    ]


def _ask_messages(elara: Elara, arguments: argparse.Namespace, settings: Settings) -> list[Any]:
    found = evaluate_messages(elara.retriever, read_messages(), read_golden(), _whisper)
    return list(found)


SUITES = {"retrieval": _ask_sets, "answers": _ask_golden, "messages": _ask_messages}


def print_evaluation(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run the suites asked for, or all, and print their figures."""
    results: dict[str, Any] = {}
    elara = assemble(settings)
    try:
        for suite in arguments.suite or SUITES:
            results[suite] = SUITES[suite](elara, arguments, settings)
    finally:
        elara.close()
    if arguments.json:
        print(json.dumps(as_json(results), ensure_ascii=False))
        return 0
    for suite, rows in results.items():
        print(f"\n{suite}\n{render_table(rows)}")
    return 0


def render_table(rows: Sequence[Any]) -> str:
    """Return records of one kind as a Markdown table."""
    names = [f.name for f in fields(rows[0])]
    lines = [names, ["---"] * len(names)]
    lines += [[_cell(getattr(row, name)) for name in names] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


DEEDS = {"list": _list, "verify": _verify, "prepare": _prepare, "add": _add, "remove": _remove}
