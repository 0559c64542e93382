"""The verb `adapter`: a PEFT adapter as a GGUF file that is switched over one base."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from convert.adapter import KINDS, write_adapter
from convert.verbs.verb import Verb
from elara_local.settings import Settings


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base",
        type=Path,
        required=True,
        help="the GGUF file it will be used with, or the folder that file is made of",
    )
    parser.add_argument("--adapter", type=Path, required=True, help="a PEFT adapter's folder")
    parser.add_argument("--out", type=Path, required=True, help="the file to make, NAME.gguf")
    parser.add_argument("--quantize", choices=KINDS, default="F16", help="how it is stored")


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    base, folder, out = (
        path.expanduser() for path in (arguments.base, arguments.adapter, arguments.out)
    )
    made = write_adapter(base, folder, out, arguments.quantize, _whisper)
    if arguments.json:
        record = dataclasses.asdict(made) | {"file": made.file.name}
        print(json.dumps(record, ensure_ascii=False))
        return 0
    print(
        f"{made.file.name}: {made.modules} layers of {made.base} ({made.architecture}), "
        f"{made.kind}, {made.size / 1e6:.1f} MB, sha256 {made.sha256}"
    )
    print(f"It is for the base with the sha256 {made.base_sha256}, and is refused on another.")
    return 0


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


VERB = Verb("adapter", "write an adapter as GGUF, to be switched over one base", _add, _run)
