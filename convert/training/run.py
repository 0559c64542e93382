"""One training run: base and examples in, an adapter with its card out, whole or not at all.

transformers.Trainer does the learning. Everything lies in `OUT.part` until it is finished; a run
that was killed is continued from its last whole checkpoint, with the same settings and data or
not at all. Under `accelerate launch` each process calls `train`; the first one alone writes.
Which answers the adapter then gives is not judged here: only losses are.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.dialogues import Example
from convert.progress import Say, silent
from convert.training.base import Base, choose_precision, load_model, load_tokenizer
from convert.training.card import count_examples, write_card
from convert.training.lora import count_learning, put_adapter, round_to_half, save_adapter
from convert.training.rows import Reader, Row, Rows
from convert.training.settings import Training, as_record
from convert.training.sources import Split, digest, draw
from convert.training.trainer import count_tokens, make_arguments, make_trainer
from convert.training.watch import CLOCK, Clock, Watch
from elara_local.errors import WrongUse

CHECKPOINTS = "checkpoints"
ORDER = "order.json"  # what the run was asked to do; a resumed run must be asked the same


@dataclass(frozen=True)
class Order:
    """What is to be trained; `begin` is an adapter to continue from, `role` a name for the card."""

    base: Base
    data: Split
    role: str
    out: Path
    settings: Training
    begin: Path | None = None
    resume: bool = False

    @property
    def part(self) -> Path:
        """Where everything lies until it is finished."""
        return self.out.with_name(f"{self.out.name}.part")

    @property
    def record(self) -> dict[str, Any]:
        """What a resumed run must have in common with the one that was stopped."""
        return {
            "base": self.base.files,
            "data": digest(self.data.training),
            "role": self.role,
            "settings": as_record(self.settings),
            "begin": self.begin.name if self.begin else "",
        }


def train(order: Order, say: Say = silent) -> Path | None:
    """Train an adapter and return its folder; None in a process that is not the first.

    Raises:
        WrongUse: OUT is there already, a stopped run is in the way, or --resume finds another.
        Missing, WrongFile: the base or the adapter to continue from can't be used.
    """
    from transformers import set_seed
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    precision = choose_precision(order.settings)  # refuses before anything is written
    arguments = make_arguments(order.part / CHECKPOINTS, order.settings, precision)
    if arguments.should_save:
        _prepare(order)
    else:
        say = silent
    arguments.distributed_state.wait_for_everyone()
    tokenizer = load_tokenizer(order.base)
    rows, too_long = _read_rows(order, Reader(tokenizer))
    set_seed(order.settings.seed)  # the Trainer seeds too, but after the adapter's start
    model = put_adapter(
        load_model(order.base, order.settings), order.base, order.settings, order.begin
    )
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    data = Rows(rows["training"], order.settings.batch, order.settings.seed)
    clock = Clock(order.part)
    watch = Watch(order.part, count_tokens(data, order.settings, arguments.world_size), clock, say)
    trainer = make_trainer(arguments, model, data, rows["validation"], pad, order.settings, watch)
    found = find_checkpoint(order.part / CHECKPOINTS) if order.resume else None
    say(f"Reading {len(rows['training'])} examples" + (f", from {found.name}" if found else ""))
    before = _measure(trainer, rows, order, say, "before")
    done = trainer.train(resume_from_checkpoint=str(found) if found else None)
    round_to_half(model)
    losses = before | _measure(trainer, rows, order, say, "")
    if arguments.should_save:
        run = {
            "tokens": int(trainer.state.num_input_tokens_seen),
            "seconds": round(clock.seconds, 1),
            "tokens_per_second": round(trainer.state.num_input_tokens_seen / clock.seconds, 1),
            "steps": done.global_step,
            "processes": arguments.world_size,
            "precision": precision,
            "learning": count_learning(model),
        }
        _finish(order, model, losses, run, too_long)
    arguments.distributed_state.wait_for_everyone()
    return order.out if arguments.should_save else None


def find_checkpoint(folder: Path) -> Path | None:
    """Return the last checkpoint that was written whole: its state is written last."""
    numbered = {
        int(path.name.rpartition("-")[2]): path
        for path in folder.glob("checkpoint-*")
        if path.name.rpartition("-")[2].isdigit()
    }
    for _, path in sorted(numbered.items(), reverse=True):
        try:
            json.loads((path / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        return path
    return None


def _prepare(order: Order) -> None:
    """Make the folder, or make sure that the one there is of the same run."""
    if order.out.exists():
        raise WrongUse(f"{order.out.name} is there already.", "Choose another --out.")
    asked = order.part / ORDER
    if order.resume:
        if not asked.is_file() or json.loads(asked.read_text()) != order.record:
            raise WrongUse(
                f"No stopped run with these settings and data lies in {order.part.name}.",
                "Give the same arguments as before, or leave --resume out.",
            )
    elif order.part.exists():
        raise WrongUse(
            f"A stopped run lies in {order.part.name}.", "Add --resume, or delete that folder."
        )
    else:
        order.part.mkdir(parents=True)
        asked.write_text(json.dumps(order.record, indent=1) + "\n")


def _read_rows(order: Order, reader: Reader) -> tuple[dict[str, list[Row]], int]:
    """Return the rows of each part without those that are too long, and how many those were."""
    most = order.settings.looked_at
    parts: dict[str, Sequence[Example]] = {
        "training": order.data.training,
        "validation": draw(order.data.validation, most),
        "held_out": draw(order.data.held_out, most),
    }
    rows = {name: [reader.read_example(e) for e in held] for name, held in parts.items()}
    short = {
        name: [row for row in held if len(row.tokens) <= order.settings.longest]
        for name, held in rows.items()
    }
    if not short["training"] or not short["validation"]:
        raise WrongUse("The data leaves nothing to train or to validate on.", "Give more --data.")
    return short, len(rows["training"]) - len(short["training"])


def _measure(
    trainer: Any, rows: dict[str, list[Row]], order: Order, say: Say, when: str
) -> dict[str, Any]:
    """Return the losses on the parts that are not learned from."""
    found: dict[str, Any] = {}
    for part in ("validation", "held_out"):
        found[f"{part}_examples"] = len(rows[part])
        name = f"{part}_{when}" if when else part
        told = trainer.evaluate(rows[part], metric_key_prefix=part) if rows[part] else {}
        found[name] = round(float(told.get(f"{part}_loss", "nan")), 4)
        say(f"Loss on {part.replace('_', ' ')} topics {when or 'after'}: {found[name]:.4f}")
    return found


def _finish(
    order: Order, model: Any, losses: dict[str, Any], run: dict[str, Any], too_long: int
) -> None:
    """Write adapter and card, take away what only a running run needs, give it its name."""
    save_adapter(model, order.base, order.part)
    counted = {
        "training": count_examples(order.data.training),
        "validation": count_examples(order.data.validation),
        "held_out": count_examples(order.data.held_out),
    }
    base, begun = order.base, order.begin.name if order.begin else ""
    write_card(
        order.part,
        {
            "role": order.role,
            "base": {"name": base.name, "files": base.files, "licence": base.licence},
            "begun_from": begun,
            "began_as": f"the base with the adapter {begun}" if begun else "the untouched base",
            "data": {"sha256": digest(order.data.training), "too_long": too_long, **counted},
            "settings": as_record(order.settings),
            "losses": losses,
            "run": run,
        },
    )
    shutil.rmtree(order.part / CHECKPOINTS)
    for name in (ORDER, CLOCK):
        (order.part / name).unlink(missing_ok=True)
    order.part.replace(order.out)
