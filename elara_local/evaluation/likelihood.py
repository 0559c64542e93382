"""How likely a model finds a text after a prompt: log-probabilities from llama.cpp's scores.

The prompt is evaluated once and its last scores kept; each continuation is then fed token by
token behind it. Natural logarithms of the softmax over the whole vocabulary, in float64. It
knows no question and no option.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from elara_local.engines.chat.context import Context
from elara_local.engines.chat.header import read_header
from elara_local.engines.chat.memory import choose_layers, require_memory
from elara_local.engines.chat.native import list_devices
from elara_local.engines.chat.templates import Part, render
from elara_local.engines.machine import free_memory, physical_cores
from elara_local.ports import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Score:
    """The summed log-probability of a continuation and how many tokens it has."""

    total: float
    tokens: int

    @property
    def mean(self) -> float:
        """The log-probability for each token."""
        return self.total / self.tokens


class Likelihood:
    """One GGUF model, opened to score texts."""

    def __init__(
        self, model: Path, threads: int = 0, context: int = 2048, gpu_layers: int = -1
    ) -> None:
        """Load the model; see `LlamaCpp` for the arguments and what is raised."""
        header = read_header(model)
        self.size = min(context, header.trained_context)
        layers = choose_layers(header, self.size, gpu_layers, [d.free for d in list_devices()])
        require_memory(model.name, header, self.size, layers, free_memory())
        self._context = Context(model, self.size, threads or physical_cores(), layers)

    def read_prompt(self, messages: Sequence[Message], opening: str = "") -> list[int]:
        """Return the tokens of a chat prompt; `opening` begins the assistant's turn."""
        parts = render(messages, self._context.template, self._context.bos, True)
        if opening:
            parts.append(Part(opening, False))
        return self._context.tokenize(parts)

    def read_text(self, text: str) -> list[int]:
        """Return the tokens of a continuation, without a first token of the model's own."""
        before = [Part(":", False)]
        whole = self._context.tokenize([*before, Part(text, False)])
        return whole[len(self._context.tokenize(before)) :]

    def score(self, prompt: Sequence[int], continuations: Sequence[Sequence[int]]) -> list[Score]:
        """Return the score of each continuation after the prompt.

        Raises:
            ValueError: the prompt or a continuation is empty.
            ElaraError: llama.cpp failed.
        """
        if not prompt or not all(continuations):
            raise ValueError("a prompt and continuations of at least one token are needed")
        held = self._context.reuse(prompt)
        self._context.evaluate(prompt[held:])
        first = log_softmax(self._context.scores())
        return [self._score(prompt, tokens, first) for tokens in continuations]

    def _score(
        self, prompt: Sequence[int], tokens: Sequence[int], first: NDArray[np.float64]
    ) -> Score:
        total = float(first[tokens[0]])
        if len(tokens) > 1:
            held = self._context.reuse([*prompt, tokens[0]])  # what an option before left goes
            self._context.evaluate(prompt[held:])
            for token, following in pairwise(tokens):
                self._context.evaluate([token])
                total += float(log_softmax(self._context.scores())[following])
        return Score(total, len(tokens))

    def close(self) -> None:
        """Free the model."""
        self._context.close()


def log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the natural logarithms of the softmax of scores, float64 of the same shape."""
    import numpy as np

    shifted = scores.astype(np.float64) - float(scores.max())
    found: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return found
