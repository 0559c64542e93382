"""The verb `export`: a merged model, or an adapter alone, as a folder of safetensors."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from convert.export import WIDTHS, export_adapter, merge_with_peft
from convert.verbs.verb import Verb
from elara_local.settings import Settings


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--adapter", type=Path, required=True, help="a folder with a PEFT adapter")
    parser.add_argument("--base", type=Path, help="a folder or a GGUF; left out: the adapter alone")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--dtype", default="float16", metavar="TYPE", help=", ".join(WIDTHS))


def _run(arguments: argparse.Namespace, _settings: Settings) -> int:
    adapter, out = arguments.adapter.expanduser(), arguments.out.expanduser()
    if arguments.base is None:
        made = export_adapter(adapter, out, arguments.dtype)
    else:
        base = arguments.base.expanduser()
        made = merge_with_peft(base, adapter, out, arguments.dtype, _whisper)
    if arguments.json:
        record = {"folder": str(made.folder), "bytes": made.size, "dtype": made.dtype}
        print(json.dumps(record | {"untied": made.untied, "kl": made.kl}, ensure_ascii=False))
        return 0
    print(f"{made.folder.name}: {made.dtype}, {made.size / 1e6:,.1f} MB")
    if made.untied:
        print("The output layer was untied from the embedding: the adapter changes one of them.")
    if arguments.base is not None:
        print(f"Equal to the base with the adapter: divergence {made.kl:.1g} in float32.")
        print(f"Next: convert gguf --base {made.folder.name} --out FILE.gguf")
    return 0


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


VERB = Verb("export", "merge with PEFT, or take an adapter out, as safetensors", _add, _run)
