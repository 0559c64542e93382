"""Measures which columns of each weight matter: llama.cpp runs the text, we look at the inputs.

While a piece of text is evaluated, llama.cpp shows every step of its computation to a function
of ours; where a weight of a layer is multiplied, the squares of what it is multiplied with are
added up. Any architecture that llama.cpp runs is measured so, without torch, on the very file
that is to be quantized.

What is covered: linear weights of the layers ("blk."). What is not: the output layer and the
token embedding, which llama.cpp's own tool leaves out too; mixtures of experts, which are
refused. It knows no text and no kind of quantization.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convert.progress import Meter, Say, silent
from elara_local.engines.chat.native import load_library
from elara_local.engines.chat.trial import require_loadable
from elara_local.engines.machine import physical_cores
from elara_local.errors import ElaraError, Missing, WrongFile
from elara_local.weights import find_fault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE = 128  # tokens in one evaluation; scores of every one are kept: 4 bytes a word each
LONGEST = 512  # tokens of one text; the rest is left out
OBJECT = 32  # bytes that ggml_tensor_overhead counts beside the tensor itself
FLOAT = 0  # ggml's number of F32
AGAIN = "Make or fetch the model again."


class Tensor(ctypes.Structure):
    """ggml's tensor as ggml.h of the pinned version lays it out; `Inputs` checks its size."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("buffer", ctypes.c_void_p),
        ("ne", ctypes.c_int64 * 4),
        ("nb", ctypes.c_size_t * 4),
        ("op", ctypes.c_int),
        ("op_params", ctypes.c_int32 * 16),
        ("flags", ctypes.c_int32),
        ("src", ctypes.c_void_p * 10),
        ("view_src", ctypes.c_void_p),
        ("view_offs", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("name", ctypes.c_char * 64),
        ("extra", ctypes.c_void_p),
        ("padding", ctypes.c_char * 8),
    )


class Inputs:
    """Adds up the squared inputs of every weight; `look` is what llama.cpp calls."""

    def __init__(self) -> None:
        """Find ggml's functions.

        Raises:
            Missing: the installed llama.cpp is laid out otherwise than the pinned one.
        """
        from llama_cpp._ggml import libggml

        overhead, name = libggml.ggml_tensor_overhead, libggml.ggml_op_name
        overhead.restype, name.restype = ctypes.c_size_t, ctypes.c_char_p
        if overhead() != OBJECT + ctypes.sizeof(Tensor):
            raise Missing(
                "This llama.cpp lays out its tensors in a way that is not known.",
                "Install the pinned llama-cpp-python (requirements.txt).",
            )
        numbers = {name(number): number for number in range(64)}
        self._product, self._experts = numbers[b"MUL_MAT"], numbers[b"MUL_MAT_ID"]
        self._copy = libggml.ggml_backend_tensor_get
        self._copy.restype = None
        self._copy.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
        self._sums: dict[str, NDArray[np.float64]] = {}
        self._rows: dict[str, int] = {}
        self.fault = ""

    def look(self, address: int, ask: bool, _data: Any) -> bool:
        """Say whether a step is wanted (`ask`), or take it once it is computed.

        An error raised here would be lost in C, so it is kept in `fault`, and the answer
        "no" ends the evaluation.
        """
        step = Tensor.from_address(address)
        if ask:
            if step.op == self._experts:
                self.fault = "it is a mixture of experts, which can't be measured here"
            return bool(step.op == self._product and _weight_of(step).startswith("blk."))
        try:
            self._take(_weight_of(step), step.src[1])
        except (ValueError, TypeError, MemoryError) as error:
            self.fault = str(error) or type(error).__name__
        return not self.fault

    def _take(self, name: str, address: int) -> None:
        import numpy as np

        given = Tensor.from_address(address)
        columns, rows = given.ne[0], given.ne[1] * given.ne[2] * given.ne[3]
        if given.type != FLOAT or given.nb[0] != 4 or given.nb[1] != 4 * columns:
            raise ValueError(f"the input of {name} is laid out in a way that is not known")
        values = np.empty((rows, columns), dtype=np.float32)
        self._copy(address, values.ctypes.data, 0, values.nbytes)
        summed = np.square(values.astype(np.float64)).sum(axis=0)
        self._sums[name] = self._sums[name] + summed if name in self._sums else summed
        self._rows[name] = self._rows.get(name, 0) + rows

    def means(self) -> dict[str, NDArray[np.float32]]:
        """Return of every weight the mean of its squared inputs, float32 (columns,)."""
        import numpy as np

        return {n: (total / self._rows[n]).astype(np.float32) for n, total in self._sums.items()}


