"""What Elara asks of an engine: Protocols of one method each.

An engine is one class in one file under `engines/`; the table that names them is in
`assemble`. This module knows no engine and imports no heavy library.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from elara_local.records import Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Message:
    """One turn of a prompt.

    `evidence` holds the passages that `content` shows, for engines that pick sentences
    instead of writing them; `question` the bare question.
    """

    role: str  # "system", "user" or "assistant"
    content: str
    evidence: tuple[Evidence, ...] = ()
    question: str = ""


@dataclass(frozen=True)
class Limits:
    """Bounds of one generation. `stop` ends it within 250 ms, in the prompt phase too.

    `role` is who reads the answer, for engines that have an adapter for each.
    """

    max_tokens: int = 200
    max_sentences: int = 4
    temperature: float = 0.0
    seed: int = 7
    role: str = ""
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Usage:
    """Counted, not guessed: tokens of the prompt, those reused from the cache, those written."""

    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    prefill_ms: float
    decode_ms: float


@dataclass(frozen=True)
class Token:
    """A piece of drafted text; the last one of a generation carries the usage."""

    text: str
    usage: Usage | None = None


class Generator(Protocol):
    """Writes or picks the words of an answer."""

    def generate(self, messages: Sequence[Message], limits: Limits) -> Iterator[Token]:
        """Yield tokens until done; raises Stopped when `limits.stop` is set."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1."""
        ...


def for_queries(embedder: Embedder) -> Embedder:
    """Return the side of an embedder that takes questions, where a model tells them apart."""
    side: Embedder = getattr(embedder, "queries", embedder)
    return side


class Entailment(Protocol):
    """Judges whether one text follows from another."""

    def judge(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return float32 of shape (n, 3) for n pairs (premise, hypothesis).

        Each row is the probability that the premise entails the hypothesis, says nothing of
        it, or contradicts it, in this order; rows sum to 1.
        """
        ...


class Translator(Protocol):
    """Translates sentences, one for one."""

    def translate(self, sentences: Sequence[str], source: str, target: str) -> list[str]:
        """Return as many sentences as were given."""
        ...
