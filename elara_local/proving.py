"""Sees to the report of a chat model that someone brings: it comes along, or is made here.

A file with a report beside it is taken only if the report passes and is that of this very file.
One without is checked by itself by `python -m convert verify FILE` in another process, which
writes the report; Elara itself never imports `convert`. It knows no catalogue and no engine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from elara_local.errors import Missing, WrongFile
from elara_local.proofs import proof_path, read_proof, require_proof
from elara_local.settings import REPOSITORY

COMMAND = (sys.executable, "-m", "convert", "verify", "--json")


def settle_proof(
    origin: Path,
    copy: Path,
    progress: Callable[[str], None] = lambda line: None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Make sure that the copy of a chat model has a report beside it that passes.

    `environment` is that of the other process; None = as here.

    Raises:
        WrongFile: the report that came with it did not pass or is of another file, or the
            check made here failed; says why.
    """
    if proof_path(origin).is_file():
        shutil.copyfile(proof_path(origin), proof_path(copy))
    else:
        progress(f"{copy.name} has no report; checking it by itself, some minutes")
        _verify(copy, progress, environment)
    require_proof(copy)


def read_licence(model: Path) -> str:
    """Return the licence that a file's report names, "" where there is none or no report.

    A faulty report is not refused here but by `settle_proof`.
    """
    try:
        return read_proof(model).licence
    except Missing:
        return ""


def _verify(
    model: Path, progress: Callable[[str], None], environment: Mapping[str, str] | None
) -> None:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        with subprocess.Popen(
            [*COMMAND, str(model)],
            cwd=REPOSITORY,
            env=dict(environment) if environment is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as child:
            for line in child.stderr or ():
                progress(line.rstrip())
            code = child.wait()
        said.seek(0)
        record = _read(said.read())
    if code != 0:
        reason = "; ".join(record.get("faults", ())) or record.get("error") or f"code {code}"
        raise WrongFile(
            f"{model.name} did not pass its check: {str(reason).rstrip('.')}.",
            record.get("hint") or "Fetch it again, or choose another model.",
        )


def _read(said: str) -> dict[str, Any]:
    """Return what the other process printed; nothing where it ended without a word."""
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
