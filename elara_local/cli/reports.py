"""The verb `models`: what is installed, from where and whether it is whole."""

from __future__ import annotations

import argparse
import json
import sys

from elara_local.events import as_json
from elara_local.offline import guard
from elara_local.provision import add_model, list_models, prepare, remove_model, verify_models
from elara_local.settings import STARTER_MODELS, Settings, child_environment


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
        if model.installed and (model.proof or model.fault):
            print(f"           {model.proof or f'can not be chosen: {model.fault}'}")
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
    state = add_model(
        arguments.name,
        settings.home / "models",
        source,
        _whisper,
        environment=child_environment(settings),
    )
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


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


DEEDS = {"list": _list, "verify": _verify, "prepare": _prepare, "add": _add, "remove": _remove}
