"""The training card: training.json for programs and README.md for people.

It says what the adapter was made of, how, and what is not proven. No name of the machine and no
path is in it. It knows no library but by its version.
"""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from convert.dialogues import Example

CARD, PAGE = "training.json", "README.md"
FORMAT = 1
LIBRARIES = ("torch", "transformers", "peft", "accelerate", "safetensors")
NOT_PROVEN = (
    "A lower loss is not a safer answer: whether its sentences pass the grounding check is "
    "measured by `python3 launcher.py evaluate --suite adapters`.",
    "No clinician has read what it writes.",
    "It was trained in English only.",
)


def count_examples(examples: Sequence[Example]) -> dict[str, Any]:
    """Return how many examples there are, by role, kind and source, and of how many topics."""
    return {
        "examples": len(examples),
        "topics": len({example.topic for example in examples}),
        "role": dict(sorted(Counter(example.role for example in examples).items())),
        "kind": dict(sorted(Counter(example.kind for example in examples).items())),
        "grounded": sum(example.file == "grounded" for example in examples),
    }


def describe_machine() -> dict[str, object]:
    """Return the processor, its cores, and the card if there is one."""
    import psutil
    import torch

    found = {
        "processor": _read_processor(),
        "cores": psutil.cpu_count(logical=False) or psutil.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.system(),
        "python": platform.python_version(),
    }
    if torch.cuda.is_available():
        found["card"] = torch.cuda.get_device_name()
    return found


def _read_processor() -> str:
    """Return the processor's name as Linux tells it, else as Python does."""
    told = Path("/proc/cpuinfo")
    if told.is_file():
        for line in told.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write both files of the card."""
    whole = {
        "format": FORMAT,
        "made": datetime.now(UTC).date().isoformat(),
        **card,
        "machine": describe_machine(),
        "versions": {name: version(name) for name in LIBRARIES},
        "not_proven": list(NOT_PROVEN),
    }
    text = json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=False)
    (folder / CARD).write_text(f"{text}\n", encoding="utf-8")
    (folder / PAGE).write_text(_write_page(whole), encoding="utf-8")


def _write_page(card: Mapping[str, Any]) -> str:
    base, data, loss, run = card["base"], card["data"], card["losses"], card["run"]
    files = [f"- `{name}`, sha256 `{sha}`" for name, sha in base["files"].items()]
    settings = [f"| {name} | {value} |" for name, value in card["settings"].items()]
    begun = f", continued from the adapter `{card['begun_from']}`" if card["begun_from"] else ""
    losses = [
        f"| {part.replace('_', ' ')} topics, {loss[f'{part}_examples']} | "
        f"{loss[f'{part}_before']:.3f} | {loss[part]:.3f} |"
        for part in ("validation", "held_out")
    ]
    lines = [
        f"# Adapter of {base['name']} for: {card['role']}",
        "",
        f"A LoRA adapter (PEFT), trained on {card['made']} with `convert train`{begun}.",
        f"Licence of the base: {base['licence'] or 'not told'}. "
        "The adapter is under the licence of this repository.",
        "",
        "## Base",
        *files,
        "",
        "## Data",
        *_describe_data(data),
        "",
        "## Losses for each token of an answer, in nats",
        f"| examples | {card['began_as']} | this adapter |",
        "|---|---|---|",
        *losses,
        "",
        "The course is in `loss.svg`.",
        "",
        "## Run",
        f"{run['tokens']:,} tokens in {run['seconds']:,.0f} s "
        f"({run['tokens_per_second']:,.0f} a second, looks at the other topics included), "
        f"{run['steps']} steps, computed in {run['precision']}; "
        f"{run['learning']:,} numbers learned.",
        "",
        "| setting | value |",
        "|---|---|",
        *settings,
        "",
        "## Not proven",
        *(f"- {line}" for line in card["not_proven"]),
    ]
    return "\n".join(lines) + "\n"


def _describe_data(data: Mapping[str, Any]) -> list[str]:
    """Return what was learned from and what never was, in lines."""
    learned, other, judged = data["training"], data["validation"], data["held_out"]
    roles = ", ".join(f"{role} {count}" for role, count in learned["role"].items())
    kinds = ", ".join(f"{kind} {count}" for kind, count in learned["kind"].items())
    return [
        f"- learned from: {learned['examples']} examples of {learned['topics']} topics, "
        f"{learned['grounded']} of them made by script",
        f"- roles: {roles}",
        f"- kinds: {kinds}",
        f"- left out as too long: {data['too_long']}",
        f"- validated on: {other['examples']} examples of {other['topics']} other topics",
        f"- never trained on: {judged['examples']} examples of {judged['topics']} held-out topics",
        f"- sha256 of the examples learned from: `{data['sha256']}`",
    ]
