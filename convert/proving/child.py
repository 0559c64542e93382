"""The process that evaluates one GGUF file for the proof, and may die of it.

`python -m convert.proving.child FILE CONTEXT THREADS [ADAPTER]` loads the file on the processor
with a float32 cache and answers requests, one JSON object a line, with frames
(convert/proving/frames). One thread owns the model. It knows no text of its own and no limit.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from convert.proving.frames import ANSWER, FAULT, ROW, write_frame
from elara_local.engines.chat.context import Context
from elara_local.engines.chat.header import read_header
from elara_local.engines.chat.templates import Part
from elara_local.engines.machine import physical_cores
from elara_local.errors import ElaraError
from elara_local.offline import guard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE = 32  # tokens whose rows are held at once: 19 MB at 152,000 outputs
ON = "on"  # the role of the one adapter
FLOAT32 = 0  # GGML_TYPE_F32


class Measured(Context):
    """A context that keeps its cache in float32 and the logits of every token."""

    def _choose_options(self, context: int, threads: int) -> Any:
        options = super()._choose_options(context, threads)
        options.n_batch = options.n_ubatch = options.n_outputs_max = PIECE
        options.type_k = options.type_v = FLOAT32
        options.flash_attn_type = self._llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        options.op_offload = options.offload_kqv = False
        return options

    def rows(self, tokens: Sequence[int], start: int) -> Iterator[NDArray[np.float32]]:
        """Yield the logits after tokens[start:]; goes on from the last call where it can."""
        if tokens[: len(self._cache)] != self._cache or len(self._cache) != start:
            self._llama.llama_memory_clear(self._memory, True)
            self._cache = []
        if len(tokens) > self.size or not all(0 <= t < self.vocabulary_size for t in tokens):
            raise ElaraError(f"{len(tokens)} tokens do not fit {self.size}, or one is unknown.")
        for first in range(len(self._cache), len(tokens), PIECE):
            piece = list(tokens[first : first + PIECE])
            self._evaluate_all(piece, start - first)
            self._cache += piece
            for number in range(max(start - first, 0), len(piece)):
                yield self._row(number)

    def without_first(self, tokens: Sequence[int]) -> Sequence[int]:
        """Return the tokens without a leading BOS."""
        bos = self._llama.llama_vocab_bos(self._vocabulary)
        return tokens[1:] if tokens[:1] == [bos] else tokens

    def _evaluate_all(self, piece: list[int], wanted: int) -> None:
        """Evaluate a piece; the logits of its tokens from number `wanted` on are kept."""
        batch = self._llama.llama_batch_init(len(piece), 0, 1)
        batch.n_tokens = len(piece)
        for number, token in enumerate(piece):
            batch.token[number] = token
            batch.pos[number] = len(self._cache) + number
            batch.n_seq_id[number] = 1
            batch.seq_id[number][0] = 0
            batch.logits[number] = number >= wanted
        pace = self._paces[len(piece) > 1]
        threads = pace.pick()
        self._llama.llama_set_n_threads(self._context, threads, threads)
        begin = time.perf_counter()
        answer = int(self._llama.llama_decode(self._context, batch))
        pace.record(threads, (time.perf_counter() - begin) * 1000 / len(piece))
        self._llama.llama_batch_free(batch)
        if answer != 0:
            raise ElaraError(f"llama.cpp failed with code {answer}.")

    def _row(self, number: int) -> NDArray[np.float32]:
        import numpy as np

        pointer = self._llama.llama_get_logits_ith(self._context, number)
        if not pointer:
            raise ElaraError("llama.cpp gave no logits.")
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,))


def serve(
    model: Path, context: int, threads: int, out: IO[bytes], adapter: Path | None = None
) -> None:
    """Load the file, say what it is, and answer until the requests end."""
    trained = read_header(model).trained_context
    roles = {ON: adapter} if adapter else {}
    measured = Measured(
        model, min(context or trained, trained), threads or physical_cores(), 0, roles
    )
    measured.reuse((), ON)
    _answer(
        out,
        {
            "context": min(measured.size, trained),
            "outputs": measured.vocabulary_size,
            "template": measured.template,
            "bos": measured.bos,
        },
    )
    for line in sys.stdin:
        request = json.loads(line)
        if "tokens" in request:
            for row in measured.rows(request["tokens"], request["start"]):
                write_frame(out, ROW, row.tobytes())
            out.flush()
        elif "parts" in request:
            parts = [Part(text, control) for text, control in request["parts"]]
            _answer(out, {"tokens": measured.tokenize(parts)})
        else:
            _answer(out, {"text": _write(measured, request["write"])})


def _write(measured: Measured, tokens: Sequence[int]) -> str:
    kept = takewhile(lambda token: not measured.ends(token), measured.without_first(tokens))
    pieces = b"".join(measured.text_of(token) for token in kept)
    return codecs.decode(pieces, "utf-8", "replace")


def _answer(out: IO[bytes], content: dict[str, Any]) -> None:
    write_frame(out, ANSWER, json.dumps(content).encode())
    out.flush()


def main() -> int:
    """Serve on a copy of standard output; what libraries print goes nowhere."""
    guard()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        adapter = Path(sys.argv[4]) if len(sys.argv) > 4 else None
        serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), out, adapter)
    except ElaraError as error:
        write_frame(out, FAULT, error.message.encode())
        out.flush()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
