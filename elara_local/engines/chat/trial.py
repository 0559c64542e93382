"""Loads an unknown chat model in a process of its own first: a crash there harms nobody.

A header that is well formed can still make llama.cpp end the whole process. The child
loads the file and evaluates one token; only if it comes back well is the file loaded here.
A file is tried once in the life of this process. It knows no prompt and no question.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from elara_local.errors import ElaraError, Stopped, WrongFile

REPOSITORY = Path(__file__).resolve().parents[3]
SECONDS = 300.0  # a 5 GB file from a slow disk
CONTEXT = 64
HINT = "Remove it and run `python3 launcher.py models add` for a whole copy."

_tried: set[tuple[str, int, int]] = set()


def require_loadable(model: Path, layers: int = 0, seconds: float = SECONDS) -> None:
    """Load the file in a child process, unless that was done before.

    Raises:
        WrongFile: the child could not load it, crashed, or took longer than `seconds`.
    """
    state = model.stat()
    key = (str(model.resolve()), state.st_size, state.st_mtime_ns)
    if key in _tried:
        return
    command = [sys.executable, "-m", "elara_local.engines.chat.trial", str(model), str(layers)]
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


def try_model(model: Path, layers: int) -> None:
    """Load the model and evaluate its first token.

    Raises:
        ElaraError: it can't be done.
    """
    from elara_local.engines.chat.context import Context
    from elara_local.engines.chat.templates import Part

    context = Context(model, CONTEXT, threads=1, layers=layers)
    tokens = context.tokenize([Part("a", False)])
    if not tokens:
        raise WrongFile(f"The chat model {model.name} knows no words.", HINT)
    context.evaluate(tokens[:1])
    if not context.scores().size:
        raise WrongFile(f"The chat model {model.name} gives no scores.", HINT)
    context.text_of(tokens[0])
    context.close()


if __name__ == "__main__":
    try:
        try_model(Path(sys.argv[1]), int(sys.argv[2]))
    except Stopped:
        raise SystemExit(1) from None
    except ElaraError as error:
        sys.stdout.write(f"{error.message}\n")
        raise SystemExit(1) from None