def _weight_of(step: Tensor) -> str:
    """The name of the weight that a step multiplies with, "" where there is none."""
    if not step.src[0]:
        return ""
    name: str = Tensor.from_address(step.src[0]).name.decode("utf-8", "replace")
    return name.split("#")[1] if name.count("#") == 2 else name  # a copy: "device#name#number"


def measure_importance(
    model: Path, texts: Sequence[str], say: Say = silent, threads: int = 0
) -> dict[str, NDArray[np.float32]]:
    """Return of each layer's linear weights the mean squared input per column, float32 (columns,).

    Each text is evaluated by itself, from its beginning and up to 512 tokens. What `say` raises
    ends the work. The names are those of the GGUF file.

    Raises:
        WrongFile: the model can't be used, or can't be measured.
        ElaraError: there is no text, or llama.cpp failed.
    """
    if fault := find_fault(model):
        raise WrongFile(f"{model.name} can't be used: {fault}.", AGAIN)
    require_loadable(model)
    inputs, run = Inputs(), Run(model, threads or physical_cores())
    try:
        run.open(inputs)
        pieces = [tokens for text in texts if (tokens := run.tokenize(text))]
        if not pieces:
            raise ElaraError("There is no text to measure the importance on.", "Give some.")
        meter = Meter(f"measuring {model.name}", sum(map(len, pieces)), say, unit="tokens")
        for tokens in pieces:
            run.evaluate(tokens)
            if inputs.fault:
                raise WrongFile(f"{model.name} can't be measured: {inputs.fault}.", AGAIN)
            meter.add(len(tokens))
    finally:
        run.close()
    return inputs.means()


class Run:
    """A model opened so that every step of its computation is shown to `Inputs`."""

    def __init__(self, model: Path, threads: int) -> None:
        self._llama = load_library()
        self._file, self._threads = model, threads
        self._model: Any = None
        self._context: Any = None

    def open(self, inputs: Inputs) -> None:
        """Load the model; raises WrongFile."""
        llama = self._llama
        options = llama.llama_model_default_params()
        options.n_gpu_layers = 0
        self._model = llama.llama_model_load_from_file(str(self._file).encode(), options)
        if not self._model:
            raise WrongFile(f"llama.cpp refuses {self._file.name}.", AGAIN)
        self._vocabulary = llama.llama_model_get_vocab(self._model)
        settings = llama.llama_context_default_params()
        settings.n_ctx, settings.n_batch, settings.n_ubatch = LONGEST, PIECE, PIECE
        settings.n_outputs_max = PIECE
        # 16 bits, in the cache or in flash attention, would change the means by 0.3 %.
        settings.type_k = settings.type_v = FLOAT
        settings.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        settings.n_threads = settings.n_threads_batch = self._threads
        self._look = llama.ggml_backend_sched_eval_callback(inputs.look)  # kept while C holds it
        settings.cb_eval = self._look
        self._context = llama.llama_init_from_model(self._model, settings)
        if not self._context:
            raise ElaraError(f"llama.cpp can't open {self._file.name} to measure it.", AGAIN)

    def tokenize(self, text: str) -> list[int]:
        """Return at most 512 tokens; markers of a chat are read as plain text."""
        raw = text.encode("utf-8", "replace")
        room = (ctypes.c_int32 * (len(raw) + 8))()
        count = self._llama.llama_tokenize(
            self._vocabulary, raw, len(raw), room, len(room), True, False
        )
        return list(room[: max(0, count)])[:LONGEST]

    def evaluate(self, tokens: list[int]) -> None:
        """Evaluate one text from its beginning, with scores for each token.

        Without the scores the last layer would see one token alone.
        """
        llama = self._llama
        llama.llama_memory_clear(llama.llama_get_memory(self._context), True)
        batch = llama.llama_batch_init(PIECE, 0, 1)
        try:
            for first in range(0, len(tokens), PIECE):
                piece = tokens[first : first + PIECE]
                batch.n_tokens = len(piece)
                for place, token in enumerate(piece):
                    batch.token[place], batch.pos[place] = token, first + place
                    batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
                    batch.logits[place] = True
                if answer := llama.llama_decode(self._context, batch):
                    raise ElaraError(f"llama.cpp failed while it measured (code {answer}).", AGAIN)
        finally:
            llama.llama_batch_free(batch)

    def close(self) -> None:
        """Free the context and the model."""
        if self._context:
            self._llama.llama_free(self._context)
        if self._model:
            self._llama.llama_model_free(self._model)
        self._context = self._model = None
