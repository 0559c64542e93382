"""Where training examples come from, and which of them may be learned from.

A source is a name of SOURCES ("dialogues", "grounded", "grounded:600") or a file of JSON lines as
`convert examples --out` writes it. Topics, not examples, are kept apart: those that adapters are
judged by are never trained on, and the validation part that ends a run is taken from the others.
It knows no tokenizer and no model.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.dialogues import EXAMPLES, Example, find_faults, read_examples
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.records import Evidence
from elara_local.roles import ROLE_IDS
from elara_local.settings import HANDBOOK

ALL = "all"
VALIDATION = 12  # one training topic in so many is validated on
GROUNDED = 600  # examples made when no number is given


def _read_dialogues(count: int, seed: int) -> list[Example]:
    return read_examples(EXAMPLES, HANDBOOK)[: count or None]


def _make_grounded(count: int, seed: int) -> list[Example]:
    from convert.grounded import make_examples

    return make_examples(HANDBOOK, seed, count or GROUNDED)


SOURCES: Mapping[str, Callable[[int, int], list[Example]]] = {
    "dialogues": _read_dialogues,
    "grounded": _make_grounded,
}


@dataclass(frozen=True)
class Split:
    """The examples of one run; no topic stands in two of the parts."""

    training: tuple[Example, ...]
    validation: tuple[Example, ...]
    held_out: tuple[Example, ...]


def read_sources(names: Sequence[str], seed: int) -> list[Example]:
    """Read every source, in order; an example that stands twice is taken once.

    Raises:
        WrongUse: a name is no source and no file.
        WrongFile: a file of examples is damaged, or an example in it fails its checks.
    """
    found: dict[str, Example] = {}
    for name in names:
        for example in _read_source(name, seed):
            found.setdefault(f"{example.role}\n{example.question}\n{example.response}", example)
    return list(found.values())


def choose_role(examples: Iterable[Example], role: str) -> list[Example]:
    """Return the examples of one role, or all of them for "all".

    Raises:
        WrongUse: there is no such role, or it has no example.
    """
    if role not in (*ROLE_IDS, ALL):
        raise WrongUse(f"There is no role '{role}'.", f"Use {', '.join((*ROLE_IDS, ALL))}.")
    chosen = [example for example in examples if role in (ALL, example.role)]
    if not chosen:
        raise WrongUse(f"The data holds no example for '{role}'.", "Give another --data.")
    return chosen


def split(examples: Sequence[Example]) -> Split:
    """Put every example into its part, by the hash of its topic alone."""
    parts: dict[str, list[Example]] = {"training": [], "validation": [], "held_out": []}
    for example in examples:
        parts[part_of(example)].append(example)
    return Split(**{name: tuple(held) for name, held in parts.items()})


def part_of(example: Example) -> str:
    """Return the part of Split that an example belongs to."""
    if example.held_out:
        return "held_out"
    drawn = hashlib.sha256(f"validation {example.topic}".encode()).digest()[0]
    return "validation" if drawn % VALIDATION == 0 else "training"


def draw(examples: Sequence[Example], most: int) -> list[Example]:
    """Return at most so many, chosen by hash, so that every run looks at the same ones."""
    return sorted(examples, key=lambda e: digest([e]))[:most]


def digest(examples: Sequence[Example]) -> str:
    """Return the sha256 of the examples, in their order."""
    state = hashlib.sha256()
    for example in examples:
        record = dataclasses.asdict(example)
        state.update(json.dumps(record, sort_keys=True, ensure_ascii=False).encode())
    return state.hexdigest()


def _read_source(name: str, seed: int) -> list[Example]:
    kind, _, count = name.partition(":")
    if kind in SOURCES and (not count or count.isdigit()):
        return SOURCES[kind](int(count or 0), seed)
    path = Path(name).expanduser()
    if path.suffix != ".jsonl":
        raise WrongUse(
            f"'{path.name}' is no source of examples.",
            f"Use {', '.join(SOURCES)}, one of them with a count (grounded:600), or a .jsonl file.",
        )
    if not path.is_file():
        raise Missing(f"{path.name} is not there.", "Make it with: convert examples --out FILE.")
    return read_lines(path)


def read_lines(path: Path) -> list[Example]:
    """Read a file of JSON lines; each must pass the checks of a drafted answer.

    Raises:
        WrongFile: a line is no example, or fails a check.
    """
    found = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                example = _read_record(json.loads(line))
                fault = next(find_faults(example), "")
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                fault = f"it is no example ({type(error).__name__}: {error})"
            if fault:
                raise WrongFile(f"Line {number} of {path.name}: {fault}.", "Leave the line out.")
            found.append(example)
    return found


def _read_record(record: dict[str, Any]) -> Example:
    evidence = tuple(
        Evidence(**{**item, "populations": tuple(item.get("populations", ()))})
        for item in record["evidence"]
    )
    fields = {f.name for f in dataclasses.fields(Example)} - {"evidence", "file"}
    words = {name: str(record[name]) for name in fields}
    return Example(file=str(record.get("file", "lines")), evidence=evidence, **words)
