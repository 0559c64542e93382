"""What the verbs `embedder`, `translation` and `speech` have in common: arguments and a report."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
from pathlib import Path

from convert.encoders.report import REPORT, Report
from elara_local.errors import WrongUse


def add_folders(parser: argparse.ArgumentParser) -> None:
    """Add the folder to read, the one to make, and the licence."""
    parser.add_argument("folder", type=Path, help="a Hugging Face folder with safetensors")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--licence", default="", help="the model's licence, for the report")


def take_folders(arguments: argparse.Namespace) -> tuple[Path, Path, str]:
    """Return the two folders, and the command as typed with names in the place of paths."""
    source, out = arguments.folder.expanduser(), arguments.out.expanduser()
    if not out.parent.is_dir():
        raise WrongUse(f"{out.parent} is no folder.", "Make it first.")
    command = shlex.join(["convert", arguments.verb, source.name, "--out", out.name])
    return source, out, command


def show_report(report: Report, out: Path, as_json: bool) -> int:
    """Print a report that has passed; return the exit code."""
    if as_json:
        print(json.dumps(dataclasses.asdict(report) | {"folder": str(out)}, ensure_ascii=False))
        return 0
    print(f"{out.name}: {report.kind}, {report.quantization}, against: {report.reference}")
    for name, value in report.figures.items():
        print(f"  {name:16} {value:.6g}")
    print(f"Proven; the report is {REPORT}. Install it: models add NAME --source {out}")
    return 0


def whisper(line: str) -> None:
    """Say how far it is, beside what is printed."""
    print(line, file=sys.stderr, flush=True)
