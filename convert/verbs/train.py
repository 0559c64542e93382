"""`convert train`: train a LoRA adapter for one role, or one for all of them.

It runs on the processor or on one card as it is. Several cards:
`accelerate launch --multi_gpu --num_processes N --module convert train ...` (the batch is then
for each card). Tried with two processes of torchrun on a processor, not on several cards.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from convert.training.base import find_base
from convert.training.run import Order, train
from convert.training.settings import PRECISIONS, Training
from convert.training.sources import ALL, GROUNDED, choose_role, read_sources, split
from convert.verbs.verb import Verb
from elara_local.errors import WrongUse
from elara_local.roles import ROLE_IDS
from elara_local.settings import Settings

ABOUT = (
    "train a LoRA adapter; on several cards: "
    "accelerate launch --multi_gpu --num_processes N --module convert train ..."
)
SAID = {
    "rank": "LoRA's r",
    "alpha": "LoRA's alpha",
    "dropout": "LoRA's dropout",
    "epochs": "how often each example is read",
    "steps": "end after so many steps; 0 = when the epochs are over",
    "rate": "the highest learning rate; it falls as a cosine",
    "warmup": "share of the steps in which the rate rises",
    "decay": "weight decay",
    "batch": "examples at a time",
    "accumulate": "batches for one step",
    "longest": "tokens of an example; longer ones are left out and counted",
    "look": "steps between two looks at the validation topics, each with a checkpoint",
    "patience": "looks without a gain until the run ends",
    "looked_at": "examples that a look reads at most",
    "seed": "for the order, the start and the grounded examples",
}

SWITCHES = {
    "rank-stabilised": "rsLoRA: alpha over the root of r",
    "checkpointing": "less memory (2.4 GB against 5.5 at first, the starter), a quarter slower",
    "four-bit": "QLoRA; needs a CUDA card and bitsandbytes",
}


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base", type=Path, required=True, help="a folder or a GGUF file")
    parser.add_argument(
        "--data",
        nargs="+",
        default=["dialogues"],
        help=f"dialogues, grounded ({GROUNDED}), grounded:COUNT, or files of JSON lines",
    )
    parser.add_argument("--role", choices=(*ROLE_IDS, ALL), default=ALL)
    parser.add_argument("--out", type=Path, required=True, help="the adapter's folder")
    parser.add_argument("--from", dest="begin", type=Path, help="an adapter to continue from")
    parser.add_argument("--resume", action="store_true", help="continue a run that was stopped")
    parser.add_argument("--licence", default="", help="the base's licence, for the card")
    parser.add_argument("--threads", type=int, default=0, help="0 = as torch chooses")
    parser.add_argument("--targets", nargs="+", help="the linear layers that learn")
    parser.add_argument("--layers", help="the blocks that learn, such as 15-29; default: all")
    parser.add_argument("--precision", choices=PRECISIONS, help="of the frozen base")
    for name, said in SWITCHES.items():
        parser.add_argument(f"--{name}", action="store_true", default=None, help=said)
    usual = Training()
    for name, said in SAID.items():
        value = getattr(usual, name)
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=type(value), help=f"{said} (default {value})"
        )


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    wanted = read_training(arguments)
    base = find_base(arguments.base.expanduser())
    base = dataclasses.replace(base, licence=arguments.licence or base.licence)
    examples = choose_role(read_sources(arguments.data, wanted.seed), arguments.role)
    out = arguments.out.expanduser().resolve()
    begin = arguments.begin.expanduser().resolve() if arguments.begin else None
    order = Order(base, split(examples), arguments.role, out, wanted, begin, arguments.resume)
    if arguments.threads:
        import torch

        torch.set_num_threads(arguments.threads)
    folder = train(order, _whisper)
    if folder is None:  # another process of `accelerate launch` says it
        return 0
    card: dict[str, Any] = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    print(json.dumps(card) if arguments.json else f"The adapter is in {folder.name}.")
    return 0


def read_training(arguments: argparse.Namespace) -> Training:
    """Return the settings that the arguments ask for; what is not given stays as usual.

    Raises:
        WrongUse: a value is out of its range.
    """
    names = {field.name for field in dataclasses.fields(Training)} - {"layers"}
    given = {name: getattr(arguments, name) for name in names}
    values = {name: value for name, value in given.items() if value is not None}
    if arguments.targets:
        values["targets"] = tuple(arguments.targets)
    if arguments.layers:
        values["layers"] = read_layers(arguments.layers)
    return Training(**values)


def read_layers(text: str) -> tuple[int, ...]:
    """Read "15-29" or "0,4,8" into the numbers of blocks.

    Raises:
        WrongUse: it is neither.
    """
    try:
        ends = [[int(end) for end in part.split("-")] for part in text.split(",")]
        return tuple(n for pair in ends for n in range(pair[0], pair[-1] + 1))
    except ValueError as error:
        raise WrongUse(f"--layers is '{text}'.", "Write 15-29 or 0,4,8.") from error


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


VERB = Verb("train", ABOUT, _add, _run)
