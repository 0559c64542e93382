"""What a model is asked when it is proven: the logits after every token of a text.

`Logits` is the Protocol that every engine here has. `LlamaLogits` asks a GGUF file through
llama.cpp in a process of its own (convert/proving/child.py), so that a file which crashes
llama.cpp kills nothing. It knows no text, no limit and no verdict.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from convert.proving.frames import ANSWER, FAULT, ROW, read_frame
from elara_local.engines.chat.templates import Part
from elara_local.errors import WrongFile
from elara_local.settings import REPOSITORY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HINT = "Convert it again; if the file came from elsewhere, fetch it again."
PATIENCE = 10.0  # seconds that a child told to end gets


class Logits(Protocol):
    """An engine that gives a model's logits."""

    def logits(self, tokens: Sequence[int], start: int = 0) -> Iterator[NDArray[np.float32]]:
        """Yield the logits after tokens[start], tokens[start + 1], ... to the last.

        Each row is float32 (outputs,) and is valid until the next is asked for. When the
        tokens before `start` are those of the last call, they are not evaluated again.

        Raises:
            WrongFile: the model can't be evaluated.
        """
        ...


class LlamaLogits:
    """A GGUF file in a child process, with a float32 cache, on the processor."""

    def __init__(
        self, model: Path, context: int = 0, threads: int = 0, adapter: Path | None = None
    ) -> None:
        """Start the child and load the file.

        Args:
            model: the file.
            context: tokens that it must hold at once; 0 = what it was trained for.
            threads: 0 = the physical cores.
            adapter: a GGUF adapter that is put on at run time.

        Raises:
            WrongFile: llama.cpp refuses the file or its process crashed.
        """
        self._name = model.name
        command = [sys.executable, "-m", "convert.proving.child", str(model.resolve())]
        self._child = subprocess.Popen(
            [*command, str(context), str(threads), *([str(adapter)] if adapter else [])],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._asked = 0
        told = self._take_answer()
        self.context = int(told["context"])  # tokens that fit at once
        self.outputs = int(told["outputs"])  # the length of a row
        self.template = str(told["template"])  # the chat template, "" where there is none
        self.bos = str(told["bos"])  # the text of the first token

    def logits(self, tokens: Sequence[int], start: int = 0) -> Iterator[NDArray[np.float32]]:
        """See `Logits`."""
        import numpy as np

        self._ask({"tokens": list(tokens), "start": start})
        turn = self._asked
        for _ in range(len(tokens) - start):
            if turn != self._asked:
                raise RuntimeError("the rows of the last text were not read to the end")
            yield np.frombuffer(self._take(ROW), dtype=np.float32)

    def tokenize(self, parts: Sequence[Part]) -> list[int]:
        """Return the tokens of a text as the chat engine makes them, BOS included."""
        self._ask({"parts": [[part.text, part.control] for part in parts]})
        return [int(token) for token in self._take_answer()["tokens"]]

    def text_of(self, tokens: Sequence[int]) -> str:
        """Return what the chat engine would write: no leading BOS, nothing from an end token on."""
        self._ask({"write": list(tokens)})
        return str(self._take_answer()["text"])

    def close(self) -> None:
        """End the child; safe to call twice."""
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                _close(stream)
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def __enter__(self) -> LlamaLogits:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _ask(self, request: dict[str, Any]) -> None:
        self._asked += 1
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.flush()
        except OSError as error:
            raise self._crashed() from error

    def _take_answer(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._take(ANSWER))
        return found

    def _take(self, kind: bytes) -> bytes:
        assert self._child.stdout is not None
        try:
            found, content = read_frame(self._child.stdout)
        except EOFError:
            raise self._crashed() from None
        if found == FAULT:
            self.close()
            raise WrongFile(f"{self._name} can't be evaluated: {content.decode()}", HINT)
        if found != kind:
            raise WrongFile(f"The process of {self._name} gave a strange answer.", HINT)
        return content

    def _crashed(self) -> WrongFile:
        self.close()
        code = self._child.returncode
        return WrongFile(f"{self._name} ended its process with code {code}.", HINT)


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except BrokenPipeError:  # the child went first
        return
