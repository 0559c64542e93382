"""The verb `merge`: a base and an adapter become one GGUF file that was proven."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
from pathlib import Path

from convert.orders import Made, Order, make_model
from convert.quantizing.kinds import KINDS
from convert.verbs.verb import Verb
from elara_local.errors import WrongUse
from elara_local.proofs import proof_path, read_proof
from elara_local.settings import Settings


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `merge` and `gguf` share."""
    parser.add_argument(
        "--base", type=Path, required=True, help="a Hugging Face folder (safetensors), or a GGUF"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.gguf")
    parser.add_argument(
        "--quantize", default="F16", metavar="KIND", help=f"default F16; or {', '.join(KINDS)}"
    )
    parser.add_argument("--reference", type=Path, help="prove it against this, not the base")
    parser.add_argument(
        "--known", type=Path, metavar="GGUF", help="has a report that stands where bytes are equal"
    )
    parser.add_argument("--licence", default="", help="the model's licence, for the report")
    parser.add_argument("--threads", type=int, default=0, help="0 = the physical cores")
    parser.add_argument("--allow-low-quality", action="store_true", help="take 3.5 bits and less")
    parser.add_argument(
        "--no-verify", action="store_true", help="make a file without a report: Elara won't use it"
    )


def run_order(arguments: argparse.Namespace, settings: Settings, adapter: Path | None) -> int:
    """Make the file that the arguments ask for, and say what was made."""
    base, out = arguments.base.expanduser(), arguments.out.expanduser()
    kind = arguments.quantize.upper()
    if kind not in KINDS:
        raise WrongUse(f"'{kind}' is no kind of quantization.", f"Choose: {', '.join(KINDS)}.")
    words = [arguments.verb, "--base", base.name, "--out", out.name, "--quantize", kind]
    words += ["--adapter", adapter.name] if adapter else []
    order = Order(
        base,
        adapter,
        out,
        kind,
        proven=not arguments.no_verify,
        reference=arguments.reference,
        known=read_proof(arguments.known) if arguments.known else None,
        licence=arguments.licence,
        command=shlex.join(["convert", *words]),
        threads=arguments.threads or settings.threads,
        allow_low_quality=arguments.allow_low_quality,
    )
    _print(make_model(order, _whisper), arguments.json)
    return 0


def _add(parser: argparse.ArgumentParser) -> None:
    add_common(parser)
    parser.add_argument("--adapter", type=Path, required=True, help="a folder with a PEFT LoRA")


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    return run_order(arguments, settings, arguments.adapter.expanduser())


def _print(made: Made, as_json: bool) -> None:
    merged = made.merged
    if as_json:
        record = dataclasses.asdict(merged) | {"file": str(merged.file)}
        print(json.dumps(record | {"proven": made.proof is not None}, ensure_ascii=False))
        return
    print(f"{merged.file.name}: {merged.architecture}, {merged.kind}, {merged.size / 1e6:,.1f} MB")
    print(f"  base {merged.base}, sha256 {merged.base_sha256}")
    if merged.adapter:
        print(f"  adapter {merged.adapter}, sha256 {merged.adapter_sha256}")
    print(f"  sha256 {merged.sha256}, written in {merged.seconds:.1f} s")
    for note in merged.notes:
        print(f"  Note: {note}.")
    if made.proof is None:
        print("Not proven: Elara will not use it before `convert verify` has passed.")
    else:
        print(f"Proven; the report is {proof_path(merged.file).name}.")


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


VERB = Verb("merge", "merge an adapter into its base as a GGUF, and prove it", _add, _run)
