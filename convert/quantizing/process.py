"""llama.cpp's quantizer in a process of its own; its log comes back line by line.

A process of its own for three reasons: llama.cpp ends its whole process at a weight or a header
it did not expect; its quantizer can't be asked to stop, but a process can be ended at once; and
the memory is given back whole. The child ends by itself at the next line when nobody listens.

It knows no kind by name, no limit and no report: see `convert.quantize`.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from elara_local.engines.chat.native import load_library
from elara_local.errors import ElaraError

REPOSITORY = Path(__file__).resolve().parents[2]
BUFFER = 1 << 29  # bytes of rows in memory at once, each for reading and for writing
KEPT = 2_000  # characters of what the child said last, for the reason of a crash
WRONG = ("failed to quantize:", "GGML_ASSERT", "GGML_ABORT", "error")  # the best reason first


@dataclass(frozen=True)
class Job:
    """What the child is to do. Types and file types are llama.cpp's numbers; -1 is "not set"."""

    source: str
    target: str
    file_type: int
    threads: int = 0  # 0 = what llama.cpp takes
    dry: bool = False  # only say what would be made
    requantize: bool = False
    importance: str = ""  # a .npz file: the weight's name -> mean squared input per column
    overrides: tuple[tuple[str, int], ...] = ()  # regular expression on names -> type
    output: int = -1
    embedding: int = -1


def run_job(job: Job, hear: Callable[[str], None]) -> None:
    """Run the job in a child; `hear` is told each whole line of llama.cpp's log.

    Whatever `hear` raises ends the child. The target may be left half-written: the caller
    removes it.

    Raises:
        ElaraError: the child failed; the message is its reason.
    """
    command = [sys.executable, "-m", "convert.quantizing.process", json.dumps(asdict(job))]
    child = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    said = ""
    try:
        assert child.stdout is not None
        for line in child.stdout:
            said = (said + line)[-KEPT:]
            hear(line.rstrip("\n"))
        code = child.wait()
    finally:
        child.kill()
        child.wait()
    if code:
        raise ElaraError(find_reason(said, code))


def find_reason(said: str, code: int) -> str:
    """Return why the child ended, in one line: llama.cpp's own words, else the exit code."""
    lines = [line.strip(" =-") for line in said.splitlines() if line.strip(" =-")]
    for sign in WRONG:
        for line in lines:
            if sign in line:
                return line.partition("failed to quantize: ")[2] or line[:200]
    ended = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"its process {ended}"


def _do(job: Job) -> int:
    """Quantize; return llama.cpp's answer, 0 when all is well."""
    library = load_library()
    listen = library.llama_log_callback(_pass_on)
    library.llama_log_set(listen, ctypes.c_void_p(0))
    options = library.llama_model_quantize_default_params()
    options.ftype, options.nthread = job.file_type, job.threads
    options.dry_run, options.allow_requantize = job.dry, job.requantize
    options.max_buf_size = BUFFER
    if job.output >= 0:
        options.output_tensor_type = job.output
    if job.embedding >= 0:
        options.token_embedding_type = job.embedding
    # C reads these while it works: the names below keep them alive until it has answered.
    overrides = _lay_overrides(library, job)
    importance, columns = _lay_importance(library, job)
    if job.overrides:
        options.tt_overrides = overrides
    if job.importance:
        options.imatrix = importance
    answer = library.llama_model_quantize(
        job.source.encode(), job.target.encode(), ctypes.byref(options)
    )
    del overrides, importance, columns, listen
    return int(answer)


def _pass_on(_level: int, text: bytes, _data: Any) -> None:
    try:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    except OSError:
        os._exit(1)  # nobody listens any more, and an error raised here would be lost in C


def _lay_overrides(library: Any, job: Job) -> Any:
    """C's array of overrides, ended by an empty one."""
    array = (library.llama_model_tensor_override * (len(job.overrides) + 1))()
    for number, (pattern, kind) in enumerate(job.overrides):
        array[number].pattern, array[number].type = pattern.encode(), kind
    return array


def _lay_importance(library: Any, job: Job) -> tuple[Any, list[Any]]:
    """C's array of importance, ended by an empty entry, and the numbers it points at."""
    import numpy as np

    if not job.importance:
        return None, []
    with np.load(job.importance, allow_pickle=False) as file:
        columns = {n: np.ascontiguousarray(file[n], dtype=np.float32).ravel() for n in file.files}
    array = (library.llama_model_imatrix_data * (len(columns) + 1))()
    for number, (name, values) in enumerate(columns.items()):
        array[number].name = name.encode()
        array[number].data = values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        array[number].size = values.size
    return array, list(columns.values())


if __name__ == "__main__":
    raise SystemExit(_do(Job(**json.loads(sys.argv[1]))))
