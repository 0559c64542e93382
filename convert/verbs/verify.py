"""The verb `verify`: is this file what its reference is? It writes the report beside it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
from pathlib import Path

from convert.proving.opening import Source
from convert.proving.verify import prove
from convert.verbs.verb import Verb
from elara_local.errors import Missing, WrongUse
from elara_local.proofs import Proof, find_faults, proof_path, write_proof
from elara_local.settings import Settings


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="the reference (a Hugging Face folder, or a GGUF in F32, F16 or BF16) and the GGUF "
        "to be proven; one GGUF alone is checked by itself",
    )
    parser.add_argument("--adapter", type=Path, help="the PEFT adapter that the GGUF holds")
    parser.add_argument("--base", type=Path, help="the base without the adapter")
    parser.add_argument("--licence", default="", help="the model's licence, for the report")
    parser.add_argument("--threads", type=int, default=0, help="0 = the physical cores")


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    if len(arguments.files) > 2:
        raise WrongUse(f"{len(arguments.files)} files were given.", "Give REFERENCE and FILE.")
    *references, model = (path.expanduser() for path in arguments.files)
    reference = references[0] if references else None
    for path in (reference, model, arguments.adapter, arguments.base):
        if path is not None and not path.exists():
            raise Missing(f"{path} is not there.", "Give the path of a folder or a file.")
    source = Source(
        reference,
        arguments.adapter,
        arguments.base,
        arguments.licence,
        command=_name_command(arguments),
    )
    proof = prove(model, source, arguments.threads or settings.threads, _whisper)
    write_proof(proof, model)
    faults = find_faults(proof)
    if arguments.json:
        record = {"proof": dataclasses.asdict(proof), "faults": faults}
        print(json.dumps(record, ensure_ascii=False))
    else:
        _print(proof, faults, model)
    return int(bool(faults))


def _print(proof: Proof, faults: list[str], model: Path) -> None:
    print(f"{proof.file}: {proof.architecture}, {proof.quantization}, against: {proof.reference}")
    for name, value in proof.figures.items():
        print(f"  {name:16} {value:.6g}")
    for fault in faults:
        print(f"NOT PROVEN: {fault}")
    if not faults:
        print("Proven.")
    print(f"The report is {proof_path(model).name}.")


def _name_command(arguments: argparse.Namespace) -> str:
    """Return the command as typed, with names in the place of paths."""
    words = [path.name for path in arguments.files]
    for option in ("adapter", "base"):
        if (path := getattr(arguments, option)) is not None:
            words += [f"--{option}", path.name]
    return shlex.join(["convert", "verify", *words])


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


VERB = Verb("verify", "prove that a GGUF says what its reference says", _add, _run)
