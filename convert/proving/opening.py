"""Opens what a file is proven against, best first: the model as it was trained.

A Hugging Face folder is run by transformers in float32, its adapter by PEFT. A GGUF base with an
adapter is run the same way where torch is installed; elsewhere the base is written out in float32
and llama.cpp puts the adapter on at run time, so that what is proven is the merging and the
rounding, never the base itself. A GGUF in F32, F16 or BF16 that holds the adapter already is run
by llama.cpp. It knows no limit and no verdict.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from convert.adapter import write_adapter
from convert.merge import merge
from convert.progress import Say
from convert.proving.logits import LlamaLogits, Logits
from convert.proving.model_file import read_model_file
from convert.proving.reference import open_huggingface
from elara_local.errors import WrongFile, WrongUse

CONTEXT = 2048  # tokens: the program's own default
FLOATS = ("F32", "F16", "BF16")
NEEDED = ("torch", "transformers", "peft")


@dataclass(frozen=True)
class Source:
    """What a file was made from, and so what it is proven against.

    path     the reference: a Hugging Face folder, a GGUF in F32, F16 or BF16, or, with an
             adapter, the GGUF base that it was put on; None: the file is checked by itself
    adapter  the PEFT adapter that the file is to hold and the reference does not
    base     the untouched base, where the reference already holds the adapter
    """

    path: Path | None
    adapter: Path | None = None
    base: Path | None = None
    licence: str = ""
    command: str = ""


@dataclass(frozen=True)
class Opened:
    """The reference: its path, its engine, that of the untouched base if any, and its name."""

    path: Path
    reference: Logits
    base: Logits | None
    words: str


def open_reference(
    source: Source, room: Path, threads: int, stack: ExitStack, say: Say
) -> Opened | None:
    """Open the reference; None where a file is checked by itself.

    Args:
        source: what the file was made from.
        room: a folder with room for the base in float32, for as long as the stack is open.
        threads: 0 = the physical cores.
        stack: closes what was opened.
        say: told each step.

    Raises:
        Missing: something is not there, or needs the workshop.
        WrongFile: the reference can't be loaded.
        WrongUse: the reference is rounded too far to be one.
    """
    path = source.path
    if path is None:
        return None
    say(f"reading the reference {path.name}")
    if path.is_dir():
        return _open_trained(path, source, threads)
    if source.adapter is None:
        return _open_float(path, source, threads, stack)
    if all(find_spec(name) for name in NEEDED):
        try:
            return _open_trained(path, source, threads)
        except WrongFile as error:
            say(f"{error.message} llama.cpp is asked instead")
    return open_at_run_time(path, source.adapter, room, threads, stack, say)


def open_at_run_time(
    base: Path, adapter: Path, room: Path, threads: int, stack: ExitStack, say: Say
) -> Opened:
    """Write a GGUF base out in float32 and have llama.cpp put the adapter on while it runs.

    Raises:
        WrongFile: the adapter can't be used so.
    """
    folder = tempfile.TemporaryDirectory(prefix="reference-", suffix=".part", dir=room)
    exact, put_on = Path(folder.name, "base.gguf"), Path(folder.name, "adapter.gguf")
    stack.enter_context(folder)
    merge(base, None, exact, "F32", say)
    write_adapter(exact, adapter, put_on, "F32", say)
    reference = stack.enter_context(LlamaLogits(exact, CONTEXT, threads, put_on))
    untouched = stack.enter_context(LlamaLogits(exact, CONTEXT, threads))
    words = f"{base.name} in float32 through llama.cpp, with the adapter at run time"
    return Opened(base, reference, untouched, words)


def _open_trained(path: Path, source: Source, threads: int) -> Opened:
    whole = open_huggingface(path, source.adapter, threads)
    form = "folder" if path.is_dir() else "GGUF dequantized"
    words = f"{path.name}, {form}, float32 through transformers"
    if source.adapter is None:
        return Opened(path, whole, None, words)
    return Opened(path, whole, whole.without(), f"{words}, with the adapter through PEFT")


def _open_float(path: Path, source: Source, threads: int, stack: ExitStack) -> Opened:
    kind = read_model_file(path).quantization
    if kind not in FLOATS:
        raise WrongUse(
            f"{path.name} is {kind}; a reference must be one of {', '.join(FLOATS)}.",
            "Name what the file was made from.",
        )
    reference = stack.enter_context(LlamaLogits(path, CONTEXT, threads))
    untouched: Logits | None = None
    if source.base is not None and source.base.is_dir():
        untouched = open_huggingface(source.base, None, threads)
    elif source.base is not None:
        untouched = stack.enter_context(LlamaLogits(source.base, CONTEXT, threads))
    return Opened(path, reference, untouched, f"{path.name}, {kind} through llama.cpp")
