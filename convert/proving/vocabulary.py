"""The vocabulary of a GGUF file as llama.cpp itself reads it, without the weights.

Loading takes milliseconds. What is covered: what the header says of its sizes is checked first
(weights.find_fault). What is not: a header that is well formed and still upsets llama.cpp;
an unknown file is first opened in a process of its own. It knows no reference.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elara_local.engines.chat.native import clear_log, load_library, read_log
from elara_local.errors import Missing, WrongFile
from elara_local.weights import find_fault

KINDS = ("bos", "eos", "eot", "sep", "pad", "mask")


class GgufVocabulary:
    """An open vocabulary; it is closed with the `with` of `open_vocabulary`."""

    def __init__(self, llama: Any, model: Any) -> None:
        self._llama = llama
        self._model = model
        self._vocabulary = llama.llama_model_get_vocab(model)
        self.size = int(llama.llama_vocab_n_tokens(self._vocabulary))

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens of a text; its markers are read as such, no BOS is put first."""
        data = text.encode("utf-8")
        room = len(data) + 8
        while True:
            tokens = (ctypes.c_int32 * room)()
            count = self._llama.llama_tokenize(
                self._vocabulary, data, len(data), tokens, room, False, True
            )
            if count >= 0:
                return list(tokens[:count])
            room = -count

    @property
    def specials(self) -> Mapping[str, int]:
        """The special tokens by kind; a kind that is not there is left out."""
        found = {
            kind: int(getattr(self._llama, f"llama_vocab_{kind}")(self._vocabulary))
            for kind in KINDS
        }
        return {kind: number for kind, number in found.items() if number >= 0}

    @property
    def adds(self) -> tuple[bool, bool]:
        """Whether llama.cpp puts BOS before a text, and EOS after it."""
        return (
            bool(self._llama.llama_vocab_get_add_bos(self._vocabulary)),
            bool(self._llama.llama_vocab_get_add_eos(self._vocabulary)),
        )

    @property
    def template(self) -> str:
        """The chat template, "" when there is none."""
        found = self._llama.llama_model_chat_template(self._model, None)
        return found.decode("utf-8", "replace") if found else ""

    def text_of(self, number: int) -> str:
        """The text of a token as it stands in the file; "" for a number below 0."""
        if not 0 <= number < self.size:
            return ""
        found = self._llama.llama_vocab_get_text(self._vocabulary, number)
        return str((found or b"").decode("utf-8", "replace"))

    def markers(self) -> list[str]:
        """The texts of all control and user-defined tokens, in their order."""
        wanted = self._llama.LLAMA_TOKEN_ATTR_CONTROL | self._llama.LLAMA_TOKEN_ATTR_USER_DEFINED
        attribute = self._llama.llama_vocab_get_attr
        return [
            self.text_of(n) for n in range(self.size) if attribute(self._vocabulary, n) & wanted
        ]


@contextmanager
def open_vocabulary(path: Path) -> Iterator[GgufVocabulary]:
    """Open the vocabulary of a GGUF file, and close it again.

    Raises:
        Missing: there is no such file, or llama-cpp-python is not installed.
        WrongFile: it is damaged, or llama.cpp refuses it.
    """
    if not path.is_file():
        raise Missing(f"There is no file {path.name}.", "Check the path.")
    if fault := find_fault(path):
        raise WrongFile(f"{path.name} can't be read: {fault}.", "Convert it again.")
    llama = load_library()
    clear_log()
    options = llama.llama_model_default_params()
    options.vocab_only = True
    model = llama.llama_model_load_from_file(str(path).encode(), options)
    if not model:
        lines = [line for line in read_log().splitlines() if "error" in line.lower()]
        raise WrongFile(
            f"llama.cpp refuses the vocabulary of {path.name}: {(lines or ['no reason'])[0]}.",
            "Convert it again; a name given with --pre must be one that llama.cpp knows.",
        )
    try:
        yield GgufVocabulary(llama, model)
    finally:
        llama.llama_model_free(model)
