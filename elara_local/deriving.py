"""Makes a model of the catalogue out of another one, on this machine.

Encoders and classifiers are converted here. A chat model is made in a process of its own, by
`python -m convert`: merged with its adapter, quantized and proven, or its role adapters written
for the base; Elara itself never imports `convert`. What was not proven is not there afterwards.
It knows how a model is made, not where its origin comes from.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from elara_local.catalogue import Installed, verify, write_card
from elara_local.engines.embedding.conversion import Manner, convert_encoder
from elara_local.engines.entailment.conversion import convert_classifier
from elara_local.entries import Model
from elara_local.errors import Missing, WrongFile
from elara_local.proofs import proof_path
from elara_local.settings import REPOSITORY, STARTER_MODELS

COMMAND = (sys.executable, "-m", "convert")
NOT_PROVEN = 1  # exit code: it was made and is not what it was made from
ADAPTERS = STARTER_MODELS / "adapters"
Say = Callable[[str], None]


def derive(model: Model, origin: Installed, target: Path, say: Say = lambda line: None) -> None:
    """Make `model` of `origin` in the folder `target`.

    Raises:
        Missing: an adapter is not there, or too little room or memory.
        WrongFile: the origin is not what it should be, or what was made is not equal to it.
    """
    verify(origin)
    if model.kind == "entailment":
        convert_classifier(origin.folder, target)
    elif model.kind == "embedding":
        manner = Manner(model.pooling, model.query_prefix, model.passage_prefix)
        convert_encoder(origin.folder, target, manner)
    elif model.needs_base:
        for role, path in model.roles.items():
            run_convert("adapter", origin.file(".gguf"), role, target / path, (), say)
    else:
        out = target / model.files[0].path
        options = ["--quantize", model.quantization, "--licence", model.licence]
        known = ADAPTERS / model.adapter / out.name  # the report beside the adapter, made before
        options += ["--known", str(known)] if proof_path(known).is_file() else []
        run_convert("merge", origin.file(".gguf"), model.adapter, out, options, say)
    write_card(model, target)


def run_convert(
    verb: str, base: Path, adapter: str, out: Path, options: Sequence[str], say: Say
) -> None:
    """Run `convert merge` or `convert adapter` on a base and one of the adapters of Elara.

    Raises:
        Missing: the adapter is not there, or the machine has no room for the work.
        WrongFile: it could not be made, or is not what it was made from; says why.
    """
    folder = ADAPTERS / adapter
    if not (folder / "adapter_config.json").is_file():
        raise Missing(f"The adapter '{adapter}' is not in {ADAPTERS}.", "Restore that folder.")
    out.parent.mkdir(parents=True, exist_ok=True)
    given = ("--base", str(base), "--adapter", str(folder), "--out", str(out), *options)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        with subprocess.Popen(
            [*COMMAND, verb, "--json", *given],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as child:
            for line in child.stderr or ():
                say(line.rstrip())
            code = child.wait()
        if code == 0:
            return
        said.seek(0)
        why, hint = _read_error(said.read(), code)
    raise (WrongFile if code == NOT_PROVEN else Missing)(
        f"{out.name} could not be made: {why}", hint
    )


def _read_error(said: str, code: int) -> tuple[str, str]:
    """Return what the other process said of its failure, and the way out."""
    try:
        found = json.loads(said)
        return str(found["error"]), str(found["hint"])
    except (ValueError, KeyError, TypeError):
        return f"the process ended with code {code}.", "Run `models prepare` again."
