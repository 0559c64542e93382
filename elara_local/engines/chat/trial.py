"""Loads an unknown chat model in a process of its own first: a crash there harms nobody.

A header that is well formed can still make llama.cpp end the whole process. The child has
llama.cpp check every number, loads the file and its adapters and evaluates a token with each;
only if it comes back well are they loaded here. They are tried once in the life of this
process. It knows no prompt and no question.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from elara_local.errors import ElaraError, Stopped, WrongFile

REPOSITORY = Path(__file__).resolve().parents[3]
SECONDS = 300.0  # a 5 GB file from a slow disk
CONTEXT = 64
HINT = "Remove it and run `python3 launcher.py models add` for a whole copy."

_tried: set[tuple[tuple[str, int, int], ...]] = set()


def require_loadable(
    model: Path, layers: int = 0, adapters: Sequence[Path] = (), seconds: float = SECONDS
) -> None:
    """Load the model and its adapters in a child process, unless that was done before.

    Raises:
        WrongFile: the child could not load it, crashed, or took longer than `seconds`.
    """
    files = (model, *adapters)
    key = tuple((str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files)
    if key in _tried:
        return
    command = [sys.executable, "-m", "elara_local.engines.chat.trial", str(layers)]
    command += [str(file) for file in files]
    try:
        child = subprocess.run(
            command,
            cwd=REPOSITORY,
            capture_output=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise WrongFile(
            f"The chat model {model.name} did not load within {seconds:.0f} s.", HINT
        ) from error
    if child.returncode != 0:
        said = child.stdout.decode("utf-8", "replace").strip().splitlines()
        why = said[-1] if said else f"its process ended with code {child.returncode}"
        raise WrongFile(f"The chat model {model.name} can't be loaded: {why}", HINT)
    _tried.add(key)


def try_model(model: Path, layers: int, adapters: Sequence[Path] = ()) -> None:
    """Load the model and evaluate a token with it alone and with each adapter.

    Raises:
        ElaraError: it can't be done, or the scores are not numbers.
    """
    import numpy as np

    from elara_local.engines.chat.context import Context
    from elara_local.engines.chat.sampling import choose
    from elara_local.engines.chat.templates import Part

    roles = {path.name: path for path in adapters}
    context = Context(model, CONTEXT, threads=1, layers=layers, adapters=roles, check=True)
    try:
        tokens = context.tokenize([Part("a", False)])
        if not tokens:
            raise WrongFile(f"The chat model {model.name} knows no words.", HINT)
        for role in ("", *roles):
            context.reuse(tokens[:1], role)
            context.evaluate(tokens[:1])
            best = choose(context.scores(), 0.0, np.random.default_rng(0))
        context.text_of(best)
    finally:
        context.close()


def take_voice() -> TextIO:
    """Return a way to the parent that C code can't write to: its words go to stderr."""
    voice = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)
    return voice


if __name__ == "__main__":
    voice = take_voice()
    try:
        try_model(Path(sys.argv[2]), int(sys.argv[1]), [Path(name) for name in sys.argv[3:]])
    except Stopped:
        raise SystemExit(1) from None
    except ElaraError as error:
        voice.write(f"{error.message}\n")
        voice.close()
        raise SystemExit(1) from None
