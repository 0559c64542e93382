"""One loaded model and its context: tokens in, the next token's scores out.

It is owned by one thread at a time; only `tokenize` and `text_of` may be called from
another. It remembers which tokens its cache holds, so that a prompt that begins like the
last one is not evaluated again, and which role's adapter is in force, so that nothing that
another adapter evaluated is reused. It knows no message, no limit and no queue.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from elara_local.engines.chat.native import clear_log, load_library, read_log, stop_function
from elara_local.engines.chat.pace import Pace
from elara_local.engines.chat.switching import Adapters
from elara_local.engines.chat.templates import Part, split_markers
from elara_local.errors import ElaraError, Stopped, WrongFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE_TOKENS = 128  # tokens evaluated between two looks at the stop flag (a GPU can't be aborted)
ABORTED = 2  # llama_decode's answer when the stop function said yes
PIECE_BYTES = 64
NO_ADAPTERS: Mapping[str, Path] = MappingProxyType({})


class StopFlag:
    """A flag that C code reads; setting it ends the computation that was given it."""

    def __init__(self) -> None:
        self.buffer = ctypes.create_string_buffer(2)

    def set(self) -> None:
        """Stop."""
        self.buffer[0] = b"\x01"

    def is_set(self) -> bool:
        """True once `set` was called."""
        return self.buffer.raw[0] != 0


class Context:
    """A model file, opened."""

    def __init__(
        self,
        model: Path,
        context: int,
        threads: int,
        layers: int,
        adapters: Mapping[str, Path] = NO_ADAPTERS,
        check: bool = False,
    ) -> None:
        """Load the model and its roles' adapters, and make the context.

        `check` has llama.cpp look at every number of the model first.

        Raises:
            WrongFile: llama.cpp refuses a file, or it has no usable vocabulary.
            ElaraError: the context can't be made (memory).
        """
        self._llama = load_library()
        self._model: Any = None
        self._context: Any = None
        clear_log()
        begin = time.perf_counter()
        self._open(model, layers, check)
        try:
            self._make_context(context, threads)
            self._adapters.load(self._model, adapters)
        except ElaraError:
            self.close()
            raise
        self.load_ms = (time.perf_counter() - begin) * 1000
        self._cache: list[int] = []
        self._pieces: dict[int, bytes] = {}
        self._stop = stop_function(self._llama)
        self._flag = StopFlag()
        self._on_card = layers > 0
        self._paces = (Pace(threads), Pace(threads))  # of single tokens, of prompt pieces

    def _open(self, model: Path, layers: int, check: bool) -> None:
        options = self._llama.llama_model_default_params()
        options.n_gpu_layers, options.check_tensors = layers, check
        self._model = self._llama.llama_model_load_from_file(str(model).encode(), options)
        if not self._model:
            raise WrongFile(
                f"llama.cpp refuses the chat model {model.name}: {_last_line()}.",
                "Remove it and run `python3 launcher.py models add` for a whole copy.",
            )
        self._vocabulary = self._llama.llama_model_get_vocab(self._model)
        self.vocabulary_size = int(self._llama.llama_vocab_n_tokens(self._vocabulary))
        if self.vocabulary_size < 2:
            self.close()
            raise WrongFile(f"The chat model {model.name} has no vocabulary.", "Choose another.")

    def _choose_options(self, context: int, threads: int) -> Any:
        """Return what the context is made with; the proof of a model chooses otherwise."""
        options = self._llama.llama_context_default_params()
        options.n_ctx = context
        options.n_batch = options.n_ubatch = PIECE_TOKENS
        options.n_outputs_max = 1
        options.n_threads = options.n_threads_batch = threads
        options.swa_full = True
        return options

    def _make_context(self, context: int, threads: int) -> None:
        options = self._choose_options(context, threads)
        self._context = self._llama.llama_init_from_model(self._model, options)
        if not self._context:
            raise ElaraError(
                f"llama.cpp can't make a context of {context} tokens: {_last_line()}.",
                "Set a smaller `context`, or close other programs.",
            )
        self.size = int(self._llama.llama_n_ctx(self._context))
        self._memory = self._llama.llama_get_memory(self._context)
        self._adapters = Adapters(self._llama, self._context)

    @property
    def template(self) -> str:
        """The model's own chat template, "" when it has none."""
        found = self._llama.llama_model_chat_template(self._model, None)
        return found.decode("utf-8", "replace") if found else ""

    @property
    def bos(self) -> str:
        """The text of the first token, "" when the vocabulary has none."""
        token = self._llama.llama_vocab_bos(self._vocabulary)
        return self.text_of(token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    def tokenize(self, parts: Sequence[Part]) -> list[int]:
        """Return the tokens of a prompt, with one leading BOS if the model wants it.

        Control tokens are read only in parts marked `control`.
        """
        tokens: list[int] = []
        for part in parts:
            for piece in [part.text] if part.control else split_markers(part.text):
                tokens += self._tokenize_text(piece.encode("utf-8", "replace"), part.control)
        bos = self._llama.llama_vocab_bos(self._vocabulary)
        if self._llama.llama_vocab_get_add_bos(self._vocabulary) and tokens[:1] != [bos]:
            tokens.insert(0, bos)
        return tokens

    def _tokenize_text(self, text: bytes, special: bool) -> list[int]:
        room = len(text) + 8
        while True:
            tokens = (ctypes.c_int32 * room)()
            count = self._llama.llama_tokenize(
                self._vocabulary, text, len(text), tokens, room, False, special
            )
            if count >= 0:
                return list(tokens[:count])
            room = -count

    def text_of(self, token: int, special: bool = False) -> bytes:
        """Return the bytes of a token; control tokens have none unless `special`."""
        if not special and token in self._pieces:
            return self._pieces[token]
        room = PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = self._llama.llama_token_to_piece(
                self._vocabulary, token, buffer, room, 0, special
            )
            if count >= 0:
                break
            room = -count
        if not special:
            self._pieces[token] = buffer.raw[:count]
        return buffer.raw[:count]

    def ends(self, token: int) -> bool:
        """True for a token after which nothing is said: end of turn, or any control token."""
        return bool(
            self._llama.llama_vocab_is_eog(self._vocabulary, token)
            or self._llama.llama_vocab_is_control(self._vocabulary, token)
        )

    def obey(self, flag: StopFlag) -> None:
        """Let `flag` end every evaluation from now on."""
        self._flag = flag
        address = ctypes.cast(flag.buffer, ctypes.c_void_p)
        self._llama.llama_set_abort_callback(self._context, self._stop, address)

    def reuse(self, tokens: Sequence[int], role: str = "") -> int:
        """Put the role's adapter in force; keep what `tokens` begin with; return its length.

        After a switch that is the role's own remembered beginning, or nothing. At least one
        token is always left to evaluate.
        """
        if self._adapters.switch(role):
            self._llama.llama_memory_seq_rm(self._memory, 0, -1, -1)
            self._cache = self._adapters.restore(role, tokens[:-1])
        self._cut(count_shared(self._cache, tokens[:-1]))
        return len(self._cache)

    def remember(self, role: str) -> None:
        """Keep the cache as it is now, a role's fixed words, for when the role comes back."""
        self._adapters.save(role, self._cache)

    def _cut(self, keep: int) -> None:
        """Drop the cache after `keep` tokens; all of it where a model can't be cut."""
        if keep and self._llama.llama_memory_seq_rm(self._memory, 0, keep, -1):
            self._cache = self._cache[:keep]
            return
        self._llama.llama_memory_clear(self._memory, True)
        self._cache = []

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Evaluate tokens after those in the cache.

        Raises:
            Stopped: the flag was set; the cache holds what was finished.
            ElaraError: llama.cpp failed; the cache is empty.
        """
        for first in range(0, len(tokens), PIECE_TOKENS):
            if self._flag.is_set():
                raise Stopped()
            piece = list(tokens[first : first + PIECE_TOKENS])
            answer = self._decode(piece)
            if answer == 0:
                self._cache += piece
                continue
            self._cut(len(self._cache) if answer == ABORTED else 0)
            if answer == ABORTED:
                raise Stopped()
            raise ElaraError(
                f"llama.cpp failed while it evaluated the prompt (code {answer}).",
                "Ask again; if it comes back, set a smaller `context`.",
            )

    def _decode(self, piece: list[int]) -> int:
        """Evaluate one piece at the pace that is best now; return llama.cpp's answer."""
        pace = self._paces[len(piece) > 1]
        threads = pace.pick()
        self._llama.llama_set_n_threads(self._context, threads, threads)
        array = (ctypes.c_int32 * len(piece))(*piece)
        begin = time.perf_counter()
        batch = self._llama.llama_batch_get_one(array, len(piece))
        answer = int(self._llama.llama_decode(self._context, batch))
        if answer == 0 and self._on_card:
            self._llama.llama_synchronize(self._context)
        if answer == 0 and (len(piece) == 1 or 2 * len(piece) >= PIECE_TOKENS):
            pace.record(threads, (time.perf_counter() - begin) * 1000 / len(piece))
        return answer

    def scores(self) -> NDArray[np.float32]:
        """Return a view of float32 (vocabulary_size,): the scores of the next token.

        Valid until the next evaluation.
        """
        import numpy as np

        pointer = self._llama.llama_get_logits_ith(self._context, -1)
        if not pointer:
            raise ElaraError("llama.cpp gave no scores for the next token.", "Ask again.")
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,))

    def close(self) -> None:
        """Free the context and the model; safe to call twice."""
        if self._context:
            self._llama.llama_free(self._context)
            self._adapters.close()
        if self._model:
            self._llama.llama_model_free(self._model)
        self._context = self._model = None


def count_shared(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two prompts have in common at their beginning."""
    pairs = zip(first, second, strict=False)
    unlike = (number for number, (one, other) in enumerate(pairs) if one != other)
    return next(unlike, min(len(first), len(second)))


def _last_line() -> str:
    """The last line of llama.cpp's log that speaks of an error."""
    lines = [line.strip() for line in read_log().splitlines() if line.strip()]
    wrong = [line for line in lines if "error" in line.lower() or "fail" in line.lower()]
    return (wrong or lines or ["no reason given"])[0][:200].rstrip(".")
