"""`convert examples`: the training examples as JSON lines, and how many there are of what.

`--held-out` writes those that adapters are judged by, the file of `evaluate --suite adapters`:
every held-out dialogue, and of the grounded ones as many for each role. It trains nothing.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from convert.dialogues import EXAMPLES, Example, count, find_faults, read_examples
from convert.grounded import make
from convert.verbs.verb import Verb
from elara_local.errors import WrongFile
from elara_local.settings import HANDBOOK, Settings

COUNT = 1500  # grounded examples; about a fifth of them are held out
SEED = 7
JUDGED = 30  # grounded held-out examples of each role that adapters are judged by


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, help="write the examples here, one JSON object a line")
    parser.add_argument("--held-out", action="store_true", help="only what adapters are judged by")
    parser.add_argument("--count", type=int, default=COUNT, help="grounded examples to make")
    parser.add_argument("--seed", type=int, default=SEED, help="chooses the grounded examples")


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    dialogues = read_examples(EXAMPLES, HANDBOOK)
    require_sound(dialogues)
    made = make(HANDBOOK, arguments.seed, arguments.count)
    chosen = [*dialogues, *made.examples]
    if arguments.held_out:
        chosen = [*(e for e in dialogues if e.held_out), *choose_judged(made.examples)]
    if arguments.out is not None:
        write_examples(arguments.out, chosen)
    counted = {name: dict(found) for name, found in count(chosen).items()}
    told = {"examples": len(chosen), **counted, "left_out": dict(made.left_out)}
    print(json.dumps(told) if arguments.json else _say(told))
    return 0


def require_sound(examples: Sequence[Example]) -> None:
    """Refuse dialogues that fail the check of a drafted answer.

    Raises:
        WrongFile: one of them does.
    """
    for example in examples:
        for fault in find_faults(example):
            raise WrongFile(
                f"An example of {example.file} on {example.topic} can't be used: {fault}.",
                "Mend it in convert/examples/.",
            )


def choose_judged(examples: Sequence[Example]) -> list[Example]:
    """Return the first JUDGED held-out examples of each role, in their order."""
    seen: Counter[str] = Counter()
    chosen = []
    for example in examples:
        if example.held_out and seen[example.role] < JUDGED:
            seen[example.role] += 1
            chosen.append(example)
    return chosen


def as_record(example: Example) -> dict[str, object]:
    """Return an example as the JSON object of its line."""
    record = asdict(example)
    record["half"] = "held out" if example.held_out else "training"
    return record


def write_examples(path: Path, examples: Sequence[Example]) -> None:
    """Write the examples, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    lines = (json.dumps(as_record(e), ensure_ascii=False, sort_keys=True) for e in examples)
    part.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    part.replace(path)


def _say(told: Mapping[str, object]) -> str:
    lines = [f"{told['examples']} examples"]
    for name, found in told.items():
        if isinstance(found, dict):
            listed = ", ".join(f"{value}: {times}" for value, times in sorted(found.items()))
            lines.append(f"{name.replace('_', ' ')}: {listed or 'none'}")
    return "\n".join(lines)


VERB = Verb("examples", "count the training examples, or write them as JSON lines", _add, _run)
