"""The verb `quantize`: a smaller GGUF, proven against the one that it was made from."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convert.imatrix import measure_importance
from convert.proving.opening import Source
from convert.proving.registering import prove_and_place
from convert.quantize import Quantized, quantize
from convert.quantizing.importance import load_importance, save_importance
from convert.quantizing.kinds import KINDS
from convert.verbs.handbook import spread_passages
from convert.verbs.verb import Verb
from elara_local.errors import WrongUse
from elara_local.proofs import KL_LIMITS, proof_path
from elara_local.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OWN_TEXT = "handbook"
# About 16,000 tokens: llama.cpp's tools/perplexity README finds "no consistent improvement from
# more imatrix tokens", and a laptop reads so many in minutes.
PASSAGES = 160


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a GGUF in F32, F16 or BF16")
    parser.add_argument("--to", required=True, metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--out", type=Path, help="default: FILE's name with the kind")
    parser.add_argument(
        "--imatrix",
        metavar="FILE",
        help=f"which columns matter: a .npz file, or '{OWN_TEXT}' to measure it on the handbook",
    )
    parser.add_argument("--imatrix-out", type=Path, help="keep what was measured in this .npz file")
    parser.add_argument(
        "--override",
        action="append",
        default=[],
        metavar="REGEX=TYPE",
        help="another type for the tensors whose names fit, such as 'ffn_down=Q6_K'",
    )
    parser.add_argument("--output-type", default="", metavar="TYPE", help="of the output layer")
    parser.add_argument("--embedding-type", default="", metavar="TYPE", help="of the embedding")
    parser.add_argument("--threads", type=int, default=0, help="0 = the physical cores")
    parser.add_argument("--requantize", action="store_true", help="take a quantized FILE")
    parser.add_argument(
        "--allow-low-quality", action="store_true", help="take a kind of at most 3.5 bits"
    )
    parser.add_argument("--reference", type=Path, help="prove it against this, not against FILE")
    parser.add_argument("--licence", default="", help="the model's licence, for the report")
    parser.add_argument(
        "--no-verify", action="store_true", help="make a file without a report: Elara won't use it"
    )


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    source = arguments.file.expanduser()
    out = (arguments.out or source.with_name(f"{source.stem}-{arguments.to}.gguf")).expanduser()
    overrides = [_split(text) for text in arguments.override]
    if not arguments.no_verify and arguments.to in KINDS and arguments.to not in KL_LIMITS:
        raise WrongUse(
            f"There is no limit for {arguments.to}, so such a file can't be proven.",
            f"Choose: {', '.join(k for k in KINDS if k in KL_LIMITS)}; or say --no-verify.",
        )
    threads = arguments.threads or settings.threads
    part = out if arguments.no_verify else out.with_name(f"{out.stem}.part.gguf")
    made = quantize(
        source,
        part,
        arguments.to,
        _whisper,
        threads,
        _find_importance(arguments, source, threads),
        overrides,
        arguments.requantize,
        arguments.allow_low_quality,
        arguments.output_type,
        arguments.embedding_type,
    )
    if not arguments.no_verify:
        origin = Source(
            arguments.reference or source, licence=arguments.licence, command=_name(arguments, out)
        )
        prove_and_place(part, out, origin, threads, _whisper)
    _print(dataclasses.replace(made, file=out), arguments)
    return 0


def _split(text: str) -> tuple[str, str]:
    pattern, sign, kind = text.rpartition("=")
    if not (pattern and sign and kind):
        raise WrongUse(f"The override '{text}' is not REGEX=TYPE.", "For example ffn_down=Q6_K.")
    return pattern, kind.upper()


def _find_importance(
    arguments: argparse.Namespace, source: Path, threads: int
) -> Mapping[str, NDArray[np.float32]] | None:
    if not arguments.imatrix:
        return None
    if arguments.imatrix != OWN_TEXT:
        return load_importance(Path(arguments.imatrix).expanduser())
    measured = measure_importance(source, spread_passages(PASSAGES), _whisper, threads)
    if arguments.imatrix_out:
        save_importance(measured, arguments.imatrix_out.expanduser())
    return measured


def _name(arguments: argparse.Namespace, out: Path) -> str:
    """Return the command as typed, with names in the place of paths."""
    words = [arguments.file.name, "--to", arguments.to, "--out", out.name]
    if arguments.imatrix:
        words += ["--imatrix", Path(arguments.imatrix).name]
    for text in arguments.override:
        words += ["--override", text]
    for flag in ("requantize", "allow_low_quality"):
        if getattr(arguments, flag):
            words.append("--" + flag.replace("_", "-"))
    return shlex.join(["convert", "quantize", *words])


def _print(made: Quantized, arguments: argparse.Namespace) -> None:
    if arguments.json:
        record: dict[str, Any] = dataclasses.asdict(made) | {"file": str(made.file)}
        print(json.dumps(record | {"proven": not arguments.no_verify}, ensure_ascii=False))
        return
    shrunk = f"{made.source_size / 1e6:,.1f} MB to {made.size / 1e6:,.1f} MB"
    print(f"{made.file.name}: {made.kind}, {shrunk}, {made.bits} bits a weight")
    print("  " + ", ".join(f"{count} tensors {kind}" for kind, count in made.types.items()))
    for line in made.fallbacks:
        print(f"  NOT {made.kind}: {line}")
    if made.unweighed:
        print(f"  {len(made.unweighed)} weights had no importance: {', '.join(made.unweighed)}")
    if arguments.no_verify:
        print("Not proven: Elara will not use it before `convert verify` has passed.")
    else:
        print(f"Proven; the report is {proof_path(made.file).name}.")


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


VERB = Verb("quantize", "make a smaller GGUF and prove it against its source", _add, _run)
